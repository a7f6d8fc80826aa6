//! The whole configuration, and what follows from its settings.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use anyhow::Context;
use mortise_files as files;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::connect::ConnectConfig;
use super::egress::EgressConfig;
use super::integration::IntegrationConfig;
use super::limits::Limits;
use super::listen::AdminListen;
use super::log_format::LogFormat;
use super::source::{ConfigError, Sources};
use super::webhook::WebhookConfig;

/// Everything that an operator can set.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Address of the API. Default `127.0.0.1:8080`.
    pub listen: SocketAddr,
    /// Address of the operator's routes, which need no token there. Default `127.0.0.1:8081`. With `off` or an empty
    /// value the host does not listen there.
    pub admin_listen: AdminListen,
    /// How `serve` writes its log. Default `auto`.
    pub log_format: LogFormat,
    /// Directory that the host owns: database, master key, compile cache. Default `data`.
    pub data_dir: PathBuf,
    /// The database: `postgres://user:password@host/name?sslmode=verify-full` and the like, or
    /// `sqlite://file?mode=rwc`. Default: the file `mortise.db` in `data_dir`. `DATABASE_URL` is the variable. No
    /// message shows it, because it can contain a password.
    #[serde(deserialize_with = "secret", serialize_with = "without_credentials")]
    pub database_url: Option<SecretString>,
    /// Directory with the components to load, `<slug>.wasm` each. Default `plugins`.
    pub plugins_dir: PathBuf,
    /// The grants: digest and origins of every plugin that may be served. Default `mortise.lock`.
    pub lock_file: PathBuf,
    /// Master key of the credential vault: a file with mode 0600. Default `master.key` in `data_dir`. If
    /// `MORTISE_MASTER_KEY` is set, the host does not read the file.
    pub master_key_file: Option<PathBuf>,
    /// Bounds of everything that a caller, a guest or a vendor can fill.
    pub limits: Limits,
    /// How vendors and registries are reached.
    pub egress: EgressConfig,
    /// How customers connect their accounts.
    pub connect: ConnectConfig,
    /// Where webhooks may go.
    pub webhook: WebhookConfig,
    /// Settings of single integrations, by slug.
    pub integrations: BTreeMap<String, IntegrationConfig>,
    /// Where each of these was set.
    #[serde(skip)]
    pub sources: Sources,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            admin_listen: AdminListen(Some(SocketAddr::from((Ipv4Addr::LOCALHOST, 8081)))),
            log_format: LogFormat::default(),
            data_dir: "data".into(),
            database_url: None,
            plugins_dir: "plugins".into(),
            lock_file: "mortise.lock".into(),
            master_key_file: None,
            limits: Limits::default(),
            egress: EgressConfig::default(),
            connect: ConnectConfig::default(),
            webhook: WebhookConfig::default(),
            integrations: BTreeMap::new(),
            sources: Sources::default(),
        }
    }
}

impl Config {
    /// An error about the setting of that dotted key, with the place where it was set.
    pub fn wrong(&self, key: &str, message: impl Into<String>) -> ConfigError {
        ConfigError::Invalid { key: key.to_owned(), origin: self.sources.of(key), message: message.into() }
    }

    /// The file with the master key, which the host reads unless `MORTISE_MASTER_KEY` is set.
    pub fn master_key_path(&self) -> PathBuf {
        self.master_key_file.clone().unwrap_or_else(|| self.data_dir.join("master.key"))
    }

    /// The URL of the database: the configured one, or that of the file in the data directory. If that directory does
    /// not exist, this makes it with mode 0700.
    ///
    /// # Errors
    /// If the directory cannot be made or found.
    pub fn database_url(&self) -> anyhow::Result<SecretString> {
        if let Some(url) = &self.database_url {
            return Ok(url.clone());
        }
        let prepared = files::create_private_dir(&self.data_dir).and_then(|()| self.data_dir.canonicalize());
        let directory =
            prepared.with_context(|| format!("cannot make the data directory {}", self.data_dir.display()))?;
        Ok(sqlite_url(&directory))
    }

    /// Like [`Config::database_url`], but makes nothing: `None` if there is no data directory yet.
    pub fn existing_database_url(&self) -> Option<SecretString> {
        self.database_url.clone().or_else(|| Some(sqlite_url(&self.data_dir.canonicalize().ok()?)))
    }
}

/// The URL of the SQLite database in that directory.
fn sqlite_url(directory: &Path) -> SecretString {
    let file = directory.join("mortise.db").into_os_string().into_encoded_bytes();
    // Slashes stay: they separate the URL's path as they separate the file's.
    const PATH: AsciiSet = NON_ALPHANUMERIC.remove(b'/').remove(b'.').remove(b'-').remove(b'_');
    let path = percent_encode(&file, &PATH);
    format!("sqlite://{path}?mode=rwc").into()
}

fn secret<'de, D: Deserializer<'de>>(text: D) -> Result<Option<SecretString>, D::Error> {
    Ok(Option::<String>::deserialize(text)?.map(SecretString::from))
}

/// Host and path, without user, password and parameters.
fn without_credentials<S: Serializer>(url: &Option<SecretString>, serializer: S) -> Result<S::Ok, S::Error> {
    let shown = url.as_ref().map(|url| match url::Url::parse(url.expose_secret()) {
        Ok(url) => format!("{}://{}{}", url.scheme(), url.host_str().unwrap_or_default(), url.path()),
        Err(_) => "not a URL".to_owned(),
    });
    shown.serialize(serializer)
}
