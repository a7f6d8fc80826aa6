//! `mortise new --from-openapi`: a draft builds and passes its cassettes.

mod drafted;
pub(super) mod kinds;
