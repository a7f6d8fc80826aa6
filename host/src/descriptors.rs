//! File descriptors: how many a host may need, and how many the system lets it have.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::api::listener;
use crate::config::Limits;

/// Files, pipes of compilers, the database's connections and what the runtime itself holds open.
const BESIDE: u64 = 128;

/// Connections to vendors that a host keeps while nobody uses them, at most: a bound on their memory, and more than 15 s of traffic from 270
/// new accounts a second leave behind.
const MOST_IDLE: u64 = 4_096;
/// The part of the limit that they get, however many calls there may be: a host that kept none would connect anew for each request.
const LEAST_IDLE: u64 = 8;

/// As many as a host with these limits can have open at a time: a connection for each caller that is admitted, one to a vendor
/// for each call, as many idle ones to vendors again, and what is beside them.
pub fn needed(limits: &Limits) -> u64 {
    in_use(limits).saturating_add(u64::from(limits.concurrent_calls))
}

/// Connections to vendors that wait for their next request, of all accounts together, where the system lets this process have so many open
/// files: what calls leave of them, and at least an eighth.
pub fn idle_connections(limits: &Limits, files: Option<u64>) -> usize {
    let room = files.map_or(MOST_IDLE, |files| files.saturating_sub(in_use(limits)).max(files / LEAST_IDLE));
    room.min(MOST_IDLE).try_into().unwrap_or(usize::MAX)
}

fn in_use(limits: &Limits) -> u64 {
    let calls = u64::from(limits.concurrent_calls);
    calls.saturating_mul(listener::CONNECTIONS_PER_CALL as u64).saturating_add(calls) + BESIDE
}

/// As many as this process may have now; `None` without a limit.
pub fn current() -> Option<u64> {
    getrlimit(Resource::Nofile).current
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
