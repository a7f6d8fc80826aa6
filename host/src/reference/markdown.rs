//! The declaration of one integration as a part of a Markdown page (GitHub Flavored Markdown, because of its tables).

use std::fmt::{self, Write};

use mortise_model::{AuthKind, Operation};

use super::listing::{facts, meaning};
use crate::egress::AuthScheme;
use crate::plugin::Capabilities;
use crate::plugin::capabilities::{Evidence, FieldSupport, OperationSupport, Variable, evidence_in_words};
use crate::plugin::listing::Listing;
use crate::plugin::probe::Probe;

/// A section of the second level: origins, headers, signing, limits, variables, and each operation with its fields, its
/// filters (lists) and its effect (deletions).
pub fn markdown(capabilities: &Capabilities) -> String {
    let mut text = String::new();
    // Writing to a `String` cannot fail.
    let _ = write_all(&mut text, capabilities);
    text
}

fn write_all(text: &mut String, capabilities: &Capabilities) -> fmt::Result {
    writeln!(text, "## What it declares\n\n| | |\n| --- | --- |")?;
    writeln!(text, "| origins | {} |", codes(&capabilities.origins))?;
    if !capabilities.headers.is_empty() {
        writeln!(text, "| headers that it sets | {} |", codes(&capabilities.headers))?;
    }
    match capabilities.auth.as_slice() {
        [] => writeln!(text, "| requests are signed by | nothing |")?,
        [only] => writeln!(text, "| requests are signed by | {} |", signing(only))?,
        several => {
            // The account chooses one by its variables, or by this name.
            for scheme in several {
                writeln!(text, "| requests are signed by, `{}` | {} |", scheme.method(), signing(scheme))?;
            }
        }
    }
    for authorization in capabilities.auth.iter().filter_map(|scheme| scheme.exchange.as_ref()?.authorization.as_ref())
    {
        let url = code(&authorization.url.to_string());
        match authorization.scopes.as_slice() {
            [] => writeln!(text, "| a person consents at | {url} |")?,
            scopes => writeln!(text, "| a person consents at | {url}, scopes {} |", codes(scopes))?,
        }
    }
    for limit in &capabilities.limits {
        writeln!(
            text,
            "| limit that the host keeps | {} requests in {} s for each account |",
            limit.requests, limit.seconds
        )?;
    }
    let asks = match capabilities.asks_accounts_by() {
        Some(Probe::Request(target)) => format!("by {}", code(&format!("GET {target}"))),
        Some(Probe::List(category)) => format!("by a list of one user in {category}"),
        None => "by nothing".to_owned(),
    };
    writeln!(text, "| an account is checked | {asks} |")?;
    if let Some(Evidence { kind, checked }) = &capabilities.evidence {
        writeln!(text, "| evidence | `{}`: {}; last checked on {checked} |", kind, evidence_in_words(*kind))?;
    }
    if capabilities.auth.len() > 1 {
        let which =
            "An account uses the first whose variables it carries, or the one that its `authentication_method` names.";
        writeln!(text, "\n{which}")?;
    }
    if !capabilities.variables.is_empty() {
        writeln!(text, "\n| variable of an account | | |\n| --- | --- | --- |")?;
        for variable in &capabilities.variables {
            writeln!(text, "| {} | {} | {} |", code(&variable.name), marks(variable), meaning_of(variable))?;
        }
    }
    for operation in &capabilities.operations {
        write_operation(text, operation)?;
    }
    Ok(())
}

fn write_operation(text: &mut String, declared: &OperationSupport) -> fmt::Result {
    writeln!(text, "\n### {}: {}", declared.category, declared.operation)?;
    if let Some(listing) = &declared.listing {
        write_listing(text, listing)?;
    }
    if let Some(effect) = declared.effect {
        writeln!(text, "\nA deletion `{}`: {}.", effect.as_str(), meaning(effect))?;
    }
    if declared.filters().next().is_some() {
        writeln!(text, "\n| filter | | |\n| --- | --- | --- |")?;
        for filter in declared.filters() {
            write_field(text, filter, "")?;
        }
    }
    let orders: Vec<_> = declared.orders().map(|field| format!("sort_by[{field}]")).collect();
    if !orders.is_empty() {
        writeln!(text, "\nOrders by {}.", codes(&orders))?;
    }
    if declared.parameters().next().is_some() || !declared.request.is_empty() {
        writeln!(text, "\n| field | | |\n| --- | --- | --- |")?;
        for parameter in declared.parameters() {
            write_field(text, parameter, " in the query")?;
        }
        for field in &declared.request {
            write_field(text, field, "")?;
        }
    }
    match (declared.operation, &*declared.response) {
        (Operation::DeleteUser, _) => writeln!(text, "\nAnswers with `id`."),
        (_, []) => writeln!(text, "\nAnswers with `remote_data` only."),
        (Operation::ListUsers, fields) => writeln!(text, "\nRows have {}.", codes(&of_rows(declared, fields))),
        (_, fields) => writeln!(text, "\nAnswers with {}.", codes(fields)),
    }
}

