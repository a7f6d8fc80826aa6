//! Packages and a real registry: a pushed package equals the packed one, the host checks a pulled package, and neither
//! command grants anything.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use mortise_tests::host::mortise_binary;
use mortise_tests::hostile;
use mortise_tests::proxy::Proxy;
use mortise_tests::tls::Authority;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::registry::DockerRegistry;

/// A user of a registry with the password, and their line in an htpasswd file.
const USER: &str = "ada";
const PASSWORD: &str = "correct horse";
const USERS: &str = "ada:$2y$05$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2\n";

/// An author's project and an operator's directory, and the environment of their commands.
struct Place {
    folder: TempDir,
    environment: Vec<(String, String)>,
}

impl Place {
    /// A Rust project `acme` whose build makes this component. Its Cargo compiles nothing.
    fn new(component: &[u8]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let place = Self { folder, environment: Vec::new() };
        let write = |name: &str, text: &str| {
            let path = place.path(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("writable");
            fs::write(path, text).expect("writable");
        };
        write(
            "acme/Cargo.toml",
            "[package]\nname = \"acme\"\nversion = \"1.2.0\"\nedition = \"2024\"\nlicense = \"MIT\"\n\
             repository = \"https://git.example.com/acme\"\n\n[lib]\ncrate-type = [\"cdylib\"]\n\n[workspace]\n",
        );
        write("acme/src/lib.rs", "");
        let root = fs::canonicalize(place.path("acme")).expect("there");
        let artifact = json!({
            "reason": "compiler-artifact",
            "package_id": format!("path+file://{}#1.2.0", root.display()),
            "manifest_path": root.join("Cargo.toml"),
            "target": {
                "kind": ["cdylib"], "crate_types": ["cdylib"], "name": "acme", "src_path": root.join("src/lib.rs"),
                "edition": "2024", "doc": true, "doctest": false, "test": true,
            },
            "profile": {
                "opt_level": "s", "debuginfo": 0, "debug_assertions": false, "overflow_checks": false, "test": false,
            },
            "features": [],
            "filenames": [place.path("built.wasm")],
            "executable": null,
            "fresh": false,
        });
        write("artifact.json", &format!("{artifact}\n"));
        let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
        let messages = place.path("artifact.json").display().to_string();
        write("cargo", &format!("#!/bin/sh\n[ \"$1\" = build ] && exec cat '{messages}'\nexec '{cargo}' \"$@\"\n"));
        fs::set_permissions(place.path("cargo"), fs::Permissions::from_mode(0o755)).expect("ours");
        place.build(component);
        let cargo = place.path("cargo").display().to_string();
        place.with("CARGO", &cargo)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Changes the component that the sources make.
    fn build(&self, component: &[u8]) {
        fs::write(self.path("built.wasm"), component).expect("writable");
    }

    fn with(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    fn mortise(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(mortise_binary());
        command.args(arguments).current_dir(self.folder.path()).env("DOCKER_CONFIG", self.path("docker"));
        for name in ["MORTISE_REGISTRY", "MORTISE_REGISTRY_USER", "MORTISE_REGISTRY_PASSWORD"] {
            command.env_remove(name);
        }
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.output().expect("mortise starts")
    }

    /// The output of a command that must succeed, from both streams.
    fn done(&self, arguments: &[&str]) -> String {
        let output = self.mortise(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", said(&output));
        said(&output)
    }

    /// The output of a command that must fail with this exit code.
    fn refused(&self, arguments: &[&str], code: i32) -> String {
        let output = self.mortise(arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", said(&output));
        said(&output)
    }
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn component(nop: &str) -> Vec<u8> {
    hostile::from_text("acme", &format!("(func $attack {nop})"))
}

fn digest(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).expect("readable").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).expect("inside").to_owned();
                files.insert(name, fs::read(path).expect("readable"));
            }
        }
    }
    files
}

/// An HTTP client of the test.
fn http() -> reqwest::Client {
    // The first caller in this process sets the provider. All callers set the same one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::new()
}

/// A manifest in the registry, and its digest.
async fn manifest(registry: &DockerRegistry, repository: &str, name: &str) -> (Value, String) {
    let url = format!("http://{}/v2/{repository}/manifests/{name}", registry.address);
    let accept = "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json";
    let answer = http().get(url).header("accept", accept).send().await.expect("an answer");
    let bytes = answer.error_for_status().expect("a manifest").bytes().await.expect("bytes");
    (serde_json::from_slice(&bytes).expect("JSON"), format!("sha256:{}", digest(&bytes)))
}

/// Puts a blob into the registry. Returns its descriptor.
async fn put_blob(registry: &DockerRegistry, repository: &str, media_type: &str, bytes: &[u8]) -> Value {
    let (client, root) = (http(), format!("http://{}", registry.address));
    let begun = client.post(format!("{root}/v2/{repository}/blobs/uploads/")).send().await.expect("an answer");
    let location = begun.headers()["location"].to_str().expect("a URL").to_owned();
    let separator = if location.contains('?') { '&' } else { '?' };
    let digest = format!("sha256:{}", digest(bytes));
    let put = client.put(format!("{location}{separator}digest={digest}")).body(bytes.to_vec()).send().await;
    assert_eq!(put.expect("an answer").status(), 201);
    json!({ "mediaType": media_type, "digest": digest, "size": bytes.len() })
}

async fn put_manifest(registry: &DockerRegistry, repository: &str, tag: &str, config: Value, layers: Value) {
    let media_type = "application/vnd.oci.image.manifest.v1+json";
    let manifest = json!({ "schemaVersion": 2, "mediaType": media_type, "config": config, "layers": layers });
    let url = format!("http://{}/v2/{repository}/manifests/{tag}", registry.address);
    let put = http().put(url).header("content-type", media_type).body(manifest.to_string()).send();
    assert_eq!(put.await.expect("an answer").status(), 201);
}

#[tokio::main]
pub(crate) async fn what_is_packed_is_what_a_registry_gets_and_gives_back() {
    let registry = DockerRegistry::start(None);
    let place = Place::new(&component(""));
    // The component in the target folder differs from the one that the sources make.
    fs::create_dir_all(place.path("acme/target/plugins/components")).expect("writable");
    fs::write(place.path("acme/target/plugins/components/acme.wasm"), component("(nop)")).expect("writable");
    place.done(&["package", "acme", "--out", "one"]);
    let acme = fs::read(place.path("acme/target/plugins/components/acme.wasm")).expect("built");
    assert_ne!(digest(&acme), digest(&component("(nop)")), "it was built first");
    place.done(&["package", "acme", "--out", "two"]);
    assert_eq!(files(&place.path("one")), files(&place.path("two")), "the same sources make the same bytes");
    place.refused(&["package", "acme", "--out", "acme"], 1);

    // A package may replace a package, but no file that somebody else put there.
    fs::write(place.path("two/notes.txt"), "mine").expect("writable");
    let refused = place.refused(&["package", "acme", "--out", "two"], 1);
    assert!(refused.contains("two/notes.txt is not a part of the package"), "{refused}");
    assert_eq!(fs::read(place.path("two/notes.txt")).expect("kept"), b"mine");
    fs::remove_file(place.path("two/notes.txt")).expect("there");
    place.done(&["package", "acme", "--out", "two"]);
    assert_eq!(files(&place.path("one")), files(&place.path("two")));
    let left = fs::read_dir(place.folder.path()).expect("readable").flatten().map(|entry| entry.file_name());
    assert!(left.map(PathBuf::from).all(|name| name.extension().is_none_or(|e| e != "old" && e != "tmp")));

    let reference = format!("oci://{}/team/acme:1.2.0", registry.address);
    let pushed = place.done(&["push", "one", &reference, "--json"]);
    let pushed: Value = serde_json::from_str(&pushed).expect("one line of JSON");
    let (found, name) = manifest(&registry, "team/acme", "1.2.0").await;
    assert_eq!(pushed["manifest"], json!(name));
    assert_eq!(found["config"]["mediaType"], "application/vnd.wasm.config.v0+json");
    let layers = found["layers"].as_array().expect("layers");
    assert_eq!((layers.len(), &layers[0]["mediaType"]), (1, &json!("application/wasm")), "{found}");
    assert_eq!(layers[0]["digest"], json!(format!("sha256:{}", digest(&acme))));
    let annotations = &found["annotations"];
    assert_eq!(annotations["org.opencontainers.image.version"], "1.2.0");
    assert_eq!(annotations["org.opencontainers.image.licenses"], "MIT");
    let integration: Value =
        serde_json::from_str(annotations["mortise.integration"].as_str().expect("text")).expect("JSON");
    assert_eq!(integration["origins"], json!(["https://vendor.example.com"]));
    assert_eq!(integration["contract"], "0.1.0");

    // This registry has no list of referrers, so a tag takes its place.
    let (referrers, _) = manifest(&registry, "team/acme", &name.replace(':', "-")).await;
    let sbom = &referrers["manifests"][0];
    assert_eq!(sbom["artifactType"], "application/vnd.cyclonedx+json");
    let (sbom, _) = manifest(&registry, "team/acme", sbom["digest"].as_str().expect("a digest")).await;
    assert_eq!(sbom["subject"]["digest"], json!(name));

    // A second push of the same changes nothing, and packs the folder of the integration first.
    place.done(&["push", "acme", &reference]);
    assert_eq!(manifest(&registry, "team/acme", "1.2.0").await.1, name);

    let by_digest = format!("oci://{}/team/acme@{name}", registry.address);
    for reference in [&reference, &by_digest] {
        place.done(&["pull", reference]);
        assert_eq!(fs::read(place.path("plugins/acme.wasm")).expect("pulled"), acme);
        let lock = fs::read_to_string(place.path("mortise.lock")).expect("readable");
        assert!(lock.contains(reference.as_str()) && lock.contains(&name), "{lock}");
    }
}

pub(crate) fn what_is_pulled_is_served_only_once_it_is_granted_and_a_tag_that_moved_is_named() {
    let registry = DockerRegistry::start(None);
    let place = Place::new(&component(""));
    let reference = format!("oci://{}/acme:stable", registry.address);
    place.done(&["push", "acme", &reference]);
    let pulled = place.done(&["pull", &reference]);
    assert!(pulled.contains("is not granted") && pulled.contains("mortise grant acme"), "{pulled}");
    let state = |place: &Place| place.done(&["integration", "list"]);
    assert!(state(&place).contains("refused"), "pulling grants nothing");
    let granted = place.done(&["grant", "acme", "--yes"]);
    assert!(granted.contains(&reference), "the grant names the source of the component: {granted}");
    assert!(state(&place).contains("active"));

    // Another component under the same tag.
    place.build(&component("(nop)"));
    place.done(&["push", "acme", &reference]);
    let pulled = place.done(&["pull", &reference]);
    assert!(pulled.contains("the tag has moved: it was sha256:"), "{pulled}");
    assert!(pulled.contains("has changed since it was granted") && state(&place).contains("refused"), "{pulled}");

    // The component requests an origin that the operator has not granted.
    let lock = fs::read_to_string(place.path("mortise.lock")).expect("readable");
    fs::write(place.path("mortise.lock"), lock.replace("vendor.example.com", "old.example.com")).expect("writable");
    let pulled = place.done(&["pull", &reference]);
    for line in [
        "origin      https://vendor.example.com  (new)",
        "origin      https://old.example.com  (no longer asked for)",
        "asks for origins (https://vendor.example.com) that are not granted",
    ] {
        assert!(pulled.contains(line), "`{line}` is not in: {pulled}");
    }
    assert!(!pulled.contains("has moved"), "the tag has not moved: {pulled}");
}

pub(crate) fn a_registry_that_asks_who_it_is_gets_the_credentials_and_nobody_else_does() {
    let registry = DockerRegistry::start(Some(USERS));
    let reference = format!("oci://{}/acme:1", registry.address);
    let place = Place::new(&component(""));
    let refused = place.refused(&["push", "acme", &reference], 1);
    assert!(
        refused.contains("does not allow this to an anonymous caller") && refused.contains("docker login"),
        "{refused}"
    );
    let refused = place.refused(&["pull", &reference], 1);
    assert!(refused.contains("does not allow this"), "{refused}");

    let place = place.with("MORTISE_REGISTRY_USER", USER);
    assert!(place.refused(&["pull", &reference], 1).contains("set both or none"));
    let place = place.with("MORTISE_REGISTRY_PASSWORD", "battery staple");
    let refused = place.refused(&["pull", &reference], 1);
    assert!(refused.contains("MORTISE_REGISTRY does not say for which registry"), "{refused}");
    let place = place.with("MORTISE_REGISTRY", "registry.example.com");
    let refused = place.refused(&["pull", &reference], 1);
    assert!(refused.contains("to an anonymous caller"), "those of another registry are not used: {refused}");
    let place = place.with("MORTISE_REGISTRY", &registry.address);
    let refused = place.refused(&["push", "acme", &reference], 1);
    assert!(refused.contains("to `ada`") && !refused.contains("battery"), "{refused}");
    let place = place.with("MORTISE_REGISTRY_PASSWORD", PASSWORD);
    place.done(&["push", "acme", &reference]);

    // The configuration file that `docker login` writes.
    let other = Place::new(&component(""));
    fs::create_dir(other.path("docker")).expect("writable");
    let auth = BASE64_STANDARD.encode(format!("{USER}:{PASSWORD}"));
    let mut auths = serde_json::Map::new();
    auths.insert(registry.address.clone(), json!({ "auth": auth }));
    fs::write(other.path("docker/config.json"), json!({ "auths": auths }).to_string()).expect("writable");
    other.done(&["pull", &reference]);
    fs::write(other.path("docker/config.json"), format!("{{\"auths\": {auth}")).expect("writable");
    let refused = other.refused(&["pull", &reference], 1);
    assert!(refused.contains("is not a configuration file of Docker") && !refused.contains(&auth), "{refused}");
}

/// A registry that sends every client to `realm` for a token. If a client asks the registry itself for the token,
/// `answer` is the response.
fn registry_with_tokens(realm: &str, answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback");
    let address = listener.local_addr().expect("an address").to_string();
    let realm = realm.replace("SELF", &address);
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut request = [0; 4096];
            let read = stream.read(&mut request).unwrap_or_default();
            let head = if request[..read].starts_with(b"GET /token") {
                "200 OK\r\n".to_owned()
            } else {
                format!("401 Unauthorized\r\nWWW-Authenticate: Bearer realm=\"{realm}\",service=\"test\"\r\n")
            };
            let length = answer.len();
            let said = format!("HTTP/1.1 {head}Content-Length: {length}\r\nConnection: close\r\n\r\n{answer}");
            let _ = stream.write_all(said.as_bytes());
        }
    });
    address
}

