//! `mortise call list`: one page as it is, or one user a line.

use std::io::{self, IsTerminal, Write};

use anyhow::{Result, anyhow};
use clap::Args;
use mortise_model::Category;
use mortise_terminal::progress::{self, Progress};
use reqwest::{Client, Method};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::target::{Target, print};
use crate::cli::args::pair;
use crate::cli::serving::{pause, send, whole};
use crate::config::ConfigError;

/// Pauses before one page.
const PAUSES: usize = 3;
/// Formats whose answers have separate users.
const WITH_USERS: [&str; 2] = ["unified", "normalized"];
/// Parameters with which an answer is not a page of users one after another, or not the next page, and what to do about
/// them.
const NOT_OF_LINES: [(&str, &str); 4] = [
    ("truto_key_by", "makes one object of all users: leave it out"),
    ("truto_response_format", "decides whether there are users: use --format"),
    ("next_cursor", "would give the same page each time: use --cursor"),
    ("mortise_dry_run", "lists no users: leave it out, or leave out --all and --json"),
];

/// Lists users: GET /unified/{category}/users
///
/// Prints one page as the host answers it, with the cursor of the next one. With --all it prints all pages, one user a
/// line, and pauses when the host or the vendor asks for it. If a page fails, the exit status is 1. The message then
/// says how many users are written and with which cursor to continue, or that the list must begin again.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mortise call list ticketing --account 6e92a185-7953-48c8-a4aa-0a2f629a7209 --limit 20
  mortise call list crm --account 6e92a185-7953-48c8-a4aa-0a2f629a7209 --filter email=ada@example.com
  mortise call list crm --account 6e92a185-7953-48c8-a4aa-0a2f629a7209 --all > users.jsonl
  mortise call list crm --account 6e92a185-7953-48c8-a4aa-0a2f629a7209 --all --cursor \"$CURSOR\" >> users.jsonl
  mortise call list user-directory --account 6e92a185-7953-48c8-a4aa-0a2f629a7209 --all \\
    --filter 'updated_at[gte]=2026-11-01T00:00:00Z' --sort created_at=desc | jq -r .name

GET /docs of the host lists the filters and orders of an integration. The host refuses others.")]
pub(in crate::cli) struct List {
    /// ticketing, user-directory or crm
    category: Category,
    /// The most users on a page [default: the vendor's usual number]
    #[arg(long, value_name = "ROWS")]
    limit: Option<u64>,
    /// Continue after an earlier page: its next_cursor, with all other flags as before
    #[arg(long, value_name = "CURSOR")]
    cursor: Option<String>,
    /// Only users with this value, such as `email=ada@example.com` or `created_at[gte]=2026-11-01T00:00:00Z`. May be repeated
    #[arg(long = "filter", value_name = "NAME=VALUE", value_parser = pair)]
    filters: Vec<(String, String)>,
    /// The order of the users: FIELD, FIELD=asc or FIELD=desc
    #[arg(long, value_name = "FIELD[=desc]", value_parser = order)]
    sort: Option<(String, String)>,
    /// Page through the whole list, one user a line
    #[arg(long, conflicts_with = "dry_run")]
    all: bool,
    /// Print one user a line, in JSON; the cursor of the next page goes to standard error
    #[arg(long, conflicts_with = "dry_run")]
    json: bool,
    #[command(flatten)]
    target: Target,
}

/// An order as its query parameter: `name=desc` is `sort_by[name]=desc`.
fn order(argument: &str) -> Result<(String, String), String> {
    let (field, order) = argument.split_once('=').unwrap_or((argument, "asc"));
    match order {
        "asc" | "desc" if !field.is_empty() => Ok((format!("sort_by[{field}]"), order.to_owned())),
        _ => Err("expected FIELD, FIELD=asc or FIELD=desc".to_owned()),
    }
}

/// A page's users, and the cursor with which the list continues.
#[derive(Debug, Deserialize)]
struct Page {
    result: Vec<Box<RawValue>>,
    next_cursor: Option<String>,
}

/// How much of a list is read.
#[derive(Debug)]
struct Written {
    users: usize,
    pages: usize,
    /// The cursor of the next page; `None` for the first one.
    cursor: Option<String>,
}

impl List {
    pub(super) async fn run(self) -> Result<()> {
        if !(self.all || self.json) {
            let parameters = self.parameters(self.cursor.as_deref());
            return print(self.target.request(Method::GET, self.category, None, &parameters)?).await;
        }
        if let Some(format) = self.target.format.as_deref().filter(|format| !WITH_USERS.contains(format)) {
            let message =
                format!("--all and --json print users, and the format {format} has none: leave one of them out");
            return Err(ConfigError::Unusable(message).into());
        }
        let given = || self.target.params.iter().chain(&self.filters).map(|(name, _)| name);
        if let Some((name, why)) = NOT_OF_LINES.iter().find(|(name, _)| given().any(|given| given == name)) {
            let message = format!("--all and --json print users, and the parameter {name} {why}");
            return Err(ConfigError::Unusable(message).into());
        }
        self.lines().await
    }

