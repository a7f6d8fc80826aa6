//! File descriptors: how many a host may need, and how many the system lets it have.

use std::error::Error;
use std::io;
use std::iter::successors;
use std::os::fd::AsFd;

use rustix::io::Errno;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::sync::Notify;

use crate::config::Limits;

/// Connections of callers for each concurrent call: half of them may be idle.
pub const CONNECTIONS_PER_CALL: usize = 2;
/// Files, pipes of compilers, the database's connections and what the runtime itself holds open.
const BESIDE: u64 = 128;

/// Connections to vendors that a host keeps while nobody uses them, at most: a bound on their memory, and more than 15 s of traffic from 270
/// new accounts a second leave behind.
const MOST_IDLE: u64 = 4_096;
/// The part of the limit that they get, however many calls there may be: a host that kept none would connect anew for each request.
const LEAST_IDLE: u64 = 8;

/// What callers and operators read if this process has none left.
const NONE_OF_PROCESS: &str = "this host has no open files left for a connection to the vendor: its operator raises their limit \
                               (LimitNOFILE= of systemd, ulimit -Hn) or lowers limits.concurrent_calls";
/// What they read if the machine has none left, for any process.
const NONE_OF_MACHINE: &str = "the machine of this host has no open files left for a connection to the vendor: its operator raises the \
                               limit of all processes (sysctl fs.file-max) or ends the process that has so many open";

/// Wakes those who keep connections that nobody uses.
static WANTED: Notify = Notify::const_new();

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
    calls.saturating_mul(CONNECTIONS_PER_CALL as u64).saturating_add(calls) + BESIDE
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
pub fn raise() -> io::Result<()> {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current == maximum {
        return Ok(());
    }
    Ok(setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum })?)
}

/// Whether an error came of a lack of open files, of this process or of the machine. A resolver that cannot open its own files does not say
/// so, hence this also tries to open one.
pub fn are_lacking(error: &(dyn Error + 'static)) -> bool {
    causes(error).any(is_lack) || io::stderr().as_fd().try_clone_to_owned().is_err_and(|error| is_lack(&error))
}

/// What callers and operators read of an error that came of such a lack: whose it is, and what helps.
pub fn none_left(error: &(dyn Error + 'static)) -> &'static str {
    match causes(error).any(|error| Errno::from_io_error(error) == Some(Errno::NFILE)) {
        true => NONE_OF_MACHINE,
        false => NONE_OF_PROCESS,
    }
}

fn causes<'e>(error: &'e (dyn Error + 'static)) -> impl Iterator<Item = &'e io::Error> {
    successors(Some(error), |&error| error.source()).filter_map(|error| error.downcast_ref())
}

/// Whether this error is a lack of open files.
pub fn is_lack(error: &io::Error) -> bool {
    matches!(Errno::from_io_error(error), Some(Errno::MFILE | Errno::NFILE))
}

/// Asks for open files that nobody uses: those who wait in [`wanted`] give them up.
pub fn want() {
    WANTED.notify_waiters();
}

/// Returns when somebody has no open file left.
pub async fn wanted() {
    WANTED.notified().await;
}

/// What an operator reads where they do not suffice.
pub fn too_few(needed: u64, most: u64) -> String {
    format!(
        "a host with these limits may need {needed} open files, and the system allows {most}: raise the limit \
         (LimitNOFILE= of systemd, ulimit -Hn) or lower limits.concurrent_calls"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_helps_depends_on_whose_files_are_lacking() {
        let told = |errno: Errno| {
            let error = io::Error::from(errno);
            assert!(are_lacking(&error));
            none_left(&error)
        };
        assert!(told(Errno::MFILE).contains("LimitNOFILE"));
        assert!(told(Errno::NFILE).contains("fs.file-max") && !told(Errno::NFILE).contains("LimitNOFILE"));
    }
}
