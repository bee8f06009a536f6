//! Time: it stands still, and when it is moved, what is due on the way happens at its moment.

use domain::Mode;
use expression::Value;
use jiff::{SignedDuration, Timestamp};
use journey::Input;

use super::Rehearsal;
use crate::event::{Alarm, Cause, Event, Stopped};

/// Alarms that may ring in one advance of the clock: journeys that schedule each other at once never come to an end. One
/// that rings every hour does so 8,760 times a year.
pub(crate) const MOST_ALARMS: usize = 100_000;

/// A trigger: the number of its journey, and its own in it.
type Place = (usize, usize);

impl Rehearsal {
    /// Moves the clock. What is due on the way happens at its moment, in order.
    pub fn advance(&mut self, by: SignedDuration) -> Vec<Event> {
        let until = self.now.checked_add(by).unwrap_or(Timestamp::MAX);
        let mut rang = 0;
        while let Some((at, alarm)) = self.next_alarm(until) {
            if rang == MOST_ALARMS {
                self.events.push(Event::Stopped(Stopped::Alarms));
                return self.take_events();
            }
            rang += 1;
            // Looked up before the clock is there: a trigger is due after now.
            let triggers = self.due_at(at);
            self.now = self.now.max(at);
            self.begin_turn();
            self.events.push(Event::Rang { at: self.now, alarm: alarm.clone() });
            match alarm {
                Alarm::Wait => self.wait_is_over(),
                Alarm::Journey(journey) => {
                    let scheduled = &mut self.conversation.scheduled;
                    if let Some(index) = scheduled.iter().position(|due| due.at == at && due.journey == journey) {
                        scheduled.remove(index);
                    }
                    self.start_from_outside(&journey, Cause::Asked);
                }
                Alarm::Triggers => {}
            }
            triggers.into_iter().for_each(|place| self.fire(place));
        }
        self.now = self.now.max(until);
        self.take_events()
    }

    /// The next thing that is due until then, if anything is.
    fn next_alarm(&self, until: Timestamp) -> Option<(Timestamp, Alarm)> {
        let wait = self.conversation.session.as_ref().and_then(|session| session.wait.deadline());
        let journeys = self.conversation.scheduled.iter().map(|due| (due.at, Alarm::Journey(due.journey.clone())));
        let triggers = self.timed_triggers().map(|(at, _)| (at, Alarm::Triggers));
        // Of what is due at the same moment the first in the list is first.
        let alarms = wait.map(|at| (at, Alarm::Wait)).into_iter().chain(journeys).chain(triggers);
        alarms.filter(|(at, _)| *at <= until).min_by_key(|(at, _)| *at)
    }

    /// When triggers that go by the clock fire next, and which.
    fn timed_triggers(&self) -> impl Iterator<Item = (Timestamp, Place)> {
        let contact = self.contact_scope();
        let books = self.shelf.books().iter().enumerate();
        books.flat_map(move |(book, journey)| {
            let env = self.env(&contact, &Value::Null);
            let triggers = journey.program.triggers().iter().enumerate();
            let due: Vec<_> =
                triggers.filter_map(|(index, trigger)| Some((trigger.due(&env)?, (book, index)))).collect();
            due
        })
    }

    /// Which triggers fire at this moment.
    fn due_at(&self, at: Timestamp) -> Vec<Place> {
        self.timed_triggers().filter(|(due, _)| *due == at).map(|(_, place)| place).collect()
    }

    /// A trigger fires: its journey starts when its condition holds, even inside another one.
    fn fire(&mut self, (book, trigger): Place) {
        let Some(book) = self.shelf.books().get(book) else { return };
        let id = book.id.to_string();
        let contact = self.contact_scope();
        let trigger = book.program.triggers().get(trigger);
        if trigger.is_some_and(|trigger| trigger.matches(&self.env(&contact, &Value::Null))) {
            self.start_from_outside(&id, Cause::Trigger);
        }
    }

    /// The time to reply is over. A wait with nothing to do then gets no alarm from the host; here its end is seen too.
    fn wait_is_over(&mut self) {
        let Some(wait) = self.conversation.session.as_ref().map(|session| session.wait.id()) else { return };
        if self.conversation.mode == Mode::Human {
            self.end_session();
            return;
        }
        self.resume(Input::Timer { wait }, &Value::Null);
    }
}
