//! `docs/writing-a-plugin.md` and the start pages of other languages run as they are printed. The test writes their
//! files, runs their commands in order in one shell, and compares the output.
//!
//! The test runs `sh` blocks, compares `output` blocks with the output of the block before, and writes a block with a
//! file's name to that file. `<…>` and the like stand for text that differs; a line of `<gaps…>` stands for any number
//! of lines. An entry of a numbered list that links to a section of the tutorial stands for the blocks of that section.

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
const IN_JAVASCRIPT: &str = include_str!("../../docs/writing-a-plugin-in-javascript.md");
const IN_PYTHON: &str = include_str!("../../docs/writing-a-plugin-in-python.md");

/// The ports in the tutorial. The test replaces each by a free port.
const PORTS: [&str; 2] = ["4010", "8080"];

enum Block {
    Commands(String),
    Output(String),
    File { name: String, text: String },
}

/// The blocks of a document that the test uses.
fn blocks(document: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut lines = document.lines();
    while let Some(line) = lines.next() {
        if let Some(title) = continued(line) {
            blocks.extend(self::blocks(section(title)));
        }
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

/// The title of the tutorial's section that an entry of a numbered list links to.
fn continued(line: &str) -> Option<&str> {
    let (number, link) = line.split_once(". [")?;
    let (title, target) = link.split_once("](")?;
    (number.parse::<u8>().is_ok() && target.starts_with("writing-a-plugin.md#")).then_some(title)
}

/// The text of a section of the tutorial.
fn section(title: &str) -> &'static str {
    let (_, text) = TUTORIAL.split_once(&format!("\n## {title}\n")).expect("a section of the tutorial");
    text.split("\n## ").next().unwrap_or(text)
}

/// Whether a line matches the printed line: it has the pieces between `<…>` in their order, the first at its start.
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

/// Asserts that the output has the printed lines in this order. Other lines may stand before the first, and in the
/// place of `<gaps…>`.
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
    assert_runs_as_printed(&TUTORIAL.replace("127.0.0.1:5000", &registry.address));
}

pub(crate) fn the_tutorial_in_javascript_runs_as_printed() {
    assert_runs_as_printed(IN_JAVASCRIPT);
}

pub(crate) fn the_tutorial_in_python_runs_as_printed() {
    assert_runs_as_printed(IN_PYTHON);
}

/// Runs a page in an empty folder, up to a call that is served.
fn assert_runs_as_printed(page: &str) {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let place = |name: &str| directory.path().join(name);
    fs::create_dir(place("bin")).expect("writable");
    fs::create_dir(place("work")).expect("writable");
    symlink(mortise_binary(), place("bin").join("mortise")).expect("writable");
    let ports = PORTS.map(|port| (port, free_port().to_string()));
    let here = |text: &str| ports.iter().fold(text.to_owned(), |text, (port, free)| text.replace(port, free));
    let blocks = blocks(page);
    let calls = |block: &Block| matches!(block, Block::Commands(commands) if commands.contains("mortise call create"));
    assert!(blocks.iter().any(calls), "the page leads to a call");

    // One shell for all commands. Each block ends with a line that no command prints.
    let path = format!("{}:{}", place("bin").display(), std::env::var("PATH").expect("a path"));
    let mut shell = Command::new("/bin/sh")
        .current_dir(place("work"))
        .env("PATH", path)
        // Hides all files of this user except the downloads of the package installers.
        .envs([("XDG_CACHE_HOME", place("caches")), ("DOCKER_CONFIG", place("docker")), ("PIP_CACHE_DIR", pip_cache())])
        .env("npm_config_prefer_offline", "true")
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
    for block in blocks {
        match block {
            Block::File { name, text } => fs::write(place("work").join("acme").join(name), text).expect("writable"),
            Block::Output(printed) => assert_printed(&output, &here(&printed)),
            Block::Commands(commands) => {
                // An empty line precedes the mark, because the last output may lack its line end.
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

/// The folder of `pip`'s downloads for this user.
fn pip_cache() -> PathBuf {
    let of_environment = |name| std::env::var_os(name).map(PathBuf::from);
    let caches = || of_environment("XDG_CACHE_HOME").or_else(|| Some(std::env::home_dir()?.join(".cache")));
    of_environment("PIP_CACHE_DIR").or_else(|| Some(caches()?.join("pip"))).expect("a home folder")
}

/// The shell and its background processes. They end with the test.
struct Group(Child);

impl Drop for Group {
    fn drop(&mut self) {
        signal::kill_group(self.0.id());
        let _ = self.0.wait();
    }
}
