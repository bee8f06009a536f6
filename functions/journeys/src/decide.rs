//! What follows from an event: who answers, what the engine does, and what becomes of the conversation. Pure, so that a
//! commit that lost its race can be thrown away and decided again.

mod effects;
#[cfg(test)]
mod tests;

use domain::alarm::Due;
use domain::amendment::Amended;
use domain::answer::{self, Answer, Offer, Published, Says, says, who_answers};
use domain::contact::Contact;
use domain::conversation::{Conversation, Early, Mode};
use domain::id::{JourneyId, MessageId};
use domain::message::{Direction, Message};
use domain::outbox::{Outbox, Timer};
use domain::queue::{Command, Happening, PersonEvent};
use domain::room::{self, Room};
use domain::{scope, window};
use expression::Value;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use journey::{Call, Env, Input, Session, Sprint, TraceEvent, Wait};
use whatsapp::InboundMessage;

use crate::Row;
use crate::calls::Answered;
use crate::due;
use crate::registry::Library;
use crate::surroundings::Surroundings;

/// What is known when an event is decided.
pub struct Known<'a> {
    /// Who it is about.
    pub contact: &'a Contact,
    /// The conversation before it.
    pub conversation: &'a Conversation,
    /// What it leaves in the history.
    pub row: &'a Row,
    /// What it changes in the history.
    pub changes: &'a Changes,
    /// The journeys.
    pub library: &'a Library,
    /// Dictionaries and the time zone.
    pub surroundings: &'a Surroundings,
    /// What web services have answered so far.
    pub answered: &'a [Answered],
    /// The moment, the same however often the event is decided.
    pub now: Timestamp,
}

/// What an event changes in the history.
pub enum Changes {
    /// Nothing.
    None,
    /// This message, which it edits or deletes.
    Of(Box<Message>, Amended),
    /// A message that has not come yet.
    Early(MessageId),
    /// Itself: an edit or a deletion of it came before it.
    Waiting(Vec<Amended>),
}

/// What follows from an event.
pub enum Decision {
    /// The conversation as it is after the event, its outbox included; and what ran, for the team to look at.
    Commit(Box<Conversation>, Vec<TraceEvent>),
    /// A journey wants to know something of a web service first: ask, and decide again with the answer.
    Ask(Call),
    /// A stale alarm: nothing follows.
    Nothing,
}

/// Decides.
pub fn decide(known: &Known<'_>, event: &PersonEvent) -> Decision {
    let outbox = Outbox::new(known.row.event.clone(), known.row.key.position(), known.now);
    let mut turn = Turn {
        known,
        said_at: known.now,
        conversation: known.conversation.clone(),
        event: Value::Null,
        outbox,
        trace: Vec::new(),
        room: Room::of(room::OUTBOX),
        calls: 0,
        unanswered: None,
    };
    match &event.happening {
        Happening::Message { message, received_at, standby, .. } => {
            turn.message(message, *received_at, *standby);
        }
        Happening::Echo { message, .. } => turn.echo(message),
        Happening::Call { .. } => turn.conversation.note_activity(known.now, &known.row.message.preview()),
        Happening::Timer { timer, .. } => {
            if !turn.timer(timer) {
                return Decision::Nothing;
            }
        }
        Happening::Start { journey, by_team, at, .. } => {
            if *by_team {
                turn.conversation.mode = Mode::Automation;
            }
            turn.start_from_outside(journey, *at);
        }
        Happening::Command { command, .. } => turn.command(*command),
    }
    turn.watch_dates();
    let Turn { mut conversation, outbox, trace, unanswered, .. } = turn;
    if let Some(call) = unanswered {
        return Decision::Ask(call);
    }
    if conversation.session.is_none() {
        conversation.session_began_at = None;
        conversation.rang_at = None;
    }
    conversation.remember(known.row.event.clone());
    conversation.outbox = Some(outbox);
    Decision::Commit(Box::new(conversation), trace)
}

/// One event being decided.
struct Turn<'a> {
    known: &'a Known<'a>,
    /// When the person wrote what is decided now; otherwise the present moment.
    said_at: Timestamp,
    /// The conversation as this event has changed it so far.
    conversation: Conversation,
    /// What journeys see as `event`.
    event: Value,
    outbox: Outbox,
    /// What ran and why.
    trace: Vec<TraceEvent>,
    /// How much more may follow from the event.
    room: Room,
    /// How often a web service was asked.
    calls: usize,
    /// The request that must be answered before anything else is known.
    unanswered: Option<Call>,
}

