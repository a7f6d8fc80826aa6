//! Reading, changing and deleting accounts.

use std::collections::BTreeMap;

use jiff::Timestamp;
use mortise::account::{AccountChange, AccountError, Accounts, Sealed, Status};
use secrecy::SecretString;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{CANARY, House, exposed, new_account, new_credentials, object, secrets, url};

#[tokio::test]
async fn an_account_reads_back_as_it_was_created() {
    let house = House::new().await;
    let created = house.account("t1").await;
    let read = house.accounts.get(created.id, Some("t1")).await.unwrap().unwrap();

    assert_eq!(json!(read.public()), json!(created.public()));
    assert_eq!(read.sealed, created.sealed);
    assert_eq!(read.status, Status::Active);
    assert_eq!(house.open(&read), exposed(new_account("t1").secrets));
}

#[tokio::test]
async fn accounts_outlive_the_process() {
    let house = House::new().await;
    let created = house.account("t1").await;
    house.accounts.close().await;

    let again = Accounts::connect(&url(house.directory.path()).await).await.unwrap();
    again.ping().await.unwrap();
    assert_eq!(again.get(created.id, None).await.unwrap().unwrap().sealed, created.sealed);
}

#[tokio::test]
async fn the_public_view_has_no_credentials_and_rfc_3339_times() {
    let house = House::new().await;
    let account = house.account("t1").await;
    let public = json!(account.public());

    let keys: Vec<&str> = public.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        keys,
        [
            "id",
            "tenant_id",
            "integration",
            "authentication_method",
            "status",
            "is_sandbox",
            "context",
            "last_error",
            "last_forbidden_error",
            "application_id",
            "created_at",
            "updated_at"
        ]
    );
    assert_eq!(public["integration"], json!({"name": account.integration}));
    assert_eq!(public["status"], "active");
    assert_eq!(public["last_error"], Value::Null);
    let created_at: Timestamp = public["created_at"].as_str().unwrap().parse().unwrap();
    assert_eq!(created_at, account.created_at);
    assert!(public["created_at"].as_str().unwrap().ends_with('Z'));
    assert!(!public.to_string().contains(account.sealed.as_str()));
}

#[tokio::test]
async fn a_deleted_account_is_gone() {
    let house = House::new().await;
    let account = house.account("t1").await;

    assert!(house.accounts.delete(account.id, Some("t1")).await.unwrap());
    assert!(house.accounts.get(account.id, None).await.unwrap().is_none());
    assert!(!house.accounts.delete(account.id, Some("t1")).await.unwrap());
}

#[tokio::test]
async fn another_tenants_account_is_exactly_as_a_missing_one() {
    let house = House::new().await;
    let account = house.account("theirs").await;
    let ours = Some("ours");

    let mut answers = Vec::new();
    for id in [account.id, Uuid::new_v4()] {
        answers.push([
            format!("{:?}", house.accounts.get(id, ours).await),
            format!("{:?}", house.accounts.update(id, ours, new_credentials("api_key", "x")).await),
            format!("{:?}", house.accounts.delete(id, ours).await),
        ]);
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0], ["Ok(None)", "Ok(None)", "Ok(false)"]);

    let untouched = house.accounts.get(account.id, Some("theirs")).await.unwrap().unwrap();
    assert_eq!(untouched.sealed, account.sealed);
    assert_eq!(untouched.updated_at, account.updated_at);
}

#[tokio::test]
async fn a_caller_of_one_tenant_cannot_move_an_account_out_of_it() {
    let house = House::new().await;
    let account = house.account("t1").await;
    let change = AccountChange { tenant_id: Some("t2".to_owned()), ..AccountChange::default() };

    let refused = house.accounts.update(account.id, Some("t1"), change.clone()).await;
    assert!(matches!(refused, Err(AccountError::ForeignTenant(id)) if id == account.id));
    assert!(house.accounts.get(account.id, Some("t1")).await.unwrap().is_some());

    house.accounts.update(account.id, None, change).await.unwrap().unwrap();
    assert!(house.accounts.get(account.id, Some("t1")).await.unwrap().is_none());
    assert!(house.accounts.get(account.id, Some("t2")).await.unwrap().is_some());
}

#[tokio::test]
async fn context_merges_key_by_key_and_null_removes() {
    let house = House::new().await;
    let account = house.account("t1").await;
    let change = AccountChange {
        context: Some(object(json!({"options": {"c": 3}, "region": "eu", "subdomain": null}))),
        ..AccountChange::default()
    };
    let changed = house.accounts.update(account.id, Some("t1"), change).await.unwrap().unwrap();

    assert_eq!(Value::Object(changed.context.clone()), json!({"options": {"c": 3}, "region": "eu"}));
    assert_ne!(changed.sealed, account.sealed, "the late result of a sign-in with other variables does not count");
    assert_eq!(house.open(&changed), house.open(&account));
    assert!(changed.updated_at > account.updated_at);
    assert_eq!(changed.created_at, account.created_at);
    let read = house.accounts.get(account.id, None).await.unwrap().unwrap();
    assert_eq!(json!(read.public()), json!(changed.public()));
}

