//! What follows from an event: who answers, what the engine does, and what becomes of the conversation. Pure, so that a
//! commit that lost its race can be thrown away and decided again.

use domain::alarm::Due;
use domain::answer::{self, Answer, Offer, Published, who_answers};
use domain::contact::Contact;
use domain::conversation::{Conversation, LONGEST_NAME, MOST_SCHEDULED, Mode, ScheduledJourney, add_label};
use domain::id::{JourneyId, SessionId};
use domain::outbox::{JourneyResult, Outbox, Timer};
use domain::queue::{Command, Happening, PersonEvent};
use domain::room::{self, Room};
use domain::scope;
use expression::Value;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use journey::{Call, Effect, Env, Input, Library as _, Origin, Session, Sprint, TraceEvent, Wait};
use serde::Serialize;
use serde_json::json;
use whatsapp::{InboundMessage, MarkAsRead};

use crate::Row;
use crate::calls::Answered;
use crate::due;
use crate::registry::Library;
use crate::render;
use crate::surroundings::Surroundings;

/// What is known when an event is decided.
pub struct Known<'a> {
    /// Who it is about.
    pub contact: &'a Contact,
    /// The conversation before it.
    pub conversation: &'a Conversation,
    /// What it leaves in the history.
    pub row: &'a Row,
    /// The journeys.
    pub library: &'a Library,
    /// Dictionaries and the time zone.
    pub surroundings: &'a Surroundings,
    /// What web services have answered so far.
    pub answered: &'a [Answered],
    /// The moment, the same however often the event is decided.
    pub now: Timestamp,
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
        conversation: known.conversation.clone(),
        event: Value::Null,
        outbox,
        trace: Vec::new(),
        room: Room::of(room::OUTBOX),
        calls: 0,
        unanswered: None,
    };
    match &event.happening {
        Happening::Message { message, .. } => turn.message(message),
        Happening::Timer { timer, .. } => {
            if !turn.timer(timer) {
                return Decision::Nothing;
            }
        }
        Happening::Start { journey, by_team, .. } => {
            if *by_team {
                turn.conversation.mode = Mode::Automation;
            }
            turn.start_from_outside(journey);
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
    }
    conversation.remember(known.row.event.clone());
    conversation.outbox = Some(outbox);
    Decision::Commit(Box::new(conversation), trace)
}

