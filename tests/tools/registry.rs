//! A real registry: Debian's `docker-registry`, on loopback, with its own folder.

use std::fs;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::tool::DOCKER_REGISTRY;

/// A registry. Ends with the test.
pub(crate) struct DockerRegistry {
    /// `127.0.0.1` and its port.
    pub(crate) address: String,
    process: Child,
    folder: TempDir,
}

impl DockerRegistry {
    /// Starts a registry. `users` has the lines of an htpasswd file with bcrypt. Without `users`, every client may do
    /// everything.
    ///
    /// # Panics
    /// If `docker-registry` is missing.
    pub(crate) fn start(users: Option<&str>) -> Self {
        let folder = TempDir::new().expect("a temporary directory");
        let port = {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback");
            listener.local_addr().expect("an address").port()
        };
        let address = format!("127.0.0.1:{port}");
        let place = |name: &str| folder.path().join(name).display().to_string();
        let mut configuration = format!(
            "version: 0.1\nstorage:\n  filesystem:\n    rootdirectory: {}\nhttp:\n  addr: {address}\n",
            place("blobs")
        );
        if let Some(users) = users {
            fs::write(place("users"), users).expect("writable");
            configuration += &format!("auth:\n  htpasswd:\n    realm: test\n    path: {}\n", place("users"));
        }
        fs::write(place("configuration"), configuration).expect("writable");
        let mut process = Command::new(DOCKER_REGISTRY.path())
            .args(["serve", &place("configuration")])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("docker-registry starts");
        let begun = Instant::now();
        while TcpStream::connect(&address).is_err() {
            assert_eq!(process.try_wait().expect("a child"), None, "the registry has ended");
            assert!(begun.elapsed() < Duration::from_secs(30), "the registry does not listen");
            std::thread::sleep(Duration::from_millis(20));
        }
        Self { address, process, folder }
    }

    /// The files that hold these bytes.
    pub(crate) fn files_with(&self, bytes: &[u8]) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let mut folders = vec![self.folder.path().join("blobs")];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).expect("readable").flatten() {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                } else if fs::read(&path).is_ok_and(|read| read == bytes) {
                    found.push(path);
                }
            }
        }
        found
    }
}

impl Drop for DockerRegistry {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
