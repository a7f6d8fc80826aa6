//! The cassettes of every integration in `plugins/`, one test each: `dixa::create-all-fields`. And one for each integration that
//! every operation it declares is recorded.
#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::sync::{Arc, LazyLock};

use libtest_mimic::{Arguments, Failed, Trial};
use mortise::cassette::{self, Cassette, Player, Replay};
use mortise::config::Limits;
use mortise_tests::host::mortise_binary;
use mortise_tests::{components, hostile};
use tokio::runtime::Runtime;
use tokio::sync::OnceCell;

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().expect("a runtime"));

/// A host for the cassettes of one integration, started when the first of them is played.
#[derive(Default)]
struct Stage(OnceCell<Player>);

impl Stage {
    async fn player(&self, slug: &str) -> &Player {
        let start = || async {
            let component = components::integrations().get(slug).unwrap_or_else(|| panic!("{slug} is not built"));
            let cache = hostile::target().join("test-replay");
            let how = Replay { compiler: mortise_binary(), cache, limits: Limits::default() };
            Player::start(component, &how).await.expect("the component is served")
        };
        self.0.get_or_init(start).await
    }
}

fn main() -> ExitCode {
    let mut trials = Vec::new();
    for (slug, cassettes) in recorded() {
        let (stage, cassettes) = (Arc::new(Stage::default()), Arc::new(cassettes));
        for (index, cassette) in cassettes.iter().enumerate() {
            let (slug, stage, cassettes) = (slug.clone(), stage.clone(), cassettes.clone());
            trials.push(Trial::test(format!("{slug}::{}", cassette.name()), move || {
                play(&slug, &stage, &cassettes, index)
            }));
        }
        trials
            .push(Trial::test(format!("{slug}::records_every_operation"), move || complete(&slug, &stage, &cassettes)));
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// The cassettes by slug.
fn recorded() -> BTreeMap<String, Vec<Cassette>> {
    let plugins = hostile::root().join("plugins");
    let folders = fs::read_dir(&plugins).expect("a checkout").map(|entry| entry.expect("readable").path());
    folders.filter(|folder| folder.is_dir()).map(|folder| (slug(&folder), load(&folder))).collect()
}

fn slug(folder: &Path) -> String {
    folder.file_name().expect("a name").to_string_lossy().into_owned()
}

fn load(folder: &Path) -> Vec<Cassette> {
    cassette::load_dir(&folder.join("cassettes")).unwrap_or_else(|error| panic!("{error}"))
}

fn play(slug: &str, stage: &Stage, cassettes: &[Cassette], index: usize) -> Result<(), Failed> {
    let cassette = cassettes.get(index).expect("one of them");
    let outcome = RUNTIME.block_on(async { stage.player(slug).await.play(cassette).await });
    if outcome.passed() { Ok(()) } else { Err(outcome.to_string().into()) }
}

fn complete(slug: &str, stage: &Stage, cassettes: &[Cassette]) -> Result<(), Failed> {
    let coverage = RUNTIME.block_on(async { stage.player(slug).await.coverage(cassettes) });
    match coverage.gaps.iter().find(|gap| gap.operation_missing) {
        None => Ok(()),
        Some(gap) => Err(format!("no cassette plays {} in {}", gap.operation, gap.category).into()),
    }
}
