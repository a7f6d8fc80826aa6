//! Calls that differ from the recording: what an integration does with answers, cursors and identifiers that its
//! cassettes do not have.

use anyhow::Result;
use mortise_authoring::cassette::format::{Answer, Cassette, Request};
use uuid::Uuid;

use super::replay::{Player, Run};
use super::script::{Instead, Tape};

/// The result of a call.
#[derive(Debug)]
pub struct Observed {
    /// The answer, with a placeholder for its cursor.
    pub answer: Answer,
    /// The requests to the vendor. Each got the answer at its place in the cassette.
    pub requests: Vec<Request>,
    /// Where the list continues.
    pub next: Option<Next>,
}

/// Where a list continues.
#[derive(Debug, Clone)]
pub struct Next {
    /// The integration's own cursor of the page; `None` for the rest of its first page.
    pub cursor: Option<String>,
    /// The caller's cursor.
    sealed: String,
}

/// A list that a caller reads page by page.
pub struct Walk<'p> {
    player: &'p Player,
    account: Uuid,
    next: Option<Next>,
}

impl Player {
    /// Makes the call of a cassette, whatever the integration requests from its vendor: each request gets the recorded
    /// answer at its place.
    ///
    /// # Errors
    /// If the host gives no answer.
    pub async fn observe(&self, cassette: &Cassette) -> Result<Observed> {
        let account = self.account(cassette).await?;
        let cursor = self.stage.sealed(&cassette.call, account)?;
        let run = self.call(cassette, account, cursor.as_deref(), Tape::lenient).await?;
        self.observed(run, account)
    }

    /// The host's answer to the call of a cassette whose vendor gives another answer.
    ///
    /// # Errors
    /// If the host gives none.
    pub async fn answer_instead(&self, cassette: &Cassette, instead: Instead) -> Result<Answer> {
        Ok(self.run(cassette, |tape| tape.instead(instead)).await?.answer)
    }

    /// Starts to read a list, for an account with the variables of this cassette.
    ///
    /// # Errors
    /// If the host cannot make the account.
    pub async fn walk(&self, cassette: &Cassette) -> Result<Walk<'_>> {
        Ok(Walk { player: self, account: self.account(cassette).await?, next: None })
    }

    fn observed(&self, run: Run, account: Uuid) -> Result<Observed> {
        let next = match run.next {
            Some(sealed) => Some(Next { cursor: self.stage.opened(&sealed, account)?, sealed }),
            None => None,
        };
        Ok(Observed { answer: run.answer, requests: run.script.requests, next })
    }
}

impl Walk<'_> {
    /// Reads the next page, or at first the first one, with the parameters and the vendor's answers of this cassette.
    /// It ignores the cassette's own cursor.
    ///
    /// # Errors
    /// If the host gives no answer.
    pub async fn page(&mut self, cassette: &Cassette) -> Result<Observed> {
        let cursor = self.next.as_ref().map(|next| next.sealed.as_str());
        let run = self.player.call(cassette, self.account, cursor, Tape::lenient).await?;
        let observed = self.player.observed(run, self.account)?;
        self.next.clone_from(&observed.next);
        Ok(observed)
    }
}
