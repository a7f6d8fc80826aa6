//! API tokens.

use jiff::{Timestamp, ToSpan};
use mortise::account::{AccountError, Scope};
use secrecy::ExposeSecret;
use uuid::Uuid;

use super::House;

#[tokio::test]
async fn a_token_tells_its_scope_and_tenant() {
    let house = House::new().await;
    let tokens = house.accounts.tokens();
    let (admin, admin_record) = tokens.create(Scope::Admin, None, Some("ops"), None).await.unwrap();
    let (call, call_record) = tokens.create(Scope::Call, Some("t1"), None, None).await.unwrap();

    let caller = tokens.verify(admin.expose_secret()).await.unwrap().unwrap();
    assert_eq!((caller.token_id, caller.scope, caller.tenant_id), (admin_record.id, Scope::Admin, None));
    let caller = tokens.verify(call.expose_secret()).await.unwrap().unwrap();
    assert_eq!((caller.token_id, caller.scope), (call_record.id, Scope::Call));
    assert_eq!(caller.tenant_id.as_deref(), Some("t1"));
    assert_eq!(tokens.list().await.unwrap(), [admin_record, call_record]);
}

#[tokio::test]
async fn a_token_has_a_known_prefix_and_256_random_bits() {
    let house = House::new().await;
    let (token, record) = house.accounts.tokens().create(Scope::Call, None, None, None).await.unwrap();
    let (other, _) = house.accounts.tokens().create(Scope::Call, None, None, None).await.unwrap();

    assert!(token.expose_secret().starts_with("mrt_"));
    assert_eq!(token.expose_secret().len(), 47);
    assert_ne!(token.expose_secret(), other.expose_secret());
    assert_eq!(record.hint, token.expose_secret()[..8]);
}

#[tokio::test]
async fn an_expired_token_is_refused() {
    let house = House::new().await;
    let tokens = house.accounts.tokens();
    let past = Timestamp::now() - 1.second();
    let future = Timestamp::now() + 1.hour();
    let (expired, _) = tokens.create(Scope::Admin, None, None, Some(past)).await.unwrap();
    let (valid, record) = tokens.create(Scope::Admin, None, None, Some(future)).await.unwrap();

    assert_eq!(tokens.verify(expired.expose_secret()).await.unwrap(), None);
    assert_eq!(tokens.verify(valid.expose_secret()).await.unwrap().unwrap().token_id, record.id);
    assert_eq!(tokens.list().await.unwrap()[1], record);
}

#[tokio::test]
async fn a_revoked_token_is_refused_at_once_and_stays_listed() {
    let house = House::new().await;
    let tokens = house.accounts.tokens();
    let (token, record) = tokens.create(Scope::Call, None, None, None).await.unwrap();
    let (other, _) = tokens.create(Scope::Call, None, None, None).await.unwrap();

    assert!(tokens.revoke(record.id).await.unwrap());
    assert_eq!(tokens.verify(token.expose_secret()).await.unwrap(), None);
    assert!(tokens.verify(other.expose_secret()).await.unwrap().is_some());
    assert!(tokens.list().await.unwrap()[0].revoked_at.is_some());
    assert!(!tokens.revoke(record.id).await.unwrap());
    assert!(!tokens.revoke(Uuid::new_v4()).await.unwrap());
}

#[tokio::test]
async fn a_token_that_was_never_made_is_refused() {
    let house = House::new().await;
    let tokens = house.accounts.tokens();
    tokens.create(Scope::Admin, None, None, None).await.unwrap();
    assert_eq!(tokens.verify(&format!("mrt_{}", "A".repeat(43))).await.unwrap(), None);
}

#[tokio::test]
async fn what_cannot_be_a_token_costs_no_query() {
    let house = House::new().await;
    let tokens = house.accounts.tokens();
    let (token, _) = tokens.create(Scope::Admin, None, None, None).await.unwrap();
    let token = token.expose_secret();
    // From here on, every query fails.
    house.accounts.close().await;

    assert!(matches!(tokens.verify(token).await, Err(AccountError::Database(_))));
    let malformed = [
        String::new(),
        "mrt_".to_owned(),
        token[4..].to_owned(),
        token.replacen("mrt_", "MRT_", 1),
        token.replacen("mrt_", "ghp_", 1),
        token[..46].to_owned(),
        format!("{token}A"),
        format!("{token} "),
        format!("{}=", &token[..46]),
        format!("{}'", &token[..46]),
        format!("mrt_{}", "A".repeat(1 << 20)),
    ];
    for text in malformed {
        assert_eq!(tokens.verify(&text).await.unwrap(), None, "{text:.60}");
    }
}
