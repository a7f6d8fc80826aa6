//! `mortise new --from-openapi`: a draft builds and passes its cassettes.

pub(crate) mod document;
mod drafted;
