//! `GET /metrics`: the host's counters, and its state at the moment of the scrape.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::auth::Operator;
use super::error::ApiError;
use crate::account::Connections;
use crate::app::App;
use crate::call::CircuitState;
use crate::observe::log::dropped_lines;
use crate::observe::metrics::{CONTENT_TYPE, PREFIX};
use crate::plugin::PluginStatus;

/// Every metric, for Prometheus.
pub(super) async fn metrics(State(app): State<Arc<App>>, _: Operator) -> Result<impl IntoResponse, ApiError> {
    Ok(([(header::CONTENT_TYPE, CONTENT_TYPE)], app.service.metrics.render(&now(&app))?))
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Integration {
    integration: Arc<str>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Generation {
    integration: Arc<str>,
    generation: String,
    sdk_version: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Circuit {
    integration: Arc<str>,
    state: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Connection {
    state: &'static str,
}

/// The metrics whose values are those of the moment, not counts.
fn now(app: &App) -> Registry {
    let mut registry = Registry::with_prefix(PREFIX);
    let plugins = app.service.registry.list();
    register_host(&mut registry, app, &plugins);
    register_integrations(&mut registry, plugins);
    register_database(&mut registry, app.service.accounts.connections());
    let dropped = ConstCounter::new(dropped_lines());
    registry.register(
        "log_lines_dropped",
        "Lines left out of the log of this process: its reader was too slow",
        dropped,
    );
    registry
}

/// Calls and components of the whole host.
fn register_host(registry: &mut Registry, app: &App, plugins: &[PluginStatus]) {
    let refused = plugins.iter().filter(|plugin| plugin.generation.is_none()).count();
    let stale = plugins.iter().filter(|plugin| plugin.is_stale()).count();
    registry.register(
        "instances",
        "Instances in use, one for each call in flight",
        gauge(app.service.calls.in_flight()),
    );
    registry.register("instances_max", "Instances that can be in use at once", gauge(app.service.calls.most()));
    registry.register("plugins_refused", "Components of the plugins directory that are not served", gauge(refused));
    registry.register(
        "plugins_stale",
        "Integrations that an older component serves, as the newest is refused",
        gauge(stale),
    );
    let generations = gauge(app.service.registry.generations());
    registry.register(
        "generations",
        "Generations in memory: those that serve, and older ones with calls in flight",
        generations,
    );
}

/// The generation, the calls and the circuit of each integration that is served.
fn register_integrations(registry: &mut Registry, plugins: Vec<PluginStatus>) {
    let generations = Family::<Generation, Gauge>::default();
    let in_flight = Family::<Integration, Gauge>::default();
    let places = Family::<Integration, Gauge>::default();
    let circuits = Family::<Circuit, Gauge>::default();
    for generation in plugins.into_iter().filter_map(|plugin| plugin.generation) {
        let integration = generation.admission.integration();
        let labels = Generation {
            integration: integration.clone(),
            generation: generation.id().to_owned(),
            sdk_version: generation.sdk_version.clone().unwrap_or_default(),
        };
        generations.get_or_create(&labels).set(1);
        let labels = Integration { integration: integration.clone() };
        in_flight.get_or_create(&labels).set(whole(generation.admission.in_flight()));
        places.get_or_create(&labels).set(generation.admission.places().into());
        let current = generation.admission.circuit().state();
        for state in [CircuitState::Closed, CircuitState::HalfOpen, CircuitState::Open] {
            let labels = Circuit { integration: integration.clone(), state: state.as_str() };
            circuits.get_or_create(&labels).set(i64::from(state == current));
        }
    }
    registry.register("integration_info", "The generation that serves an integration; always 1", generations);
    registry.register("integration_calls", "Calls in flight of an integration", in_flight);
    registry.register("integration_calls_max", "Calls in flight that an integration can have", places);
    registry.register("circuit", "1 for the state that an integration's circuit is in", circuits);
}

/// The pool of connections to the database.
fn register_database(registry: &mut Registry, pool: Connections) {
    let connections = Family::<Connection, Gauge>::default();
    for (state, count) in [("in_use", pool.open.saturating_sub(pool.idle)), ("idle", pool.idle)] {
        connections.get_or_create(&Connection { state }).set(count.into());
    }
    registry.register("database_connections", "Open connections to the database", connections);
    let max = gauge(pool.max as usize);
    registry.register("database_connections_max", "Connections to the database that can be open", max);
}

fn gauge(value: usize) -> Gauge {
    let gauge = Gauge::default();
    gauge.set(whole(value));
    gauge
}

fn whole(value: usize) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