pub(crate) fn a_sign_in_that_leaves_https_or_gives_no_usable_token_is_refused() {
    let cases = [
        ("http://registry.example.com/token", "{}", "http://registry.example.com, which is not HTTPS"),
        ("nowhere", "{}", "does not say where to get tokens"),
        ("http://SELF/token", r#"{"token":"a\nb"}"#, "its token is unusable"),
        ("http://SELF/token", "{}", "its token is unusable"),
        ("http://SELF/token", r#"{"access_token":"abc"}"#, "does not allow this to `ada`"),
    ];
    for (realm, answer, words) in cases {
        let address = registry_with_tokens(realm, answer);
        let place = Place::new(b"").with("MORTISE_REGISTRY", &address);
        let place = place.with("MORTISE_REGISTRY_USER", USER).with("MORTISE_REGISTRY_PASSWORD", PASSWORD);
        let said = place.refused(&["pull", &format!("oci://{address}/acme:1")], 1);
        assert!(said.contains(words) && !said.contains(PASSWORD), "{realm}: `{words}` is not in: {said}");
    }
}

/// A registry without packages, whose clients get their tokens at `realm`. It gives a token to every client.
fn registry_with_realm(realm: &str) -> (String, Arc<Mutex<Vec<String>>>) {
    let challenge = format!("401 Unauthorized\r\nWWW-Authenticate: Bearer realm=\"{realm}\"");
    server(move |path| match path {
        "/v2/" => (challenge.clone(), Vec::new()),
        path if path.starts_with("/jwt/auth") => ("200 OK".to_owned(), br#"{"token":"abc"}"#.to_vec()),
        _ => ("404 Not Found".to_owned(), Vec::new()),
    })
}

#[tokio::main]
pub(crate) async fn only_a_registry_that_is_not_public_has_its_tokens_on_another_host_that_is_not() {
    const RULE: &str =
        "tokens are fetched by HTTPS, and those of a public registry from its own host name or a public host";
    let authority = Authority::new();
    let pull = |registry: &str, proxy: Option<&Proxy>| {
        let operator = Place::new(b"").with("MORTISE_EGRESS_CA_FILE", authority.file().to_str().expect("UTF-8"));
        let operator = operator.with("MORTISE_REGISTRY", registry).with("MORTISE_REGISTRY_USER", USER);
        let operator = operator.with("MORTISE_REGISTRY_PASSWORD", PASSWORD);
        let operator = proxy.into_iter().fold(operator, |operator, proxy| {
            operator.with("MORTISE_EGRESS_PROXY", &format!("http://{}", proxy.address))
        });
        operator.refused(&["pull", &format!("oci://{registry}/acme:1")], 1)
    };
    // The host of the token request. Asserts that the request has the credentials, and that a later request has the
    // token.
    let asked_at = |heads: &Mutex<Vec<String>>| {
        let heads = heads.lock().unwrap();
        let line = |head: &str, name: &str| head.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned);
        let token = heads.iter().find(|head| head.starts_with("GET /jwt/auth"))?;
        assert!(line(token, "authorization: Basic ").is_some(), "{token}");
        assert!(heads.iter().any(|head| line(head, "authorization: Bearer abc").is_some()), "{heads:?}");
        line(token, "host: ")
    };
    for (registry, realm, refused) in [
        ("registry.acme.internal:5050", "https://gitlab.acme.internal/jwt/auth", None),
        ("registry.example.com:5050", "https://registry.example.com/jwt/auth", None),
        ("registry.acme.internal", "http://gitlab.acme.internal/jwt/auth", Some("which is not HTTPS")),
        ("registry.example.com:5050", "http://registry.example.com/jwt/auth", Some("which is not HTTPS")),
        ("registry.example.com", "https://gitlab.acme.internal/jwt/auth", Some("which is not public")),
        ("registry.example.com", "https://10.0.0.1/jwt/auth", Some("which is not public")),
    ] {
        let (address, heads) = registry_with_realm(realm);
        let domain = if registry.contains("internal") { "*.acme.internal" } else { "*.example.com" };
        let front = authority.in_front_of(address.parse().expect("an address"), domain, 2100).await;
        let proxy = Proxy::start(front.address).await;
        let said = pull(registry, Some(&proxy));
        match refused {
            Some(why) => assert!(said.contains(&format!("{why} ({RULE})")) && asked_at(&heads).is_none(), "{said}"),
            None => assert_eq!(asked_at(&heads).as_deref(), realm.split('/').nth(2), "{registry}: {said}"),
        }
    }

    // Without a proxy, the rule looks at the registry's address.
    let tokens = registry_with_realm("");
    let front = authority.in_front_of(tokens.0.parse().expect("an address"), "127.0.0.1", 2100).await;
    let place = format!("127.0.0.1:{}", front.address.port());
    let (registry, heads) = registry_with_realm(&format!("https://{place}/jwt/auth"));
    let said = pull(&registry, None);
    assert!(said.contains("there is no oci://"), "{said}");
    heads.lock().unwrap().append(&mut tokens.1.lock().unwrap());
    assert_eq!(asked_at(&heads), Some(place));
}

pub(crate) fn what_a_token_endpoint_says_is_short_and_shows_neither_credentials_nor_control_characters() {
    let pair = BASE64_STANDARD.encode(format!("{USER}:{PASSWORD}"));
    let words = format!("\x1b[2J\u{202e}busy\r\n {PASSWORD} {pair} {}", "!".repeat(100_000));
    let (realm, _) = server(move |_| ("503 Service Unavailable".to_owned(), words.clone().into_bytes()));
    let challenge = format!("401 Unauthorized\r\nWWW-Authenticate: Bearer realm=\"http://{realm}/token\"");
    let (registry, _) = server(move |_| (challenge.clone(), Vec::new()));
    let place = Place::new(b"").with("MORTISE_REGISTRY", &registry);
    let place = place.with("MORTISE_REGISTRY_USER", USER).with("MORTISE_REGISTRY_PASSWORD", PASSWORD);
    let said = place.refused(&["pull", &format!("oci://{registry}/acme:1")], 1);
    assert!(said.contains(&realm) && said.contains("answered 503") && said.contains("busy"), "{said}");
    assert!(!said.contains(PASSWORD) && !said.contains(&pair) && said.len() < 1000, "{said}");
    assert!(!said.trim_end().contains(|c: char| c.is_control() || c == '\u{202e}'), "{said:?}");
}

pub(crate) fn a_token_that_a_registry_says_again_and_again_is_not_shown_in_part_either() {
    let token = "t0k3n".repeat(700);
    let answer = format!("{{\"token\":\"{token}\"}}").into_bytes();
    let (realm, _) = server(move |_| ("200 OK".to_owned(), answer.clone()));
    let challenge = format!("401 Unauthorized\r\nWWW-Authenticate: Bearer realm=\"http://{realm}/token\"");
    for times in [1, 3, 100] {
        let (challenge, words) = (challenge.clone(), format!("busy {}", token.repeat(times)));
        let (registry, _) = server(move |path| match path {
            "/v2/" => (challenge.clone(), Vec::new()),
            _ => ("503 Service Unavailable".to_owned(), words.clone().into_bytes()),
        });
        let said = Place::new(b"").refused(&["pull", &format!("oci://{registry}/acme:1")], 1);
        assert!(said.contains("answered 503") && !said.contains("t0k3n"), "{times}: {said}");
        assert_eq!(said.contains("busy"), times < 100, "{times}: an answer of 350 kB is not shown: {said}");
    }
}

/// A loopback server with fixed answers. Returns its address, and the head of each request.
fn server(answers: impl Fn(&str) -> (String, Vec<u8>) + Send + 'static) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback");
    let address = listener.local_addr().expect("an address").to_string();
    let heads = Arc::<Mutex<Vec<String>>>::default();
    let noted = heads.clone();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut request = [0; 4096];
            let read = stream.read(&mut request).unwrap_or_default();
            let head = String::from_utf8_lossy(&request[..read]).into_owned();
            let (status, body) = answers(head.split(' ').nth(1).unwrap_or_default());
            noted.lock().unwrap().push(head);
            let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            let _ = stream.write_all(&[head.as_bytes(), &body].concat());
        }
    });
    (address, heads)
}

