//! The sender of one host. It leases due deliveries, and each endpoint has its own number of places for attempts.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::{AbortOnDropHandle, TaskTracker};
use uuid::Uuid;

use super::{Courier, Schedule};
use crate::account::{AccountError, Attempted, Backlog, Delivery, Finished, Webhook, Webhooks};
use crate::config::Config;
use crate::egress::Transport;
use crate::observe::Metrics;

/// Interval at which the host counts the backlog for the metrics.
const COUNT_EVERY: Duration = Duration::from_secs(10);

/// Sends due deliveries until [`finish`](Self::finish). If it is dropped, its attempts in flight end with it. Another
/// host, or the next process, sends them again when their lease ends.
pub struct Sender {
    courier: Courier,
    stopping: CancellationToken,
    running: TaskTracker,
    _task: AbortOnDropHandle<()>,
}

impl Sender {
    /// Starts the task that sends.
    pub fn start(webhooks: Webhooks, transport: Arc<dyn Transport>, config: &Config, metrics: Arc<Metrics>) -> Self {
        let courier = Courier::new(webhooks.clone(), transport, config);
        let limits = &config.limits;
        let time = Duration::from_millis(limits.webhook_timeout_ms);
        let shared = Shared {
            webhooks,
            courier: courier.clone(),
            schedule: Schedule::new(limits),
            patience: Duration::from_millis(limits.webhook_disable_ms),
            lease: time.saturating_mul(3) / 2,
            places: limits.webhook_concurrent_deliveries as usize,
            poll: Duration::from_millis(limits.webhook_poll_ms),
            metrics,
        };
        let (stopping, running) = (CancellationToken::new(), TaskTracker::new());
        let work = running.track_future(run(Arc::new(shared), stopping.clone()));
        running.close();
        Self { courier, stopping, running, _task: AbortOnDropHandle::new(tokio::spawn(work)) }
    }

    /// The courier, which sends one request.
    pub fn courier(&self) -> &Courier {
        &self.courier
    }

    /// Leases no more deliveries, and waits for the attempts in flight, which take `limits.webhook_timeout_ms` at most.
    pub async fn finish(&self) {
        self.stopping.cancel();
        self.running.wait().await;
    }
}

struct Shared {
    webhooks: Webhooks,
    courier: Courier,
    schedule: Schedule,
    patience: Duration,
    lease: Duration,
    places: usize,
    poll: Duration,
    metrics: Arc<Metrics>,
}

async fn run(shared: Arc<Shared>, stopping: CancellationToken) {
    let mut places = HashMap::<Uuid, Arc<Semaphore>>::new();
    let mut attempts = JoinSet::new();
    let (mut counted, mut is_failing) = (None::<Instant>, false);
    while !shared.webhooks.is_closed() {
        let mut taken = take_due(&shared, &mut places, &mut attempts).await;
        if counted.is_none_or(|at| at.elapsed() >= COUNT_EVERY) {
            counted = Some(Instant::now());
            taken = taken.and(shared.count().await);
        }
        match taken {
            Ok(()) => is_failing = false,
            // One line for each outage, not one a second.
            Err(_) if is_failing || shared.webhooks.is_closed() => {}
            Err(error) => {
                is_failing = true;
                let error = format!("{:#}", anyhow::Error::from(error));
                tracing::warn!(error, "webhooks wait for the database");
            }
        }
        tokio::select! {
            () = stopping.cancelled() => break,
            () = shared.webhooks.written() => {}
            Some(_) = attempts.join_next() => {}
            () = tokio::time::sleep(shared.poll) => {}
        }
    }
    while attempts.join_next().await.is_some() {}
}

