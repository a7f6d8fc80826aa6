//! What the calls of one integration share: room for so many at once, and the circuit of its generation.

use std::sync::Arc;

use tokio::sync::Semaphore;

use super::circuit::Circuit;
use crate::config::{Class, Limits};

/// Admission control of one integration's generation.
#[derive(Debug)]
pub struct AdmissionControl {
    integration: Arc<str>,
    class: Class,
    pub(super) room: Arc<Semaphore>,
    places: u32,
    circuit: Circuit,
}

impl AdmissionControl {
    /// For an integration's first generation, or of its first one of this class.
    pub fn new(integration: &str, class: Class, limits: &Limits) -> Self {
        let integration: Arc<str> = integration.into();
        let places = class.bounds(limits).concurrent_calls_per_integration;
        Self {
            class,
            room: Arc::new(Semaphore::new(places as usize)),
            places,
            circuit: Circuit::new(integration.clone(), limits),
            integration,
        }
    }

    /// For the next generation: the same room, which calls of the old one may still take up, and a closed circuit.
    pub fn renewed(&self) -> Self {
        Self {
            integration: self.integration.clone(),
            class: self.class,
            room: self.room.clone(),
            places: self.places,
            circuit: self.circuit.renewed(),
        }
    }

    /// The integration's slug.
    pub fn integration(&self) -> &Arc<str> {
        &self.integration
    }

    /// How much the integration's component may use.
    pub fn class(&self) -> Class {
        self.class
    }

    /// Calls in flight.
    pub fn in_flight(&self) -> usize {
        (self.places as usize).saturating_sub(self.room.available_permits())
    }

    /// Calls that may be in flight at once.
    pub fn places(&self) -> u32 {
        self.places
    }

    /// Whether calls reach the plugin.
    pub fn circuit(&self) -> &Circuit {
        &self.circuit
    }
}
