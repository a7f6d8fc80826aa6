//! The tests that drive programs which some machines do not have: a browser, a registry, the tools of the other
//! languages, Truto's SDK.
//!
//! A test whose program is missing is ignored, with the reason. A table at the end names each group of ignored tests,
//! the missing program, and the command that installs it. If `CI` is set, such a test fails.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod browser;
mod connect;
mod connect_page;
mod demo;
mod distribution;
mod drafts;
mod languages;
mod pages;
mod registry;
mod tool;
mod truto_sdk;
mod tutorial;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use tool::{
    CHROMEDRIVER, CHROMIUM, CURL, DOCKER_REGISTRY, JAVASCRIPT_PACKAGES, JQ, NODE, NPM, OAUTH_PACKAGES, PYTHON,
    PYTHON_PACKAGES, SETUP, TRUTO_PACKAGES, Tool,
};

/// The tests of one module that need the same programs.
struct Group {
    module: &'static str,
    needs: &'static [Tool],
    tests: &'static [(&'static str, fn())],
}

macro_rules! group {
    ($module:ident, $needs:expr, [$($test:ident),+ $(,)?]) => {
        Group { module: stringify!($module), needs: $needs, tests: &[$((stringify!($test), $module::$test)),+] }
    };
    // The tests of a module with parts, each below its part.
    ($module:ident, $needs:expr, [$($part:ident::{$($test:ident),+ $(,)?}),+ $(,)?]) => {
        Group {
            module: stringify!($module),
            needs: $needs,
            tests: &[$($((concat!(stringify!($part), "::", stringify!($test)), $module::$part::$test)),+),+],
        }
    };
}

