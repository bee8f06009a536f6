//! Why a journey starts.

use serde::{Deserialize, Serialize};

use super::Formula;
use crate::notation::printer::{Argument, inline_call};
use crate::problem::Position;

/// Why a journey starts: `trigger(on: "MESSAGE RECEIVED") when …`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trigger {
    /// What happens.
    #[serde(flatten)]
    pub event: TriggerEvent,
    /// `global: true`: also interrupts a journey that is under way.
    #[serde(default)]
    pub global: bool,
    /// The condition after `when`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<Formula>,
    /// Where it stands.
    #[serde(skip)]
    pub position: Position,
}

/// What a [`Trigger`] waits for. Dates and times are written as texts, and checked when the journey is compiled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "on", rename_all = "snake_case")]
pub enum TriggerEvent {
    /// `on: "MESSAGE RECEIVED"`: a message that meets the condition.
    MessageReceived,
    /// `on: "FIRST VISIT"`: the first message somebody ever sends.
    FirstVisit,
    /// `on: "CATCH ALL"`: a message nothing else wanted.
    CatchAll,
    /// `interval: "+5m", relative_to: "contact.due_date"`: some time before (`-`) or after (`+`) a date of the contact.
    Interval {
        /// A sign, a whole number and a unit: `m`inutes, `h`ours, `d`ays, `w`eeks or `M`onths.
        interval: String,
        /// The field, such as `contact.due_date`.
        relative_to: String,
    },
    /// `at: "2026-03-01 09:00", time_zone: "America/Bogota"`: one moment.
    At {
        /// Date and time of day.
        at: String,
        /// An IANA name; the organisation's own time zone when there is none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        time_zone: Option<String>,
    },
    /// `every: "monday, thursday", at: "09:00"`: again and again.
    Every {
        /// `day`, `weekday`, `weekend`, days of the week in English, or days of the month (`1, 15`).
        every: String,
        /// The time of day.
        at: String,
        /// As in [`TriggerEvent::At`].
        #[serde(default, skip_serializing_if = "Option::is_none")]
        time_zone: Option<String>,
    },
    /// Any other `on:`, kept as written.
    Other {
        /// The text after `on:`.
        name: String,
    },
    /// Something that cannot be told from its arguments. Those are kept as the [extra](super::Item::extra) ones of its item.
    Unclear,
}

impl TriggerEvent {
    /// The names of the events in JSON: what tests and documentation enumerate.
    pub const NAMES: &[&str] = &["message_received", "first_visit", "catch_all", "interval", "at", "every"];

    /// What `on:` means. Spellings of the first visit other than ours are taken too: the notation this one follows does
    /// not document its own.
    pub(crate) fn on(name: String) -> Self {
        match name.to_uppercase().replace(['_', '-'], " ").trim() {
            "MESSAGE RECEIVED" => Self::MessageReceived,
            "FIRST VISIT" | "ON FIRST VISIT" | "ON THE FIRST VISIT" | "FIRST MESSAGE" | "FIRST MESSAGE RECEIVED" => {
                Self::FirstVisit
            }
            "CATCH ALL" | "CATCHALL" => Self::CatchAll,
            _ => Self::Other { name },
        }
    }
}

impl TriggerEvent {
    /// Whether it comes by the clock, not by a message.
    pub(crate) fn is_timed(&self) -> bool {
        matches!(self, Self::Interval { .. } | Self::At { .. } | Self::Every { .. })
    }
}

impl Trigger {
    /// As it is written, without its condition and what it does not know.
    pub(crate) fn head(&self) -> String {
        inline_call("trigger", self.arguments(), None)
    }

    /// What stands between its brackets, of what it knows.
    pub(crate) fn arguments(&self) -> Vec<Argument> {
        let text = |name: &str, text: &str| Argument::named(name, &Formula::text(text));
        let zone = |zone: &Option<String>| zone.as_ref().map(|zone| text("time_zone", zone));
        let mut arguments = match &self.event {
            TriggerEvent::MessageReceived => vec![text("on", "MESSAGE RECEIVED")],
            TriggerEvent::FirstVisit => vec![text("on", "FIRST VISIT")],
            TriggerEvent::CatchAll => vec![text("on", "CATCH ALL")],
            TriggerEvent::Interval { interval, relative_to } => {
                vec![text("interval", interval), text("relative_to", relative_to)]
            }
            TriggerEvent::At { at, time_zone } => std::iter::once(text("at", at)).chain(zone(time_zone)).collect(),
            TriggerEvent::Every { every, at, time_zone } => {
                [text("every", every), text("at", at)].into_iter().chain(zone(time_zone)).collect()
            }
            TriggerEvent::Other { name } => vec![text("on", name)],
            TriggerEvent::Unclear => Vec::new(),
        };
        arguments.extend(self.global.then(|| Argument::named_raw("global", "true")));
        arguments
    }
}
