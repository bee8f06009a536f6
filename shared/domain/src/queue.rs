//! What travels on the queues. Every payload carries a version, so that a deployment can read what the previous one
//! left in flight.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use whatsapp::{Call, InboundMessage, Status, Update};

use crate::id::{ContactId, EventId, JourneyId, LineId, ReminderId, digest};
use crate::message::{Author, MessageKey};
use crate::pause::Pause;
use crate::person::Person;

/// The version written by this build, and the only one there has been.
pub const VERSION: u8 = 1;

/// A body that is not a payload this build can read.
#[derive(Debug, thiserror::Error)]
pub enum UnreadablePayload {
    /// Not the JSON expected.
    #[error("the queued payload is not readable: {0}; it stays in the dead-letter queue for a replay")]
    Json(#[from] serde_json::Error),
    /// Written by a newer build.
    #[error(
        "the queued payload has version {0}, this build reads up to {VERSION}; deploy the newer build and replay it"
    )]
    Version(u8),
}

/// Reads a payload and checks its version.
pub fn read<T: for<'de> Deserialize<'de>>(body: &str) -> Result<T, UnreadablePayload> {
    // The version is read on its own first: a newer payload may not have this build's shape.
    #[derive(Deserialize)]
    struct Version {
        v: u8,
    }
    let Version { v } = serde_json::from_str(body)?;
    if v != VERSION {
        return Err(UnreadablePayload::Version(v));
    }
    Ok(serde_json::from_str(body)?)
}

/// Writes a payload with its version.
pub fn write<T: Serialize>(payload: &T) -> Result<String, serde_json::Error> {
    #[derive(Serialize)]
    struct Versioned<'a, T> {
        v: u8,
        #[serde(flatten)]
        payload: &'a T,
    }
    serde_json::to_string(&Versioned { v: VERSION, payload })
}

/// Something that happened to a person on a line (`inbound.fifo`, grouped by [`Person::group`]).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PersonEvent {
    /// The line.
    pub line: LineId,
    /// What happened.
    #[serde(flatten)]
    pub happening: Happening,
}

impl PersonEvent {
    /// The FIFO group in which it queues: that of its person, or of the WhatsApp group it was written in. Nothing when
    /// it names neither.
    pub fn group(&self) -> Option<String> {
        match &self.happening {
            Happening::Message { person, message, .. } => match &message.group_id {
                Some(group) => Some(digest(&["group chat", self.line.as_str(), group])),
                None => person.group(),
            },
            Happening::Echo { person, .. } | Happening::Call { person, .. } => person.group(),
            Happening::Timer { .. } | Happening::Start { .. } | Happening::Command { .. } => None,
        }
    }

    /// By what its repetitions are recognised, for what Meta tells.
    pub fn told(&self) -> Option<EventId> {
        match &self.happening {
            Happening::Message { message, .. } | Happening::Echo { message, .. } => {
                Some(EventId::of_message(&message.id))
            }
            Happening::Call { call, .. } => Some(EventId::of_message(&call.name())),
            Happening::Timer { .. } | Happening::Start { .. } | Happening::Command { .. } => None,
        }
    }
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Happening {
    /// They wrote.
    Message {
        /// Who, as the webhook names them.
        person: Person,
        /// The message, kept as Meta sent it.
        message: Box<InboundMessage>,
        /// When the webhook took it.
        received_at: Timestamp,
        /// Whether another app has the thread: it is kept, and never answered.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        standby: bool,
    },
    /// The organisation wrote to them from the WhatsApp Business app, or another app that has the thread.
    Echo {
        /// To whom, as the webhook names them.
        person: Person,
        /// The message, kept as Meta sent it.
        message: Box<InboundMessage>,
        /// When the webhook took it.
        received_at: Timestamp,
    },
    /// A call with them began or ended.
    Call {
        /// With whom, as the webhook names them.
        person: Person,
        /// The call, kept as Meta sent it.
        call: Box<Call>,
        /// When the webhook took it.
        received_at: Timestamp,
    },
    /// An alarm clock rang.
    Timer {
        /// For whom.
        contact: ContactId,
        /// Which.
        timer: String,
    },
    /// A journey is to start for them, asked for from outside the conversation.
    Start {
        /// For whom.
        contact: ContactId,
        /// The journey, by id or name.
        journey: String,
        /// What asks, in a form that is the same when it asks again (a reminder and its occurrence).
        cause: String,
        /// The moment it was asked for, the same when it is asked again.
        at: Timestamp,
        /// Whether somebody of the team asks: then automation takes over again where a human was in charge.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        by_team: bool,
    },
    /// The team wants something of the journey they are in.
    Command {
        /// For whom.
        contact: ContactId,
        /// What.
        command: Command,
        /// What asks, in a form that is the same when it asks again.
        cause: String,
        /// The moment it was asked for, the same when it is asked again.
        at: Timestamp,
    },
}

/// What the team can want of the journey that somebody is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// It ends where it stands.
    Stop,
    /// It goes on, if it waits for the team to give the conversation back.
    GoOn,
}

