//! A whole cassette.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Answer, Call, Exchange, SignIn};

/// The largest cassette, or other file of its kind, that is read, in bytes.
pub const LIMIT: u64 = 4 << 20;

/// One recorded call.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cassette {
    /// The file that it was read from. Not in the file itself.
    #[serde(skip)]
    pub file: PathBuf,
    /// The address of this schema, for editors. Default: none.
    #[serde(rename = "$schema", default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// What the recording shows, for its readers.
    pub description: String,
    /// What the caller asked of the unified API.
    pub call: Call,
    /// The sign-ins that the host makes for the account, in order, if its scheme has one. Default: the vendor accepts
    /// every sign-in and answers with placeholders.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sign_ins: Vec<SignIn>,
    /// The vendor requests that the integration makes, in order. If the host repeats one, each attempt is an exchange.
    pub exchanges: Vec<Exchange>,
    /// What the caller gets.
    pub answer: Answer,
}

impl Cassette {
    /// The name of its file, without the ending.
    pub fn name(&self) -> String {
        self.file.file_stem().unwrap_or_default().to_string_lossy().into_owned()
    }
}
