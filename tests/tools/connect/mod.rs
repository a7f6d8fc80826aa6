//! Connecting accounts, from a customer's click to an account that works: in a real browser, with a real authorization
//! server, and with the published browser SDKs.

mod person;
mod stage;

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::symlink;

use mortise_tests::canary::Canary;
use mortise_tests::hostile;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::process::Command;

use crate::tool::NODE;
use person::{Answer, ENTER, KEY, Mode, START, Sdk};
use stage::{APP, CONNECT, CONNECTED, STRANGER, Stage, VENDOR, WITH_PKCE, WITHOUT_PKCE};

const DOCUMENT: &str = include_str!("../../../docs/connecting.md");

/// Connects an account by consent and another one by a key, and is refused once. All three open the page in the same
/// way.
async fn connects(sdk: Sdk, mode: Mode) {
    let stage = Stage::start().await;
    let key = Canary::new();
    for slug in [WITH_PKCE, WITHOUT_PKCE] {
        let token = link_token(&stage, mode).await;
        stage.opens(sdk, mode, &token, json!({ "integration": slug, "authFormat": "oauth2", "noBack": true })).await;
        stage.answers(mode, Answer::Allow).await;
        let id = connected(&stage, mode, slug).await;
        assert_eq!(stage.users(&id).await, ["Ada Example", "Bo Example"], "{slug}");
        assert_eq!(stage.account(&id).await["authentication_method"], "oauth2-refresh");
        stage.assert_clean(&token, key.as_str()).await;

        let token = link_token(&stage, mode).await;
        stage.opens(sdk, mode, &token, json!({ "integration": slug, "authFormat": "oauth2" })).await;
        stage.answers(mode, Answer::Deny).await;
        stage.reads_why_and_leaves(mode).await;
        let failed = outcome(&stage, mode).await;
        let failed = failed.get("rejected").unwrap_or(&failed);
        assert_eq!(
            (&failed["result"], &failed["error_type"]),
            (&json!("error"), &json!("connection_error")),
            "{failed}"
        );
        assert_eq!(failed.get("integrated_account_id"), None, "{failed}");
        if mode != Mode::SameWindow {
            assert!(failed["vendor"].as_str().is_some_and(|words| words.starts_with("access_denied")), "{failed}");
            assert_eq!(stage.messages().await.len(), 1, "{failed}");
        }
        stage.assert_clean(&token, key.as_str()).await;
    }
    let token = link_token(&stage, mode).await;
    stage.opens(sdk, mode, &token, json!({ "integration": WITH_PKCE, "authFormat": "api_key" })).await;
    stage.enters(key.as_str()).await;
    let id = match mode {
        Mode::SameWindow => stage.brought_back().await["integrated_account_id"].clone(),
        _ => stage.said().await["resolved"]["integrated_account_id"].clone(),
    };
    assert_eq!(stage.account(&id).await["authentication_method"], "bearer");
    stage.assert_clean(&token, key.as_str()).await;
}

/// A link token for a new account, with a redirect if the page needs one.
async fn link_token(stage: &Stage, mode: Mode) -> String {
    let redirect = (mode == Mode::SameWindow).then_some(CONNECTED);
    stage.link_token(json!({ "tenant_id": "acme", "redirect_uri": redirect })).await
}

/// The outcome: the result of the promise, or the parameters in the application's redirect.
async fn outcome(stage: &Stage, mode: Mode) -> Value {
    match mode {
        Mode::SameWindow => stage.brought_back().await,
        _ => stage.said().await,
    }
}

/// Waits until the application learns that an account is connected: once, and with the documented names. Returns the
/// account's id.
async fn connected(stage: &Stage, mode: Mode, slug: &str) -> Value {
    let outcome = outcome(stage, mode).await;
    let told = outcome.get("resolved").unwrap_or(&outcome);
    let id = told["integrated_account_id"].clone();
    match mode {
        Mode::SameWindow => {
            let expected =
                json!({ "from": "mortise", "result": "success", "integration": slug, "integrated_account_id": id });
            assert_eq!(outcome, expected);
        }
        _ => {
            let expected =
                json!({ "is_truto": true, "result": "success", "integration": slug, "integrated_account_id": id });
            assert_eq!(told, &expected, "{outcome}");
            assert_eq!(stage.messages().await, [json!({ "origin": CONNECT, "data": expected })]);
        }
    }
    let account = stage.account(&id).await;
    assert_eq!((&account["tenant_id"], &account["status"]), (&json!("acme"), &json!("active")));
    id
}

