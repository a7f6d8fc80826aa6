//! The paging of a list, by the names of an operation's parameters and of its answer.

use serde_json::Value;

use super::DraftError;
use super::operation::Record;
use super::shape::{Kind, Shape};
use super::source::Source;
use super::todo::Todos;
use super::words::folded;
use crate::pointer::part;
use crate::spec::{Operation, Place, name};

/// Rows of a page if the document does not say it.
const USUAL: u32 = 50;
const MOST: u32 = 100;
/// The most rows that the contract has in a page.
const MAX_ROWS: u32 = 1_000;
/// Depth of objects inside an answer that are searched.
const MAX_DEPTH: usize = 3;

const SIZES: [&str; 14] = [
    "limit",
    "pagesize",
    "perpage",
    "count",
    "maxresults",
    "pagelimit",
    "resultsperpage",
    "take",
    "top",
    "itemsperpage",
    "size",
    "max",
    "pagelength",
    "rowsperpage",
];
const CURSORS: [&str; 13] = [
    "cursor",
    "pagecursor",
    "after",
    "pageafter",
    "nextcursor",
    "pagetoken",
    "nexttoken",
    "nextpagetoken",
    "pagekey",
    "startingafter",
    "continuationtoken",
    "paginationtoken",
    "scrollid",
];
const NUMBERS: [&str; 6] = ["page", "pagenumber", "pageindex", "pageno", "currentpage", "pagenum"];
const OFFSETS: [&str; 6] = ["offset", "skip", "start", "startindex", "startat", "pageoffset"];
const SIGNS: [&str; 12] = [
    "nextcursor",
    "next",
    "nextpagetoken",
    "nexttoken",
    "nextpage",
    "endcursor",
    "nextlink",
    "nexturl",
    "nextpagelink",
    "after",
    "cursor",
    "continuationtoken",
];
const MORE: [&str; 6] = ["hasmore", "hasnext", "hasnextpage", "morepages", "more", "hasmoreitems"];
const TOTALS: [&str; 6] = ["total", "totalcount", "totalresults", "totalitems", "totalrecords", "totalnumrecords"];

/// How the next page is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Style {
    /// The answer says where the next page begins: in a text at a pointer, or in a parameter of the URL there.
    Cursor { parameter: String, pointer: String, is_url: bool },
    /// The header `link` says it.
    Link { parameter: String },
    /// Pages are counted, from 0 or 1.
    Number { parameter: String, is_from_zero: bool },
    /// Rows are skipped. `is_from_one`: the parameter is the number of the first row, as in SCIM.
    Offset { parameter: String, is_from_one: bool },
    /// The document has no pages.
    None,
}

/// How the last of counted pages is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum End {
    /// A flag at this place is `true` if another page follows.
    More(String),
    /// The number of all rows is at this place.
    Total(String),
    /// The last page has fewer rows than the request asked for.
    Short,
}

/// The paging of a list.
#[derive(Debug)]
pub(super) struct Paging {
    pub(super) style: Style,
    pub(super) end: End,
    /// The parameter with the number of rows.
    pub(super) size: Option<String>,
    pub(super) least: u32,
    pub(super) usual: u32,
    pub(super) most: u32,
    /// The parameter that finds users by address.
    pub(super) email: Option<String>,
}

impl Paging {
    pub(super) fn read(
        document: &Source,
        operation: &Operation<'_>,
        record: &Record<'_>,
        place: &str,
        todos: &mut Todos,
    ) -> Result<Self, DraftError> {
        let parameters = Queries::of(document, operation);
        let size = parameters.find(&SIZES);
        let signs = signs(&record.answer, &record.pointer)?;
        let style = parameters.style(&signs, has_link(document, operation), place, todos);
        let end = signs.more.map(End::More).or(signs.total.map(End::Total)).unwrap_or(End::Short);
        let (style, end) = match (style, size) {
            (Style::Offset { parameter, .. }, None) if end == End::Short => {
                todos.add(place, no_size(&parameter));
                (Style::None, End::Short)
            }
            (Style::Number { parameter, .. }, None) if !matches!(end, End::More(_)) => {
                todos.add(place, no_size(&parameter));
                (Style::None, End::Short)
            }
            known => (known.0, end),
        };
        let bound = |member: &str| size.and_then(|size| number(size, member));
        let most = bound("maximum").map(|most| most.clamp(1, MAX_ROWS));
        let told = bound("default").filter(|usual| *usual > 0);
        let most = most.unwrap_or_else(|| told.unwrap_or_default().clamp(MOST, MAX_ROWS));
        let usual = told.unwrap_or(USUAL).min(most);
        let least = bound("minimum").unwrap_or(1).clamp(1, usual);
        if style != Style::None && (bound("maximum").is_none() || bound("default").is_none()) {
            todos.add(place, format!("the document does not say how many rows a page has by default and at most: {usual} and {most} are a guess"));
        }
        if style == Style::None {
            todos.add(place, "without pages: check that the vendor gives all users at once".to_owned());
        }
        let size = size.map(|size| name(size).to_owned()).filter(|_| style != Style::None);
        let email = parameters.find(&["email", "emailaddress", "filteremail"]).map(|email| name(email).to_owned());
        Ok(Self { style, end, size, least, usual, most, email })
    }
}

