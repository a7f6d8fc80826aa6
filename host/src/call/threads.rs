//! Where guests run: on the API's threads while they are short, on threads of their own once they compute for long.
//!
//! Almost every guest computes for microseconds, and a hand-over to another thread would cost as much again. One that uses
//! up whole slices is another matter: a runtime looks for network events only between rounds of its queue, so that 64 such
//! guests in the queue hold up every request for tens of milliseconds. They are moved to threads that do nothing else, of
//! a lower priority, so that the operating system lets the API go first.

use std::any::Any;
use std::io;
use std::ops::ControlFlow;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;

use futures_util::FutureExt;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinError;
use tokio_util::task::AbortOnDropHandle;

/// How much lower than the API's is the priority of guests that compute for long, in steps of `nice`: the API goes first, and
/// they keep a share of a busy machine.
const NICENESS: i32 = 5;

/// Says that a guest computes for long. Clones are the same sign.
#[derive(Debug, Clone, Default)]
pub(super) struct Long(Arc<AtomicBool>);

impl Long {
    /// The guest has used up whole slices.
    pub(super) fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// The threads of guests that compute for long.
#[derive(Debug)]
pub(super) struct GuestThreads(Option<Runtime>);

impl GuestThreads {
    /// Starts one thread for each processor.
    pub(super) fn start() -> io::Result<Self> {
        let runtime = Builder::new_multi_thread()
            .thread_name("guest")
            .on_thread_start(|| {
                // A refusal leaves the guests at the API's own priority.
                let _ = rustix::process::nice(NICENESS);
            })
            // A poll here is a whole slice: beside it, a look at the network costs nothing.
            .event_interval(1)
            .global_queue_interval(1)
            .enable_all()
            .build()?;
        Ok(Self(Some(runtime)))
    }

    /// Runs a guest's call: within the caller's own task until `long` is set, as a task of its own would be woken on another thread
    /// and back, and then on the guests' threads. Dropping the future cancels the call.
    ///
    /// # Errors
    /// If the call panics, which ends this call and nothing else, or the threads end with the host.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        long: Long,
        call: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, Unfinished> {
        // What a panic leaves behind ends with the call.
        let start = AssertUnwindSafe(until(long, Box::pin(call))).catch_unwind();
        match (start.await.map_err(Unfinished::panicked)?, &self.0) {
            (ControlFlow::Break(done), _) => Ok(done),
            (ControlFlow::Continue(call), Some(runtime)) => {
                let ended = AbortOnDropHandle::new(runtime.spawn(call)).await;
                ended.map_err(Unfinished::from)
            }
            (ControlFlow::Continue(call), None) => Ok(call.await),
        }
    }
}

/// Why a call has no end of its own.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unfinished {
    /// It has panicked: with this message, where it has one.
    #[error("a host function panicked: {0}")]
    Panicked(String),
    /// The threads on which it ran have ended.
    #[error("the host ends")]
    Cancelled,
}

impl Unfinished {
    fn panicked(panic: Box<dyn Any + Send>) -> Self {
        let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
        Self::Panicked(text.unwrap_or("no text").to_owned())
    }
}

impl From<JoinError> for Unfinished {
    fn from(error: JoinError) -> Self {
        error.try_into_panic().map_or(Self::Cancelled, Self::panicked)
    }
}

impl Drop for GuestThreads {
    fn drop(&mut self) {
        // Waiting for the threads would block the runtime on which the host ends.
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// Runs the call until it is done or turns out to compute for long.
async fn until<F: Future>(long: Long, mut call: Pin<Box<F>>) -> ControlFlow<F::Output, Pin<Box<F>>> {
    let done = std::future::poll_fn(|context| match call.as_mut().poll(context) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending if long.is_set() => Poll::Ready(None),
        Poll::Pending => Poll::Pending,
    });
    match done.await {
        Some(done) => ControlFlow::Break(done),
        None => ControlFlow::Continue(call),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_told_from_the_end_of_the_threads() {
        for is_long in [false, true] {
            let (threads, long) = (GuestThreads::start().expect("threads"), Long::default());
            let sign = long.clone();
            let call = async move {
                if is_long {
                    sign.set();
                    tokio::task::yield_now().await;
                }
                panic!("a defect")
            };
            let ended = threads.run::<()>(long, call).await;
            assert!(matches!(ended, Err(Unfinished::Panicked(text)) if text == "a defect"));
        }
    }

    #[tokio::test]
    async fn the_end_of_the_threads_is_no_panic() {
        let mut threads = GuestThreads::start().expect("threads");
        let runtime = threads.0.take().expect("threads");
        let handle = runtime.handle().clone();
        runtime.shutdown_background();
        let ended = AbortOnDropHandle::new(handle.spawn(std::future::pending::<()>())).await;
        assert!(matches!(ended.map_err(Unfinished::from), Err(Unfinished::Cancelled)));
    }
}
