//! What a call needs from the circuit of its integration before it runs, and by which the circuit learns how it ended.

use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use super::admission::AdmissionControl;

/// The circuit's permission for one call. The circuit learns nothing from one that is dropped without a verdict.
#[derive(Debug)]
pub struct CallPermit {
    admission: Arc<AdmissionControl>,
    account: Uuid,
    probe: bool,
    settled: bool,
}

impl CallPermit {
    /// Asks for one.
    ///
    /// # Errors
    /// If the circuit is open: how long it stays so, zero while a probe is on its way.
    pub(super) fn ask(admission: &Arc<AdmissionControl>, account: Uuid) -> Result<Self, Duration> {
        let probe = admission.circuit().admit(account)?;
        Ok(Self { admission: admission.clone(), account, probe, settled: false })
    }

    /// The plugin did its part, whatever the vendor said.
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
