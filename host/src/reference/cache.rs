//! A cache of written references, until the host loads other plugins.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use arc_swap::ArcSwapOption;
use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::Reference;
use crate::plugin::{PluginStatus, Registry};

/// Keeps the references of the loaded plugins: one of them all, and one of each. The host writes each when a reader first
/// asks for it.
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
    /// The described API.
    pub reference: Reference,
    openapi: OnceLock<Document>,
}

/// A document with its entity tag.
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

    /// The reference of one integration alone. `None` if the host does not serve it.
    pub fn alone(&self, registry: &Registry, slug: &str) -> Option<Arc<View>> {
        let written = self.written(registry);
        let plugin = written.plugins.get(slug).filter(|plugin| plugin.generation.is_some())?;
        Some(written.alone.get(slug)?.get_or_init(|| View::of(Reference::alone(plugin))).clone())
    }

    fn written(&self, registry: &Registry) -> Arc<Written> {
        let plugins = registry.snapshot();
        // It holds the plugins that it was written from, so no other state can have their address.
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

    /// Drops the written references, and with them their generations. The registry's owner calls this after it publishes
    /// others. A reference of the old generations that another thread stores at the same moment removes itself.
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
