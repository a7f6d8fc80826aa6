//! Reads a sign-in's answer as a JSON document, in any form that vendors use.

mod numbers;
mod quotation;
mod read;

pub(super) use quotation::{Quotation, quotation};
pub(super) use read::document;
