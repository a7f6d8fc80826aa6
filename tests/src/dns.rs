//! Name resolution from a script: the answer to each lookup of a host name, and the number of lookups.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};

use futures_util::future::BoxFuture;
use mortise::egress::Resolve;

/// A resolver that answers from a script. Clones share the script and the counts.
///
/// Each lookup of a host name gets the next of its answers, and later lookups get the last answer again. A host name
/// without a script does not exist.
///
/// ```ignore
/// // Rebinding: a public address first, loopback from then on.
/// let dns = ScriptedDns::new().host("vendor.example.com", &[&["203.0.113.7"], &["127.0.0.1"]]);
/// assert_eq!(dns.lookups("vendor.example.com"), 0);
/// ```
#[derive(Debug, Clone, Default)]
pub struct ScriptedDns(Arc<Mutex<HashMap<String, Host>>>);

#[derive(Debug, Default)]
struct Host {
    answers: Vec<Vec<IpAddr>>,
    lookups: usize,
}

impl ScriptedDns {
    /// A resolver for which no host name exists.
    pub fn new() -> Self {
        Self::default()
    }

    /// Scripts the answers of `host`: one list of addresses for each lookup. An empty list finds nothing.
    ///
    /// # Panics
    /// If an address cannot be read.
    #[must_use]
    pub fn host(self, host: &str, answers: &[&[&str]]) -> Self {
        let address = |text: &&str| text.parse().expect("an IP address");
        let answers = answers.iter().map(|answer| answer.iter().map(address).collect()).collect();
        self.0.lock().unwrap().entry(host.to_owned()).or_default().answers = answers;
        self
    }

    /// Makes one lookup, and counts it even if the host name does not exist. The port is 0, because DNS has no ports.
    pub fn lookup(&self, host: &str) -> io::Result<Vec<SocketAddr>> {
        let mut hosts = self.0.lock().unwrap();
        let host = hosts.entry(host.to_owned()).or_default();
        let at = host.lookups.min(host.answers.len().saturating_sub(1));
        host.lookups += 1;
        match host.answers.get(at) {
            Some(answer) if !answer.is_empty() => Ok(answer.iter().map(|ip| SocketAddr::new(*ip, 0)).collect()),
            _ => Err(io::Error::new(io::ErrorKind::NotFound, "no such host in the script")),
        }
    }

    /// How often `host` was looked up.
    pub fn lookups(&self, host: &str) -> usize {
        self.0.lock().unwrap().get(host).map_or(0, |host| host.lookups)
    }

    /// All lookups of all hosts.
    pub fn total(&self) -> usize {
        self.0.lock().unwrap().values().map(|host| host.lookups).sum()
    }
}

impl Resolve for ScriptedDns {
    fn resolve(&self, host: String) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> {
        let answer = self.lookup(&host);
        Box::pin(std::future::ready(answer))
    }
}