impl Turn<'_> {
    fn message(&mut self, message: &InboundMessage, received_at: Timestamp, standby: bool) {
        let shown = self.amend();
        if says(message) == Says::Aside {
            return;
        }
        let now = self.known.now;
        let is_first = self.conversation.last_inbound_at.is_none();
        let stands_at = Timestamp::from_millisecond(self.known.row.key.at).unwrap_or(received_at);
        let latest = received_at.min(now).saturating_add(window::SKEW).unwrap_or(now);
        let at = stands_at.min(latest);
        if standby {
            return self.conversation.note_overheard(at, now, &shown);
        }
        self.conversation.note_inbound(at, now, &shown);
        if says(message) != Says::Something || self.conversation.group.is_some() {
            return;
        }
        // Whether somebody answered in time is told by when they wrote, however late it comes.
        self.said_at = window::written_at(message.timestamp, received_at, now);
        self.event = scope::event(message);
        let offers = self.offers(is_first);
        match who_answers(self.known.contact, &self.conversation, &offers, self.said_at) {
            Answer::Blocked | Answer::Human | Answer::Inbox => {}
            Answer::Start { journey, trigger } => {
                self.end_session();
                self.note_trigger(&journey, trigger);
                self.start(journey.as_str());
            }
            Answer::Session if self.is_older_than_question() => self.note(
                "The message was written before the alarm that led to the present question. It was not taken for an answer.",
            ),
            Answer::Session => {
                let Some(session) = self.conversation.session.take() else { return };
                self.conversation.rang_at = None;
                self.resume(session, Input::Reply(scope::reply(message)));
            }
        }
    }

    /// Whether the person wrote before an alarm led to what the journey waits for now: a message that Meta delivered late.
    /// They had not seen the question, so it would be a wrong answer that nobody notices. (Timestamps are whole seconds.)
    fn is_older_than_question(&self) -> bool {
        let waits_for_reply = |session: &Session| matches!(session.wait, Wait::Reply { .. });
        self.conversation.session.as_ref().is_some_and(waits_for_reply)
            && self.conversation.rang_at.is_some_and(|rang_at| self.said_at.as_second() < rang_at.as_second())
    }

    /// What the organisation wrote in another app. It counts as an answer, and leaves journeys as they are: that app sends
    /// greetings by itself as well.
    fn echo(&mut self, message: &InboundMessage) {
        let shown = self.amend();
        if says(message) != Says::Aside {
            self.conversation.note_answer(self.known.now, &shown);
        }
    }

    /// Sees to what the event changes in the history. Answers what lists show of the event's own message.
    fn amend(&mut self) -> String {
        let row = self.known.row;
        match self.known.changes {
            Changes::None => {}
            Changes::Early(original) => {
                let (original, position) = (original.clone(), row.key.position());
                self.conversation.note_early(Early { original, position });
            }
            Changes::Of(original, amended) => {
                let is_latest = original.direction != Direction::Inbound
                    || self.conversation.last_inbound_at.is_none_or(|last| last.as_millisecond() <= original.at);
                if is_latest && self.conversation.preview == original.preview() {
                    let mut after = Message::clone(original);
                    after.amend(&amended.amendment);
                    self.conversation.preview = after.preview();
                }
                self.change(amended);
            }
            Changes::Waiting(amended) => {
                self.conversation.early.retain(|early| early.original != row.key.id);
                amended.iter().for_each(|amended| self.change(amended));
            }
        }
        let mut shown = row.message.clone();
        for amended in self.outbox.amended.iter().filter(|amended| amended.key == row.key) {
            shown.amend(&amended.amendment);
        }
        shown.preview()
    }

    fn change(&mut self, amended: &Amended) {
        if self.room.take(amended) {
            self.outbox.amended.push(amended.clone());
        } else {
            self.note("An edited message was left as it was, because the edit is too long.");
        }
    }

    /// An alarm: of the session's wait, or of a journey that is due. Answers whether it was live.
    fn timer(&mut self, timer: &str) -> bool {
        if self.conversation.wait_timer.as_deref() == Some(timer) {
            self.conversation.wait_timer = None;
            if self.conversation.mode == Mode::Automation
                && !self.known.contact.blocked
                && let Some(session) = self.conversation.session.take()
            {
                let (wait, deadline) = (session.wait.id(), session.wait.deadline());
                self.resume(session, Input::Timer { wait });
                self.conversation.rang_at = deadline;
            }
            return true;
        }
        if let Ok(due) = timer.parse() {
            return self.due(&due);
        }
        let Some(index) = self.conversation.scheduled.iter().position(|scheduled| scheduled.timer == timer) else {
            return false;
        };
        let due = self.conversation.scheduled.remove(index);
        self.start_from_outside(&due.journey, due.at);
        true
    }

    /// The alarm of a trigger around a date of the contact. Answers whether it was live.
    fn due(&mut self, due: &Due) -> bool {
        let scope = self.contact_scope();
        let zone = &self.known.surroundings.time_zone;
        let Some(trigger) = due::live(due, self.known.library, &self.env(&scope), zone) else { return false };
        self.trace.push(TraceEvent::Triggered { why: trigger.to_string() });
        self.start_from_outside(&due.journey, due.at);
        true
    }

    /// Sets alarms for triggers that look at dates which have changed.
    fn watch_dates(&mut self) {
        if self.outbox.fields.is_empty() {
            return;
        }
        let scope = self.contact_scope();
        let due = due::of_changes(&self.outbox.fields, self.known.library, &self.env(&scope));
        self.outbox.timers.extend(due.iter().map(|due| Timer { id: due.to_string(), at: due.at }));
    }

    /// Starts a journey that time or the team asked for at this moment. A human in charge is not interrupted.
    fn start_from_outside(&mut self, journey: &str, asked_at: Timestamp) {
        if self.known.contact.blocked || self.conversation.mode == Mode::Human {
            self.note(&format!(
                "The journey `{journey}` was due but not started: a human is in charge, or the contact is blocked."
            ));
            return;
        }
        self.end_session();
        self.start(journey);
        self.conversation.rang_at = Some(asked_at);
    }

    /// What the team wants of the journey the person is in.
    fn command(&mut self, command: Command) {
        match command {
            Command::Stop if self.conversation.session.is_some() => {
                self.end_session();
                let scope = self.contact_scope();
                let sprint = journey::stop(&self.env(&scope));
                self.take(sprint);
            }
            Command::GoOn => {
                let waits_for_team = |session: &mut Session| matches!(session.wait, Wait::HandBack { .. });
                if let Some(session) = self.conversation.session.take_if(waits_for_team) {
                    self.resume(session, Input::Resume);
                }
            }
            Command::Stop => {}
        }
    }

    /// The triggers that match the message; `first`: nothing was ever received here before.
    fn offers(&self, first: bool) -> Vec<Offer> {
        let scope = self.contact_scope();
        let env = self.env(&scope);
        let live = self.known.library.live().iter();
        let published = live.map(|live| Published { journey: &live.id, at: live.published_at, program: &live.program });
        answer::offers(published, &env, first)
    }

    /// Says in the trace which trigger wanted the message.
    fn note_trigger(&mut self, journey: &JourneyId, index: usize) {
        let live = self.known.library.live().iter().find(|live| live.id == *journey);
        let trigger = live.and_then(|live| live.program.triggers().get(index));
        self.trace.extend(trigger.map(|trigger| TraceEvent::Triggered { why: trigger.to_string() }));
    }

    fn start(&mut self, journey: &str) {
        self.conversation.session_began_at = Some(self.known.now);
        let scope = self.contact_scope();
        let sprint = journey::start(self.known.library, journey, &self.env(&scope));
        match sprint {
            Ok(sprint) => self.take(sprint),
            Err(error) => self.note(&error.to_string()),
        }
    }

    fn resume(&mut self, session: Session, input: Input<'_>) {
        if let Some(sprint) = self.advance(session, input) {
            self.take(sprint);
        }
    }

    fn advance(&mut self, session: Session, input: Input<'_>) -> Option<Sprint> {
        self.stop_wait_timer();
        self.conversation.session_expires_at = None;
        self.outbox.journey = session.frames.last().map(|frame| frame.journey.to_string());
        let scope = self.contact_scope();
        let sprint = journey::advance(self.known.library, session, input, &self.env(&scope));
        // After an error the session stands where nothing can go on any more; the person is free for the next journey.
        sprint.map_err(|error| self.note(&error.to_string())).ok()
    }

    fn end_session(&mut self) {
        self.stop_wait_timer();
        self.conversation.session = None;
        self.conversation.session_expires_at = None;
        self.conversation.rang_at = None;
    }

    fn stop_wait_timer(&mut self) {
        self.outbox.cancelled.extend(self.conversation.wait_timer.take());
    }

    fn env<'e>(&'e self, contact: &'e Value) -> Env<'e> {
        Env {
            // The same event decides the same, however often it is decided.
            seed: seed(self.known.row.event.as_str()),
            contact,
            contact_id: self.known.contact.id.as_str(),
            event: &self.event,
            globals: &self.known.surroundings.globals,
            repeats: &self.conversation.repeats,
            time_zone: self.time_zone(),
            said_at: self.said_at,
            ..Env::at(self.known.now)
        }
    }

    /// The time zone of the contact, by the profile field `time_zone`; otherwise that of the service.
    fn time_zone(&self) -> TimeZone {
        let own = self.known.contact.fields.get("time_zone").and_then(serde_json::Value::as_str);
        own.and_then(|name| TimeZone::get(name).ok()).unwrap_or_else(|| self.known.surroundings.time_zone.clone())
    }

    /// What a journey sees as `contact`: the profile, with what this event has changed so far.
    fn contact_scope(&self) -> Value {
        let known = self.known.library.live().iter().flat_map(|live| live.program.fields());
        scope::contact(self.known.contact, &self.outbox.fields, known)
    }
}

/// The id of an event is a hash already; this only makes a number of it.
fn seed(event: &str) -> u64 {
    event.bytes().fold(0, |sum: u64, byte| sum.wrapping_mul(0x0100_0000_01b3) ^ u64::from(byte))
}
