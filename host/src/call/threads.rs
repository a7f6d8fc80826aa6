//! Runs guests: on the API's threads while they are short, and on threads of their own when they compute for long.
//!
//! Almost every guest computes for microseconds, and moving it to another thread would cost as much again. A guest that
//! uses up whole slices is different: the runtime looks for network events only between rounds of its queue, so 64 such
//! guests in the queue delay every request for tens of milliseconds. The host moves them to threads that do nothing
//! else and have a lower priority, so that the operating system prefers the API.

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

/// How much lower the priority of guests that compute for long is than that of the API, in steps of `nice`. The API
/// goes first, and the guests keep a share of a busy machine.
const NICENESS: i32 = 5;

/// The sign that a guest computes for long. Clones are the same sign.
#[derive(Debug, Clone, Default)]
pub(super) struct Long(Arc<AtomicBool>);

impl Long {
    /// Sets the sign: the guest has used up whole slices.
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
                // If this is refused, the guests have the API's priority.
                let _ = rustix::process::nice(NICENESS);
            })
            // A poll here takes a whole slice. Beside it, a look at the network costs nothing.
            .event_interval(1)
            .global_queue_interval(1)
            .enable_all()
            .build()?;
        Ok(Self(Some(runtime)))
    }

    /// Runs a guest's call. Until `long` is set it runs within the caller's own task, because a task of its own would
    /// cost two wake-ups on other threads. Then it runs on the guests' threads. Dropping the future cancels the call.
    ///
    /// # Errors
    /// If the call panics, which ends only this call, or if the threads end with the host.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        long: Long,
        call: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, Unfinished> {
        // The call's state is dropped with the call, so a panic leaves nothing behind that is used again.
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

/// Why a call did not run to its end.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unfinished {
    /// The call panicked. The text is the panic's message.
    #[error("a host function panicked: {0}")]
    Panicked(String),
    /// The threads of the call have ended.
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
        // Waiting for the threads would block the runtime on which the host shuts down.
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// Runs the call until it ends or turns out to compute for long.
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
