//! The pages for people who connect an account: HTML that works without its script. Everything that an application, an
//! integration or a vendor says is escaped.

mod again;
mod choice;
mod color;
mod field;
mod form;
mod frame;
mod look;
mod outcome;
mod problem;
mod respond;
mod style;

pub use again::post_again;
pub use choice::choice;
pub use color::{path as color_path, stylesheet};
pub use form::{FormView, form};
pub use frame::{unheard, unshown};
pub use look::Look;
pub use outcome::{OutcomeView, outcome};
pub use problem::{Problem, problem};
pub use respond::{Kind, respond};
pub use style::{SCRIPT, STYLE, script_path, style_path};
