//! After a rotation of the master key, link tokens and applications open with the new key alone.

use std::sync::Arc;

use mortise::account::{NewApplication, NewLinkToken, Vault};
use secrecy::ExposeSecret;

use super::{CANARY, House, exposed, key, secrets};

#[tokio::test]
async fn what_is_sealed_for_link_tokens_and_applications_opens_with_the_new_key_alone() {
    let house = House::new().await;
    let new = NewLinkToken {
        tenant_id: "t".to_owned(),
        account_id: None,
        persist_previous_context: false,
        redirect_uri: None,
        scopes: Vec::new(),
        integrations: Vec::new(),
        context: secrets(&[("api_token", CANARY)]),
    };
    let (plain, _) = house.accounts.link_tokens().create(new).await.unwrap();
    let application = NewApplication {
        integration: "acme".to_owned(),
        tenant_id: None,
        client_id: "client".to_owned(),
        client_secret: Some(CANARY.into()),
        scopes: Vec::new(),
        redirect_url: None,
    };
    let application = house.accounts.applications().set(&application).await.unwrap();

    let rotating = house.accounts.clone().with_vault(Arc::new(Vault::new(key(2), [key(1)])));
    let resealed = rotating.reseal(|_| {}).await.unwrap();
    assert_eq!((resealed.changed, resealed.unreadable), (2, 0));
    let fresh = house.accounts.clone().with_vault(Arc::new(Vault::new(key(2), [])));
    let token = fresh.link_tokens().find(plain.expose_secret()).await.unwrap().unwrap();
    assert_eq!(exposed(fresh.link_tokens().context(&token).unwrap())["api_token"], CANARY);
    let client = fresh.applications().client(application.id).await.unwrap();
    assert_eq!(client.secret.unwrap().expose_secret(), CANARY);

    let stranger = house.accounts.clone().with_vault(Arc::new(Vault::new(key(3), [])));
    let error = stranger.applications().client(application.id).await.unwrap_err().to_string();
    assert!(error.contains("mortise app set acme"), "{error}");
}
