//! An HTTP/1.1 connection with its socket. The host can look at the socket while HTTP uses it.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::Response;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::TrySendError;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use rustix::io::Errno;
use rustix::net::{RecvFlags, Shutdown, recv, shutdown};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

/// Most header lines of a vendor's answer. More are an error of the connection.
const MAX_HEADER_LINES: usize = 128;

/// A request in the form of HTTP/1.1.
pub(super) type Message = http::Request<Full<Bytes>>;

/// A connection for requests, one after the other.
pub(super) struct Connection {
    requests: SendRequest<Full<Bytes>>,
    socket: Weak<TcpStream>,
    /// Drives the connection until it is closed or its last handle is dropped.
    driver: JoinHandle<()>,
}

impl Connection {
    /// Starts HTTP on `stream`, which is the socket or TLS over it.
    pub(super) async fn begin<S>(stream: S, socket: Weak<TcpStream>) -> Result<Self, hyper::Error>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let mut http = http1::Builder::new();
        http.max_headers(MAX_HEADER_LINES);
        let (requests, driver) = http.handshake(TokioIo::new(stream)).await?;
        let driver = tokio::spawn(async move {
            // A request that waits for an answer gets the connection's error, too.
            let _ = driver.await;
        });
        Ok(Self { requests, socket, driver })
    }

    /// Waits until the last request has been sent completely.
    pub(super) async fn ready(&mut self) -> Result<(), hyper::Error> {
        self.requests.ready().await
    }

    /// Whether HTTP has ended on the connection.
    pub(super) fn is_closed(&self) -> bool {
        self.requests.is_closed()
    }

    /// Whether an idle connection is unusable, because the vendor has closed it or has sent something without a
    /// request. This asks the system, because the runtime learns of it only when it next polls for events. A session
    /// ticket of TLS arrives before the first answer and has been read with it.
    pub(super) fn is_spent(&self) -> bool {
        let Some(socket) = self.socket.upgrade() else { return true };
        recv(&*socket, &mut [0; 1], RecvFlags::PEEK | RecvFlags::DONTWAIT).err() != Some(Errno::WOULDBLOCK)
    }

    /// Sends a request, and waits for the head of its answer. The error contains the message if nothing of it was sent.
    pub(super) async fn send(&mut self, message: Message) -> Result<Response<Incoming>, TrySendError<Message>> {
        self.requests.try_send_request(message).await
    }

    /// Closes the connection, and returns when its socket is closed.
    pub(super) async fn close(self) {
        self.driver.abort();
        // The task was aborted, so its result is that error.
        let _ = self.driver.await;
    }
}

/// The socket that HTTP reads and writes. Dropping it closes the socket.
pub(super) struct Socket(Arc<TcpStream>);

impl Socket {
    pub(super) fn new(stream: TcpStream) -> Self {
        Self(Arc::new(stream))
    }

    /// A weak handle for [`Connection::is_spent`].
    pub(super) fn downgrade(&self) -> Weak<TcpStream> {
        Arc::downgrade(&self.0)
    }
}

impl AsyncRead for Socket {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        loop {
            ready!(self.0.poll_read_ready(cx))?;
            match self.0.try_read_buf(buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                read => return Poll::Ready(read.map(drop)),
            }
        }
    }
}

impl AsyncWrite for Socket {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[io::IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.0.poll_write_ready(cx))?;
            match self.0.try_write_vectored(pieces) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                written => return Poll::Ready(written),
            }
        }
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(shutdown(&*self.0, Shutdown::Write).map_err(io::Error::from))
    }
}
