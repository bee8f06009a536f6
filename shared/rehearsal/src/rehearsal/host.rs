//! What the host does with a message or a start: who answers, what the engine decides, and what becomes of it.

use domain::answer::{self, Answer, Published, who_answers};
use domain::conversation::ScheduledJourney;
use domain::{Mode, room, scope};
use expression::Value;
use jiff::Timestamp;
use journey::{
    Call, CallOutcome, Effect, Env, Input, JourneyId, Library as _, Origin, Session, Sprint, TraceEvent, Wait,
};
use serde_json::{Map, json};
use whatsapp::InboundMessage;

use super::Rehearsal;
use crate::event::{Cause, Event, NotStarted, Stopped, Unanswered};
use crate::http;

impl Rehearsal {
    pub(super) fn receive(&mut self, message: &InboundMessage) {
        let is_first = self.conversation.last_inbound_at.is_none();
        self.conversation.note_inbound(self.now, self.now, &message.kind);
        if !answer::is_addressed_to_us(message) {
            return;
        }
        let event = scope::event(message);
        let contact = self.contact_scope();
        let env = self.env(&contact, &event);
        let books = self.shelf.books().iter().enumerate();
        // Where two triggers are alike the newest journey answers: the rehearsed one.
        let published = books.map(|(index, book)| Published {
            journey: &book.id,
            at: if index == 0 { self.now } else { Timestamp::UNIX_EPOCH },
            program: &book.program,
        });
        let offers = answer::offers(published, &env, is_first);
        match who_answers(&self.contact, &self.conversation, &offers, self.now) {
            Answer::Blocked => self.events.push(Event::Unanswered(Unanswered::Blocked)),
            Answer::Human => self.events.push(Event::Unanswered(Unanswered::Human)),
            Answer::Inbox => self.events.push(Event::Unanswered(Unanswered::Inbox)),
            Answer::Start { journey, .. } => {
                self.end_session();
                self.begin(journey.as_str(), &event, Cause::Trigger);
            }
            Answer::Session => self.resume(Input::Reply(scope::reply(message)), &event),
        }
    }

    pub(super) fn start_from_outside(&mut self, journey: &str, cause: Cause) {
        if self.contact.blocked || self.conversation.mode == Mode::Human {
            self.not_started(journey, NotStarted::Silenced);
            return;
        }
        self.end_session();
        self.begin(journey, &Value::Null, cause);
    }

    fn begin(&mut self, journey: &str, event: &Value, cause: Cause) {
        let contact = self.contact_scope();
        match journey::start(&self.shelf, journey, &self.env(&contact, event)) {
            Ok(sprint) => {
                let id = self.shelf.published(journey).map_or_else(|| JourneyId::from(journey), |(id, _, _)| id);
                self.events.push(Event::Began { journey: id.clone(), cause });
                self.take(sprint, id);
            }
            Err(_) => self.not_started(journey, NotStarted::Unknown),
        }
    }

    fn not_started(&mut self, journey: &str, why: NotStarted) {
        self.events.push(Event::NotStarted { journey: journey.to_owned(), why });
    }

    pub(super) fn resume(&mut self, input: Input<'_>, event: &Value) {
        let Some(session) = self.conversation.session.take() else { return };
        self.end_session();
        let journey = session.frames.last().map_or_else(|| "".into(), |frame| frame.journey.clone());
        let contact = self.contact_scope();
        // A session that cannot go on is over; here it always can: its journey is on the shelf, and its time has not passed.
        let sprint = journey::advance(&self.shelf, session, input, &self.env(&contact, event));
        if let Ok(sprint) = sprint {
            self.take(sprint, journey);
        }
    }

    pub(super) fn end_session(&mut self) {
        self.conversation.session = None;
        self.conversation.session_expires_at = None;
    }

