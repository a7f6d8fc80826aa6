//! Keeps the memory of this process to itself: it may hold the master key and credentials in the clear.

use std::io;

use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};

/// Switches core dumps off, those that the kernel hands to a program included, and lets no process but root's trace this one or read
/// its memory. For every command, as most open a credential. Processes that this one starts inherit the limit on core dumps
/// only.
///
/// # Errors
/// The system's refusal.
pub fn forbid() -> io::Result<()> {
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    // The limit alone does not hold for a handler in `core_pattern`.
    Ok(set_dumpable_behavior(DumpableBehavior::NotDumpable)?)
}

#[cfg(test)]
mod tests {
    use rustix::process::{dumpable_behavior, getrlimit};

    use super::*;

    #[test]
    fn a_process_leaves_no_core_dump_and_can_be_traced_by_root_alone() {
        forbid().unwrap();
        assert_eq!(dumpable_behavior().unwrap(), DumpableBehavior::NotDumpable);
        assert_eq!(getrlimit(Resource::Core), Rlimit { current: Some(0), maximum: Some(0) });
    }
}
