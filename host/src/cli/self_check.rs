//! `mortise self-check`: what works on this machine.

use anyhow::Result;
use clap::Args;
use serde_json::json;

use super::args::ConfigArgs;
use super::output::{Json, print_json, print_table};
use super::run::block_on;
use crate::self_check::SelfCheck;

/// Tries what a host needs of this machine, one line for each part, and changes nothing
///
/// Run it on a new machine, in a new container or under a new unit, as the user and with the settings of the host. It tries things out:
/// it reserves the memory of all calls, compiles and runs a small component, reads the certificate authorities, and asks the database
/// whether it can be written. `mortise check-config` reads each setting instead, and runs nothing.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mortise self-check
  mortise self-check --json
  mortise self-check --config /etc/mortise/mortise.toml
  podman run --rm mortise self-check

Parts: kernel, sandbox, open files, certificates, data directory, database, master key, plugins, public URL.
ok: it works. warn: a host starts and serves less than was configured. fail: a host does not start, or serves nothing. A message ends with what to do.
With --json: {\"ok\", \"findings\": [{\"part\", \"state\", \"message\"}]}.
Exit status: 0 nothing fails, 1 something around the host does not work now, 2 the configuration must change.")]
pub(super) struct SelfCheckArgs {
    #[command(flatten)]
    json: Json,
    #[command(flatten)]
    config: ConfigArgs,
}

impl SelfCheckArgs {
    pub(super) fn run(self) -> Result<()> {
        let checked = match self.config.load() {
            Ok(config) => block_on(async { Ok(SelfCheck::of(&config).await) })?,
            Err(errors) => SelfCheck::unreadable(errors),
        };
        let verdict = checked.verdict();
        let findings = checked.findings();
        if self.json.json {
            print_json(&json!({ "ok": verdict.is_ok(), "findings": findings }))?;
        } else {
            let rows = findings.iter().map(|f| [f.state.as_str().to_owned(), f.part.to_owned(), f.message.clone()]);
            print_table(&["STATE", "PART", "FOUND"], rows)?;
        }
        Ok(verdict?)
    }
}
