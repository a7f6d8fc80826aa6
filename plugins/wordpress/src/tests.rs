use mortise_sdk::mock::{Mock, get, page, post};
use mortise_sdk::{FailureKind, Value, json};

use super::*;

const USER: &str = "/sites/30434183/users/18342963";

fn mock() -> Mock {
    Mock::new(Category::UserDirectory).parameter("workspace", json!(30434183))
}

/// A self-hosted site.
fn own_site() -> Mock {
    Mock::new(Category::UserDirectory).authenticated_by("basic")
}

#[test]
fn an_update_sends_one_role_and_the_names_that_are_given() {
    for (change, sent) in [
        (json!({}), json!({})),
        (json!({"roles": "editor"}), json!({"roles": "editor"})),
        (json!({"roles": [{"id": "shop_manager", "name": "Shop manager"}]}), json!({"roles": "shop_manager"})),
        (json!({"roles": [{"name": "Admin"}]}), json!({"roles": "administrator"})),
        (json!({"roles": []}), json!({})),
        (
            json!({"name": "Jane", "first_name": null, "last_name": null}),
            json!({"name": "Jane", "first_name": "", "last_name": ""}),
        ),
    ] {
        let vendor = mock().on(post(USER).json(sent).answers(200, json!({"ID": 18342963})));
        vendor.update::<WordPress>("18342963", change).unwrap();
    }
}

#[test]
fn what_wordpress_cannot_take_is_refused_before_anything_is_sent() {
    for (change, field) in [
        (json!({"roles": null}), "roles"),
        (json!({"roles": ["editor", "author"]}), "roles[1]"),
        (json!({"roles": [{}]}), "roles[0]"),
        (json!({"name": null}), "name"),
    ] {
        let error = mock().update::<WordPress>("18342963", change).unwrap_err();
        assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some(field)));
    }
    let error = Mock::new(Category::UserDirectory).update::<WordPress>("18342963", json!({})).unwrap_err();
    assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some("workspace")));
    assert_eq!(mock().get::<WordPress>("login:jane").unwrap_err().kind(), FailureKind::NotFound);
}

#[test]
fn a_site_may_be_a_domain() {
    let vendor = Mock::new(Category::UserDirectory).parameter("workspace", json!("blog.example.com"));
    let vendor = vendor.on(get("/sites/blog.example.com/users/7").answers(200, json!({"ID": 7})));
    assert_eq!(vendor.get::<WordPress>("7"), Ok(Some(json!({"id": "7"}))));
}

#[test]
fn an_invitation_that_is_not_sent_is_a_failure() {
    let invite = |answer: Value| {
        let new = json!({"invitees": ["jane@example.com"], "role": "editor"});
        let vendor = mock().on(post("/sites/30434183/invites/new").json(new).answers(200, answer));
        vendor.create::<WordPress>(json!({"emails": [{"email": "jane@example.com"}], "roles": "editor"}))
    };
    let invited = json!({"emails": [{"email": "jane@example.com", "is_primary": true}], "status": "invited"});
    assert_eq!(invite(json!({"sent": ["jane@example.com"], "errors": []})), Ok(Some(invited)));
    for (answer, kind) in [
        (json!({"sent": [], "errors": {"jane@example.com": {"code": "x", "message": "No."}}}), FailureKind::Refused),
        (json!({"sent": [], "errors": []}), FailureKind::Refused),
        (json!({}), FailureKind::Internal),
    ] {
        assert_eq!(invite(answer).unwrap_err().kind(), kind);
    }
}

#[test]
fn an_address_that_is_not_shown_is_left_out() {
    for email in [json!(false), json!(null), json!("")] {
        let user = mock().on(get(USER).answers(200, json!({"ID": 18342963, "email": email})));
        assert_eq!(user.get::<WordPress>("18342963"), Ok(Some(json!({"id": "18342963"}))));
    }
}

#[test]
fn a_deletion_needs_an_heir_or_force() {
    let deletion = |body: Value| post(&format!("{USER}/delete")).json(body).answers(200, json!({"success": true}));
    let vendor = mock().parameter("reassign_to", json!("7")).on(deletion(json!({"reassign": 7})));
    assert!(vendor.delete::<WordPress>("18342963").is_ok());
    assert!(mock().parameter("force", json!(true)).on(deletion(json!({}))).delete::<WordPress>("18342963").is_ok());
    for vendor in [mock(), mock().parameter("reassign_to", json!("jane")), mock().parameter("force", json!(false))] {
        let error = vendor.delete::<WordPress>("18342963").unwrap_err();
        assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some("reassign_to")));
    }
}

#[test]
fn a_list_searches_one_column_and_goes_on_behind_the_rows_that_came() {
    let rows = json!({"found": 3, "users": [{"ID": 7}]});
    let request = get("/sites/30434183/users").query("number", "2").query("offset", "1");
    for (asked, search) in [
        (page(2).at("1"), None),
        (page(2).at("1").by("email", "jane@example.com"), Some(("jane@example.com", "user_email"))),
        (page(2).at("1").by("username", "jane"), Some(("jane", "user_login"))),
        (page(2).at("1").by("name", "Jane"), Some(("Jane", "display_name"))),
    ] {
        let mut request = request.clone().query("order_by", "ID").query("order", "ASC");
        if let Some((text, column)) = search {
            request = request.query("search", text).query("search_columns[]", column);
        }
        let listed = mock().on(request.answers(200, rows.clone())).list::<WordPress>(&asked).unwrap();
        assert_eq!(listed.next.as_deref(), Some("2"));
    }
}

