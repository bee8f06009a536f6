//! What follows from an event: who answers, what the engine does, and what becomes of the conversation. Pure, so that a
//! commit that lost its race can be thrown away and decided again.

use domain::answer::{Answer, Offer, Reason, who_answers};
use domain::contact::Contact;
use domain::conversation::{Conversation, Mode, ScheduledJourney};
use domain::outbox::{JourneyResult, Outbox, Timer};
use domain::queue::{Happening, PersonEvent};
use expression::Value;
use jiff::Timestamp;
use journey::{CallOutcome, Effect, Env, Input, Session, Sprint, TraceEvent, TriggerKind, Wait};
use serde_json::{Map, json};
use whatsapp::InboundMessage;

use crate::Row;
use crate::registry::Library;
use crate::render;

/// Decides. The conversation becomes what it is after the event, its outbox included. Answers `false` for a stale
/// alarm, after which nothing has changed.
pub fn decide(
    contact: &Contact,
    conversation: &mut Conversation,
    event: &PersonEvent,
    row: &Row,
    library: &Library,
    now: Timestamp,
) -> bool {
    let outbox = Outbox::new(row.event.clone(), row.key.position(), now);
    let mut turn = Turn { contact, conversation, row, library, now, outbox, calls: 0 };
    match &event.happening {
        Happening::Message { message, .. } => turn.message(message),
        Happening::Timer { timer, .. } => {
            if !turn.timer(timer) {
                return false;
            }
        }
        Happening::Start { journey, .. } => turn.start_from_outside(journey),
    }
    let Turn { conversation, outbox, .. } = turn;
    conversation.remember(row.event.clone());
    conversation.outbox = Some(outbox);
    true
}

/// One event being decided.
struct Turn<'a> {
    contact: &'a Contact,
    conversation: &'a mut Conversation,
    row: &'a Row,
    library: &'a Library,
    now: Timestamp,
    outbox: Outbox,
    /// How often a web service was asked.
    calls: u32,
}

/// How often one event may lead to a request to a web service.
const MOST_CALLS: u32 = 10;

