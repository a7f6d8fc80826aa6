//! The host's one typed configuration. Every default and unit stands beside its field.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

/// Everything that an operator can set. Precedence: file, then environment, then flags.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Address of the API. Default `127.0.0.1:8080`.
    pub listen: SocketAddr,
    /// Directory that the host owns: database, master key, compile cache. Default `data`.
    pub data_dir: PathBuf,
    /// Directory with the components to load, `<slug>.wasm` each. Default `plugins`.
    pub plugins_dir: PathBuf,
    /// The grants: digest and origins of every plugin that may be served. Default `mortise.lock`.
    pub lock_file: PathBuf,
    /// Master key of the credential vault: a file with mode 0600. Default `master.key` in `data_dir`.
    /// `MORTISE_MASTER_KEY` takes its place.
    pub master_key_file: Option<PathBuf>,
    /// Bounds of everything that a caller, a guest or a vendor can fill.
    pub limits: Limits,
    /// Settings of single integrations, by slug.
    pub integrations: BTreeMap<String, IntegrationConfig>,
}

/// Settings of one integration.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IntegrationConfig {
    /// Takes the place of every origin that the integration declares, base path included: a sandbox, a proxy, a test server.
    /// `http` and addresses that are otherwise refused are allowed for this exact host and port. Default: none.
    pub origin: Option<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            data_dir: "data".into(),
            plugins_dir: "plugins".into(),
            lock_file: "mortise.lock".into(),
            master_key_file: None,
            limits: Limits::default(),
            integrations: BTreeMap::new(),
        }
    }
}

/// Bounds, each with the thing it protects. Durations are milliseconds and sizes are bytes in the file.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Calls in flight over all integrations; the pool of instances is sized by it. Default 512.
    pub concurrent_calls: u32,
    /// Calls in flight of one integration, so that one cannot take the pool. Default 128.
    pub concurrent_calls_per_integration: u32,
    /// How long a call waits for admission before it is answered 503. Default 250 ms.
    pub admission_wait_ms: u64,
    /// Guest and vendor time of a call together. Default 30 s.
    pub call_deadline_ms: u64,
    /// Time that the guest itself may compute in a call. Default 250 ms.
    pub guest_cpu_ms: u64,
    /// Linear memory of all memories of an instance together. Default 64 MiB.
    pub guest_memory_bytes: usize,
    /// Table entries of all tables of an instance together. Default 10,000.
    pub guest_table_entries: usize,
    /// Bytes that a guest can hand to the host in one host call. Default 8 MiB.
    pub guest_hostcall_bytes: usize,
    /// Vendor requests in one call. Default 16.
    pub vendor_requests: usize,
    /// Time until the headers of a vendor's answer. Default 20 s.
    pub vendor_timeout_ms: u64,
    /// Time to connect to a vendor. Default 5 s.
    pub vendor_connect_ms: u64,
    /// Longest silence inside a vendor's body. Default 10 s.
    pub vendor_idle_ms: u64,
    /// A vendor's body, both as it arrives and decompressed. Default 4 MiB.
    pub vendor_body_bytes: usize,
    /// The body of a request to a vendor. Default 1 MiB.
    pub request_body_bytes: usize,
    /// The body of a caller's request. Default 1 MiB.
    pub caller_body_bytes: usize,
    /// Time that a caller has to send its request's headers, and then its body. Default 15 s.
    pub caller_read_ms: u64,
    /// Size of a component. Default 8 MiB.
    pub component_bytes: usize,
    /// Wall time to compile a component. Default 60 s.
    pub compile_ms: u64,
    /// Address space of the compiling process. Default 2 GiB.
    pub compile_memory_bytes: u64,
    /// How long a shutdown waits for calls in flight. Default 35 s.
    pub shutdown_ms: u64,
}

impl Default for Limits {
    fn default() -> Self {
        const MIB: usize = 1 << 20;
        Self {
            concurrent_calls: 512,
            concurrent_calls_per_integration: 128,
            admission_wait_ms: 250,
            call_deadline_ms: 30_000,
            guest_cpu_ms: 250,
            guest_memory_bytes: 64 * MIB,
            guest_table_entries: 10_000,
            guest_hostcall_bytes: 8 * MIB,
            vendor_requests: 16,
            vendor_timeout_ms: 20_000,
            vendor_connect_ms: 5_000,
            vendor_idle_ms: 10_000,
            vendor_body_bytes: 4 * MIB,
            request_body_bytes: MIB,
            caller_body_bytes: MIB,
            caller_read_ms: 15_000,
            component_bytes: 8 * MIB,
            compile_ms: 60_000,
            compile_memory_bytes: 2 << 30,
            shutdown_ms: 35_000,
        }
    }
}

impl Limits {
    /// [`Limits::call_deadline_ms`] as a duration.
    pub fn call_deadline(&self) -> Duration {
        Duration::from_millis(self.call_deadline_ms)
    }
}
