//! Tests that measure time or memory use the process alone. While such a test runs, no other test starts a host.

use std::cell::OnceCell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use tokio::sync::Notify;

static STATE: Mutex<State> = Mutex::new(State { hosts: 0, waiting: 0, held: false });
static CHANGED: Notify = Notify::const_new();

thread_local! {
    /// The number of running hosts that this thread has started. A test runs on one thread, so this distinguishes a
    /// test's second host from another test's first host.
    static MINE: OnceCell<Arc<AtomicUsize>> = const { OnceCell::new() };
}

struct State {
    hosts: usize,
    waiting: usize,
    held: bool,
}

/// A running host's share of the process.
#[derive(Debug)]
pub(crate) struct Share(Arc<AtomicUsize>);

/// The process, held by one test alone.
#[derive(Debug)]
pub struct Alone(());

/// Waits until no other test runs a host, and holds the process until the value is dropped. The test itself starts
/// hosts with [`crate::host::Setup::alone`].
pub async fn alone() -> Alone {
    state().waiting += 1;
    until(|state| {
        let free = state.hosts == 0 && !state.held;
        if free {
            state.waiting -= 1;
            state.held = true;
        }
        free
    })
    .await;
    Alone(())
}

/// Waits while another test uses the process alone. A test that already runs a host does not wait, because otherwise
/// the two tests would wait for each other. Such a test must start its hosts from its own task.
pub(crate) async fn share() -> Share {
    let mine = MINE.with(|mine| mine.get_or_init(Arc::default).clone());
    let another = mine.load(Ordering::SeqCst) > 0;
    until(|state| {
        let free = another || (!state.held && state.waiting == 0);
        if free {
            state.hosts += 1;
        }
        free
    })
    .await;
    mine.fetch_add(1, Ordering::SeqCst);
    Share(mine)
}

async fn until(mut enter: impl FnMut(&mut State) -> bool) {
    loop {
        let changed = CHANGED.notified();
        tokio::pin!(changed);
        // From here on, the test gets every change.
        changed.as_mut().enable();
        if enter(&mut state()) {
            return;
        }
        changed.await;
    }
}

fn state() -> MutexGuard<'static, State> {
    STATE.lock().expect("nothing panics while it is held")
}

impl Drop for Share {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
        state().hosts -= 1;
        CHANGED.notify_waiters();
    }
}

impl Drop for Alone {
    fn drop(&mut self) {
        state().held = false;
        CHANGED.notify_waiters();
    }
}
