//! Why a journey starts.

use serde::{Deserialize, Serialize};

use super::Formula;
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
    /// As it is written, without its condition.
    pub(crate) fn head(&self) -> String {
        let text = |text: &str| Formula::text(text).to_string();
        let zone = |zone: &Option<String>| {
            zone.as_ref().map_or_else(String::new, |zone| format!(", time_zone: {}", text(zone)))
        };
        let arguments = match &self.event {
            TriggerEvent::MessageReceived => "on: \"MESSAGE RECEIVED\"".to_owned(),
            TriggerEvent::FirstVisit => "on: \"FIRST VISIT\"".to_owned(),
            TriggerEvent::CatchAll => "on: \"CATCH ALL\"".to_owned(),
            TriggerEvent::Interval { interval, relative_to } => {
                format!("interval: {}, relative_to: {}", text(interval), text(relative_to))
            }
            TriggerEvent::At { at, time_zone } => format!("at: {}{}", text(at), zone(time_zone)),
            TriggerEvent::Every { every, at, time_zone } => {
                format!("every: {}, at: {}{}", text(every), text(at), zone(time_zone))
            }
            TriggerEvent::Other { name } => format!("on: {}", text(name)),
        };
        let global = if self.global { ", global: true" } else { "" };
        format!("trigger({arguments}{global})")
    }
}
