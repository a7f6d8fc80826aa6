//! Idle connections to vendors. Their number stays within the limit of open files, and the host closes each one before
//! the vendor does.

use std::collections::{BTreeMap, HashMap};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::join_all;
use http::HeaderMap;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use tokio::time::Instant;

use super::connect::Place;
use super::connection::Connection;
use crate::descriptors;

/// How long a connection stays idle, if the vendor does not say how long it waits. Gateways and servers close an idle
/// connection after 60 s or more. A request that crosses with their closing fails, and the host cannot repeat a write.
const WAIT: Duration = Duration::from_secs(15);
/// How much earlier than the vendor the host closes an idle connection.
const EARLIER: Duration = Duration::from_secs(1);
/// How often the host looks for connections whose idle time is over.
const SWEEP: Duration = Duration::from_secs(1);
/// How long a returned connection may take to be ready. If a vendor answers before it has read the request, the rest of
/// the request may never be sent.
const READY: Duration = Duration::from_millis(100);

/// The idle connections. Clones are the same pool.
#[derive(Clone)]
pub(super) struct Pool {
    waiting: Arc<Mutex<Waiting>>,
    most: usize,
}

#[derive(Default)]
struct Waiting {
    /// In the order in which they were returned.
    connections: BTreeMap<u64, Idle>,
    /// The connections of each place, the latest last.
    places: HashMap<Place, Vec<u64>>,
    next: u64,
    /// Whether a task closes connections whose idle time is over.
    swept: bool,
}

struct Idle {
    place: Place,
    connection: Connection,
    until: Instant,
}

impl Pool {
    /// Makes a pool of at most this many connections. If it is full, the connection with the longest idle time makes
    /// room.
    pub(super) fn new(most: usize) -> Self {
        Self { waiting: Arc::default(), most }
    }

    /// An idle connection to this place that is ready for a request and that the vendor has not closed.
    pub(super) async fn take(&self, place: &Place) -> Option<Connection> {
        loop {
            let mut connection = self.lock().pop(place)?;
            if let Ok(Ok(())) = tokio::time::timeout(READY, connection.ready()).await
                && !connection.is_spent()
            {
                return Some(connection);
            }
        }
    }

    /// Keeps a connection for the next request to its place. The headers are those of the vendor's last answer on it.
    fn give(&self, lease: Lease) {
        let Lease { place, connection, wait, .. } = lease;
        if wait.is_zero() || self.most == 0 || connection.is_closed() {
            return;
        }
        let mut waiting = self.lock();
        waiting.push(Idle { place, connection, until: Instant::now() + wait });
        while waiting.connections.len() > self.most {
            waiting.drop_first();
        }
        if !std::mem::replace(&mut waiting.swept, true) {
            tokio::spawn(self.clone().sweep());
        }
    }

    /// Closes all idle connections, and returns when their sockets are closed.
    pub(super) async fn give_up(&self) {
        let idle = self.lock().drain();
        join_all(idle.map(|idle| idle.connection.close())).await;
    }

    /// Closes connections whose idle time is over, until none is left. Closes all of them if the host has no open file
    /// left.
    async fn sweep(self) {
        loop {
            tokio::select! {
                () = tokio::time::sleep(SWEEP) => {}
                () = descriptors::wanted() => self.give_up().await,
            }
            let mut waiting = self.lock();
            waiting.drop_late();
            if waiting.connections.is_empty() {
                waiting.swept = false;
                return;
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    fn push(&mut self, idle: Idle) {
        self.places.entry(idle.place.clone()).or_default().push(self.next);
        self.connections.insert(self.next, idle);
        self.next += 1;
    }

    /// The latest connection of this place whose idle time is not over.
    fn pop(&mut self, place: &Place) -> Option<Connection> {
        loop {
            let latest = *self.places.get(place)?.last()?;
            let idle = self.remove(latest)?;
            if idle.until > Instant::now() {
                return Some(idle.connection);
            }
        }
    }

    fn drop_first(&mut self) {
        let first = self.connections.keys().next().copied();
        first.map(|first| self.remove(first));
    }

    fn drain(&mut self) -> impl Iterator<Item = Idle> + use<> {
        self.places.clear();
        std::mem::take(&mut self.connections).into_values()
    }

    fn drop_late(&mut self) {
        let now = Instant::now();
        let late = |idle: &Idle| idle.until <= now || idle.connection.is_closed();
        let late: Vec<_> = self.connections.iter().filter(|(_, idle)| late(idle)).map(|(id, _)| *id).collect();
        late.into_iter().for_each(|id| drop(self.remove(id)));
    }

    fn remove(&mut self, id: u64) -> Option<Idle> {
        let idle = self.connections.remove(&id)?;
        if let Some(ids) = self.places.get_mut(&idle.place) {
            ids.retain(|kept| *kept != id);
            if ids.is_empty() {
                self.places.remove(&idle.place);
            }
        }
        Some(idle)
    }
}

/// A connection in use.
pub(super) struct Lease {
    pool: Pool,
    place: Place,
    connection: Connection,
    wait: Duration,
}

/// The body of an answer. At its end the connection goes back to the pool. If it is dropped before, the connection is
/// closed.
pub(super) struct Leased {
    body: Incoming,
    lease: Option<Lease>,
}

impl Leased {
    /// The body of an answer with these headers, which arrives on a connection to `place`.
    pub(super) fn new(body: Incoming, headers: &HeaderMap, pool: &Pool, place: Place, connection: Connection) -> Self {
        let lease = Lease { pool: pool.clone(), place, connection, wait: wait(headers) };
        let mut leased = Self { body, lease: Some(lease) };
        leased.end_if_ended();
        leased
    }

    fn end_if_ended(&mut self) {
        if self.body.is_end_stream() {
            self.end();
        }
    }

    fn end(&mut self) {
        if let Some(lease) = self.lease.take() {
            lease.pool.clone().give(lease);
        }
    }
}

impl Body for Leased {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        match &frame {
            Some(Err(_)) => self.lease = None,
            Some(Ok(_)) => self.end_if_ended(),
            // A chunked body does not announce its end.
            None => self.end(),
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// How long a connection stays idle after an answer with these headers: shorter than the vendor's `Keep-Alive:
/// timeout=N`.
fn wait(headers: &HeaderMap) -> Duration {
    let parameters = headers.get_all("keep-alive").iter().filter_map(|value| value.to_str().ok());
    let parameters = parameters.flat_map(|value| value.split(',')).filter_map(|parameter| parameter.split_once('='));
    let timeouts = parameters.filter(|(name, _)| name.trim().eq_ignore_ascii_case("timeout"));
    let seconds = timeouts.filter_map(|(_, seconds)| seconds.trim().trim_matches('"').parse().ok()).min();
    seconds.map_or(WAIT, |seconds| Duration::from_secs(seconds).saturating_sub(EARLIER).min(WAIT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_waits_for_less_than_the_vendor_and_for_15_seconds_at_most() {
        let waits = |values: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append("keep-alive", value.parse().expect("a value"));
            }
            wait(&headers).as_secs()
        };
        assert_eq!(waits(&[]), 15);
        for (values, seconds) in [
            (&["timeout=5, max=100"][..], 4),
            (&["max=100,Timeout = 5"], 4),
            (&["timeout=\"5\""], 4),
            (&["timeout=60"], 15),
            (&["timeout=30", "timeout=3"], 2),
            (&["timeout=1"], 0),
            (&["timeout=0"], 0),
            (&["timeout=soon"], 15),
            (&["max=1"], 15),
        ] {
            assert_eq!(waits(values), seconds, "{values:?}");
        }
    }
}
