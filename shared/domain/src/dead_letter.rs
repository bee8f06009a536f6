//! Dead letters: what failed again and again and was set aside, kept so that the team sees it and can send it on its
//! way once more.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::id::{ContactId, ConversationId, ReminderId};
use crate::message::Failure;
use crate::queue::{self, ClockRing, Happening, Notices, Outbound, PersonEvent, ReminderAlarm, Ring};

/// Where a letter was set aside from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Events of people.
    Inbound,
    /// Replies.
    Outbound,
    /// Messages of reminders.
    Bulk,
    /// Delivery states, account updates and what could not be read.
    Statuses,
    /// Alarms that did not reach their target, or whose function failed for good.
    Schedule,
}

impl Origin {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Inbound, Self::Outbound, Self::Bulk, Self::Statuses, Self::Schedule];

    /// The name, as it is stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Inbound => "inbound",
            Self::Outbound => "outbound",
            Self::Bulk => "bulk",
            Self::Statuses => "statuses",
            Self::Schedule => "schedule",
        }
    }
}

/// A dead letter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadLetter {
    /// Its id, the same however often it is delivered: `<queued at, in milliseconds>-<SQS's id>`.
    pub id: String,
    /// Where it was set aside from.
    pub origin: Origin,
    /// When it was first put on that queue.
    pub queued_at: Timestamp,
    /// How often it was tried, as far as is known.
    pub attempts: u32,
    /// Its message group in that queue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// What the last attempt failed of, where somebody says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The payload.
    pub body: String,
}

/// What a letter holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Payload {
    /// An event of a person.
    Event(Box<PersonEvent>),
    /// A message to be sent.
    Message(Box<Outbound>),
    /// Delivery states and account updates.
    Notices(Notices),
    /// The alarm of a reminder.
    Reminder(ReminderAlarm),
    /// The clock of a journey's trigger.
    Clock(ClockRing),
    /// Nothing that this build can read.
    Unreadable,
}

/// Whom and what a letter is about, as far as its payload says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// `message`, `call`, `timer`, `journey_start`, `journey_command`, `reply`, `notices`, `reminder`, `trigger` or
    /// `unreadable`.
    pub kind: &'static str,
    /// The conversation, where the payload names the contact by our id.
    pub conversation: Option<ConversationId>,
    /// The reminder.
    pub reminder: Option<ReminderId>,
}

impl DeadLetter {
    /// The id of the message that was queued at this moment under this id of SQS.
    pub fn id_of(queued_at: Timestamp, message: &str) -> String {
        format!("{}-{message}", queued_at.as_millisecond())
    }

    /// What it holds.
    pub fn payload(&self) -> Payload {
        let read = match self.origin {
            Origin::Inbound => queue::read(&self.body).map(|event| Payload::Event(Box::new(event))),
            Origin::Outbound | Origin::Bulk => queue::read(&self.body).map(|sent| Payload::Message(Box::new(sent))),
            Origin::Statuses => queue::read(&self.body).map(Payload::Notices),
            Origin::Schedule => {
                let input = self.input();
                match queue::read(&input) {
                    Ok(Ring::Reminder(alarm)) => Ok(Payload::Reminder(alarm)),
                    Ok(Ring::Clock(ring)) => Ok(Payload::Clock(ring)),
                    // An alarm that was aimed at a person's queue.
                    Err(_) => queue::read(&input).map(|event| Payload::Event(Box::new(event))),
                }
            }
        };
        read.unwrap_or(Payload::Unreadable)
    }

    /// The payload as it was sent. Lambda puts what a function was given into a record of its own.
    /// <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html>
    pub fn input(&self) -> String {
        let record: Option<Value> = serde_json::from_str(&self.body).ok();
        match record.as_ref().and_then(|record| record.get("requestPayload")) {
            Some(Value::String(text)) => text.clone(),
            Some(payload) => payload.to_string(),
            None => self.body.clone(),
        }
    }

