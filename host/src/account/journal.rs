//! Writes the log of calls outside the path of the calls. Calls wait in a queue; one task writes them in batches and
//! deletes the oldest beyond the log's bounds.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio::time::Instant;
use uuid::Uuid;

use super::call_log::{CallLog, Kept, LoggedCall};
use super::error::AccountError;
use crate::config::Limits;
use crate::observe::Metrics;

/// Calls in one statement at most.
const BATCH: usize = 100;
/// Time that the first call of a batch waits for others. On a busy host, a statement for each call would cost more than
/// the calls do.
const GATHER: Duration = Duration::from_millis(50);
/// The task deletes the calls beyond the log's bounds after this many calls, whatever the time.
const PRUNE_CALLS: usize = 1_000;
/// The task does the same after this time, with or without calls, and deletes calls that are too old.
const PRUNE_TIME: Duration = Duration::from_secs(60);
/// The task does the same after calls of this part of the log's bytes.
const PRUNE_PART: u64 = 8;
/// Bytes of the calls in the queue at most.
const QUEUE_BYTES: usize = 16 << 20;
/// Time that a shutdown waits for the queue.
const DRAIN: Duration = Duration::from_secs(5);

/// The queue in front of the log of calls.
pub struct Journal {
    queue: Option<mpsc::Sender<Message>>,
    /// Set while somebody waits for the queue: the task then writes without a pause.
    hurry: Arc<Notify>,
    room: Arc<Semaphore>,
    metrics: Arc<Metrics>,
}

enum Message {
    /// A call, and its bytes in the queue.
    Call(Box<LoggedCall>, OwnedSemaphorePermit),
    /// Answered when the calls that were queued before it are written and the log is within its bounds.
    Flush(oneshot::Sender<()>),
}

impl Journal {
    /// Starts the task that writes, unless these limits keep no call. The task ends when the journal is dropped.
    pub fn start(log: CallLog, limits: &Limits, metrics: Arc<Metrics>) -> Self {
        let room = Arc::new(Semaphore::new(QUEUE_BYTES));
        let hurry = Arc::new(Notify::new());
        if limits.log_account_entries == 0 {
            return Self { queue: None, hurry, room, metrics };
        }
        let (queue, queued) = mpsc::channel(usize::try_from(limits.log_queue_entries).unwrap_or(usize::MAX >> 4));
        let age = i64::try_from(limits.log_age_ms).unwrap_or(i64::MAX);
        let writer = Writer {
            log,
            hurry: hurry.clone(),
            kept: Kept { of_account: limits.log_account_entries, of_all: limits.log_entries, bytes: limits.log_bytes },
            age: SignedDuration::from_millis(age),
            swept: Instant::now(),
            written: 0,
            written_bytes: 0,
            failing: false,
            accounts: BTreeSet::new(),
            metrics: metrics.clone(),
        };
        tokio::spawn(writer.run(queued));
        Self { queue: Some(queue), hurry, room, metrics }
    }

    /// Whether the host keeps calls.
    pub fn keeps(&self) -> bool {
        self.queue.is_some()
    }

    /// Queues a call. If the queue is full, counts it as lost.
    pub fn note(&self, call: LoggedCall) {
        let Some(queue) = &self.queue else { return };
        let bytes = u32::try_from(call.bytes()).unwrap_or(u32::MAX);
        let queued = match self.room.clone().try_acquire_many_owned(bytes) {
            Ok(room) => queue.try_send(Message::Call(Box::new(call), room)).is_ok(),
            Err(_) => false,
        };
        if !queued {
            self.metrics.log_dropped();
        }
    }

    /// Waits until the calls in the queue are written, for 5 s at most.
    pub async fn flush(&self) {
        let Some(queue) = &self.queue else { return };
        let (done, written) = oneshot::channel();
        let flushed = async {
            let queued = queue.send(Message::Flush(done)).await.is_ok();
            self.hurry.notify_one();
            queued && written.await.is_ok()
        };
        if tokio::time::timeout(DRAIN, flushed).await != Ok(true) {
            tracing::warn!("the last calls may be missing in the log of calls: the database did not take them in time");
        }
    }
}

struct Writer {
    log: CallLog,
    hurry: Arc<Notify>,
    kept: Kept,
    age: SignedDuration,
    /// When the task last deleted calls that are too old.
    swept: Instant,
    /// Whether the database refused the latest calls.
    failing: bool,
    /// Calls since the last deletion.
    written: usize,
    /// Bytes of these calls.
    written_bytes: u64,
    /// Accounts of these calls.
    accounts: BTreeSet<Uuid>,
    metrics: Arc<Metrics>,
}

