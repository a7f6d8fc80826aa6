//! Sealing, opening and rotating keys.

use std::collections::HashSet;
use std::sync::Arc;

use mortise::account::{
    AccountChange, AccountError, Accounts, MasterKey, MasterKeys, OwnedKeyFile, Purpose, Sealed, Secrets, Vault,
    VaultError,
};
use serde_json::json;
use sqlx::Executor;
use uuid::Uuid;

use super::{CANARY, House, exposed, key, new_account, new_credentials, object, pool, secrets, url};

#[test]
fn sealed_credentials_open_only_for_their_account() {
    let vault = Vault::new(key(1), []);
    let (a, b) = (Uuid::new_v4(), Uuid::new_v4());
    let sealed = vault.seal(a, &secrets(&[("api_key", CANARY)]));

    assert_eq!(exposed(vault.open(a, &sealed).unwrap())["api_key"], CANARY);
    assert_eq!(vault.open(b, &sealed).unwrap_err(), VaultError::Altered { account: b });
}

#[test]
fn what_is_sealed_for_one_purpose_does_not_open_for_another() {
    let vault = Vault::new(key(1), []);
    let account = Uuid::new_v4();
    let sealed = vault.seal_bytes(Purpose::Answer, account, CANARY.as_bytes());

    assert!(!sealed.as_str().contains(CANARY));
    assert_eq!(*vault.open_bytes(Purpose::Answer, account, &sealed).unwrap(), CANARY.as_bytes());
    let error = vault.open_bytes(Purpose::ExchangedToken, account, &sealed).unwrap_err();
    assert_eq!(error, VaultError::Altered { account });
    assert_eq!(vault.open(account, &sealed).unwrap_err(), VaultError::Altered { account });
}

#[tokio::test]
async fn a_row_that_got_another_rows_ciphertext_does_not_open() {
    let house = House::new().await;
    let (a, b) = (house.account("t1").await, house.account("t2").await);
    let pool = pool(house.directory.path()).await;
    sqlx::query("UPDATE integrated_account SET secrets = $1 WHERE id = $2")
        .bind(a.sealed.as_str())
        .bind(b.id.to_string())
        .execute(&pool)
        .await
        .unwrap();

    let b = house.accounts.get(b.id, None).await.unwrap().unwrap();
    assert_eq!(house.vault.open(b.id, &b.sealed).unwrap_err(), VaultError::Altered { account: b.id });
    let update = house.accounts.update(b.id, None, new_credentials("api_key", "x")).await;
    assert!(matches!(update, Err(AccountError::Vault(VaultError::Altered { .. }))));
}

#[test]
fn every_altered_byte_fails_to_open() {
    let vault = Vault::new(key(1), []);
    let account = Uuid::new_v4();
    let sealed = vault.seal(account, &secrets(&[("api_key", "value")]));
    for position in 0..sealed.as_str().len() {
        for bit in 0..7 {
            let mut text = sealed.as_str().as_bytes().to_vec();
            text[position] ^= 1 << bit;
            let text = String::from_utf8(text).unwrap();
            assert!(vault.open(account, &Sealed::from(text)).is_err(), "byte {position}, bit {bit}");
        }
    }
    for cut in 0..sealed.as_str().len() {
        assert!(vault.open(account, &Sealed::from(sealed.as_str()[..cut].to_owned())).is_err());
    }
    assert!(vault.open(account, &Sealed::from(format!("{}.", sealed.as_str()))).is_err());
}

#[test]
fn a_promoted_key_seals_and_the_old_one_still_opens() {
    let account = Uuid::new_v4();
    let old = Vault::new(key(1), []).seal(account, &secrets(&[("api_key", "old")]));
    let rotated = Vault::new(key(2), [key(1)]);
    let new = rotated.seal(account, &secrets(&[("api_key", "new")]));

    assert_eq!(exposed(rotated.open(account, &old).unwrap())["api_key"], "old");
    assert!(new.as_str().starts_with(&format!("v1.{}.", key(2).id())));
    assert_eq!(exposed(Vault::new(key(2), []).open(account, &new).unwrap())["api_key"], "new");
}

