//! Secrets for commands. A secret is never an argument, because every user of the machine can read arguments while the
//! command runs.

use std::env;
use std::fs::File;
use std::io::{self, IsTerminal, Read, Write};
use std::str::FromStr;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use rustix::io::ioctl_fionread;
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;
use zeroize::Zeroizing;

use crate::config::ConfigError;

/// Longer than any credential, in bytes.
const MAX_SECRET: u64 = 64 << 10;
/// The longest line that a terminal takes, in bytes. It drops the rest without an error.
const TERMINAL_LINE: usize = 4095;
/// How long the rest of a pasted text may take to arrive after its first line.
const PASTE: Duration = Duration::from_millis(100);

/// `--secret name`, and the place from which the command reads its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SecretArg {
    /// The variable of the account.
    pub(super) name: String,
    from: From,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum From {
    Terminal,
    Stdin,
    File(String),
    Variable(String),
}

impl FromStr for SecretArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, from) = match text.split_once('=') {
            None => (text, From::Terminal),
            Some((name, "-")) => (name, From::Stdin),
            Some((name, place)) => {
                let from = match (place.strip_prefix('@'), place.strip_prefix("env:")) {
                    (Some(file), _) => From::File(file.to_owned()),
                    (_, Some(variable)) => From::Variable(variable.to_owned()),
                    _ => {
                        let rule = "a secret is never an argument: write NAME, NAME=@FILE, NAME=env:VARIABLE or NAME=-";
                        return Err(rule.to_owned());
                    }
                };
                (name, from)
            }
        };
        if name.is_empty() {
            return Err("the name before `=` is missing".to_owned());
        }
        Ok(Self { name: name.to_owned(), from })
    }
}

impl SecretArg {
    /// Whether it reads all of standard input.
    pub(super) fn takes_stdin(&self) -> bool {
        self.from == From::Stdin
    }

    /// Reads the value, without the line break at its end.
    pub(super) async fn read(&self) -> Result<Zeroizing<String>> {
        let name = &self.name;
        let mut text = match &self.from {
            From::Terminal => ask(name).await?,
            From::Stdin => all(io::stdin()).context("cannot read standard input")?,
            From::File(path) => {
                File::open(path).and_then(all).with_context(|| format!("--secret {name}: cannot read {path}"))?
            }
            From::Variable(variable) => Zeroizing::new(env::var(variable).map_err(|e| {
                ConfigError::Unusable(format!("--secret {name}: environment variable {variable}: {e}"))
            })?),
        };
        let length = text.trim_end_matches(['\r', '\n']).len();
        text.truncate(length);
        if text.is_empty() {
            return Err(ConfigError::Unusable(format!("--secret {name}: the value is empty")).into());
        }
        Ok(text)
    }
}

fn all(from: impl Read) -> io::Result<Zeroizing<String>> {
    let mut text = Zeroizing::new(String::with_capacity(MAX_SECRET as usize));
    from.take(MAX_SECRET).read_to_string(&mut text)?;
    Ok(text)
}

/// Asks on the terminal and shows nothing of the answer. A signal restores the terminal and ends the command.
async fn ask(name: &str) -> Result<Zeroizing<String>> {
    if !io::stdin().is_terminal() {
        let message = format!(
            "--secret {name}: standard input is not a terminal to ask on: write {name}=@FILE, {name}=env:VARIABLE or {name}=-"
        );
        return Err(ConfigError::Unusable(message).into());
    }
    // After Ctrl-C the terminal must be as it was: the handlers are set before anything is changed.
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hangup = signal(SignalKind::hangup())?;
    let quiet = Quiet::new()?;
    eprint!("{name}: ");
    io::stderr().flush()?;
    let (sender, line) = oneshot::channel();
    // A thread of its own: the runtime would wait for one of its own threads, and this one may never end.
    thread::spawn(move || {
        let mut line = Zeroizing::new(String::with_capacity(MAX_SECRET as usize));
        let read = io::stdin().read_line(&mut line);
        let _ = sender.send(read.map(|_| line));
    });
    let line = tokio::select! {
        line = line => line.map_err(|_| anyhow!("cannot read the terminal's answer")),
        _ = interrupt.recv() => Err(anyhow!("interrupted: nothing was changed")),
        _ = terminate.recv() => Err(anyhow!("terminated: nothing was changed")),
        _ = hangup.recv() => Err(anyhow!("the terminal was closed: nothing was changed")),
    };
    // In place of the line break that was typed.
    let _ = writeln!(io::stderr());
    let line = line?.context("cannot read the terminal")?;
    tokio::time::sleep(PASTE).await;
    let refusal = if quiet.holds_more()? {
        "more than one line was typed"
    } else if line.trim_end_matches('\n').len() >= TERMINAL_LINE {
        "the line is longer than a terminal takes"
    } else {
        return Ok(line);
    };
    Err(ConfigError::Unusable(format!("--secret {name}: {refusal}: write {name}=@FILE")).into())
}

/// A terminal that does not show typed characters, until this is dropped. Dropping discards the characters that nobody
/// has read by then: the shell would run the rest of a secret.
struct Quiet(Termios);

impl Quiet {
    fn new() -> Result<Self> {
        let before = tcgetattr(io::stdin()).context("cannot read the settings of the terminal")?;
        let mut quiet = before.clone();
        quiet.local_modes.remove(LocalModes::ECHO);
        tcsetattr(io::stdin(), OptionalActions::Flush, &quiet).context("cannot silence the terminal")?;
        Ok(Self(before))
    }

    /// Whether something was typed that nobody has read, even the beginning of a line.
    fn holds_more(&self) -> Result<bool> {
        let mut raw = self.0.clone();
        raw.local_modes.remove(LocalModes::ECHO | LocalModes::ICANON);
        tcsetattr(io::stdin(), OptionalActions::Now, &raw).context("cannot change the terminal")?;
        Ok(ioctl_fionread(io::stdin()).context("cannot read the terminal")? > 0)
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        // A terminal that is gone needs no settings.
        let _ = tcsetattr(io::stdin(), OptionalActions::Flush, &self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secrets_value_is_no_argument() {
        for text in ["api_token=hunter2", "api_token=", "=@file", ""] {
            let refusal = text.parse::<SecretArg>().expect_err(text);
            assert!(!refusal.contains("hunter2"), "{refusal}");
        }
        for (text, from) in [
            ("a", From::Terminal),
            ("a=-", From::Stdin),
            ("a=@b=c", From::File("b=c".to_owned())),
            ("a=env:B", From::Variable("B".to_owned())),
        ] {
            assert_eq!(text.parse::<SecretArg>(), Ok(SecretArg { name: "a".to_owned(), from }));
        }
    }
}
