//! The credentials for a registry: from the environment, or from Docker's configuration.

use std::collections::BTreeMap;
use std::env;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use mortise_files as files;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use zeroize::Zeroizing;

/// The registry that the two variables below are for, as references to it name it: `host` or `host:port`.
const REGISTRY: &str = "MORTISE_REGISTRY";
/// The variables that win over any file.
const USER: &str = "MORTISE_REGISTRY_USER";
const PASSWORD: &str = "MORTISE_REGISTRY_PASSWORD";

/// Larger than any configuration of Docker, in bytes.
const MAX_CONFIG: u64 = 1 << 20;

/// A user name and a password or token.
#[derive(Debug, Clone)]
pub(super) struct Credentials {
    pub(super) user: String,
    pub(super) password: SecretString,
}

impl Credentials {
    /// The password, and the value of HTTP Basic made of both.
    pub(super) fn as_sent(&self) -> [Zeroizing<String>; 2] {
        let password = Zeroizing::new(self.password.expose_secret().to_owned());
        let pair = Zeroizing::new(format!("{}:{}", self.user, *password));
        let encoded = Zeroizing::new(BASE64_STANDARD.encode(pair.as_bytes()));
        [password, encoded]
    }
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct DockerConfig {
    auths: BTreeMap<String, Entry>,
    cred_helpers: BTreeMap<String, String>,
    creds_store: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Entry {
    auth: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Helped {
    username: String,
    secret: String,
}

/// The credentials for this registry; `None` for an anonymous caller.
///
/// # Errors
/// If one of the variables is set without the others, or Docker's configuration or its helper cannot be used.
pub(super) fn find(registry: &str) -> Result<Option<Credentials>> {
    let variable = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
    match (variable(USER), variable(PASSWORD)) {
        (Some(user), Some(password)) => {
            // They are bound to one registry: a reference that somebody else wrote must not get them.
            let Some(named) = variable(REGISTRY) else {
                bail!("{USER} and {PASSWORD} are set, and {REGISTRY} does not say for which registry: set it, too");
            };
            if named.eq_ignore_ascii_case(registry) {
                return Ok(Some(Credentials { user, password: password.into() }));
            }
        }
        (None, None) => {}
        _ => bail!("{USER} and {PASSWORD} belong together: set both or none"),
    }
    let folder = env::var_os("DOCKER_CONFIG").map(PathBuf::from);
    let Some(folder) = folder.or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".docker"))) else {
        return Ok(None);
    };
    let path = folder.join("config.json");
    let text = match files::read(&path, MAX_CONFIG) {
        Ok(text) => SecretString::from(String::from_utf8_lossy(&text).into_owned()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    };
    // The parser's message could contain a part of the file.
    let Ok(config) = serde_json::from_str::<DockerConfig>(text.expose_secret()) else {
        bail!("{} is not a configuration file of Docker", path.display());
    };
    if let Some(helper) = config.cred_helpers.get(registry).or(config.creds_store.as_ref()) {
        return ask(helper, registry);
    }
    let with_scheme = [format!("https://{registry}"), format!("https://{registry}/v1/")];
    let entry =
        [registry].into_iter().chain(with_scheme.iter().map(String::as_str)).find_map(|name| config.auths.get(name));
    let Some(auth) = entry.and_then(|entry| entry.auth.as_ref()) else { return Ok(None) };
    let decoded = BASE64_STANDARD.decode(auth.trim()).ok().and_then(|text| String::from_utf8(text).ok());
    let pair = decoded.as_ref().and_then(|text| text.split_once(':'));
    let Some((user, password)) = pair else {
        bail!("{}: the credentials of {registry} are not user and password in base64", path.display());
    };
    Ok(Some(Credentials { user: user.to_owned(), password: password.to_owned().into() }))
}

/// Asks the program that keeps credentials for Docker.
fn ask(helper: &str, registry: &str) -> Result<Option<Credentials>> {
    let program = format!("docker-credential-{helper}");
    let mut child = Command::new(&program)
        .arg("get")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .with_context(|| format!("{program}, which keeps Docker's credentials, does not start"))?;
    if let Some(mut stdin) = child.stdin.take() {
        // A program that does not read its input says why by its status.
        let _ = stdin.write_all(registry.as_bytes());
    }
    let output = child.wait_with_output().with_context(|| format!("{program} was lost"))?;
    if !output.status.success() {
        // The program knows none.
        return Ok(None);
    }
    let Ok(Helped { username, secret }) = serde_json::from_slice(&output.stdout) else {
        bail!("the answer of {program} cannot be read");
    };
    Ok(Some(Credentials { user: username, password: secret.into() }))
}
