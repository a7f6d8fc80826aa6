//! Flags that several subcommands share.

use std::env;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use mortise_policy::origin::Origin;

use crate::config::{AdminListen, Config, ConfigError, ConfigErrors, LogFormat, Source, Sources};

/// The configuration file, for commands with no other flags for the configuration.
#[derive(Debug, Args)]
#[command(next_help_heading = "Configuration")]
pub(super) struct ConfigFile {
    /// Configuration file [default: `mortise.toml` in the working directory, if there is one]
    #[arg(long, value_name = "FILE", env = "MORTISE_CONFIG", hide_env_values = true)]
    config: Option<PathBuf>,
}

/// For commands that load a component. A flag wins over its variable, and both win over the configuration file.
#[derive(Debug, Args)]
#[command(next_help_heading = "Configuration")]
pub(super) struct DataArgs {
    #[command(flatten)]
    file: ConfigFile,
    /// Directory that the host owns: database, master key, compile cache [default: data] [env: MORTISE_DATA_DIR]
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
}

/// For commands that load the components that a host would serve.
#[derive(Debug, Args)]
#[command(next_help_heading = "Configuration")]
pub(super) struct PluginArgs {
    #[command(flatten)]
    data: DataArgs,
    /// Directory with the components, <slug>.wasm each [default: plugins] [env: MORTISE_PLUGINS_DIR]
    #[arg(long, value_name = "DIR")]
    plugins_dir: Option<PathBuf>,
    /// File with the grants [default: mortise.lock] [env: MORTISE_LOCK_FILE]
    #[arg(long, value_name = "FILE")]
    lock_file: Option<PathBuf>,
}

/// Where the host keeps its database, key and cache.
#[derive(Debug, Args)]
#[command(next_help_heading = "Configuration")]
pub(super) struct ConfigArgs {
    #[command(flatten)]
    plugins: PluginArgs,
    /// File with the master key [default: master.key in the data directory] [env: MORTISE_MASTER_KEY_FILE]
    #[arg(long, value_name = "FILE")]
    master_key_file: Option<PathBuf>,
}

impl ConfigFile {
    /// The configuration of file and environment.
    pub(super) fn load(&self) -> Result<Config, ConfigErrors> {
        let mut environment = Vec::new();
        for (name, value) in env::vars_os() {
            match (name.into_string(), value.into_string()) {
                (Ok(name), Ok(value)) => environment.push((name, value)),
                (Ok(name), Err(_)) if name.starts_with("MORTISE_") => {
                    return Err(ConfigErrors(vec![ConfigError::variable(&name, "must be UTF-8")]));
                }
                _ => {}
            }
        }
        Config::load(self.config.as_deref(), environment)
    }
}

impl DataArgs {
    /// The configuration with these flags on top.
    pub(super) fn load(self) -> Result<Config, ConfigErrors> {
        let mut config = self.file.load()?;
        set(&mut config.sources, "data_dir", "--data-dir", &mut config.data_dir, self.data_dir);
        Ok(config)
    }
}

impl PluginArgs {
    /// The configuration with these flags on top.
    pub(super) fn load(self) -> Result<Config, ConfigErrors> {
        let mut config = self.data.load()?;
        let Config { plugins_dir, lock_file, sources, .. } = &mut config;
        set(sources, "plugins_dir", "--plugins-dir", plugins_dir, self.plugins_dir);
        set(sources, "lock_file", "--lock-file", lock_file, self.lock_file);
        Ok(config)
    }
}

impl ConfigArgs {
    /// The configuration with these flags on top.
    pub(super) fn load(self) -> Result<Config, ConfigErrors> {
        let mut config = self.plugins.load()?;
        let Config { master_key_file, sources, .. } = &mut config;
        set(sources, "master_key_file", "--master-key-file", master_key_file, self.master_key_file.map(Some));
        Ok(config)
    }
}

/// Puts a flag over the value from the file and the environment.
fn set<T>(sources: &mut Sources, key: &str, flag: &'static str, setting: &mut T, given: Option<T>) {
    if let Some(value) = given {
        *setting = value;
        sources.set(key, Source::Flag(flag));
    }
}

/// How a host serves, for `#[command(flatten)]`.
#[derive(Debug, Args)]
pub(super) struct HostArgs {
    /// Address and port of the API [default: 127.0.0.1:8080] [env: MORTISE_LISTEN]
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// Address and port of the operator's routes, or off [default: 127.0.0.1:8081] [env: MORTISE_ADMIN_LISTEN]
    #[arg(long, value_name = "ADDRESS:PORT")]
    admin_listen: Option<AdminListen>,
    /// How log lines are written [default: auto: as text on a terminal, else as JSON]
    #[arg(long, value_name = "FORMAT")]
    log_format: Option<LogFormat>,
    #[command(flatten)]
    origins: Origins,
}

impl HostArgs {
    /// Puts the flags into the configuration.
    pub(super) fn apply(self, config: &mut Config) {
        let Config { listen, admin_listen, log_format, sources, .. } = config;
        set(sources, "listen", "--listen", listen, self.listen);
        set(sources, "admin_listen", "--admin-listen", admin_listen, self.admin_listen);
        set(sources, "log_format", "--log-format", log_format, self.log_format);
        self.origins.apply(config);
    }
}

/// `--origin`, for `#[command(flatten)]`.
#[derive(Debug, Args)]
pub(super) struct Origins {
    /// Reach an integration's vendor at another base URL: a sandbox, a proxy, a test server. `http` and private
    /// addresses are allowed for exactly that host and port. May be repeated
    #[arg(long = "origin", value_name = "SLUG=URL", value_parser = origin)]
    overrides: Vec<(String, String)>,
}

impl Origins {
    /// The slugs that are named.
    #[cfg(feature = "authoring")]
    pub(super) fn slugs(&self) -> impl Iterator<Item = &str> {
        self.overrides.iter().map(|(slug, _)| slug.as_str())
    }

    /// Puts the overrides into the configuration.
    pub(super) fn apply(self, config: &mut Config) {
        for (slug, url) in self.overrides {
            config.sources.set(format!("integrations.{slug}.origin"), Source::Flag("--origin"));
            config.integrations.entry(slug).or_default().origin = Some(url);
        }
    }
}

fn origin(argument: &str) -> Result<(String, String), String> {
    let (slug, url) = argument.split_once('=').ok_or("expected SLUG=URL, such as acme=http://127.0.0.1:4010/v1")?;
    if slug.is_empty() {
        return Err("the slug before `=` is missing".to_owned());
    }
    Origin::parse_override(url).map_err(|e| e.to_string())?;
    Ok((slug.to_owned(), url.to_owned()))
}

/// Reads an argument such as `name=value`.
pub(super) fn pair(argument: &str) -> Result<(String, String), String> {
    match argument.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("expected NAME=VALUE".to_owned()),
    }
}
