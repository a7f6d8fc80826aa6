//! Pauses the calls of a plugin that breaks in each call, and finds out by single calls when it works again.
//!
//! Only the plugin's own failures count: a trap, a limit on memory or CPU time, an answer that is not a user. A
//! vendor's error, a typed failure and a deadline that a slow vendor may have caused do not count.
//!
//! All callers share the plugin, so no caller may lock the others out with an input that makes it trap. So any call
//! that ends well resets the count, and an open circuit admits the call of an account that had no part in the failures,
//! as the next probe.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde::Serialize;
use uuid::Uuid;

use crate::config::Limits;

/// Accounts with a part in the failures that the circuit remembers. If there are more, every account counts as one of
/// them.
const MAX_ACCOUNTS: usize = 64;

/// Whether an integration's calls reach its plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CircuitState {
    /// Calls reach the plugin.
    Closed,
    /// The next call is a probe, or a probe is running.
    HalfOpen,
    /// The host answers calls with 503.
    Open,
}

impl CircuitState {
    /// The word in JSON and logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::HalfOpen => "half-open",
            Self::Open => "open",
        }
    }
}

/// The circuit of one generation.
#[derive(Debug)]
pub struct Circuit {
    integration: Arc<str>,
    rules: Rules,
    /// Whether `state` has anything to check. Calls of a healthy plugin pass without the lock.
    troubled: AtomicBool,
    state: Mutex<State>,
}

#[derive(Debug, Clone, Copy)]
struct Rules {
    /// Failures in a row that open the circuit. With 0, it never opens.
    failures: u32,
    first: Duration,
    longest: Duration,
}

#[derive(Debug, Default)]
struct State {
    /// Failures since the last call that ended well.
    failures: u32,
    /// The accounts of these calls.
    accounts: Vec<Uuid>,
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    until: Instant,
    /// How long the circuit stays open.
    wait: Duration,
    /// Whether the probe that decides is running.
    probing: bool,
}

impl Circuit {
    pub(super) fn new(integration: Arc<str>, limits: &Limits) -> Self {
        let rules = Rules {
            failures: limits.circuit_failures,
            first: Duration::from_millis(limits.circuit_open_ms),
            longest: Duration::from_millis(limits.circuit_open_max_ms.max(limits.circuit_open_ms)),
        };
        Self::with(integration, rules)
    }

    fn with(integration: Arc<str>, rules: Rules) -> Self {
        Self { integration, rules, troubled: AtomicBool::new(false), state: Mutex::default() }
    }

    /// A closed circuit with the same rules.
    pub(super) fn renewed(&self) -> Self {
        Self::with(self.integration.clone(), self.rules)
    }

    /// The current state.
    pub fn state(&self) -> CircuitState {
        match &self.lock().open {
            None => CircuitState::Closed,
            Some(open) if open.probing || open.until <= Instant::now() => CircuitState::HalfOpen,
            Some(_) => CircuitState::Open,
        }
    }

    /// Admits a call, or returns how long the circuit stays open. `true` if the call is the probe.
    pub(super) fn admit(&self, account: Uuid) -> Result<bool, Duration> {
        if !self.troubled.load(Ordering::Acquire) {
            return Ok(false);
        }
        let mut state = self.lock();
        let uninvolved = state.accounts.len() < MAX_ACCOUNTS && !state.accounts.contains(&account);
        let Some(open) = &mut state.open else { return Ok(false) };
        let left = open.until.saturating_duration_since(Instant::now());
        if open.probing || !(left.is_zero() || uninvolved) {
            return Err(left);
        }
        open.probing = true;
        Ok(true)
    }

    pub(super) fn ended_well(&self, probe: bool) {
        if !self.troubled.load(Ordering::Acquire) {
            return;
        }
        let mut state = self.lock();
        // A call that began before the circuit opened does not show how the plugin works now.
        if state.open.is_some() && !probe {
            return;
        }
        if state.open.is_some() {
            tracing::info!(integration = %self.integration, circuit = "closed", "the integration works again");
        }
        *state = State::default();
        self.troubled.store(false, Ordering::Release);
    }