/// The facts of a list.
fn write_listing(text: &mut String, listing: &Listing) -> fmt::Result {
    writeln!(text, "\n| | |\n| --- | --- |")?;
    for (about, fact) in facts(listing) {
        writeln!(text, "| {about} | {fact} |")?;
    }
    if !listing.partial.is_empty() {
        writeln!(text, "| fields that only a single read tells | {} |", codes(&listing.partial))?;
    }
    if !listing.leaves_out.is_empty() {
        let kinds: Vec<_> = listing.leaves_out.iter().map(|kind| prose(kind)).collect();
        writeln!(text, "| users that it leaves out | {} |", kinds.join(", "))?;
    }
    Ok(())
}

/// The fields that rows of a list have.
fn of_rows(declared: &OperationSupport, fields: &[String]) -> Vec<String> {
    let partial = declared.listing.as_ref().map_or(&[][..], |listing| &listing.partial);
    fields.iter().filter(|field| !partial.contains(field)).cloned().collect()
}

fn write_field(text: &mut String, declared: &FieldSupport, place: &str) -> fmt::Result {
    write!(text, "| {}{place} | {}", code(&declared.field), declared.level)?;
    if let Some(json_type) = declared.json_type {
        write!(text, ", {} of this vendor alone", json_type.as_str())?;
    }
    if !declared.values.is_empty() {
        write!(text, ": {}", codes(&declared.values))?;
    }
    match &declared.note {
        Some(note) => writeln!(text, " | {} |", prose(note)),
        None => writeln!(text, " | |"),
    }
}

fn marks(variable: &Variable) -> String {
    let mut marks = String::from(if variable.secret { "secret, " } else { "" });
    marks.push_str(if variable.required { "required" } else { "optional" });
    if let Some(default) = &variable.default {
        marks = format!("{} if not given", code(default));
    }
    marks
}

fn meaning_of(variable: &Variable) -> String {
    let mut meaning = prose(&variable.label);
    if let Some(help) = &variable.help {
        meaning.push_str(". ");
        meaning.push_str(&prose(help));
    }
    if !variable.values.is_empty() {
        meaning.push_str(if variable.help.is_some() { " One of " } else { ". One of " });
        meaning.push_str(&codes(&variable.values));
    }
    meaning
}

fn signing(scheme: &AuthScheme) -> String {
    let part = |(name, template): &(String, _)| match scheme.kind {
        AuthKind::Bearer => code(&format!("Authorization: Bearer {template}")),
        AuthKind::Basic => format!("{name} {}", code(&format!("{template}"))),
        AuthKind::Header => code(&format!("{name}: {template}")),
        AuthKind::Query => code(&format!("?{name}={template}")),
    };
    let parts = scheme.params.iter().map(part).collect::<Vec<_>>().join(" and ");
    let basic = if scheme.kind == AuthKind::Basic { "HTTP Basic authentication: " } else { "" };
    let after = scheme
        .sign_in()
        .map(|e| format!(", after the sign-in {} at {}", code(e.kind.as_str()), code(&e.url.to_string())));
    let alone =
        if scheme.origins.is_empty() { String::new() } else { format!(", at {} alone", codes(&scheme.origins)) };
    format!("{basic}{parts}{}{alone}", after.unwrap_or_default())
}

fn codes(words: &[String]) -> String {
    words.iter().map(|word| code(word)).collect::<Vec<_>>().join(", ")
}

/// A code span in a table, between more backticks than the text has in a row. A vertical bar would end the cell.
fn code(text: &str) -> String {
    let text = text.replace('|', "\\|");
    match text.contains('`') {
        false => format!("`{text}`"),
        true => format!("`` {text} ``"),
    }
}

/// Escapes a plugin's text, so that it is data, and never markup or a link.
pub fn prose(text: &str) -> String {
    let mut escaped = String::new();
    for character in text.chars() {
        match character {
            '\\' | '|' | '<' | '>' | '[' | ']' | '`' | '*' | '_' | '~' | '&' | '#' | '!' => {
                escaped.extend(['\\', character])
            }
            // Makes an e-mail address a link.
            '@' => escaped.push_str("&#64;"),
            character if character.is_control() => escaped.push(' '),
            character => escaped.push(character),
        }
    }
    escaped.replace("://", "&#58;//").replace("www.", "www&#46;")
}