#[tokio::main]
pub(crate) async fn trutos_sdk_connects_accounts_in_a_window() {
    connects(Sdk::Truto, Mode::Window).await;
}

#[tokio::main]
pub(crate) async fn trutos_sdk_connects_accounts_in_the_same_window() {
    connects(Sdk::Truto, Mode::SameWindow).await;
}

#[tokio::main]
pub(crate) async fn our_package_connects_accounts_in_a_frame() {
    connects(Sdk::Mortise, Mode::Frame).await;
}

#[tokio::main]
pub(crate) async fn our_package_connects_accounts_in_a_window() {
    connects(Sdk::Mortise, Mode::Window).await;
}

#[tokio::main]
pub(crate) async fn our_package_connects_accounts_in_the_same_window() {
    connects(Sdk::Mortise, Mode::SameWindow).await;
}

/// A portal, or a mail program in the browser, has opened the application's window.
#[tokio::main]
pub(crate) async fn the_same_window_comes_back_to_the_application_whoever_has_opened_it() {
    let stage = Stage::start().await;
    let browser = &stage.browser;
    let portal = format!("{APP}/?portal");
    browser.open(&portal).await;
    browser
        .ask("document.body.insertAdjacentHTML('beforeend', '<a href=\"/?tab\" target=\"_blank\" rel=\"opener\">tab</a>')")
        .await;
    for (sdk, answer) in [(Sdk::Mortise, Answer::Allow), (Sdk::Truto, Answer::Deny)] {
        browser.enter_window(&portal).await;
        browser.click("a").await;
        browser.enter_window(&format!("{APP}/?tab")).await;
        let token = link_token(&stage, Mode::SameWindow).await;
        stage.calls(sdk, Mode::SameWindow, &token, json!({ "integration": WITH_PKCE, "authFormat": "oauth2" })).await;
        browser.enter_window(&format!("{CONNECT}/connect-account?")).await;
        browser.until("return document.readyState === 'complete' && window.opener !== null").await;
        stage.answers(Mode::SameWindow, answer).await;
        match answer {
            Answer::Allow => drop(connected(&stage, Mode::SameWindow, WITH_PKCE).await),
            Answer::Deny => {
                stage.reads_why_and_leaves(Mode::SameWindow).await;
                assert_eq!(stage.brought_back().await["error_type"], "connection_error");
            }
        }
        browser.client.close_window().await.expect("a window");
        browser.enter_window(&portal).await;
        assert_eq!(browser.ask("return window.heard").await, json!([]));
    }
}

/// In a frame, Truto's SDK accepts messages of Truto's origins alone. The page says so, and leads out of the frame.
#[tokio::main]
pub(crate) async fn a_frame_of_trutos_sdk_says_that_nobody_hears_it_and_leads_out() {
    let stage = Stage::start().await;
    let token = link_token(&stage, Mode::Frame).await;
    stage.opens(Sdk::Truto, Mode::Frame, &token, json!({ "integration": WITH_PKCE, "authFormat": "api_key" })).await;
    assert!(!stage.browser.is_shown(KEY).await, "the page has no field, because nobody would get the message");
    stage.browser.click("main a[target=_top], main a[target=_blank]").await;
    stage.browser.enter_window(&format!("{CONNECT}/connect-account?")).await;
    stage.browser.until("return window === window.top").await;
    let key = Canary::new();
    stage.enters(key.as_str()).await;
    stage.browser.until("return document.querySelector('main .success') !== null").await;
}

#[tokio::main]
pub(crate) async fn a_used_link_and_one_that_never_was_are_said_to_be() {
    let stage = Stage::start().await;
    let token = link_token(&stage, Mode::Window).await;
    let key = Canary::new();
    let by_key = json!({ "integration": WITH_PKCE, "authFormat": "api_key" });
    stage.opens(Sdk::Mortise, Mode::Window, &token, by_key.clone()).await;
    stage.enters(key.as_str()).await;
    connected(&stage, Mode::Window, WITH_PKCE).await;

    for (sdk, mode) in [(Sdk::Mortise, Mode::Window), (Sdk::Mortise, Mode::Frame), (Sdk::Truto, Mode::Window)] {
        for token in [token.as_str(), "mrl_never"] {
            stage.opens(sdk, mode, token, by_key.clone()).await;
            stage.browser.click("#leave").await;
            let failed = stage.said().await["rejected"].clone();
            assert_eq!(failed["error_type"], "invalid_token", "{failed}");
        }
    }
}

