//! `docs/writing-a-plugin.md` runs as it is printed: its files are written, its commands run in order in one shell, and what they
//! print is what stands there.
//!
//! `sh` blocks are run, `output` blocks are what the block before printed, and a block with a file's name is that file. `<…>` and
//! the like stand for text that differs; a line of `<gaps…>` stands for any number of lines.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::symlink;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use mortise_tests::host::mortise_binary;
use mortise_tests::signal;

use crate::registry::DockerRegistry;

const TUTORIAL: &str = include_str!("../../docs/writing-a-plugin.md");

/// The ports that the tutorial uses; each is another one here.
const PORTS: [&str; 2] = ["4010", "8080"];

enum Block {
    Commands(String),
    Output(String),
    File { name: String, text: String },
}

/// The blocks of a document that are run.
fn blocks(document: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut lines = document.lines();
    while let Some(line) = lines.next() {
        let Some(info) = line.strip_prefix("```") else { continue };
        let text: String = lines.by_ref().take_while(|line| *line != "```").map(|line| format!("{line}\n")).collect();
        match info.split_once(' ') {
            Some((_, name)) => blocks.push(Block::File { name: name.to_owned(), text }),
            None if info == "sh" => blocks.push(Block::Commands(text)),
            None if info == "output" => blocks.push(Block::Output(text)),
            None => {}
        }
    }
    blocks
}

/// Whether a line is as it is printed: pieces between `<…>` in their order, the first at the start.
fn is_like(line: &str, printed: &str) -> bool {
    let mut rest = line;
    for (at, piece) in printed.split('<').enumerate() {
        let piece = if at == 0 { piece } else { piece.split_once('>').map_or(piece, |(_, after)| after) };
        match rest.find(piece) {
            Some(found) if at > 0 || found == 0 => rest = &rest[found + piece.len()..],
            _ => return false,
        }
    }
    rest.is_empty() || printed.ends_with('>')
}

/// Whether the printed lines stand in the output in this order, without others between them, except where `<gaps…>` says so and before
/// the first.
fn assert_printed(output: &str, printed: &str) {
    let lines: Vec<_> = output.lines().collect();
    let mut at = None;
    let mut gap = true;
    for printed in printed.lines() {
        if printed == "<gaps…>" {
            gap = true;
            continue;
        }
        let from = at.map_or(0, |at: usize| at + 1);
        let found = lines.iter().skip(from).position(|line| is_like(line, printed));
        match found {
            Some(skipped) if gap || skipped == 0 => at = Some(from + skipped),
            _ => panic!("`{printed}` is not where it is printed in:\n{output}"),
        }
        gap = false;
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback");
    listener.local_addr().expect("an address").port()
}

pub(crate) fn the_tutorial_runs_as_printed() {
    let registry = DockerRegistry::start(None);
    let directory = tempfile::tempdir().expect("a temporary directory");
    let place = |name: &str| directory.path().join(name);
    fs::create_dir(place("bin")).expect("writable");
    fs::create_dir(place("work")).expect("writable");
    symlink(mortise_binary(), place("bin").join("mortise")).expect("writable");
    let ports = PORTS.map(|port| (port, free_port().to_string()));
    let here = |text: &str| {
        let text = text.replace("127.0.0.1:5000", &registry.address);
        ports.iter().fold(text, |text, (port, free)| text.replace(port, free))
    };

    // One shell from the first command to the last: each block ends with a line that nothing else prints.
    let path = format!("{}:{}", place("bin").display(), std::env::var("PATH").expect("a path"));
    let mut shell = Command::new("/bin/sh")
        .current_dir(place("work"))
        .env("PATH", path)
        .env("HOME", directory.path())
        .envs(["CARGO_HOME", "RUSTUP_HOME"].into_iter().filter_map(tool_home))
        .env_remove("MORTISE_TOKEN")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .expect("a shell");
    let mut input = shell.stdin.take().expect("a pipe");
    let mut lines = BufReader::new(shell.stdout.take().expect("a pipe")).lines();
    let _ended = Group(shell);
    let mut output = String::new();
    for block in blocks(TUTORIAL) {
        match block {
            Block::File { name, text } => fs::write(place("work").join("acme").join(name), text).expect("writable"),
            Block::Output(printed) => assert_printed(&output, &here(&printed)),
            Block::Commands(commands) => {
                // What prints no line's end does not end the line of the mark.
                write!(input, "set -e\nexec 2>&1\n{}\necho; echo '=== done'\n", here(&commands)).expect("a pipe");
                output.clear();
                loop {
                    let line =
                        lines.next().unwrap_or_else(|| panic!("this failed:\n{commands}{output}")).expect("text");
                    if line == "=== done" {
                        break;
                    }
                    output.push_str(&line);
                    output.push('\n');
                }
            }
        }
    }
}

/// Where the toolchain is, whose place is in the home directory of whoever runs the test.
fn tool_home(name: &'static str) -> Option<(&'static str, PathBuf)> {
    let default = std::env::home_dir()?.join(if name == "CARGO_HOME" { ".cargo" } else { ".rustup" });
    Some((name, std::env::var_os(name).map_or(default, Into::into)))
}

/// The shell and what it started in the background. Ends with the test.
struct Group(Child);

impl Drop for Group {
    fn drop(&mut self) {
        signal::kill_group(self.0.id());
        let _ = self.0.wait();
    }
}
