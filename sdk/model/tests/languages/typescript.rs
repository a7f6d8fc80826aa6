//! TypeScript: interfaces whose members may be missing or `null`.

use std::fmt::Write as _;

use crate::types::{Kind, Object, wrap};
use crate::words::Words;

pub(crate) fn objects(objects: &[Object]) -> String {
    let mut text =
        "/** The unified user. Written from the host's model by its test `languages`: do not edit. */\n".to_owned();
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
        "/** The words of the contract. Written from `sdk/model/src/words.rs` by its test `languages`: do not edit. */\n"
            .to_owned();
    for Words { name, description, words } in sets {
        text.push('\n');
        let mut lines = wrap(description, 110);
        lines.push(String::new());
        for word in words {
            let meaning = wrap(&format!("- `{}`: {}", word.word, word.meaning), 108).join("\n  ");
            lines.extend(meaning.lines().map(str::to_owned));
        }
        comment_of(&mut text, "", &lines);
        let words: Vec<_> = words.iter().map(|word| format!("  | \"{}\"", word.word)).collect();
        writeln!(text, "export type {name} =\n{};", words.join("\n")).expect("a string");
    }
    text
}

fn comment(text: &mut String, indent: &str, description: &str) {
    comment_of(text, indent, &wrap(description, 110));
}

fn comment_of(text: &mut String, indent: &str, lines: &[String]) {
    if let [line] = lines {
        writeln!(text, "{indent}/** {line} */").expect("a string");
        return;
    }
    writeln!(text, "{indent}/**").expect("a string");
    for line in lines {
        writeln!(text, "{}", format!("{indent} * {line}").trim_end()).expect("a string");
    }
    writeln!(text, "{indent} */").expect("a string");
}
