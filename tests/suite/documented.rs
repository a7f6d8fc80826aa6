//! `mortise docs`: documentation pages with a component's declaration.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use mortise_tests::components::component;
use mortise_tests::host::mortise_binary;
use tempfile::TempDir;

const PLACE: &str = "<!-- generated: mortise docs -->\n<!-- end of generated -->\n";

fn docs(dir: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(mortise_binary());
    command.args(["docs", "--no-build"]).args(arguments).current_dir(dir).output().expect("mortise starts")
}

fn said(output: &[u8]) -> String {
    String::from_utf8_lossy(output).into_owned()
}

/// A checkout with these integrations, built and without their pages.
fn checkout(slugs: &[&str]) -> TempDir {
    let dir = TempDir::new().expect("a temporary directory");
    let components = dir.path().join("target/plugins/components");
    fs::create_dir_all(&components).expect("writable");
    fs::write(dir.path().join("Cargo.toml"), "[workspace]\nmembers = [\"plugins/*\"]\n").expect("writable");
    for slug in slugs {
        let project = dir.path().join("plugins").join(slug);
        fs::create_dir_all(&project).expect("writable");
        fs::write(project.join("Cargo.toml"), format!("[package]\nname = \"{slug}\"\n")).expect("writable");
        fs::write(components.join(slug).with_extension("wasm"), component(slug)).expect("writable");
    }
    dir
}

fn page(checkout: &TempDir, slug: &str) -> PathBuf {
    checkout.path().join("docs/integrations").join(format!("{slug}.md"))
}

#[test]
fn a_checkout_gets_a_page_for_each_integration_and_then_nothing_changes() {
    let checkout = checkout(&["dixa", "planhat"]);
    let output = docs(checkout.path(), &[]);
    assert!(output.status.success(), "{}", said(&output.stderr));
    assert_eq!(said(&output.stdout).lines().count(), 2);
    let text = fs::read_to_string(page(&checkout, "planhat")).expect("a page");
    assert!(text.starts_with("# Planhat\n\n<!-- generated: mortise docs -->\n"), "{text}");
    for line in [
        "| origins | `https://{cluster}.planhat.com`, `https://api.planhat.com/oauth` |",
        "| requests are signed by, `bearer` | `Authorization: Bearer {api_token}` |",
        "| `api_token` | secret, optional | Private App access token |",
        "### ticketing: create-user",
        "| `nick_name` | required | |",
        "| `name` | ignored | Planhat makes it of first\\_name and last\\_name |",
    ] {
        assert!(text.lines().any(|other| other == line), "{line}\n{text}");
    }

    let again = docs(checkout.path(), &["--check"]);
    assert!(again.status.success(), "{}", said(&again.stderr));
    assert_eq!(said(&again.stdout), "");
}

#[test]
fn a_page_says_how_users_are_listed_and_what_becomes_of_deleted_ones() {
    let checkout = checkout(&["puppet"]);
    let output = docs(checkout.path(), &[]);
    assert!(output.status.success(), "{}", said(&output.stderr));
    let text = fs::read_to_string(page(&checkout, "puppet")).expect("a page");
    for line in [
        "### ticketing: list-users",
        "| users on a page of the vendor | 2 to 100; 3 without a `limit` |",
        "| end of the list | the vendor says it |",
        "| several filters | hold together |",
        "| fields that only a single read tells | `updated_at` |",
        "| `created_at[gte]` | writable | |",
        "Orders by `sort_by[name]`.",
        "| `organization_id` in the query | writable | |",
        "Rows have `id`, `name`, `emails`, `is_active`, `created_at`.",
        "### ticketing: delete-user",
        "A deletion `deactivates`: the user stays, and can no longer sign in.",
        "| `reassign_to` in the query | writable | |",
        "Answers with `id`.",
    ] {
        assert!(text.lines().any(|other| other == line), "{line}\n{text}");
    }
    let component = checkout.path().join("target/plugins/components/puppet.wasm");
    let checked = Command::new(mortise_binary()).arg("check").arg(&component).output().expect("mortise starts");
    assert!(said(&checked.stdout).contains("ticketing delete-user (deactivates)"), "{}", said(&checked.stdout));
    let get = text.split("### ").find(|part| part.starts_with("ticketing: get-user")).expect("a section");
    assert!(!get.contains("| field |"), "the operation takes no fields: {get}");
}

#[test]
fn a_project_that_stands_alone_has_its_place_in_the_readme_and_the_rest_stays() {
    let checkout = checkout(&["dixa"]);
    // Without the workspace's `Cargo.toml`, the project stands alone.
    fs::remove_file(checkout.path().join("Cargo.toml")).expect("it is there");
    let project = checkout.path().join("plugins/dixa");
    fs::rename(checkout.path().join("target"), project.join("target")).expect("movable");
    fs::write(project.join("README.md"), format!("# Ours\n\nBefore.\n\n{PLACE}\nAfter.\n")).expect("writable");
    let output = docs(&project, &[]);
    assert!(output.status.success(), "{}", said(&output.stderr));
    let text = fs::read_to_string(project.join("README.md")).expect("a page");
    assert!(text.starts_with("# Ours\n\nBefore.\n\n<!-- generated"), "{text}");
    assert!(text.contains("| `emails` | required |"), "{text}");
    assert!(text.ends_with("<!-- end of generated -->\n\nAfter.\n"), "{text}");
}