#[test]
fn wordpress_com_says_what_only_a_self_hosted_site_takes() {
    let change = json!({"password": "secret", "urls": null, "languages": ["en_US"], "emails": [], "name": "Jane"});
    let vendor = mock().on(post(USER).json(json!({"name": "Jane"})).answers(200, json!({"ID": 18342963})));
    vendor.update::<WordPress>("18342963", change).unwrap();
    assert_eq!(vendor.ignored(), ["emails", "password", "urls", "languages"]);

    let new =
        json!({"emails": [{"email": "jane@example.com"}], "roles": "editor", "username": "jane", "first_name": null});
    let vendor = mock().on(post("/sites/30434183/invites/new").answers(200, json!({"sent": ["jane@example.com"]})));
    vendor.create::<WordPress>(new).unwrap();
    assert_eq!(vendor.ignored(), ["first_name", "username"]);
}

#[test]
fn an_account_of_a_self_hosted_site_needs_a_login_name_an_address_and_a_password() {
    let new = json!({"username": "jane", "emails": [{"email": "jane@example.com"}], "password": "secret"});
    let sent = json!({"username": "jane", "email": "jane@example.com", "password": "secret"});
    let vendor = own_site().on(post("/users").json(sent).answers(201, json!({"id": 7})));
    assert_eq!(vendor.create::<WordPress>(new.clone()), Ok(Some(json!({"id": "7"}))));
    for field in ["username", "emails", "password"] {
        let mut new = new.clone();
        new[field] = Value::Null;
        let error = own_site().create::<WordPress>(new).unwrap_err();
        assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some(field)));
    }
}

#[test]
fn a_self_hosted_site_clears_by_what_is_empty() {
    for (change, sent) in [
        (json!({}), json!({})),
        (json!({"roles": ["Admin", "shop_manager"]}), json!({"roles": ["administrator", "shop_manager"]})),
        (json!({"roles": []}), json!({"roles": []})),
        (json!({"roles": null, "languages": null}), json!({"roles": [], "locale": ""})),
        (
            json!({"urls": null, "first_name": null, "last_name": ""}),
            json!({"url": "", "first_name": "", "last_name": ""}),
        ),
        (json!({"urls": [{"url": null}]}), json!({"url": ""})),
        (json!({"urls": [], "languages": [], "emails": []}), json!({})),
    ] {
        let vendor = own_site().on(post("/users/7").json(sent).answers(200, json!({"id": 7})));
        vendor.update::<WordPress>("7", change).unwrap();
    }
    for (change, field) in [
        (json!({"name": null}), "name"),
        (json!({"emails": null}), "emails"),
        (json!({"password": null}), "password"),
        (json!({"roles": [{}]}), "roles[0]"),
        (json!({"urls": [{"url": "https://a.example.com"}, {"url": "https://b.example.com"}]}), "urls[1]"),
    ] {
        let error = own_site().update::<WordPress>("7", change).unwrap_err();
        assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some(field)));
    }
}

#[test]
fn a_list_of_a_self_hosted_site_goes_on_where_the_link_leads() {
    let request = get("/users").query("context", "edit").query("per_page", "2").query("page", "2");
    let request = request.query("orderby", "id").query("order", "asc");
    let first = "<https://blog.example.com/wp-json/wp/v2/users?page=1>; rel=\"prev\"";
    let both = format!("{first}, <https://blog.example.com/wp-json/wp/v2/users?page=3>; rel=\"next\"");
    for (link, next) in [(first, None), (&*both, Some("3"))] {
        let vendor = own_site().on(request.clone().answers(200, json!([{"id": 7}])).header("link", link));
        assert_eq!(vendor.list::<WordPress>(&page(2).at("2")).unwrap().next.as_deref(), next);
    }
}

#[test]
fn a_self_hosted_site_searches_where_every_version_finds_the_field() {
    for (field, text, is_sought) in [
        ("email", "jane@example.com", true),
        ("username", "jane", true),
        ("username", "jane@example.com", false),
        ("name", "Jane 2", true),
        ("name", "42", false),
        ("name", "https://example.com", false),
        ("name", "Tom & Jerry", false),
        ("email", "a&b@example.com", false),
    ] {
        let mut request = get("/users").query("context", "edit").query("per_page", "2").query("page", "1");
        request = request.query("orderby", "id").query("order", "asc");
        if is_sought {
            request = request.query("search", text).query("search_columns[]", field);
        }
        let vendor = own_site().on(request.answers(200, json!([])));
        vendor.list::<WordPress>(&page(2).by(field, text)).unwrap();
    }
}

#[test]
fn a_deletion_at_a_self_hosted_site_names_the_heir_or_false() {
    for (parameter, value, reassign) in [("reassign_to", json!("1"), "1"), ("force", json!(true), "false")] {
        let deletion = post("/users/7").query("_method", "DELETE").query("force", "true").query("reassign", reassign);
        let vendor = own_site().parameter(parameter, value);
        vendor.on(deletion.answers(200, json!({"deleted": true}))).delete::<WordPress>("7").unwrap();
    }
    assert_eq!(own_site().delete::<WordPress>("7").unwrap_err().field(), Some("reassign_to"));
}

#[test]
fn what_a_self_hosted_site_stores_as_html_is_told_as_it_was_written() {
    for (stored, written) in [
        ("Tom &amp; Jerry", "Tom & Jerry"),
        ("a &lt; b &gt; c", "a < b > c"),
        ("&amp;lt;", "&lt;"),
        ("O'Brien", "O'Brien"),
    ] {
        let person = json!({"id": 7, "name": stored, "first_name": stored, "last_name": stored, "description": stored});
        let vendor = own_site().on(get("/users/7").query("context", "edit").answers(200, person));
        let user = json!({"id": "7", "name": written, "first_name": written, "last_name": written, "bio": written});
        assert_eq!(vendor.get::<WordPress>("7"), Ok(Some(user)));
    }
}
