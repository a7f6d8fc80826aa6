//! Traces for OpenTelemetry. The standard `OTEL_*` variables configure them, and they are off unless these name a
//! collector.
//!
//! The SDK reads the variables itself. This module checks the settings that the SDK would ignore without a message.

use std::env;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use http::{HeaderMap, Request};
use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::trace::{TraceContextExt, TracerProvider as _};
use opentelemetry_otlp::{ExporterBuildError, SpanExporter};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData, SpanExporter as Export};
use tracing::field::Empty;
use tracing::{Span, Subscriber};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::registry::LookupSpan;

use super::{SPANS, span};

/// The name of the service if `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES` give none.
const SERVICE: &str = "mortise";
/// How long the end of the process waits for the collector.
const FLUSH: Duration = Duration::from_secs(3);

/// A variable asks for something that this host cannot do. The operator must change it.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct TelemetryError {
    /// The variable.
    pub variable: &'static str,
    /// What is wrong and what is allowed.
    pub message: String,
}

/// The export of traces.
#[derive(Debug)]
pub struct Telemetry {
    provider: SdkTracerProvider,
}

impl Telemetry {
    /// The export that the environment asks for. `None` if it asks for none: no `OTEL_EXPORTER_OTLP_ENDPOINT` and no
    /// `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`, or `OTEL_SDK_DISABLED=true`, or `OTEL_TRACES_EXPORTER=none`.
    ///
    /// # Errors
    /// If a variable asks for an unknown protocol, exporter or compression, if the SDK would ignore its value, or if
    /// the endpoint is not a URL.
    pub fn from_environment() -> Result<Option<Self>, TelemetryError> {
        const ENDPOINTS: [&str; 2] = ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"];
        let Some(endpoint) = ENDPOINTS.into_iter().find(|name| variable(name).is_some()) else { return Ok(None) };
        if variable("OTEL_SDK_DISABLED").is_some_and(|disabled| disabled.eq_ignore_ascii_case("true")) {
            return Ok(None);
        }
        match variable("OTEL_TRACES_EXPORTER").as_deref() {
            None | Some("otlp") => {}
            Some("none") => return Ok(None),
            Some(_) => return Err(wrong("OTEL_TRACES_EXPORTER", "must be otlp or none")),
        }
        for name in ["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"] {
            if variable(name).is_some_and(|protocol| protocol != "http/protobuf") {
                return Err(wrong(
                    name,
                    "must be http/protobuf: this host exports nothing else (collectors take it on port 4318)",
                ));
            }
        }
        for name in ["OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "OTEL_EXPORTER_OTLP_COMPRESSION"] {
            if variable(name).is_some_and(|compression| compression != "none") {
                return Err(wrong(name, "must be none: this host does not compress traces"));
            }
        }
        ignored()?;
        // The exporter's HTTP client uses the process's TLS provider. If there is one already, that is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let exporter = SpanExporter::builder().with_http().build();
        let exporter = exporter.map_err(|error: ExporterBuildError| wrong(endpoint, error.to_string()))?;
        let mut resource = Resource::builder();
        let named = variable("OTEL_RESOURCE_ATTRIBUTES").is_some_and(|text| text.contains("service.name="));
        if variable("OTEL_SERVICE_NAME").is_none() && !named {
            resource = resource.with_service_name(SERVICE);
        }
        let provider = SdkTracerProvider::builder()
            .with_resource(resource.build())
            .with_batch_exporter(Reporting { exporter, failing: AtomicBool::new(false) })
            .build();
        Ok(Some(Self { provider }))
    }

    /// The layer that turns this host's spans into traces.
    pub fn layer<S>(&self) -> impl Layer<S> + Send + Sync + use<S>
    where
        S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
    {
        tracing_opentelemetry::layer()
            .with_tracer(self.provider.tracer(SERVICE))
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_tracked_inactivity(false)
            // Spans of the log are between those of traces, and a task keeps the spans around it.
            .with_context_activation(false)
            .with_filter(Targets::new().with_target(SPANS, LevelFilter::TRACE))
    }

    /// Sends the remaining spans, for at most 3 s. Blocks.
    pub fn shut_down(self) {
        if let Err(error) = self.provider.shutdown_with_timeout(FLUSH) {
            tracing::warn!(%error, "the last traces may not have reached the collector");
        }
    }
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok().map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
}

