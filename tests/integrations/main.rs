//! What every integration in `plugins/` must hold, one test each: `dixa::create-all-fields` for each of its cassettes, and
//!
//! - `dixa::records_every_operation`: each operation that it declares is in a cassette;
//! - `dixa::declares_what_is_listed`: its declaration is what the reference pages of the unified API list (`tests/reference/`);
//! - `dixa::has_a_page_of_what_it_declares`: `docs/integrations/dixa.md` is as `mortise docs` writes it.
//!
//! An integration that is listed and not written yet is an ignored test.
#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::sync::{Arc, LazyLock};

use libtest_mimic::{Arguments, Failed, Trial};
use mortise::cassette::{self, Cassette, Player, Replay};
use mortise::config::Limits;
use mortise::reference::markdown;
use mortise_tests::host::mortise_binary;
use mortise_tests::reference::Reference;
use mortise_tests::{components, hostile};
use tokio::runtime::Runtime;
use tokio::sync::OnceCell;

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().expect("a runtime"));

/// One integration with its cassettes, and a host for them that starts when it is first needed.
struct Subject {
    slug: String,
    cassettes: Vec<Cassette>,
    player: OnceCell<Player>,
}

type Check = fn(&Subject) -> Result<(), Failed>;

const CHECKS: [(&str, Check); 3] = [
    ("records_every_operation", Subject::records_every_operation),
    ("declares_what_is_listed", Subject::declares_what_is_listed),
    ("has_a_page_of_what_it_declares", Subject::has_a_page_of_what_it_declares),
];

fn main() -> ExitCode {
    let mut trials = Vec::new();
    let subjects: BTreeMap<_, _> = subjects().into_iter().map(|s| (s.slug.clone(), Arc::new(s))).collect();
    for (slug, subject) in &subjects {
        for (index, cassette) in subject.cassettes.iter().enumerate() {
            let subject = subject.clone();
            trials.push(Trial::test(format!("{slug}::{}", cassette.name()), move || subject.plays(index)));
        }
        for (name, check) in CHECKS {
            let subject = subject.clone();
            trials.push(Trial::test(format!("{slug}::{name}"), move || check(&subject)));
        }
    }
    for slug in Reference::read().slugs().into_iter().filter(|slug| !subjects.contains_key(*slug)) {
        let missing = || Err("listed, and not in plugins/".into());
        trials.push(Trial::test(format!("{slug}::declares_what_is_listed"), missing).with_ignored_flag(true));
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn subjects() -> Vec<Subject> {
    let plugins = hostile::root().join("plugins");
    let folders = fs::read_dir(&plugins).expect("a checkout").map(|entry| entry.expect("readable").path());
    folders.filter(|folder| folder.is_dir()).map(|folder| Subject::open(&folder)).collect()
}

impl Subject {
    fn open(folder: &Path) -> Self {
        let slug = folder.file_name().expect("a name").to_string_lossy().into_owned();
        let cassettes = cassette::load_dir(&folder.join("cassettes")).unwrap_or_else(|error| panic!("{error}"));
        Self { slug, cassettes, player: OnceCell::new() }
    }

    async fn player(&self) -> &Player {
        let start = || async {
            let slug = &self.slug;
            let component = components::integrations().get(slug).unwrap_or_else(|| panic!("{slug} is not built"));
            let cache = hostile::target().join("test-replay");
            let how = Replay { compiler: mortise_binary(), cache, limits: Limits::default() };
            Player::start(component, &how).await.expect("the component is served")
        };
        self.player.get_or_init(start).await
    }

    fn plays(&self, index: usize) -> Result<(), Failed> {
        let cassette = self.cassettes.get(index).expect("one of them");
        let outcome = RUNTIME.block_on(async { self.player().await.play(cassette).await });
        if outcome.passed() { Ok(()) } else { Err(outcome.to_string().into()) }
    }

    fn records_every_operation(&self) -> Result<(), Failed> {
        let coverage = RUNTIME.block_on(self.player()).coverage(&self.cassettes);
        match coverage.gaps.iter().find(|gap| gap.operation_missing) {
            None => Ok(()),
            Some(gap) => Err(format!("no cassette plays {} in {}", gap.operation, gap.category).into()),
        }
    }

    fn declares_what_is_listed(&self) -> Result<(), Failed> {
        let differences = Reference::read().differences(RUNTIME.block_on(self.player()).capabilities());
        if differences.is_empty() { Ok(()) } else { Err(differences.join("\n").into()) }
    }

    fn has_a_page_of_what_it_declares(&self) -> Result<(), Failed> {
        let page = hostile::root().join(format!("docs/integrations/{}.md", self.slug));
        let text = fs::read_to_string(&page).map_err(|error| format!("{}: {error}", page.display()))?;
        let generated = markdown(RUNTIME.block_on(self.player()).capabilities());
        let stands = text.contains(&format!("-->\n{generated}<!--"));
        if stands { Ok(()) } else { Err(format!("{} is out of date: run `mortise docs`", page.display()).into()) }
    }
}
