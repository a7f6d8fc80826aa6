//! Signals to processes that a test has started.

pub use rustix::process::Signal;
use rustix::process::{Pid, kill_process, kill_process_group};

/// Sends a signal to a child.
///
/// # Panics
/// If the child is gone.
pub fn send(process: u32, signal: Signal) {
    kill_process(pid(process), signal).expect("the process is there");
}

/// Kills the rest of a child's process group.
pub fn kill_group(leader: u32) {
    // The group may have ended already.
    let _ = kill_process_group(pid(leader), Signal::KILL);
}

fn pid(process: u32) -> Pid {
    Pid::from_raw(process.cast_signed()).expect("a process id is positive")
}
