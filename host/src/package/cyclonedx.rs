//! The part of CycloneDX 1.5 that a list of parts uses (<https://cyclonedx.org/docs/1.5/json/>).

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

/// What one part needs. A part without an entry has unknown needs; one with an empty list needs nothing.
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

    /// Adds what the package says of its licence: an SPDX expression, or free text.
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

/// The package URL (<https://github.com/package-url/purl-spec>). It is also the `bom-ref` of the package.
pub(super) fn purl(kind: &str, name: &str, version: &str) -> Result<String> {
    // The scope of an npm package is its namespace. Distributions of Python have one name in several spellings.
    let (namespace, own) = name.rsplit_once('/').unwrap_or(("", name));
    let own = if kind == "pypi" { normalized(own) } else { own.to_owned() };
    let purl = GenericPurlBuilder::new(kind.to_owned(), own).with_namespace(namespace).with_version(version).build();
    Ok(purl.with_context(|| format!("{name} {version} has no package URL"))?.to_string())
}

/// The name of a distribution as PEP 503 compares it: in lower case, with one hyphen for each run of `-`, `_` and `.`.
fn normalized(name: &str) -> String {
    let words: Vec<_> = name.split(['-', '_', '.']).filter(|word| !word.is_empty()).collect();
    words.join("-").to_lowercase()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_list_has_the_members_that_cyclonedx_asks_for() -> Result<()> {
        let product = Component::product("cargo", "acme", "1.2.0", "00ff")?.licensed(Some("MIT"));
        let part = Component::library("cargo", "serde", "1.0.0")?;
        let (acme, serde) = ("pkg:cargo/acme@1.2.0", "pkg:cargo/serde@1.0.0");
        let needs = [(acme, vec![serde.to_owned()]), (serde, Vec::new())];
        let needs = needs.map(|(part, depends_on)| Dependency { reference: part.to_owned(), depends_on });
        let bom = Bom::new("1970-01-01T00:00:00Z".to_owned(), product, vec![part], needs.into());
        let expected = json!({
            "bomFormat": "CycloneDX",
            "specVersion": "1.5",
            "version": 1,
            "metadata": {
                "timestamp": "1970-01-01T00:00:00Z",
                "tools": [{"vendor": "mortise", "name": "mortise", "version": env!("CARGO_PKG_VERSION")}],
                "component": {
                    "type": "application", "bom-ref": acme, "name": "acme", "version": "1.2.0", "purl": acme,
                    "hashes": [{"alg": "SHA-256", "content": "00ff"}], "licenses": [{"expression": "MIT"}],
                },
            },
            "components": [{"type": "library", "bom-ref": serde, "name": "serde", "version": "1.0.0", "purl": serde}],
            "dependencies": [{"ref": acme, "dependsOn": [serde]}, {"ref": serde}],
        });
        assert_eq!(serde_json::to_value(bom)?, expected);
        Ok(())
    }

    #[test]
    fn a_part_has_the_package_url_of_its_kind() -> Result<()> {
        for (kind, name, url) in [
            ("cargo", "serde_json", "pkg:cargo/serde_json@1.0.0"),
            ("npm", "esbuild", "pkg:npm/esbuild@1.0.0"),
            ("npm", "@example/engine", "pkg:npm/%40example/engine@1.0.0"),
            ("pypi", "Typing_Extensions", "pkg:pypi/typing-extensions@1.0.0"),
            ("pypi", "ruamel.yaml", "pkg:pypi/ruamel-yaml@1.0.0"),
        ] {
            assert_eq!(purl(kind, name, "1.0.0")?, url);
        }
        Ok(())
    }

    #[test]
    fn a_licence_is_an_expression_or_the_words_that_a_package_has() -> Result<()> {
        for (said, licence) in [
            ("MIT OR Apache-2.0", json!({"expression": "MIT OR Apache-2.0"})),
            ("MIT/Apache-2.0", json!({"expression": "MIT OR Apache-2.0"})),
            ("Ask Ada", json!({"license": {"name": "Ask Ada"}})),
        ] {
            let part = Component::library("cargo", "serde", "1.0.0")?.licensed(Some(said));
            assert_eq!(serde_json::to_value(part)?["licenses"], json!([licence]), "{said}");
        }
        Ok(())
    }
}
