//! The references that were written, kept until other plugins are loaded.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use arc_swap::ArcSwapOption;
use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::Reference;
use crate::plugin::{PluginStatus, Registry};

/// Keeps the references of the plugins that are loaded now: of all of them, and of each alone. Each is written when it is
/// first asked for.
#[derive(Debug, Default)]
pub struct ReferenceCache {
    current: ArcSwapOption<Written>,
}

type Plugins = Arc<BTreeMap<String, PluginStatus>>;

/// Everything written of one state of the registry.
#[derive(Debug)]
struct Written {
    plugins: Plugins,
    all: OnceLock<Arc<View>>,
    alone: BTreeMap<String, OnceLock<Arc<View>>>,
}

/// A reference, and its OpenAPI document once it was asked for.
#[derive(Debug)]
pub struct View {
    /// What it describes.
    pub reference: Reference,
    openapi: OnceLock<Document>,
}

/// A document as it is sent.
#[derive(Debug, Clone)]
pub struct Document {
    /// Its text.
    pub body: Bytes,
    /// A strong entity tag, quotes included.
    pub etag: String,
}

impl Document {
    /// Gives a text its tag.
    pub fn new(body: impl Into<Bytes>) -> Self {
        let body = body.into();
        let digest = hex::encode(Sha256::digest(&body));
        Self { etag: format!("\"{}\"", digest.get(..32).unwrap_or(&digest)), body }
    }
}

impl ReferenceCache {
    /// The reference of everything that the registry holds.
    pub fn all(&self, registry: &Registry) -> Arc<View> {
        let written = self.written(registry);
        written.all.get_or_init(|| View::of(Reference::of(written.plugins.values()))).clone()
    }

    /// The reference of one integration alone; none where it is not served.
    pub fn alone(&self, registry: &Registry, slug: &str) -> Option<Arc<View>> {
        let written = self.written(registry);
        let plugin = written.plugins.get(slug).filter(|plugin| plugin.generation.is_some())?;
        Some(written.alone.get(slug)?.get_or_init(|| View::of(Reference::alone(plugin))).clone())
    }

    fn written(&self, registry: &Registry) -> Arc<Written> {
        let plugins = registry.snapshot();
        // It holds what it was made of, so no other state can have its address.
        if let Some(written) = self.current.load_full().filter(|written| Arc::ptr_eq(&written.plugins, &plugins)) {
            return written;
        }
        let alone = plugins.keys().map(|slug| (slug.clone(), OnceLock::new())).collect();
        let written = Arc::new(Written { plugins, all: OnceLock::new(), alone });
        self.current.store(Some(written.clone()));
        if !Arc::ptr_eq(&registry.snapshot(), &written.plugins) {
            self.clear();
        }
        written
    }

    /// Lets go of what was written, and so of the generations that it was written of. For whoever publishes others: what is written of
    /// the old ones and is put here at the same moment notices, and takes itself away.
    pub fn clear(&self) {
        self.current.store(None);
    }
}

impl View {
    fn of(reference: Reference) -> Arc<Self> {
        Arc::new(Self { reference, openapi: OnceLock::new() })
    }

    /// The OpenAPI document as JSON.
    pub fn openapi(&self) -> &Document {
        self.openapi.get_or_init(|| Document::new(self.reference.openapi().to_string()))
    }
}
