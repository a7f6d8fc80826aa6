//! The members of a CycloneDX 1.5 document that a list of parts has (<https://cyclonedx.org/docs/1.5/json/>).

use anyhow::{Context, Result};
use purl::GenericPurlBuilder;
use serde::Serialize;

/// A list of parts (Bill of Materials).
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Bom {
    bom_format: &'static str,
    spec_version: &'static str,
    version: u32,
    metadata: Metadata,
    components: Vec<Component>,
    dependencies: Vec<Dependency>,
}

#[derive(Debug, Serialize)]
struct Metadata {
    timestamp: String,
    tools: [Tool; 1],
    component: Component,
}

#[derive(Debug, Serialize)]
struct Tool {
    vendor: &'static str,
    name: &'static str,
    version: &'static str,
}

/// The product, or one part of it.
#[derive(Debug, Serialize)]
pub(super) struct Component {
    #[serde(rename = "type")]
    class: &'static str,
    #[serde(rename = "bom-ref")]
    reference: String,
    name: String,
    version: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hashes: Vec<Hash>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    licenses: Vec<License>,
    purl: String,
}

#[derive(Debug, Serialize)]
struct Hash {
    alg: &'static str,
    content: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "lowercase")]
enum License {
    Expression(String),
    License { name: String },
}

/// What one part needs, as references.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Dependency {
    #[serde(rename = "ref")]
    pub(super) reference: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) depends_on: Vec<String>,
}

impl Bom {
    /// The list of `product`, which was made at `timestamp` (RFC 3339).
    pub(super) fn new(timestamp: String, product: Component, parts: Vec<Component>, needs: Vec<Dependency>) -> Self {
        let tools = [Tool { vendor: "mortise", name: "mortise", version: env!("CARGO_PKG_VERSION") }];
        let metadata = Metadata { timestamp, tools, component: product };
        Self {
            bom_format: "CycloneDX",
            spec_version: "1.5",
            version: 1,
            metadata,
            components: parts,
            dependencies: needs,
        }
    }
}

impl Component {
    /// The integration itself, with the SHA-256 of its component in hexadecimal.
    pub(super) fn product(kind: &str, name: &str, version: &str, digest: &str) -> Result<Self> {
        let hash = Hash { alg: "SHA-256", content: digest.to_owned() };
        Ok(Self { class: "application", hashes: vec![hash], ..Self::library(kind, name, version)? })
    }

    /// A package of the kind that package URLs name `kind`, such as `cargo`.
    pub(super) fn library(kind: &str, name: &str, version: &str) -> Result<Self> {
        let purl = purl(kind, name, version)?;
        Ok(Self {
            class: "library",
            reference: purl.clone(),
            name: name.to_owned(),
            version: version.to_owned(),
            hashes: Vec::new(),
            licenses: Vec::new(),
            purl,
        })
    }

    /// Adds what the package says of its licence: an SPDX expression, or words that are none.
    pub(super) fn licensed(mut self, said: Option<&str>) -> Self {
        self.licenses.extend(said.map(License::read));
        self
    }
}

impl License {
    fn read(said: &str) -> Self {
        // Some manifests have `MIT/Apache-2.0`, which was allowed once.
        let canonical = spdx::Expression::canonicalize(said).ok().flatten().unwrap_or_else(|| said.to_owned());
        match spdx::Expression::parse(&canonical) {
            Ok(_) => Self::Expression(canonical),
            Err(_) => Self::License { name: said.to_owned() },
        }
    }
}

/// The package URL (<https://github.com/package-url/purl-spec>), by which the lists refer to a package, too. The scope of an npm
/// package is its namespace.
pub(super) fn purl(kind: &str, name: &str, version: &str) -> Result<String> {
    let (namespace, own) = name.rsplit_once('/').unwrap_or(("", name));
    let purl = GenericPurlBuilder::new(kind.to_owned(), own).with_namespace(namespace).with_version(version).build();
    Ok(purl.with_context(|| format!("{name} {version} has no package URL"))?.to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn written(said: Option<&str>) -> Result<serde_json::Value> {
        let part = Component::library("npm", "@example/engine", "1.0.0")?.licensed(said);
        Ok(serde_json::to_value(part)?)
    }

    #[test]
    fn a_part_is_named_by_its_package_url() -> Result<()> {
        let url = "pkg:npm/%40example/engine@1.0.0";
        let part =
            json!({"type": "library", "bom-ref": url, "name": "@example/engine", "version": "1.0.0", "purl": url});
        assert_eq!(written(None)?, part);
        Ok(())
    }

    #[test]
    fn a_licence_is_an_expression_or_the_words_that_a_package_has() -> Result<()> {
        for (said, licence) in [
            ("MIT OR Apache-2.0", json!({"expression": "MIT OR Apache-2.0"})),
            ("MIT/Apache-2.0", json!({"expression": "MIT OR Apache-2.0"})),
            ("Ask Ada", json!({"license": {"name": "Ask Ada"}})),
        ] {
            assert_eq!(written(Some(said))?["licenses"], json!([licence]), "{said}");
        }
        Ok(())
    }
}