#[test]
fn a_removed_key_fails_closed_and_is_named() {
    let account = Uuid::new_v4();
    let sealed = Vault::new(key(1), []).seal(account, &secrets(&[("api_key", CANARY)]));
    let error = Vault::new(key(2), []).open(account, &sealed).unwrap_err();

    assert_eq!(error, VaultError::UnknownKey { account, key_id: key(1).id().to_owned() });
    let text = error.to_string();
    assert!(text.contains(key(1).id()) && text.contains("master key") && text.contains("missing"), "{text}");
}

#[test]
fn a_vault_follows_its_key_file() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("master.key");
    MasterKey::generate_file(&path).unwrap();
    let (first, second) =
        (Vault::with_keys(MasterKeys::load(&path).unwrap()), Vault::with_keys(MasterKeys::load(&path).unwrap()));
    let account = Uuid::new_v4();
    let old = first.seal(account, &secrets(&[("api_key", "old")]));

    let file = OwnedKeyFile::take(&path).unwrap();
    let rotating = file.begin().unwrap();
    let new = first.seal(account, &secrets(&[("api_key", "new")]));
    assert!(new.as_str().starts_with(&format!("v1.{}.", rotating.ids().next().unwrap())), "sealing looks at the file");
    assert_eq!(exposed(second.open(account, &new).unwrap())["api_key"], "new", "so does meeting an unknown key");
    file.end().unwrap();
    for vault in [&first, &second] {
        let _ = vault.seal(account, &Secrets::new());
        assert_eq!(exposed(vault.open(account, &old).unwrap())["api_key"], "old", "what was read before still opens");
    }
    let fresh = Vault::with_keys(MasterKeys::load(&path).unwrap());
    assert!(matches!(fresh.open(account, &old), Err(VaultError::UnknownKey { .. })));
    std::fs::remove_file(&path).unwrap();
    assert_eq!(exposed(first.open(account, &first.seal(account, &secrets(&[("a", "b")]))).unwrap())["a"], "b");
}

#[tokio::test]
async fn sealing_anew_changes_what_another_key_sealed_and_nothing_else() {
    let house = House::new().await;
    let mut accounts = Vec::new();
    for number in 0..250 {
        accounts.push(house.account(&format!("t{number}")).await);
    }
    pool(house.directory.path())
        .await
        .execute(sqlx::query("UPDATE integrated_account SET secrets = 'v1.none.x.y' WHERE tenant_id = 't7'"))
        .await
        .unwrap();
    let rotating = house.accounts.clone().with_vault(Arc::new(Vault::new(key(2), [key(1)])));
    let mut steps = Vec::new();
    let done = rotating.reseal(|done| steps.push(done)).await.unwrap();
    assert_eq!((done.changed, done.unreadable), (249, 1));
    assert_eq!(steps, [100, 200, 250]);
    assert_eq!(rotating.reseal(|_| ()).await.unwrap().changed, 0);
    let alone = Vault::new(key(2), []);
    for (number, before) in accounts.iter().enumerate().filter(|(number, _)| *number != 7) {
        let after = house.accounts.get(before.id, None).await.unwrap().unwrap();
        assert_eq!(exposed(alone.open(after.id, &after.sealed).unwrap())["api_key"], CANARY, "{number}");
        assert_eq!((&after.context, after.updated_at), (&before.context, before.updated_at));
    }
}

#[test]
fn nonces_never_repeat() {
    let vault = Vault::new(key(1), []);
    let account = Uuid::nil();
    let nothing = Secrets::new();
    let mut nonces = HashSet::new();
    for _ in 0..100_000 {
        let sealed = vault.seal(account, &nothing);
        assert!(nonces.insert(sealed.as_str().split('.').nth(2).unwrap().to_owned()));
    }
}

#[tokio::test]
async fn a_store_without_a_vault_writes_no_credentials() {
    let house = House::new().await;
    let account = house.account("t1").await;
    let plain = Accounts::connect(&url(house.directory.path()).await).await.unwrap();

    assert!(matches!(plain.create(new_account("t1")).await, Err(AccountError::NoVault)));
    let update = plain.update(account.id, None, new_credentials("api_key", "x")).await;
    assert!(matches!(update, Err(AccountError::NoVault)));
    let context = AccountChange { context: Some(object(json!({"region": "eu"}))), ..AccountChange::default() };
    assert!(plain.update(account.id, None, context).await.unwrap().is_some());
}
