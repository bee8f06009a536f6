//! The token bucket of a route.

use crate::template::Throttle;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// Fills with `rate` tokens a second up to `burst`; each request takes one.
pub(super) struct Bucket {
    throttle: Throttle,
    level: Mutex<(f64, Instant)>,
}

impl Bucket {
    pub(super) fn new(throttle: Throttle, now: Instant) -> Self {
        Self { throttle, level: Mutex::new((throttle.burst, now)) }
    }

    /// False when the request has to be refused.
    pub(super) fn take(&self, now: Instant) -> bool {
        let mut level = self.level.lock().unwrap_or_else(PoisonError::into_inner);
        let (tokens, last) = *level;
        let filled = tokens + self.throttle.rate * now.saturating_duration_since(last).as_secs_f64();
        let tokens = filled.min(self.throttle.burst);
        let granted = tokens >= 1.0;
        *level = (if granted { tokens - 1.0 } else { tokens }, now);
        granted
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn bursts_are_spent_and_refill_with_time() {
        let start = Instant::now();
        let bucket = Bucket::new(Throttle { rate: 10.0, burst: 3.0 }, start);
        let granted =
            |at: u64, tries: usize| (0..tries).filter(|_| bucket.take(start + Duration::from_millis(at))).count();
        assert_eq!(granted(0, 5), 3);
        assert_eq!(granted(100, 5), 1);
        assert_eq!(granted(60_000, 9), 3, "never more than the burst");
    }

    #[test]
    fn zero_refuses_everything() {
        let bucket = Bucket::new(Throttle { rate: 0.0, burst: 0.0 }, Instant::now());
        assert!(!bucket.take(Instant::now() + Duration::from_secs(99)));
    }
}