impl Turn<'_> {
    fn message(&mut self, message: &InboundMessage) {
        let written_at = Timestamp::from_second(message.timestamp).unwrap_or(self.now);
        let preview = render::preview(&self.row.message.content);
        let is_first = self.conversation.last_inbound_at.is_none();
        self.conversation.note_inbound(written_at, self.now, &preview);
        if !render::is_addressed_to_us(message) {
            return; // reactions, edits, system notices: kept, not answered
        }
        let event = event_scope(message);
        let offers = self.offers(&event, is_first);
        match who_answers(self.contact, self.conversation, &offers, self.now) {
            Answer::Blocked | Answer::Human | Answer::Inbox => {}
            Answer::Start(journey) => {
                self.end_session();
                self.start(journey.as_str(), event);
            }
            Answer::Session => {
                let Some(session) = self.conversation.session.take() else { return };
                self.resume(session, Input::Reply(render::reply(message)), event);
            }
        }
    }

    /// An alarm: of the session's wait, or of a journey that is due. Answers whether it was live.
    fn timer(&mut self, timer: &str) -> bool {
        if self.conversation.wait_timer.as_deref() == Some(timer) {
            self.conversation.wait_timer = None;
            if self.conversation.mode == Mode::Automation
                && !self.contact.blocked
                && let Some(session) = self.conversation.session.take()
            {
                let wait = session.wait.id();
                self.resume(session, Input::Timer { wait }, Value::Null);
            }
            return true;
        }
        let Some(index) = self.conversation.scheduled.iter().position(|scheduled| scheduled.timer == timer) else {
            return false;
        };
        let due = self.conversation.scheduled.remove(index);
        self.start_from_outside(&due.journey);
        true
    }

    /// Starts a journey that time or the team asked for. A human in charge is not interrupted.
    fn start_from_outside(&mut self, journey: &str) {
        if self.contact.blocked || self.conversation.mode == Mode::Human {
            self.outbox.log.push(format!(
                "The journey `{journey}` was due but not started: a human is in charge, or the contact is blocked."
            ));
            return;
        }
        self.end_session();
        self.start(journey, Value::Null);
    }

    /// The triggers that match the message; `first`: nothing was ever received here before.
    fn offers(&self, event: &Value, first: bool) -> Vec<Offer> {
        let scope = self.contact_scope();
        let env = self.env(&scope, event);
        let mut offers = Vec::new();
        for published in self.library.live() {
            for trigger in published.program.triggers() {
                let reason = match trigger.kind() {
                    TriggerKind::MessageReceived => Reason::Message { specificity: trigger.specificity() },
                    TriggerKind::CatchAll => Reason::CatchAll,
                    TriggerKind::FirstVisit if first => Reason::FirstVisit,
                    TriggerKind::FirstVisit
                    | TriggerKind::Interval { .. }
                    | TriggerKind::At { .. }
                    | TriggerKind::Every { .. } => continue,
                };
                if trigger.matches(&env) {
                    offers.push(Offer {
                        journey: published.id.clone(),
                        reason,
                        interrupts: trigger.is_global(),
                        published_at: published.published_at,
                    });
                }
            }
        }
        offers
    }

    fn start(&mut self, journey: &str, event: Value) {
        let scope = self.contact_scope();
        let sprint = journey::start(self.library, journey, &self.env(&scope, &event));
        match sprint {
            Ok(sprint) => self.take(sprint),
            Err(error) => self.outbox.log.push(error.to_string()),
        }
    }

    fn resume(&mut self, session: Session, input: Input<'_>, event: Value) {
        self.stop_wait_timer();
        self.conversation.session_expires_at = None;
        self.outbox.journey = session.frames.last().map(|frame| frame.journey.to_string());
        let scope = self.contact_scope();
        let sprint = journey::advance(self.library, session, input, &self.env(&scope, &event));
        match sprint {
            Ok(sprint) => self.take(sprint),
            // The session stands where nothing can go on any more; the person is free for the next journey.
            Err(error) => self.outbox.log.push(error.to_string()),
        }
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
                TraceEvent::MissingDefault { .. }
                | TraceEvent::NotUnderstood { .. }
                | TraceEvent::Called { .. }
                | TraceEvent::Repeated { .. }
                | TraceEvent::Mistake { .. }
                | TraceEvent::BudgetExceeded { .. } => {
                    self.outbox.log.push(event.to_string());
                }
                _ => {}
            }
        }
        for effect in sprint.effects {
            self.effect(effect);
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
        self.answer_call();
    }

    /// Nothing is asked of web services here yet: a journey that wants to is told so, and goes on as after any failure.
    fn answer_call(&mut self) {
        let Some(Wait::Call { id }) = self.conversation.session.as_ref().map(|session| session.wait.clone()) else {
            return;
        };
        let Some(session) = self.conversation.session.take() else { return };
        self.calls += 1;
        if self.calls > MOST_CALLS {
            self.outbox.log.push(format!("The journey asked web services more than {MOST_CALLS} times; it was ended."));
            return;
        }
        let outcome = CallOutcome::Failed { reason: "web services cannot be asked here".to_owned() };
        self.resume(session, Input::Call { wait: id, outcome }, Value::Null);
    }

    fn effect(&mut self, effect: Effect) {
        match effect {
            Effect::Send(message) => {
                let message = render::outbound(message);
                self.conversation.note_activity(self.now, &render::preview(&message));
                self.outbox.messages.push(message);
            }
            Effect::SetField { name, value } => {
                self.outbox.fields.insert(name, value.to_json());
            }
            Effect::WriteResult { key, value, label } => {
                self.outbox.results.push(JourneyResult { key, value: value.to_json(), label });
            }
            Effect::ScheduleJourney { journey, at } => {
                let journey = journey.to_string();
                let timer = self.timer_id("journey");
                self.outbox.timers.push(Timer { id: timer.clone(), at });
                self.conversation.scheduled.push(ScheduledJourney { timer, journey, at });
            }
            Effect::CancelScheduled { journey } => self.cancel(journey.as_str()),
            Effect::AddLabel { label } => {
                if !self.conversation.labels.contains(&label) {
                    self.conversation.labels.push(label);
                }
            }
            Effect::AssignTo { operator } => self.conversation.assignee = Some(operator),
            Effect::HandOver { reason } => {
                self.conversation.mode = Mode::Human;
                let reason = reason.map_or_else(String::new, |reason| format!(": {reason}"));
                self.outbox.log.push(format!("The conversation was given to the team{reason}."));
            }
            Effect::EraseContact => {
                let fields = self.contact.fields.keys().cloned().chain(self.outbox.fields.keys().cloned());
                self.outbox.fields = fields.map(|field| (field, json!(null))).collect();
            }
            Effect::SendContent { content } => {
                self.outbox.log.push(format!("The content `{content}` was not sent: there is no content here yet."));
            }
            // The ticks and the three dots are a courtesy; nothing depends on them.
            Effect::MarkAsRead { .. } | Effect::ShowTyping => {}
            // The session waits for it; see `answer_call`.
            Effect::Call(_) => {}
            Effect::Log { message } => self.outbox.log.push(message),
        }
    }

    fn cancel(&mut self, journey: &str) {
        let (gone, kept) =
            std::mem::take(&mut self.conversation.scheduled).into_iter().partition(|entry| entry.journey == journey);
        self.conversation.scheduled = kept;
        let gone: Vec<ScheduledJourney> = gone;
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
        format!("{}-{what}{}", self.row.event, self.outbox.timers.len() + self.conversation.scheduled.len())
    }

    fn env<'e>(&'e self, contact: &'e Value, event: &'e Value) -> Env<'e> {
        Env {
            // The same event decides the same, however often it is decided.
            seed: seed(self.row.event.as_str()),
            contact,
            contact_id: self.contact.id.as_str(),
            event,
            ..Env::at(self.now)
        }
    }

    /// What a journey sees as `contact`: the profile, with what this event has changed so far.
    fn contact_scope(&self) -> Value {
        let mut scope = Map::new();
        if let Some(name) = &self.contact.name {
            scope.insert("name".into(), json!(name));
            scope.insert("whatsapp_profile_name".into(), json!(name));
        }
        if let Some(id) = self.contact.phone.as_ref().or(self.contact.user_id.as_ref()) {
            scope.insert("whatsapp_id".into(), json!(id));
        }
        scope.extend(self.contact.fields.clone());
        scope.extend(self.outbox.fields.clone());
        Value::from(serde_json::Value::Object(scope))
    }
}

fn seed(event: &str) -> u64 {
    event.get(..16).and_then(|digits| u64::from_str_radix(digits, 16).ok()).unwrap_or_default()
}

/// What a journey sees as `event`: the message as Meta sent it, and for a chosen button or row its text as well.
fn event_scope(message: &InboundMessage) -> Value {
    let mut raw = message.raw.value().unwrap_or_default();
    if let (Some(object), Some(title)) = (raw.as_object_mut(), message.choice_title()) {
        object.insert("button".into(), json!({"text": title, "payload": message.choice_id()}));
    }
    Value::from(json!({"message": raw}))
}
