//! TypeScript: interfaces whose members may be missing or `null`.

use std::fmt::Write as _;

use crate::types::{Kind, Object, wrap};

pub(crate) fn write(objects: &[Object]) -> String {
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
