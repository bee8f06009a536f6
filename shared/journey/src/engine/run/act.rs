//! What statements do: messages, waits, and what the host is to do.

use std::sync::Arc;

use expression::Value;
use jiff::Timestamp;

use super::{Halt, Live, Run};
use crate::engine::session::Wait;
use crate::engine::{Budget, Call, Effect, Message, Next, TraceEvent, chance, limits};

impl Run<'_> {
    /// Sends a text, in parts when it is too long, and not at all when it is empty.
    pub(crate) fn say(&mut self, text: &str) {
        let text = text.trim();
        if text.is_empty() {
            self.mistake("The text is empty; nothing was sent.".to_owned());
            return;
        }
        for part in limits::split(text, limits::TEXT) {
            self.send(Message::Text { body: part.to_owned() });
        }
    }

    /// Sends a message.
    pub(crate) fn send(&mut self, message: Message) {
        self.output += message.texts().iter().map(|text| text.len()).sum::<usize>();
        if self.output > self.env.budgets.output || self.messages >= self.env.budgets.messages {
            self.halted = Some(Halt::Exceeded(Budget::Output));
            return;
        }
        if !self.repeats.count(&message, self.env.now, self.env.budgets.repetitions) {
            let (card, line) = (self.card_name(), self.line());
            self.trace(TraceEvent::Repeated { card, line });
            return;
        }
        self.messages += 1;
        self.may_be_tapped |= matches!(&message, Message::Template { buttons, .. } if buttons.is_empty());
        self.effect(Effect::Send(message));
    }

    /// A wait for a free answer.
    pub(crate) fn wait(&mut self) -> Wait {
        self.open_wait(Vec::new(), Vec::new())
    }

    /// A wait for an answer, with an id that no other wait of the contact has.
    pub(in crate::engine) fn open_wait(&mut self, titles: Vec<String>, values: Vec<Value>) -> Wait {
        let live = self.frames.last();
        let timeout = live.map_or(0, Live::timeout);
        let claim = live.and_then(|live| live.program.claim_timeout()).filter(|claim| *claim < timeout);
        let deadline = self.after(i64::from(timeout));
        let claim = claim.and_then(|claim| self.after(i64::from(claim)));
        let wakes = self.frames.iter().any(|live| live.on_timeout().is_some());
        Wait::Reply { id: self.wait_id(), titles, values, deadline, wakes, claim, foreign: self.may_be_tapped }
    }

    /// An id for a new wait.
    fn wait_id(&mut self) -> u32 {
        self.waits += 1;
        let (seed, now) = (self.env.seed, self.env.now.as_microsecond().cast_unsigned());
        let state = seed ^ now.rotate_left(20) ^ u64::from(self.waits).rotate_left(50);
        u32::try_from(chance::mix(state) >> 32).unwrap_or_default()
    }

    /// A pause until a moment.
    pub(crate) fn pause(&mut self, at: Timestamp) -> Next {
        Next::Wait(Wait::Timer { id: self.wait_id(), at })
    }

    /// Gives the conversation to the team.
    pub(crate) fn hand_over(&mut self, reason: Option<String>) {
        let card = self.card_name();
        self.trace(TraceEvent::HandedOver { card });
        self.effect(Effect::HandOver { reason });
    }

    /// Notes in the trace where an experiment leads.
    pub(crate) fn note_experiment(&mut self, name: &Arc<str>, arm: &Arc<str>) {
        self.trace(TraceEvent::Experiment { name: Arc::clone(name), arm: Arc::clone(arm) });
    }

    /// A wait for the team to give the conversation back.
    pub(crate) fn hand_back(&mut self) -> Next {
        Next::Wait(Wait::HandBack { id: self.wait_id() })
    }

    /// Has the host make a request, and waits for its outcome.
    pub(crate) fn call_service(&mut self, call: impl FnOnce(u32) -> Call) -> Next {
        let call = call(self.wait_id());
        let id = call.id;
        let (card, line) = (self.card_name(), self.line());
        let url = limits::abridge(call.url.split('?').next().unwrap_or_default().to_owned());
        self.trace(TraceEvent::Calling { card, line, method: call.method, url });
        self.effect(Effect::Call(call));
        Next::Wait(Wait::Call { id })
    }

    /// Notes in the trace what came of a request.
    pub(crate) fn note_call(&mut self, status: Option<u16>, error: Option<String>) {
        let (card, line) = (self.card_name(), self.line());
        self.trace(TraceEvent::Called { card, line, status, error, took_ms: None });
    }
}
