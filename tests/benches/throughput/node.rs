//! The Node.js service of `tests/benches/peers`, in a process of its own.

use std::io::{self, BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::{fs, thread};

use mortise_tests::benchmark::CREDENTIAL;
use mortise_tests::hostile;
use uuid::Uuid;

/// A running service. Ends with the benchmark.
pub(crate) struct Node {
    /// The address of the service.
    pub(crate) address: SocketAddr,
    process: Child,
}

impl Node {
    /// Installs the service into the target directory, and starts it. An error says what is missing.
    pub(crate) fn start(vendor: SocketAddr, token: &str, account: Uuid) -> Result<Self, String> {
        let directory = hostile::target().join("peers");
        fs::create_dir_all(&directory).expect("the target directory is writable");
        let sources = hostile::root().join("tests/benches/peers");
        let copy = |file: &str| fs::copy(sources.join(file), directory.join(file)).expect("both can be used");
        let run = |program: &str| {
            let mut command = Command::new(program);
            command.current_dir(&directory).stdin(Stdio::null());
            command
        };
        let missing = |error: io::Error| format!("it does not start: {error}");
        copy("service.mjs");
        let (packages, installed) = (directory.join("package.json"), directory.join("node_modules"));
        if !installed.exists() || fs::read(&packages).ok() != fs::read(sources.join("package.json")).ok() {
            copy("package.json");
            let install = ["install", "--no-audit", "--no-fund", "--no-package-lock", "--silent"];
            let npm = run("npm").args(install).output().map_err(|error| format!("npm: {}", missing(error)))?;
            if !npm.status.success() {
                // Makes the next run install the packages again.
                let _ = fs::remove_file(packages);
                return Err(format!("npm install failed: {}", String::from_utf8_lossy(&npm.stderr)));
            }
        }
        let mut service = run("node");
        service.arg("service.mjs").env("NODE_ENV", "production").stdout(Stdio::piped());
        service.env("VENDOR", format!("http://{vendor}")).env("TOKEN", token);
        service.env("ACCOUNT", account.to_string()).env("CREDENTIAL", CREDENTIAL);
        let mut process = service.spawn().map_err(|error| format!("node: {}", missing(error)))?;
        let mut lines = BufReader::new(process.stdout.take().expect("it is a pipe"));
        let mut first = String::new();
        lines.read_line(&mut first).map_err(missing)?;
        let address = first.trim().parse().map_err(|_| "node ended early".to_owned())?;
        // Reads its log and keeps nothing, as for the host.
        let read = move || io::copy(&mut lines, &mut io::sink());
        thread::Builder::new().name("log-reader".into()).spawn(read).expect("a thread");
        Ok(Self { address, process })
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