/// Leases the due deliveries of each endpoint that has free places, and starts an attempt for each.
async fn take_due(
    shared: &Arc<Shared>,
    places: &mut HashMap<Uuid, Arc<Semaphore>>,
    attempts: &mut JoinSet<()>,
) -> Result<(), AccountError> {
    let active = shared.webhooks.active().await?;
    places.retain(|id, _| active.iter().any(|webhook| webhook.id == *id));
    let mut failed = Ok(());
    for webhook in active {
        let of_webhook = places.entry(webhook.id).or_insert_with(|| Arc::new(Semaphore::new(shared.places)));
        let free = of_webhook.available_permits();
        if free == 0 {
            continue;
        }
        let webhook = Arc::new(webhook);
        // A failure at one endpoint stops no other endpoint.
        let claimed = shared.webhooks.claim(&webhook, free, shared.lease).await.unwrap_or_else(|error| {
            failed = Err(error);
            Vec::new()
        });
        for delivery in claimed {
            let (shared, webhook) = (shared.clone(), webhook.clone());
            // Only this task takes places, so there is one for each.
            let place = of_webhook.clone().try_acquire_owned();
            attempts.spawn(async move {
                shared.deliver(&webhook, &delivery).await;
                drop(place);
            });
        }
    }
    failed
}

impl Shared {
    /// Makes one attempt and stores its outcome.
    async fn deliver(&self, webhook: &Webhook, delivery: &Delivery) {
        let sent = self.courier.send(webhook, delivery.event_id, &delivery.body).await;
        let attempts = delivery.attempts.saturating_add(1);
        let (attempted, outcome) = match sent {
            Ok(status) => (Attempted::Taken(status), "sent"),
            Err(refused) if refused.is_unmade => {
                let again = Timestamp::now().checked_add(self.lease).unwrap_or(Timestamp::MAX);
                (Attempted::Unmade { error: refused.error, again }, "unmade")
            }
            Err(refused) => {
                let is_gone = refused.is_gone();
                let wait = self.schedule.wait(attempts, refused.asked).filter(|_| !is_gone);
                let again = wait.and_then(|wait| Timestamp::now().checked_add(wait).ok());
                let outcome = if again.is_some() { "failed" } else { "dead" };
                let (status, error) = (refused.status, refused.error);
                (Attempted::Failed { status, error, again, is_gone }, outcome)
            }
        };
        if outcome != "unmade" {
            self.metrics.webhook_delivery(outcome);
        }
        let status = match &attempted {
            Attempted::Taken(status) => Some(*status),
            Attempted::Failed { status, .. } => *status,
            Attempted::Unmade { .. } => None,
        };
        // The lines have neither the URL nor the receiver's answer: both may hold secrets.
        let (id, event_id, event) = (webhook.id, delivery.event_id, &delivery.event);
        match outcome {
            "unmade" => tracing::error!(webhook = %id, %event_id, event, "webhook: this host cannot send it"),
            "dead" => tracing::warn!(webhook = %id, %event_id, event, attempts, status, "webhook: given up"),
            "failed" => {
                tracing::info!(webhook = %id, %event_id, event, attempts, status, "webhook: failed, and is tried again")
            }
            _ => tracing::debug!(webhook = %id, %event_id, event, attempts, status, "webhook: sent"),
        }
        match self.webhooks.finish(webhook, delivery, &attempted, self.patience).await {
            Ok(Finished::Noted) => {}
            Ok(Finished::Disabled(reason)) => tracing::error!(webhook = %id, reason, "webhook: switched off"),
            Ok(Finished::Overtaken) => {
                tracing::debug!(webhook = %id, %event_id, "webhook: another sender has sent it meanwhile")
            }
            Err(error) => {
                let error = format!("{:#}", anyhow::Error::from(error));
                tracing::warn!(webhook = %id, %event_id, error, "webhook: the outcome of an attempt is not stored, so the host sends the delivery again");
            }
        }
    }

    async fn count(&self) -> Result<(), AccountError> {
        let Backlog { waiting, dead, oldest } = self.webhooks.backlog().await?;
        let age = oldest.map(|oldest| Duration::try_from(Timestamp::now() - oldest).unwrap_or_default());
        self.metrics.webhook_backlog(waiting, dead, age.unwrap_or_default());
        Ok(())
    }
}
