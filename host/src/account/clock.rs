//! Times in the precision of the database.

use jiff::Timestamp;

/// The present time in whole microseconds.
pub(super) fn now() -> Timestamp {
    whole_micros(Timestamp::now())
}

/// A time in whole microseconds, the database's precision. A record therefore reads back as the host returned it.
pub(crate) fn whole_micros(time: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(time.as_microsecond()).unwrap_or(time)
}
