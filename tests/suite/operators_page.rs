//! The operator's page: its content about the last hour, and who may see it.

use jiff::Timestamp;
use mortise::account::Scope;
use mortise_tests::client::Client;
use mortise_tests::fixtures::ada;
use mortise_tests::host::{Host, Setup, create};
use mortise_tests::vendor::{Answer, Vendor};
use secrecy::ExposeSecret;
use serde_json::json;
use uuid::Uuid;

use crate::fixtures::agent;

async fn page(host: &Host) -> String {
    let answer = host.operator().get("/operator").await;
    assert_eq!(answer.status, 200);
    answer.text()
}

/// The part of the page under this heading.
fn section<'p>(page: &'p str, id: &str) -> &'p str {
    let (_, from) = page.split_once(&format!("<section aria-labelledby=\"{id}\">")).expect("the section");
    from.split("</section>").next().expect("a part")
}

/// Writes `calls` calls of an integration into the log, one every `apart_us` microseconds until now. Every tenth was
/// refused, and every hundredth failed.
async fn log(host: &Host, integration: &str, calls: u32, apart_us: u32) {
    let now = Timestamp::now().as_microsecond();
    let sql = format!(
        "INSERT INTO call_log (id, account_id, tenant_id, integration, request_id, method, path, status, outcome, guest_us, vendor_us, \
         host_us, exchanges, created_at, bytes) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {calls}) \
         SELECT '{integration}' || i, 'a', 't', '{integration}', 'r', 'GET', '/unified/ticketing/users', \
         CASE WHEN i % 100 = 0 THEN 503 WHEN i % 10 = 0 THEN 404 ELSE 200 END, 'ok', 1, \
         CASE WHEN i <= 90 THEN 1000 ELSE 2500000 END, 1, '[]', {now} - CAST({apart_us} AS BIGINT) * i, 1 FROM n"
    );
    assert_eq!(host.sql(Box::leak(sql.into_boxed_str())).await, u64::from(calls));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_hour_without_calls_says_so_and_so_does_a_host_without_a_log() {
    let host = Setup::new().start().await;
    let shown = page(&host).await;
    assert!(section(&shown, "last-hour").contains("No call arrived.") && !shown.contains("<svg"), "{shown}");
    assert!(section(&shown, "slowest").contains("waited for a vendor"), "{shown}");
    assert!(section(&shown, "attention").contains("No account needs any."), "{shown}");
    let host = Setup::new().limits(|limits| limits.log_account_entries = 0).start().await;
    let shown = page(&host).await;
    assert!(section(&shown, "last-hour").contains("keeps no log of calls"), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_and_errors_of_the_last_hour_are_a_chart_with_its_numbers_in_words() {
    let vendor = Vendor::start(agent()).await;
    let host = Setup::new().plugin_at("dixa", &vendor.url()).start().await;
    let (client, target) = (host.client(), create("ticketing", host.account("dixa").await, ""));
    assert_eq!(client.post(&target, &ada()).await.status, 201);
    assert_eq!(client.post(&target, &json!({})).await.status, 400);
    vendor.next(Answer::new(500, "text/plain", "Ada Example is broken"));
    assert_eq!(client.post(&target, &ada()).await.status, 500);
    host.app.service.journal.flush().await;
    // Older calls, which do not count.
    host.sql("UPDATE call_log SET created_at = created_at - 5400000000 WHERE status = 400").await;

    let shown = page(&host).await;
    let hour = section(&shown, "last-hour");
    assert!(hour.contains("role=\"img\" aria-labelledby=\"hour-title\" aria-describedby=\"hour-text\""), "{hour}");
    assert!(hour.contains("2 calls: 1 served, 0 answered with 4xx, 1 answered with 5xx."), "{hour}");
    assert_eq!(
        (hour.matches("<rect").count(), hour.matches("<tr>").count()),
        (2, 13),
        "one bar, and a row for each slice"
    );
    assert!(!hour.contains("<script") && !hour.contains("style="), "{hour}");
    assert!(section(&shown, "slowest").contains("<code>dixa</code>"), "{shown}");
    assert!(!shown.contains("Ada"), "the vendor's words");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_slowest_vendors_come_first_by_the_time_that_all_but_a_few_calls_needed() {
    let host = Setup::new().start().await;
    log(&host, "steady", 90, 1_000_000).await;
    log(&host, "slow", 100, 1_000_000).await;
    let shown = page(&host).await;
    let slowest = section(&shown, "slowest");
    let rows: Vec<&str> = slowest.split("<tr>").skip(2).collect();
    assert!(rows[0].contains("slow") && rows[0].contains("<td>1 ms</td><td>2.5 s</td>"), "{rows:?}");
    assert!(rows[1].contains("steady") && rows[1].contains("<td>90</td><td>1 ms</td><td>1 ms</td>"), "{rows:?}");
    assert!(
        section(&shown, "last-hour").contains("190 calls: 171 served, 18 answered with 4xx, 1 answered with 5xx."),
        "{shown}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_that_serve_no_calls_are_listed_first_with_what_to_do() {
    let vendor = Vendor::start(Answer::json(401, &json!({ "message": "Ada Example may not do this" }))).await;
    let host = Setup::new().plugin_at("dixa", &vendor.url()).start().await;
    let (refused, marked, forbidden) =
        (host.account("dixa").await, host.account("dixa").await, host.account("dixa").await);
    let client = host.client();
    assert_eq!(client.post(&create("ticketing", refused, ""), &ada()).await.status, 401);
    let path = |id: Uuid| format!("/integrated-account/{id}");
    assert_eq!(client.patch(&path(marked), &json!({ "status": "needs_reauth" })).await.status, 200);
    vendor.next(Answer::json(403, &json!({ "message": "not with this role" })));
    assert_eq!(client.post(&create("ticketing", forbidden, ""), &ada()).await.status, 403);

    let shown = page(&host).await;
    let attention = section(&shown, "attention");
    let rows: Vec<&str> = attention.split("<tr>").skip(2).collect();
    let row = |id: Uuid| rows.iter().position(|row| row.contains(&id.to_string())).expect("a row");
    assert!(rows[row(refused)].contains("refused its credentials") && rows[row(refused)].contains("POST /link-token"));
    assert!(rows[row(marked)].contains("marked as one that needs new credentials"), "{attention}");
    assert_eq!(row(forbidden), 2, "an account that serves calls comes last: {attention}");
    assert!(rows[2].contains("lack of permission") && rows[2].contains("<td>tenant</td>"), "{attention}");
    assert!(!shown.contains("Ada") && !shown.contains("with this role"), "the vendor's words");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_but_the_operator_sees_the_page() {
    let host = Setup::new().start().await;
    let (of_tenant, _) = host.app.service.accounts.tokens().create(Scope::Admin, Some("t"), None, None).await.unwrap();
    let of_tenant = of_tenant.expose_secret().to_owned();
    for (token, status) in [(None, 401), (Some(host.call_token(None).await), 403), (Some(of_tenant), 403)] {
        let client = Client::new(host.address);
        let client = token.map_or(client.clone(), |token| client.token(&token));
        assert_eq!(client.get("/operator").await.status, status);
    }
    assert_eq!(host.client().get("/operator").await.status, 200);
}
