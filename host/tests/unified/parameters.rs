//! Query strings as real clients write them.

use std::collections::BTreeMap;

use mortise::unified::Failures;
use mortise::unified::parameters::{Format, Parameters};
use mortise_model::{JsonType, Level};
use serde_json::{Value, json};

use super::{field, messages, one_of, typed};

const ACCOUNT: &str = "integrated_account_id=62f44730-dd91-461e-bd6a-aedd9e0ad79d";

fn parse(rest: &str) -> (Parameters, Failures) {
    let mut failures = Failures::default();
    let parameters = Parameters::parse(&format!("{ACCOUNT}&{rest}"), &mut failures);
    (parameters, failures)
}

/// Parses a query that must have no failure.
#[track_caller]
fn good(rest: &str) -> Parameters {
    let (parameters, failures) = parse(rest);
    assert_eq!(failures.listed(), [], "{rest}");
    parameters
}

/// The message of the only failure that the query must cause.
#[track_caller]
fn failure(rest: &str) -> String {
    let (_, failures) = parse(rest);
    assert_eq!(failures.len(), 1, "{rest}: {failures:?}");
    failures.listed()[0].message.clone()
}

/// The value that an operation gets if it declares `name`.
#[track_caller]
fn declared(rest: &str, name: &str) -> Option<Value> {
    let mut failures = Failures::default();
    let declared = good(rest).declared(&[field(name, Level::Writable)], &mut failures);
    assert_eq!(failures.listed(), [], "{rest}");
    declared.get(name).map(|text| serde_json::from_str(text).unwrap())
}

#[test]
fn a_list_of_excluded_fields_is_read_in_every_spelling() {
    for spelling in [
        "truto_exclude_fields[]=id&truto_exclude_fields[]=name",
        "truto_exclude_fields%5B%5D=id&truto_exclude_fields%5B%5D=name",
        "truto_exclude_fields[0]=id&truto_exclude_fields[1]=name",
        "truto_exclude_fields%5B0%5D=id&truto_exclude_fields%5b1%5d=name",
        "truto_exclude_fields[1]=name&truto_exclude_fields[0]=id",
        "truto_exclude_fields=id,name",
        "truto_exclude_fields=id%2Cname",
        "truto_exclude_fields=id,+name",
        "truto_exclude_fields=id&truto_exclude_fields=name",
        "truto_exclude_fields[]=id,name",
        "truto_exclude_fields[]=id&truto_exclude_fields[]=&truto_exclude_fields[]=name",
    ] {
        let excluded: Vec<_> = good(spelling).exclude.into_iter().collect();
        assert_eq!(excluded, ["id", "name"], "{spelling}");
    }
}

#[test]
fn a_remote_query_keeps_its_order_spelling_and_values() {
    let pairs = |query: &str| good(query).remote_query().to_vec();
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());

    assert_eq!(pairs("remote_query[foo]=bar"), [pair("foo", "bar")]);
    assert_eq!(pairs("remote_query%5Bfoo%5D=bar"), [pair("foo", "bar")]);
    assert_eq!(
        pairs(
            "remote_query[z][a][]=1&remote_query[b]=a+b%20c&remote_query[z][a][]=2&remote_query[e]=&remote_query[n]=None"
        ),
        [pair("z[a][]", "1"), pair("b", "a b c"), pair("z[a][]", "2"), pair("e", ""), pair("n", "None")]
    );
    assert_eq!(pairs("remote_query=None&remote_query="), []);
}

#[test]
fn a_remote_query_without_names_is_refused() {
    for query in ["remote_query=foo", "remote_query[]=foo"] {
        assert!(failure(query).contains("remote_query[name]=value"), "{query}");
    }
}

#[test]
fn none_empty_and_missing_mean_the_same() {
    for value in ["", "None"] {
        let parameters = good(&format!(
            "truto_response_format={value}&truto_ignore_remote_data={value}&truto_exclude_fields={value}&mortise_strict={value}"
        ));
        assert_eq!(parameters.format, Format::Unified);
        assert!(!parameters.ignore_remote_data && !parameters.strict);
        assert!(parameters.exclude.is_empty());
        assert_eq!(declared(&format!("workspace={value}"), "workspace"), None);
        assert_eq!(declared(&format!("groups[][id]={value}"), "groups"), None);
    }
}

#[test]
fn structures_become_json() {
    let groups = json!([{"id": "1", "name": "a b"}, {"id": "2"}]);
    for (query, expected) in [
        ("groups=admin", json!("admin")),
        ("groups[]=a&groups[]=b", json!(["a", "b"])),
        ("groups[0][id]=1&groups[0][name]=a%20b&groups[1][id]=2", groups.clone()),
        ("groups[][id]=1&groups[][name]=a+b&groups[][id]=2", groups),
        ("groups[][id]=1&groups[][id]=2", json!([{"id": "1"}, {"id": "2"}])),
        ("groups[][tags][]=x&groups[][tags][]=y", json!([{"tags": ["x", "y"]}])),
        ("groups[a][b]=c", json!({"a": {"b": "c"}})),
        ("groups[10]=b&groups[9]=a", json!(["a", "b"])),
        ("groups[4294967295]=a", json!(["a"])),
        ("groups[a]=None&groups[b]=c", json!({"b": "c"})),
    ] {
        assert_eq!(declared(query, "groups"), Some(expected), "{query}");
    }
}