    pub(super) fn broke(&self, account: Uuid, probe: bool) {
        if self.rules.failures == 0 {
            return;
        }
        let mut state = self.lock();
        self.troubled.store(true, Ordering::Release);
        if state.accounts.len() < MAX_ACCOUNTS && !state.accounts.contains(&account) {
            state.accounts.push(account);
        }
        state.failures = state.failures.saturating_add(1);
        let failures = state.failures;
        let wait = match &state.open {
            None if failures < self.rules.failures => return,
            None => self.rules.first,
            Some(open) if probe => open.wait.saturating_mul(2).min(self.rules.longest),
            Some(_) => return,
        };
        state.open = Some(Open { until: Instant::now() + wait, wait, probing: false });
        tracing::warn!(
            integration = %self.integration, circuit = "open", failures, wait_ms = wait.as_millis(),
            "the integration failed in its last calls: the host answers its calls with 503"
        );
    }

    /// The probe ended without a decision.
    pub(super) fn undecided(&self) {
        if let Some(open) = &mut self.lock().open {
            open.probing = false;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::admission::AdmissionControl;
    use crate::call::permit::CallPermit;

    /// A circuit that opens after two failures, for `open`.
    fn admission(open: Duration) -> Arc<AdmissionControl> {
        let open = open.as_millis().try_into().expect("a short time");
        let limits =
            Limits { circuit_failures: 2, circuit_open_ms: open, circuit_open_max_ms: 240_000, ..Limits::default() };
        Arc::new(AdmissionControl::new("acme", crate::config::Class::Ordinary, &limits))
    }

    fn permit(admission: &Arc<AdmissionControl>, account: Uuid) -> CallPermit {
        CallPermit::ask(admission, account).expect("the circuit lets it through")
    }

    fn opened(open: Duration) -> (Arc<AdmissionControl>, Uuid) {
        let (admission, account) = (admission(open), Uuid::new_v4());
        let late = permit(&admission, account);
        permit(&admission, account).broke();
        assert_eq!(admission.circuit().state(), CircuitState::Closed, "one failure does not open the circuit");
        permit(&admission, account).broke();
        late.ended_well();
        (admission, account)
    }

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn failures_in_a_row_open_it_and_a_late_success_does_not_close_it() {
        let (admission, account) = opened(LONG);
        assert_eq!(admission.circuit().state(), CircuitState::Open);
        let left = CallPermit::ask(&admission, account).expect_err("open");
        assert!(left > Duration::from_secs(50) && left <= LONG, "{left:?}");
    }

    #[test]
    fn a_success_starts_the_count_anew() {
        let (admission, account) = (admission(LONG), Uuid::new_v4());
        for _ in 0..5 {
            permit(&admission, account).broke();
            permit(&admission, account).ended_well();
        }
        assert_eq!(admission.circuit().state(), CircuitState::Closed);
    }

    #[test]
    fn one_probe_at_a_time_decides() {
        let (admission, account) = opened(Duration::ZERO);
        let probe = permit(&admission, account);
        assert_eq!(admission.circuit().state(), CircuitState::HalfOpen);
        assert_eq!(CallPermit::ask(&admission, account).err(), Some(Duration::ZERO));
        drop(probe);
        let probe = permit(&admission, account);
        probe.ended_well();
        assert_eq!(admission.circuit().state(), CircuitState::Closed);
    }

    #[test]
    fn an_account_without_a_part_in_the_failures_is_the_next_probe() {
        let (admission, account) = opened(LONG);
        permit(&admission, Uuid::new_v4()).broke();
        assert!(CallPermit::ask(&admission, account).expect_err("still open") > LONG, "and for longer");
        permit(&admission, Uuid::new_v4()).ended_well();
        permit(&admission, account).ended_well();
    }

    #[test]
    fn a_new_generation_starts_closed_and_shares_the_room() {
        let (admission, account) = opened(LONG);
        let renewed = Arc::new(admission.renewed());
        permit(&renewed, account).ended_well();
        assert_eq!(admission.circuit().state(), CircuitState::Open);
    }
}
