//! What a pull gets.

/// A component from a registry, with every digest checked.
#[derive(Debug)]
pub struct Pulled {
    /// The slug that it claims.
    pub slug: String,
    /// The component.
    pub wasm: Vec<u8>,
    /// The SHA-256 of the component in lower-case hexadecimal.
    pub digest: String,
    /// The digest of the manifest, by which the registry knows it.
    pub manifest: String,
}
