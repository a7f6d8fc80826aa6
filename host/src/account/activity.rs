//! A summary of the last hour's calls, made from the log of calls for the operator.

use jiff::{SignedDuration, Timestamp};
use sqlx::Row;

use super::call_log::CallLog;
use super::error::AccountError;

/// Length of a slice of the hour. Shorter slices do not fit in a chart on a narrow screen; longer ones hide a burst.
const SLICE: SignedDuration = SignedDuration::from_mins(5);
/// Number of slices of the hour.
const SLICES: usize = 12;
/// The summary sorts the times of this many of the hour's newest calls. The log keeps as many by default
/// (`limits.log_entries`). With 1,000,000 calls in the hour SQLite needs 1.0 s for these, and 0.9 s to count all (two
/// cores, busy); without the index 6.6 s and 2.3 s.
const SORTED: i64 = 100_000;
/// Number of integrations in the list.
const SLOWEST: i64 = 10;

/// The last hour, as far as its calls are in the log.
#[derive(Debug, Clone)]
pub struct Activity {
    /// Slices of the hour, the oldest first.
    pub slices: Vec<Slice>,
    /// The integrations whose vendors take longest to answer, the slowest first.
    pub slowest: Vec<VendorTime>,
}

/// Five minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slice {
    /// Start of the five minutes.
    pub begins_at: Timestamp,
    /// Calls that arrived in them.
    pub calls: u64,
    /// Calls with a 4xx as answer.
    pub refused: u64,
    /// Calls with a 5xx as answer.
    pub failed: u64,
}

/// The time that calls of one integration wait for their vendor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VendorTime {
    /// Slug of the integration.
    pub integration: String,
    /// Number of calls that sent the vendor a request.
    pub calls: u64,
    /// Median of their waiting times, in microseconds.
    pub median_us: u64,
    /// 95th percentile of their waiting times, in microseconds.
    pub p95_us: u64,
}

impl Activity {
    /// Calls of the hour.
    pub fn calls(&self) -> u64 {
        self.slices.iter().map(|slice| slice.calls).sum()
    }
}

impl CallLog {
    /// The hour before `now`. Reads only the calls of this hour, however many the log has.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn activity(&self, now: Timestamp) -> Result<Activity, AccountError> {
        let mut begins_at = now - SLICE * i32::try_from(SLICES).unwrap_or(i32::MAX);
        let since = begins_at.as_microsecond();
        let mut slices = Vec::with_capacity(SLICES);
        for _ in 0..SLICES {
            slices.push(Slice { begins_at, calls: 0, refused: 0, failed: 0 });
            begins_at += SLICE;
        }
        self.count(since, now.as_microsecond(), &mut slices).await?;
        Ok(Activity { slices, slowest: self.slowest(since).await? })
    }

    /// Counts the calls of each slice.
    async fn count(&self, since: i64, until: i64, slices: &mut [Slice]) -> Result<(), AccountError> {
        let rows = sqlx::query(
            "SELECT (created_at - $1) / $2 AS slice, COUNT(*) AS calls, \
             COUNT(CASE WHEN status BETWEEN 400 AND 499 THEN 1 END) AS refused, \
             COUNT(CASE WHEN status >= 500 THEN 1 END) AS failed \
             FROM call_log WHERE created_at >= $3 AND created_at < $4 GROUP BY 1",
        )
        .bind(since)
        .bind(i64::try_from(SLICE.as_micros()).unwrap_or(i64::MAX))
        .bind(since)
        .bind(until)
        .fetch_all(self.pool())
        .await?;
        for row in &rows {
            let count = |column| row.try_get::<i64, _>(column).map(i64::unsigned_abs);
            let place = usize::try_from(row.try_get::<i64, _>("slice")?).unwrap_or(usize::MAX);
            if let Some(slice) = slices.get_mut(place) {
                (slice.calls, slice.refused, slice.failed) = (count("calls")?, count("refused")?, count("failed")?);
            }
        }
        Ok(())
    }

    /// The integrations with the longest times at their vendors, by the nearest rank.
    async fn slowest(&self, since: i64) -> Result<Vec<VendorTime>, AccountError> {
        let rows = sqlx::query(
            "WITH recent AS (SELECT integration, vendor_us FROM call_log WHERE created_at >= $1 AND vendor_us > 0 \
             ORDER BY created_at DESC LIMIT $2), \
             ranked AS (SELECT integration, vendor_us, COUNT(*) OVER (PARTITION BY integration) AS calls, \
             ROW_NUMBER() OVER (PARTITION BY integration ORDER BY vendor_us) AS place FROM recent) \
             SELECT integration, MAX(calls) AS calls, MIN(CASE WHEN place * 2 >= calls THEN vendor_us END) AS median, \
             MIN(CASE WHEN place * 100 >= calls * 95 THEN vendor_us END) AS p95 \
             FROM ranked GROUP BY integration ORDER BY 4 DESC, integration LIMIT $3",
        )
        .bind(since)
        .bind(SORTED)
        .bind(SLOWEST)
        .fetch_all(self.pool())
        .await?;
        rows.iter()
            .map(|row| {
                let number = |column| row.try_get::<i64, _>(column).map(i64::unsigned_abs);
                Ok(VendorTime {
                    integration: row.try_get("integration")?,
                    calls: number("calls")?,
                    median_us: number("median")?,
                    p95_us: number("p95")?,
                })
            })
            .collect()
    }
}