    /// Carries out what the engine decided. `journey` is the one that ran first.
    fn take(&mut self, sprint: Sprint, mut journey: JourneyId) {
        for note in sprint.trace {
            if let TraceEvent::Started { journey: current, .. } | TraceEvent::Returned { journey: current } = &note {
                journey.clone_from(current);
            }
            self.events.push(Event::Noted { journey: journey.clone(), note });
        }
        let mut call = None;
        for (effect, origin) in sprint.effects.into_iter().zip(sprint.origins) {
            self.carry_out(&effect, &origin);
            match effect {
                Effect::Call(request) => call = Some((request, origin)),
                effect => self.events.push(Event::Did { effect, origin }),
            }
        }
        self.repeats = sprint.repeats;
        self.conversation.session = sprint.session.map(stored);
        let wait = self.conversation.session.as_ref().map(|session| &session.wait);
        self.conversation.session_expires_at = wait.filter(|wait| !wait.wakes()).and_then(Wait::deadline);
        if let Some((call, origin)) = call {
            self.answer(call, origin);
        }
    }

    /// Answers a call of a web service as it is written down.
    fn answer(&mut self, call: Call, origin: Origin) {
        if self.calls == room::CALLS {
            self.events.push(Event::Stopped(Stopped::Calls));
            let Some(session) = self.conversation.session.take() else { return };
            let journey = origin.journey.clone();
            let contact = self.contact_scope();
            let sprint = journey::give_up(&self.shelf, session, &self.env(&contact, &Value::Null));
            return self.take(sprint, journey);
        }
        self.calls += 1;
        let answer = http::answer(&self.http, call.method.name(), &call.url, call.body.as_deref()).cloned();
        let outcome = match &answer {
            Some(http::Answer::Response { status, body }) => {
                CallOutcome::Response { status: *status, body: body.clone() }
            }
            Some(http::Answer::Failure { reason }) => CallOutcome::Failed { reason: reason.clone() },
            None => CallOutcome::Failed { reason: http::UNANSWERED.to_owned() },
        };
        let wait = call.id;
        self.events.push(Event::Called { call, answer, origin });
        self.resume(Input::Call { wait, outcome }, &Value::Null);
    }

    fn carry_out(&mut self, effect: &Effect, origin: &Origin) {
        match effect {
            Effect::Send(message) => self.phone.show(message, origin, &self.shelf),
            Effect::SetField { name, value } => {
                self.contact.set_fields(&Map::from_iter([(name.clone(), value.to_json())]));
            }
            Effect::WriteResult { key, value, .. } => {
                self.results.insert(key.clone(), value.to_json());
            }
            Effect::ScheduleJourney { journey, at } => {
                let timer = format!("{}-{}", self.turns, self.conversation.scheduled.len());
                self.conversation.scheduled.push(ScheduledJourney { timer, journey: journey.to_string(), at: *at });
            }
            Effect::CancelScheduled { journey } => {
                self.conversation.scheduled.retain(|scheduled| scheduled.journey != journey.as_str());
            }
            Effect::AddLabel { label } => {
                if !self.conversation.labels.contains(label) {
                    self.conversation.labels.push(label.clone());
                }
            }
            Effect::AssignTo { operator } => self.conversation.assignee = Some(operator.clone()),
            Effect::HandOver { .. } => self.conversation.mode = Mode::Human,
            Effect::EraseContact => {
                self.contact.fields.clear();
                self.conversation.labels.clear();
                self.conversation.scheduled.clear();
            }
            Effect::SendContent { .. }
            | Effect::MarkAsRead { .. }
            | Effect::ShowTyping
            | Effect::Call(_)
            | Effect::Log { .. } => {}
        }
    }

    pub(super) fn contact_scope(&self) -> Value {
        scope::contact(&self.contact, &Map::new(), self.shelf.fields())
    }

    pub(super) fn env<'e>(&'e self, contact: &'e Value, event: &'e Value) -> Env<'e> {
        Env {
            seed: self.seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(self.turns),
            contact,
            globals: &self.globals,
            contact_id: self.contact.id.as_str(),
            repeats: &self.repeats,
            event,
            ..Env::at(self.now)
        }
    }
}

/// A session as it comes back from where it is stored, so that what is not in it cannot be relied on.
fn stored(session: Session) -> Session {
    let text = json!(session).to_string();
    serde_json::from_str(&text).unwrap_or(session)
}
