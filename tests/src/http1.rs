//! The parts of HTTP/1.1 that a fake vendor and a rude client need: reads one message from a connection and keeps its
//! bytes.

use tokio::io::{AsyncRead, AsyncReadExt};

/// Header names and values in order, as received.
pub(crate) type Headers = Vec<(String, String)>;

/// Reads messages from one direction of a connection.
#[derive(Debug)]
pub(crate) struct Reader<R> {
    from: R,
    /// Bytes that were read and not yet consumed.
    ahead: Vec<u8>,
    /// Bytes that were consumed since the last [`Reader::take_raw`].
    raw: Vec<u8>,
}

/// The head of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) start_line: String,
    pub(crate) headers: Headers,
}

/// How a message shows the end of its body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    Length(usize),
    Chunked,
    UntilClose,
}

impl Head {
    fn parse(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes);
        let mut lines = text.split("\r\n");
        let start_line = lines.next().unwrap_or_default().to_owned();
        let pair = |line: &str| {
            let (name, value) = line.split_once(':').unwrap_or((line, ""));
            (name.to_owned(), value.trim().to_owned())
        };
        Self { start_line, headers: lines.filter(|line| !line.is_empty()).map(pair).collect() }
    }

    /// The framing in the headers, or `otherwise` if there is none.
    pub(crate) fn framing(&self, otherwise: Framing) -> Framing {
        if header(&self.headers, "transfer-encoding").is_some_and(|value| value.eq_ignore_ascii_case("chunked")) {
            return Framing::Chunked;
        }
        header(&self.headers, "content-length").and_then(|v| v.parse().ok()).map_or(otherwise, Framing::Length)
    }
}

/// The first value of a header. Ignores the case of its name.
pub(crate) fn header<'a>(headers: &'a Headers, name: &str) -> Option<&'a str> {
    headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

impl<R: AsyncRead + Unpin> Reader<R> {
    pub(crate) fn new(from: R) -> Self {
        Self { from, ahead: Vec::new(), raw: Vec::new() }
    }

    /// The head of the next message. `None` if the connection ends before the end of the head.
    pub(crate) async fn head(&mut self) -> Option<Head> {
        let bytes = self.until(b"\r\n\r\n").await?;
        Some(Head::parse(&bytes))
    }

    /// The whole body and `true`. If the connection ends earlier, the received part and `false`.
    pub(crate) async fn body(&mut self, framing: Framing) -> (Vec<u8>, bool) {
        let mut body = Vec::new();
        match framing {
            Framing::Length(length) => {
                let complete = self.exactly(length, &mut body).await;
                (body, complete)
            }
            Framing::UntilClose => {
                while self.more().await {}
                let rest = self.ahead.len();
                self.consume(rest, &mut body);
                (body, true)
            }
            Framing::Chunked => loop {
                match self.chunk().await {
                    Some(chunk) if chunk.is_empty() => return (body, true),
                    Some(chunk) => body.extend(chunk),
                    None => return (body, false),
                }
            },
        }
    }

    /// The next chunk of a chunked body. Empty at its end. `None` if the connection ends before.
    pub(crate) async fn chunk(&mut self) -> Option<Vec<u8>> {
        let line = self.until(b"\r\n").await?;
        let digits = String::from_utf8_lossy(&line);
        let size = usize::from_str_radix(digits.split(';').next()?.trim(), 16).ok()?;
        let mut chunk = Vec::new();
        (self.exactly(size, &mut chunk).await && self.exactly(2, &mut Vec::new()).await).then_some(chunk)
    }

    /// The bytes consumed since the last call.
    pub(crate) fn take_raw(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.raw)
    }

    /// Waits until the peer closes its direction. Keeps the bytes that it sends before.
    pub(crate) async fn closed(&mut self) {
        while self.more().await {}
    }

    /// The consumed bytes before `end`.
    async fn until(&mut self, end: &[u8]) -> Option<Vec<u8>> {
        let mut searched = 0;
        loop {
            let from = searched.min(self.ahead.len());
            if let Some(found) = self.ahead[from..].windows(end.len()).position(|window| window == end) {
                let mut bytes = Vec::new();
                self.consume(from + found, &mut bytes);
                self.consume(end.len(), &mut Vec::new());
                return Some(bytes);
            }
            searched = self.ahead.len().saturating_sub(end.len() - 1);
            if !self.more().await {
                return None;
            }
        }
    }

    async fn exactly(&mut self, length: usize, into: &mut Vec<u8>) -> bool {
        while self.ahead.len() < length {
            if !self.more().await {
                let rest = self.ahead.len();
                self.consume(rest, into);
                return false;
            }
        }
        self.consume(length, into);
        true
    }

    fn consume(&mut self, length: usize, into: &mut Vec<u8>) {
        into.extend(&self.ahead[..length]);
        self.raw.extend(self.ahead.drain(..length));
    }

    /// Reads more bytes. False at the end of the connection, and after an error.
    async fn more(&mut self) -> bool {
        self.ahead.reserve(64 * 1024);
        matches!(self.from.read_buf(&mut self.ahead).await, Ok(read) if read > 0)
    }
}
