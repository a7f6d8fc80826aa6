//! A long-running command, such as `mortise serve` or `mortise demo`, with its output.

use std::process::{ExitStatus, Stdio};

use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::signal::{self, Signal};

/// A long-running command. It ends with the test.
pub struct Running {
    /// Lines of its standard output.
    pub out: Lines<BufReader<ChildStdout>>,
    /// Lines of its standard error. A task reads them at once, so that the command's log never waits for the test.
    pub err: UnboundedReceiver<String>,
    child: Child,
}

impl Running {
    /// Starts the command.
    ///
    /// # Panics
    /// If there is no such executable.
    pub fn start(mut command: Command) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().expect("the executable starts");
        let out = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let (sender, err) = unbounded_channel();
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Self { out, err, child }
    }

    /// Its process id.
    ///
    /// # Panics
    /// If it has ended.
    pub fn id(&self) -> u32 {
        self.child.id().expect("it runs")
    }

    /// Whether it has ended.
    ///
    /// # Panics
    /// If the process is lost.
    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().expect("a child").is_some()
    }

    /// Sends it SIGTERM, as `kill` does.
    pub fn terminate(&self) {
        signal::send(self.id(), Signal::TERM);
    }

    /// Waits until it has ended.
    pub async fn ended(mut self) -> ExitStatus {
        crate::expect("end of the process", self.child.wait()).await.expect("it is a child")
    }

    /// Reads standard error until a line contains this text.
    ///
    /// # Panics
    /// If no line contains it.
    pub async fn line(&mut self, wanted: &str) -> String {
        let mut seen = String::new();
        while let Some(line) = self.err.recv().await {
            if line.contains(wanted) {
                return line;
            }
            seen = seen + &line + "\n";
        }
        panic!("no `{wanted}` in:\n{seen}")
    }
}