/// The code comes in the answer to a form, to the waiting page, and to the browser that has come back.
#[tokio::main]
pub(crate) async fn the_backend_of_an_application_confirms_with_the_code_of_the_final_message() {
    let stage = Stage::start_with(|connect| connect.confirm = true).await;
    let (client, key) = (stage.host.client(), Canary::new());
    for (mode, way) in [
        (Mode::Frame, "api_key"),
        (Mode::Frame, "oauth2"),
        (Mode::Window, "oauth2"),
        (Mode::SameWindow, "api_key"),
        (Mode::SameWindow, "oauth2"),
    ] {
        let token = link_token(&stage, mode).await;
        let options = json!({ "integration": WITH_PKCE, "authFormat": way });
        stage.opens(Sdk::Mortise, mode, &token, options).await;
        match way {
            "api_key" => stage.enters(key.as_str()).await,
            _ => stage.answers(mode, Answer::Allow).await,
        }
        let outcome = outcome(&stage, mode).await;
        let told = outcome.get("resolved").unwrap_or(&outcome);
        let id = told["integrated_account_id"].as_str().unwrap_or_else(|| panic!("{mode:?} {way}: {outcome}"));
        let path = format!("/integrated-account/{id}");
        assert_eq!(client.get(&path).await.status, 404, "{mode:?} {way}: not yet");
        let body = json!({ "confirmation_code": told["confirmation_code"], "tenant_id": "acme" });
        let confirmed = client.post("/connect-account/confirm", &body).await;
        assert_eq!(confirmed.status, 201, "{mode:?} {way}: {}", confirmed.text());
        assert_eq!(client.get(&path).await.json()["status"], "active");
    }
}

#[tokio::main]
pub(crate) async fn a_link_that_expires_while_its_page_is_open_is_said_to_be_of_no_use() {
    let stage = Stage::start().await;
    let key = Canary::new();
    for mode in [Mode::Frame, Mode::Window] {
        let token = link_token(&stage, mode).await;
        stage.opens(Sdk::Mortise, mode, &token, json!({ "integration": WITH_PKCE, "authFormat": "api_key" })).await;
        stage.host.sql("UPDATE link_token SET expires_at = 1").await;
        stage.enters(key.as_str()).await;
        stage.browser.until("return document.querySelector('h1').textContent === 'This link cannot be used'").await;
        assert!(!stage.browser.is_shown(KEY).await);
        stage.browser.click("#leave").await;
        assert_eq!(stage.said().await["rejected"]["error_type"], "invalid_token");
    }
    let token = link_token(&stage, Mode::SameWindow).await;
    let by_consent = json!({ "integration": WITH_PKCE, "authFormat": "oauth2" });
    stage.opens(Sdk::Mortise, Mode::SameWindow, &token, by_consent).await;
    stage.host.sql("UPDATE link_token SET expires_at = 1").await;
    stage.browser.until(&format!("return document.querySelector({}) !== null", json!(START))).await;
    stage.browser.click(START).await;
    stage.browser.until("return document.querySelector('h1')?.textContent === 'This link cannot be used'").await;
    let text = stage.browser.text("main").await.expect("a page");
    assert!(text.contains("Go back to Example & Sons and ask for a new link."), "{text}");
    let accounts = stage.host.client().get("/integrated-account").await.json();
    assert_eq!(accounts["result"], json!([]), "{accounts}");
}

#[tokio::main]
pub(crate) async fn an_account_is_connected_again_and_stays_the_same_account() {
    let stage = Stage::start().await;
    let token = link_token(&stage, Mode::Frame).await;
    stage.opens(Sdk::Mortise, Mode::Frame, &token, json!({ "integration": WITH_PKCE, "authFormat": "oauth2" })).await;
    stage.answers(Mode::Frame, Answer::Allow).await;
    let id = connected(&stage, Mode::Frame, WITH_PKCE).await;

    for mode in [Mode::Frame, Mode::Window] {
        let token = stage.link_token(json!({ "integrated_account_id": id })).await;
        // The link token names the account's integration, so the person need not choose.
        stage.opens(Sdk::Mortise, mode, &token, json!({})).await;
        stage.answers(mode, Answer::Allow).await;
        assert_eq!(connected(&stage, mode, WITH_PKCE).await, id);
        assert_eq!(stage.users(&id).await.len(), 2);
    }
}

