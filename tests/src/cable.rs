//! The connection between a host and its PostgreSQL server. A test can cut and restore it.

use std::net::SocketAddr;

use secrecy::{ExposeSecret, SecretString};
use tokio::io::{AsyncRead, AsyncWrite, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::task::{JoinHandle, JoinSet};
use url::Url;

/// A loopback port that leads to the server, or nowhere.
#[derive(Debug)]
pub struct Cable {
    address: SocketAddr,
    server: Url,
    running: Option<JoinHandle<()>>,
}

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

impl Cable {
    /// Lays a cable to the server of this URL.
    pub async fn to(url: &SecretString) -> Self {
        let server = Url::parse(url.expose_secret()).expect("a URL");
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("loopback");
        let address = listener.local_addr().expect("a bound socket");
        let running = Some(tokio::spawn(carry(listener, server.clone())));
        Self { address, server, running }
    }

    /// The URL of the database through this cable.
    pub fn url(&self) -> String {
        let mut url = self.server.clone();
        let others: Vec<_> = url.query_pairs().into_owned().filter(|(name, _)| name != "host").collect();
        url.query_pairs_mut().clear().extend_pairs(others);
        url.set_ip_host(self.address.ip()).expect("the URL has a host");
        url.set_port(Some(self.address.port())).expect("the URL has a port");
        url.into()
    }

    /// Ends every connection and refuses new ones.
    pub async fn cut(&mut self) {
        if let Some(running) = self.running.take() {
            running.abort();
            let _ = running.await;
        }
    }

    /// Accepts connections again.
    pub async fn mend(&mut self) {
        let listener = TcpListener::bind(self.address).await.expect("the port is still free");
        self.running = Some(tokio::spawn(carry(listener, self.server.clone())));
    }
}

impl Drop for Cable {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            running.abort();
        }
    }
}

/// Passes connections on until the task is aborted. The connections end with the task.
async fn carry(listener: TcpListener, server: Url) {
    let mut connections = JoinSet::new();
    while let Ok((mut stream, _)) = listener.accept().await {
        let mut to = connect(&server).await;
        connections.spawn(async move {
            let _ = copy_bidirectional(&mut stream, &mut to).await;
        });
    }
}

async fn connect(server: &Url) -> Box<dyn Stream> {
    let port = server.port().unwrap_or(5432);
    let directory = server.query_pairs().find(|(name, value)| name == "host" && value.starts_with('/'));
    match directory {
        Some((_, directory)) => {
            let socket = format!("{directory}/.s.PGSQL.{port}");
            Box::new(UnixStream::connect(socket).await.expect("the server's socket"))
        }
        None => {
            let host = server.host_str().expect("the URL has a host");
            Box::new(TcpStream::connect((host, port)).await.expect("the server"))
        }
    }
}
