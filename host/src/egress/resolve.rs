//! Names to addresses: one lookup, every answer classified, and the connection goes to exactly what was classified.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use mortise_policy::address;
use reqwest::dns::{Addrs, Name, Resolving};

/// Looks names up. The system's resolver in production, a script in tests.
pub trait Resolve: Send + Sync + 'static {
    /// All addresses of `host`. The port of the answers is not used.
    fn resolve(&self, host: String) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>>;
}

/// The resolver of the operating system.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemResolver;

impl Resolve for SystemResolver {
    fn resolve(&self, host: String) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> {
        Box::pin(async move { Ok(tokio::net::lookup_host((host, 0)).await?.collect()) })
    }
}

/// Refused: the name leads to an address that no vendor has.
#[derive(Debug, thiserror::Error)]
#[error("`{host}` resolves to an address that is not allowed ({reason})")]
pub struct ForbiddenAddress {
    host: String,
    reason: address::Refused,
}

/// The resolver that connections to declared origins use.
pub(super) struct Guarded(pub(super) Arc<dyn Resolve>);

impl reqwest::dns::Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let host = name.as_str().to_owned();
        let lookup = self.0.resolve(host.clone());
        Box::pin(async move {
            let addresses = lookup.await?;
            // One forbidden answer among public ones is rebinding, not load balancing: refuse them all.
            for found in &addresses {
                if let Err(reason) = address::classify(found.ip()) {
                    return Err(ForbiddenAddress { host, reason }.into());
                }
            }
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

/// The resolver for origins that the operator set: any address.
pub(super) struct Exempt(pub(super) Arc<dyn Resolve>);

impl reqwest::dns::Resolve for Exempt {
    fn resolve(&self, name: Name) -> Resolving {
        let lookup = self.0.resolve(name.as_str().to_owned());
        Box::pin(async move { Ok(Box::new(lookup.await?.into_iter()) as Addrs) })
    }
}
