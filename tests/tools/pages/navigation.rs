//! Navigation of a reader: the choice of an integration, and the keyboard.

use mortise_tests::client::Client;
use mortise_tests::fixtures;

use super::page::url;
use crate::browser::Browser;

#[tokio::main]
pub(crate) async fn a_page_can_be_confined_to_one_integration_without_scripts() {
    let (_vendor, host) = fixtures::start().await;
    let browser = Browser::start().await;
    browser.without_scripts().await;
    browser.open(&url(&host, "/docs/ticketing/create-user")).await;
    let badge = async |field: &str| browser.text(&format!("#{field} > .field-head .badge")).await;
    assert_eq!(badge("body-name").await.as_deref(), Some("Required by 1"));
    assert_eq!(badge("body-emails").await.as_deref(), Some("Required"));
    assert!(browser.is_shown("#body-nick_name").await);

    browser.click("select[name=integration] option[value=dixa]").await;
    browser.click("form.filter button").await;
    browser.arrives_at(&url(&host, "/docs/ticketing/create-user?integration=dixa")).await;
    assert_eq!(badge("body-name").await.as_deref(), Some("Required"));
    assert_eq!(badge("body-first_name").await.as_deref(), Some("Optional"));
    assert!(!browser.is_shown("#body-nick_name").await, "Dixa does not declare this field");

    browser.open(&url(&host, "/docs/ticketing/create-user?integration=planhat")).await;
    assert_eq!(badge("body-name").await.as_deref(), Some("Ignored"));
    let status = browser.text("#body-status").await.expect("a field");
    assert!(status.contains("active, inactive") && status.contains("without it Planhat creates"), "{status}");
    browser.open(&url(&host, "/docs/crm/create-user?integration=planhat")).await;
    let notice = browser.text(".notice").await.expect("a notice");
    assert!(notice.contains("501"), "{notice}");
    assert_eq!(Client::new(host.address).get("/docs/crm/create-user?integration=nothing").await.status, 404);
}

#[tokio::main]
pub(crate) async fn the_keyboard_reaches_everything() {
    const TAB: &str = "\u{e004}";
    const ENTER: &str = "\u{e007}";
    const ESCAPE: &str = "\u{e00c}";
    const RIGHT: &str = "\u{e014}";
    let (_vendor, host) = fixtures::start().await;
    let browser = Browser::start().await;
    browser.resize(360, 800).await;
    browser.open(&url(&host, "/docs/ticketing/create-user")).await;
    let focused = async || browser.ask("return document.activeElement.id || document.activeElement.className").await;

    // The first focused link leads past the navigation, and is visible.
    browser.press(TAB).await;
    assert_eq!(focused().await, "skip");
    assert_eq!(browser.ask("return document.activeElement.getBoundingClientRect().top >= 0").await, true);
    let outline = browser.ask("return parseFloat(getComputedStyle(document.activeElement).outlineWidth) >= 2").await;
    assert_eq!(outline, true, "the focus is visible");
    browser.press(ENTER).await;
    assert_eq!(focused().await, "content");

    // On a narrow screen a button opens the navigation, and Escape closes it.
    assert!(!browser.is_shown("#navigation").await);
    browser.ask("document.querySelector('.menu').focus()").await;
    browser.press(ENTER).await;
    assert!(browser.is_shown("#navigation").await);
    browser.press(ESCAPE).await;
    assert!(!browser.is_shown("#navigation").await);

    // The languages of the example are a group of radio buttons, which the arrow keys change.
    assert!(browser.is_shown("#example-curl").await && !browser.is_shown("#example-javascript").await);
    browser.ask("document.querySelector('#language-curl').focus()").await;
    browser.press(RIGHT).await;
    assert!(!browser.is_shown("#example-curl").await && browser.is_shown("#example-javascript").await);

    // On a wide screen, the navigation is visible, and code that is wider than its box can be scrolled.
    browser.resize(1440, 900).await;
    assert!(browser.is_shown("#navigation").await && !browser.is_shown(".menu").await);
    assert_eq!(browser.text("#navigation [aria-current=page]").await.as_deref(), Some("Create a user"));
    assert_eq!(
        browser.ask("return [...document.querySelectorAll('pre')].every(pre => pre.tabIndex === 0)").await,
        true
    );
}
