//! The vendor itself: a server that takes its reactions from a queue and records the requests.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinSet};

use super::behaviour::{Behaviour, Step};
use super::recorded::Recorded;
use crate::http1::{Framing, Reader};

/// A fake vendor. When it is dropped, it ends with its connections.
#[derive(Debug)]
pub struct Vendor {
    address: SocketAddr,
    state: Arc<watch::Sender<State>>,
    listening: AbortHandle,
}

/// The vendor's reaction to a new connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Greeting {
    /// Reads requests and answers them.
    Serve,
    /// Accepts and never reads.
    Ignore,
    /// Closes at once.
    Close,
}

struct State {
    greeting: Greeting,
    standing: Behaviour,
    queue: VecDeque<Behaviour>,
    requests: Vec<Recorded>,
    accepted: usize,
    closed: usize,
}

impl Vendor {
    /// Starts on a free port of 127.0.0.1 and does `standing` to every request.
    pub async fn start(standing: impl Into<Behaviour>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free loopback port");
        let address = listener.local_addr().expect("a bound listener has an address");
        let state = Arc::new(watch::Sender::new(State {
            greeting: Greeting::Serve,
            standing: standing.into(),
            queue: VecDeque::new(),
            requests: Vec::new(),
            accepted: 0,
            closed: 0,
        }));
        let listening = tokio::spawn(listen(listener, Arc::clone(&state))).abort_handle();
        Self { address, state, listening }
    }

    /// The address of the vendor.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The vendor's origin, such as `http://127.0.0.1:40100`, for an origin override.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Reacts to the next request with `behaviour`, before the standing behaviour. Several calls form a queue.
    pub fn next(&self, behaviour: impl Into<Behaviour>) -> &Self {
        let behaviour = behaviour.into();
        self.state.send_modify(|state| state.queue.push_back(behaviour));
        self
    }

    /// Replaces the standing behaviour.
    pub fn always(&self, behaviour: impl Into<Behaviour>) -> &Self {
        let behaviour = behaviour.into();
        self.state.send_modify(|state| state.standing = behaviour);
        self
    }

    /// Sets what the vendor does with new connections from now on. At first it is [`Greeting::Serve`].
    pub fn greet(&self, greeting: Greeting) -> &Self {
        self.state.send_modify(|state| state.greeting = greeting);
        self
    }

    /// The requests so far, in the order in which they were complete.
    pub fn requests(&self) -> Vec<Recorded> {
        self.state.borrow().requests.clone()
    }

    /// The connections accepted so far.
    pub fn connections(&self) -> usize {
        self.state.borrow().accepted
    }

    /// Waits until `count` requests have arrived, and returns all of them.
    ///
    /// # Panics
    /// If they do not arrive within [`crate::PATIENCE`]. The same holds for the other waits.
    pub async fn wait_for_requests(&self, count: usize) -> Vec<Recorded> {
        self.wait_for("requests", |state| state.requests.len() >= count).await;
        self.requests()
    }

    /// Waits until `count` connections have been accepted.
    pub async fn wait_for_connections(&self, count: usize) {
        self.wait_for("connections", |state| state.accepted >= count).await;
    }

    /// Waits until `count` connections have ended, by either side.
    pub async fn wait_for_closed(&self, count: usize) {
        self.wait_for("closed connections", |state| state.closed >= count).await;
    }

    async fn wait_for(&self, what: &str, reached: impl FnMut(&State) -> bool) {
        let mut changes = self.state.subscribe();
        crate::expect(what, changes.wait_for(reached)).await.expect("the vendor holds the sender");
    }
}

impl Drop for Vendor {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} requests on {} connections", self.requests.len(), self.accepted)
    }
}

/// Accepts connections until the task is aborted. The connections end with the task.
async fn listen(listener: TcpListener, state: Arc<watch::Sender<State>>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let (mut greeting, mut connection) = (Greeting::Serve, 0);
        state.send_modify(|state| {
            state.accepted += 1;
            (greeting, connection) = (state.greeting, state.accepted);
        });
        let state = Arc::clone(&state);
        connections.spawn(async move {
            match greeting {
                Greeting::Serve => serve(stream, connection, &state).await,
                Greeting::Ignore => std::future::pending().await,
                Greeting::Close => drop(stream),
            }
            state.send_modify(|state| state.closed += 1);
        });
    }
}

/// Answers the requests of one connection until either side ends it.
async fn serve(stream: TcpStream, connection: usize, state: &watch::Sender<State>) {
    let (from, mut to) = stream.into_split();
    let mut reader = Reader::new(from);
    while let Some(head) = reader.head().await {
        let (body, complete) = reader.body(head.framing(Framing::Length(0))).await;
        let mut line = head.start_line.split(' ').map(str::to_owned);
        let request = Recorded {
            connection,
            method: line.next().unwrap_or_default(),
            target: line.next().unwrap_or_default(),
            headers: head.headers,
            body,
            complete,
            raw: reader.take_raw(),
        };
        let mut behaviour = None;
        state.send_modify(|state| {
            state.requests.push(request.clone());
            behaviour = Some(state.queue.pop_front().unwrap_or_else(|| state.standing.clone()));
        });
        for step in behaviour.iter().flat_map(|behaviour| behaviour.steps(&request)) {
            let written = match step {
                Step::Send(bytes) => to.write_all(&bytes).await,
                Step::Forever(bytes) => loop {
                    if let Err(error) = to.write_all(&bytes).await {
                        break Err(error);
                    }
                },
                Step::Pause(time) => {
                    tokio::time::sleep(time).await;
                    Ok(())
                }
                Step::Wait(gate) => tokio::select! {
                    () = gate.passed() => Ok(()),
                    () = reader.closed() => return,
                },
                Step::Hang => return reader.closed().await,
                Step::Close => return,
            };
            if written.is_err() {
                return;
            }
        }
    }
}
