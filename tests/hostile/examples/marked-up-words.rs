//! Declares texts that would be markup on a page, and code in an example that a person copies.
#![cfg(target_family = "wasm")]

use mortise_hostile::{FieldSupport, Variable, lie, variable, writable};

const MARKUP: &str =
    "</title></code><script>document.title='taken'</script><img src=x onerror=\"document.title='taken'\">&amp;";
const CODE: &str = "'; touch taken; echo '$(touch taken)`touch taken`\\\"\"\"{os}${process.exit()}";

lie!(|declared| {
    let mut declared = declared;
    declared.label = MARKUP.to_owned();
    declared.variables.push(Variable {
        label: MARKUP.to_owned(),
        default: Some(format!("{MARKUP}{CODE}")),
        help: Some(MARKUP.to_owned()),
        ..variable("region", false)
    });
    declared.variables.push(Variable {
        help: Some(MARKUP.to_owned()),
        values: vec![MARKUP.to_owned(), CODE.to_owned()],
        ..variable("zone", false)
    });
    for operation in &mut declared.operations {
        operation.query = vec![FieldSupport {
            level: "required".to_owned(),
            json_type: Some("string".to_owned()),
            note: Some(MARKUP.to_owned()),
            ..writable("path")
        }];
        operation.request = vec![
            FieldSupport { level: "required".to_owned(), values: vec![CODE.to_owned()], ..writable("name") },
            FieldSupport { level: "ignored".to_owned(), note: Some(MARKUP.to_owned()), ..writable("avatar") },
            FieldSupport {
                values: vec![MARKUP.to_owned(), CODE.to_owned()],
                json_type: Some("string".to_owned()),
                note: Some(MARKUP.to_owned()),
                ..writable("shoe_size")
            },
        ];
    }
    declared
});
