//! A cache of rows that calls read again and again. At thousands of calls a second, the two queries of each would cost
//! as much as the rest of the call.

use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use moka::sync::Cache;

use super::database::ACQUIRE;

/// The cache returns a row for this time. A change by another process therefore shows after this time at most; this
/// process's own changes show at once.
const CURRENT: Duration = Duration::from_secs(1);
/// Rows in the cache at most.
const CAPACITY: u64 = 10_000;

/// Rows by key. The cache does not remember that a row is missing, so that a new row shows at once.
pub(super) struct Recent<K, V> {
    rows: Cache<K, V>,
    /// One caller at a time reads a row that is not in the cache. Otherwise thousands of calls for the same row would
    /// wait for the database's few connections.
    turns: Cache<K, Arc<tokio::sync::Mutex<()>>>,
    /// Number of this process's writes. The cache does not keep a row that was read before a write and arrives after
    /// it.
    writes: Mutex<u64>,
}

impl<K, V> Default for Recent<K, V>
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    fn default() -> Self {
        let turns = Cache::builder().max_capacity(CAPACITY).time_to_idle(ACQUIRE).build();
        let rows = Cache::builder().max_capacity(CAPACITY).time_to_live(CURRENT).build();
        Self { rows, turns, writes: Mutex::default() }
    }
}

impl<K, V> Recent<K, V>
where
    K: Hash + Eq + Clone + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// The row, from the cache or by `read`.
    pub(super) async fn get<E>(
        &self,
        key: K,
        read: impl Future<Output = Result<Option<V>, E>>,
    ) -> Result<Option<V>, E> {
        if let Some(row) = self.rows.get(&key) {
            return Ok(Some(row));
        }
        let turn = self.turns.get_with_by_ref(&key, Arc::default);
        // As long as a query waits for a connection. If it takes longer, the database is in trouble, and each reader
        // should learn that in time.
        let _turn = tokio::time::timeout(ACQUIRE, turn.lock()).await;
        if let Some(row) = self.rows.get(&key) {
            return Ok(Some(row));
        }
        let before = *self.writes();
        let row = read.await?;
        if let Some(row) = &row {
            let writes = self.writes();
            if *writes == before {
                self.rows.insert(key, row.clone());
            }
        }
        Ok(row)
    }

    /// Removes a row from the cache. Called after the row was written.
    pub(super) fn forget(&self, key: &K) {
        *self.writes() += 1;
        self.rows.invalidate(key);
    }

    /// Removes all rows from the cache. Called after a write of rows whose keys are not known.
    pub(super) fn forget_all(&self) {
        *self.writes() += 1;
        self.rows.invalidate_all();
    }

    fn writes(&self) -> MutexGuard<'_, u64> {
        self.writes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::future::ready;

    use super::*;

    fn row(value: u32) -> impl Future<Output = Result<Option<u32>, Infallible>> {
        ready(Ok(Some(value)))
    }

    #[tokio::test]
    async fn a_row_is_read_once_until_it_is_written() {
        let recent = Recent::default();
        assert_eq!(recent.get("a", row(1)).await, Ok(Some(1)));
        assert_eq!(recent.get("a", row(2)).await, Ok(Some(1)));
        recent.forget(&"a");
        assert_eq!(recent.get("a", row(3)).await, Ok(Some(3)));
        recent.forget_all();
        assert_eq!(recent.get("a", row(4)).await, Ok(Some(4)));
    }

    #[tokio::test]
    async fn readers_of_one_row_read_it_once_and_those_of_others_do_not_wait() {
        let recent = Recent::default();
        let (found, wait) = tokio::sync::oneshot::channel();
        let first = recent.get("a", async { Ok(wait.await.ok()) });
        let second = recent.get("a", row(2));
        let other = async {
            assert_eq!(recent.get("b", row(3)).await, Ok(Some(3)));
            found.send(1).expect("the first reader waits for it");
        };
        let (first, second, ()) = tokio::join!(first, second, other);
        assert_eq!((first, second), (Ok::<_, Infallible>(Some(1)), Ok(Some(1))));
    }

    #[tokio::test]
    async fn a_missing_row_is_looked_for_again() {
        let recent = Recent::default();
        assert_eq!(recent.get("a", ready(Ok::<Option<u32>, Infallible>(None))).await, Ok(None));
        assert_eq!(recent.get("a", row(1)).await, Ok(Some(1)));
    }

    #[tokio::test]
    async fn a_row_that_is_written_while_it_is_read_is_not_kept() {
        let recent = Recent::default();
        let overtaken = async {
            recent.forget(&"a");
            Ok::<_, Infallible>(Some(1))
        };
        assert_eq!(recent.get("a", overtaken).await, Ok(Some(1)));
        assert_eq!(recent.get("a", row(2)).await, Ok(Some(2)));
    }
}
