//! A package for shipping: a component with the facts that its users need, in the form in which registries keep it.
//!
//! A package is an OCI artifact, by the conventions for WebAssembly. It has a manifest, a configuration of the type
//! `application/vnd.wasm.config.v0+json` and exactly one layer `application/wasm`. Any tool that knows these
//! conventions can pull it. Facts beyond that are in an annotation. The list of parts (SBOM) is an artifact of its own
//! that refers to the package, because tools refuse a second layer. On disk a package is an OCI image layout, with the
//! same bytes that a registry gets. ADR 0022 has the reasons.

pub mod about;
mod artifact;
mod credentials;
mod cyclonedx;
mod integration;
mod layout;
mod pack;
pub mod registry;
mod sbom;

pub use integration::{Integration, Variable};
pub use pack::Package;
pub use registry::{Pulled, Registry, RegistryError};
