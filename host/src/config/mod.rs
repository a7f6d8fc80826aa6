//! The host's one typed configuration. Every default and unit is beside its field.
//!
//! It has three sources, and each wins over the one before: the file (TOML), the environment (`MORTISE_LISTEN`,
//! `MORTISE_DATA_DIR`, …, and `MORTISE_LIMITS_CALL_DEADLINE_MS` and so on for each of [`Limits`]), and the flags, which
//! the command line puts on top. Relative paths are relative to the working directory.

mod class;
mod connect;
mod egress;
mod integration;
mod limits;
mod listen;
mod log_format;
mod read;
mod settings;
mod source;
mod web;
mod webhook;

pub use class::{Bounds, Class};
pub use connect::{BadRedirect, ConnectConfig, RedirectUri, callback_url};
pub use egress::{BadProxy, EgressConfig, Proxy};
pub use integration::IntegrationConfig;
pub use limits::Limits;
pub use listen::AdminListen;
pub use log_format::LogFormat;
pub use settings::Config;
pub use source::{ConfigError, ConfigErrors, Source, Sources};
pub use web::{BadColor, BadOrigin, Color, WebOrigin};
pub(crate) use webhook::MOST_TARGET;
pub use webhook::{BadReceiver, ReceiverOrigin, WebhookConfig};
