//! Accepts the actual results: writes the requests and the answer of a cassette that does not pass into its file, for
//! review.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use mortise_authoring::cassette::format::{Cassette, LIMIT};
use mortise_authoring::cassette::write;
use mortise_files as files;
use serde::Serialize;

use super::replay::Player;
use super::script::Tape;
use super::splice::splice;

/// The outcome for a cassette that did not pass.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Accepted {
    /// The file has the actual results.
    Written(PathBuf),
    /// The file is unchanged, for this reason.
    Refused(String),
}

impl Player {
    /// Plays a cassette and writes the actual results into its file: for each request what the integration sends,
    /// without what signs it, and the answer. It writes only if a second call has the same results.
    pub(super) async fn accept(&self, cassette: &Cassette) -> Accepted {
        match self.rewrite(cassette).await {
            Ok(()) => Accepted::Written(cassette.file.clone()),
            Err(error) => Accepted::Refused(format!("{error:#}")),
        }
    }

    async fn rewrite(&self, cassette: &Cassette) -> Result<()> {
        let run = self.run(cassette, Tape::lenient).await?;
        if let Some(why) = run.broken {
            bail!("{why}");
        }
        if let Some(difference) = run.script.differences.first() {
            bail!(
                "{}: {}: only the vendor knows its answers, so change the exchanges and sign-ins by hand",
                difference.place,
                difference.message
            );
        }
        let mut accepted = cassette.clone();
        for (exchange, request) in accepted.exchanges.iter_mut().zip(run.script.requests) {
            exchange.request = request;
        }
        accepted.answer = run.answer.in_place_of(&cassette.answer);
        if let Some(difference) = self.play(&accepted).await.differences.first() {
            bail!(
                "{}: {}: the host does not write what signs a request, and cannot record what is different in each call",
                difference.place,
                difference.message
            );
        }
        let file = &cassette.file;
        let text = files::read_text(file, LIMIT).with_context(|| format!("cannot read {}", file.display()))?;
        write(file, &splice(&text, &accepted)?)
    }
}
