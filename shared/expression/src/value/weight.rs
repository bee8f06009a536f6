//! How large a value is. Parts are shared, so a small expression can make a value that is enormous to walk through:
//! whatever walks through a list or map weighs it first.

use super::Value;
use crate::environment::Environment;
use crate::error::EvaluationError;

/// How many bytes of a text weigh as much as a part.
const BYTES_PER_UNIT: usize = 8;

impl Value {
    /// How deep lists and maps may nest in a value an expression makes.
    pub const MAX_DEPTH: usize = 64;

    /// Spends one unit for each part of a list or map and each few bytes of its texts, and refuses one that nests
    /// beyond [`Self::MAX_DEPTH`].
    pub(crate) fn weigh(&self, env: &Environment) -> Result<(), EvaluationError> {
        if !matches!(self, Self::List(_) | Self::Map(_)) {
            return Ok(());
        }
        let before = env.budget_left();
        let mut left = before;
        let outcome = self.visit(Self::MAX_DEPTH, &mut left);
        env.spend(before - left)?;
        outcome
    }

    fn visit(&self, levels: usize, left: &mut u64) -> Result<(), EvaluationError> {
        let units = match self {
            // A text is one part, but it may be shared a thousand times and then written a thousand times.
            Self::Text(text) => 1 + u64::try_from(text.len() / BYTES_PER_UNIT).unwrap_or(u64::MAX),
            _ => 1,
        };
        *left = left.checked_sub(units).ok_or(EvaluationError::BudgetExceeded)?;
        let deeper = || levels.checked_sub(1).ok_or(EvaluationError::TooDeep);
        match self {
            Self::List(items) => {
                let levels = deeper()?;
                items.iter().try_for_each(|item| item.visit(levels, left))
            }
            Self::Map(map) => {
                let levels = deeper()?;
                map.values().try_for_each(|value| value.visit(levels, left))
            }
            _ => Ok(()),
        }
    }
}
