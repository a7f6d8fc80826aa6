//! Declares a probe at an address outside its origins, and variables that no connect form can
//! show: a default outside its set, a set for a secret, a help text of two lines.
#![cfg(target_family = "wasm")]

use mortise_hostile::{Variable, lie, variable};

lie!(|declared| {
    let mut declared = declared;
    declared.probe = Some("https://elsewhere.example.com/me".to_owned());
    declared.variables.extend([
        Variable { default: Some("mars".to_owned()), values: vec!["us".to_owned()], ..variable("region", false) },
        Variable { values: vec!["one".to_owned()], ..variable("secret_set", true) },
        Variable { help: Some("a\nb".to_owned()), shown: true, ..variable("open", false) },
    ]);
    declared
});
