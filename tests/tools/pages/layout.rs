//! Every page in each width and colour scheme, and every link.

use std::collections::{BTreeMap, BTreeSet};

use mortise_tests::client::Client;
use mortise_tests::fixtures;
use serde_json::json;

use super::page::{INSPECTION, url};
use crate::browser::Browser;

/// Follows every link from the start page, and checks each page once in each width and colour scheme.
#[tokio::main]
pub(crate) async fn every_page_is_sound_in_every_width_and_colour_and_every_link_resolves() {
    let (_vendor, host) = fixtures::start().await;
    let browser = Browser::start().await;
    let plain = Client::new(host.address);
    let origin = url(&host, "");
    let (mut waiting, mut seen) = (vec!["/docs".to_owned()], BTreeMap::<String, BTreeSet<String>>::new());
    let mut fragments = Vec::new();
    while let Some(path) = waiting.pop() {
        if seen.contains_key(&path) {
            continue;
        }
        let answer = plain.get(&path).await;
        assert_eq!(answer.status, 200, "{path}");
        if !answer.header("content-type").is_some_and(|kind| kind.starts_with("text/html")) {
            seen.insert(path, BTreeSet::new());
            continue;
        }
        let policy = answer.header("content-security-policy").unwrap_or_default();
        assert!(policy.starts_with("default-src 'none'; style-src 'self';") && !policy.contains("unsafe"), "{policy}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        let mut ids = BTreeSet::new();
        for (width, scheme) in [(1440, "light"), (1440, "dark"), (360, "dark"), (360, "light")] {
            browser.resize(width, 900).await;
            browser.prefer(scheme).await;
            browser.open(&url(&host, &path)).await;
            let found = browser.ask(INSPECTION).await;
            assert_eq!(found["problems"], json!([]), "{path} at {width} in {scheme}");
            let texts = |key: &str| -> Vec<String> {
                let list = found[key].as_array().expect("a list");
                list.iter().map(|text| text.as_str().expect("text").to_owned()).collect()
            };
            ids = texts("ids").into_iter().collect();
            for link in texts("links") {
                let link = link.strip_prefix(&origin).unwrap_or_else(|| panic!("{path} leads outside: {link}"));
                let (target, fragment) = link.split_once('#').unwrap_or((link, ""));
                if !fragment.is_empty() {
                    fragments.push((path.clone(), target.to_owned(), fragment.to_owned()));
                }
                waiting.push(target.to_owned());
            }
            // The browser's parser repaired nothing.
            let written = normal(&answer.text());
            let read = normal(found["markup"].as_str().expect("markup"));
            let differs = written.lines().zip(read.lines()).find(|(written, read)| written != read);
            assert_eq!(differs, None, "{path}");
        }
        seen.insert(path, ids);
    }
    for (from, target, fragment) in fragments {
        assert!(seen.get(&target).is_some_and(|ids| ids.contains(&fragment)), "{from} leads to {target}#{fragment}");
    }
    for path in ["/docs/ticketing/create-user", "/docs/crm/update-user", "/docs/integration/clickup", "/openapi.json"] {
        assert!(seen.contains_key(path), "nothing leads to {path}");
    }
    assert_eq!(browser.console().await, Vec::<String>::new());
    let outside: Vec<_> = browser.requested().await.into_iter().filter(|url| !url.starts_with(&origin)).collect();
    assert_eq!(outside, Vec::<String>::new());
}

/// A document in the form in which browsers write it, one element on each line.
fn normal(markup: &str) -> String {
    let markup = markup.replace("&quot;", "\"").replace("<!DOCTYPE html>", "");
    let markup = [" checked", " selected"].iter().fold(markup, |markup, name| {
        markup
            .replace(&format!("{name}>"), &format!("{name}=\"\">"))
            .replace(&format!("{name} "), &format!("{name}=\"\" "))
    });
    markup.replace('>', ">\n")
}
