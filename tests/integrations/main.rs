//! The tests of every integration in `plugins/`: `dixa::create-all-fields` for each of its cassettes, played within the
//! memory that the host keeps for the next call, and
//!
//! - `dixa::asks_for_consent`: if a person's consent brings the tokens, the integration declares a page for the
//!   consent;
//! - `dixa::records_every_operation`: each declared operation is in a cassette, and a cassette has the headers of each
//!   way to sign;
//! - `dixa::tells_an_odd_answer_from_a_success`: a call fails if the vendor answers with a page for people, with JSON
//!   that is not a record, or with an error under a status of success;
//! - `dixa::lists_to_the_end`: the recorded pages of each list lead from the first to the last, by way of one between
//!   them, unless the integration declares that the vendor gives all users at once; the next page begins after the rows
//!   of the page before;
//! - `dixa::withstands_odd_cursors_and_endless_lists`: a cursor that the vendor did not give ends in an error or at the
//!   vendor, and the host notices a page that repeats for ever;
//! - `dixa::keeps_an_identifier_one_segment`: every identifier stays in its place in the address;
//! - `dixa::tells_a_refusal_from_nobody`: a user that is gone is a 404 for reads and deletions, and a refusal keeps its
//!   status;
//! - `dixa::declares_what_is_listed`: its declaration agrees with the reference pages of the unified API
//!   (`tests/reference/`);
//! - `dixa::has_a_page_of_what_it_declares`: `docs/integrations/dixa.md` is as `mortise docs` writes it.
//!
//! Tests of all integrations together: every listed integration is in `plugins/` (`declares_what_is_listed`), the
//! tables in `README.md` and `docs/integrations/README.md` are as `mortise docs` writes them, and the connect page has
//! the fields in `tests/reference/forms.txt` (`connect_page::asks_for_what_is_listed`).
#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod forms;
mod lists;
mod odd;
mod users;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::sync::{Arc, LazyLock};

use libtest_mimic::{Arguments, Failed, Trial};
use lists::Pages;
use mortise::cassette::{self, Cassette, Player, Replay};
use mortise::config::Limits;
use mortise::egress::{AuthScheme, Consent};
use mortise::engine::KEPT_MEMORY;
use mortise::reference::{index, markdown};
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

