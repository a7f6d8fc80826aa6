//! One vendor request and its answer.

mod builder;
mod envelope;
mod form;
mod graphql;
mod json_api;
mod replace;
mod response;
mod rows;
mod said;
mod writes;

pub use builder::Request;
pub use json_api::{JSON_API, Resource};
pub use replace::patched;
pub use response::Response;
pub use rows::Rows;
pub use writes::Writes;
