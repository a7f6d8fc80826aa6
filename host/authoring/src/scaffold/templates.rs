//! The files of a new project, in each language.

use crate::project::Language;

/// A file's path in the project, and its text, in which `{{slug}}`, `{{label}}`, `{{type}}`, `{{sdk}}`, `{{schema}}`
/// and `{{install}}` are replaced.
pub(super) type Template = (&'static str, &'static str);

/// Recorded calls, which are the same in every language.
const CASSETTES: &[Template] = &[
    ("cassettes/create.json", include_str!("../../templates/rust/cassettes/create.json")),
    ("cassettes/update.json", include_str!("../../templates/rust/cassettes/update.json")),
    ("cassettes/get.json", include_str!("../../templates/rust/cassettes/get.json")),
    ("cassettes/list.json", include_str!("../../templates/rust/cassettes/list.json")),
    ("cassettes/list-last.json", include_str!("../../templates/rust/cassettes/list-last.json")),
    ("cassettes/delete.json", include_str!("../../templates/rust/cassettes/delete.json")),
];

/// Files of a stand-alone project.
pub(super) fn alone(language: Language) -> Vec<Template> {
    let own: &[Template] = match language {
        Language::Rust => &[
            ("Cargo.toml", include_str!("../../templates/rust/Cargo.toml")),
            ("Cargo.lock", include_str!("../../templates/rust/Cargo.lock")),
            // The compiler that builds this host's own plugins.
            ("rust-toolchain.toml", include_str!("../../../../rust-toolchain.toml")),
            ("rustfmt.toml", include_str!("../../../../rustfmt.toml")),
            (".gitignore", include_str!("../../templates/rust/gitignore")),
            ("README.md", include_str!("../../templates/rust/README.md")),
            ("src/lib.rs", include_str!("../../templates/rust/src/lib.rs")),
            ("src/tests.rs", include_str!("../../templates/rust/src/tests.rs")),
        ],
        Language::JavaScript => &[
            ("package.json", include_str!("../../templates/js/package.json")),
            (".gitignore", include_str!("../../templates/js/gitignore")),
            ("README.md", include_str!("../../templates/js/README.md")),
            ("src/index.js", include_str!("../../templates/js/src/index.js")),
            ("test/integration.test.js", include_str!("../../templates/js/test/integration.test.js")),
        ],
        Language::Python => &[
            ("pyproject.toml", include_str!("../../templates/python/pyproject.toml")),
            (".gitignore", include_str!("../../templates/python/gitignore")),
            ("README.md", include_str!("../../templates/python/README.md")),
            ("src/integration.py", include_str!("../../templates/python/src/integration.py")),
            ("tests/test_integration.py", include_str!("../../templates/python/tests/test_integration.py")),
        ],
    };
    [own, CASSETTES].concat()
}

/// Files of a project in a checkout, which has the rest.
pub(super) fn in_checkout(language: Language) -> Vec<Template> {
    match language {
        Language::Rust => {
            let own: &[Template] = &[
                ("Cargo.toml", include_str!("../../templates/rust/Cargo.checkout.toml")),
                ("src/lib.rs", include_str!("../../templates/rust/src/lib.rs")),
                ("src/tests.rs", include_str!("../../templates/rust/src/tests.rs")),
            ];
            [own, CASSETTES].concat()
        }
        Language::JavaScript | Language::Python => alone(language),
    }
}

/// The folder of a checkout for projects of that language.
pub(super) fn folder_in_checkout(language: Language) -> &'static str {
    match language {
        Language::Rust => "plugins",
        Language::JavaScript => "sdk/js/examples",
        Language::Python => "sdk/python/examples",
    }
}
