//! First drafts of integrations, from a vendor's OpenAPI document.
//!
//! The reader of `mortise test --spec` reads the document. What the document does not say is a [`Todo`], in the code
//! and in the list that `mortise new` prints. Names and types decide what a member means. A draft therefore builds and
//! passes its cassettes, but is only a start.

mod calls;
mod code;
mod error;
mod example;
mod fields;
mod input;
mod operation;
mod outcome;
mod paging;
mod plan;
mod resource;
mod server;
mod shape;
mod sign;
mod source;
mod todo;
mod words;

use mortise_model::Category;

pub use error::DraftError;
pub use input::{Names, OpenApi};
pub use outcome::Draft;
pub use todo::Todo;

/// The category that a draft serves: the one with the most fields. A document does not say in which category callers
/// look for a vendor.
const CATEGORY: Category = Category::UserDirectory;
