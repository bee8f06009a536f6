//! One contact on one line: window, mode, assignee, labels, the journey session, and the outbox of the last event.
//!
//! This is the one item whose conditional write is the commit of an event: it carries the new state, the ids of recent
//! events and everything that must follow from the last one, so that a redelivery repeats the same facts and changes
//! nothing.

use jiff::Timestamp;
use journey::Repeats;
use serde::{Deserialize, Serialize};

use crate::amendment;
use crate::id::{ContactId, ConversationId, EventId, LineId, MessageId};
use crate::outbox::Outbox;
use crate::preview;
use crate::window;

/// How many recent events a conversation remembers by id. Older repetitions are found by their message row.
pub const RECENT_EVENTS: usize = 4;

/// How many labels a conversation has at most.
pub const MOST_LABELS: usize = 100;
/// Bytes of a label, or of the name of an operator.
pub const LONGEST_NAME: usize = 256;
/// How many journeys can be scheduled for one person on one line.
pub const MOST_SCHEDULED: usize = 100;

/// Who answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Journeys answer.
    #[default]
    Automation,
    /// A person of the team answers; journeys are silent.
    Human,
}

/// Whether the team still has something to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// In the inbox.
    #[default]
    Open,
    /// Put away; the next inbound message opens it again.
    Done,
}

impl Status {
    /// The status as it stands in keys and in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Done => "done",
        }
    }
}

/// Why a conversation does not take a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LabelError {
    /// It is longer than [`LONGEST_NAME`].
    #[error("a label has at most {LONGEST_NAME} bytes")]
    TooLong,
    /// There are [`MOST_LABELS`] already.
    #[error("a conversation has at most {MOST_LABELS} labels")]
    TooMany,
}

/// Adds a label to those of a conversation, unless it is there already; says why when it cannot be.
pub fn add_label(labels: &mut Vec<String>, label: String) -> Result<(), LabelError> {
    if labels.contains(&label) {
        return Ok(());
    }
    if label.len() > LONGEST_NAME {
        return Err(LabelError::TooLong);
    }
    if labels.len() >= MOST_LABELS {
        return Err(LabelError::TooMany);
    }
    labels.push(label);
    Ok(())
}

/// A journey that will start for this person later. It is live only while it stands in the conversation: an alarm
/// that finds no such entry does nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduledJourney {
    /// The timer's id, unique in the conversation.
    pub timer: String,
    /// The journey to start, by id or name.
    pub journey: String,
    /// When.
    pub at: Timestamp,
}

/// How many changes are remembered whose message has not come yet.
const MOST_EARLY: usize = 4;

/// An edit or a deletion that came before the message it is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Early {
    /// That message.
    #[serde(rename = "m")]
    pub original: MessageId,
    /// The position of the row that says what is done to it.
    #[serde(rename = "p")]
    pub position: String,
}

/// The state of one contact on one line.
#[derive(Clone, Debug, PartialEq)]
pub struct Conversation {
    /// The person.
    pub contact: ContactId,
    /// The line.
    pub line: LineId,
    /// The WhatsApp group, when it is the conversation of a group: no window opens in it, and nobody answers.
    pub group: Option<String>,
    /// Counts commits; a write is accepted only on the version it was made from.
    pub version: u64,
    /// The time of the latest inbound message, by its own timestamp; at most [`window::SKEW`] later than it was
    /// received.
    pub last_inbound_at: Option<Timestamp>,
    /// The latest moment anything happened.
    pub last_activity_at: Timestamp,
    /// The beginning of the latest message, for lists.
    pub preview: String,
    /// Inbound messages that no operator has answered since.
    pub unanswered: u32,
    /// Who answers.
    pub mode: Mode,
    /// The operator in charge.
    pub assignee: Option<String>,
    /// Labels.
    pub labels: Vec<String>,
    /// Open or done.
    pub status: Status,
    /// Where the person stands in a journey.
    pub session: Option<journey::Session>,
    /// When the session began.
    pub session_began_at: Option<Timestamp>,
    /// When the session lapses if nothing happens.
    pub session_expires_at: Option<Timestamp>,
    /// The alarm clock of the session's present wait, where its timeout leads somewhere. Any other alarm is stale.
    pub wait_timer: Option<String>,
    /// The moment of the alarm that led to what the session waits for now. What was written before it answers nothing
    /// that was asked since.
    pub rang_at: Option<Timestamp>,
    /// Journeys that will start later.
    pub scheduled: Vec<ScheduledJourney>,
    /// Changes of messages that have not come yet.
    pub early: Vec<Early>,
    /// What was lately sent, and how often: two robots that answer each other are stopped by it.
    pub repeats: Repeats,
    /// The latest events, newest last.
    pub recent: Vec<EventId>,
    /// What the latest event led to, until the next event replaces it.
    pub outbox: Option<Outbox>,
}

