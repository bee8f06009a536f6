//! The brake on repetition: two robots that answer each other would never stop.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Message, chance};

/// How long a text counts, in seconds.
const WINDOW: i64 = 5 * 60;
/// How many different messages are remembered: what goes in circles is short.
const REMEMBERED: usize = 8;

/// How often a contact was lately sent the same message. The host keeps it with the conversation, because a loop may end
/// one session and begin another; it is written as a short list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Repeats(Vec<(u32, u8, i64)>);

impl Repeats {
    /// Nothing sent yet.
    pub(super) const NONE: Self = Self(Vec::new());

    /// Counts a message; whether it may go out, because it went out fewer than `limit` times within five minutes.
    pub(super) fn count(&mut self, message: &Message, now: Timestamp, limit: u8) -> bool {
        let now = now.as_second();
        self.0.retain(|(_, _, since)| now - since < WINDOW);
        let hash = u32::try_from(chance::hash(message.texts()) >> 32).unwrap_or_default();
        match self.0.iter_mut().find(|(known, _, _)| *known == hash) {
            Some((_, count, _)) if *count >= limit => false,
            Some((_, count, _)) => {
                *count += 1;
                true
            }
            None => {
                if self.0.len() >= REMEMBERED {
                    self.0.remove(0);
                }
                self.0.push((hash, 1, now));
                true
            }
        }
    }

    /// Whether nothing is remembered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(body: &str) -> Message {
        Message::Text { body: body.to_owned() }
    }

    #[test]
    fn the_same_text_is_stopped_and_others_are_not() {
        let mut repeats = Repeats::default();
        let at = |seconds| Timestamp::from_second(seconds).unwrap();
        for second in 0..20 {
            assert!(repeats.count(&text("a"), at(second), 20), "{second}");
        }
        assert!(!repeats.count(&text("a"), at(20), 20));
        assert!(repeats.count(&text("b"), at(20), 20));
        assert!(!repeats.count(&text("a"), at(299), 20));
        assert!(repeats.count(&text("a"), at(300), 20), "five minutes later it may come again");
    }

    #[test]
    fn it_stays_small() {
        let mut repeats = Repeats::default();
        for number in 0..1000 {
            assert!(repeats.count(&text(&number.to_string()), Timestamp::MAX, 1));
        }
        assert!(serde_json::to_string(&repeats).unwrap().len() < 240);
    }
}
