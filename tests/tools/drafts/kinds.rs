//! Drafts from each kind of document.

use super::drafted::{Drafted, assert_has};

pub(crate) fn a_draft_builds_passes_its_cassettes_and_names_by_operation_what_is_left() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let orchard = Drafted::from(directory.path(), "orchard", "orchard.yaml");
    orchard.passes(&["create", "delete", "get", "list", "update"]);
    assert_has(
        &orchard.told,
        &["  create  POST /users\n", "  POST /users\n    - the vendor requires `departmentId`", "`fruit`"],
    );
    assert_has(
        &orchard.source(),
        &[
            "\"https://{site}.orchard.example.com/v2\"",
            "Auth::bearer(\"{api_token}\")",
            "Listing::pages(40, 200)",
            "// TODO(POST /users): the vendor requires `departmentId`",
            ".text(\"/meta/next_cursor\")",
            "json_in(\"user\"",
            ".values(\"roles\", [\"picker\", \"grower\"])",
        ],
    );
    // The list names every missing part, and nothing else.
    assert_has(&orchard.against_document(), &["\"departmentId\" is a required property", "objects to 1 thing"]);
}

pub(crate) fn drafts_speak_json_api_and_forms_and_read_openapi_3_1_and_swagger_2() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let lantern = Drafted::from(directory.path(), "lantern", "lantern.json");
    lantern.passes(&["create", "get", "list"]);
    let parts = [".json_api(&resource)", "Auth::header(\"x-api-key\"", "/meta/total", "page[offset]"];
    assert_has(&lantern.source(), &parts);
    assert_has(&lantern.told, &["  operations\n    - nothing at /v1/people is there to update, delete users"]);
    let harbour = Drafted::from(directory.path(), "harbour", "harbour.yaml");
    harbour.passes(&["create", "list", "update"]);
    let parts = [".form(&new)", "Auth::basic(", "\"https://api.harbour.example.com/rest\"", "numeric_id(id)?"];
    assert_has(&harbour.source(), &parts);
    for draft in [lantern, harbour] {
        assert_has(&draft.against_document(), &["objects to 0 things"]);
    }
}
