//! The brake on repetition: two robots that answer each other would never stop.

use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::{DecodeError, Engine as _};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Message, chance};

/// How long a text counts, in seconds.
const WINDOW: u32 = 5 * 60;
/// How many different messages are remembered: what goes in circles is short.
const REMEMBERED: usize = 8;

/// How often a contact was lately sent the same message. The host keeps it with the conversation, because a loop may end
/// one session and begin another; it is written as a short text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Repeats(Vec<Repeated>);

/// A message that was sent: the hash of its texts, how often, and since when, in seconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Repeated {
    hash: u32,
    count: u8,
    since: u32,
}

impl From<Repeats> for String {
    fn from(repeats: Repeats) -> Self {
        let bytes = |it: Repeated| [&it.hash.to_be_bytes()[..], &[it.count], &it.since.to_be_bytes()].concat();
        URL_SAFE_NO_PAD.encode(repeats.0.into_iter().flat_map(bytes).collect::<Vec<_>>())
    }
}

impl TryFrom<String> for Repeats {
    type Error = DecodeError;

    fn try_from(text: String) -> Result<Self, DecodeError> {
        let bytes = URL_SAFE_NO_PAD.decode(text)?;
        let (all, _) = bytes.as_chunks::<9>();
        let number = |a, b, c, d| u32::from_be_bytes([a, b, c, d]);
        let read = |&[a, b, c, d, count, e, f, g, h]: &[u8; 9]| Repeated {
            hash: number(a, b, c, d),
            count,
            since: number(e, f, g, h),
        };
        Ok(Self(all.iter().map(read).collect()))
    }
}

impl Repeats {
    /// Nothing sent yet.
    pub(super) const NONE: Self = Self(Vec::new());

    /// Counts a message; whether it may go out, because it went out fewer than `limit` times within five minutes.
    pub(super) fn count(&mut self, message: &Message, now: Timestamp, limit: u8) -> bool {
        let now = u32::try_from(now.as_second()).unwrap_or(u32::MAX);
        self.0.retain(|it| now.saturating_sub(it.since) < WINDOW);
        let hash = u32::try_from(chance::hash(message.texts()) >> 32).unwrap_or_default();
        match self.0.iter_mut().find(|known| known.hash == hash) {
            Some(known) if known.count >= limit => false,
            Some(known) => {
                known.count += 1;
                true
            }
            None => {
                if self.0.len() >= REMEMBERED {
                    self.0.remove(0);
                }
                self.0.push(Repeated { hash, count: 1, since: now });
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
        let written = serde_json::to_string(&repeats).unwrap();
        assert!(written.len() < 100, "{written}");
        assert_eq!(serde_json::from_str::<Repeats>(&written).unwrap(), repeats);
        assert!(serde_json::from_str::<Repeats>("\"?\"").is_err());
    }
}
