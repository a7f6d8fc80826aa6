//! The host's one typed configuration. Every default and unit stands beside its field.
//!
//! Three sources, each stronger than the one before: the file (TOML), the environment (`MORTISE_LISTEN`,
//! `MORTISE_DATA_DIR`, …, and `MORTISE_LIMITS_CALL_DEADLINE_MS` and so on for each of [`Limits`]), the flags. The command line
//! reads the first two kinds of variable together with its flags; the limits are read here. Relative paths are relative to
//! the working directory.

mod source;

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};
use serde::{Deserialize, Serialize};

use crate::files;

pub use source::ConfigError;

/// Everything that an operator can set.
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

impl Config {
    /// The file with the master key, unless `MORTISE_MASTER_KEY` takes its place.
    pub fn master_key_path(&self) -> PathBuf {
        self.master_key_file.clone().unwrap_or_else(|| self.data_dir.join("master.key"))
    }

    /// The URL of the database in the data directory, which is made with mode 0700 if it does not exist.
    ///
    /// # Errors
    /// A directory that cannot be made or found.
    pub fn database_url(&self) -> anyhow::Result<String> {
        let prepared = files::create_private_dir(&self.data_dir).and_then(|()| self.data_dir.canonicalize());
        let directory =
            prepared.with_context(|| format!("cannot make the data directory {}", self.data_dir.display()))?;
        let file = directory.join("mortise.db").into_os_string().into_encoded_bytes();
        // Slashes stay: they part the URL's path as they part the file's.
        const PATH: AsciiSet = NON_ALPHANUMERIC.remove(b'/').remove(b'.').remove(b'-').remove(b'_');
        let path = percent_encode(&file, &PATH);
        Ok(format!("sqlite://{path}?mode=rwc"))
    }
}

/// Bounds, each with the thing it protects. Durations are milliseconds and sizes are bytes in the file.
#[derive(Debug, Clone, Serialize, Deserialize)]
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
    /// Vendor requests that a plugin can make in one call; repetitions by the host are not counted. Default 16.
    pub vendor_requests: usize,
    /// How often the host repeats one vendor request, where it certainly was not carried out or is a GET. 0: never. Default 2.
    pub vendor_retries: u32,
    /// Longest wait before one repetition, and for a vendor's rate limit. 0: no wait. Default 5 s.
    pub vendor_retry_wait_ms: u64,
    /// Time of a sign-in at a vendor. After one and a half times as long, another process takes over from one that died in the
    /// middle. Default 20 s.
    pub token_exchange_ms: u64,
    /// Time until the headers of a vendor's answer. Default 20 s.
    pub vendor_timeout_ms: u64,
    /// Time to connect to a vendor. Default 5 s.
    pub vendor_connect_ms: u64,
    /// Longest silence inside a vendor's body. Default 10 s.
    pub vendor_idle_ms: u64,
    /// A vendor's body, both as it arrives and decompressed. Default 4 MiB.
    pub vendor_body_bytes: usize,
    /// The bodies of all vendor answers of one call together, decompressed, a streamed one excepted. Default 16 MiB.
    pub vendor_total_bytes: usize,
    /// The body of a request to a vendor. Default 1 MiB.
    pub request_body_bytes: usize,
    /// The body of a caller's request. Default 1 MiB.
    pub caller_body_bytes: usize,
    /// Time that a caller has to send its request's headers, and then its body. Default 15 s.
    pub caller_read_ms: u64,
    /// Time that a caller may take nothing of an answer before its connection is closed. Default 30 s.
    pub caller_write_ms: u64,
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
            vendor_retries: 2,
            vendor_retry_wait_ms: 5_000,
            token_exchange_ms: 20_000,
            vendor_timeout_ms: 20_000,
            vendor_connect_ms: 5_000,
            vendor_idle_ms: 10_000,
            vendor_body_bytes: 4 * MIB,
            vendor_total_bytes: 16 * MIB,
            request_body_bytes: MIB,
            caller_body_bytes: MIB,
            caller_read_ms: 15_000,
            caller_write_ms: 30_000,
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

    /// The values that make sense for the limit of that name. Zero would refuse every call, except where it means not to wait.
    fn allowed(key: &str) -> RangeInclusive<u64> {
        const DAY_MS: u64 = 86_400_000;
        match key {
            "admission_wait_ms" | "shutdown_ms" | "vendor_retry_wait_ms" => 0..=DAY_MS,
            "vendor_retries" => 0..=10,
            // One page of WebAssembly to all that it can address.
            "guest_memory_bytes" => 1 << 16..=1 << 32,
            // Each is a slot of reserved address space.
            "concurrent_calls" | "concurrent_calls_per_integration" => 1..=10_000,
            _ if key.ends_with("_ms") => 1..=DAY_MS,
            _ if key.ends_with("_bytes") => 1..=1 << 40,
            _ => 1..=1_000_000,
        }
    }
}