#[tokio::main]
pub(crate) async fn without_a_way_back_the_page_ends_in_plain_words_and_none_off_the_list_is_taken() {
    let stage = Stage::start().await;
    let elsewhere = json!({ "tenant_id": "acme", "redirect_uri": format!("{STRANGER}/connected") });
    assert_eq!(stage.host.client().post("/link-token", &elsewhere).await.status, 403);

    let token = stage.link_token(json!({ "tenant_id": "acme" })).await;
    let more = json!({ "integration": WITH_PKCE, "authFormat": "oauth2", "redirect_uri": STRANGER });
    stage.opens(Sdk::Truto, Mode::SameWindow, &token, more).await;
    stage.answers(Mode::SameWindow, Answer::Allow).await;
    stage.browser.enter_window(&format!("{CONNECT}/connect-account/done/")).await;
    let text = stage.browser.text("main").await.expect("a page");
    assert!(text.contains("is connected") && text.contains("You can close this window"), "{text}");
    stage.assert_clean(&token, "no key was entered").await;
}

#[tokio::main]
pub(crate) async fn a_page_off_the_list_gets_no_frame_and_no_message() {
    let stage = Stage::start().await;
    let key = Canary::new();
    let by_key = json!({ "integration": WITH_PKCE, "authFormat": "api_key" });
    let token = link_token(&stage, Mode::Frame).await;
    stage.clicks(STRANGER, Sdk::Mortise, Mode::Frame, &token, by_key.clone()).await;
    stage.browser.until("return document.querySelector('#mortise-link iframe')?.src !== ''").await;
    // The browser shows an error page in place of a refused frame, and writes the reason to the console.
    let refused = async {
        while !stage.browser.console().await.iter().any(|line| line.contains("frame-ancestors")) {
            tokio::task::yield_now().await;
        }
    };
    mortise_tests::expect("refusal of the frame", refused).await;

    // In a window the page works, and closes itself at the end. It sends no message to the page that opened it.
    stage.clicks(STRANGER, Sdk::Mortise, Mode::Window, &token, by_key).await;
    stage.browser.enter_window(&format!("{CONNECT}/connect-account?")).await;
    stage.enters(key.as_str()).await;
    stage.browser.enter_window(STRANGER).await;
    stage.browser.until("return window.said !== null").await;
    assert_eq!(stage.browser.ask("return [window.said, window.heard]").await, json!([{ "rejected": "closed" }, []]));
    let accounts = stage.host.client().get("/integrated-account").await.json();
    assert_eq!(accounts["result"].as_array().map(Vec::len), Some(1), "{accounts}");
}

#[tokio::main]
pub(crate) async fn the_keyboard_alone_connects_an_account_and_escape_closes_the_frame() {
    const BACKSPACE: &str = "\u{e003}";
    const ESCAPE: &str = "\u{e00c}";
    const TAB: &str = "\u{e004}";
    let stage = Stage::start().await;
    let browser = &stage.browser;
    let by_key = json!({ "integration": WITH_PKCE, "authFormat": "api_key" });
    let token = link_token(&stage, Mode::Frame).await;

    // Escape closes the frame from inside and from outside. In a field with text, Escape belongs to the field.
    stage.opens(Sdk::Mortise, Mode::Frame, &token, by_key.clone()).await;
    assert!(!browser.is_shown("#close").await, "the button around the page is enough");
    browser.type_into(KEY, &format!("x{ESCAPE}")).await;
    assert!(browser.is_shown(KEY).await);
    browser.press(&format!("{BACKSPACE}{ESCAPE}")).await;
    assert_eq!(stage.said().await, json!({ "rejected": "closed" }));
    stage.opens(Sdk::Mortise, Mode::Frame, &token, by_key.clone()).await;
    browser.client.enter_parent_frame().await.expect("the application's page");
    assert_eq!(browser.ask("return document.activeElement.tagName").await, "IFRAME", "the focus is in the frame");
    browser.click("#mortise-link button").await;
    assert_eq!(stage.said().await, json!({ "rejected": "closed" }));
    assert_eq!(browser.ask("return document.activeElement.id").await, "connect", "the focus is where it was");

    stage.opens(Sdk::Mortise, Mode::Frame, &token, by_key).await;
    let field = format!("return document.activeElement.matches({})", json!(KEY));
    for _ in 0..20 {
        if browser.ask(&field).await == true {
            break;
        }
        browser.press(TAB).await;
    }
    let key = Canary::new();
    browser.press(key.as_str()).await;
    browser.press(ENTER).await;
    connected(&stage, Mode::Frame, WITH_PKCE).await;
}

