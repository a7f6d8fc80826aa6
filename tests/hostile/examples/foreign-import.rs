//! Imports sockets, which the host does not offer.
#![cfg(target_family = "wasm")]

use mortise_hostile::{attack, report};
use std::net::{TcpStream, ToSocketAddrs};

attack!(|call| {
    let found = (call.name.as_str(), 80).to_socket_addrs().map(|addresses| addresses.count());
    report(format!("{found:?} {:?}", TcpStream::connect("127.0.0.1:80").map(|_| "connected")))
});
