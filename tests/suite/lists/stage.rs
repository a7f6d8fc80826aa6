//! What the tests of lists share: a host with the puppet, and vendors that are directories of users.

use std::collections::BTreeMap;

use mortise::config::Limits;
use mortise_tests::client::Answer as CallersAnswer;
use mortise_tests::host::{Host, Setup};
use mortise_tests::vendor::{Answer, Behaviour, Recorded, Vendor};
use serde_json::{Value, json};
use uuid::Uuid;

/// A host with the puppet, its vendor and an account.
pub(super) struct Stage {
    pub(super) vendor: Vendor,
    pub(super) host: Host,
    pub(super) account: Uuid,
}

impl Stage {
    pub(super) async fn start(vendor: impl Into<Behaviour>) -> Self {
        Self::of("puppet", vendor).await
    }

    /// Starts with another integration that lists as the puppet does.
    pub(super) async fn of(slug: &str, vendor: impl Into<Behaviour>) -> Self {
        Self::with(slug, vendor, |_| {}).await
    }

    /// Starts with other limits.
    pub(super) async fn with(slug: &str, vendor: impl Into<Behaviour>, change: impl FnOnce(&mut Limits)) -> Self {
        let vendor = Vendor::start(vendor).await;
        let limits = |limits: &mut Limits| {
            // Without retries, because these tests count the requests of a list.
            limits.vendor_retries = 0;
            change(limits);
        };
        let host = Setup::new().limits(limits).plugin_at(slug, &vendor.url()).start().await;
        let account = host.account(slug).await;
        Self { vendor, host, account }
    }

    pub(super) fn target(&self, query: &str) -> String {
        format!("/unified/ticketing/users?integrated_account_id={}{query}", self.account)
    }

    pub(super) async fn list(&self, query: &str) -> CallersAnswer {
        self.host.client().get(&self.target(query)).await
    }

    /// Asserts that the answer is a page, and returns it.
    pub(super) async fn page(&self, query: &str) -> Value {
        let answer = self.list(query).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()
    }

    /// The identifiers of all pages.
    pub(super) async fn all(&self, query: &str) -> Vec<String> {
        self.rest(query, "").await
    }

    /// The identifiers of the pages from this cursor on.
    pub(super) async fn rest(&self, query: &str, cursor: &str) -> Vec<String> {
        let (mut ids, mut cursor) = (Vec::new(), cursor.to_owned());
        loop {
            let page = self.page(&format!("{query}&next_cursor={cursor}")).await;
            ids.extend(page["result"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()));
            match page["next_cursor"].as_str() {
                Some(next) => cursor = next.to_owned(),
                None => return ids,
            }
        }
    }
}

/// The query parameters of a vendor request.
pub(super) fn parameters(request: &Recorded) -> BTreeMap<String, String> {
    url::form_urlencoded::parse(request.query().unwrap_or_default().as_bytes()).into_owned().collect()
}

pub(super) fn id(index: u64) -> String {
    format!("u{index:05}")
}

pub(super) fn row(index: u64, place: u64) -> Value {
    let user = json!({"id": id(index), "name": format!("User {index}"), "created_at": "2026-01-31T09:30:00Z"});
    json!({"user": user, "source": format!("/data/{place}")})
}

/// A page with these users and the vendor's own text for each.
pub(super) fn page(users: impl IntoIterator<Item = u64>, next: Option<String>) -> Answer {
    let users: Vec<u64> = users.into_iter().collect();
    let rows: Vec<_> = (0..).zip(&users).map(|(place, index)| row(*index, place)).collect();
    let data: Vec<_> = users.iter().map(|index| format!("{{\"n\": {index}.0,\"z\":1,\"a\":2}}")).collect();
    let page = json!({"rows": rows, "next": next});
    let body = format!("{{\"data\":[{}],\"page\":{page}}}", data.join(" , "));
    Answer::new(200, "application/json", body)
}

/// A vendor with `users` users, whose cursor is a number of rows.
pub(super) fn directory(users: u64) -> Behaviour {
    Behaviour::by(move |request| {
        let parameters = parameters(request);
        let number = |name: &str| parameters.get(name).map_or(0, |text| text.parse::<u64>().unwrap());
        let (from, size) = (number("cursor"), number("size"));
        let to = (from + size).min(users);
        page(from..to, (to < users).then(|| to.to_string()))
    })
}
