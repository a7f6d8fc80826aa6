//! An HTTP proxy on loopback. It connects every client to the same address, whatever the client requests, and keeps the
//! requests.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;

/// A proxy. Ends with the test.
pub struct Proxy {
    /// The address of the proxy.
    pub address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
    listening: AbortHandle,
}

impl Proxy {
    /// A proxy that connects every client to `to`.
    pub async fn start(to: SocketAddr) -> Self {
        Self::serve(Some(to), "200 Connection established").await
    }

    /// A proxy that answers every client with this status.
    pub async fn refusing(status: &'static str) -> Self {
        Self::serve(None, status).await
    }

    async fn serve(to: Option<SocketAddr>, status: &'static str) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("loopback");
        let address = listener.local_addr().expect("a bound socket");
        let asked = Arc::<Mutex<Vec<String>>>::default();
        let noted = asked.clone();
        let listening = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let asked = noted.clone();
                tokio::spawn(async move { connect(stream, to, status, &asked).await });
            }
        });
        Self { address, asked, listening: listening.abort_handle() }
    }

    /// The head of each connection's first request.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

async fn connect(mut client: TcpStream, to: Option<SocketAddr>, status: &str, asked: &Mutex<Vec<String>>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let Ok(byte) = client.read_u8().await else { return };
        head.push(byte);
    }
    let text = String::from_utf8_lossy(&head).into_owned();
    let tunnels = text.starts_with("CONNECT ");
    asked.lock().unwrap().push(text);
    if tunnels || to.is_none() {
        let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n");
        let _ = client.write_all(answer.as_bytes()).await;
    }
    let Some(to) = to else { return };
    let Ok(mut server) = TcpStream::connect(to).await else { return };
    if !tunnels {
        let _ = server.write_all(&head).await;
    }
    let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.listening.abort();
    }
}
