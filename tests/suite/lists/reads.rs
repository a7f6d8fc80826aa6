//! Reads of one user, and reads whose vendor request is a `POST`.

use mortise_tests::host::{Setup, update};
use mortise_tests::vendor::{Answer, Behaviour, Vendor};
use serde_json::json;

use super::stage::{Stage, page};

#[tokio::test(flavor = "multi_thread")]
async fn a_user_is_read_by_its_identifier() {
    let user = json!({"user": {"name": "Ada", "emails": []}, "own": 1.50});
    let stage = Stage::start(Answer::new(200, "application/json", user.to_string())).await;
    let target = update("ticketing", "a%20b", stage.account, "");
    let answer = stage.host.client().get(&target).await;
    assert_eq!(answer.json(), json!({"id": "a b", "name": "Ada", "emails": [], "remote_data": user}));
    assert_eq!(stage.vendor.requests()[0].target, "/users/a%20b");
    for (vendor, status) in [
        (Answer::json(404, &json!({"message": "no"})), 404),
        (Answer::json(410, &json!({"message": "gone"})), 404),
        (Answer::json(200, &json!({"user": null})), 502),
        (Answer::json(200, &json!({})), 404),
        (Answer::json(403, &json!({"message": "no"})), 403),
    ] {
        stage.vendor.next(vendor);
        let answer = stage.host.client().get(&target).await;
        assert_eq!(answer.status, status, "{}", answer.text());
    }
    let asked = stage.vendor.requests().len();
    for query in ["&group_id=7", "&organization_id=7", "&email=a%40x.io", "&reassign_to=8", "&limit=1"] {
        let answer = stage.host.client().get(&format!("{target}{query}")).await;
        assert_eq!(answer.status, 400, "{query}: {}", answer.text());
        assert!(answer.text().contains("puppet takes no parameters of its own here"), "{query}: {}", answer.text());
    }
    assert_eq!(stage.vendor.requests().len(), asked);
    for id in ["..", "a%2Fb", "%00"] {
        let answer = stage.host.client().get(&update("ticketing", id, stage.account, "")).await;
        assert_eq!(answer.status, 400, "{id}");
    }
    assert_eq!(stage.host.client().get(&update("crm", "1", stage.account, "")).await.status, 501);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_who_is_not_there_is_not_found_in_every_format() {
    let there = r#"{"user": {"name":"Ada"}, "n": 1.50}"#;
    let stage = Stage::start(Answer::new(200, "application/json", there)).await;
    for format in ["unified", "raw", "normalized", "stream", "debug"] {
        let target = update("ticketing", "7", stage.account, &format!("&truto_response_format={format}"));
        let found = stage.host.client().get(&target).await;
        assert_eq!(found.status, 200, "{format}: {}", found.text());
        if ["raw", "stream"].contains(&format) {
            assert_eq!(found.text(), there, "{format}");
        }
        stage.vendor.next(Answer::json(200, &json!({"users": []})));
        let missing = stage.host.client().get(&target).await;
        assert_eq!(missing.status, 404, "{format}: {}", missing.text());
        assert!(missing.text().contains("the vendor has no such user"), "{format}: {}", missing.text());
    }
    stage.vendor.next(Answer::json(200, &json!({"users": []})));
    let dry = stage.host.client().get(&update("ticketing", "7", stage.account, "&mortise_dry_run=true")).await;
    assert_eq!((dry.status, &dry.json()["requests"][0]["status"]), (200, &json!(200)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_is_no_write_whatever_its_method() {
    let vendor = Vendor::start(Behaviour::by(|request| match request.path() {
        "/users" => page([1], None),
        _ => Answer::json(200, &json!({"user": {"name": "Ada"}})),
    }))
    .await;
    let host = Setup::new().plugin_at("puppet", &vendor.url()).start().await;
    let account = host.account("puppet").await;
    let of_one = update("ticketing", "search-7", account, "");
    let of_all = format!("/unified/ticketing/users?integrated_account_id={account}&organization_id=9");
    for target in [of_one, of_all] {
        let dry = host.client().get(&format!("{target}&mortise_dry_run=true")).await;
        let sent = &dry.json()["requests"][0];
        assert_eq!((&sent["method"], &sent["status"]), (&json!("POST"), &json!(200)), "{target}: {}", dry.text());
        // The host repeats a POST that only reads.
        for trouble in
            [Answer::json(502, &json!({})).into(), Behaviour::drop_before_answer(), Behaviour::drop_mid_body()]
        {
            let before = vendor.requests().len();
            vendor.next(trouble);
            let answer = host.client().get(&target).await;
            assert_eq!((answer.status, vendor.requests().len()), (200, before + 2), "{target}: {}", answer.text());
        }
        for _ in 0..3 {
            vendor.next(Behaviour::drop_mid_body());
        }
        let broken = host.client().get(&target).await;
        assert_eq!(broken.status, 502, "{target}: {}", broken.text());
        assert!(!broken.text().contains("write"), "the call writes nothing: {}", broken.text());
    }
}
