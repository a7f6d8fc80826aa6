//! The permission of an integration's circuit for one call. Through it the circuit learns how the call ended.

use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use super::admission::AdmissionControl;

/// The circuit's permission for one call. If it is dropped without a verdict, the circuit learns nothing.
#[derive(Debug)]
pub struct CallPermit {
    admission: Arc<AdmissionControl>,
    account: Uuid,
    probe: bool,
    settled: bool,
}

impl CallPermit {
    /// Asks the circuit for a permit.
    ///
    /// # Errors
    /// If the circuit is open: how long it stays open, or zero while a probe is running.
    pub(super) fn ask(admission: &Arc<AdmissionControl>, account: Uuid) -> Result<Self, Duration> {
        let probe = admission.circuit().admit(account)?;
        Ok(Self { admission: admission.clone(), account, probe, settled: false })
    }

    /// The plugin worked, whatever the vendor answered.
    pub fn ended_well(mut self) {
        self.settled = true;
        self.admission.circuit().ended_well(self.probe);
    }

    /// The plugin broke.
    pub fn broke(mut self) {
        self.settled = true;
        self.admission.circuit().broke(self.account, self.probe);
    }
}

impl Drop for CallPermit {
    fn drop(&mut self) {
        if self.probe && !self.settled {
            self.admission.circuit().undecided();
        }
    }
}
