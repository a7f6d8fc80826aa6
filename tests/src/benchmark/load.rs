//! Load and vendor: plain HTTP/1.1 over kept connections, each on one thread, with as little processor time as
//! possible. The allocations of these threads do not count ([`crate::allocations`]).

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;
use uuid::Uuid;

use crate::allocations;

/// The names of the threads of load and vendor.
const OTHERS: [&str; 3] = ["load", "vendor", "log-reader"];

/// The bytes of one request that creates a user.
pub fn request(address: SocketAddr, token: &str, account: Uuid, body: &[u8]) -> Bytes {
    let head = format!(
        "POST /unified/ticketing/users?integrated_account_id={account} HTTP/1.1\r\nhost: {address}\r\n\
         authorization: Bearer {token}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat().into()
}

/// Sends the same request repeatedly.
pub struct Load {
    address: SocketAddr,
    request: Bytes,
    /// The process id of the service, unless it runs in this process.
    process: Option<u32>,
}

/// The result of one round.
pub struct Round {
    elapsed: Duration,
    /// The latencies, sorted.
    latencies: Vec<Duration>,
    cpu: Cpu,
}

impl Round {
    /// Requests a second.
    pub fn rate(&self) -> f64 {
        self.latencies.len() as f64 / self.elapsed.as_secs_f64()
    }

    /// A quantile of the latency in microseconds.
    pub fn latency(&self, quantile: f64) -> f64 {
        let rank = (self.latencies.len() as f64 * quantile) as usize;
        self.latencies[rank.min(self.latencies.len() - 1)].as_secs_f64() * 1e6
    }

    /// Processor time of the service for one request, in microseconds. The other service is idle.
    pub fn service_cpu(&self) -> f64 {
        self.cpu.service.as_secs_f64() * 1e6 / self.latencies.len() as f64
    }

    /// Processor time of load and vendor for one request, in microseconds.
    pub fn other_cpu(&self) -> f64 {
        self.cpu.others.as_secs_f64() * 1e6 / self.latencies.len() as f64
    }
}

/// Processor time so far.
#[derive(Clone, Copy)]
struct Cpu {
    service: Duration,
    /// That of load and vendor in this process.
    others: Duration,
}

impl Cpu {
    /// The processor time so far. The service is the process with this id, or otherwise all other threads of this
    /// process.
    fn now(process: Option<u32>) -> Self {
        let others = others();
        let service = match process {
            Some(process) => of_process(&process.to_string()),
            None => of_process("self").saturating_sub(others),
        };
        Self { service, others }
    }
}

fn of_process(process: &str) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).expect("Linux");
    // Time in user and kernel mode, in hundredths of a second: fields 14 and 15, counted after the name.
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks = after_name.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok());
    Duration::from_millis(10 * ticks.sum::<u64>())
}

/// The running threads of load and vendor count here.
fn others() -> Duration {
    let tasks = fs::read_dir("/proc/self/task").expect("Linux").flatten();
    let nanos = tasks.filter_map(|task| {
        let name = fs::read_to_string(task.path().join("comm")).ok()?;
        let stat = fs::read_to_string(task.path().join("schedstat")).ok()?;
        OTHERS.contains(&name.trim()).then(|| stat.split(' ').next()?.parse::<u64>().ok()).flatten()
    });
    Duration::from_nanos(nanos.sum())
}

impl Load {
    /// Prepares to send `request` to this address.
    pub fn new(address: SocketAddr, request: Bytes) -> Self {
        Self { address, request, process: None }
    }

    /// The service runs in the process with this id.
    #[must_use]
    pub fn of_process(self, process: u32) -> Self {
        Self { process: Some(process), ..self }
    }

    /// Sends one request, and returns the answer's body.
    ///
    /// # Panics
    /// If the answer is not a 201 with JSON.
    pub fn one(&self) -> serde_json::Value {
        let (address, request) = (self.address, self.request.clone());
        on_thread("load", async move {
            let mut connection = Connection::open(address).await;
            let body = connection.exchange(&request, 201).await;
            serde_json::from_slice(body).expect("a JSON answer")
        })
    }

    /// Sends requests over this many connections for this time.
    ///
    /// # Panics
    /// If an answer is not a 201.
    pub fn run(&self, connections: u64, time: Duration) -> Round {
        let (address, request, process) = (self.address, self.request.clone(), self.process);
        let (elapsed, mut latencies, cpu) = on_thread("load", async move {
            let mut opened = Vec::new();
            for _ in 0..connections {
                opened.push(Connection::open(address).await);
            }
            let (before, started) = (Cpu::now(process), Instant::now());
            let senders: Vec<_> = opened
                .into_iter()
                .map(|c| tokio::task::spawn_local(c.repeat(request.clone(), started + time)))
                .collect();
            let mut latencies = Vec::new();
            for sender in senders {
                latencies.extend(sender.await.expect("no sender panics"));
            }
            let (elapsed, after) = (started.elapsed(), Cpu::now(process));
            let cpu =
                Cpu { service: after.service.saturating_sub(before.service), others: after.others - before.others };
            (elapsed, latencies, cpu)
        });
        latencies.sort_unstable();
        Round { elapsed, latencies, cpu }
    }
}

