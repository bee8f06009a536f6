//! Sending from a line is paused while Meta refuses everything: the account, the number or our credentials are in
//! trouble. Messages wait. From time to time one of them is tried, and the first that passes ends the pause.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use whatsapp::PauseCause;

use crate::delivery::DeliveryState;
use crate::id::LineId;
use crate::message::{Failure, MessageKey};

/// The first tries come a minute, then two, four and eight minutes apart.
const FIRST: SignedDuration = SignedDuration::from_mins(1);
/// Then a quarter of an hour: as long as a message waits at most once the trouble is over.
const LATER: SignedDuration = SignedDuration::from_mins(15);
/// After a day of them, an hour: a queue delivers a message only so often.
const LONG: SignedDuration = SignedDuration::from_hours(1);
/// How long the receipt of a message that was tried is waited for.
const RECEIPT: SignedDuration = SignedDuration::from_mins(2);
/// How many tries make a day.
const A_DAY_OF_TRIES: u32 = 100;

/// A line from which nothing is sent at the moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pause {
    /// The line.
    pub line: LineId,
    /// What kind of trouble.
    pub cause: PauseCause,
    /// What Meta said, and what to do about it.
    pub failure: Failure,
    /// Since when.
    pub since: Timestamp,
    /// Whether Meta takes messages and fails them later: then its answer proves nothing, only a receipt does.
    pub by_receipt: bool,
    /// How many messages have been tried since.
    pub tries: u32,
    /// When the next one is tried.
    pub try_at: Timestamp,
    /// The last one tried, if Meta took it: its receipt shows whether the pause is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken: Option<Taken>,
    /// Counts the changes; 0 for one that is not written yet.
    pub version: u64,
}

/// A message that Meta took while sending was paused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Taken {
    /// Which.
    pub message: MessageKey,
    /// When.
    pub at: Timestamp,
}

impl Taken {
    /// Whether its receipt may still be on its way.
    pub fn is_recent(&self, now: Timestamp) -> bool {
        now < later(self.at, RECEIPT)
    }
}

impl Pause {
    /// A pause that begins.
    pub fn begin(line: LineId, cause: PauseCause, failure: Failure, by_receipt: bool, now: Timestamp) -> Self {
        let (since, try_at) = (now, later(now, interval(0)));
        Self { line, cause, failure, since, by_receipt, tries: 0, try_at, taken: None, version: 0 }
    }

    /// The pause while one message is tried.
    #[must_use]
    pub fn trying(&self, now: Timestamp) -> Self {
        let tries = self.tries.saturating_add(1);
        Self { tries, try_at: later(now, interval(tries)), taken: None, ..self.clone() }
    }

    /// The pause once Meta has taken the message that was tried, if that does not end it.
    pub fn took(&self, message: &MessageKey, now: Timestamp) -> Option<Self> {
        let taken = Some(Taken { message: message.clone(), at: now });
        self.by_receipt.then(|| Self { taken, ..self.clone() })
    }

    /// Whether the state of the message that Meta took shows that the pause is over.
    pub fn is_over(state: DeliveryState) -> bool {
        matches!(state, DeliveryState::Sent | DeliveryState::Delivered | DeliveryState::Read | DeliveryState::Played)
    }
}

/// How long after so many tries the next one comes.
fn interval(tries: u32) -> SignedDuration {
    match 2_i32.checked_pow(tries) {
        _ if tries >= A_DAY_OF_TRIES => LONG,
        Some(factor) => FIRST.checked_mul(factor).map_or(LATER, |interval| interval.min(LATER)),
        None => LATER,
    }
}

fn later(now: Timestamp, by: SignedDuration) -> Timestamp {
    now.checked_add(by).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{ContactId, MessageId};

    fn pause(by_receipt: bool) -> Pause {
        let failure = Failure { code: Some(131_042), title: "Payment problem".into(), remedy: "Pay.".into() };
        Pause::begin(LineId::new("l"), PauseCause::Account, failure, by_receipt, Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn tries_grow_further_apart_and_a_week_of_them_is_no_more_than_a_queue_delivers() {
        let mut pause = pause(false);
        let mut minutes = Vec::new();
        while pause.try_at.as_second() < 7 * 86_400 {
            let next = pause.trying(pause.try_at);
            minutes.push((next.try_at.as_second() - pause.try_at.as_second()) / 60);
            pause = next;
        }
        assert_eq!(minutes[..5], [2, 4, 8, 15, 15]);
        assert_eq!(minutes[minutes.len() - 1], 60);
        assert!(minutes.len() < 600 / 2, "{}", minutes.len()); // the queue's maxReceiveCount; some are looked at twice
    }

    #[test]
    fn an_answer_ends_a_pause_that_answers_made_and_only_a_receipt_one_that_receipts_made() {
        let key = MessageKey { contact: ContactId::new("c"), line: LineId::new("l"), at: 1, id: MessageId::new("m") };
        let now = Timestamp::UNIX_EPOCH;
        assert_eq!(pause(false).trying(now).took(&key, now), None);
        let trying = pause(true).trying(now);
        let taken = trying.took(&key, now).unwrap();
        assert_eq!((taken.try_at, taken.tries), (trying.try_at, 1));
        let taken = taken.taken.unwrap();
        assert!(taken.message == key && taken.is_recent(now) && !taken.is_recent(later(now, RECEIPT)));
        assert!(Pause::is_over(DeliveryState::Sent) && Pause::is_over(DeliveryState::Read));
        for state in [DeliveryState::Accepted, DeliveryState::Failed, DeliveryState::Unknown, DeliveryState::Queued] {
            assert!(!Pause::is_over(state), "{state:?}");
        }
    }
}
