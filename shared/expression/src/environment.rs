//! What an evaluation knows of the world, and how much it may do.

use std::cell::Cell;

use jiff::{Timestamp, tz::TimeZone};

use crate::error::EvaluationError;
use crate::locale::Locale;
use crate::reading::date;

/// Work units of a new [`Environment`]: one a node, list element and byte of output.
pub const DEFAULT_BUDGET: u64 = 1_000_000;

/// The largest text, in bytes, a new [`Environment`] lets an expression make.
pub const DEFAULT_MAX_OUTPUT: usize = 64 * 1024;

/// The moment, the time zone, the seed and the limits of an evaluation. Shared by all evaluations of one step of a
/// journey, so that together they stay within one budget and `rand_between` moves on.
#[derive(Debug, Clone)]
pub struct Environment {
    /// What `now()` gives.
    pub now: Timestamp,
    /// The local time: of `today()`, and of dates and times written without an offset.
    pub time_zone: TimeZone,
    /// How the person writes numbers and dates whom the texts come from.
    pub locale: Locale,
    /// The largest text an expression may make, in bytes.
    pub max_output: usize,
    random: Cell<u64>,
    budget: Cell<u64>,
}

impl Environment {
    /// An environment with the default limits, seed 0 and no known locale.
    #[must_use]
    pub fn new(now: Timestamp, time_zone: TimeZone) -> Self {
        Self {
            now,
            time_zone,
            locale: Locale::UNKNOWN,
            max_output: DEFAULT_MAX_OUTPUT,
            random: Cell::new(0),
            budget: Cell::new(DEFAULT_BUDGET),
        }
    }

    /// Sets how the person writes numbers and dates whom the texts come from.
    #[must_use]
    pub fn with_locale(mut self, locale: Locale) -> Self {
        self.locale = locale;
        self
    }

    /// Sets where the sequence of `rand_between` starts: the same seed gives the same numbers.
    #[must_use]
    pub fn with_seed(self, seed: u64) -> Self {
        self.random.set(seed);
        self
    }

    /// Sets the work units: one a node, list element and byte of output.
    #[must_use]
    pub fn with_budget(self, units: u64) -> Self {
        self.budget.set(units);
        self
    }

    /// Sets the largest text an expression may make, in bytes.
    #[must_use]
    pub fn with_max_output(mut self, bytes: usize) -> Self {
        self.max_output = bytes;
        self
    }

    /// The work units that are left.
    #[must_use]
    pub fn budget_left(&self) -> u64 {
        self.budget.get()
    }

    /// Sets the work units that are left.
    pub fn set_budget(&self, units: u64) {
        self.budget.set(units);
    }

    /// What decides how dates are read.
    pub(crate) fn dates(&self) -> date::Reader {
        date::Reader { locale: self.locale, today: self.time_zone.to_datetime(self.now).date() }
    }

    /// Takes `units` from the budget.
    pub(crate) fn spend(&self, units: u64) -> Result<(), EvaluationError> {
        match self.budget.get().checked_sub(units) {
            Some(left) => {
                self.budget.set(left);
                Ok(())
            }
            None => {
                self.budget.set(0);
                Err(EvaluationError::BudgetExceeded)
            }
        }
    }

    /// Takes one unit for each of `count` elements or bytes.
    pub(crate) fn spend_output(&self, count: usize) -> Result<(), EvaluationError> {
        self.spend(u64::try_from(count).unwrap_or(u64::MAX))
    }

    /// Refuses a text of more than [`Self::max_output`] bytes.
    pub(crate) fn check_size(&self, bytes: usize) -> Result<(), EvaluationError> {
        if bytes > self.max_output {
            return Err(EvaluationError::OutputTooLarge { limit: self.max_output });
        }
        Ok(())
    }

    /// The next number of the sequence: SplitMix64 (Steele, Lea and Flood, 2014).
    pub(crate) fn random(&self) -> u64 {
        let state = self.random.get().wrapping_add(0x9E37_79B9_7F4A_7C15);
        self.random.set(state);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}
