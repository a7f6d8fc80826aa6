//! The contract as data, read from `wit/integration.wit`: its functions and their shapes. With it the host can tell an
//! author exactly how a component differs from the contract.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use anyhow::{Context, Result};
use wit_parser::{Function, Handle, Resolve, Type, TypeDefKind, WorldItem};

/// The contract of this host.
pub(super) static CONTRACT: LazyLock<Contract> = LazyLock::new(|| {
    // The text is a part of this program, and a test reads it. So a text that cannot be read never ships.
    Contract::read(include_str!("../../../wit/integration.wit")).unwrap_or_default()
});

/// The package of the contract.
pub(super) const PACKAGE: &str = "mortise:integration";

/// The WASI functions that the host links (`call/sandbox.rs`), by interface, of version 0.2. They give access to
/// nothing.
pub(super) const WASI: &[(&str, &[&str])] = &[
    ("wasi:cli/environment", &["get-environment", "get-arguments", "initial-cwd"]),
    ("wasi:cli/exit", &["exit"]),
    ("wasi:cli/stderr", &["get-stderr"]),
    ("wasi:cli/stdin", &["get-stdin"]),
    ("wasi:cli/stdout", &["get-stdout"]),
    ("wasi:cli/terminal-input", &[]),
    ("wasi:cli/terminal-output", &[]),
    ("wasi:cli/terminal-stderr", &["get-terminal-stderr"]),
    ("wasi:cli/terminal-stdin", &["get-terminal-stdin"]),
    ("wasi:cli/terminal-stdout", &["get-terminal-stdout"]),
    ("wasi:clocks/monotonic-clock", &["now", "resolution", "subscribe-instant", "subscribe-duration"]),
    ("wasi:clocks/wall-clock", &["now", "resolution"]),
    ("wasi:io/error", &["[method]error.to-debug-string"]),
    ("wasi:io/poll", &["[method]pollable.ready", "[method]pollable.block", "poll"]),
    (
        "wasi:io/streams",
        &[
            "[method]input-stream.read",
            "[method]input-stream.blocking-read",
            "[method]input-stream.skip",
            "[method]input-stream.blocking-skip",
            "[method]input-stream.subscribe",
            "[method]output-stream.check-write",
            "[method]output-stream.write",
            "[method]output-stream.blocking-write-and-flush",
            "[method]output-stream.flush",
            "[method]output-stream.blocking-flush",
            "[method]output-stream.subscribe",
            "[method]output-stream.write-zeroes",
            "[method]output-stream.blocking-write-zeroes-and-flush",
            "[method]output-stream.splice",
            "[method]output-stream.blocking-splice",
        ],
    ),
    ("wasi:random/insecure", &["get-insecure-random-bytes", "get-insecure-random-u64"]),
    ("wasi:random/insecure-seed", &["insecure-seed"]),
    ("wasi:random/random", &["get-random-bytes", "get-random-u64"]),
];

/// The version in the name of an interface.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version(u32, u32, u32);

impl Version {
    /// The linked version of WASI.
    pub(super) const WASI: Self = Self(0, 2, 0);

    /// Whether interfaces of the two versions can be linked, function by function. This is semantic versioning, in
    /// which the minor number of a version 0 counts as the major one. The linker has the same rule.
    pub(super) fn fits(self, other: Self) -> bool {
        if self.0 == 0 { (self.0, self.1) == (other.0, other.1) } else { self.0 == other.0 }
    }
}

impl FromStr for Version {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut numbers = text.splitn(3, '.').map(|number| number.parse().map_err(|_| ()));
        let mut next = || numbers.next().unwrap_or(Err(()));
        Ok(Self(next()?, next()?, next()?))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

/// One package of WIT.
#[derive(Debug, Default)]
pub(super) struct Contract {
    /// The version of the package.
    pub(super) version: Version,
    /// Every interface by name.
    pub(super) interfaces: BTreeMap<String, Interface>,
    /// The interfaces that a component must export.
    pub(super) exports: Vec<String>,
}

/// One interface. Shapes are written as in WIT, with every named type in full.
#[derive(Debug, Clone, Default)]
pub(super) struct Interface {
    /// The shape of each function, by its name in a component. A method's name is `[method]response.status`.
    pub(super) functions: BTreeMap<String, String>,
    /// The shape of each named type.
    pub(super) types: BTreeMap<String, String>,
}

impl Contract {
    /// What the author or operator of a plugin for `version` must do, for people.
    pub(super) fn remedy(&self, version: Version) -> String {
        match version.cmp(&self.version) {
            Ordering::Greater => format!("a host of contract {version} is needed"),
            _ => "build it with a current SDK".to_owned(),
        }
    }