/// A registry with one component. `place` gives the location of a blob with this path.
fn registry_with_blobs_elsewhere(
    component: &[u8],
    place: impl Fn(&str) -> String + Send + 'static,
) -> (String, Arc<Mutex<Vec<String>>>) {
    let descriptor = |media_type: &str, bytes: &[u8]| json!({ "mediaType": media_type, "digest": format!("sha256:{}", digest(bytes)), "size": bytes.len() });
    let mut layer = descriptor("application/wasm", component);
    layer["annotations"] = json!({ "org.opencontainers.image.title": "acme.wasm" });
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": descriptor("application/vnd.wasm.config.v0+json", b"{}"),
        "layers": [layer],
    });
    let manifest = manifest.to_string().into_bytes();
    server(move |path| {
        if path.contains("/manifests/") {
            ("200 OK\r\nContent-Type: application/vnd.oci.image.manifest.v1+json".to_owned(), manifest.clone())
        } else if path.contains("/blobs/") {
            (format!("307 Temporary Redirect\r\nLocation: {}", place(path)), Vec::new())
        } else {
            ("200 OK".to_owned(), b"{}".to_vec())
        }
    })
}

pub(crate) fn a_pull_follows_redirections_to_public_places_and_takes_no_credentials_along() {
    let wasm = component("");
    let stored = wasm.clone();
    let (storage, asked_there) = server(move |path| match path {
        path if path.contains("denied") => ("403 Forbidden".to_owned(), b"the link has expired".to_vec()),
        path if path.contains(&digest(b"{}")) => ("200 OK".to_owned(), b"{}".to_vec()),
        _ => ("200 OK".to_owned(), stored.clone()),
    });
    let pull = |place: Box<dyn Fn(&str) -> String + Send>| {
        let (registry, asked) = registry_with_blobs_elsewhere(&wasm, place);
        let operator = Place::new(&wasm).with("MORTISE_REGISTRY", &registry);
        let operator = operator.with("MORTISE_REGISTRY_USER", USER).with("MORTISE_REGISTRY_PASSWORD", PASSWORD);
        (operator, format!("oci://{registry}/acme:1"), asked)
    };
    let to = storage.clone();
    let (operator, reference, asked) = pull(Box::new(move |path| format!("http://{to}{path}")));
    operator.done(&["pull", &reference]);
    assert_eq!(fs::read(operator.path("plugins/acme.wasm")).expect("pulled"), wasm);
    let carried = |heads: &Mutex<Vec<String>>| {
        let heads = heads.lock().unwrap();
        (heads.len(), heads.iter().filter(|head| head.to_lowercase().contains("authorization")).count())
    };
    assert_eq!(
        (carried(&asked), carried(&asked_there)),
        ((4, 3), (2, 0)),
        "v2, the manifest and two blobs, and the blobs"
    );

    let denied = format!("http://{storage}/denied");
    for (place, words) in [
        ("http://registry.example.com/blob".to_owned(), "`http://registry.example.com`, which is not HTTPS".to_owned()),
        ("https://169.254.169.254/latest".to_owned(), "`https://169.254.169.254`, which is not public".to_owned()),
        ("https://localhost/blob".to_owned(), "`https://localhost`, which is not public".to_owned()),
        ("https://[::ffff:10.0.0.1]/blob".to_owned(), "which is not public".to_owned()),
        ("file:///etc/passwd".to_owned(), "which is not HTTPS".to_owned()),
        ("//".to_owned(), "which is not an address".to_owned()),
        ("/v2/acme/blobs/again".to_owned(), "one redirection too many: 10 are followed".to_owned()),
        (denied, format!("{storage}, where 127.0.0.1")),
    ] {
        let (operator, reference, asked) = pull(Box::new(move |_| place.clone()));
        let said = operator.refused(&["pull", &reference], 1);
        assert!(said.contains(&words) && !said.contains(PASSWORD), "`{words}` is not in: {said}");
        assert!(asked.lock().unwrap().len() <= 2 + 11, "{words}");
        assert!(!operator.path("plugins/acme.wasm").exists(), "something was kept");
    }
}

