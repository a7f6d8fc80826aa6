//! Statements that change any number of rows in batches.

use sqlx::any::AnyArguments;
use sqlx::query::Query;
use sqlx::{Any, AnyPool};

use super::error::AccountError;

/// Rows that one statement changes at most. More would hold the database's write lock for longer.
pub(super) const AT_ONCE: i64 = 500;

/// Runs a statement that changes at most [`AT_ONCE`] rows, until it changes none; returns the number of all changed
/// rows.
pub(super) async fn in_batches<'q>(
    pool: &AnyPool,
    statement: impl Fn() -> Query<'q, Any, AnyArguments>,
) -> Result<u64, AccountError> {
    let mut total = 0;
    loop {
        let changed = statement().execute(pool).await?.rows_affected();
        total += changed;
        if changed == 0 {
            return Ok(total);
        }
    }
}
