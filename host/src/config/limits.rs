//! Every limit, with its default and the values that it may have.

use std::ops::RangeInclusive;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Bounds, each with the thing that it protects. In the file, durations are milliseconds and sizes are bytes.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Calls in flight over all integrations. It is also the size of the instance pool. Default 512.
    pub concurrent_calls: u32,
    /// Calls in flight of one integration, so that one integration cannot use the whole pool. Default 128.
    pub concurrent_calls_per_integration: u32,
    /// How long a call waits for admission before the host answers 503. Default 250 ms.
    pub admission_wait_ms: u64,
    /// Guest and vendor time of a call together. Default 30 s.
    pub call_deadline_ms: u64,
    /// Time that the guest itself may compute in a call. Default 250 ms.
    pub guest_cpu_ms: u64,
    /// Linear memory of an instance, all its memories together. Default 64 MiB.
    pub guest_memory_bytes: usize,
    /// Table entries of an instance, all its tables together. Default 10,000.
    pub guest_table_entries: usize,
    /// Bytes that a guest can pass to the host in one host call or as an answer. The largest page of users has 8 MiB of
    /// text, and about 50 bytes more for each row. A page that is too large must still arrive, so that the host can say
    /// so. Default 12 MiB.
    pub guest_hostcall_bytes: usize,
    /// Vendor requests that a plugin can make in one call, without repetitions by the host. Default 16.
    pub vendor_requests: usize,
    /// How often the host repeats one vendor request that certainly was not carried out or only reads. 0: never.
    /// Default 2.
    pub vendor_retries: u32,
    /// Longest wait before one repetition, and for a vendor's rate limit. 0: no wait. Default 5 s.
    pub vendor_retry_wait_ms: u64,
    /// Time of a sign-in at a vendor. After one and a half times as long, another process takes over from one that died
    /// during the sign-in. Default 20 s.
    pub token_exchange_ms: u64,
    /// Time until the headers of a vendor's answer. Default 20 s.
    pub vendor_timeout_ms: u64,
    /// Time to connect to a vendor. Default 5 s.
    pub vendor_connect_ms: u64,
    /// Longest silence inside a vendor's body. Default 10 s.
    pub vendor_idle_ms: u64,
    /// A vendor's body, both as it arrives and decompressed. Default 4 MiB.
    pub vendor_body_bytes: usize,
    /// The body of the primary answer of a list, in place of [`Limits::vendor_body_bytes`], because it has many users,
    /// or all of them. A guest has [`Limits::guest_cpu_ms`] to read it. Default 16 MiB.
    pub vendor_list_bytes: usize,
    /// The bodies of all vendor answers of one call together, without a streamed one. A compressed body counts as it
    /// arrives and again decompressed. There is room for the largest list that arrives compressed. Default 32 MiB.
    pub vendor_total_bytes: usize,
    /// The body of a request to a vendor. Default 1 MiB.
    pub request_body_bytes: usize,
    /// The body of a caller's request. Default 1 MiB.
    pub caller_body_bytes: usize,
    /// Time that a caller has to send its request's headers, and then its body. Default 15 s.
    pub caller_read_ms: u64,
    /// Time in which a caller takes nothing of an answer, before the host closes the connection. Default 30 s.
    pub caller_write_ms: u64,
    /// Size of a component. Default 8 MiB.
    pub component_bytes: usize,
    /// Wall time to compile a component. Default 60 s.
    pub compile_ms: u64,
    /// Address space of the compiling process. Default 2 GiB.
    pub compile_memory_bytes: u64,
    /// [`Limits::concurrent_calls`] of components with an interpreter, which also count among `concurrent_calls`.
    /// Default 32.
    pub interpreter_concurrent_calls: u32,
    /// [`Limits::concurrent_calls_per_integration`] of a component with an interpreter. Default 16.
    pub interpreter_concurrent_calls_per_integration: u32,
    /// [`Limits::guest_cpu_ms`] of a component with an interpreter. Default 2 s.
    pub interpreter_guest_cpu_ms: u64,
    /// [`Limits::guest_memory_bytes`] of a component with an interpreter. Default 128 MiB.
    pub interpreter_guest_memory_bytes: usize,
    /// [`Limits::guest_table_entries`] of a component with an interpreter. Default 50,000.
    pub interpreter_guest_table_entries: usize,
    /// [`Limits::component_bytes`] of a component with an interpreter. Default 64 MiB.
    pub interpreter_component_bytes: usize,
    /// [`Limits::compile_ms`] of a component with an interpreter. Default 5 min.
    pub interpreter_compile_ms: u64,
    /// [`Limits::compile_memory_bytes`] of a component with an interpreter. Default 4 GiB.
    pub interpreter_compile_memory_bytes: u64,
    /// Requests with one API token in a window of [`Limits::quota_window_ms`], in this process; 0: no limit. Default 500.
    pub token_requests: u32,
    /// Unified calls for one integrated account in a window of [`Limits::quota_window_ms`], in this process; 0: no limit.
    /// Default 50.
    pub account_requests: u32,
    /// The window of both quotas. Default 10 s.
    pub quota_window_ms: u64,
    /// Calls of an integration that break in a row before its circuit opens; 0: it never does. Default 10.
    pub circuit_failures: u32,
    /// How long a circuit stays open at first; doubled each time that a probe fails. Default 1 s.
    pub circuit_open_ms: u64,
    /// How long a circuit stays open at most. Default 60 s.
    pub circuit_open_max_ms: u64,
    /// Calls of one integrated account that are kept for `GET /log`; 0: no call is kept. Default 200.
    pub log_account_entries: u64,
    /// Calls of all accounts together that are kept for `GET /log`. Default 100,000.
    pub log_entries: u64,
    /// Bytes of the calls of all accounts together that are kept for `GET /log`. Default 128 MiB.
    pub log_bytes: u64,
    /// How long a call is kept for `GET /log`. Default 7 days.
    pub log_age_ms: u64,
    /// Calls that wait to be written to the log. The host counts further ones and leaves them out. Default 4,096.
    pub log_queue_entries: u64,
    /// How long a shutdown waits for calls in flight. Default 35 s.
    pub shutdown_ms: u64,
    /// How long an idempotency key and its answer are kept. Default 24 h.
    pub idempotency_ms: u64,
    /// Time of one attempt to deliver a webhook, from the connection to the answer. After one and a half times as long,
    /// another process takes over from one that died during the attempt. Default 20 s.
    pub webhook_timeout_ms: u64,
    /// Attempts of one webhook at once, in this process, so that a receiver that hangs delays no other one. Default 4.
    pub webhook_concurrent_deliveries: u32,
    /// How often this process looks for deliveries that are due. It sends those of its own events at once. Default 1 s.
    pub webhook_poll_ms: u64,
    /// Attempts of a delivery before the host gives it up. With the two waits below they spread over about 3 days.
    /// Default 15.
    pub webhook_attempts: u32,
    /// Longest wait before the second attempt; six times as long before each later one. The host chooses the wait at
    /// random between 0 and this value. Default 10 s.
    pub webhook_retry_ms: u64,
    /// Longest wait before any attempt, also if the receiver asks for a longer one. Default 16 h.
    pub webhook_retry_max_ms: u64,
    /// How long all attempts of a webhook may fail before the host switches it off. Default 5 days.
    pub webhook_disable_ms: u64,
    /// Connections to the database. Default 8.
    pub database_connections: u32,
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
            guest_hostcall_bytes: 12 * MIB,
            vendor_requests: 16,
            vendor_retries: 2,
            vendor_retry_wait_ms: 5_000,
            token_exchange_ms: 20_000,
            vendor_timeout_ms: 20_000,
            vendor_connect_ms: 5_000,
            vendor_idle_ms: 10_000,
            vendor_body_bytes: 4 * MIB,
            vendor_list_bytes: 16 * MIB,
            vendor_total_bytes: 32 * MIB,
            request_body_bytes: MIB,
            caller_body_bytes: MIB,
            caller_read_ms: 15_000,
            caller_write_ms: 30_000,
            component_bytes: 8 * MIB,
            compile_ms: 60_000,
            compile_memory_bytes: 2 << 30,
            interpreter_concurrent_calls: 32,
            interpreter_concurrent_calls_per_integration: 16,
            interpreter_guest_cpu_ms: 2_000,
            interpreter_guest_memory_bytes: 128 * MIB,
            interpreter_guest_table_entries: 50_000,
            interpreter_component_bytes: 64 * MIB,
            interpreter_compile_ms: 300_000,
            interpreter_compile_memory_bytes: 4 << 30,
            token_requests: 500,
            account_requests: 50,
            quota_window_ms: 10_000,
            circuit_failures: 10,
            circuit_open_ms: 1_000,
            circuit_open_max_ms: 60_000,
            log_account_entries: 200,
            log_entries: 100_000,
            log_bytes: 128 << 20,
            log_age_ms: 7 * 86_400_000,
            log_queue_entries: 4_096,
            shutdown_ms: 35_000,
            idempotency_ms: 86_400_000,
            webhook_timeout_ms: 20_000,
            webhook_concurrent_deliveries: 4,
            webhook_poll_ms: 1_000,
            webhook_attempts: 15,
            webhook_retry_ms: 10_000,
            webhook_retry_max_ms: 16 * 3_600_000,
            webhook_disable_ms: 5 * 86_400_000,
            database_connections: 8,
        }
    }
}

