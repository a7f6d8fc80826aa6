//! An author at work: a project from `mortise new`, and `mortise dev` on it in its own process.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::client::Client;
use crate::host::{create, mortise_binary};
use crate::hostile;
use crate::signal::{self, Signal};

/// How long an author waits for the effect of a change, because a change needs a compiler run.
const PATIENCE: Duration = Duration::from_secs(300);

/// The file with the log lines of the command, beside the project.
const LOG: &str = "dev.log";

/// The author of one integration. The project and the process end with it.
pub struct Author {
    /// The project's folder.
    pub project: PathBuf,
    /// The first lines of the command's output.
    pub started: Value,
    slug: String,
    process: Child,
    events: UnboundedReceiver<Value>,
    folder: TempDir,
}

impl Author {
    /// Makes a project with this slug outside any checkout, and starts `mortise dev` on it with these arguments. Waits
    /// until the command has built the project and serves.
    ///
    /// # Panics
    /// If the command does not serve.
    pub async fn start(slug: &str, arguments: &[&str]) -> Self {
        let folder = TempDir::new().expect("a temporary directory");
        let project = folder.path().join(slug);
        // All authors share one folder for the checkout's SDK, so that it is compiled once.
        let mut new = Command::new(mortise_binary());
        let new = new.current_dir(folder.path()).args(["new", slug, "--sdk"]).arg(hostile::root());
        let made = new.output().expect("it starts");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        // All authors also share one folder for the dependencies.
        let shared = hostile::target().join("authors");
        fs::create_dir_all(&shared).expect("writable");
        fs::create_dir_all(project.join("target")).expect("writable");
        std::os::unix::fs::symlink(&shared, project.join("target/plugins")).expect("writable");

        // Removes a component that an earlier author left.
        let _ = fs::remove_file(shared.join("components").join(slug).with_extension("wasm"));

        let mut dev = Command::new(mortise_binary());
        dev.current_dir(&project).args(["dev", "--json"]).args(arguments);
        let log = File::create(folder.path().join(LOG)).expect("writable");
        let mut process = dev.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log).spawn().expect("it starts");
        let lines = BufReader::new(process.stdout.take().expect("a pipe")).lines();
        let (told, events) = unbounded_channel();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let _ = told.send(serde_json::from_str(&line).expect("a line of JSON"));
            }
        });
        let mut author = Self { project, started: Value::Null, slug: slug.to_owned(), process, events, folder };
        let first = author.event().await;
        assert_eq!(first["outcome"], "loaded", "{first}");
        author.started = author.event().await;
        author
    }

    /// Waits for the event of a change.
    ///
    /// # Panics
    /// If no event comes in time.
    pub async fn event(&mut self) -> Value {
        let told = tokio::time::timeout(PATIENCE, self.events.recv()).await;
        told.expect("something is told in time").expect("`mortise dev` goes on")
    }

    /// A client of the host with its token.
    pub fn client(&self) -> Client {
        let address = self.started["base_url"].as_str().and_then(|url| url.strip_prefix("http://"));
        let token = self.started["token"].as_str().expect("a token");
        Client::new(address.and_then(|address| address.parse().ok()).expect("an address")).token(token)
    }

    /// The recorded creation of a user: its target and its body.
    pub fn creation(&self) -> (String, Value) {
        let account = self.started["accounts"][&self.slug].as_str().expect("an account").parse().expect("a uuid");
        let cassette = fs::read(self.project.join("cassettes/create.json")).expect("a recorded creation");
        let cassette: Value = serde_json::from_slice(&cassette).expect("JSON");
        (
            create(cassette["call"]["category"].as_str().expect("a category"), account, ""),
            cassette["call"]["body"].clone(),
        )
    }

    /// Saves a file of the project with this text replaced, as an editor does.
    ///
    /// # Panics
    /// If the text is not in the file.
    pub fn edit(&self, file: &str, from: &str, to: &str) {
        let path = self.project.join(file);
        let text = fs::read_to_string(&path).expect("readable");
        assert!(text.contains(from), "`{from}` is not in {file}");
        fs::write(path, text.replacen(from, to, 1)).expect("writable");
    }

    /// The folder into which `mortise dev` builds.
    pub fn built(&self) -> PathBuf {
        self.project.join("target/plugins/dev").join(&self.slug).with_extension("wasm")
    }

    /// The path of the component for shipping, which an operator grants. Tests may put one there.
    pub fn component(&self) -> PathBuf {
        self.project.join("target/plugins/components").join(&self.slug).with_extension("wasm")
    }

    /// Replaces the whole component at once.
    ///
    /// # Panics
    /// If it cannot be written.
    pub fn replace_component(&self, bytes: &[u8]) {
        let component = self.component();
        fs::create_dir_all(component.parent().expect("a folder")).expect("writable");
        replace(&component, bytes);
    }

    /// Ends the command as Ctrl-C does. Returns its exit code.
    ///
    /// # Panics
    /// If it cannot be ended.
    pub fn interrupt(&mut self) -> Option<i32> {
        signal::send(self.process.id(), Signal::INT);
        self.process.wait().expect("a child").code()
    }
}

impl Drop for Author {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        if std::thread::panicking() {
            let log = fs::read(self.folder.path().join(LOG)).unwrap_or_default();
            eprintln!("{}", String::from_utf8_lossy(&log));
        }
    }
}

/// Replaces a whole file at once, as `mv` does.
///
/// # Panics
/// If it cannot be written.
pub fn replace(file: &Path, bytes: &[u8]) {
    let aside = file.with_extension("aside");
    fs::write(&aside, bytes).and_then(|()| fs::rename(aside, file)).expect("writable");
}
