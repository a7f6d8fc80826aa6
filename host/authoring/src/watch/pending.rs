//! Notes that wait for the next read.

use std::collections::BTreeMap;
use std::sync::Mutex;

use tokio::sync::Notify;

use super::mutex::lock;

/// Notes, at most one for each of a bounded set of names. The first one stays until it is taken.
#[derive(Debug)]
pub struct Pending<T> {
    notes: Mutex<BTreeMap<String, T>>,
    added: Notify,
}

impl<T> Default for Pending<T> {
    fn default() -> Self {
        Self { notes: Mutex::default(), added: Notify::new() }
    }
}

impl<T> Pending<T> {
    /// Adds a note, unless one waits under that name.
    pub fn add(&self, name: &str, note: T) {
        lock(&self.notes).entry(name.to_owned()).or_insert(note);
        self.added.notify_one();
    }

    /// Waits until there is a note and takes all of them. For one reader.
    pub async fn take(&self) -> BTreeMap<String, T> {
        loop {
            let notes = std::mem::take(&mut *lock(&self.notes));
            if !notes.is_empty() {
                return notes;
            }
            self.added.notified().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn many_changes_while_somebody_is_busy_are_one_afterwards() {
        let pending = Pending::default();
        for file in ["a", "b", "c"] {
            pending.add("acme", file);
        }
        pending.add("zeta", "d");
        assert_eq!(pending.take().await, BTreeMap::from([("acme".to_owned(), "a"), ("zeta".to_owned(), "d")]));
        pending.add("acme", "e");
        assert_eq!(pending.take().await, BTreeMap::from([("acme".to_owned(), "e")]));
    }
}
