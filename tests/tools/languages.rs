//! Integrations in JavaScript and Python, outside the repository: built with only the published files of their SDKs,
//! tested, and served with the limits of their class.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use std::time::Instant;

use mortise::cassette::{Player, Replay};
use mortise::config::Limits;
use mortise_tests::host::{Host, Setup, create, mortise_binary, update};
use mortise_tests::reference::Reference;
use mortise_tests::vendor::{Answer, Behaviour, Vendor};
use mortise_tests::{hostile, logs};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use uuid::Uuid;

use crate::tool::{JAVASCRIPT_PACKAGES, PYTHON_PACKAGES};

/// The packages that a language's projects have installed.
#[derive(Clone, Copy)]
enum Installed {
    JavaScript,
    Python,
}

impl Installed {
    /// Installs the packages that `npm install` and `pip install` would install into a new project, and its own SDK by
    /// a link.
    fn beside_sdk(self, project: &Path) {
        let sdk = project.join(".mortise/sdk");
        match self {
            Self::JavaScript => {
                let packages = project.join("node_modules");
                fs::create_dir(&packages).expect("writable");
                for entry in fs::read_dir(self.packages()).expect("readable").flatten() {
                    let is_sdk = entry.file_name() == "mortise-sdk";
                    let from = if is_sdk { sdk.clone() } else { entry.path() };
                    symlink(from, packages.join(entry.file_name())).expect("writable");
                }
            }
            Self::Python => {
                let (shared, own) = (self.packages().join("bin"), project.join(".venv/bin"));
                let python = |python: PathBuf, arguments: &[&str]| {
                    done(Command::new(python).args(arguments).current_dir(project).output().expect("python starts"))
                };
                python(shared.join("python"), &["-m", "venv", "--without-pip", ".venv"]);
                symlink(shared.join("componentize-py"), own.join("componentize-py")).expect("writable");
                let ask = "import sysconfig; print(sysconfig.get_path('purelib'))";
                let packages = python(own.join("python"), &["-c", ask]);
                let link = format!("{}\n", sdk.join("src").display());
                fs::write(Path::new(packages.trim_end()).join("sdk.pth"), link).expect("writable");
            }
        }
    }

    /// Installs the packages that `npm install` and `pip install` would install into a project, with the published SDK.
    fn into(self, project: &Path) {
        let name = match self {
            Self::JavaScript => "node_modules",
            Self::Python => ".venv",
        };
        symlink(self.packages(), project.join(name)).expect("writable");
    }

    fn packages(self) -> PathBuf {
        match self {
            Self::JavaScript => JAVASCRIPT_PACKAGES,
            Self::Python => PYTHON_PACKAGES,
        }
        .path()
    }
}

fn mortise(dir: &Path, arguments: &[&str]) -> Output {
    command(dir, arguments).output().expect("mortise starts")
}

fn command(dir: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(mortise_binary());
    command.args(arguments).current_dir(dir).env("XDG_CACHE_HOME", caches());
    command
}

/// The cache of this user, which is empty at first.
fn caches() -> &'static Path {
    static CACHES: OnceLock<PathBuf> = OnceLock::new();
    CACHES.get_or_init(|| {
        let folder = hostile::target().join("languages/caches");
        let _ = fs::remove_dir_all(&folder);
        folder
    })
}

/// Asserts that a command has succeeded, and returns its standard output.
fn done(output: Output) -> String {
    let said = String::from_utf8_lossy(&output.stderr);
    let text = String::from_utf8(output.stdout).expect("text");
    assert!(output.status.success(), "{}\n{text}\n{said}", output.status);
    text
}

/// A copy of a sample outside the repository, with the cassettes that it links to.
fn sample(folder: &str, slug: &str, installed: Installed) -> (TempDir, PathBuf) {
    let away = TempDir::new().expect("a temporary directory");
    let project = away.path().join(slug);
    copy(&hostile::root().join(folder).join(slug), &project);
    installed.into(&project);
    (away, project)
}

