//! The host's counters, in the OpenMetrics text format. `docs/observability.md` explains each metric.
//!
//! Labels are slugs of loaded integrations, words of this code and templates of routes, and never a caller's text. The
//! number of time series therefore has a bound.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::{encode_eof, encode_registry};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

/// The prefix of every name but `process_start_time_seconds`.
pub const PREFIX: &str = "mortise";

/// Upper bounds of the histograms' buckets, in seconds: from the time of a guest to the time of a call.
const BUCKETS: [f64; 18] = [
    0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0,
    10.0, 30.0,
];

/// The content type of [`Metrics::render`].
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The integration of a call that did not reach a loaded one.
const NO_INTEGRATION: &str = "none";

/// The counters and histograms of one host.
pub struct Metrics {
    registry: Registry,
    calls: Family<CallLabels, Counter>,
    parts: Family<PartLabels, Histogram, fn() -> Histogram>,
    egress: Family<EgressLabels, Counter>,
    sign_ins: Family<SignInLabels, Counter>,
    quotas: Family<QuotaLabels, Counter>,
    requests: Family<RouteLabels, Counter>,
    durations: Family<RouteOnly, Histogram, fn() -> Histogram>,
    log_dropped: Counter,
    reloads: Family<ReloadLabels, Counter>,
    webhooks: Family<WebhookLabels, Counter>,
    webhook_backlog: Family<BacklogLabels, Gauge>,
    webhook_oldest: Gauge<f64, AtomicU64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct WebhookLabels {
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct BacklogLabels {
    state: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReloadLabels {
    integration: String,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CallLabels {
    integration: Arc<str>,
    category: &'static str,
    operation: &'static str,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PartLabels {
    integration: Arc<str>,
    part: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct EgressLabels {
    integration: Arc<str>,
    decision: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct SignInLabels {
    integration: Arc<str>,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct QuotaLabels {
    limit: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    route: &'static str,
    method: &'static str,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteOnly {
    route: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct BuildLabels {
    version: &'static str,
}

/// A unified call that has ended.
#[derive(Debug, Clone, Copy)]
pub struct CallFacts<'a> {
    /// The integration that served it, or would have; `None` if the call did not get that far.
    pub integration: Option<&'a Arc<str>>,
    /// Category of the route, or `passthrough`.
    pub category: &'static str,
    /// `create-user`, …, or the method in passthrough.
    pub operation: &'static str,
    /// `ok`, or the kind of error in one word.
    pub outcome: &'static str,
    /// Whether the host called a plugin, so that the times have a meaning.
    pub invoked: bool,
    /// Time that the guest computed.
    pub guest: Duration,
    /// Time spent waiting for vendors.
    pub vendor: Duration,
    /// The rest of the time: the host's own work.
    pub host: Duration,
}

impl Metrics {
    /// The metrics of a host that starts now.
    pub fn new() -> Self {
        let mut registry = Registry::default();
        let start = Gauge::<f64, AtomicU64>::default();
        start.set(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64());
        registry.register_with_unit("process_start_time", "When this host started, in Unix time", Unit::Seconds, start);
        let own = registry.sub_registry_with_prefix(PREFIX);
        own.register(
            "build",
            "The version of this host",
            Info::new(BuildLabels { version: env!("CARGO_PKG_VERSION") }),
        );
        let histogram: fn() -> Histogram = || Histogram::new(BUCKETS);
        let calls = Family::default();
        own.register("calls", "Unified calls and passthrough that have ended", calls.clone());
        let parts = Family::new_with_constructor(histogram);
        let help = "Where the time of unified calls went: guest, vendor or host";
        own.register_with_unit("call_duration", help, Unit::Seconds, parts.clone());
        let egress = Family::default();
        own.register("egress_requests", "Vendor requests by what became of them", egress.clone());
        let sign_ins = Family::default();
        own.register("sign_ins", "Sign-ins at vendors, for tokens", sign_ins.clone());
        let quotas = Family::default();
        own.register("quota_refusals", "Requests refused by a quota of this host", quotas.clone());
        let requests = Family::default();
        own.register("http_requests", "Requests answered", requests.clone());
        let durations = Family::new_with_constructor(histogram);
        let help = "Time until the head of the answer";
        own.register_with_unit("http_request_duration", help, Unit::Seconds, durations.clone());
        let log_dropped = Counter::default();
        own.register("log_dropped", "Calls left out of the log, as its queue was full", log_dropped.clone());
        let reloads = Family::default();
        own.register("reloads", "Components that were looked at again, by what became of them", reloads.clone());
        let webhooks = Family::default();
        own.register("webhook_attempts", "Attempts to deliver a webhook, by what became of them", webhooks.clone());
        let webhook_backlog = Family::default();
        let help = "Deliveries of webhooks in the database: those that wait, and those that were given up";
        own.register("webhook_deliveries", help, webhook_backlog.clone());
        let webhook_oldest = Gauge::default();
        let help = "Age of the oldest event whose delivery waits";
        own.register_with_unit("webhook_oldest_waiting", help, Unit::Seconds, webhook_oldest.clone());
        Self {
            registry,
            calls,
            parts,
            egress,
            sign_ins,
            quotas,
            requests,
            durations,
            log_dropped,
            reloads,
            webhooks,
            webhook_backlog,
            webhook_oldest,
        }
    }

    /// Counts a unified call or passthrough.
    pub fn call(&self, facts: &CallFacts<'_>) {
        let integration = facts.integration.cloned().unwrap_or_else(|| NO_INTEGRATION.into());
        if facts.invoked {
            for (part, time) in [("guest", facts.guest), ("vendor", facts.vendor), ("host", facts.host)] {
                let labels = PartLabels { integration: integration.clone(), part };
                self.parts.get_or_create(&labels).observe(time.as_secs_f64());
            }
        }
        let CallFacts { category, operation, outcome, .. } = *facts;
        self.calls.get_or_create(&CallLabels { integration, category, operation, outcome }).inc();
    }

    /// Counts vendor requests of an integration, by outcome.
    pub fn egress(&self, integration: &Arc<str>, decision: &'static str, requests: u64) {
        self.egress.get_or_create(&EgressLabels { integration: integration.clone(), decision }).inc_by(requests);
    }

    /// Counts a sign-in at a vendor: `ok`, `refused` if the vendor wants other credentials, or `failed`.
    pub fn sign_in(&self, integration: &str, outcome: &'static str) {
        self.sign_ins.get_or_create(&SignInLabels { integration: integration.into(), outcome }).inc();
    }

    /// Counts a request that a quota refused.
    pub fn quota_refusal(&self, limit: &'static str) {
        self.quotas.get_or_create(&QuotaLabels { limit }).inc();
    }

    /// Counts a request of the API. `route` is its template, `None` if no route took it.
    pub fn request(&self, route: Option<&'static str>, method: &'static str, status: u16, time: Duration) {
        let route = route.unwrap_or(NO_ROUTE);
        self.durations.get_or_create(&RouteOnly { route }).observe(time.as_secs_f64());
        self.requests.get_or_create(&RouteLabels { route, method, status }).inc();
    }

    /// Counts a call that was left out of the log because its queue was full.
    pub fn log_dropped(&self) {
        self.log_dropped.inc();
    }

    /// Counts a reload of an integration by its outcome.
    pub fn reload(&self, integration: &str, outcome: &'static str) {
        self.reloads.get_or_create(&ReloadLabels { integration: integration.to_owned(), outcome }).inc();
    }

    /// Counts an attempt to deliver a webhook: `sent`, `failed` if it is tried again, or `dead` if the host gives it up.
    pub fn webhook_delivery(&self, outcome: &'static str) {
        self.webhooks.get_or_create(&WebhookLabels { outcome }).inc();
    }

    /// Sets how many deliveries of webhooks wait and were given up, and the age of the oldest event that waits.
    pub fn webhook_backlog(&self, waiting: u64, dead: u64, oldest: Duration) {
        for (state, count) in [("waiting", waiting), ("dead", dead)] {
            let count = i64::try_from(count).unwrap_or(i64::MAX);
            self.webhook_backlog.get_or_create(&BacklogLabels { state }).set(count);
        }
        self.webhook_oldest.set(oldest.as_secs_f64());
    }

    /// Everything in the OpenMetrics text format, with `now`: values that are read at the moment of a scrape and not
    /// kept up to date in between.
    ///
    /// # Errors
    /// If a metric cannot be written, which is not known to happen.
    pub fn render(&self, now: &Registry) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        encode_registry(&mut text, &self.registry)?;
        encode_registry(&mut text, now)?;
        encode_eof(&mut text)?;
        Ok(text)
    }
}

/// The route of a request that no route took.
const NO_ROUTE: &str = "none";

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}