const GROUPS: [Group; 15] = [
    group!(
        connect,
        &[CHROMIUM, CHROMEDRIVER, NODE, OAUTH_PACKAGES],
        [
            sdk::{
                trutos_sdk_connects_accounts_in_a_window,
                trutos_sdk_connects_accounts_in_the_same_window,
                our_package_connects_accounts_in_a_frame,
                our_package_connects_accounts_in_a_window,
                our_package_connects_accounts_in_the_same_window,
            },
            window::{
                the_same_window_comes_back_to_the_application_whoever_has_opened_it,
                without_a_way_back_the_page_ends_in_plain_words_and_none_off_the_list_is_taken,
            },
            frame::{
                a_frame_of_trutos_sdk_says_that_nobody_hears_it_and_leads_out,
                a_page_off_the_list_gets_no_frame_and_no_message,
            },
            link::{
                a_used_link_and_one_that_never_was_are_said_to_be,
                a_link_that_expires_while_its_page_is_open_is_said_to_be_of_no_use,
            },
            account::{
                the_backend_of_an_application_confirms_with_the_code_of_the_final_message,
                an_account_is_connected_again_and_stays_the_same_account,
            },
            accessibility::{
                the_keyboard_alone_connects_an_account_and_escape_closes_the_frame,
                accounts_are_connected_without_scripts_on_a_narrow_screen,
            },
            documentation::{the_application_of_the_documentation_connects_an_account},
        ]
    ),
    group!(
        connect_page,
        &[CHROMIUM, CHROMEDRIVER],
        [
            every_state_is_sound_in_every_width_and_colour,
            a_window_tells_the_page_that_opened_it_once_and_closes_itself,
            the_vendor_opens_in_a_second_window_and_the_page_waits,
            a_page_that_waits_for_nothing_says_so_and_offers_to_start_over,
        ]
    ),
    group!(demo, &[CURL], [the_demo_tells_scripts_one_line_and_people_lines_that_work]),
    group!(
        distribution,
        &[DOCKER_REGISTRY],
        [
            what_is_packed_is_what_a_registry_gets_and_gives_back,
            what_is_pulled_is_served_only_once_it_is_granted_and_a_tag_that_moved_is_named,
            a_registry_that_asks_who_it_is_gets_the_credentials_and_nobody_else_does,
            what_is_not_a_component_is_refused_by_name_and_nothing_is_kept,
        ]
    ),
    group!(
        distribution,
        &[],
        [
            a_pull_follows_redirections_to_public_places_and_takes_no_credentials_along,
            a_sign_in_that_leaves_https_or_gives_no_usable_token_is_refused,
            only_a_registry_that_is_not_public_has_its_tokens_on_another_host_that_is_not,
            what_a_token_endpoint_says_is_short_and_shows_neither_credentials_nor_control_characters,
            a_token_that_a_registry_says_again_and_again_is_not_shown_in_part_either,
        ]
    ),
    group!(
        drafts,
        &[],
        [
            kinds::{
                a_draft_builds_passes_its_cassettes_and_names_by_operation_what_is_left,
                drafts_speak_json_api_and_forms_and_read_openapi_3_1_and_swagger_2,
            },
        ]
    ),
    group!(
        languages,
        &[NODE, NPM, JAVASCRIPT_PACKAGES],
        [
            the_sdk_in_javascript_passes_its_own_tests,
            fields_of_ones_own_have_their_types_in_typescript,
            the_link_package_passes_its_own_tests_and_has_its_types,
            the_sample_in_javascript_builds_and_passes_its_test,
            the_sample_in_javascript_gets_and_lists_users,
            a_project_in_javascript_names_what_is_missing_and_can_be_typescript,
            a_component_with_an_interpreter_has_the_limits_of_its_class_and_others_keep_their_own,
            calls_that_wait_for_an_interpreter_hold_up_no_others,
        ]
    ),
    group!(
        languages,
        &[PYTHON, PYTHON_PACKAGES],
        [
            the_sdk_in_python_and_its_sample_pass_their_own_tests,
            the_sample_in_python_builds_and_passes_its_test,
            a_project_in_python_names_what_is_missing_and_what_cannot_be_imported,
        ]
    ),
    group!(
        pages,
        &[CHROMIUM, CHROMEDRIVER],
        [
            layout::{every_page_is_sound_in_every_width_and_colour_and_every_link_resolves},
            navigation::{
                a_page_can_be_confined_to_one_integration_without_scripts,
                the_keyboard_reaches_everything,
            },
            operator::{the_operators_page_shows_the_host_and_none_of_the_vendors_words},
        ]
    ),
    group!(
        pages,
        &[CHROMIUM, CHROMEDRIVER, CURL, NODE, PYTHON],
        [
            example::{the_examples_run_as_they_are_printed},
            escaping::{a_plugins_words_are_text_on_the_pages_and_data_in_the_examples},
        ]
    ),
    group!(
        pages,
        &[CHROMIUM, CHROMEDRIVER, CURL, JQ, NODE, PYTHON],
        [
            example::{the_examples_of_reads_and_deletions_run_as_they_are_printed},
        ]
    ),
    group!(truto_sdk, &[TRUTO_PACKAGES], [the_published_sdk_creates_reads_lists_and_deletes_users_and_accounts]),
    group!(tutorial, &[CURL, DOCKER_REGISTRY], [the_tutorial_runs_as_printed]),
    group!(tutorial, &[CURL, NODE, NPM], [the_tutorial_in_javascript_runs_as_printed]),
    group!(tutorial, &[CURL, PYTHON], [the_tutorial_in_python_runs_as_printed]),
];

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let (mut trials, mut left_out) = (Vec::new(), Vec::new());
    for group in &GROUPS {
        let missing: Vec<_> = group.needs.iter().filter(|tool| tool.find().is_none()).map(Tool::to_string).collect();
        let missing = missing.join(", ");
        let tests: Vec<_> = group.tests.iter().map(|test| trial(group.module, test, &missing)).collect();
        let asked = tests.iter().filter(|test| !arguments.is_filtered_out(test)).count();
        if !missing.is_empty() && asked > 0 {
            left_out.push((group.module, asked, missing));
        }
        trials.extend(tests);
    }
    trials.sort_by(|one, other| one.name().cmp(other.name()));
    let conclusion = libtest_mimic::run(&arguments, trials);
    if !arguments.list && !must_be_whole() {
        tell(&left_out);
    }
    conclusion.exit_code()
}

fn trial(module: &str, &(name, run): &(&'static str, fn()), missing: &str) -> Trial {
    let reason = (!missing.is_empty()).then(|| format!("{missing} missing"));
    Trial::ignorable_test(format!("{module}::{name}"), move || match reason {
        None => {
            run();
            Ok(Completion::Completed)
        }
        Some(reason) if must_be_whole() => Err(Failed::from(format!("{reason}: {SETUP} brings it"))),
        Some(reason) => Ok(Completion::ignored_with(reason)),
    })
}

/// Whether a test with a missing program must fail.
fn must_be_whole() -> bool {
    std::env::var("CI").is_ok_and(|ci| !matches!(ci.as_str(), "" | "0" | "false"))
}

/// Prints the groups of ignored tests.
fn tell(left_out: &[(&str, usize, String)]) {
    if left_out.is_empty() {
        return;
    }
    println!("Left out, as this machine lacks a tool:\n\n{:<14}{:>5}  missing", "group", "tests");
    for (module, tests, missing) in left_out {
        println!("{module:<14}{tests:>5}  {missing}");
    }
    println!("\n`{SETUP}` brings them all.\n");
}
