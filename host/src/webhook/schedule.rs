//! The times of further attempts at a delivery.

use std::time::Duration;

use rand::RngExt;

use crate::config::Limits;

/// Factor by which the longest wait grows with each further attempt.
const GROWTH: u64 = 6;

/// The schedule of attempts. The longest wait grows with each attempt, and the host draws the wait between 0 and the
/// longest one (full jitter), so that deliveries that failed together are not repeated together.
#[derive(Debug, Clone, Copy)]
pub struct Schedule {
    attempts: u32,
    first: Duration,
    most: Duration,
}

impl Schedule {
    /// The schedule of these limits.
    pub fn new(limits: &Limits) -> Self {
        let ms = Duration::from_millis;
        Self {
            attempts: limits.webhook_attempts,
            first: ms(limits.webhook_retry_ms),
            most: ms(limits.webhook_retry_max_ms),
        }
    }

    /// The wait after this many failed attempts. It is at least as long as the receiver `asked` for, but not longer
    /// than the longest wait of the limits. `None`: there is no further attempt.
    pub fn wait(&self, attempts: u32, asked: Option<Duration>) -> Option<Duration> {
        if attempts >= self.attempts {
            return None;
        }
        let longest = self.longest(attempts);
        let drawn = Duration::from_secs_f64(longest.as_secs_f64() * rand::rng().random_range(0.0..=1.0));
        Some(drawn.max(asked.unwrap_or_default()).min(self.most))
    }

    /// The longest wait after this many attempts, if the receiver asks for none.
    fn longest(&self, attempts: u32) -> Duration {
        let factor = GROWTH.saturating_pow(attempts.saturating_sub(1));
        let first = u64::try_from(self.first.as_millis()).unwrap_or(u64::MAX);
        Duration::from_millis(first.saturating_mul(factor)).min(self.most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_attempts_spread_over_about_three_days() {
        let schedule = Schedule::new(&Limits::default());
        let longest: Vec<_> = (1..15).map(|attempts| schedule.longest(attempts).as_secs()).collect();
        assert_eq!(longest[..6], [10, 60, 360, 2_160, 12_960, 57_600]);
        assert!(longest[5..].iter().all(|longest| *longest == 57_600));
        // The mean of an even distribution from 0 is half of the maximum.
        let mean = longest.iter().sum::<u64>() / 2;
        assert!((70 * 3_600..76 * 3_600).contains(&mean), "{mean} s");
        assert_eq!(schedule.wait(15, None), None);
    }

    #[test]
    fn a_wait_is_drawn_and_a_receiver_may_ask_for_a_longer_one_within_the_most() {
        let schedule = Schedule::new(&Limits::default());
        let drawn: Vec<_> = (0..1_000).filter_map(|_| schedule.wait(1, None)).collect();
        assert!(drawn.iter().all(|wait| *wait <= Duration::from_secs(10)));
        assert!(drawn.iter().any(|wait| *wait < Duration::from_secs(3)));
        assert!(drawn.iter().any(|wait| *wait > Duration::from_secs(7)));
        assert_eq!(schedule.wait(1, Some(Duration::from_secs(600))), Some(Duration::from_secs(600)));
        assert_eq!(schedule.wait(1, Some(Duration::from_secs(86_400))), Some(Duration::from_secs(57_600)));
    }
}