#[tokio::test]
async fn credentials_merge_by_name_and_none_removes() {
    let house = House::new().await;
    let account = house.account("t1").await;
    let change = AccountChange {
        secrets: Some(BTreeMap::from([
            ("webhook_secret".to_owned(), None),
            ("refresh_token".to_owned(), Some(SecretString::from("third"))),
        ])),
        is_sandbox: Some(true),
        authentication_method: Some("oauth2".to_owned()),
        ..AccountChange::default()
    };
    house.accounts.update(account.id, None, change).await.unwrap().unwrap();

    let read = house.accounts.get(account.id, None).await.unwrap().unwrap();
    assert_eq!(house.open(&read), exposed(secrets(&[("api_key", CANARY), ("refresh_token", "third")])));
    assert!(read.is_sandbox);
    assert_eq!(read.authentication_method.as_deref(), Some("oauth2"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn updates_at_the_same_time_lose_nothing() {
    let house = House::new().await;
    let account = house.account("t1").await;
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..50 {
        let (accounts, id) = (house.accounts.clone(), account.id);
        tasks.spawn(async move {
            let mut change = new_credentials(&format!("secret{n}"), &format!("value{n}"));
            change.context = Some(object(json!({ format!("key{n}"): n })));
            accounts.update(id, Some("t1"), change).await.unwrap().unwrap();
        });
    }
    tasks.join_all().await;

    let read = house.accounts.get(account.id, None).await.unwrap().unwrap();
    let opened = house.open(&read);
    for n in 0..50 {
        assert_eq!(read.context[&format!("key{n}")], n);
        assert_eq!(opened[&format!("secret{n}")], format!("value{n}"));
    }
    assert_eq!(opened["api_key"], CANARY);
}

#[tokio::test]
async fn new_credentials_revive_an_account_that_needs_them() {
    let house = House::new().await;
    let account = house.account("t1").await;
    house.accounts.mark_needs_reauth(account.id, &account.sealed, json!({"statusCode": 401})).await.unwrap();

    let marked = house.accounts.get(account.id, None).await.unwrap().unwrap();
    assert_eq!(marked.status, Status::NeedsReauth);
    assert_eq!(marked.last_error, Some(json!({"statusCode": 401})));

    for idle in [
        AccountChange { context: Some(object(json!({"region": "eu"}))), ..AccountChange::default() },
        AccountChange { secrets: Some(BTreeMap::new()), ..AccountChange::default() },
        AccountChange {
            secrets: Some(BTreeMap::from([("webhook_secret".to_owned(), None)])),
            ..AccountChange::default()
        },
    ] {
        let still = house.accounts.update(account.id, None, idle).await.unwrap().unwrap();
        assert_eq!(still.status, Status::NeedsReauth);
        assert!(still.last_error.is_some());
    }

    house.accounts.update(account.id, None, new_credentials("api_key", "fresh")).await.unwrap().unwrap();
    let revived = house.accounts.get(account.id, None).await.unwrap().unwrap();
    assert_eq!(revived.status, Status::Active);
    assert_eq!(revived.last_error, None);
    assert_eq!(house.open(&revived)["api_key"], "fresh");
}

#[tokio::test]
async fn a_refusal_of_old_credentials_does_not_touch_new_ones() {
    let house = House::new().await;
    let account = house.account("t1").await;
    house.accounts.update(account.id, None, new_credentials("api_key", "fresh")).await.unwrap().unwrap();
    house.accounts.mark_needs_reauth(account.id, &account.sealed, json!("late")).await.unwrap();
    let current = house.accounts.get(account.id, None).await.unwrap().unwrap();
    assert_eq!((current.status, current.last_error), (Status::Active, None));
}

#[tokio::test]
async fn an_operator_can_set_the_status() {
    let house = House::new().await;
    let account = house.account("t1").await;
    house.accounts.mark_needs_reauth(account.id, &account.sealed, json!("refused")).await.unwrap();
    let change = AccountChange { status: Some(Status::Active), ..AccountChange::default() };
    let active = house.accounts.update(account.id, None, change).await.unwrap().unwrap();
    assert_eq!((active.status, active.last_error), (Status::Active, None));
}

#[tokio::test]
async fn a_refusal_is_recorded_and_cleared_only_where_there_is_one() {
    let house = House::new().await;
    let account = house.account("t1").await;
    house.accounts.clear_forbidden(account.id).await.unwrap();
    let untouched = house.accounts.get(account.id, None).await.unwrap().unwrap();
    assert_eq!(untouched.updated_at, account.updated_at);

    house.accounts.record_forbidden(account.id, json!({"scope": "users"})).await.unwrap();
    let recorded = house.accounts.get(account.id, None).await.unwrap().unwrap();
    assert_eq!(recorded.last_forbidden_error, Some(json!({"scope": "users"})));
    assert_eq!(recorded.status, Status::Active);

    house.accounts.clear_forbidden(account.id).await.unwrap();
    let cleared = house.accounts.get(account.id, None).await.unwrap().unwrap();
    assert_eq!(cleared.last_forbidden_error, None);
}

#[tokio::test]
async fn what_happens_to_a_missing_account_is_no_error() {
    let house = House::new().await;
    let nobody = Uuid::new_v4();
    house.accounts.mark_needs_reauth(nobody, &Sealed::from(String::new()), json!({})).await.unwrap();
    house.accounts.record_forbidden(nobody, json!({})).await.unwrap();
    house.accounts.clear_forbidden(nobody).await.unwrap();
    assert!(house.accounts.get(nobody, None).await.unwrap().is_none());
}