impl Writer {
    async fn run(mut self, mut queue: mpsc::Receiver<Message>) {
        let mut messages = Vec::with_capacity(BATCH);
        loop {
            let due = self.swept + PRUNE_TIME;
            let received = tokio::time::timeout_at(due, queue.recv_many(&mut messages, BATCH)).await;
            if received == Ok(0) {
                return;
            }
            if (1..BATCH).contains(&messages.len()) {
                self.gather(&mut queue, &mut messages).await;
            }
            let flushed = self.write(&mut messages).await;
            if self.swept.elapsed() >= PRUNE_TIME {
                self.swept = Instant::now();
                self.prune().await;
                let oldest = Timestamp::now().checked_sub(self.age).unwrap_or(Timestamp::UNIX_EPOCH);
                let swept = self.log.sweep(oldest).await;
                warn(swept, "cannot delete old calls from the log of calls");
            } else if self.written >= PRUNE_CALLS || self.written_bytes > self.kept.bytes / PRUNE_PART {
                self.prune().await;
            }
            for done in flushed {
                // The one who asked may have stopped waiting.
                let _ = done.send(());
            }
        }
    }

    /// Waits for more calls, unless somebody waits for these.
    async fn gather(&self, queue: &mut mpsc::Receiver<Message>, messages: &mut Vec<Message>) {
        if !messages.iter().any(|message| matches!(message, Message::Flush(_))) {
            // The wait ends with either.
            let _ = tokio::time::timeout(GATHER, self.hurry.notified()).await;
        }
        while messages.len() < BATCH
            && let Ok(message) = queue.try_recv()
        {
            messages.push(message);
        }
    }

    /// Writes the calls; returns those who wait for that.
    async fn write(&mut self, messages: &mut Vec<Message>) -> Vec<oneshot::Sender<()>> {
        let (mut calls, mut rooms, mut flushed) = (Vec::with_capacity(messages.len()), Vec::new(), Vec::new());
        for message in messages.drain(..) {
            match message {
                Message::Call(call, room) => {
                    calls.push(*call);
                    rooms.push(room);
                }
                Message::Flush(done) => flushed.push(done),
            }
        }
        self.keep(&calls).await;
        drop(rooms);
        flushed
    }

    async fn keep(&mut self, calls: &[LoggedCall]) {
        if calls.is_empty() {
            return;
        }
        let written = self.log.write(calls).await;
        if written.is_ok() {
            self.written += calls.len();
            self.written_bytes += calls.iter().map(|call| call.bytes() as u64).sum::<u64>();
            self.accounts.extend(calls.iter().map(|call| call.integrated_account_id));
        } else {
            calls.iter().for_each(|_| self.metrics.log_dropped());
        }
        // One line for each outage, not for each call.
        let failed_before = std::mem::replace(&mut self.failing, written.is_err());
        if !failed_before {
            warn(written, "cannot write calls to the log of calls");
        }
    }

    async fn prune(&mut self) {
        let accounts = std::mem::take(&mut self.accounts);
        (self.written, self.written_bytes) = (0, 0);
        let pruned = self.log.prune(&accounts, self.kept).await;
        warn(pruned, "cannot delete surplus calls from the log of calls");
    }
}

fn warn(result: Result<(), AccountError>, what: &str) {
    if let Err(error) = result {
        tracing::warn!(error = format!("{:#}", anyhow::Error::from(error)), "{what}");
    }
}

#[cfg(test)]
mod tests {
    use prometheus_client::registry::Registry;
    use serde_json::value::RawValue;

    use super::*;
    use crate::account::Accounts;

    fn call() -> LoggedCall {
        LoggedCall {
            id: Uuid::now_v7(),
            integrated_account_id: Uuid::new_v4(),
            tenant_id: "tenant".into(),
            integration: "acme".into(),
            generation: None,
            request_id: "1".into(),
            method: "POST".into(),
            path: "/".into(),
            status: 201,
            outcome: "ok".into(),
            guest_us: 1,
            vendor_us: 1,
            host_us: 1,
            requests: RawValue::from_string("[]".into()).expect("JSON"),
            created_at: Timestamp::now(),
        }
    }

    #[tokio::test]
    async fn what_finds_no_room_or_no_database_is_counted_and_holds_nobody_up() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let url = format!("sqlite://{}?mode=rwc", directory.path().join("mortise.db").display());
        let accounts = Accounts::connect(&url.into()).await.expect("a database");
        let (log, metrics) = (accounts.call_log(), Arc::new(Metrics::new()));
        let limits = Limits { log_queue_entries: 2, ..Limits::default() };
        let journal = Journal::start(log.clone(), &limits, metrics.clone());
        // The writer has not run yet, so the queue takes two calls.
        (0..5).for_each(|_| journal.note(call()));
        journal.flush().await;
        assert_eq!(log.list(&Default::default(), 10).await.expect("the database answers").len(), 2);
        accounts.close().await;
        journal.note(call());
        journal.flush().await;
        let text = metrics.render(&Registry::default()).expect("text");
        assert!(text.contains("mortise_log_dropped_total 4"), "{text}");
    }
}
