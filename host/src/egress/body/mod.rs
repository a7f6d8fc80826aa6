//! Reads a vendor's body. Bounds hold as it arrives and again after decompression, and for the time without a new
//! piece. Text becomes UTF-8. Other tasks run between the pieces.

mod bounds;
mod error;
mod gzip;
mod pieces;

pub(super) use bounds::{Bounds, Budget, Size};
pub(super) use error::BodyError;
pub use pieces::announced;
pub(super) use pieces::{Pieces, whole};
