//! The `mortise` executable in its own process, for tests of its environment, its memory and its end. A host inside the
//! test cannot serve these tests.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use tempfile::TempDir;
use uuid::Uuid;

use crate::client::{Client, Connection};
use crate::host::{Setup, mortise_binary};
use crate::signal::{self, Signal};
use crate::{components, database};

/// A running `mortise serve` with one integration, one account of it and one token. Ends with the test.
pub struct Spawned {
    /// The address of its API.
    pub address: SocketAddr,
    /// The account.
    pub account: Uuid,
    /// The URL of its database.
    pub database: SecretString,
    token: String,
    admin: String,
    serve: Command,
    process: Child,
    data: TempDir,
    plugins: TempDir,
}

impl Spawned {
    /// Starts a host that serves the component `slug` with its vendor at `origin` and with these environment variables.
    /// Waits until the host is ready.
    ///
    /// # Panics
    /// If the host does not become ready.
    pub async fn start(slug: &str, origin: &str, environment: &[(&str, &str)]) -> Self {
        // A host inside the test creates the database, the key and the compile cache.
        let host = Setup::new().plugin(slug).start().await;
        let (account, token) = (host.account(slug).await, host.call_token(None).await);
        let admin = host.admin_token().to_owned();
        let data = host.shut_down().await;
        let database = database::url(data.path()).await;
        let plugins = TempDir::new().expect("a temporary directory");
        fs::write(plugins.path().join(slug).with_extension("wasm"), components::component(slug)).expect("writable");
        let mortise = |arguments: &[&str]| mortise(arguments, data.path(), plugins.path());
        grant(&mut mortise(&["grant", slug, "--yes"]));
        let address = free_address();
        let override_origin = format!("{slug}={origin}");
        let mut serve = mortise(&["serve", "--listen", &address.to_string(), "--origin", &override_origin]);
        serve.env("DATABASE_URL", database.expose_secret()).env("MORTISE_ADMIN_LISTEN", "off");
        serve.envs(["TOKEN_REQUESTS", "ACCOUNT_REQUESTS"].map(|limit| (format!("MORTISE_LIMITS_{limit}"), "0")));
        serve.envs(environment.iter().copied()).stdout(Stdio::null()).stderr(Stdio::null());
        let process = serve.spawn().expect("the executable starts");
        let mut spawned = Self { address, account, database, token, admin, serve, process, data, plugins };
        spawned.ready().await;
        spawned
    }

    /// Starts the host again on the same data, and waits until it is ready.
    pub async fn restart(&mut self) {
        self.process = self.serve.spawn().expect("the executable starts");
        self.ready().await;
    }

    async fn ready(&mut self) {
        let (address, process) = (self.address, &mut self.process);
        crate::expect("listening host", async {
            while tokio::net::TcpStream::connect(address).await.is_err() {
                assert_eq!(process.try_wait().expect("a child"), None, "the host has ended");
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        })
        .await;
        let ready =
            Connection::open(address).await.send("GET /readyz HTTP/1.1\r\nhost: x\r\n\r\n").await.answer().await;
        assert_eq!(ready.map(|answer| answer.status), Some(200));
    }

    /// A client with the token.
    pub fn client(&self) -> Client {
        Client::new(self.address).token(&self.token)
    }

    /// The token for calls.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// A client with an admin token.
    pub fn admin_client(&self) -> Client {
        Client::new(self.address).token(&self.admin)
    }

    /// The directory of its components.
    pub fn plugins_dir(&self) -> &Path {
        self.plugins.path()
    }

    /// Its lock file.
    pub fn lock_file(&self) -> PathBuf {
        self.plugins.path().join("mortise.lock")
    }

    /// Grants the present component with `mortise grant`.
    ///
    /// # Panics
    /// If it cannot be granted.
    pub fn grant(&self, slug: &str) {
        grant(&mut mortise(&["grant", slug, "--yes"], self.data.path(), self.plugins.path()));
    }

    /// Sends SIGHUP.
    ///
    /// # Panics
    /// If the host has ended.
    pub fn hang_up(&self) {
        signal::send(self.id(), Signal::HUP);
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Its master key.
    pub fn master_key(&self) -> PathBuf {
        self.data.path().join("master.key")
    }

    /// Ends the host at once, as `kill -9` does.
    ///
    /// # Panics
    /// If it cannot be ended.
    pub fn kill(&mut self) {
        self.process.kill().and_then(|()| self.process.wait()).expect("a child");
    }

    /// Sends the host SIGTERM, as `kill` does, waits until it has ended, and returns its exit code.
    ///
    /// # Panics
    /// If it does not stop in time.
    pub async fn terminate(&mut self) -> Option<i32> {
        signal::send(self.id(), Signal::TERM);
        let ended = async {
            loop {
                if let Some(status) = self.process.try_wait().expect("a child") {
                    return status.code();
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        crate::expect("end of the host", ended).await
    }

    /// The largest resident size of the process so far, in bytes.
    ///
    /// # Panics
    /// If there is no `/proc`.
    pub fn peak_memory(&self) -> usize {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id())).expect("Linux");
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
        line.trim().trim_end_matches(" kB").parse::<usize>().expect("a number") << 10
    }
}

impl Drop for Spawned {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The executable with this data, these plugins, and the lock file beside the plugins.
fn mortise(arguments: &[&str], data: &Path, plugins: &Path) -> Command {
    // A file at its size limit must fail the write, as a full disk does, and not cause a signal.
    let mut command = Command::new("/bin/sh");
    command.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""]).arg(mortise_binary());
    command.args(arguments).env_clear().current_dir(plugins).stdin(Stdio::null());
    command.arg("--data-dir").arg(data).arg("--plugins-dir").arg(plugins);
    command.arg("--lock-file").arg(plugins.join("mortise.lock"));
    command
}

fn grant(command: &mut Command) {
    let granted = command.output().expect("the executable starts");
    assert!(granted.status.success(), "{}", String::from_utf8_lossy(&granted.stderr));
}

/// A port that was free just now.
fn free_address() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback");
    listener.local_addr().expect("a bound socket")
}