#[test]
fn booleans_are_true_or_false_in_any_case() {
    for (text, expected) in [("true", true), ("True", true), ("false", false), ("False", false)] {
        assert_eq!(good(&format!("mortise_dry_run={text}")).dry_run, expected);
    }
    for name in ["truto_ignore_remote_data", "mortise_strict", "mortise_dry_run"] {
        assert_eq!(failure(&format!("{name}=1")), format!("query parameter {name} must be true or false"));
    }
}

#[test]
fn every_format_has_its_name() {
    for (text, format) in [
        ("unified", Format::Unified),
        ("raw", Format::Raw),
        ("normalized", Format::Normalized),
        ("stream", Format::Stream),
        ("debug", Format::Debug),
    ] {
        assert_eq!(good(&format!("truto_response_format={text}")).format, format);
    }
    assert!(failure("truto_response_format=xml").contains("unified, raw, normalized, stream, debug"));
}

#[test]
fn the_account_is_required_and_a_uuid() {
    for (query, message) in [
        ("", "query parameter integrated_account_id is required"),
        ("integrated_account_id=None", "query parameter integrated_account_id is required"),
        ("integrated_account_id=42", "query parameter integrated_account_id must be a uuid"),
    ] {
        let mut failures = Failures::default();
        assert_eq!(Parameters::parse(query, &mut failures).account, None);
        assert_eq!(messages(&failures), [message], "{query}");
    }
    assert!(good("").account.is_some());
}

#[test]
fn a_parameter_with_one_value_is_given_once() {
    assert!(failure(ACCOUNT).contains("must be given once"));
    assert!(failure("mortise_strict[a]=true").contains("must be given once"));
}

#[test]
fn all_violations_are_reported() {
    let mut failures = Failures::default();
    Parameters::parse("truto_response_format=x&mortise_strict=x&mortise_dry_run=x", &mut failures);
    assert_eq!(failures.len(), 4, "{failures:?}");
}

#[test]
fn values_are_never_echoed() {
    let secret = "s3cret";
    let mut failures = Failures::default();
    let parameters = Parameters::parse(
        &format!(
            "integrated_account_id={secret}&truto_response_format={secret}&mortise_strict={secret}&workspace={secret}"
        ),
        &mut failures,
    );
    let declared = [one_of("workspace", Level::Required, &["a"])];
    parameters.declared(&declared, &mut failures);
    assert_eq!(failures.len(), 4);
    assert!(!format!("{failures:?}").contains(secret));
}

#[test]
fn required_parameters_are_required_and_undeclared_ones_are_ignored() {
    let declared = [
        field("organization_id", Level::Required),
        field("groups[].id", Level::Required),
        field("user_id", Level::Ignored),
    ];
    let mut failures = Failures::default();
    assert_eq!(good("user_id=1&other=2").declared(&declared, &mut failures), BTreeMap::new());
    assert_eq!(messages(&failures), ["query parameter organization_id is required"]);
    assert!(failures.listed()[0].missing);
}

#[test]
fn declared_types_and_values_are_checked() {
    let check = |query: &str, support| {
        let mut failures = Failures::default();
        let declared = good(query).declared(&[support], &mut failures);
        (declared.into_values().next(), messages(&failures).join("; "))
    };
    let integer = || typed("p", Level::Writable, JsonType::Integer);
    assert_eq!(check("p=42", integer()), (Some("42".to_owned()), String::new()));
    assert_eq!(check("p=4.2", integer()).1, "query parameter p must be an integer");
    let array = || typed("p", Level::Writable, JsonType::Array);
    assert_eq!(check("p=x", array()), (Some(r#"["x"]"#.to_owned()), String::new()));
    assert_eq!(check("p[]=x", array()), (Some(r#"["x"]"#.to_owned()), String::new()));
    let closed = || one_of("workspace", Level::Writable, &["a", "b"]);
    assert_eq!(check("workspace=b", closed()).1, "");
    assert_eq!(check("workspace=c", closed()).1, "query parameter workspace must be one of a, b");
}

#[test]
fn what_cannot_be_read_is_refused() {
    for (query, message) in [
        ("a%FF=1", "must be percent-encoded UTF-8"),
        ("a=%C3%28", "must be percent-encoded UTF-8"),
        ("a[b=1", "has unbalanced brackets"),
        ("a[b]c=1", "has unbalanced brackets"),
        ("a[[b]]=1", "has unbalanced brackets"),
        ("a=1&a[b]=2", "both as a value and as a structure"),
        ("a[][][][][][][][][]=1", "nested more than 8 levels deep"),
    ] {
        assert!(failure(query).contains(message), "{query}");
    }
    assert_eq!(good("a[][][][][][][][]=1").exclude.len(), 0);
}

#[test]
fn there_is_a_bound_on_the_number_of_parameters() {
    let many = |count: usize| vec!["a=1"; count].join("&");
    assert!(good(&many(255)).account.is_some());
    assert!(failure(&many(256)).contains("more than 256 parameters"));
    assert!(failure(&many(100_000)).contains("more than 256 parameters"));
}