impl Conversation {
    /// A conversation in which nothing has happened yet.
    pub fn new(contact: ContactId, line: LineId, now: Timestamp) -> Self {
        Self {
            contact,
            line,
            group: None,
            version: 0,
            last_inbound_at: None,
            last_activity_at: now,
            preview: String::new(),
            unanswered: 0,
            mode: Mode::default(),
            assignee: None,
            labels: Vec::new(),
            status: Status::default(),
            session: None,
            session_began_at: None,
            session_expires_at: None,
            wait_timer: None,
            rang_at: None,
            scheduled: Vec::new(),
            early: Vec::new(),
            repeats: Repeats::default(),
            recent: Vec::new(),
            outbox: None,
        }
    }

    /// Its id.
    pub fn id(&self) -> ConversationId {
        ConversationId { contact: self.contact.clone(), line: self.line.clone() }
    }

    /// When the customer-service window closes; nothing when it never opened, or for a group.
    pub fn window_expires_at(&self) -> Option<Timestamp> {
        self.last_inbound_at.filter(|_| self.group.is_none()).map(window::expires_at)
    }

    /// Where in the history a message stands that came now and was written in the second that begins at this
    /// millisecond: behind the messages of that second that came before it, and behind our latest replies in the first half
    /// of it, so that the other half always has room. It stays within its second, where a repetition looks for it. `known`
    /// is the last message of that second where the history was looked at: for one that is older than the latest.
    pub fn place(&self, second: i64, known: Option<i64>) -> i64 {
        let last = second.saturating_add(999);
        let behind = |moments: &mut dyn Iterator<Item = i64>| {
            moments.filter(|at| (second..=last).contains(at)).max().map_or(second, |at| at + 1)
        };
        let outbox = self.outbox.iter();
        let replies =
            outbox.clone().flat_map(|outbox| (0..outbox.messages.len()).map(|index| outbox.message_at(index)));
        let latest = self.last_inbound_at.map(Timestamp::as_millisecond);
        let told = latest.into_iter().chain(outbox.map(Outbox::marked_at)).chain(known);
        behind(&mut { told }).max(behind(&mut { replies }).min(second.saturating_add(500))).min(last)
    }

    /// Whether this event is one of the latest.
    pub fn remembers(&self, event: &EventId) -> bool {
        self.recent.contains(event)
    }

    /// Remembers the event, forgetting the oldest beyond [`RECENT_EVENTS`].
    pub fn remember(&mut self, event: EventId) {
        self.recent.push(event);
        let surplus = self.recent.len().saturating_sub(RECENT_EVENTS);
        self.recent.drain(..surplus);
    }

    /// Takes note of an inbound message: the window moves by the message's own time and never backwards, a done
    /// conversation opens again.
    pub fn note_inbound(&mut self, written_at: Timestamp, now: Timestamp, preview: &str) {
        self.note_overheard(written_at, now, preview);
        self.unanswered = self.unanswered.saturating_add(1);
        self.status = Status::Open;
    }

    /// Takes note of an inbound message that another app is to answer.
    pub fn note_overheard(&mut self, written_at: Timestamp, now: Timestamp, preview: &str) {
        self.last_inbound_at = self.last_inbound_at.max(Some(written_at));
        self.note_activity(now, preview);
    }

    /// Takes note that the team has answered.
    pub fn note_answer(&mut self, now: Timestamp, preview: &str) {
        self.unanswered = 0;
        self.note_activity(now, preview);
    }

    /// Takes note that something was said.
    pub fn note_activity(&mut self, now: Timestamp, preview: &str) {
        self.last_activity_at = self.last_activity_at.max(now);
        self.preview = preview.chars().take(preview::LONGEST).collect();
    }

    /// Remembers a change whose message has not come. Of too many the oldest is forgotten, and so is one whose message
    /// cannot come any more; its own row stays.
    pub fn note_early(&mut self, early: Early) {
        let at = |early: &Early| early.position.split_once('#').and_then(|(at, _)| at.parse::<i64>().ok());
        let oldest = at(&early).map(|at| at.saturating_sub(amendment::LATEST));
        self.early.retain(|known| *known != early && at(known) >= oldest);
        self.early.push(early);
        let surplus = self.early.len().saturating_sub(MOST_EARLY);
        self.early.drain(..surplus);
    }

    /// Takes over the conversation of another row of the same person on the same line. The journey that was at work
    /// last goes on; a human in charge of either stays in charge.
    pub fn absorb(&mut self, other: Self) {
        if other.last_activity_at >= self.last_activity_at {
            self.preview = other.preview;
            if other.session.is_some() {
                self.session = other.session;
                self.session_began_at = other.session_began_at;
                self.session_expires_at = other.session_expires_at;
                self.wait_timer = other.wait_timer;
                self.rang_at = other.rang_at;
            }
        }
        self.last_inbound_at = self.last_inbound_at.max(other.last_inbound_at);
        self.last_activity_at = self.last_activity_at.max(other.last_activity_at);
        self.unanswered = self.unanswered.saturating_add(other.unanswered);
        if other.mode == Mode::Human {
            self.mode = Mode::Human;
        }
        if other.status == Status::Open {
            self.status = Status::Open;
        }
        self.assignee = self.assignee.take().or(other.assignee);
        for label in other.labels {
            let _ = add_label(&mut self.labels, label); // the older row's labels stay when there are too many
        }
        self.scheduled.extend(other.scheduled);
        other.early.into_iter().for_each(|early| self.note_early(early));
        other.recent.into_iter().for_each(|event| self.remember(event));
    }

