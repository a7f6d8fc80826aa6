//! Packages in registries (OCI distribution specification). Everything is read within bounds, and every digest is
//! checked.

mod error;
mod loopback;
mod pull;
mod pulled;
mod push;
mod repository;
mod sign_in;
mod transport;

pub use error::RegistryError;
pub use pulled::Pulled;
pub use repository::Registry;
