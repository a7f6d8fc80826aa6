//! The routes beside the unified ones, and the objects in their answers.

mod accounts;
mod applications;
mod host;
mod integrations;
mod link_tokens;
mod objects;
mod passthrough;
mod shared;
mod table;
mod tokens;
mod webhooks;

pub(super) use objects::objects;
pub(super) use table::all;
pub(super) use webhooks::{delivery, webhook};
