//! Load and vendor: plain HTTP/1.1 over kept connections, on a thread each, as cheap as it gets.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;
use uuid::Uuid;

/// The names of the threads that are no service.
const OTHERS: [&str; 2] = ["load", "vendor"];

/// The bytes of one request.
pub(crate) fn request(address: SocketAddr, token: &str, account: Uuid, body: &[u8]) -> Bytes {
    let head = format!(
        "POST /unified/ticketing/users?integrated_account_id={account} HTTP/1.1\r\nhost: {address}\r\n\
         authorization: Bearer {token}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat().into()
}

/// Sends one request again and again.
pub(crate) struct Load {
    address: SocketAddr,
    request: Bytes,
}

/// What one round came to.
pub(crate) struct Round {
    elapsed: Duration,
    /// Sorted.
    latencies: Vec<Duration>,
    cpu: Cpu,
}

impl Round {
    /// Requests a second.
    pub(crate) fn rate(&self) -> f64 {
        self.latencies.len() as f64 / self.elapsed.as_secs_f64()
    }

    /// A quantile of the latency in microseconds.
    pub(crate) fn latency(&self, quantile: f64) -> f64 {
        let rank = (self.latencies.len() as f64 * quantile) as usize;
        self.latencies[rank.min(self.latencies.len() - 1)].as_secs_f64() * 1e6
    }

    /// Microseconds of processor time that the service took for a request. The other service idles.
    pub(crate) fn service_cpu(&self) -> f64 {
        self.cpu.all.saturating_sub(self.cpu.others).as_secs_f64() * 1e6 / self.latencies.len() as f64
    }

    /// Microseconds of processor time that load and vendor took for a request.
    pub(crate) fn other_cpu(&self) -> f64 {
        self.cpu.others.as_secs_f64() * 1e6 / self.latencies.len() as f64
    }
}

/// Processor time of this process.
#[derive(Clone, Copy)]
struct Cpu {
    all: Duration,
    /// Of the threads that are no service.
    others: Duration,
}

impl Cpu {
    /// So far. The threads that are no service count while they live.
    fn now() -> Self {
        let stat = fs::read_to_string("/proc/self/stat").expect("Linux");
        // Time in user and kernel mode, in hundredths of a second: fields 14 and 15, counted behind the name.
        let after_name = stat.rsplit(')').next().unwrap_or_default();
        let ticks: u64 =
            after_name.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
        let tasks = fs::read_dir("/proc/self/task").expect("Linux").flatten();
        let nanos = tasks.filter_map(|task| {
            let name = fs::read_to_string(task.path().join("comm")).ok()?;
            let stat = fs::read_to_string(task.path().join("schedstat")).ok()?;
            OTHERS.contains(&name.trim()).then(|| stat.split(' ').next()?.parse::<u64>().ok()).flatten()
        });
        Self { all: Duration::from_millis(10 * ticks), others: Duration::from_nanos(nanos.sum()) }
    }
}

impl Load {
    /// Prepares to send `request` to this address.
    pub(crate) fn new(address: SocketAddr, request: Bytes) -> Self {
        Self { address, request }
    }

    /// Sends one request; the answer's body.
    pub(crate) fn one(&self) -> serde_json::Value {
        let (address, request) = (self.address, self.request.clone());
        on_thread("load", async move {
            let mut connection = Connection::open(address).await;
            let body = connection.exchange(&request).await;
            serde_json::from_slice(body).expect("a JSON answer")
        })
    }

    /// Sends requests over this many connections for so long.
    pub(crate) fn run(&self, connections: u64, time: Duration) -> Round {
        let (address, request) = (self.address, self.request.clone());
        let (elapsed, mut latencies, cpu) = on_thread("load", async move {
            let mut opened = Vec::new();
            for _ in 0..connections {
                opened.push(Connection::open(address).await);
            }
            let (before, started) = (Cpu::now(), Instant::now());
            let senders: Vec<_> = opened
                .into_iter()
                .map(|c| tokio::task::spawn_local(c.repeat(request.clone(), started + time)))
                .collect();
            let mut latencies = Vec::new();
            for sender in senders {
                latencies.extend(sender.await.expect("no sender panics"));
            }
            let (elapsed, after) = (started.elapsed(), Cpu::now());
            (elapsed, latencies, Cpu { all: after.all - before.all, others: after.others - before.others })
        });
        latencies.sort_unstable();
        Round { elapsed, latencies, cpu }
    }
}

/// A connection with room for an answer.
struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    async fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.expect("loopback");
        stream.set_nodelay(true).expect("a TCP socket");
        Self { stream, buffer: Vec::with_capacity(16 << 10) }
    }

    async fn repeat(mut self, request: Bytes, until: Instant) -> Vec<Duration> {
        let mut latencies = Vec::with_capacity(1 << 14);
        let mut now = Instant::now();
        while now < until {
            self.exchange(&request).await;
            let answered = Instant::now();
            latencies.push(answered - now);
            now = answered;
        }
        latencies
    }

    /// One request and its answer, which must be a 201.
    async fn exchange(&mut self, request: &[u8]) -> &[u8] {
        self.stream.write_all(request).await.expect("a connection that stays open");
        let body = read_message(&mut self.stream, &mut self.buffer).await.expect("an answer");
        assert!(self.buffer.starts_with(b"HTTP/1.1 201"), "{}", String::from_utf8_lossy(&self.buffer));
        &self.buffer[body..]
    }
}

/// Starts a vendor that answers every request with `answer`.
pub(crate) fn vendor(answer: Bytes) -> SocketAddr {
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
                while read_message(&mut stream, &mut buffer).await.is_some() && stream.write_all(&answer).await.is_ok()
                {
                }
            });
        }
    };
    std::thread::Builder::new().name("vendor".into()).spawn(|| block_on(serve)).expect("a thread");
    address.recv().expect("the vendor starts")
}

/// Reads one message with a content length into `buffer`; where its body begins. `None` at the end of the connection.
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

fn on_thread<T: Send + 'static>(name: &str, work: impl Future<Output = T> + Send + 'static) -> T {
    let thread = std::thread::Builder::new().name(name.into()).spawn(|| block_on(work)).expect("a thread");
    thread.join().expect("no panic")
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    tokio::task::LocalSet::new().block_on(&runtime, work)
}