/// A message to be sent (`outbound.fifo` and `bulk.fifo`, grouped by contact).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outbound {
    /// The message's full name.
    pub key: MessageKey,
    /// To whom: phone number or BSUID.
    pub to: Person,
    /// The message in the Cloud API's own shape.
    pub message: Value,
    /// A template to send instead when the window has closed by the time this is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fallback: Option<Value>,
    /// The message it answers, by Meta's id: shown as a quotation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
    /// Who wrote it.
    pub author: Author,
    /// When the window closes; nothing when it never opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window_expires_at: Option<Timestamp>,
}

/// Delivery states, account updates and what could not be read (`statuses`, a standard queue).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Notices {
    /// In the order they stood in the webhook.
    pub notices: Vec<Notice>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Notice {
    /// A delivery state.
    Status {
        /// The line.
        line: LineId,
        /// The state, kept as Meta sent it.
        status: Box<Status>,
    },
    /// Any other update of a line or an account.
    Update {
        /// The update, kept as Meta sent it.
        update: Box<Update>,
    },
    /// A signed body that could not be read.
    Quarantined {
        /// What was wrong with it.
        reason: String,
        /// The text.
        body: String,
    },
    /// Sending from a line was paused: Meta refuses everything.
    SendingPaused {
        /// The pause as it began.
        pause: Box<Pause>,
    },
    /// Sending from a line goes on.
    SendingResumed {
        /// The pause as it ended.
        pause: Box<Pause>,
    },
}

impl Notice {
    /// When what it tells happened, as far as it says so itself.
    pub fn happened_at(&self) -> Option<Timestamp> {
        let seconds = match self {
            Self::Status { status, .. } => Some(status.timestamp),
            Self::Update { update } => match &**update {
                Update::Account(update) => update.time,
                _ => None,
            },
            Self::Quarantined { .. } | Self::SendingPaused { .. } | Self::SendingResumed { .. } => None,
        };
        seconds.filter(|seconds| *seconds > 0).and_then(|seconds| Timestamp::from_second(seconds).ok())
    }
}

/// In the input of a schedule, what the scheduler replaces by the time at which it was due.
pub const OCCURRENCE: &str = "<aws.scheduler.scheduled-time>";

/// What a schedule hands to the reminders function (the schedule's `Input`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Ring {
    /// A reminder is due.
    Reminder(ReminderAlarm),
    /// A trigger is due, for everybody.
    Clock(ClockRing),
}

/// The clock of a trigger rang.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockRing {
    /// The journey.
    pub journey: JourneyId,
    /// The name of the schedule; it is stopped once the journey that runs has no such alarm.
    pub alarm: String,
    /// Which firing of it: the scheduled time, filled in by the scheduler.
    pub occurrence: String,
}

/// A reminder's alarm rang.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReminderAlarm {
    /// The line.
    pub line: LineId,
    /// The reminder.
    pub reminder: ReminderId,
    /// Which firing of it: the scheduled time, filled in by the scheduler.
    pub occurrence: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timer() -> PersonEvent {
        PersonEvent {
            line: LineId::new("l"),
            happening: Happening::Timer { contact: ContactId::new("c"), timer: "w3".into() },
        }
    }

    #[test]
    fn payloads_read_back_and_say_their_version() {
        let body = write(&timer()).unwrap();
        assert!(body.starts_with(r#"{"v":1,"#), "{body}");
        assert_eq!(read::<PersonEvent>(&body).unwrap(), timer());
    }

    #[test]
    fn a_newer_payload_is_not_guessed_at() {
        let newer = r#"{"v":2,"something":"else"}"#;
        assert!(matches!(read::<PersonEvent>(newer), Err(UnreadablePayload::Version(2))));
        assert!(matches!(read::<PersonEvent>("{}"), Err(UnreadablePayload::Json(_))));
        assert!(matches!(read::<PersonEvent>(r#"{"v":1,"line":"l","kind":"dance"}"#), Err(UnreadablePayload::Json(_))));
    }
}
