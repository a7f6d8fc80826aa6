//! The filters and orders of a list: the host refuses what is not declared, and checks the rest on every user.

use mortise_tests::vendor::Answer;
use serde_json::json;

use super::stage::{Stage, directory, page, parameters};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_declared_is_refused_before_anything_is_asked() {
    let stage = Stage::start(directory(3)).await;
    for (query, path, named) in [
        ("&first_name=Ada", "first_name", "it has email, name, is_active, created_at[gte]"),
        ("&created_at=2026-01-01T00:00:00Z", "created_at", "it has email"),
        ("&created_at[gt]=2026-01-01T00:00:00Z", "created_at[gt]", "it has email"),
        ("&email[like]=a", "email[like]", "it has email"),
        ("&filter=x", "filter", "it has email"),
        ("&group_id=7", "group_id", "updated_at[lte], organization_id"),
        ("&groups[]=7", "groups", "it has email"),
        ("&user_id[a][b]=7", "user_id[a]", "it has email"),
        ("&force=true", "force", "it has email"),
        ("&created_at[gte]=yesterday", "created_at[gte]", "RFC 3339"),
        ("&created_at[gte]=20260131T093000Z", "created_at[gte]", "RFC 3339"),
        ("&created_at[gte]=2026-01-31t09:30z", "created_at[gte]", "RFC 3339"),
        ("&created_at[gte]=2026-01-31T09:30:00Z[Europe/Berlin]", "created_at[gte]", "RFC 3339"),
        ("&is_active=maybe", "is_active", "true or false"),
        ("&email=a&email=b", "email", "one value"),
        ("&sort_by[email]=asc", "sort_by[email]", "it has sort_by[name]"),
        ("&sort_by[name]=up", "sort_by[name]", "asc, desc"),
        ("&sort_by=name", "sort_by", "sort_by[name]=asc"),
        ("&limit=0", "limit", "1 or more"),
        ("&limit=many", "limit", "1 or more"),
        ("&truto_key_by=colour", "truto_key_by", "a field of the answer"),
    ] {
        let answer = stage.list(query).await;
        assert_eq!(answer.status, 400, "{query}: {}", answer.text());
        let failure = &answer.json()["details"]["failures"][0];
        assert_eq!(failure["path"], path, "{query}");
        assert!(failure["message"].as_str().unwrap().contains(named), "{query}: {failure}");
    }
    assert!(stage.vendor.requests().is_empty());
    // Declared parameters reach the vendor. Times are in UTC.
    let query =
        "&created_at[gte]=2026-01-31T10:30:00%2B01:00&name=Ada&is_active=True&sort_by%5Bname%5D=DESC&truto_unknown=1";
    stage.page(query).await;
    let asked = parameters(stage.vendor.requests().last().unwrap());
    let expected = [
        ("created_at.gte", "2026-01-31T09:30:00Z"),
        ("is_active.eq", "true"),
        ("name.eq", "Ada"),
        ("size", "3"),
        ("sort.name", "desc"),
    ];
    assert_eq!(asked, expected.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_and_an_order_that_are_required_are_named_if_they_are_not_given() {
    let stage = Stage::of("demanding-puppet", page([1], None)).await;
    let (from, order) = ("created_at[gte]=2026-01-01T00:00:00Z", "sort_by[name]=asc");
    for (query, missing) in [
        (String::new(), &["created_at[gte]", "sort_by[name]"][..]),
        (format!("&{from}"), &["sort_by[name]"]),
        (format!("&{order}&created_at[gte]="), &["created_at[gte]"]),
    ] {
        let answer = stage.list(&query).await;
        assert_eq!(answer.status, 400, "{query}");
        let failures = answer.json()["details"]["failures"].take();
        let told = |path: &&str| json!([path, format!("query parameter {path} is required")]);
        let expected: Vec<_> = missing.iter().map(told).collect();
        let found: Vec<_> =
            failures.as_array().unwrap().iter().map(|failure| json!([failure["path"], failure["message"]])).collect();
        assert_eq!(found, expected, "{query}: {failures}");
    }
    assert!(stage.vendor.requests().is_empty());
    assert_eq!(stage.page(&format!("&{from}&{order}")).await["result_count"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_hold_whatever_the_vendor_makes_of_them() {
    // A vendor that ignores every filter.
    let user = |id: &str, email: &str, name: &str, created: &str, active: Option<bool>| {
        let mut user =
            json!({"id": id, "name": name, "created_at": created, "emails": [{"email": "x@y.z"}, {"email": email}]});
        if let Some(active) = active {
            user["status"] = if active { "active" } else { "inactive" }.into();
        }
        json!({"user": user, "source": ""})
    };
    let rows = json!([
        user("1", "A.B+c@X.io", "Ada", "2026-01-31T09:29:59Z", Some(true)),
        user("2", "a.b@x.io", "ada", "2026-01-31T09:30:00Z", Some(false)),
        user("3", "a.b+c@x.io.example", "Ada", "2026-01-31T09:30:01Z", None),
        {"user": {"id": "4"}, "source": ""},
    ]);
    let stage = Stage::start(Answer::json(200, &json!({"page": {"rows": rows}}))).await;
    for (query, ids) in [
        ("", vec!["1", "2", "3", "4"]),
        ("&email=a.b%2Bc%40x.io", vec!["1", "4"]),
        ("&email=nobody%40x.io", vec!["4"]),
        ("&name=Ada", vec!["1", "3", "4"]),
        ("&is_active=true", vec!["1", "3", "4"]),
        ("&is_active=false", vec!["2", "3", "4"]),
        ("&created_at[gte]=2026-01-31T09:30:00Z", vec!["2", "3", "4"]),
        ("&created_at[lt]=2026-01-31T09:30:00Z", vec!["1", "4"]),
        ("&created_at[gte]=2026-01-31T09:30:00Z&created_at[lt]=2026-01-31T09:30:01Z", vec!["2", "4"]),
        ("&name=Ada&created_at[gte]=2026-01-31T09:30:00Z", vec!["3", "4"]),
    ] {
        assert_eq!(stage.all(&format!("{query}&limit=100")).await, ids, "{query}");
    }
}
