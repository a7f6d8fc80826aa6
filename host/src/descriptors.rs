//! File descriptors: how many a host may need, and how many the system lets it have.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::api::listener;
use crate::config::Limits;
use crate::egress;

/// Files, pipes of compilers, the database's connections and what the runtime itself holds open.
const BESIDE: u64 = 128;

/// As many as a host with these limits can have open at a time: a connection for each caller that is admitted, one to a vendor
/// for each call, as many idle ones to vendors again, and what is beside them. Idle connections of further accounts are not counted:
/// how many there are is up to the traffic.
pub fn needed(limits: &Limits) -> u64 {
    let calls = u64::from(limits.concurrent_calls);
    let idle = calls.max(egress::IDLE_CONNECTIONS as u64);
    calls.saturating_mul(listener::CONNECTIONS_PER_CALL as u64).saturating_add(calls).saturating_add(idle) + BESIDE
}

/// As many as this process can be allowed to have; `None` without a limit.
pub fn most() -> Option<u64> {
    getrlimit(Resource::Nofile).maximum
}

/// Lets this process open as many as it can be allowed to.
///
/// # Errors
/// The system's refusal; the limit then stays what it was.
pub fn raise() -> std::io::Result<()> {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current == maximum {
        return Ok(());
    }
    Ok(setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum })?)
}

/// What an operator reads where they do not suffice.
pub fn too_few(needed: u64, most: u64) -> String {
    format!(
        "a host with these limits may need {needed} open files, and the system allows {most}: raise the limit \
         (LimitNOFILE= of systemd, ulimit -Hn) or lower limits.concurrent_calls"
    )
}
