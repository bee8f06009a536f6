//! Why a journey starts, ready to be asked.

use expression::{BinaryOperator, Environment, ExprKind};

use super::Compiler;
use crate::engine::{Env, holds};
use crate::model::{self, Formula, TriggerEvent};

/// A trigger, ready to be asked whether it wants an event.
#[derive(Debug)]
pub struct Trigger {
    kind: TriggerKind,
    global: bool,
    condition: Option<Formula>,
    line: u32,
}

/// What a [`Trigger`] waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TriggerKind {
    /// A message that meets the condition.
    MessageReceived,
    /// A message nothing else wanted.
    CatchAll,
    /// Some time before or after a date of the contact.
    Interval {
        /// How long after; negative for before.
        offset: Offset,
        /// The profile field with the date, such as `due_date`.
        field: String,
    },
}

/// A span of time in one unit; months have no fixed length, so it is not a number of seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offset {
    /// How many; negative for before.
    pub amount: i32,
    /// Of what.
    pub unit: OffsetUnit,
}

/// The units of an [`Offset`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OffsetUnit {
    /// `m`
    Minutes,
    /// `h`
    Hours,
    /// `d`
    Days,
    /// `w`
    Weeks,
    /// `M`
    Months,
}

impl Offset {
    fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let unit = match text.chars().next_back()? {
            'm' => OffsetUnit::Minutes,
            'h' | 'H' => OffsetUnit::Hours,
            'd' | 'D' => OffsetUnit::Days,
            'w' | 'W' => OffsetUnit::Weeks,
            'M' => OffsetUnit::Months,
            _ => return None,
        };
        let amount = text.get(..text.len() - 1)?.trim().parse().ok()?;
        Some(Self { amount, unit })
    }
}

impl Trigger {
    pub(super) fn compile(trigger: &model::Trigger, compiler: &mut Compiler<'_>) -> Option<Self> {
        let kind = match &trigger.event {
            TriggerEvent::MessageReceived => TriggerKind::MessageReceived,
            TriggerEvent::CatchAll => TriggerKind::CatchAll,
            TriggerEvent::Interval { interval, relative_to } => {
                let Some(offset) = Offset::parse(interval) else {
                    let hint = "Write a sign, a number and m, h, d, w or M, such as \"+5m\" or \"-2d\".".to_owned();
                    compiler.error("bad-interval", format!("`{interval}` is not a span of time."), Some(hint));
                    return None;
                };
                let Some(field) = relative_to.trim_start_matches('@').strip_prefix("contact.") else {
                    let hint = "Write it as `relative_to: \"contact.field\"`.".to_owned();
                    let message = format!("`{relative_to}` is not a field of the contact.");
                    compiler.error("bad-interval", message, Some(hint));
                    return None;
                };
                TriggerKind::Interval { offset, field: field.to_owned() }
            }
            TriggerEvent::Other { name } => {
                let hint = "Use \"MESSAGE RECEIVED\" or \"CATCH ALL\".".to_owned();
                compiler.error("unknown-trigger", format!("Nothing here starts on `{name}`."), Some(hint));
                return None;
            }
        };
        let condition = trigger.condition.as_ref().map(|condition| compiler.formula(condition));
        Some(Self { kind, global: trigger.global, condition, line: trigger.position.line })
    }

    /// What it waits for.
    #[must_use]
    pub fn kind(&self) -> &TriggerKind {
        &self.kind
    }

    /// Whether it also interrupts a journey that is under way.
    #[must_use]
    pub fn is_global(&self) -> bool {
        self.global
    }

    /// Its line in the notebook; 0 when there is none.
    #[must_use]
    pub fn line(&self) -> u32 {
        self.line
    }

    /// Whether its condition holds for this contact and event. One that fails does not hold.
    #[must_use]
    pub fn matches(&self, env: &Env<'_>) -> bool {
        self.condition.as_ref().is_none_or(|condition| {
            let scope = |name: &str| env.lookup(name);
            condition.evaluate(&scope, &env.environment()).is_ok_and(|value| holds(&value))
        })
    }

    /// How narrow the condition is, for choosing among the triggers that match: the higher goes first. A whole text
    /// comes before its beginning, that before a word in it, any condition before none, and a catch-all last.
    #[must_use]
    pub fn specificity(&self) -> u32 {
        match (&self.kind, &self.condition) {
            (TriggerKind::CatchAll, _) => 0,
            (_, None) => 1,
            (_, Some(condition)) => 1 + narrowness(&condition.kind),
        }
    }
}

fn narrowness(condition: &ExprKind) -> u32 {
    match condition {
        ExprKind::Call { name, .. } => match name.key() {
            "has_only_text" => 5,
            "has_only_phrase" => 4,
            "has_beginning" | "has_end" | "has_phrase" | "has_all_words" | "has_pattern" => 3,
            _ => 2,
        },
        ExprKind::Binary { operator: BinaryOperator::And, left, right } => {
            narrowness(&left.kind) + narrowness(&right.kind)
        }
        ExprKind::Binary { operator: BinaryOperator::Or, left, right } => {
            narrowness(&left.kind).min(narrowness(&right.kind))
        }
        ExprKind::Binary { operator: BinaryOperator::Equal, .. } => 4,
        ExprKind::Not(_) => 1,
        _ => 2,
    }
}

impl Env<'_> {
    /// What an expression of this event may spend.
    pub(crate) fn environment(&self) -> Environment {
        Environment::new(self.now, self.time_zone.clone())
            .with_seed(self.seed)
            .with_budget(self.budgets.work)
            .with_max_output(self.budgets.output)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_of_time() {
        for bad in ["", "m", "+m", "5", "+5x", "five m", "+5é", "99999999999m"] {
            assert_eq!(Offset::parse(bad), None, "{bad}");
        }
        let minutes = |amount| Some(Offset { amount, unit: OffsetUnit::Minutes });
        assert_eq!(Offset::parse("+5m"), minutes(5));
        assert_eq!(Offset::parse("-90m"), minutes(-90));
        assert_eq!(Offset::parse("+1M"), Some(Offset { amount: 1, unit: OffsetUnit::Months }));
    }
}
