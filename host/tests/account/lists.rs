//! Filters and pages.

use mortise::account::{Account, AccountError, AccountFilter, NewAccount, Status};
use serde_json::json;

use super::{House, new_account};

#[tokio::test]
async fn pages_hold_every_account_once_and_the_newest_first() {
    let house = House::new().await;
    let mut expected = Vec::new();
    for _ in 0..7 {
        expected.insert(0, house.account("t1").await);
    }
    let order = |accounts: &[Account]| {
        let mut ids: Vec<_> = accounts.iter().map(|a| (a.created_at, a.id.to_string())).collect();
        ids.sort_by(|a, b| b.cmp(a));
        ids
    };

    let mut seen = Vec::new();
    let mut filter = AccountFilter { limit: Some(3), ..AccountFilter::default() };
    let mut sizes = Vec::new();
    loop {
        let page = house.accounts.list(filter.clone()).await.unwrap();
        sizes.push(page.result.len());
        seen.extend(page.result);
        // A new account between two pages does not move the later accounts.
        house.account("t1").await;
        match page.next_cursor {
            Some(cursor) => filter.cursor = Some(cursor),
            None => break,
        }
    }
    assert_eq!(sizes, [3, 3, 1]);
    let found: Vec<_> = seen.iter().map(|a| (a.created_at, a.id.to_string())).collect();
    assert_eq!(found, order(&expected));
}

#[tokio::test]
async fn a_last_page_that_is_full_has_no_cursor() {
    let house = House::new().await;
    for _ in 0..3 {
        house.account("t1").await;
    }
    let page = house.accounts.list(AccountFilter { limit: Some(3), ..AccountFilter::default() }).await.unwrap();
    assert_eq!((page.result.len(), page.next_cursor), (3, None));
}

#[tokio::test]
async fn filters_combine() {
    let house = House::new().await;
    let wanted = house.account("t1").await;
    house.accounts.mark_needs_reauth(wanted.id, &wanted.sealed, json!({})).await.unwrap();
    house.account("t1").await;
    let other = house.account("t2").await;
    house.accounts.mark_needs_reauth(other.id, &other.sealed, json!({})).await.unwrap();
    house.accounts.create(NewAccount { integration: "zeta".to_owned(), ..new_account("t1") }).await.unwrap();

    let count = async |filter: AccountFilter| house.accounts.list(filter).await.unwrap().result.len();
    let tenant_id = Some("t1".to_owned());
    let integration = Some("acme".to_owned());
    let status = Some(Status::NeedsReauth);
    assert_eq!(count(AccountFilter::default()).await, 4);
    assert_eq!(count(AccountFilter { tenant_id: tenant_id.clone(), ..AccountFilter::default() }).await, 3);
    assert_eq!(count(AccountFilter { integration: integration.clone(), ..AccountFilter::default() }).await, 3);
    assert_eq!(count(AccountFilter { status, ..AccountFilter::default() }).await, 2);
    let all = AccountFilter { tenant_id, integration, status, ..AccountFilter::default() };
    let page = house.accounts.list(all).await.unwrap();
    assert_eq!(page.result.iter().map(|account| account.id).collect::<Vec<_>>(), [wanted.id]);
    let injected = AccountFilter { tenant_id: Some("t1' OR '1'='1".to_owned()), ..AccountFilter::default() };
    assert_eq!(count(injected).await, 0);
}

#[tokio::test]
async fn a_cursor_from_elsewhere_is_a_typed_error() {
    let house = House::new().await;
    for cursor in ["", "x", "====", "AAAA", &"A".repeat(33), &"A".repeat(100_000)] {
        let filter = AccountFilter { cursor: Some(cursor.to_owned()), ..AccountFilter::default() };
        assert!(matches!(house.accounts.list(filter).await, Err(AccountError::BadCursor)), "{cursor:.20}");
    }
}

#[tokio::test]
async fn page_sizes_stay_within_their_bounds() {
    let house = House::new().await;
    for _ in 0..201 {
        house.account("t1").await;
    }
    for (limit, size) in [(None, 50), (Some(0), 1), (Some(201), 200), (Some(u32::MAX), 200)] {
        let page = house.accounts.list(AccountFilter { limit, ..AccountFilter::default() }).await.unwrap();
        assert_eq!(page.result.len(), size);
    }
}