    /// The session that is live at this moment: one that waits and has not lapsed. For a message the moment is that at
    /// which it was written, however late it is handled: an answer that was written in time is an answer.
    pub fn live_session(&self, at: Timestamp) -> Option<&journey::Session> {
        let lapsed =
            |session: &journey::Session| self.session_expires_at.is_some_and(|end| end <= at) || session.expired(at);
        self.session.as_ref().filter(|session| !lapsed(session))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn moment(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn conversation() -> Conversation {
        Conversation::new(ContactId::new("c"), LineId::new("l"), moment("2026-03-01T10:00:00Z"))
    }

    #[test]
    fn a_late_message_does_not_reopen_or_shorten_the_window() {
        let mut conversation = conversation();
        let now = moment("2026-03-08T10:00:00Z");
        conversation.note_inbound(moment("2026-03-08T09:59:58Z"), now, "hola");
        conversation.note_inbound(moment("2026-03-01T10:00:00Z"), now, "tarde");
        assert_eq!(conversation.window_expires_at(), Some(moment("2026-03-09T09:59:58Z")));
    }

    #[test]
    fn an_inbound_message_opens_a_done_conversation() {
        let mut conversation = conversation();
        conversation.status = Status::Done;
        conversation.note_inbound(moment("2026-03-01T10:00:01Z"), moment("2026-03-01T10:00:01Z"), "hola");
        assert_eq!(conversation.status, Status::Open);
        assert_eq!(conversation.unanswered, 1);
    }

    #[test]
    fn labels_are_few_and_short_and_each_stands_once() {
        let mut labels = Vec::new();
        for n in 0..MOST_LABELS {
            assert_eq!(add_label(&mut labels, n.to_string()), Ok(()));
        }
        assert_eq!(add_label(&mut labels, "7".into()), Ok(()));
        assert_eq!(add_label(&mut labels, "one more".into()), Err(LabelError::TooMany));
        assert_eq!(add_label(&mut labels, "x".repeat(LONGEST_NAME + 1)), Err(LabelError::TooLong));
        assert_eq!(labels.len(), MOST_LABELS);
    }

    #[test]
    fn only_the_latest_events_are_remembered() {
        let mut conversation = conversation();
        let events: Vec<_> = (0..=RECENT_EVENTS).map(|n| EventId::of_message(&format!("wamid.{n}"))).collect();
        events.iter().cloned().for_each(|event| conversation.remember(event));
        assert!(!conversation.remembers(&events[0]));
        assert!(events[1..].iter().all(|event| conversation.remembers(event)));
    }

    /// One thing that happens: how many seconds before now it was written (Meta's clock may be ahead), how many
    /// milliseconds passed since the one before it, and how many replies it leads to.
    type Step = (i64, i64, usize);

    proptest! {
        /// Messages of one second stand in the order in which they came, no reply before its question, and a repetition is
        /// found in its second.
        #[test]
        fn the_history_keeps_its_order(steps in proptest::collection::vec((-3_i64..5, 0_i64..700, 0_usize..4), 1..40)) {
            let mut conversation = conversation();
            let mut now = 1_772_359_200_000_i64;
            let mut rows: Vec<(String, i64)> = Vec::new(); // position and second of each message
            let mut history: Vec<i64> = Vec::new(); // when messages of the person stand there
            let steps: Vec<Step> = steps;
            for (number, (age, passed, replies)) in steps.iter().enumerate() {
                now += passed;
                let second = (now - age * 1000).div_euclid(1000) * 1000;
                let is_older = conversation.last_inbound_at.is_some_and(|last| second <= last.as_millisecond());
                let of_second = history.iter().copied().filter(|at| (second..second + 1000).contains(at));
                let known = of_second.max().filter(|_| is_older || second > now);
                let at = conversation.place(second, known);
                prop_assert!((second..second + 1000).contains(&at));
                let id = MessageId::of_inbound(&number.to_string());
                let position = crate::message::position(at, id.as_str());
                let moment = |at| Timestamp::from_millisecond(at).unwrap();
                conversation.note_inbound(moment(at).min(moment(now) + window::SKEW), moment(now), "");
                let mut outbox = Outbox::new(EventId::of_message(&number.to_string()), position.clone(), moment(now));
                outbox.messages = vec![serde_json::Value::Null; *replies];
                prop_assert_eq!(outbox.marked_at(), at);
                for index in 0..*replies {
                    let reply = outbox.message_key(&conversation.contact, &conversation.line, index);
                    prop_assert!(reply.position() > position);
                }
                history.push(at);
                conversation.outbox = Some(outbox);
                let in_order = rows.iter().filter(|row| row.1 == second).all(|row| row.0 < position);
                prop_assert!(in_order, "message {} at {} of {:?}", number, position, rows);
                rows.push((position, second));
            }
        }
    }
}