fn wrong(variable: &'static str, message: impl Into<String>) -> TelemetryError {
    TelemetryError { variable, message: message.into() }
}

/// Refuses values that the SDK would replace by a default, at most with a log line that nobody reads.
fn ignored() -> Result<(), TelemetryError> {
    const SAMPLERS: [&str; 6] = [
        "always_on",
        "always_off",
        "traceidratio",
        "parentbased_always_on",
        "parentbased_always_off",
        "parentbased_traceidratio",
    ];
    const COUNTS: [&str; 6] = [
        "OTEL_BSP_MAX_QUEUE_SIZE",
        "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
        "OTEL_BSP_SCHEDULE_DELAY",
        "OTEL_BSP_EXPORT_TIMEOUT",
        "OTEL_EXPORTER_OTLP_TIMEOUT",
        "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT",
    ];
    let sampler = "OTEL_TRACES_SAMPLER";
    if variable(sampler).is_some_and(|name| !SAMPLERS.contains(&name.as_str())) {
        return Err(wrong(sampler, format!("must be one of {}", SAMPLERS.join(", "))));
    }
    let ratio = "OTEL_TRACES_SAMPLER_ARG";
    if variable(ratio).is_some_and(|text| !text.parse().is_ok_and(|ratio: f64| (0.0..=1.0).contains(&ratio))) {
        return Err(wrong(ratio, "must be a number from 0 to 1"));
    }
    for name in COUNTS {
        if variable(name).is_some_and(|text| !text.parse().is_ok_and(|count: u32| count > 0)) {
            return Err(wrong(name, "must be a whole number above 0"));
        }
    }
    for name in ["OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS"] {
        if variable(name).is_some_and(|text| !text.split(',').all(is_header)) {
            // The value may be a credential.
            return Err(wrong(name, "must be `name=value` pairs, parted by commas, each value percent-encoded"));
        }
    }
    Ok(())
}

fn is_header(pair: &str) -> bool {
    let pair = pair.trim();
    pair.is_empty()
        || pair.split_once('=').is_some_and(|(name, value)| {
            http::HeaderName::try_from(name.trim()).is_ok() && http::HeaderValue::try_from(value.trim()).is_ok()
        })
}

/// An exporter that logs when it cannot export, and when it can again. The SDK does not report that.
struct Reporting<E> {
    exporter: E,
    failing: AtomicBool,
}

impl<E: Export> Export for Reporting<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = batch.len();
        let result = self.exporter.export(batch).await;
        match (&result, self.failing.swap(result.is_err(), Ordering::Relaxed)) {
            (Err(error), false) => tracing::warn!(%error, spans, "traces do not reach the collector and are lost"),
            (Ok(()), true) => tracing::info!("traces reach the collector again"),
            _ => {}
        }
        result
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

impl<E> fmt::Debug for Reporting<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Reporting")
    }
}

/// The span of a request to the host. With a `traceparent` of the caller it is a part of the caller's trace.
pub fn request_span<B>(request: &Request<B>, id: &str) -> Span {
    let span = span!(
        "request",
        otel.name = request.method().as_str(),
        otel.kind = "server",
        http.request.method = request.method().as_str(),
        http.route = Empty,
        http.response.status_code = Empty,
        mortise.request_id = id,
        otel.status_code = Empty,
    );
    if !span.is_disabled() {
        // Without a layer that exports, there is no trace to join.
        let _ = span.set_parent(TraceContextPropagator::new().extract(&Headers(request.headers())));
    }
    span
}

/// Names a request's span, when the route is known.
pub fn name_route(span: &Span, method: &str, route: &str) {
    if !span.is_disabled() {
        span.record("http.route", route);
        // The trace has begun, so the span's fields no longer change its name.
        span.context().span().update_name(format!("{method} {route}"));
    }
}

/// The trace of a span, in hexadecimal; `None` if traces are not exported.
pub fn trace_id(span: &Span) -> Option<String> {
    if span.is_disabled() {
        return None;
    }
    let context = span.context();
    let trace = context.span().span_context().trace_id();
    (trace != opentelemetry::trace::TraceId::INVALID).then(|| trace.to_string())
}

struct Headers<'a>(&'a HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).and_then(|value| value.to_str().ok())
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(http::HeaderName::as_str).collect()
    }
}
