//! TypeScript: interfaces whose members may be missing or `null`.

use std::fmt::Write as _;

use crate::types::{Kind, Object, wrap};
use crate::words::Words;

pub(crate) fn objects(objects: &[Object]) -> String {
    let mut text =
        "/** The unified user. Written from the host's model by `cargo test -p mortise-model`: do not edit. */\n"
            .to_owned();
    for object in objects {
        for member in &object.members {
            if let Kind::Words(words) = &member.kind {
                let known: Vec<_> = words.iter().map(|word| format!("\"{word}\"")).collect();
                text +=
                    "\n/** The status of an account; in an answer also the vendor's own word, if no other fits. */\n";
                writeln!(text, "export type Status = {} | (string & {{}});", known.join(" | ")).expect("a string");
            }
        }
        text.push('\n');
        comment(&mut text, "", &object.description);
        writeln!(text, "export interface {} {{", object.name).expect("a string");
        for member in &object.members {
            comment(&mut text, "  ", &member.description);
            let kind = match &member.kind {
                Kind::String => "string",
                Kind::Boolean => "boolean",
                Kind::Any => "unknown",
                Kind::Object => "Record<string, unknown>",
                Kind::Words(_) => "Status",
                Kind::Strings => "string[]",
                Kind::List(name) => &format!("{name}[]"),
            };
            let null = if matches!(member.kind, Kind::Any) { "" } else { " | null" };
            writeln!(text, "  {}?: {kind}{null};", member.name).expect("a string");
        }
        text += "}\n";
    }
    text
}

/// Every set as a union of its words.
pub(crate) fn words(sets: &[Words]) -> String {
    let mut text =
        "/** The words of the contract. Written from the host's model by `cargo test -p mortise-model`: do not edit. */\n"
            .to_owned();
    for Words { name, description, words } in sets {
        text.push('\n');
        comment(&mut text, "", description);
        writeln!(text, "export type {name} =").expect("a string");
        for (at, word) in words.iter().enumerate() {
            comment(&mut text, "  ", &word.meaning);
            let end = if at + 1 == words.len() { ";" } else { "" };
            writeln!(text, "  | \"{}\"{end}", word.word).expect("a string");
        }
    }
    text
}

fn comment(text: &mut String, indent: &str, description: &str) {
    let lines = wrap(description, 110);
    if let [line] = lines.as_slice() {
        writeln!(text, "{indent}/** {line} */").expect("a string");
        return;
    }
    writeln!(text, "{indent}/**").expect("a string");
    for line in lines {
        writeln!(text, "{}", format!("{indent} * {line}").trim_end()).expect("a string");
    }
    writeln!(text, "{indent} */").expect("a string");
}
