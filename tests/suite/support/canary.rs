use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use mortise_tests::canary::{Canary, PREFIX};
use serde_json::json;

fn forms(canary: &Canary, haystack: impl AsRef<[u8]>) -> Vec<&'static str> {
    canary.find(haystack).into_iter().map(|leak| leak.form).collect()
}

#[test]
fn two_canaries_differ_and_are_not_found_in_each_other() {
    let (one, other) = (Canary::new(), Canary::new());
    assert!(one.as_str().starts_with(PREFIX));
    one.assert_absent("another canary", other.as_str());
    one.assert_absent("nothing", "");
}

#[test]
fn a_canary_is_found_raw_and_where_it_starts() {
    let canary = Canary::new();
    let leaks = canary.find(format!("token={canary}; again {canary}"));
    assert_eq!(leaks.iter().map(|leak| (leak.form, leak.offset)).collect::<Vec<_>>(), [("raw", 6), ("raw", 53)]);
}

#[test]
fn a_canary_is_found_in_base64_of_any_text_around_it() {
    for canary in [Canary::new(), Canary::awkward()] {
        for before in ["", "u", "us", "use", "user:"] {
            for after in ["", "!", "??", "..."] {
                let text = format!("{before}{canary}{after}");
                assert_eq!(forms(&canary, STANDARD.encode(&text)), ["base64"], "{text}");
                assert_eq!(forms(&canary, URL_SAFE_NO_PAD.encode(&text)), ["base64"], "{text}");
            }
        }
    }
}

#[test]
fn a_canary_is_found_in_hex_and_percent_encoding_of_either_case() {
    let canary = Canary::awkward();
    let every: String = canary.as_str().bytes().map(|byte| format!("%{byte:02x}")).collect();
    let form = canary.as_str().replace('%', "%25").replace('/', "%2F").replace('+', "%2B").replace('"', "%22");
    let form = form.replace('\\', "%5C").replace('<', "%3C").replace('&', "%26").replace('>', "%3E");
    let form = form.replace('=', "%3D").replace('!', "%21");
    assert_eq!(forms(&canary, hex::encode(canary.as_str())), ["hex"]);
    assert_eq!(forms(&canary, hex::encode_upper(canary.as_str())), ["hex"]);
    assert_eq!(forms(&canary, &every), ["percent of every byte"]);
    assert_eq!(forms(&canary, every.to_uppercase()), ["percent of every byte"]);
    assert_eq!(forms(&canary, form.replace(' ', "%20")), ["percent"]);
    assert_eq!(forms(&canary, form.replace(' ', "+")), ["percent"]);
}

#[test]
fn a_canary_is_found_in_json_and_in_json_within_json() {
    let canary = Canary::awkward();
    let inner = json!({ "token": canary.as_str() }).to_string();
    let outer = json!({ "body": inner }).to_string();
    let escapes: String = canary.as_str().bytes().map(|byte| format!("\\u{byte:04x}")).collect();
    assert_eq!(forms(&canary, inner), ["json"]);
    assert_eq!(forms(&canary, outer), ["json in json"]);
    assert_eq!(forms(&canary, escapes), ["json escapes"]);
}

#[test]
#[should_panic(expected = "a secret leaked into the log")]
fn a_leak_names_the_place() {
    let canary = Canary::new();
    canary.assert_absent("the log", canary.as_str());
}

#[test]
fn debug_output_does_not_hold_the_secret() {
    let canary = Canary::new();
    canary.assert_absent("debug output", format!("{canary:?}"));
}
