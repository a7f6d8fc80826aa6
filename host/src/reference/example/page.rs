//! Pages of examples of lists.

/// Users on a page of an example.
pub(super) const PAGE: u32 = 100;