    /// Whom and what it is about.
    pub fn about(&self) -> About {
        let of = |kind, conversation| About { kind, conversation, reminder: None };
        match self.payload() {
            Payload::Event(event) => {
                let conversation = |contact: ContactId| Some(ConversationId { contact, line: event.line.clone() });
                match event.happening {
                    Happening::Message { .. } | Happening::Echo { .. } => of("message", None),
                    Happening::Call { .. } => of("call", None),
                    Happening::Timer { contact, .. } => of("timer", conversation(contact)),
                    Happening::Start { contact, .. } => of("journey_start", conversation(contact)),
                    Happening::Command { contact, .. } => of("journey_command", conversation(contact)),
                }
            }
            Payload::Message(sent) => {
                let (contact, line) = (sent.key.contact, sent.key.line);
                of("reply", Some(ConversationId { contact, line }))
            }
            Payload::Notices(_) => of("notices", None),
            Payload::Reminder(alarm) => About { reminder: Some(alarm.reminder), ..of("reminder", None) },
            Payload::Clock(_) => of("trigger", None),
            Payload::Unreadable => of("unreadable", None),
        }
    }
}

/// What the row of a message says that was given up, until its letter is sent on its way again.
pub fn given_up() -> Failure {
    Failure {
        code: None,
        title: "It could not be handed to WhatsApp, however often it was tried.".into(),
        remedy: "An administrator finds it among the dead letters, and sends it again once the cause is gone.".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{LineId, MessageId};
    use crate::message::{Author, MessageKey};
    use crate::person::Person;

    fn letter(origin: Origin, body: String) -> DeadLetter {
        let queued_at = Timestamp::from_millisecond(1_772_359_200_000).unwrap();
        let id = DeadLetter::id_of(queued_at, "5f0c");
        DeadLetter { id, origin, queued_at, attempts: 5, group: None, reason: None, body }
    }

    fn timer() -> PersonEvent {
        PersonEvent {
            line: LineId::new("l"),
            happening: Happening::Timer { contact: ContactId::new("c"), timer: "w3".into() },
        }
    }

    fn reminder() -> String {
        let alarm = ReminderAlarm {
            line: LineId::new("l"),
            reminder: ReminderId::new("r"),
            occurrence: "2026-03-01T09:00:00Z".into(),
        };
        queue::write(&alarm).unwrap()
    }

    #[test]
    fn a_letter_says_what_it_is_about() {
        let key = MessageKey { contact: ContactId::new("c"), line: LineId::new("l"), at: 1, id: MessageId::new("m") };
        let reply = Outbound {
            key,
            to: Person::default(),
            message: serde_json::json!({"type": "text"}),
            fallback: None,
            reply_to: None,
            author: Author::Operator { name: "ana".into() },
            window_expires_at: None,
        };
        let here = Some(ConversationId { contact: ContactId::new("c"), line: LineId::new("l") });
        for (origin, body, kind, conversation) in [
            (Origin::Inbound, queue::write(&timer()).unwrap(), "timer", here.clone()),
            (Origin::Schedule, queue::write(&timer()).unwrap(), "timer", here.clone()),
            (Origin::Outbound, queue::write(&reply).unwrap(), "reply", here.clone()),
            (Origin::Bulk, queue::write(&reply).unwrap(), "reply", here),
            (Origin::Statuses, queue::write(&Notices { notices: Vec::new() }).unwrap(), "notices", None),
            (Origin::Schedule, reminder(), "reminder", None),
            (Origin::Inbound, r#"{"v":1,"this is":"poison"}"#.into(), "unreadable", None),
            (Origin::Schedule, "not JSON".into(), "unreadable", None),
        ] {
            let about = letter(origin, body.clone()).about();
            assert_eq!((about.kind, about.conversation), (kind, conversation), "{body}");
        }
    }

    #[test]
    fn what_a_function_was_given_is_found_in_the_record_of_its_failure() {
        let record = format!(
            r#"{{"version":"1.0","requestContext":{{"condition":"RetriesExhausted"}},"requestPayload":{},"responsePayload":{{}}}}"#,
            reminder()
        );
        let letter = letter(Origin::Schedule, record);
        assert_eq!(letter.about().reminder, Some(ReminderId::new("r")));
        assert_eq!(letter.input(), reminder());
    }
}