impl Limits {
    /// The limit of that key.
    pub fn get(&self, key: &str) -> Option<u64> {
        self.by_key().get(key).and_then(serde_json::Value::as_u64)
    }

    /// The largest component of any class, in bytes.
    pub fn largest_component(&self) -> usize {
        self.component_bytes.max(self.interpreter_component_bytes)
    }

    /// [`Limits::call_deadline_ms`] as a duration.
    pub fn call_deadline(&self) -> Duration {
        Duration::from_millis(self.call_deadline_ms)
    }

    /// The values that make sense for the limit of that name. Zero would refuse every call, except if it means not to
    /// wait.
    pub(super) fn allowed(key: &str) -> RangeInclusive<u64> {
        const DAY_MS: u64 = 86_400_000;
        match key {
            "idempotency_ms" => 1..=30 * DAY_MS,
            "admission_wait_ms" | "shutdown_ms" | "vendor_retry_wait_ms" => 0..=DAY_MS,
            "vendor_retries" => 0..=10,
            // Zero means none.
            "token_requests" | "account_requests" | "circuit_failures" | "log_account_entries" => 0..=1_000_000,
            "log_age_ms" | "webhook_disable_ms" => 1..=366 * DAY_MS,
            "webhook_attempts" => 1..=100,
            "webhook_concurrent_deliveries" => 1..=1_000,
            // From one page of WebAssembly to all that it can address.
            "guest_memory_bytes" | "interpreter_guest_memory_bytes" => 1 << 16..=1 << 32,
            "database_connections" => 1..=1_000,
            // Each is a slot of reserved address space.
            _ if key.contains("concurrent_calls") => 1..=10_000,
            _ if key.ends_with("_ms") => 1..=DAY_MS,
            _ if key.ends_with("_bytes") => 1..=1 << 40,
            _ => 1..=1_000_000,
        }
    }
}