/// Copies the sources, without installed and compiled files.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("writable");
    for entry in fs::read_dir(from).expect("readable").flatten() {
        let (name, path) = (entry.file_name(), entry.path());
        let installed = ["node_modules", ".venv", "__pycache__", "target"].iter().any(|installed| name == *installed);
        match path.is_dir() {
            _ if installed => {}
            true => copy(&path, &to.join(name)),
            false => drop(fs::copy(&path, to.join(name)).expect("writable")),
        }
    }
}

/// Builds a sample, and plays all cassettes of the same integration in `plugins/`.
fn assert_passes_as_in_rust(project: &Path, slug: &str) {
    let in_rust = hostile::root().join("plugins").join(slug).join("cassettes");
    let count = fs::read_dir(in_rust).expect("cassettes").count();
    let printed = done(mortise(project, &["test"]));
    assert!(printed.contains(&format!("{count} of {count} passed")), "{printed}");
}

/// Asserts that its page is as `mortise docs` writes it.
fn assert_documented(project: &Path, slug: &str) {
    let page = hostile::root().join("docs/integrations").join(format!("{slug}.md"));
    fs::copy(page, project.join("README.md")).expect("a page");
    let cache = replayed(project);
    done(mortise(project, &["docs", "--check", "--no-build", "--data-dir", cache.to_str().expect("text")]));
}

/// Asserts that its declaration agrees with the unified API's reference.
fn assert_declares_what_is_listed(project: &Path, slug: &str) {
    let how = Replay { compiler: mortise_binary(), cache: replayed(project), limits: Limits::default() };
    let runtime = Runtime::new().expect("a runtime");
    let player = runtime.block_on(Player::start(&component(project, slug), &how)).expect("it is served");
    assert_eq!(Reference::read().differences(player.capabilities()), [""; 0]);
    runtime.block_on(player.end());
}

