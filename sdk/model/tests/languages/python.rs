//! Python: typed dictionaries whose keys may be missing or `None`.

use std::fmt::Write as _;

use crate::types::{Kind, Object, wrap};

pub(crate) fn write(objects: &[Object]) -> String {
    let mut text = "\"\"\"The unified user. Written from the host's model by `cargo test -p mortise-model`: do not edit.\"\"\"\n\n\
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

fn comment(text: &mut String, description: &str) {
    let description = description.replace('`', "``");
    writeln!(text, "    \"\"\"{}\"\"\"", wrap(&description, 110).join("\n    ").replace("\n    \n", "\n\n"))
        .expect("a string");
}