#[tokio::main]
pub(crate) async fn what_is_not_a_component_is_refused_by_name_and_nothing_is_kept() {
    let registry = DockerRegistry::start(None);
    let place = Place::new(&component(""));
    let at = |name: &str| format!("oci://{}/{name}", registry.address);
    let refused = |name: &str, words: &[&str], code: i32| {
        let said = place.refused(&["pull", &if name.contains("//") { name.to_owned() } else { at(name) }], code);
        for words in words {
            assert!(said.contains(words), "{name}: `{words}` is not in: {said}");
        }
        assert!(!place.path("plugins/acme.wasm").exists(), "{name}: something was kept");
    };
    refused("acme:1", &["there is no oci://", "acme:1"], 1);
    for reference in ["oci://acme", "oci://team/acme:1", "https://registry.example.com/acme:1"] {
        let said = place.refused(&["pull", reference], 2);
        assert!(said.contains("is not a reference to a package"), "{said}");
    }
    let nobody = "oci://127.0.0.1:1/acme:1";
    refused(nobody, &["cannot be reached"], 1);
    assert!(place.refused(&["push", "acme", &format!("{}@sha256:{}", at("acme"), "0".repeat(64))], 2).contains("tag"));

    // Images, archives, and components in other forms.
    let wasm = component("");
    let config = put_blob(&registry, "image", "application/vnd.oci.image.config.v1+json", b"{}").await;
    let layer = put_blob(&registry, "image", "application/wasm", &wasm).await;
    put_manifest(&registry, "image", "1", config, json!([layer])).await;
    refused("image:1", &["is not a Wasm artifact", "application/vnd.oci.image.config.v1+json"], 1);
    let config = put_blob(&registry, "image", "application/vnd.wasm.config.v0+json", b"{}").await;
    put_manifest(&registry, "image", "two", config.clone(), json!([layer, layer])).await;
    refused("image:two", &["is not a Wasm artifact", "2 layers"], 1);
    let archive = put_blob(&registry, "image", "application/gzip", b"archive").await;
    put_manifest(&registry, "image", "archive", config.clone(), json!([archive])).await;
    refused("image:archive", &["is not a Wasm artifact", "application/gzip"], 1);
    put_manifest(&registry, "image", "nameless", config.clone(), json!([layer])).await;
    refused("image:nameless", &["does not say which integration it is"], 1);
    let titled = |title: &str| {
        let mut layer = layer.clone();
        layer["annotations"] = json!({ "org.opencontainers.image.title": title });
        json!([layer])
    };
    put_manifest(&registry, "image", "traversal", config.clone(), titled("../acme.wasm")).await;
    refused("image:traversal", &["does not say which integration it is"], 1);
    put_manifest(&registry, "image", "thief", config.clone(), titled("other.wasm")).await;
    refused("image:thief", &["declares the slug `acme`"], 1);
    assert!(!place.path("plugins/other.wasm").exists());

    // The manifest names another place for its parts, to which the client must not go.
    let mut layer = put_blob(&registry, "elsewhere", "application/wasm", &component("(nop)")).await;
    let place_of_it =
        format!("http://{}/v2/elsewhere/blobs/{}", registry.address, layer["digest"].as_str().expect("text"));
    layer["urls"] = json!([place_of_it]);
    layer["annotations"] = json!({ "org.opencontainers.image.title": "acme.wasm" });
    put_manifest(&registry, "image", "elsewhere", config.clone(), json!([layer])).await;
    refused("image:elsewhere", &["there is no oci://"], 1);

    // The client accepts a package of another tool that names the component by its file.
    put_manifest(&registry, "image", "good", config, titled("acme.wasm")).await;
    let limited = Place::new(&wasm)
        .with("MORTISE_LIMITS_COMPONENT_BYTES", "1024")
        .with("MORTISE_LIMITS_INTERPRETER_COMPONENT_BYTES", "1024");
    assert!(limited.refused(&["pull", &at("image:good")], 1).contains("and may have at most 1024"));
    place.done(&["pull", &at("image:good")]);
    fs::remove_file(place.path("plugins/acme.wasm")).expect("there");

    // Bytes that do not match their digest.
    let kept = registry.files_with(&wasm);
    assert!(!kept.is_empty());
    let mut other = wasm.clone();
    *other.last_mut().expect("bytes") ^= 1;
    for file in kept {
        fs::write(file, &other).expect("writable");
    }
    refused("image:good", &["sent other bytes than `sha256:"], 1);
}