/// One event being decided.
struct Turn<'a> {
    known: &'a Known<'a>,
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
    fn message(&mut self, message: &InboundMessage) {
        let written_at = Timestamp::from_second(message.timestamp).unwrap_or(self.known.now);
        let preview = render::preview(&self.known.row.message.content);
        let is_first = self.conversation.last_inbound_at.is_none();
        self.conversation.note_inbound(written_at, self.known.now, &preview);
        if !render::is_addressed_to_us(message) {
            return; // reactions, edits, system notices: kept, not answered
        }
        self.event = scope::event(message);
        let offers = self.offers(is_first);
        match who_answers(self.known.contact, &self.conversation, &offers, self.known.now) {
            Answer::Blocked | Answer::Human | Answer::Inbox => {}
            Answer::Start { journey, trigger } => {
                self.end_session();
                self.note_trigger(&journey, trigger);
                self.start(journey.as_str());
            }
            Answer::Session => {
                let Some(session) = self.conversation.session.take() else { return };
                self.resume(session, Input::Reply(scope::reply(message)));
            }
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
                let wait = session.wait.id();
                self.resume(session, Input::Timer { wait });
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
        self.start_from_outside(&due.journey);
        true
    }

    /// The alarm of a trigger around a date of the contact. Answers whether it was live.
    fn due(&mut self, due: &Due) -> bool {
        let scope = self.contact_scope();
        let zone = &self.known.surroundings.time_zone;
        let Some(trigger) = due::live(due, self.known.library, &self.env(&scope), zone) else { return false };
        self.trace.push(TraceEvent::Triggered { why: trigger.to_string() });
        self.start_from_outside(&due.journey);
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

    /// Starts a journey that time or the team asked for. A human in charge is not interrupted.
    fn start_from_outside(&mut self, journey: &str) {
        if self.known.contact.blocked || self.conversation.mode == Mode::Human {
            self.note(&format!(
                "The journey `{journey}` was due but not started: a human is in charge, or the contact is blocked."
            ));
            return;
        }
        self.end_session();
        self.start(journey);
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
    }

    fn stop_wait_timer(&mut self) {
        self.outbox.cancelled.extend(self.conversation.wait_timer.take());
    }

    /// Turns what the engine decided into the conversation's new state and its outbox.
    fn take(&mut self, sprint: Sprint) {
        for event in &sprint.trace {
            match event {
                TraceEvent::Started { journey, .. } => self.outbox.journey = Some(journey.to_string()),
                TraceEvent::NotUnderstood { .. }
                | TraceEvent::Called { .. }
                | TraceEvent::Repeated { .. }
                | TraceEvent::Mistake { .. }
                | TraceEvent::BudgetExceeded { .. }
                | TraceEvent::MissingCard { .. } => {
                    self.outbox.note(&event.to_string());
                }
                _ => {}
            }
        }
        self.trace.extend(sprint.trace);
        self.conversation.repeats = sprint.repeats;
        for (effect, origin) in sprint.effects.into_iter().zip(sprint.origins) {
            self.effect(effect, origin);
        }
        if let Some(session) = &sprint.session
            && let Some(deadline) = session.wait.deadline()
        {
            // A deadline that leads nowhere needs no alarm: the next message finds the session lapsed.
            if session.wait.wakes() {
                let id = self.timer_id("wait");
                self.conversation.wait_timer = Some(id.clone());
                self.outbox.timers.push(Timer { id, at: deadline });
            } else {
                self.conversation.session_expires_at = Some(deadline);
            }
        }
        self.conversation.session = sprint.session;
        self.go_on_with_answer();
    }

    /// Goes on with the answer of a web service, if the journey waits for one that is known.
    fn go_on_with_answer(&mut self) {
        let waits = self.conversation.session.as_ref().map(|session| &session.wait);
        let (Some(Wait::Call { id }), Some(call)) = (waits, self.unanswered.take()) else { return };
        let wait = *id;
        if self.calls == room::CALLS {
            self.note(&room::too_many_calls());
            let Some(session) = self.conversation.session.take() else { return };
            let scope = self.contact_scope();
            let sprint = journey::give_up(self.known.library, session, &self.env(&scope));
            return self.take(sprint);
        }
        let Some(answered) = self.known.answered.iter().find(|answered| answered.call == call) else {
            self.unanswered = Some(call);
            return;
        };
        self.calls += 1;
        let Some(session) = self.conversation.session.take() else { return };
        if let Some(sprint) = self.advance(session, Input::Call { wait, outcome: answered.outcome.clone() }) {
            self.take(sprint.after_call_of(answered.took_ms));
        }
    }

    fn effect(&mut self, effect: Effect, origin: Origin) {
        match effect {
            Effect::Send(message) => {
                let message = render::outbound(message);
                if self.fits(&message, "a message was not sent", &origin) {
                    self.conversation.note_activity(self.known.now, &render::preview(&message));
                    self.outbox.messages.push(message);
                }
            }
            Effect::SetField { name, value } => self.set_field(name, value.to_json(), &origin),
            Effect::WriteResult { key, value, label } => {
                let result = JourneyResult { journey: origin.journey.clone(), key, value: value.to_json(), label };
                if self.fits(&result, "a result was not written", &origin) {
                    let Conversation { contact, line, session_began_at, .. } = &mut self.conversation;
                    let began = *session_began_at.get_or_insert(self.known.now);
                    self.outbox.session.get_or_insert_with(|| SessionId::of_start(contact, line, began));
                    self.outbox.results.push(result);
                }
            }
            Effect::ScheduleJourney { journey, at } => self.schedule(journey.to_string(), at, &origin),
            Effect::CancelScheduled { journey } => self.cancel(journey.as_str()),
            Effect::AddLabel { label } => {
                if let Err(error) = add_label(&mut self.conversation.labels, label) {
                    self.leave_out("a label was not added", &error.to_string(), &origin);
                }
            }
            Effect::AssignTo { operator } if operator.len() > LONGEST_NAME => {
                let why = format!("the name of an operator has at most {LONGEST_NAME} bytes");
                self.leave_out("the chat was not assigned", &why, &origin);
            }
            Effect::AssignTo { operator } => self.conversation.assignee = Some(operator),
            Effect::HandOver { reason } => {
                self.conversation.mode = Mode::Human;
                let reason = reason.map_or_else(String::new, |reason| format!(": {reason}"));
                self.note(&format!("The conversation was given to the team{reason}."));
            }
            Effect::EraseContact => {
                let fields = self.known.contact.fields.keys().cloned().chain(self.outbox.fields.keys().cloned());
                self.outbox.fields = fields.map(|field| (field, json!(null))).collect();
                self.conversation.labels.clear();
                self.cancel_where(|_| true);
            }
            Effect::SendContent { content } => {
                self.note(&format!("The content `{content}` was not sent: there is no content here yet."));
            }
            Effect::MarkAsRead { message } => self.mark(message, false),
            Effect::ShowTyping => self.mark(None, true),
            Effect::Call(call) => self.unanswered = Some(call),
            Effect::Log { message } => self.note(&message),
        }
    }

    /// Sets a profile field, if the profile has room for it.
    fn set_field(&mut self, name: String, value: serde_json::Value, origin: &Origin) {
        let what = format!("the field `{name}` was not set");
        let (known, changed) = (&self.known.contact.fields, &self.outbox.fields);
        let before = changed.get(&name).or_else(|| known.get(&name)).map_or(0, room::size);
        let after = room::size(&value);
        if after > before && room::size(known) + room::size(changed) + after > room::PROFILE {
            self.leave_out(&what, &format!("a profile has at most {} KB", room::PROFILE / 1024), origin);
        } else if self.fits(&value, &what, origin) {
            self.outbox.fields.insert(name, value);
        }
    }

    fn schedule(&mut self, journey: String, at: Timestamp, origin: &Origin) {
        if self.conversation.scheduled.len() >= MOST_SCHEDULED {
            let why = format!("for one person at most {MOST_SCHEDULED} can be scheduled");
            return self.leave_out("the journey was not scheduled", &why, origin);
        }
        let timer = self.timer_id("journey");
        let scheduled = ScheduledJourney { timer: timer.clone(), journey, at };
        if self.fits(&scheduled, "the journey was not scheduled", origin) {
            self.outbox.timers.push(Timer { id: timer, at });
            self.conversation.scheduled.push(scheduled);
        }
    }

    /// Whether the row of the conversation has room for what follows; otherwise the log says what was left out.
    fn fits(&mut self, value: &impl Serialize, what: &str, origin: &Origin) -> bool {
        let fits = self.room.take(value);
        if !fits {
            let why = format!("one event may lead to {} KB of messages, fields and results", room::OUTBOX / 1024);
            self.leave_out(what, &why, origin);
        }
        fits
    }

    fn leave_out(&mut self, what: &str, why: &str, Origin { card, line, .. }: &Origin) {
        self.note(&format!("Card \"{card}\" (line {line}): {what}, because {why}."));
    }

    fn note(&mut self, line: &str) {
        self.outbox.note(line);
    }

    /// Shows that a message was read, the contact's present one if it is not said which; in line with what is sent.
    fn mark(&mut self, message: Option<String>, typing: bool) {
        let present = || self.known.row.message.wamid.clone();
        if let Some(message_id) = message.or_else(present) {
            self.outbox.messages.push(MarkAsRead { message_id, typing }.render());
        }
    }

    fn cancel(&mut self, journey: &str) {
        // What was scheduled by name may be cancelled by id.
        let id = |reference: &str| self.known.library.published(reference).map(|(id, _, _)| id);
        let wanted = id(journey);
        self.cancel_where(|entry| entry.journey == journey || (wanted.is_some() && id(&entry.journey) == wanted));
    }

    fn cancel_where(&mut self, is_meant: impl Fn(&ScheduledJourney) -> bool) {
        let scheduled = std::mem::take(&mut self.conversation.scheduled);
        let (gone, kept): (Vec<_>, Vec<_>) = scheduled.into_iter().partition(is_meant);
        self.conversation.scheduled = kept;
        for entry in gone {
            // One set by this very event has no alarm yet: there is nothing to stop.
            let set_now = self.outbox.timers.iter().position(|timer| timer.id == entry.timer);
            match set_now {
                Some(index) => {
                    self.outbox.timers.remove(index);
                }
                None => self.outbox.cancelled.push(entry.timer),
            }
        }
    }

    fn timer_id(&self, what: &str) -> String {
        format!("{}-{what}{}", self.known.row.event, self.outbox.timers.len() + self.conversation.scheduled.len())
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
