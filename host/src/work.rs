//! Work that takes longer the more bytes a caller, a vendor or a guest has sent.

use std::sync::LazyLock;
use std::thread::available_parallelism;

use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::Semaphore;

/// Bytes up to which the work is done in place. The slowest work takes a release build about 0.1 µs for each byte, so
/// at most 2 ms for these.
const IN_PLACE: usize = 16 << 10;

/// How much of it is done at once. More would not end sooner, and would leave requests less of the processors.
static PLACES: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(available_parallelism().map_or(1, usize::from)));

/// Does work on so many bytes. For more than 16 KiB the thread first gives the requests that it serves to another
/// thread, so that none of them waits for this work.
pub async fn on<T>(bytes: usize, work: impl FnOnce() -> T) -> T {
    let has_others = || Handle::try_current().is_ok_and(|here| here.runtime_flavor() == RuntimeFlavor::MultiThread);
    if bytes <= IN_PLACE || !has_others() {
        return work();
    }
    // It is never closed, so there is always a permit in the end.
    let _place = PLACES.acquire().await;
    tokio::task::block_in_place(work)
}
