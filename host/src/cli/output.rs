//! Output of commands: tables for people, one line of JSON for programs, questions.

use std::io::{self, BufRead, IsTerminal, Write};

use anyhow::{Context, Result, bail};
use clap::Args;
use comfy_table::{ColumnConstraint, ContentArrangement, Table, presets};
use jiff::{RoundMode, Timestamp, TimestampRound, Unit};
use mortise_terminal::plain;
use serde::Serialize;

use crate::config::ConfigError;

/// Columns of the narrowest terminal for which the lines are wrapped.
const NARROWEST: u16 = 60;

/// `--json`, for `#[command(flatten)]`.
#[derive(Debug, Clone, Copy, Args)]
pub(super) struct Json {
    /// Print one line of JSON, with the names that the API uses
    #[arg(long)]
    pub(super) json: bool,
}

/// `--yes`, for `#[command(flatten)]`.
#[derive(Debug, Clone, Copy, Args)]
pub(super) struct Yes {
    /// Do not ask. Needed if standard input is not a terminal
    #[arg(long, short)]
    pub(super) yes: bool,
}

impl Yes {
    /// Continues only after a clear yes, on the terminal or by the flag.
    pub(super) fn or_ask(self, question: &str) -> Result<()> {
        if self.yes {
            return Ok(());
        }
        if !io::stdin().is_terminal() {
            let message = format!("standard input is not a terminal, so this cannot be asked ({question}): pass --yes");
            return Err(ConfigError::Unusable(message).into());
        }
        eprint!("{question} [y/N] ");
        io::stderr().flush()?;
        let mut answer = String::new();
        io::stdin().lock().read_line(&mut answer).context("cannot read the answer")?;
        if !matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes") {
            bail!("nothing was changed");
        }
        Ok(())
    }
}

/// Prints a value as one line of JSON.
pub(super) fn print_json(value: &impl Serialize) -> Result<()> {
    Ok(print_line(&serde_json::to_string(value)?)?)
}

/// Prints rows under a heading, as wide as the terminal; if the output is not a terminal, one line for each row.
pub(super) fn print_table<R: IntoIterator<Item = String>>(
    heading: &[&str],
    rows: impl IntoIterator<Item = R>,
) -> Result<()> {
    let mut table = table();
    table.set_header(heading);
    for row in rows {
        table.add_row(row.into_iter().map(|cell| plain(&cell)));
    }
    print_trimmed(table)
}

/// Prints one thing, one line for each of its members. Leaves out members without a value.
pub(super) fn print_members(members: impl IntoIterator<Item = (&'static str, Option<String>)>) -> Result<()> {
    let mut table = table();
    for (name, value) in members {
        if let Some(value) = value {
            table.add_row([name.to_owned(), plain(&value)]);
        }
    }
    print_trimmed(table)
}

/// A time for people: whole seconds, UTC.
pub(super) fn time(at: Timestamp) -> String {
    at.round(TimestampRound::new().smallest(Unit::Second).mode(RoundMode::Trunc)).unwrap_or(at).to_string()
}

/// The entries in one line; `None` for an empty list, so that its member is left out.
pub(super) fn listed(entries: &[String]) -> Option<String> {
    (!entries.is_empty()).then(|| entries.join("  "))
}

/// A cell for a value that may be missing.
pub(super) fn or_dash(value: Option<impl Into<String>>) -> String {
    value.map_or_else(|| "-".to_owned(), Into::into)
}

fn table() -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    // Some terminals do not know how wide they are.
    let wide = io::stdout().is_terminal() && table.width().is_some_and(|width| width >= NARROWEST);
    table.set_content_arrangement(if wide { ContentArrangement::Dynamic } else { ContentArrangement::Disabled });
    table
}

/// Prints a table without the padding at the ends of lines. The first column is never cut, so that people can copy from it.
fn print_trimmed(mut table: Table) -> Result<()> {
    if let Some(column) = table.column_mut(0) {
        column.set_constraint(ColumnConstraint::ContentWidth);
    }
    let lines: Vec<_> =
        table.lines().map(|line| line.strip_prefix(' ').unwrap_or(&line).trim_end().to_owned()).collect();
    Ok(print_line(&lines.join("\n"))?)
}

/// Writes one line to standard output, and fails if nobody reads it.
pub(super) fn print_line(line: &str) -> io::Result<()> {
    use io::Write;
    mortise_terminal::progress::settle();
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{line}")?;
    stdout.flush()
}
