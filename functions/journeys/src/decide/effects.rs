//! What the engine decided, turned into the conversation's new state and its outbox.

use domain::conversation::{Conversation, LONGEST_NAME, MOST_SCHEDULED, Mode, ScheduledJourney, add_label};
use domain::id::SessionId;
use domain::outbox::{JourneyResult, Timer};
use domain::preview::preview;
use domain::room;
use jiff::Timestamp;
use journey::{Effect, Input, Library as _, Origin, Sprint, TraceEvent, Wait};
use serde::Serialize;
use serde_json::json;
use whatsapp::MarkAsRead;

use super::Turn;
use crate::render;

impl Turn<'_> {
    /// Takes over what a sprint led to.
    pub(super) fn take(&mut self, sprint: Sprint) {
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
                    self.conversation.note_activity(self.known.now, &preview(&message));
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

    pub(super) fn note(&mut self, line: &str) {
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
}
