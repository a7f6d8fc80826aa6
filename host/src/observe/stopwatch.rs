//! The time of several pieces of work together.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Adds up times. Clones are the same stopwatch.
#[derive(Debug, Clone, Default)]
pub struct Stopwatch(Arc<AtomicU64>);

/// One piece of work. Dropping it adds its time, also if the work was cancelled.
#[derive(Debug)]
pub struct Running {
    stopwatch: Stopwatch,
    started: Instant,
}

impl Stopwatch {
    /// Starts to count a piece of work.
    pub fn start(&self) -> Running {
        Running { stopwatch: self.clone(), started: Instant::now() }
    }

    /// Runs `work` and counts the time in which it runs, but not the time in which it waits.
    pub async fn polls<T>(&self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        std::future::poll_fn(|context| {
            let _running = self.start();
            work.as_mut().poll(context)
        })
        .await
    }

    /// The sum of all times so far.
    pub fn elapsed(&self) -> Duration {
        Duration::from_nanos(self.0.load(Ordering::Relaxed))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let nanos = u64::try_from(self.started.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.stopwatch.0.fetch_add(nanos, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PIECE: Duration = Duration::from_millis(20);

    #[tokio::test]
    async fn waiting_is_not_counted_and_running_is() {
        let (stopwatch, begun) = (Stopwatch::default(), Instant::now());
        stopwatch
            .polls(async {
                std::thread::sleep(PIECE);
                tokio::time::sleep(PIECE * 5).await;
                std::thread::sleep(PIECE);
            })
            .await;
        assert!(stopwatch.elapsed() >= PIECE * 2 && stopwatch.elapsed() + PIECE * 5 <= begun.elapsed());
    }

    #[test]
    fn work_that_is_given_up_is_counted() {
        let stopwatch = Stopwatch::default();
        let running = stopwatch.start();
        std::thread::sleep(PIECE);
        drop(running);
        assert!(stopwatch.elapsed() >= PIECE);
    }
}