/// Asserts that no command builds an unchanged project again, that it is compiled once, and that a change is built.
fn assert_built_once(project: &Path, language: &str, slug: &str, (from, to): (&str, &str)) {
    let built = project.join("target/plugins").join(language).join(slug).join("component.wasm");
    let cache = replayed(project).join("cache");
    let state = || {
        let compiled = fs::read_dir(&cache).expect("readable").flatten().map(|entry| written(&entry.path()));
        (written(&built), written(&component(project, slug)), compiled.collect::<Vec<_>>())
    };
    let before = state();
    for arguments in [&["test"][..], &["check"], &["docs"]] {
        done(mortise(project, arguments));
        assert!(state() == before, "`mortise {}` does it again", arguments[0]);
    }
    let mut dev = command(project, &["dev", "--json"]);
    let mut dev =
        dev.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("mortise starts");
    let loaded = BufReader::new(dev.stdout.take().expect("a pipe")).lines().map_while(Result::ok).next();
    let _ = dev.kill();
    let _ = dev.wait();
    assert!(loaded.as_ref().is_some_and(|event| event.contains(r#""outcome":"loaded""#)), "{loaded:?}");
    assert!(state() == before, "`mortise dev` does it again");

    let source = project.join("src").join(if language == "python" { "integration.py" } else { "index.js" });
    let text = fs::read_to_string(&source).expect("readable");
    assert!(text.contains(from), "{text}");
    fs::write(&source, text.replacen(from, to, 1)).expect("writable");
    done(mortise(project, &["build"]));
    let after = state();
    assert!(after.0 != before.0 && after.1 != before.1, "a changed source is built");
}

/// The file's number and its time of writing. Both together differ after each write.
fn written(file: &Path) -> (u64, i64, i64) {
    let found = fs::metadata(file).expect("a file");
    (found.ino(), found.mtime(), found.mtime_nsec())
}

/// The folder of the components that `mortise test` has compiled.
fn replayed(project: &Path) -> PathBuf {
    project.join("target/plugins/replay")
}

fn component(project: &Path, slug: &str) -> PathBuf {
    project.join("target/plugins/components").join(slug).with_extension("wasm")
}

/// The sample in JavaScript, built once.
fn built() -> &'static [u8] {
    static BUILT: OnceLock<Vec<u8>> = OnceLock::new();
    BUILT.get_or_init(|| {
        let (_away, project) = sample("sdk/js/examples", "torii", Installed::JavaScript);
        done(mortise(&project, &["build"]));
        fs::read(component(&project, "torii")).expect("a component")
    })
}

pub(crate) fn the_sdk_in_javascript_passes_its_own_tests() {
    let sdk = hostile::root().join("sdk/js");
    done(Command::new("npm").args(["test", "--silent"]).current_dir(&sdk).output().expect("npm starts"));
}

pub(crate) fn fields_of_ones_own_have_their_types_in_typescript() {
    assert_types("sdk/js", "mortise-sdk", "own-fields.ts");
}

pub(crate) fn the_link_package_passes_its_own_tests_and_has_its_types() {
    let package = hostile::root().join("sdk/link");
    done(Command::new("npm").args(["test", "--silent"]).current_dir(package).output().expect("npm starts"));
    assert_types("sdk/link", "@mortise/link", "types.ts");
}

/// Asserts that a file of a package's tests is correct TypeScript for a project that has installed the package.
fn assert_types(folder: &str, package: &str, file: &str) {
    let away = TempDir::new().expect("a temporary directory");
    let installed = away.path().join("node_modules").join(package);
    fs::create_dir_all(installed.parent().expect("a folder")).expect("writable");
    symlink(hostile::root().join(folder), installed).expect("writable");
    fs::copy(hostile::root().join(folder).join("test").join(file), away.path().join(file)).expect("writable");
    let mut compiler = Command::new(JAVASCRIPT_PACKAGES.path().join(".bin/tsc"));
    compiler.args(["--noEmit", "--strict", "--target", "es2022", "--module", "nodenext", file]);
    done(compiler.current_dir(away.path()).output().expect("the compiler starts"));
}

pub(crate) fn the_sdk_in_python_and_its_sample_pass_their_own_tests() {
    for folder in ["sdk/python", "sdk/python/examples/datadog"] {
        done(unit_tests(&PYTHON_PACKAGES.path(), &hostile::root().join(folder)));
    }
}

/// Runs a Python project's tests with these packages.
fn unit_tests(packages: &Path, project: &Path) -> Output {
    let mut python = Command::new(packages.join("bin/python"));
    python.args(["-m", "unittest", "discover", "--start-directory", "tests"]).current_dir(project);
    python.env("PYTHONPATH", "src").env("PYTHONDONTWRITEBYTECODE", "1").output().expect("python starts")
}

pub(crate) fn the_sample_in_javascript_builds_and_passes_its_test() {
    let (_away, project) = sample("sdk/js/examples", "torii", Installed::JavaScript);
    assert_passes_as_in_rust(&project, "torii");
    assert_documented(&project, "torii");
    assert_declares_what_is_listed(&project, "torii");
    let elsewhere = fs::read(component(&project, "torii")).expect("a component");
    assert!(elsewhere == built(), "the component does not depend on the folder of the build");
    assert_built_once(&project, "javascript", "torii", ("\"Torii\"", "\"Torii, changed\""));
}

pub(crate) fn the_sample_in_python_builds_and_passes_its_test() {
    let (_away, project) = sample("sdk/python/examples", "datadog", Installed::Python);
    assert_passes_as_in_rust(&project, "datadog");
    assert_documented(&project, "datadog");
    assert_declares_what_is_listed(&project, "datadog");
    let built = fs::read(component(&project, "datadog")).expect("a component");
    // A second run of the tool would make other bytes. The second folder gets the component from this user's cache.
    let (_elsewhere, other) = sample("sdk/python/examples", "datadog", Installed::Python);
    done(mortise(&other, &["build"]));
    let elsewhere = fs::read(component(&other, "datadog")).expect("a component");
    assert!(elsewhere == built, "one user's folders with the same sources have the same component");
    assert!(!project.join("src/__pycache__").exists(), "nothing is written beside the sources");
    assert_built_once(&project, "python", "datadog", ("\"Datadog\"", "\"Datadog, changed\""));
    Runtime::new().expect("a runtime").block_on(assert_gets_lists_and_deletes(&built));
}

/// The Python sample serves the operations without a body, and a Python exception ends a call with a message.
async fn assert_gets_lists_and_deletes(component: &[u8]) {
    logs::capture();
    let vendor = Vendor::start(Answer::json(404, &json!({ "errors": ["User not found"] }))).await;
    let host = Setup::new().component("datadog", component).origin("datadog", &vendor.url()).start().await;
    let keys = [("api_key", "placeholder-value"), ("application_key", "placeholder-value")];
    let account = host.account_with("datadog", "tenant", &keys).await;
    let user = |id: &str| json!({ "type": "users", "id": id, "attributes": { "name": format!("Ada {id}") } });

    vendor.next(Answer::json(200, &json!({ "data": user("7") })));
    assert_eq!(got(&host, account, "7").await, (200, json!("Ada 7")));
    assert_eq!(got(&host, account, "8").await.0, 404);

    let page = |ids: [&str; 2]| {
        let meta = json!({ "page": { "total_filtered_count": 4 } });
        Answer::json(200, &json!({ "data": ids.map(user), "meta": meta }))
    };
    vendor.next(page(["1", "2"])).next(page(["3", "4"]));
    let rows = listed(&host, account, "&limit=2&sort_by[name]=desc").await;
    assert_eq!(rows, ["1", "2", "3", "4"].map(|id| (json!(id), user(id))));

    vendor.next(Answer::new(204, "application/json", ""));
    let deleted = host.client().delete(&update("user-directory", "7", account, "")).await;
    assert_eq!((deleted.status, deleted.header("mortise-deletes")), (200, Some("deactivates")), "{}", deleted.text());
    let asked: Vec<_> = vendor.requests().iter().map(|r| format!("{} {}", r.method, r.target)).collect();
    let page = |number| format!("GET /api/v2/users?page%5Bsize%5D=2&page%5Bnumber%5D={number}&sort=-name");
    assert_eq!(asked[2..], [page(0), page(1), "DELETE /api/v2/users/7".to_owned()]);

    // A Python exception is not a trap. The call says what failed, and the log has the exception and the function that
    // raised it.
    vendor.next(Answer::json(200, &json!({ "data": { "id": "7", "attributes": "none" } })));
    let answer = host.client().get(&update("user-directory", "7", account, "")).await;
    let told = "cannot read the vendor's answer: it is not what the integration expects";
    assert!(answer.status == 502 && answer.text().contains(told), "{} {}", answer.status, answer.text());
    for part in ["in read_person", "AttributeError: 'str' object has no attribute 'get'"] {
        assert!(logs::captured().contains(part), "{}", logs::captured());
    }
}

/// Makes a project as an author does.
fn new(language: &str) -> (TempDir, PathBuf) {
    let away = TempDir::new().expect("a temporary directory");
    done(mortise(away.path(), &["new", "acme-cloud", "--lang", language]));
    let project = away.path().join("acme-cloud");
    (away, project)
}

pub(crate) fn a_project_in_javascript_names_what_is_missing_and_can_be_typescript() {
    let (_away, project) = new("js");
    let output = mortise(&project, &["build"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let first = said.lines().find(|line| line.starts_with("error: ")).expect("an error");
    assert!(!output.status.success() && first.contains("a package is missing: run `npm install` in"), "{said}");
    Installed::JavaScript.beside_sdk(&project);

    // The bundler reads TypeScript as JavaScript. If it fails, the command shows the bundler's message unchanged.
    let manifest = fs::read_to_string(project.join("package.json")).expect("readable");
    fs::write(project.join("package.json"), manifest.replace("src/index.js", "src/index.ts")).expect("writable");
    fs::rename(project.join("src/index.js"), project.join("src/index.ts")).expect("writable");
    done(mortise(&project, &["build"]));
    fs::write(project.join("src/index.ts"), "export default {\n  capabilities: ,\n};").expect("writable");
    let output = mortise(&project, &["build"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains("src/index.ts:2:16") && said.contains("Unexpected"), "{said}");
}

pub(crate) fn a_project_in_python_names_what_is_missing_and_what_cannot_be_imported() {
    let (_away, project) = new("python");
    let output = mortise(&project, &["build"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let first = said.lines().find(|line| line.starts_with("error: ")).expect("an error");
    let install = "run `python3 -m venv .venv && .venv/bin/pip install -e .mortise/sdk -e '.[build]'` in";
    assert!(!output.status.success() && first.contains(install), "{said}");
    Installed::Python.beside_sdk(&project);
    fs::write(project.join("src/integration.py"), "import nothing_of_that_name\n").expect("writable");
    let output = mortise(&project, &["build"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains("No module named 'nothing_of_that_name'"), "{said}");
}

/// Torii's answer to a change.
fn torii() -> Answer {
    Answer::json(200, &json!({ "user": { "id": 7, "firstName": "Ada", "lifecycleStatus": "offboarded" } }))
}

async fn offboard(host: &Host, account: Uuid) -> (u16, Value) {
    let target = update("user-directory", "7", account, "&user_id=7");
    let answer = host.client().patch(&target, &json!({ "status": "inactive" })).await;
    (answer.status, answer.json())
}

/// Status and name of a user.
async fn got(host: &Host, account: Uuid, id: &str) -> (u16, Value) {
    let answer = host.client().get(&update("user-directory", id, account, "")).await;
    (answer.status, answer.json()["name"].take())
}

/// The users of all pages: the id of each, and the vendor's own text.
async fn listed(host: &Host, account: Uuid, query: &str) -> Vec<(Value, Value)> {
    let (mut rows, mut cursor) = (Vec::new(), String::new());
    loop {
        let target = create("user-directory", account, &format!("{query}&next_cursor={cursor}"));
        let answer = host.client().get(&target).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let mut page = answer.json();
        let found = page["result"].as_array_mut().expect("rows");
        rows.extend(found.iter_mut().map(|row| (row["id"].take(), row["remote_data"].take())));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = next.to_owned(),
            None => return rows,
        }
    }
}

#[tokio::main]
pub(crate) async fn the_sample_in_javascript_gets_and_lists_users() {
    logs::capture();
    let vendor = Vendor::start(Answer::json(404, &json!({ "error": "User not found" }))).await;
    let host = Setup::new().component("torii", built()).origin("torii", &vendor.url()).start().await;
    let account = host.account("torii").await;

    vendor.next(torii());
    assert_eq!(got(&host, account, "7").await, (200, json!("Ada")));
    assert_eq!(got(&host, account, "8").await.0, 404);

    let user = |id: u8| json!({ "id": id, "lifecycleStatus": "offboarded" });
    let page = |ids: &[u8], next: Option<&str>| {
        let users: Vec<_> = ids.iter().map(|id| user(*id)).collect();
        Answer::json(200, &json!({ "users": users, "nextCursor": next }))
    };
    vendor.next(page(&[1, 2], Some("Mg=="))).next(page(&[], Some("NA=="))).next(page(&[3], None));
    let rows = listed(&host, account, "&limit=2&status=inactive").await;
    assert_eq!(rows, [1, 2, 3].map(|id| (json!(id.to_string()), user(id))));
    let asked: Vec<_> = vendor.requests().into_iter().skip(2).map(|request| request.target).collect();
    let cursors = ["", "&cursor=Mg%3D%3D", "&cursor=NA%3D%3D"];
    assert_eq!(asked, cursors.map(|cursor| format!("/users?size=2{cursor}&lifecycleStatus=offboarded")));

    // The author finds the name of the failed function, even in a component for production.
    vendor.next(Answer::json(200, &json!({ "users": [null] })));
    assert_eq!(host.client().get(&create("user-directory", account, "")).await.status, 502);
    assert!(logs::captured().contains("read@bundle.js:"), "{}", logs::captured());

    // The host refuses a page with one unusable row.
    vendor.next(Answer::json(200, &json!({ "users": [user(1), {}] })));
    let answer = host.client().get(&create("user-directory", account, "")).await;
    assert_eq!(answer.status, 502);
    assert!(answer.text().contains("`/users/1`: it does not identify a user"), "{}", answer.text());
}

async fn shown(host: &Host, slug: &str) -> Value {
    host.client().get(&format!("/integration/{slug}")).await.json()
}

#[tokio::main]
pub(crate) async fn a_component_with_an_interpreter_has_the_limits_of_its_class_and_others_keep_their_own() {
    let component = built();
    let vendor = Vendor::start(torii()).await;
    let setup = || Setup::new().component("torii", component).origin("torii", &vendor.url());

    let host = setup().plugin_at("dixa", &vendor.url()).start().await;
    assert_eq!(shown(&host, "torii").await["class"], "interpreter");
    assert_eq!(shown(&host, "torii").await["sdk_version"], format!("js/{}", env!("CARGO_PKG_VERSION")));
    assert_eq!(shown(&host, "dixa").await["class"], "ordinary");
    let account = host.account("torii").await;
    let (status, user) = offboard(&host, account).await;
    assert_eq!((status, &user["status"], &user["name"]), (200, &json!("inactive"), &json!("Ada")), "{user}");
    let mut times = Vec::new();
    for _ in 0..20 {
        let started = Instant::now();
        assert_eq!(offboard(&host, account).await.0, 200);
        times.push(started.elapsed());
    }
    times.sort();
    println!("20 calls of a JavaScript component: median {:?}, slowest {:?}", times[10], times[19]);

    // An error about a small limit names the setting.
    let refused = [
        ("limits.interpreter_component_bytes", setup().limits(|limits| limits.interpreter_component_bytes = 9 << 20)),
        (
            "limits.interpreter_guest_memory_bytes",
            setup().limits(|limits| limits.interpreter_guest_memory_bytes = 1 << 20),
        ),
        (
            "limits.interpreter_guest_table_entries",
            setup().limits(|limits| limits.interpreter_guest_table_entries = 100),
        ),
    ];
    for (setting, setup) in refused {
        let shown = shown(&setup.start().await, "torii").await;
        let reason = shown["reason"].as_str().unwrap_or_default();
        assert!(shown["state"] == "refused" && reason.contains(setting), "{setting}: {shown}");
    }
}

#[tokio::main]
pub(crate) async fn calls_that_wait_for_an_interpreter_hold_up_no_others() {
    let component = built();
    let vendor = Vendor::start(torii()).await;
    let (behaviour, gate) = Behaviour::from(torii()).held();
    let slow = Vendor::start(behaviour).await;
    let setup = Setup::new().component("torii", component).origin("torii", &slow.url());
    let setup = setup.plugin_at("trap", &vendor.url()).limits(|limits| limits.interpreter_concurrent_calls = 1);
    let host = setup.start().await;
    let (torii, other) = (host.account("torii").await, host.account("trap").await);
    let first = offboard(&host, torii);
    let meanwhile = async {
        let arrived = async {
            while slow.requests().is_empty() {
                tokio::task::yield_now().await;
            }
        };
        mortise_tests::expect("request of the first call", arrived).await;
        let (status, _) = offboard(&host, torii).await;
        assert_eq!(status, 503, "the only slot is taken");
        let answer = host.client().patch(&update("ticketing", "1", other, ""), &json!({ "name": "Ada" })).await;
        assert_ne!(answer.status, 503, "{}", answer.text());
        gate.release();
    };
    let ((status, _), ()) = tokio::join!(first, meanwhile);
    assert_eq!(status, 200);
}
