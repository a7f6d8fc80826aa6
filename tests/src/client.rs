//! Two callers: one sends exactly the given bytes, and one sends proper JSON requests. Both speak plain HTTP/1.1 over
//! loopback, with one connection for each request.

use std::net::SocketAddr;

use serde_json::Value;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

use crate::http1::{self, Framing, Head, Headers, Reader};

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Header names and values as received.
    pub headers: Vec<(String, String)>,
    /// The body without its transfer coding.
    pub body: Vec<u8>,
    /// Whether the whole body arrived.
    pub complete: bool,
}

impl Answer {
    /// The first value of a header. Ignores the case of its name.
    pub fn header(&self, name: &str) -> Option<&str> {
        http1::header(&self.headers, name)
    }

    /// The body as text. Replaces bytes that are not UTF-8.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// If it is not JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error} in: {}", self.text()))
    }

    /// Status, headers and body, as a haystack for a search.
    pub fn everything(&self) -> Vec<u8> {
        let head: String = self.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        [head.as_bytes(), b"\r\n", &self.body].concat()
    }
}

/// One connection, byte by byte.
#[derive(Debug)]
pub struct Connection {
    reader: Reader<OwnedReadHalf>,
    writer: OwnedWriteHalf,
    framing: Framing,
}

impl Connection {
    /// Connects.
    ///
    /// # Panics
    /// If no server listens.
    pub async fn open(to: SocketAddr) -> Self {
        Self::try_open(to).await.expect("somebody listens")
    }

    /// Connects. `None` if no server listens.
    pub async fn try_open(to: SocketAddr) -> Option<Self> {
        let (reader, writer) = TcpStream::connect(to).await.ok()?.into_split();
        Some(Self { reader: Reader::new(reader), writer, framing: Framing::UntilClose })
    }

    /// Sends these bytes. It is no error if the server has closed the connection already, because its answer may have
    /// arrived.
    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) -> &mut Self {
        let _ = self.writer.write_all(bytes.as_ref()).await;
        self
    }

    /// Closes the sending direction.
    pub async fn finish(&mut self) -> &mut Self {
        let _ = self.writer.shutdown().await;
        self
    }

    /// The next answer with its body. `None` if the server closes the connection before an answer.
    pub async fn answer(&mut self) -> Option<Answer> {
        let (status, headers) = self.head().await?;
        let (body, complete) = crate::expect("end of the body", self.reader.body(self.framing)).await;
        Some(Answer { status, headers, body, complete })
    }

    /// Status and headers of the next answer, as soon as they arrive. [`Connection::chunk`] reads the body.
    pub async fn head(&mut self) -> Option<(u16, Vec<(String, String)>)> {
        let head: Head = crate::expect("answer", self.reader.head()).await?;
        let status = head.start_line.split(' ').nth(1).and_then(|status| status.parse().ok())?;
        self.framing = match status {
            100..=199 | 204 | 304 => Framing::Length(0),
            _ => head.framing(Framing::UntilClose),
        };
        Some((status, head.headers))
    }

    /// The next chunk of a chunked body. Empty at the proper end of the body. `None` if the connection ends earlier.
    pub async fn chunk(&mut self) -> Option<Vec<u8>> {
        crate::expect("chunk", self.reader.chunk()).await
    }

    /// Waits until the server closes the connection.
    pub async fn closed(&mut self) {
        crate::expect("end of the connection", self.reader.closed()).await;
    }
}

/// Sends exactly `bytes` over a new connection, and returns the answer. `None` if the server closes the connection
/// without an answer.
pub async fn raw(to: SocketAddr, bytes: impl AsRef<[u8]>) -> Option<Answer> {
    Connection::open(to).await.send(bytes).await.answer().await
}

/// Sends proper requests to one host.
#[derive(Debug, Clone)]
pub struct Client {
    to: SocketAddr,
    headers: Headers,
}

impl Client {
    /// A client without a token.
    pub fn new(to: SocketAddr) -> Self {
        Self { to, headers: Headers::new() }
    }

    /// Sends this API token with every request.
    #[must_use]
    pub fn token(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    /// Sends this header with every request.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The address of the host.
    pub fn url(&self) -> String {
        format!("http://{}", self.to)
    }

    /// `GET`.
    pub async fn get(&self, target: &str) -> Answer {
        self.send("GET", target, None).await
    }

    /// `POST` of JSON.
    pub async fn post(&self, target: &str, body: &Value) -> Answer {
        self.send("POST", target, Some(body)).await
    }

    /// `PATCH` of JSON.
    pub async fn patch(&self, target: &str, body: &Value) -> Answer {
        self.send("PATCH", target, Some(body)).await
    }

    /// `DELETE`.
    pub async fn delete(&self, target: &str) -> Answer {
        self.send("DELETE", target, None).await
    }

    /// Sends a request with any method, and returns the whole answer.
    ///
    /// # Panics
    /// If the host closes the connection without an answer.
    pub async fn send(&self, method: &str, target: &str, body: Option<&Value>) -> Answer {
        self.open(method, target, body).await.answer().await.expect("an answer")
    }

    /// Sends a request with any method. `None` if the host closes the connection before the end of its answer.
    pub async fn try_send(&self, method: &str, target: &str, body: Option<&Value>) -> Option<Answer> {
        let mut connection = Connection::try_open(self.to).await?;
        connection.send(self.request(method, target, body)).await;
        connection.answer().await.filter(|answer| answer.complete)
    }

    /// Sends the request and leaves the answer on the connection, for streams and for callers that hang up.
    pub async fn open(&self, method: &str, target: &str, body: Option<&Value>) -> Connection {
        let mut connection = Connection::open(self.to).await;
        connection.send(self.request(method, target, body)).await;
        connection
    }

    /// The bytes of a proper request, for a test to damage.
    pub fn request(&self, method: &str, target: &str, body: Option<&Value>) -> Vec<u8> {
        let mut text = format!("{method} {target} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n", self.to);
        text.extend(self.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")));
        match body.map(Value::to_string) {
            Some(body) => {
                let length = body.len();
                text + &format!("content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}")
            }
            None => text + "\r\n",
        }
        .into_bytes()
    }
}