const CHECKS: [(&str, Check); 9] = [
    ("asks_for_consent", Subject::asks_for_consent),
    ("records_every_operation", Subject::records_every_operation),
    ("tells_an_odd_answer_from_a_success", Subject::tells_an_odd_answer_from_a_success),
    ("lists_to_the_end", Subject::lists_to_the_end),
    ("withstands_odd_cursors_and_endless_lists", Subject::withstands_odd_cursors_and_endless_lists),
    ("keeps_an_identifier_one_segment", Subject::keeps_an_identifier_one_segment),
    ("tells_a_refusal_from_nobody", Subject::tells_a_refusal_from_nobody),
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
    let reference = Reference::read();
    for slug in reference.slugs().into_iter().filter(|slug| !subjects.contains_key(*slug)) {
        let missing = || Err("listed, and not in plugins/".into());
        trials.push(Trial::test(format!("{slug}::declares_what_is_listed"), missing));
    }
    trials.push(Trial::test("reference::names_what_the_pages_count", || done(Reference::read().miscounted())));
    let all: Vec<_> = subjects.into_values().collect();
    let same = all.clone();
    trials.push(Trial::test("connect_page::asks_for_what_is_listed", move || {
        Ok(forms::are_as_listed(same.iter().map(|subject| RUNTIME.block_on(subject.player()).capabilities()))?)
    }));
    trials.push(Trial::test("reference::tables_list_every_integration", move || tables_list(&all)));
    // The order in which libtest would run them.
    trials.sort_by(|one, other| one.name().cmp(other.name()));
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// A line for each fault.
fn done(wrong: Vec<String>) -> Result<(), Failed> {
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}

fn tables_list(subjects: &[Arc<Subject>]) -> Result<(), Failed> {
    let all: Vec<_> = subjects.iter().map(|subject| RUNTIME.block_on(subject.player()).capabilities()).collect();
    let pages = [
        ("README.md", index::by_name(&all, "docs/integrations/")),
        ("docs/integrations/README.md", index::by_evidence(&all)),
    ];
    done(pages.iter().filter_map(|(page, table)| has_generated(page, table).err()).collect())
}

/// Whether a page has this text as its generated part.
fn has_generated(page: &str, generated: &str) -> Result<(), String> {
    let text = fs::read_to_string(hostile::root().join(page)).map_err(|error| format!("{page}: {error}"))?;
    let stands = text.contains(&format!("\n<!-- generated: mortise docs -->\n{generated}<!-- end of generated -->\n"));
    if stands { Ok(()) } else { Err(format!("{page} is out of date: run `mortise docs`")) }
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
            // After each call, the host would give more memory back to the system, and the next call would fault it in
            // again.
            let limits = Limits { guest_memory_bytes: KEPT_MEMORY, ..Limits::default() };
            let how = Replay { compiler: mortise_binary(), cache, limits };
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
        if let Some(gap) = coverage.gaps.iter().find(|gap| gap.operation_missing) {
            return Err(format!("no cassette plays {} in {}", gap.operation, gap.category).into());
        }
        match coverage.signing.as_slice() {
            [] => Ok(()),
            methods => Err(format!("no cassette shows the headers that {} signs with", methods.join(", ")).into()),
        }
    }

    /// For each operation, the first cassette in which it succeeds.
    fn successes(&self) -> Vec<&Cassette> {
        let mut successes = BTreeMap::new();
        for cassette in self.cassettes.iter().filter(|cassette| cassette.answer.status.is_success()) {
            successes.entry((cassette.call.category, cassette.call.operation)).or_insert(cassette);
        }
        successes.into_values().collect()
    }

    fn tells_an_odd_answer_from_a_success(&self) -> Result<(), Failed> {
        done(RUNTIME.block_on(async { odd::taken_for_a_success(self.player().await, &self.successes()).await }))
    }

    fn lists_to_the_end(&self) -> Result<(), Failed> {
        done(RUNTIME.block_on(async {
            let mut wrong = Vec::new();
            for pages in Pages::of(self.player().await, &self.cassettes) {
                wrong.extend(pages.to_the_end().await);
                wrong.extend(pages.behind_the_rows_that_came().await);
            }
            wrong
        }))
    }

    fn withstands_odd_cursors_and_endless_lists(&self) -> Result<(), Failed> {
        done(RUNTIME.block_on(async {
            let mut wrong = Vec::new();
            for pages in Pages::of(self.player().await, &self.cassettes) {
                wrong.extend(pages.within_the_vendor().await);
                wrong.extend(pages.without_end().await);
            }
            wrong
        }))
    }

    fn keeps_an_identifier_one_segment(&self) -> Result<(), Failed> {
        let (successes, all) = (self.successes(), &self.cassettes);
        done(RUNTIME.block_on(async { users::with_other_addresses(self.player().await, &successes, all).await }))
    }

    fn tells_a_refusal_from_nobody(&self) -> Result<(), Failed> {
        done(RUNTIME.block_on(async { users::with_other_statuses(self.player().await, &self.successes()).await }))
    }

    fn asks_for_consent(&self) -> Result<(), Failed> {
        let capabilities = RUNTIME.block_on(self.player()).capabilities();
        let declared = capabilities.variables.iter().map(|variable| (&variable.name, &variable.default));
        let variables = declared.map(|(name, default)| (name.clone(), default.as_deref().unwrap_or("v").to_owned()));
        let variables: BTreeMap<_, _> = variables.collect();
        let asks = |scheme: &&AuthScheme| scheme.exchange.as_ref().is_some_and(|e| e.authorization.is_some());
        let url = |scheme| {
            let (redirect_uri, state) = ("https://host.example/back", "state");
            Consent {
                scheme,
                client_id: "id",
                variables: &variables,
                scopes: &[],
                redirect_uri,
                state,
                challenge: None,
            }
            .url()
        };
        let failed = capabilities.auth.iter().filter(asks).filter_map(|scheme| url(scheme).err());
        done(failed.map(|error| error.to_string()).collect())
    }

    fn declares_what_is_listed(&self) -> Result<(), Failed> {
        done(Reference::read().differences(RUNTIME.block_on(self.player()).capabilities()))
    }

    fn has_a_page_of_what_it_declares(&self) -> Result<(), Failed> {
        let generated = markdown(RUNTIME.block_on(self.player()).capabilities());
        Ok(has_generated(&format!("docs/integrations/{}.md", self.slug), &generated)?)
    }
}
