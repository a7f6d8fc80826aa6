//! Flags that several subcommands share.

use std::env;
use std::path::PathBuf;

use clap::Args;
use mortise_policy::origin::Origin;

use crate::config::{Config, ConfigError};

/// Where the host keeps its things. Each flag is stronger than its variable, and both than the configuration file.
#[derive(Debug, Args)]
#[command(next_help_heading = "Configuration")]
pub(super) struct ConfigArgs {
    /// Configuration file; `mortise.toml` in the working directory where it exists
    #[arg(long, value_name = "FILE", env = "MORTISE_CONFIG")]
    config: Option<PathBuf>,
    /// Directory that the host owns: database, master key, compile cache [default: data]
    #[arg(long, value_name = "DIR", env = "MORTISE_DATA_DIR")]
    data_dir: Option<PathBuf>,
    /// Directory with the components, <slug>.wasm each [default: plugins]
    #[arg(long, value_name = "DIR", env = "MORTISE_PLUGINS_DIR")]
    plugins_dir: Option<PathBuf>,
    /// File with the grants [default: mortise.lock]
    #[arg(long, value_name = "FILE", env = "MORTISE_LOCK_FILE")]
    lock_file: Option<PathBuf>,
    /// File with the master key [default: master.key in the data directory]
    #[arg(long, value_name = "FILE", env = "MORTISE_MASTER_KEY_FILE")]
    master_key_file: Option<PathBuf>,
}

impl ConfigArgs {
    /// The configuration with these flags on top.
    pub(super) fn load(self) -> Result<Config, ConfigError> {
        // A variable that is not UTF-8 is none of ours.
        let environment = env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?)));
        let mut config = Config::load(self.config.as_deref(), environment)?;
        set(&mut config.data_dir, self.data_dir);
        set(&mut config.plugins_dir, self.plugins_dir);
        set(&mut config.lock_file, self.lock_file);
        config.master_key_file = self.master_key_file.or(config.master_key_file);
        Ok(config)
    }
}

/// Puts a flag over what the file says.
pub(super) fn set<T>(setting: &mut T, flag: Option<T>) {
    if let Some(value) = flag {
        *setting = value;
    }
}

/// `--origin`, for `#[command(flatten)]`.
#[derive(Debug, Args)]
pub(super) struct Origins {
    /// Reach an integration's vendor at another base URL: a sandbox, a proxy, a test server. `http` and private addresses are
    /// allowed for exactly that host and port. May be repeated
    #[arg(long = "origin", value_name = "SLUG=URL", value_parser = origin)]
    overrides: Vec<(String, String)>,
}

impl Origins {
    /// The slugs that are named.
    pub(super) fn slugs(&self) -> impl Iterator<Item = &str> {
        self.overrides.iter().map(|(slug, _)| slug.as_str())
    }

    /// Puts the overrides into the configuration.
    pub(super) fn apply(self, config: &mut Config) {
        for (slug, url) in self.overrides {
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
