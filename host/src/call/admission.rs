//! Limits that the calls of one integration share: the number of running calls, and the circuit of its generation.

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
    /// Makes admission control for an integration's first generation, or its first one of this class.
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

    /// Admission control for the next generation. It shares the permits, because calls of the old generation may still
    /// run, and starts with a closed circuit.
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

    /// The class of limits for the integration's component.
    pub fn class(&self) -> Class {
        self.class
    }

    /// Running calls.
    pub fn in_flight(&self) -> usize {
        (self.places as usize).saturating_sub(self.room.available_permits())
    }

    /// Calls that may run at the same time.
    pub fn places(&self) -> u32 {
        self.places
    }

    /// The circuit, which decides whether calls reach the plugin.
    pub fn circuit(&self) -> &Circuit {
        &self.circuit
    }
}