/// A connection with room for an answer.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    /// Connects.
    ///
    /// # Panics
    /// If nobody listens.
    pub async fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.expect("loopback");
        stream.set_nodelay(true).expect("a TCP socket");
        Self { stream, buffer: Vec::with_capacity(16 << 10) }
    }

    async fn repeat(mut self, request: Bytes, until: Instant) -> Vec<Duration> {
        let mut latencies = Vec::with_capacity(1 << 14);
        let mut now = Instant::now();
        while now < until {
            self.exchange(&request, 201).await;
            let answered = Instant::now();
            latencies.push(answered - now);
            now = answered;
        }
        latencies
    }

    /// Sends one request, and returns the body of its answer.
    ///
    /// # Panics
    /// If the answer does not have this status.
    pub async fn exchange(&mut self, request: &[u8], status: u16) -> &[u8] {
        let body = self.ask(request).await.expect("an answer on a connection that stays open");
        let head = format!("HTTP/1.1 {status} ");
        assert!(self.buffer.starts_with(head.as_bytes()), "{}", String::from_utf8_lossy(&self.buffer));
        &self.buffer[body..]
    }

    /// Sends one request. Returns status and body of its answer, or `None` if the connection ends without an answer.
    pub async fn answer(&mut self, request: &[u8]) -> Option<(u16, &[u8])> {
        let body = self.ask(request).await?;
        let (head, body) = self.buffer.split_at(body);
        Some((std::str::from_utf8(head).ok()?.split(' ').nth(1)?.parse().ok()?, body))
    }

    /// The start of the answer's body in the buffer.
    async fn ask(&mut self, request: &[u8]) -> Option<usize> {
        self.stream.write_all(request).await.ok()?;
        read_message(&mut self.stream, &mut self.buffer).await
    }
}

/// Starts a vendor that answers every request at once with 201 and `answer`.
///
/// # Panics
/// If the system has no thread for it.
pub fn vendor(answer: Bytes) -> SocketAddr {
    slow_vendor(answer, Duration::ZERO)
}

/// Starts a vendor that answers every request after `wait`.
///
/// # Panics
/// If the system has no thread for it.
pub fn slow_vendor(answer: Bytes, wait: Duration) -> SocketAddr {
    let (tell, address) = mpsc::channel();
    let serve = async move {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("loopback");
        tell.send(listener.local_addr().expect("bound")).expect("someone waits");
        let head = format!(
            "HTTP/1.1 201 Created\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            answer.len()
        );
        let answer: Bytes = [head.as_bytes(), &answer].concat().into();
        while let Ok((mut stream, _)) = listener.accept().await {
            stream.set_nodelay(true).expect("a TCP socket");
            let answer = answer.clone();
            tokio::task::spawn_local(async move {
                let mut buffer = Vec::with_capacity(4 << 10);
                while read_message(&mut stream, &mut buffer).await.is_some() {
                    if !wait.is_zero() {
                        tokio::time::sleep(wait).await;
                    }
                    if stream.write_all(&answer).await.is_err() {
                        break;
                    }
                }
            });
        }
    };
    start_thread("vendor", serve);
    address.recv().expect("the vendor starts")
}

/// Reads one message with a content length into `buffer`, and returns the start of its body. `None` at the end of the
/// connection.
async fn read_message(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<usize> {
    buffer.clear();
    loop {
        if let Some(end) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = std::str::from_utf8(&buffer[..end]).expect("a head is text");
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().expect("a length"))
            });
            let whole: usize = end + 4 + length.unwrap_or(0_usize);
            while buffer.len() < whole {
                if stream.read_buf(buffer).await.ok()? == 0 {
                    return None;
                }
            }
            return Some(end + 4);
        }
        if stream.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    }
}

/// Runs this on a new thread of load and vendor.
///
/// # Panics
/// If `work` does.
pub fn on_thread<T: Send + 'static>(name: &str, work: impl Future<Output = T> + Send + 'static) -> T {
    start_thread(name, work).join().expect("no panic")
}

fn start_thread<T: Send + 'static>(name: &str, work: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
    let run = || {
        allocations::leave_out_this_thread();
        block_on(work)
    };
    thread::Builder::new().name(name.into()).spawn(run).expect("a thread")
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    tokio::task::LocalSet::new().block_on(&runtime, work)
}