#[tokio::main]
pub(crate) async fn accounts_are_connected_without_scripts_on_a_narrow_screen() {
    let stage = Stage::start().await;
    let browser = &stage.browser;
    browser.resize(320, 640).await;
    browser.without_scripts().await;
    let key = Canary::new();
    for way in ["api_key", "oauth2"] {
        let token = link_token(&stage, Mode::SameWindow).await;
        browser.open(&format!("{CONNECT}/connect-account?link_token={token}")).await;
        browser.click(&format!("main a[href*='integration={WITHOUT_PKCE}']")).await;
        let way_to = if way == "api_key" { KEY } else { START };
        // The page chooses which way of an integration it shows first.
        if !browser.is_shown(way_to).await {
            browser.click(".ways a:not([aria-current])").await;
        }
        match way {
            "api_key" => stage.enters(key.as_str()).await,
            _ => stage.answers(Mode::SameWindow, Answer::Allow).await,
        }
        browser.arrives_below(&format!("{CONNECT}/connect-account/done/")).await;
        browser.click("main a.button").await;
        let back = stage.brought_back().await;
        assert_eq!(stage.account(&back["integrated_account_id"]).await["status"], "active");
    }
}

/// The application is a file in `docs/connecting.md`, and runs as it is printed there.
#[tokio::main]
pub(crate) async fn the_application_of_the_documentation_connects_an_account() {
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback").local_addr().expect("an address").port();
    let origin = format!("http://localhost:{port}");
    let stage = Stage::start_with(|connect| connect.allowed_origins = vec![origin.parse().expect("an origin")]).await;
    let folder = TempDir::new().expect("a temporary directory");
    let (_, text) = DOCUMENT.split_once("```js app.mjs\n").expect("the application");
    let (text, _) = text.split_once("```\n").expect("its end");
    fs::write(folder.path().join("app.mjs"), text).expect("writable");
    fs::create_dir_all(folder.path().join("node_modules/@mortise")).expect("writable");
    symlink(hostile::root().join("sdk/link"), folder.path().join("node_modules/@mortise/link")).expect("writable");
    let _application = Command::new(NODE.path())
        .arg("app.mjs")
        .current_dir(folder.path())
        .env("MORTISE_URL", format!("http://{}", stage.host.address))
        .env("MORTISE_TOKEN", stage.host.admin_token())
        .env("CONNECT_URL", CONNECT)
        .env("PORT", port.to_string())
        .kill_on_drop(true)
        .spawn()
        .expect("Node.js starts");
    let listens = async {
        while TcpStream::connect(("localhost", port)).await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    mortise_tests::expect("application", listens).await;

    let browser = &stage.browser;
    browser.open(&format!("{origin}/")).await;
    browser.until("return document.querySelector('button').onclick !== null").await;
    browser.click("button").await;
    browser.enter_frame("#mortise-link iframe").await;
    browser.until("return document.readyState === 'complete' && location.href !== 'about:blank'").await;
    browser.click(&format!("main a[href*='integration={WITHOUT_PKCE}']")).await;
    browser.until(&format!("return document.querySelector({}) !== null", json!(START))).await;
    browser.click(START).await;
    browser.enter_window(VENDOR).await;
    browser.until("return document.readyState === 'complete'").await;
    browser.click("button[value=allow]").await;
    browser.enter_last_window().await;
    browser.until("return document.querySelector('output').textContent !== ''").await;
    assert_eq!(browser.text("output").await.as_deref(), Some("connects-without-pkce is active"));
}