/// Why counted pages are not drafted.
fn no_size(parameter: &str) -> String {
    format!("pages go on by `{parameter}`, and nothing says how many rows a page has")
}

/// The query parameters of an operation.
struct Queries<'a>(Vec<&'a Value>);

impl<'a> Queries<'a> {
    fn of(document: &'a Source, operation: &Operation<'a>) -> Self {
        let parameters = operation.parameters(document).into_iter().map(|(parameter, _)| parameter);
        Self(parameters.filter(|parameter| Place::of(parameter) == Some(Place::Query)).collect())
    }

    /// The parameter with the first of these names that is there.
    fn find(&self, names: &[&str]) -> Option<&'a Value> {
        let named = |wanted: &&str| self.0.iter().copied().find(|parameter| folded(name(parameter)) == **wanted);
        names.iter().find_map(named)
    }

    /// How the next page is found. `has_link`: the answers have the header `link`.
    fn style(&self, signs: &Signs, has_link: bool, place: &str, todos: &mut Todos) -> Style {
        match (self.find(&CURSORS), self.find(&NUMBERS), self.find(&OFFSETS)) {
            (Some(cursor), ..) if signs.next.is_some() => signs.cursor(name(cursor)),
            (_, Some(page), _) => {
                let is_from_zero = number(page, "default").or_else(|| number(page, "minimum")) == Some(0);
                Style::Number { parameter: name(page).to_owned(), is_from_zero }
            }
            (_, _, Some(offset)) => {
                let is_from_one = folded(name(offset)) == "startindex" || number(offset, "minimum") == Some(1);
                Style::Offset { parameter: name(offset).to_owned(), is_from_one }
            }
            (Some(cursor), ..) if has_link => Style::Link { parameter: name(cursor).to_owned() },
            (Some(cursor), ..) => {
                let cursor = name(cursor);
                let what = format!("pages continue by `{cursor}`, but the answer does not say where its next value is");
                todos.add(place, what);
                Style::None
            }
            _ => Style::None,
        }
    }
}

/// A number in a parameter's schema, such as `maximum`.
fn number(parameter: &Value, member: &str) -> Option<u32> {
    let value = parameter.get("schema").and_then(|schema| schema.get(member)).or_else(|| parameter.get(member));
    value.and_then(Value::as_u64).and_then(|number| u32::try_from(number).ok())
}

/// The facts about the next page in an answer, by JSON pointers.
#[derive(Debug, Default)]
struct Signs {
    next: Option<(String, bool)>,
    more: Option<String>,
    total: Option<String>,
}

impl Signs {
    fn cursor(&self, parameter: &str) -> Style {
        let (pointer, is_url) = self.next.clone().unwrap_or_default();
        Style::Cursor { parameter: parameter.to_owned(), pointer, is_url }
    }
}

fn signs(answer: &Shape<'_>, rows: &str) -> Result<Signs, DraftError> {
    let mut found = Signs::default();
    search(answer, "", rows, MAX_DEPTH, &mut found)?;
    Ok(found)
}

fn search(shape: &Shape<'_>, pointer: &str, rows: &str, depth: usize, found: &mut Signs) -> Result<(), DraftError> {
    if shape.kind() != Kind::Object {
        return Ok(());
    }
    for member in shape.members()? {
        let (at, kind) = (format!("{pointer}/{}", part(&member.name)), member.shape.kind());
        let is = |names: &[&str]| names.contains(&folded(&member.name).as_str());
        if at == rows {
            continue;
        }
        match kind {
            Kind::Object if depth > 0 => {
                if is(&["next"])
                    && found.next.is_none()
                    && member.shape.members()?.iter().any(|inner| inner.name == "href")
                {
                    found.next = Some((format!("{at}/href"), true));
                }
                search(&member.shape, &at, rows, depth - 1, found)?;
            }
            Kind::Text | Kind::Any if is(&SIGNS) && found.next.is_none() => {
                let said = format!("{at} {}", member.shape.text("format").unwrap_or_default()).to_ascii_lowercase();
                let is_url = ["link", "url", "uri"].iter().any(|word| said.contains(word));
                found.next = Some((at, is_url));
            }
            Kind::Boolean if is(&MORE) && found.more.is_none() => found.more = Some(at),
            Kind::Integer | Kind::Number if is(&TOTALS) && found.total.is_none() => found.total = Some(at),
            _ => {}
        }
    }
    Ok(())
}

/// Whether the answers have the header `link`.
fn has_link(document: &Source, operation: &Operation<'_>) -> bool {
    operation.responses(document).any(|(_, response, _)| {
        let headers = response.get("headers").and_then(Value::as_object);
        headers.into_iter().flatten().any(|(name, _)| name.eq_ignore_ascii_case("link"))
    })
}
