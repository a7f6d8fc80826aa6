//! The epoch clock: a thread that ends the slices of guests, and sleeps while there is no guest.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::thread::{self, Thread};
use std::time::Duration;

/// The clock. Its thread ends when it and the last [`Guest`] are dropped.
#[derive(Debug)]
pub(super) struct Clock {
    state: Arc<State>,
    thread: Thread,
}

/// A guest that may run. The clock ticks while there is at least one.
#[derive(Debug)]
pub struct Guest(Arc<Clock>);

#[derive(Debug, Default)]
struct State {
    guests: AtomicUsize,
    asleep: AtomicBool,
    stopped: AtomicBool,
}

impl Clock {
    /// Starts a clock that calls `tick` every `length` while there are guests, and `idle_ticks` times more before it
    /// sleeps. A thread of its own runs it, which a busy runtime cannot delay.
    ///
    /// # Errors
    /// If the thread does not start.
    pub(super) fn start(length: Duration, idle_ticks: u32, tick: impl Fn() + Send + 'static) -> io::Result<Arc<Self>> {
        let state = Arc::<State>::default();
        let ticking = state.clone();
        let run = move || ticking.run(length, idle_ticks, tick);
        let thread = thread::Builder::new().name("epoch".into()).spawn(run)?.thread().clone();
        Ok(Arc::new(Self { state, thread }))
    }

    /// Makes the clock tick for one more guest.
    pub(super) fn guest(self: &Arc<Self>) -> Guest {
        self.state.guests.fetch_add(1, SeqCst);
        if self.is_asleep() && self.state.asleep.swap(false, SeqCst) {
            self.thread.unpark();
        }
        Guest(self.clone())
    }

    pub(super) fn is_asleep(&self) -> bool {
        self.state.asleep.load(SeqCst)
    }
}

impl State {
    fn run(&self, length: Duration, idle_ticks: u32, tick: impl Fn()) {
        let mut idle = 0;
        while !self.stopped.load(SeqCst) {
            // Before the tick, so that a guest that wakes the clock has a whole slice.
            thread::sleep(length);
            tick();
            idle = if self.guests.load(SeqCst) == 0 { idle + 1 } else { 0 };
            if idle > idle_ticks {
                self.sleep();
                idle = 0;
            }
        }
    }

    /// Returns when there is a guest, or the clock must stop.
    fn sleep(&self) {
        self.asleep.store(true, SeqCst);
        // All orders are sequential: a guest that is not counted here has not yet checked whether the clock is asleep.
        while self.asleep.load(SeqCst) && self.guests.load(SeqCst) == 0 && !self.stopped.load(SeqCst) {
            thread::park();
        }
        self.asleep.store(false, SeqCst);
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        self.0.state.guests.fetch_sub(1, SeqCst);
    }
}

impl Drop for Clock {
    fn drop(&mut self) {
        self.state.stopped.store(true, SeqCst);
        self.thread.unpark();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::sync::mpsc::{TryRecvError, channel};
    use std::time::Instant;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(30);

    #[test]
    fn it_sleeps_without_guests_and_stops_when_it_is_dropped() {
        let (ticked, ticks) = channel();
        let tick = move || {
            // After the end of the test, nobody counts the ticks.
            let _ = ticked.send(());
        };
        let clock = Clock::start(Duration::ZERO, 5, tick).expect("a thread");
        while !clock.is_asleep() {
            thread::yield_now();
        }
        assert_eq!(ticks.try_iter().count(), 6, "the idle ticks, and the tick that saw no guest");
        let guest = clock.guest();
        drop(clock);
        for _ in 0..100 {
            ticks.recv_timeout(PATIENCE).expect("it ticks while there is a guest");
        }
        drop(guest);
        while ticks.recv_timeout(PATIENCE).is_ok() {}
        assert_eq!(ticks.try_recv(), Err(TryRecvError::Disconnected), "its thread has ended");
    }

    #[test]
    fn guests_that_come_while_it_falls_asleep_get_their_ticks() {
        const GUESTS: usize = 3;
        let ticked = Arc::new(AtomicUsize::new(0));
        let ticks = ticked.clone();
        let tick = move || {
            ticks.fetch_add(1, SeqCst);
        };
        let clock = Clock::start(Duration::ZERO, 0, tick).expect("a thread");
        let together = Barrier::new(GUESTS);
        let live = || {
            for round in 0..300 {
                together.wait();
                let (_guest, before, came) = (clock.guest(), ticked.load(SeqCst), Instant::now());
                while ticked.load(SeqCst) == before {
                    assert!(came.elapsed() < PATIENCE, "a guest of round {round} got no tick");
                    thread::yield_now();
                }
            }
        };
        thread::scope(|scope| {
            for _ in 0..GUESTS {
                scope.spawn(live);
            }
        });
    }
}
