//! The forms of the connect page: the fields of each way to connect, for each integration.

use std::collections::BTreeSet;
use std::env;
use std::fmt::Write as _;
use std::fs;

use mortise::account::{CLIENT_ID, CLIENT_SECRET, Secrets};
use mortise::connect::{Known, Way};
use mortise::plugin::Capabilities;
use mortise::plugin::capabilities::Variable;
use mortise_tests::hostile;

/// The file that lists the forms.
const LIST: &str = "tests/reference/forms.txt";
/// The variable that makes the test write the list again.
const WRITE: &str = "MORTISE_WRITE_FORMS";

const LEGEND: &str = "\
# What the connect page asks for, by integration and way, if the operator has an OAuth application wherever people sign in at the vendor.
# `*` is a field that must be filled, `=` one with a default; what is typed into a hidden one is not shown.
# MORTISE_WRITE_FORMS=1 has the test that compares this list write it anew.
";

/// Compares the forms with the list, or writes it.
pub(crate) fn are_as_listed<'c>(all: impl IntoIterator<Item = &'c Capabilities>) -> Result<(), String> {
    let forms = all.into_iter().fold(LEGEND.to_owned(), |text, capabilities| text + &forms(capabilities));
    let path = hostile::root().join(LIST);
    if env::var_os(WRITE).is_some() {
        return fs::write(&path, forms).map_err(|error| format!("{LIST}: {error}"));
    }
    let listed = fs::read_to_string(&path).map_err(|error| format!("{LIST}: {error}"))?;
    let differs = |(number, (is, was)): (usize, (&str, &str))| {
        (is != was)
            .then(|| format!("{LIST}:{}: it is `{is}`, and listed `{was}`; {WRITE}=1 writes the list anew", number + 1))
    };
    match forms.lines().chain([""]).zip(listed.lines().chain([""])).enumerate().find_map(differs) {
        Some(difference) => Err(difference),
        None if forms.len() != listed.len() => Err(format!("{LIST} has another length; {WRITE}=1 writes it anew")),
        None => Ok(()),
    }
}

/// Whether the form hides what a person types.
fn is_hidden(variable: &Variable) -> bool {
    variable.secret && !variable.shown
}

fn forms(capabilities: &Capabilities) -> String {
    let client: Secrets = [CLIENT_ID, CLIENT_SECRET].map(|name| (name.to_owned(), "x".into())).into_iter().collect();
    let mut text = String::new();
    for way in Way::all(capabilities) {
        let none = Secrets::new();
        let context = if way.authorization().is_some() { &client } else { &none };
        let known = Known { context, application: None, kept: &BTreeSet::new(), has_callback: true };
        writeln!(text, "\n{} {} ({})", capabilities.slug, way.format(), way.title()).expect("text");
        for asked in way.asks(known) {
            let mark = match asked {
                asked if asked.is_needed => "*",
                asked if asked.variable.default.is_some() => "=",
                _ => " ",
            };
            let Variable { name, label, help, values, .. } = asked.variable;
            write!(text, "  {mark} {name}: {label}").expect("text");
            if is_hidden(asked.variable) {
                write!(text, " (hidden)").expect("text");
            }
            if !values.is_empty() {
                write!(text, " [{}]", values.join(", ")).expect("text");
            }
            let help = help.as_ref().map(|help| format!("; {help}")).unwrap_or_default();
            writeln!(text, "{help}").expect("text");
        }
    }
    text
}
