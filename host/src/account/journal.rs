//! Writes the log of calls off their path: calls queue up, one task writes them in batches and deletes what is too much.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use uuid::Uuid;

use super::call_log::{CallLog, Keep, LoggedCall};
use crate::config::Limits;
use crate::observe::Metrics;

/// Calls in one statement.
const BATCH: usize = 100;
/// Calls after which the log is pruned, whatever the time.
const PRUNE_CALLS: usize = 1_000;
/// Time after which the log is pruned, whether or not there were calls.
const PRUNE_TIME: Duration = Duration::from_secs(60);
/// How long a shutdown waits for what is queued.
const DRAIN: Duration = Duration::from_secs(5);

/// The queue in front of the log of calls.
pub struct Journal {
    queue: Option<mpsc::Sender<Message>>,
    metrics: Arc<Metrics>,
}

enum Message {
    Call(Box<LoggedCall>),
    /// Answered when everything that was queued before is written.
    Flush(oneshot::Sender<()>),
}

impl Journal {
    /// Starts the task that writes, unless these limits keep no call. It ends with the journal.
    pub fn start(log: CallLog, limits: &Limits, metrics: Arc<Metrics>) -> Self {
        if limits.log_account_entries == 0 {
            return Self { queue: None, metrics };
        }
        let (queue, queued) = mpsc::channel(usize::try_from(limits.log_queue_entries).unwrap_or(usize::MAX >> 4));
        let age = i64::try_from(limits.log_age_ms).unwrap_or(i64::MAX);
        let writer = Writer {
            log,
            of_account: limits.log_account_entries,
            of_all: limits.log_entries,
            age: SignedDuration::from_millis(age),
            pruned: Instant::now(),
            written: 0,
            accounts: BTreeSet::new(),
            metrics: metrics.clone(),
        };
        tokio::spawn(writer.run(queued));
        Self { queue: Some(queue), metrics }
    }

    /// Whether calls are kept.
    pub fn keeps(&self) -> bool {
        self.queue.is_some()
    }

    /// Queues a call; counts it where there is no room.
    pub fn note(&self, call: LoggedCall) {
        if let Some(queue) = &self.queue
            && queue.try_send(Message::Call(Box::new(call))).is_err()
        {
            self.metrics.log_dropped();
        }
    }

    /// Waits until what is queued is written, for at most 5 s.
    pub async fn flush(&self) {
        let Some(queue) = &self.queue else { return };
        let (done, written) = oneshot::channel();
        let flushed = async { queue.send(Message::Flush(done)).await.is_ok() && written.await.is_ok() };
        if tokio::time::timeout(DRAIN, flushed).await != Ok(true) {
            tracing::warn!("the last calls may be missing in the log of calls: the database did not take them in time");
        }
    }
}

struct Writer {
    log: CallLog,
    of_account: u64,
    of_all: u64,
    age: SignedDuration,
    /// When the log was pruned.
    pruned: Instant,
    /// Calls since then.
    written: usize,
    /// Whose they are.
    accounts: BTreeSet<Uuid>,
    metrics: Arc<Metrics>,
}

impl Writer {
    async fn run(mut self, mut queue: mpsc::Receiver<Message>) {
        let mut messages = Vec::with_capacity(BATCH);
        loop {
            let due = self.pruned + PRUNE_TIME;
            let received = tokio::time::timeout_at(due, queue.recv_many(&mut messages, BATCH)).await;
            if received == Ok(0) {
                return;
            }
            self.write(&mut messages).await;
            if self.written >= PRUNE_CALLS || self.pruned.elapsed() >= PRUNE_TIME {
                self.prune().await;
            }
        }
    }

    async fn write(&mut self, messages: &mut Vec<Message>) {
        let (mut calls, mut flushed) = (Vec::with_capacity(messages.len()), Vec::new());
        for message in messages.drain(..) {
            match message {
                Message::Call(call) => calls.push(*call),
                Message::Flush(done) => flushed.push(done),
            }
        }
        match self.log.write(&calls).await {
            Ok(()) => {
                self.written += calls.len();
                self.accounts.extend(calls.iter().map(|call| call.integrated_account_id));
            }
            Err(error) => {
                calls.iter().for_each(|_| self.metrics.log_dropped());
                let error = format!("{:#}", anyhow::Error::from(error));
                tracing::warn!(error, calls = calls.len(), "calls could not be written to the log of calls");
            }
        }
        for done in flushed {
            // Who asked may have stopped waiting.
            let _ = done.send(());
        }
    }

    async fn prune(&mut self) {
        let accounts = std::mem::take(&mut self.accounts);
        (self.pruned, self.written) = (Instant::now(), 0);
        let since = Timestamp::now().checked_sub(self.age).unwrap_or(Timestamp::MIN);
        let keep = Keep { of_account: self.of_account, of_all: self.of_all, since };
        if let Err(error) = self.log.prune(&accounts, keep).await {
            tracing::warn!(error = format!("{:#}", anyhow::Error::from(error)), "the log of calls could not be pruned");
        }
    }
}
