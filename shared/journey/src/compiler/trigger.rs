//! Why a journey starts, ready to be asked.

use std::fmt;

use expression::{BinaryOperator, Environment, ExprKind};
use jiff::tz::TimeZone;
use jiff::{Timestamp, civil};

use super::Compiler;
use super::schedule::{Days, Offset, Recurrence, first_valid, never_comes, parse_moment, parse_time};
use crate::engine::{Env, holds, locale};
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
    /// The first message somebody ever sends.
    FirstVisit,
    /// A message nothing else wanted.
    CatchAll,
    /// Some time before or after a date of the contact.
    Interval {
        /// How long after; negative for before.
        offset: Offset,
        /// The profile field with the date, such as `due_date`.
        field: String,
    },
    /// One moment.
    At {
        /// Date and time of day.
        moment: civil::DateTime,
        /// Where clocks show that; the organisation's own time zone when there is none.
        time_zone: Option<String>,
    },
    /// Again and again.
    Every {
        /// When.
        recurrence: Recurrence,
        /// As in [`TriggerKind::At`].
        time_zone: Option<String>,
    },
}

impl Trigger {
    pub(super) fn compile(trigger: &model::Trigger, compiler: &mut Compiler<'_>) -> Option<Self> {
        let kind = match &trigger.event {
            TriggerEvent::MessageReceived => TriggerKind::MessageReceived,
            TriggerEvent::FirstVisit => TriggerKind::FirstVisit,
            TriggerEvent::CatchAll => TriggerKind::CatchAll,
            TriggerEvent::Interval { interval, relative_to } => {
                let Some(offset) = Offset::parse(interval) else {
                    let hint = "Write a sign, a number and m, h, d, w or M, such as \"+5m\" or \"-2d\".".to_owned();
                    compiler.fault("bad-interval", format!("`{interval}` is not a span of time."), Some(hint));
                    return None;
                };
                let Some(field) = relative_to.trim_start_matches('@').strip_prefix("contact.") else {
                    let hint = "Write it as `relative_to: \"contact.field\"`.".to_owned();
                    let message = format!("`{relative_to}` is not a field of the contact.");
                    compiler.fault("bad-interval", message, Some(hint));
                    return None;
                };
                TriggerKind::Interval { offset, field: field.to_owned() }
            }
            TriggerEvent::At { at, time_zone } => {
                let Some(moment) = parse_moment(at) else {
                    let hint = "Write it as \"2026-03-01 09:00\".".to_owned();
                    let why = never_comes(at).unwrap_or_else(|| format!("`{at}` is not a date and time of day."));
                    compiler.fault("bad-time", why, Some(hint));
                    return None;
                };
                is_known(time_zone.as_ref(), compiler)
                    .then(|| TriggerKind::At { moment, time_zone: time_zone.clone() })?
            }
            TriggerEvent::Every { every, at, time_zone } => {
                let Some(days) = Days::parse(every) else {
                    let hint = "Write `day`, `weekday`, `weekend`, days such as \"monday, thursday\" or dates such as \"1, 15\".";
                    compiler.fault("bad-time", format!("`{every}` are no days."), Some(hint.to_owned()));
                    return None;
                };
                let Some(at) = parse_time(at) else {
                    let hint = "Write it as \"09:00\".".to_owned();
                    let why = never_comes(at).unwrap_or_else(|| format!("`{at}` is not a time of day."));
                    compiler.fault("bad-time", why, Some(hint));
                    return None;
                };
                let recurrence = Recurrence { days, at };
                is_known(time_zone.as_ref(), compiler)
                    .then(|| TriggerKind::Every { recurrence, time_zone: time_zone.clone() })?
            }
            TriggerEvent::Unclear => {
                let hint = "Write `on: \"…\"`, `interval: \"…\", relative_to: \"…\"`, `at: \"…\"` or `every: \"…\", at: \"…\"`, each \
                            with a constant text.";
                let message = "It is not clear what starts the journey; this does not.".to_owned();
                compiler.fault("bad-trigger", message, Some(hint.to_owned()));
                return None;
            }
            TriggerEvent::Other { name } => {
                let hint = "Use \"MESSAGE RECEIVED\", \"FIRST VISIT\" or \"CATCH ALL\".".to_owned();
                compiler.fault("unknown-trigger", format!("Nothing here starts on `{name}`."), Some(hint));
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

    /// When it next fires for this contact after now; nothing for a trigger that waits for a message, and for one whose
    /// only moment has passed or is not known.
    #[must_use]
    pub fn due(&self, env: &Env<'_>) -> Option<Timestamp> {
        let zone = |name: &Option<String>| {
            let named = name.as_ref().and_then(|name| TimeZone::get(name).ok());
            named.unwrap_or_else(|| env.time_zone.clone())
        };
        let due = match &self.kind {
            TriggerKind::MessageReceived | TriggerKind::FirstVisit | TriggerKind::CatchAll => None,
            TriggerKind::Interval { offset, field } => {
                let date = env.contact.field(field)?.as_date_time(&env.environment())?;
                offset.after(date.timestamp(), &env.time_zone)
            }
            TriggerKind::At { moment, time_zone } => first_valid(*moment, &zone(time_zone)),
            TriggerKind::Every { recurrence, time_zone } => recurrence.next(env.now, &zone(time_zone)),
        };
        due.filter(|due| *due > env.now)
    }

    /// Whether it fires by the clock, not by a message.
    #[must_use]
    pub fn is_timed(&self) -> bool {
        matches!(self.kind, TriggerKind::Interval { .. } | TriggerKind::At { .. } | TriggerKind::Every { .. })
    }

    /// How narrow the condition is, for choosing among the triggers of one kind that match: the higher goes first. A whole
    /// text comes before its beginning, that before a word in it, any condition before none, and a catch-all last.
    #[must_use]
    pub fn specificity(&self) -> u32 {
        match (&self.kind, &self.condition) {
            (TriggerKind::CatchAll, _) => 0,
            (_, None) => 1,
            (_, Some(condition)) => 1 + narrowness(&condition.kind),
        }
    }
}

/// Whether a time zone is known, if there is one at all.
fn is_known(name: Option<&String>, compiler: &mut Compiler<'_>) -> bool {
    let unknown = name.filter(|name| TimeZone::get(name).is_err());
    if let Some(name) = unknown {
        let hint = "Write the name of a place as in \"America/Bogota\".".to_owned();
        compiler.fault("bad-time-zone", format!("There is no time zone `{name}`."), Some(hint));
    }
    unknown.is_none()
}

impl fmt::Display for Trigger {
    /// Why a journey started, as a sentence for its author.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            TriggerKind::MessageReceived => f.write_str("A message came")?,
            TriggerKind::FirstVisit => f.write_str("The contact wrote for the first time")?,
            TriggerKind::CatchAll => f.write_str("A message came that nothing else wanted")?,
            TriggerKind::Interval { field, .. } => write!(f, "The time around `contact.{field}` came")?,
            TriggerKind::At { moment, .. } => write!(f, "It was {}", moment.strftime("%Y-%m-%d %H:%M"))?,
            TriggerKind::Every { recurrence, .. } => write!(f, "It was {} again", recurrence.at.strftime("%H:%M"))?,
        }
        if let Some(condition) = &self.condition {
            write!(f, ", and `{condition}` held")?;
        }
        write!(f, " (line {}).", self.line)
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
            .with_locale(locale(self.contact, None))
            .with_seed(self.seed)
            .with_budget(self.budgets.expression)
            .with_max_output(self.budgets.output)
    }
}
