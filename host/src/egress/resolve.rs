//! Resolves names to addresses: one lookup, whose answers are all classified. The host connects to exactly these
//! addresses.

use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use mortise_policy::address;

/// Resolves names: the system's resolver in production, a script in tests.
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

/// The error for a name that resolves to an address that no vendor has.
#[derive(Debug, Clone, thiserror::Error)]
#[error("`{host}` resolves to an address that is not allowed ({reason})")]
pub struct ForbiddenAddress {
    host: String,
    reason: address::Refused,
}

/// The addresses of `host`, each of them allowed. If `exempt`, every address is allowed.
pub(crate) async fn guarded(
    resolver: Arc<dyn Resolve>,
    exempt: bool,
    host: String,
) -> Result<std::vec::IntoIter<SocketAddr>, Box<dyn Error + Send + Sync>> {
    let addresses = resolver.resolve(host.clone()).await?;
    if !exempt {
        // One forbidden address among public ones is a sign of rebinding, not of load balancing: the host refuses them
        // all.
        for found in &addresses {
            if let Err(reason) = address::classify(found.ip()) {
                return Err(ForbiddenAddress { host, reason }.into());
            }
        }
    }
    Ok(addresses.into_iter())
}