    fn parameters(&self, cursor: Option<&str>) -> Vec<(&str, String)> {
        let pairs = self.filters.iter().chain(&self.sort).map(|(name, value)| (name.as_str(), value.clone()));
        let limit = self.limit.map(|limit| ("limit", limit.to_string()));
        pairs.chain(limit).chain(cursor.map(|cursor| ("next_cursor", cursor.to_owned()))).collect()
    }

    /// Prints users until the list or, without `--all`, its page ends.
    async fn lines(&self) -> Result<()> {
        // The lines on the terminal show the progress.
        let shown = (!io::stdout().is_terminal()).then(|| Progress::start("listing users, page", None));
        let client = self.target.host.client()?;
        let mut written = Written { users: 0, pages: 0, cursor: self.cursor.clone() };
        loop {
            let page = self.page(&client, &mut written, shown.as_ref()).await?;
            let mut lines = String::new();
            for user in &page.result {
                // Line breaks in JSON text are escaped: those that are left stand between members.
                lines.push_str(&user.get().replace(['\n', '\r'], " "));
                lines.push('\n');
            }
            let mut out = io::stdout().lock();
            out.write_all(lines.as_bytes())?;
            out.flush()?;
            written.users += page.result.len();
            written.pages += 1;
            written.cursor = page.next_cursor;
            if let Some(shown) = &shown {
                shown.done(&format!("{} users", written.users));
                shown.now(format!("{} users", written.users));
            }
            if !self.all || written.cursor.is_none() {
                break;
            }
        }
        drop(shown);
        progress::settle();
        eprintln!("{} users on {} pages", written.users, written.pages);
        if let Some(cursor) = &written.cursor {
            eprintln!("next_cursor: {cursor}");
        }
        Ok(())
    }

    /// The page at the cursor. Pauses as long as the host asks for.
    async fn page(&self, client: &Client, written: &mut Written, shown: Option<&Progress>) -> Result<Page> {
        let mut pauses = 0..PAUSES;
        loop {
            let parameters = self.parameters(written.cursor.as_deref());
            let url = self.target.url(self.category, None, &parameters)?;
            let asked = async {
                let answer = send(client.get(url)).await?;
                let (status, pause) = (answer.status(), pause(&answer));
                anyhow::Ok((status, pause, whole(answer).await?))
            };
            let (status, pause, body) = asked.await.map_err(|error| written.failed(&error))?;
            if status.is_success() {
                return serde_json::from_slice(&body)
                    .map_err(|error| written.failed(&anyhow!(error).context("the answer is not a page of users")));
            }
            match pause.filter(|_| pauses.next().is_some()) {
                Some(pause) => {
                    if let Some(shown) = shown {
                        shown.now(format!("{} users, a pause of {} s", written.users, pause.as_secs()));
                    }
                    tokio::time::sleep(pause).await;
                }
                None => {
                    let Refusal { message, further, of_cursor } = Refusal::read(&body);
                    let cause = anyhow!("HTTP {status}: {message}");
                    if of_cursor {
                        return Err(written.cut_off(&cause, self.cursor.as_deref()));
                    }
                    written.cursor = further.or_else(|| written.cursor.take());
                    return Err(written.failed(&cause));
                }
            }
        }
    }
}

impl Written {
    /// Says which page failed, and how to continue.
    fn failed(&self, cause: &anyhow::Error) -> anyhow::Error {
        match &self.cursor {
            Some(cursor) => self.told(cause, &format!("continue with --cursor {cursor}")),
            None => anyhow!("page {}: {cause:#}\nno user is written", self.pages + 1),
        }
    }

    /// Says how to begin again, if the cause says that the cursor cannot be used, or not with the other parameters.
    fn cut_off(&self, cause: &anyhow::Error, given: Option<&str>) -> anyhow::Error {
        let again = match given {
            Some(_) => "to begin again from the first page, leave --cursor out",
            None => "to begin again from the first page, send the same command again",
        };
        self.told(cause, again)
    }

    fn told(&self, cause: &anyhow::Error, next: &str) -> anyhow::Error {
        anyhow!("page {}: {cause:#}\n{} users are written; {next}", self.pages + 1, self.users)
    }
}

/// The host's error in place of a page.
struct Refusal {
    message: String,
    /// The cursor after the pages without users that the host read.
    further: Option<String>,
    /// Whether the host refuses the cursor.
    of_cursor: bool,
}

impl Refusal {
    fn read(body: &[u8]) -> Self {
        let error: Value = serde_json::from_slice(body).unwrap_or_default();
        let text = |pointer: &str| error.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        let mut failures = error.pointer("/details/failures").and_then(Value::as_array).into_iter().flatten();
        Self {
            message: text("/message").unwrap_or_else(|| "the answer has no message".to_owned()),
            further: text("/details/next_cursor"),
            of_cursor: failures.any(|failure| failure["path"] == "next_cursor"),
        }
    }
}
