//! The operator's page: the state of this host at this moment. Read only.

use std::collections::BTreeMap;

use jiff::Timestamp;
use maud::{Markup, html};
use uuid::Uuid;

use super::{Frame, document, hour, prose, table};
use crate::account::{
    AccountCount, Activity, LinkToken, OAuthApplication, Overview, Status, Trouble, TroubledAccount, Webhook,
};
use crate::call::CircuitState;
use crate::plugin::{PluginState, PluginStatus};

/// The facts on the page.
#[derive(Debug)]
pub struct Operator {
    /// Version of the host.
    pub version: &'static str,
    /// Engine of the database.
    pub database: String,
    /// Every plugin of the directory, by slug.
    pub plugins: Vec<PluginStatus>,
    /// The origins that the operator set in place of the declared ones, by slug.
    pub replaced: Vec<(String, String)>,
    /// Accounts by integration and status.
    pub accounts: Vec<AccountCount>,
    /// The last hour of the log of calls; `None`: this host keeps none.
    pub activity: Option<Activity>,
    /// How many calls of one account are kept.
    pub kept_calls: u64,
    /// Accounts that need attention: those that serve no calls come first.
    pub troubled: Overview<TroubledAccount>,
    /// The OAuth applications that new accounts get, each with the number of accounts that have tokens of an earlier client,
    /// those with the most first.
    pub applications: Overview<(OAuthApplication, u64)>,
    /// Link tokens in use, the newest first.
    pub link_tokens: Overview<LinkToken>,
    /// The webhooks, the oldest first.
    pub webhooks: Vec<Webhook>,
    /// When the oldest event that waits for a webhook happened, by the webhook's id.
    pub oldest_waiting: BTreeMap<Uuid, Timestamp>,
    /// Every limit with its value.
    pub limits: Vec<(String, String)>,
}

