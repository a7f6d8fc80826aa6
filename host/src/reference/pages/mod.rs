//! The documentation pages: HTML without scripts, written from the reference. All texts of plugins are escaped.

mod errors;
mod field;
mod frame;
mod home;
mod hour;
mod integration;
mod listing;
mod operation;
pub mod operator;
mod page;
mod parts;
mod routes;
mod site;
mod style;

pub use frame::CONTENT_SECURITY_POLICY;
use frame::{Frame, document};
pub use page::Page;
use parts::{code, endpoint, prose, table};
pub use site::Site;
pub use style::{STYLE, style_path};
