//! The contract as data, read from `wit/integration.wit` itself: which functions it has and the shape of each, so that a
//! component can be told exactly where it and this host part.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;
use std::iter::Peekable;
use std::str::FromStr;
use std::sync::LazyLock;

/// The contract of this host.
pub(super) static CONTRACT: LazyLock<Contract> =
    LazyLock::new(|| Contract::read(include_str!("../../../wit/integration.wit")));

/// The package of the contract.
pub(super) const PACKAGE: &str = "mortise:integration";

/// The WASI that is linked, with nothing behind it (`call/sandbox.rs`): each interface with its functions, of 0.2.
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

/// A version of an interface, as names carry it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version(u32, u32, u32);

impl Version {
    /// The WASI that is linked.
    pub(super) const WASI: Self = Self(0, 2, 0);

    /// Whether interfaces of the two can be joined, function by function: semantic versioning, where the minor number of a 0
    /// counts as the major one. The linker joins by the same rule.
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
#[derive(Debug)]
pub(super) struct Contract {
    /// The version of the package.
    pub(super) version: Version,
    /// Every interface by name.
    pub(super) interfaces: BTreeMap<String, Interface>,
    /// The interfaces that a component must export.
    pub(super) exports: Vec<String>,
}

/// One interface. Shapes are spelled as in WIT, with every named type in full.
#[derive(Debug, Clone, Default)]
pub(super) struct Interface {
    /// The shape of each function, by its name in a component: a method's is `[method]response.status`.
    pub(super) functions: BTreeMap<String, String>,
    /// The shape of each named type.
    pub(super) types: BTreeMap<String, String>,
}

impl Contract {
    /// What a plugin that was made for `version` needs of a host, for people.
    pub(super) fn remedy(&self, version: Version) -> String {
        match version.cmp(&self.version) {
            Ordering::Greater => format!("a host of contract {version} is needed"),
            _ => "build it with a current SDK".to_owned(),
        }
    }

    /// Reads the part of WIT that the contract is written in: interfaces of records, enums, aliases, resources with methods and
    /// functions, and one world.
    fn read(text: &str) -> Self {
        let version = text.split_once("package ").and_then(|(_, rest)| rest.split_once(';'));
        let version = version.and_then(|(name, _)| name.split_once('@')?.1.parse().ok());
        let mut contract =
            Self { version: version.unwrap_or(Version(0, 0, 0)), interfaces: BTreeMap::new(), exports: Vec::new() };
        let mut tokens = tokens(text).into_iter().peekable();
        while let Some(token) = tokens.next() {
            match token {
                "interface" => {
                    let name = tokens.next().unwrap_or_default();
                    let interface = contract.interface(&mut tokens);
                    contract.interfaces.insert(name.to_owned(), interface);
                }
                "export" => contract.exports.extend(tokens.next().map(str::to_owned)),
                _ => {}
            }
        }
        contract
    }

    /// The body of an interface, from its opening brace to the closing one.
    fn interface<'a>(&self, tokens: &mut Peekable<impl Iterator<Item = &'a str>>) -> Interface {
        let mut interface = Interface::default();
        // Types may be named before they are declared: all are read before one is spelled.
        let (mut declared, mut functions) = (BTreeMap::new(), Vec::new());
        let mut resource = None;
        while let Some(token) = tokens.next() {
            match token {
                "use" => {
                    let from = tokens.next().and_then(|name| self.interfaces.get(name));
                    for name in tokens.by_ref().take_while(|token| *token != ";") {
                        let shape = from.and_then(|from| from.types.get(name));
                        interface.types.extend(shape.map(|shape| (name.to_owned(), shape.clone())));
                    }
                }
                "type" => {
                    let name = tokens.next().unwrap_or_default();
                    let shape = tokens.by_ref().take_while(|token| *token != ";").filter(|token| *token != "=");
                    declared.insert(name, shape.collect());
                }
                "record" | "enum" => {
                    let name = tokens.next().unwrap_or_default();
                    let mut shape = vec![token];
                    shape.extend(tokens.by_ref().take_while(|token| *token != "}"));
                    shape.push("}");
                    declared.insert(name, shape);
                }
                "resource" => resource = tokens.next_if(|token| *token != "{"),
                "}" if resource.take().is_none() => break,
                name if tokens.next_if_eq(&":").is_some() => {
                    let mut shape: Vec<_> = tokens.by_ref().take_while(|token| *token != ";").collect();
                    let name = match resource {
                        None => name.to_owned(),
                        Some(resource) => {
                            let receiver = ["self", ":", "borrow", "<", resource, ">", ","];
                            let receiver = if shape.get(2) == Some(&")") { &receiver[..6] } else { &receiver[..] };
                            shape.splice(2..2, receiver.iter().copied());
                            format!("[method]{resource}.{name}")
                        }
                    };
                    functions.push((name, shape));
                }
                _ => {}
            }
        }
        // Each round spells at least one type, as none holds itself.
        for _ in 0..declared.len() {
            for (name, shape) in &declared {
                let labels = shape.iter().skip(1).map(|next| *next == ":").chain([false]);
                let mut words = shape.iter().zip(labels).filter(|(_, label)| !label).map(|(word, _)| *word);
                let waits = words.any(|word| declared.contains_key(word) && !interface.types.contains_key(word));
                if !waits || shape.first() == Some(&"enum") {
                    let shape = spell(shape, &interface.types);
                    interface.types.insert((*name).to_owned(), shape);
                }
            }
        }
        for (name, shape) in functions {
            interface.functions.insert(name, spell(&shape, &interface.types));
        }
        interface
    }
}

/// Words and signs, without comments.
fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    for line in text.lines() {
        let mut rest = line.split_once("//").map_or(line, |(code, _)| code).trim_start();
        while let Some(first) = rest.chars().next() {
            let word = |c: char| c.is_ascii_alphanumeric() || c == '-';
            let length = match first {
                _ if rest.starts_with("->") => 2,
                _ if word(first) => rest.find(|c| !word(c)).unwrap_or(rest.len()),
                _ => first.len_utf8(),
            };
            let (token, after) = rest.split_at(length);
            tokens.push(token);
            rest = after.trim_start();
        }
    }
    tokens
}

/// A shape as text, with the named types in full.
fn spell(tokens: &[&str], types: &BTreeMap<String, String>) -> String {
    let mut text = String::new();
    // Cases are words of their own, whatever types are called.
    let none = BTreeMap::new();
    let types = if tokens.first() == Some(&"enum") { &none } else { types };
    let mut tokens = tokens.iter().copied().peekable();
    while let Some(token) = tokens.next() {
        match token {
            "{" => text.push_str(" { "),
            "}" => text.push_str(" }"),
            "->" => text.push_str(" -> "),
            ":" => text.push_str(": "),
            "," if matches!(tokens.peek(), Some(&"}" | &")" | &">")) => {}
            "," => text.push_str(", "),
            // The name of a field or parameter may be that of a type.
            word if tokens.peek() == Some(&":") => text.push_str(word),
            word => text.push_str(types.get(word).map_or(word, String::as_str)),
        }
    }
    text
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
            "users update-user",
        ];
        assert_eq!(functions, expected);
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
