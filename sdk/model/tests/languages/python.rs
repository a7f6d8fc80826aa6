//! Python: typed dictionaries whose keys may be missing or `None`.

use std::fmt::Write as _;

use crate::types::{Kind, Object, wrap};
use crate::words::Words;

pub(crate) fn objects(objects: &[Object]) -> String {
    let mut text =
        "\"\"\"The unified user. Written from the host's model by its test `languages`: do not edit.\"\"\"\n\n\
                    from typing import Any, Literal, TypedDict\n"
            .to_owned();
    for object in objects {
        for member in &object.members {
            if let Kind::Words(words) = &member.kind {
                let known: Vec<_> = words.iter().map(|word| format!("\"{word}\"")).collect();
                writeln!(text, "\nStatus = Literal[{}] | str", known.join(", ")).expect("a string");
                text += "\"\"\"The status of an account; in an answer also the vendor's own word, if no other fits.\"\"\"\n";
            }
        }
        write!(text, "\n\nclass {}(TypedDict, total=False):\n", object.name).expect("a string");
        comment(&mut text, &object.description);
        text.push('\n');
        for member in &object.members {
            let kind = match &member.kind {
                Kind::String => "str",
                Kind::Boolean => "bool",
                Kind::Any => "Any",
                Kind::Object => "dict[str, Any]",
                Kind::Words(_) => "Status",
                Kind::Strings => "list[str]",
                Kind::List(name) => &format!("list[{name}]"),
            };
            let none = if matches!(member.kind, Kind::Any) { "" } else { " | None" };
            writeln!(text, "    {}: {kind}{none}", member.name).expect("a string");
            comment(&mut text, &member.description);
        }
    }
    text
}

/// Every set as a literal type, whose documentation has the meaning of each word.
pub(crate) fn words(sets: &[Words]) -> String {
    let mut text =
        "\"\"\"The words of the contract. Written from `sdk/model/src/words.rs` by its test `languages`: do not edit.\"\"\"\n\n\
         from typing import Literal\n"
            .to_owned();
    for Words { name, description, words } in sets {
        writeln!(text, "\n{name} = Literal[").expect("a string");
        for word in words {
            writeln!(text, "    \"{}\",", word.word).expect("a string");
        }
        text += "]\n";
        writeln!(text, "\"\"\"{}\n", wrap(&description.replace('`', "``"), 117).join("\n")).expect("a string");
        for word in words {
            let meaning = format!("- ``{}``: {}", word.word, word.meaning.replace('`', "``"));
            writeln!(text, "{}", wrap(&meaning, 118).join("\n  ")).expect("a string");
        }
        text += "\"\"\"\n";
    }
    text
}

fn comment(text: &mut String, description: &str) {
    let description = description.replace('`', "``");
    writeln!(text, "    \"\"\"{}\"\"\"", wrap(&description, 110).join("\n    ").replace("\n    \n", "\n\n"))
        .expect("a string");
}