    fn read(text: &str) -> Result<Self> {
        let mut resolve = Resolve::default();
        let id = resolve.push_source("integration.wit", text)?;
        let package = resolve.packages.get(id).context("no package")?;
        let version = package.name.version.as_ref().context("no version")?.to_string();
        let version = version.parse().ok().context("not a version of three numbers")?;
        let interfaces = package.interfaces.iter().filter_map(|(name, id)| {
            let interface = resolve.interfaces.get(*id)?;
            let functions = interface.functions.iter().map(|(name, f)| (name.clone(), function(&resolve, f)));
            let types = interface.types.iter().map(|(name, id)| (name.clone(), shape(&resolve, &Type::Id(*id))));
            Some((name.clone(), Interface { functions: functions.collect(), types: types.collect() }))
        });
        let items =
            package.worlds.values().filter_map(|id| resolve.worlds.get(*id)).flat_map(|world| world.exports.values());
        let exports = items.filter_map(|item| match item {
            WorldItem::Interface { id, .. } => resolve.interfaces.get(*id)?.name.clone(),
            _ => None,
        });
        Ok(Self { version, interfaces: interfaces.collect(), exports: exports.collect() })
    }
}

fn function(resolve: &Resolve, function: &Function) -> String {
    let parameters = function.params.iter().map(|p| format!("{}: {}", p.name, shape(resolve, &p.ty)));
    let parameters = parameters.collect::<Vec<_>>().join(", ");
    let result = function.result.as_ref().map(|result| format!(" -> {}", shape(resolve, result)));
    format!("func({parameters}){}", result.unwrap_or_default())
}

/// A type as text, with named types in full. Resources appear by their names.
fn shape(resolve: &Resolve, of: &Type) -> String {
    let Type::Id(id) = of else { return primitive(of).to_owned() };
    let Some(definition) = resolve.types.get(*id) else { return String::new() };
    let optional = |of: &Option<Type>| of.as_ref().map_or_else(|| "_".to_owned(), |of| shape(resolve, of));
    match &definition.kind {
        TypeDefKind::Type(alias) => shape(resolve, alias),
        TypeDefKind::Record(record) => {
            let fields = record.fields.iter().map(|field| format!("{}: {}", field.name, shape(resolve, &field.ty)));
            format!("record {{ {} }}", fields.collect::<Vec<_>>().join(", "))
        }
        TypeDefKind::Enum(cases) => {
            let cases: Vec<_> = cases.cases.iter().map(|case| case.name.as_str()).collect();
            format!("enum {{ {} }}", cases.join(", "))
        }
        TypeDefKind::Tuple(tuple) => {
            let types: Vec<_> = tuple.types.iter().map(|of| shape(resolve, of)).collect();
            format!("tuple<{}>", types.join(", "))
        }
        TypeDefKind::Option(of) => format!("option<{}>", shape(resolve, of)),
        TypeDefKind::List(of) => format!("list<{}>", shape(resolve, of)),
        TypeDefKind::Result(result) => match (&result.ok, &result.err) {
            (None, None) => "result".to_owned(),
            (ok, None) => format!("result<{}>", optional(ok)),
            (ok, err) => format!("result<{}, {}>", optional(ok), optional(err)),
        },
        TypeDefKind::Handle(Handle::Own(id)) => shape(resolve, &Type::Id(*id)),
        TypeDefKind::Handle(Handle::Borrow(id)) => format!("borrow<{}>", shape(resolve, &Type::Id(*id))),
        // Resources, and kinds of types that the contract does not use.
        _ => definition.name.clone().unwrap_or_default(),
    }
}

fn primitive(of: &Type) -> &'static str {
    match of {
        Type::Bool => "bool",
        Type::U8 => "u8",
        Type::U16 => "u16",
        Type::U32 => "u32",
        Type::U64 => "u64",
        Type::S8 => "s8",
        Type::S16 => "s16",
        Type::S32 => "s32",
        Type::S64 => "s64",
        Type::F32 => "f32",
        Type::F64 => "f64",
        Type::Char => "char",
        Type::String => "string",
        Type::ErrorContext => "error-context",
        // It has a name of its own, or a shape.
        Type::Id(_) => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_contract_is_read_whole() {
        let functions: Vec<_> = CONTRACT
            .interfaces
            .iter()
            .flat_map(|(name, interface)| interface.functions.keys().map(move |function| format!("{name} {function}")))
            .collect();
        let expected = [
            "context authentication-method",
            "context ignore",
            "context parameter",
            "context variable",
            "context wants-user",
            "describe capabilities",
            "http [method]response.body",
            "http [method]response.header",
            "http [method]response.status",
            "http send",
            "log emit",
            "users create-user",
            "users delete-user",
            "users get-user",
            "users list-users",
            "users update-user",
        ];
        assert_eq!(functions, expected);
        Contract::read(include_str!("../../../wit/integration.wit")).expect("it can be read");
        assert_eq!(CONTRACT.version.to_string(), "0.1.0");
        assert_eq!(CONTRACT.exports, ["describe", "users"]);
    }

    #[test]
    fn shapes_are_spelled_in_full() {
        let failure = "record { kind: string, message: string, field: option<string> }";
        let http = CONTRACT.interfaces.get("http").expect("an interface");
        assert_eq!(http.types.get("failure").map(String::as_str), Some(failure));
        let shape = |name: &str| http.functions.get(name).expect(name).clone();
        assert_eq!(shape("[method]response.status"), "func(self: borrow<response>) -> u16");
        assert_eq!(
            shape("[method]response.body"),
            format!("func(self: borrow<response>) -> result<list<u8>, {failure}>")
        );
        assert_eq!(shape("[method]response.header"), "func(self: borrow<response>, name: string) -> option<string>");
        assert_eq!(
            shape("send"),
            format!(
                "func(request: record {{ method: enum {{ get, post, put, patch, delete }}, target: string, \
                 query: list<tuple<string, string>>, headers: list<tuple<string, string>>, body: option<list<u8>>, \
                 primary: bool }}) -> result<response, {failure}>"
            )
        );
        // Types that are declared after they are used.
        let describe = CONTRACT.interfaces.get("describe").expect("an interface");
        let capabilities = describe.functions.get("capabilities").expect("a function");
        for (name, shape) in &describe.types {
            assert!(!capabilities.contains(&format!("<{name}>")) && !shape.contains(&format!("<{name}>")), "{name}");
        }
        assert!(capabilities.contains("exchange: option<record { kind: string, method: string"), "{capabilities}");
        let users = CONTRACT.interfaces.get("users").expect("an interface");
        assert_eq!(
            users.functions.get("update-user").map(String::as_str),
            Some(&*format!("func(category: string, id: string, user: string) -> result<option<string>, {failure}>"))
        );
    }

    #[test]
    fn versions_fit_as_the_linker_joins_them() {
        let version = |text: &str| text.parse::<Version>().expect(text);
        for (one, other, fits) in [
            ("0.1.0", "0.1.7", true),
            ("0.1.0", "0.2.0", false),
            ("1.2.0", "1.3.0", true),
            ("1.0.0", "2.0.0", false),
            ("0.1.0", "1.1.0", false),
        ] {
            assert_eq!(version(one).fits(version(other)), fits, "{one} and {other}");
        }
        for text in ["", "1", "1.2", "1.2.3.4", "1.2.x", "0.2.0-rc.1"] {
            text.parse::<Version>().expect_err(text);
        }
    }
}
