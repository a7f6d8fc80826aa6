//! The bounds of a body, and of all bodies of a call together.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::error::BodyError;

/// A bound of bytes.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// Bytes.
    pub bytes: usize,
    /// The key of the limit that sets the bound. `None` if the bound is a constant.
    pub limit: Option<&'static str>,
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.bytes)?;
        self.limit.map_or(Ok(()), |limit| write!(f, " (limits.{limit})"))
    }
}

/// The bytes that the answers of one call may bring together. Compressed answers count twice: as they arrive and as
/// they unpack. Clones are the same budget.
#[derive(Debug, Clone)]
pub(in super::super) struct Budget {
    whole: Size,
    taken: Arc<AtomicUsize>,
}

impl Budget {
    pub(in super::super) fn new(whole: Size) -> Self {
        Self { whole, taken: Arc::default() }
    }

    /// Bytes that the answers have used.
    pub(in super::super) fn taken(&self) -> usize {
        self.taken.load(Ordering::Relaxed)
    }

    pub(super) fn take(&self, bytes: usize) -> Result<(), BodyError> {
        let more = |taken: usize| taken.checked_add(bytes).filter(|taken| *taken <= self.whole.bytes);
        let taken = self.taken.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more);
        taken.map(drop).map_err(|_| BodyError::TooLargeTogether(self.whole))
    }
}

/// The bounds of one body.
#[derive(Debug, Clone)]
pub(in super::super) struct Bounds {
    /// The bound of this body, before and after decompression.
    pub(in super::super) size: Size,
    /// The bytes that this body and others may have together.
    pub(in super::super) budget: Budget,
    /// The longest time without a new piece.
    pub(in super::super) idle: Duration,
}