#[test]
fn the_tables_of_a_checkout_list_all_of_its_integrations_and_not_some() {
    let checkout = checkout(&["dixa", "planhat"]);
    let (catalogue, ranked) = (checkout.path().join("README.md"), checkout.path().join("docs/integrations/README.md"));
    fs::create_dir_all(ranked.parent().expect("a folder")).expect("writable");
    for table in [&catalogue, &ranked] {
        fs::write(table, format!("# All\n\n{PLACE}")).expect("writable");
    }
    assert!(docs(&checkout.path().join("plugins/dixa"), &[]).status.success());
    assert!(fs::read_to_string(&catalogue).expect("a page").ends_with(PLACE), "the command wrote no table");
    let output = docs(checkout.path(), &[]);
    assert!(output.status.success(), "{}", said(&output.stderr));
    let lines = |page: &PathBuf| fs::read_to_string(page).expect("a page");
    let dixa = "| [Dixa](docs/integrations/dixa.md) | create, update, get, list, delete | | |";
    assert!(lines(&catalogue).contains(dixa), "{}", lines(&catalogue));
    let planhat =
        "| [Planhat](planhat.md) | ticketing: create, update, get, list, delete; crm: update, get, list, delete |";
    assert!(lines(&ranked).contains(planhat), "{}", lines(&ranked));
    assert_eq!(docs(checkout.path(), &["--check"]).status.code(), Some(0));
    // A place with one of its two marks is an error. A page without marks does not get the table.
    fs::write(&catalogue, "# All\n\n<!-- generated: mortise docs -->\n").expect("writable");
    assert_eq!(docs(checkout.path(), &["--check"]).status.code(), Some(2));
    fs::write(&catalogue, "# All\n").expect("writable");
    assert_eq!(docs(checkout.path(), &["--check"]).status.code(), Some(0));
}

#[test]
fn check_names_the_page_that_is_out_of_date_and_writes_nothing() {
    let checkout = checkout(&["dixa", "planhat"]);
    assert!(docs(checkout.path(), &[]).status.success());
    let stale = fs::read_to_string(page(&checkout, "dixa")).expect("a page").replace("required", "optional");
    fs::write(page(&checkout, "dixa"), &stale).expect("writable");
    let output = docs(checkout.path(), &["--check"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output.stdout).trim_end().ends_with("docs/integrations/dixa.md"));
    assert_eq!(said(&output.stdout).lines().count(), 1);
    assert!(said(&output.stderr).contains("1 of 2 pages out of date: run `mortise docs`"), "{}", said(&output.stderr));
    assert_eq!(fs::read_to_string(page(&checkout, "dixa")).expect("a page"), stale);
}

#[test]
fn a_page_without_exactly_one_place_is_refused_and_no_page_is_written() {
    let within = PLACE.replace("<!-- generated", "Between <!-- generated");
    for text in
        ["# Planhat\n".to_owned(), PLACE.repeat(2), PLACE.replace("end of", ""), within, format!("```\n{PLACE}```\n")]
    {
        let checkout = checkout(&["dixa", "planhat"]);
        fs::create_dir_all(checkout.path().join("docs/integrations")).expect("writable");
        fs::write(page(&checkout, "planhat"), &text).expect("writable");
        let output = docs(checkout.path(), &[]);
        assert_eq!(output.status.code(), Some(2));
        let error = said(&output.stderr);
        assert!(error.contains("planhat.md") && error.contains("<!-- end of generated -->"), "{error}");
        assert_eq!(fs::read_to_string(page(&checkout, "planhat")).expect("a page"), text);
        assert!(!page(&checkout, "dixa").exists());
    }
}

#[test]
fn a_page_keeps_its_line_ends_its_link_and_who_may_read_it() {
    let checkout = checkout(&["dixa"]);
    let pages = checkout.path().join("docs/integrations");
    fs::create_dir_all(&pages).expect("writable");
    let elsewhere = checkout.path().join("elsewhere.md");
    // The last mark has no line end, and a space follows it.
    let text = format!("# Ours\r\n{}", PLACE.trim_end().replace('\n', "\r\n")) + " ";
    fs::write(&elsewhere, text).expect("writable");
    fs::set_permissions(&elsewhere, fs::Permissions::from_mode(0o640)).expect("ours");
    symlink(&elsewhere, page(&checkout, "dixa")).expect("writable");
    let output = docs(checkout.path(), &[]);
    assert!(output.status.success(), "{}", said(&output.stderr));
    let text = fs::read_to_string(&elsewhere).expect("a page");
    assert!(text.starts_with("# Ours\r\n<!-- generated") && text.contains("| `emails` | required |"), "{text}");
    assert!(text.lines().count() > 20 && !text.replace("\r\n", "").contains('\n'), "{text}");
    assert_eq!(fs::metadata(&elsewhere).expect("a page").permissions().mode() & 0o777, 0o640);
    assert!(page(&checkout, "dixa").is_symlink());
}
