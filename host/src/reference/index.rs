//! Declarations of several integrations as tables of Markdown pages: their operations and their evidence.

use mortise_model::{Category, EvidenceKind, Operation};

use super::markdown::prose;
use crate::plugin::Capabilities;
use crate::plugin::capabilities::evidence_in_words;

/// A table of integrations by name, with the operations of each category. `pages` leads from the table's page to theirs, such as
/// `docs/integrations/`.
pub fn by_name(integrations: &[&Capabilities], pages: &str) -> String {
    let mut text = "| | ticketing | user-directory | crm |\n| --- | --- | --- | --- |\n".to_owned();
    for declared in sorted(integrations, |_| ()) {
        let cell = |category: &Category| match operations(declared, *category) {
            none if none.is_empty() => " |".to_owned(),
            some => format!(" {some} |"),
        };
        let cells: String = Category::ALL.iter().map(cell).collect();
        text.push_str(&format!("| {} |{cells}\n", link(declared, pages)));
    }
    text
}

/// A table of integrations by evidence, the best first: their operations, their evidence, and when somebody last checked
/// it. Their pages are beside the table's page.
pub fn by_evidence(integrations: &[&Capabilities]) -> String {
    let mut text = "| | operations | evidence | last checked |\n| --- | --- | --- | --- |\n".to_owned();
    // An integration without evidence comes after one that was written from memory.
    let rank = |declared: &Capabilities| declared.evidence.map_or((1, None), |evidence| (0, Some(evidence.kind)));
    for declared in sorted(integrations, rank) {
        let of = |category: &Category| match operations(declared, *category) {
            none if none.is_empty() => None,
            some => Some(format!("{category}: {some}")),
        };
        let operations: Vec<_> = Category::ALL.iter().filter_map(of).collect();
        let (evidence, checked) = match declared.evidence {
            Some(evidence) => (evidence.kind.as_str(), evidence.checked.to_string()),
            None => ("", String::new()),
        };
        text.push_str(&format!("| {} | {} | {evidence} | {checked} |\n", link(declared, ""), operations.join("; ")));
    }
    text.push_str("\n| evidence | most of what the integration says of its vendor is |\n| --- | --- |\n");
    for kind in EvidenceKind::ALL {
        text.push_str(&format!("| {} | {} |\n", kind, evidence_in_words(*kind)));
    }
    text
}

fn sorted<'a, K: Ord>(integrations: &[&'a Capabilities], rank: impl Fn(&Capabilities) -> K) -> Vec<&'a Capabilities> {
    let mut sorted = integrations.to_vec();
    sorted.sort_by_key(|declared| (rank(declared), declared.label.to_lowercase()));
    sorted
}

fn link(declared: &Capabilities, pages: &str) -> String {
    format!("[{}]({pages}{}.md)", prose(&declared.label), declared.slug)
}

/// The operations that an integration serves in a category, without `-user`.
fn operations(declared: &Capabilities, category: Category) -> String {
    let served = Operation::ALL.iter().filter(|operation| declared.operation(category, **operation).is_some());
    let words: Vec<_> = served.filter_map(|operation| operation.as_str().split('-').next()).collect();
    words.join(", ")
}