/// Writes the page.
pub fn write(operator: &Operator) -> String {
    let sections = [
        ("last-hour", "Last hour"),
        ("slowest", "Slowest vendors"),
        ("attention", "Accounts that need attention"),
        ("plugins", "Plugins"),
        ("accounts", "Accounts"),
        ("applications", "OAuth applications"),
        ("link-tokens", "Link tokens"),
        ("webhooks", "Webhooks"),
        ("limits", "Limits"),
    ];
    let navigation = html! {
        p.nav-title { "This host" }
        ul { @for (id, title) in sections { li { a href={ "#" (id) } { (title) } } } }
        p.nav-title { "For machines" }
        ul { @for path in ["/metrics", "/log", "/readyz"] { li { a href=(path) { (path) } } } }
    };
    let refused = operator.plugins.iter().filter(|plugin| plugin.state == PluginState::Refused).count();
    let content = html! {
        h1 { "Operator" }
        dl.facts {
            div { dt { "Version" } dd { (operator.version) } }
            div { dt { "Database" } dd { (operator.database) } }
            div { dt { "Plugins" } dd { (operator.plugins.len() - refused) " served, " (refused) " refused" } }
        }
        section aria-labelledby="last-hour" {
            h2 #last-hour { "Last hour" }
            (hour::calls(operator.activity.as_ref(), operator.kept_calls))
        }
        section aria-labelledby="slowest" {
            h2 #slowest { "Slowest vendors" }
            (hour::slowest(operator.activity.as_ref()))
        }
        section aria-labelledby="attention" {
            h2 #attention { "Accounts that need attention" }
            (attention(operator))
        }
        section aria-labelledby="plugins" { h2 #plugins { "Plugins" } (plugins(operator)) }
        section aria-labelledby="accounts" { h2 #accounts { "Accounts" } (accounts(operator)) }
        section aria-labelledby="applications" {
            h2 #applications { "OAuth applications" }
            (applications(operator))
        }
        section aria-labelledby="link-tokens" {
            h2 #link-tokens { "Link tokens in use" }
            (link_tokens(operator))
        }
        section aria-labelledby="webhooks" { h2 #webhooks { "Webhooks" } (webhooks(operator)) }
        section aria-labelledby="limits" {
            h2 #limits { "Limits in force" }
            (table(
                "Limits in force",
                &["Limit", "Value"],
                &html! { @for (key, value) in &operator.limits { tr { th scope="row" { code { (key) } } td { (value) } } } },
            ))
        }
    };
    document(&Frame { home: "/operator", product: "Operator", links: html! {} }, "Operator", &navigation, &content)
}

fn plugins(operator: &Operator) -> Markup {
    if operator.plugins.is_empty() {
        return html! { p.notice { "There is no component in the plugins directory." } };
    }
    table(
        "Plugins",
        &["Plugin", "State", "Generation", "Size", "Origins", "Loaded"],
        &html! {
            @for plugin in &operator.plugins {
                @let generation = plugin.generation.as_ref();
                tr id={ "plugin-" (plugin.slug) } {
                    th scope="row" {
                        code { (plugin.slug) }
                        @if let Some(generation) = generation { br; span.quiet { (generation.capabilities.label) } }
                    }
                    td { (state(plugin)) @if let Some(reason) = &plugin.reason { br; (reason) } }
                    td {
                        @if let Some(digest) = generation.map(|g| &g.digest).or(plugin.digest.as_ref()) {
                            code title=(digest) { (digest.get(..12).unwrap_or(digest)) }
                        }
                    }
                    td { @if let Some(bytes) = plugin.bytes { (bytes / 1024) " KiB" } }
                    td {
                        @if let Some((_, origin)) = operator.replaced.iter().find(|(slug, _)| *slug == plugin.slug) {
                            code { (origin) } " " span.quiet { "set by the configuration" }
                        } @else if let Some(generation) = generation {
                            @for origin in &generation.capabilities.origins { code { (origin) } " " }
                        }
                    }
                    td { @if let Some(generation) = generation { (moment(generation.loaded_at)) } }
                }
            }
        },
    )
}

fn state(plugin: &PluginStatus) -> Markup {
    let circuit = plugin.generation.as_ref().map(|generation| generation.admission.circuit().state());
    let (class, text) = match (plugin.state, circuit) {
        (PluginState::Refused, _) => ("required", "refused"),
        (_, Some(CircuitState::Open)) => ("required", "circuit open"),
        (_, Some(CircuitState::HalfOpen)) => ("required", "circuit half open"),
        (PluginState::Active, _) if plugin.is_stale() => ("required", "active, newest refused"),
        (PluginState::Active, _) => ("optional", "active"),
    };
    html! { span class={ "badge " (class) } { (text) } }
}

fn accounts(operator: &Operator) -> Markup {
    if operator.accounts.is_empty() {
        return html! { p { "There is none." } };
    }
    let mut slugs: Vec<&str> = operator.accounts.iter().map(|count| count.integration.as_str()).collect();
    slugs.dedup();
    let count = |slug: &str, status: Status| -> u64 {
        let of = operator.accounts.iter().filter(|count| count.integration == slug && count.status == status);
        of.map(|count| count.accounts).sum()
    };
    table(
        "Accounts by integration",
        &["Integration", "Active", "Needs new credentials", "Validation refused"],
        &html! {
            @for slug in slugs {
                tr {
                    th scope="row" { code { (slug) } }
                    td { (count(slug, Status::Active)) }
                    td { (count(slug, Status::NeedsReauth)) }
                    td { (count(slug, Status::ValidationError)) }
                }
            }
        },
    )
}

fn attention(operator: &Operator) -> Markup {
    if operator.troubled.first.is_empty() {
        return html! { p { "No account needs any." } };
    }
    html! {
        p {
            "Accounts that serve no calls come first. " code { "mortise account show" } " with an account's id shows the vendor's words. This page \
             does not repeat them, because they may be about people."
        }
        (cut(&operator.troubled))
        (table(
            "Accounts that need attention",
            &["Account", "Tenant", "Integration", "What", "What to do", "Last change"],
            &html! {
                @for account in &operator.troubled.first {
                    @let (what, remedy) = trouble(account.trouble);
                    tr {
                        th scope="row" { code { (account.id) } }
                        td { (account.tenant_id) }
                        td { code { (account.integration) } }
                        td { (what) }
                        td { (prose(remedy)) }
                        td { (moment(account.updated_at)) }
                    }
                }
            },
        ))
    }
}

/// The problem of an account, and its remedy.
fn trouble(trouble: Trouble) -> (&'static str, &'static str) {
    const CONNECT: &str = "have the customer connect it again (`POST /link-token` with its `integrated_account_id`), or store new \
                           credentials (`mortise account set`)";
    match trouble {
        Trouble::Credentials => ("the vendor refused its credentials", CONNECT),
        Trouble::Marked => ("it is marked as one that needs new credentials", CONNECT),
        Trouble::Validation => (
            "the vendor refused the validation of the account",
            "change what the vendor names (`mortise account set`), then validate it (`mortise account check`)",
        ),
        Trouble::SignIn => (
            "the last sign-in failed; the credentials were not refused",
            "nothing at first, as the next call signs in again; if it stays, look whether the vendor can be reached",
        ),
        Trouble::Permission => (
            "the vendor refused something for lack of permission",
            "have the customer give the credentials this permission at the vendor",
        ),
    }
}

fn applications(operator: &Operator) -> Markup {
    if operator.applications.first.is_empty() {
        return html! { p { "There is none. " code { "mortise app set" } " stores one." } };
    }
    html! {
        (cut(&operator.applications))
        (table(
            "OAuth applications",
            &["Integration", "Tenant", "Client", "Accounts to connect again", "Last change"],
            &html! {
                @for (application, outdated) in &operator.applications.first {
                    tr {
                        th scope="row" { code { (application.integration) } }
                        td {
                            @match &application.tenant_id { Some(tenant) => (tenant), None => span.quiet { "every other tenant" } }
                        }
                        td { code { (application.client_id) } }
                        td { (outdated) }
                        td { (moment(application.updated_at)) }
                    }
                }
            },
        ))
    }
}

fn link_tokens(operator: &Operator) -> Markup {
    if operator.link_tokens.first.is_empty() {
        return html! { p { "There is none." } };
    }
    html! {
        (cut(&operator.link_tokens))
        (table(
            "Link tokens in use, the newest first",
            &["Tenant", "Connects", "Made", "Ends"],
            &html! {
                @for token in &operator.link_tokens.first {
                    tr {
                        th scope="row" { (token.tenant_id) }
                        td {
                            @match token.account_id {
                                Some(account) => { "again: " code { (account) } }
                                None if token.integrations.is_empty() => "a new account",
                                None => { "a new account: " code { (token.integrations.join(", ")) } }
                            }
                        }
                        td { (moment(token.created_at)) }
                        td { (moment(token.expires_at)) }
                    }
                }
            },
        ))
    }
}

fn webhooks(operator: &Operator) -> Markup {
    if operator.webhooks.is_empty() {
        return html! { p { "There is none." } };
    }
    html! {
        p { code { "mortise webhook show" } " and the id of a webhook say why deliveries were given up." }
        (table(
            "Webhooks",
            &["Webhook", "Receiver", "State", "Waiting", "Oldest that waits", "Given up"],
            &html! {
                @for webhook in &operator.webhooks {
                    tr {
                        th scope="row" { code { (webhook.id) } }
                        td { code { (receiver(&webhook.target_url)) } }
                        td {
                            @match (webhook.is_active, &webhook.disabled_reason) {
                                (true, _) => span.badge.optional { "active" },
                                (false, None) => span.badge.required { "switched off" },
                                (false, Some(reason)) => { span.badge.required { "switched off" } br; (reason) },
                            }
                        }
                        td { (webhook.waiting) }
                        td { @if let Some(oldest) = operator.oldest_waiting.get(&webhook.id) { (age(*oldest)) } }
                        td { (webhook.dead) }
                    }
                }
            },
        ))
    }
}

/// Says that a list is cut, if it is.
fn cut<T>(list: &Overview<T>) -> Markup {
    let first = list.first.len();
    html! { @if u64::try_from(first).is_ok_and(|first| first < list.total) { p { (first) " of " (list.total) " are listed." } } }
}

/// How long ago this was, in the largest unit of which it is at least two.
fn age(time: Timestamp) -> String {
    let seconds = Timestamp::now().duration_since(time).as_secs().max(0);
    let units = [(86_400, "d"), (3_600, "h"), (60, "min")];
    let unit = units.into_iter().find(|(unit, _)| seconds >= 2 * unit);
    unit.map_or_else(|| format!("{seconds} s"), |(unit, name)| format!("{} {name}", seconds / unit))
}

/// The origin of a receiver. The rest of its URL may have secrets.
fn receiver(target: &str) -> String {
    url::Url::parse(target).map(|url| url.origin().ascii_serialization()).unwrap_or_default()
}

/// To the second, in UTC.
fn moment(time: Timestamp) -> Markup {
    let text = time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string();
    html! { time datetime=(time) { (text) } }
}
