//! Serves a page of a list.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use http::{HeaderName, HeaderValue, StatusCode};
use serde_json::{Map, Value};

use super::super::failure::{Failure, Place};
use super::super::respond::{self, UnifiedAnswer};
use super::super::run::{Run, Streamed};
use super::super::used::Used;
use super::super::{UnifiedError, vendor};
use super::asked::List;
use super::cursor::Position;
use super::document::{PageDocument, are_distinct};
use super::page::{self, NotAPage, Page, Row};
use super::place;
use crate::call::{Input, Output};
use crate::work;

/// Most pages without a row for the caller that a call reads. `limits.vendor_requests` allows as many, if each page
/// takes one request.
const MAX_EMPTY_PAGES: usize = 10;
/// The header with the next cursor, for the formats whose body is the vendor's.
const NEXT_CURSOR: HeaderName = HeaderName::from_static("mortise-next-cursor");

/// Serves one page.
pub(in crate::unified) async fn run(run: &Arc<Run>, list: List) -> Result<UnifiedAnswer, UnifiedError> {
    if !run.wants_user() {
        return whole(run, list).await;
    }
    match pages(run, &list).await {
        Ok(found) => {
            let bytes = run.transcript.bytes();
            work::on(bytes, || write(run, &list, found)).await
        }
        Err(error) => Err(run.failed(error)),
    }
}

/// Reads the first page, with or without a user, and ignores its content.
pub(in crate::unified) async fn probe(run: &Run, list: &List) -> Result<(), UnifiedError> {
    run.mapped(Input::List(list.page(&list.position)), |_, output| mapped(output).map(drop)).await
}

/// The rows of an answer, and the position after them.
struct Found {
    /// The rows, each with its number on the vendor's page.
    rows: Vec<(usize, Row)>,
    /// The places of all rows of that page in the vendor's answer.
    places: Vec<String>,
    next: Option<Position>,
    partial: bool,
}

/// Reads on to the first page with a row for the caller, because clients take an empty page for the end. All pages
/// share the limits of the call. So the reading also ends if the limits have no room for another page as large as the
/// largest one.
async fn pages(run: &Arc<Run>, list: &List) -> Result<Found, UnifiedError> {
    let (mut position, mut largest, mut pages) = (list.position.clone(), Used::default(), 0);
    loop {
        let before = run.used();
        let page = run.mapped(Input::List(list.page(&position)), |_, output| mapped(output)).await?;
        let found = find(list, &position, page)?;
        match &found.next {
            Some(next) if found.rows.is_empty() => position = next.clone(),
            _ => return Ok(found),
        }
        pages += 1;
        let used = run.used();
        largest = largest.max(used.since(before));
        if pages == MAX_EMPTY_PAGES || !used.leaves(largest, run.limits()) {
            let cursor = position.seal(&run.service.accounts, run.account.id)?;
            return Err(UnifiedError::EmptyPages { pages, cursor });
        }
        run.end_session();
    }
}

fn mapped(output: Output) -> Result<Page, UnifiedError> {
    match output {
        Output::Page(page) => Ok(page::read(page)?),
        Output::User(_) | Output::Deleted => Err(anyhow::anyhow!("a list was answered with something else").into()),
    }
}

/// The rows of a page for the caller, and the next position.
fn find(list: &List, position: &Position, page: Page) -> Result<Found, NotAPage> {
    let ids: Vec<&str> = page.rows.iter().map(Row::id).collect();
    position.differs(&ids)?;
    let behind = page.next.map(|next| position.behind(&ids, next)).transpose()?;
    let places = page.rows.iter().map(|row| row.source.clone()).collect();
    let begin = position.skip(&ids);
    let is_wanted = |(_, row): &(usize, &Row)| list.admits(&row.user);
    let beyond = page.rows.iter().enumerate().skip(begin).filter(is_wanted).map(|(index, _)| index).nth(list.limit());
    let next = beyond.map(|end| position.within(&ids, end)).transpose()?.or(behind);
    let end = beyond.unwrap_or(ids.len());
    let rows = page.rows.into_iter().enumerate().take(end).skip(begin);
    let rows = rows.filter(|(_, row)| list.admits(&row.user)).collect();
    Ok(Found { rows, places, next, partial: page.partial })
}

fn write(run: &Run, list: &List, found: Found) -> Result<UnifiedAnswer, UnifiedError> {
    let broken = |error: serde_json::Error| UnifiedError::Internal(error.into());
    let primary = run.transcript.primary();
    let mut texts = match &primary {
        Some(answer) if respond::with_remote_data(&run.parameters) => {
            let places: Vec<&str> = found.places.iter().map(String::as_str).collect();
            place::cut(&answer.body, &places)?
        }
        _ => Vec::new(),
    };
    let (partial, declared) = run.row_fields();
    let mut undeclared = BTreeSet::new();
    let (mut rows, mut keys) = (Vec::new(), Vec::new());
    for (index, Row { user, .. }) in found.rows {
        let remote_data = texts.get_mut(index).and_then(Option::take);
        if let Some(name) = &list.key_by {
            keys.extend(key(&Map::from(run.category.project(user.clone())), name));
        }
        let remote_data = remote_data.map(Cow::Owned);
        let mut row = respond::document(run.category, user, &declared, remote_data, &run.parameters).map_err(broken)?;
        undeclared.extend(std::mem::take(&mut row.undeclared));
        rows.push(row);
    }
    run.record.note(|known| known.undeclared = undeclared.into_iter().collect());
    let keys = match &list.key_by {
        None => None,
        Some(_) if keys.len() == rows.len() && are_distinct(&keys) => Some(keys),
        Some(name) => return Err(no_key(name)),
    };
    let next = found.next.map(|position| position.seal(&run.service.accounts, run.account.id)).transpose()?;
    let page = PageDocument { rows, keys, next_cursor: next, is_partial: found.partial || partial };
    let mut answer = run.json(&page)?;
    answer.headers.extend(primary.map(|answer| vendor::rate_headers(&answer.headers)).unwrap_or_default());
    Ok(answer)
}

/// The name of a row as a member of `result`.
fn key(row: &Map<String, Value>, name: &str) -> Option<String> {
    match row.get(name)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn no_key(name: &str) -> UnifiedError {
    let rule = format_args!("cannot be `{name}`: not every user has a value of its own there, as for `id`");
    UnifiedError::Invalid(Failure::new(Place::Query, "truto_key_by", rule).into())
}

/// The vendor's unchanged page, with the cursor in a header.
async fn whole(run: &Arc<Run>, list: List) -> Result<UnifiedAnswer, UnifiedError> {
    let input = Input::List(list.page(&list.position));
    let next = match run.start(input, None, |_, output| Ok(output)).await? {
        Streamed::Begun(answer) => return Ok(UnifiedAnswer::stream(StatusCode::OK, answer)),
        Streamed::Ended(outcome) if run.is_dry(&outcome) => return run.dry_run(),
        Streamed::Ended(Ok(Output::Page(page))) => page.next,
        Streamed::Ended(Ok(_)) => None,
        Streamed::Ended(Err(error)) => return Err(run.failed(error)),
    };
    let mut answer = run.raw(StatusCode::OK);
    if let Some(next) = next {
        let cursor = list.position.behind(&[], next)?.seal(&run.service.accounts, run.account.id)?;
        answer.headers.extend(HeaderValue::from_str(&cursor).ok().map(|cursor| (NEXT_CURSOR, cursor)));
    }
    Ok(answer)
}
