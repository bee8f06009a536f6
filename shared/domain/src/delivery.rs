//! The delivery states of an outbound message and the rule that they only move forward.
//!
//! Meta tells states in any order, more than once, and several at a time. Whatever the order, the row of a message ends
//! the same: the furthest state stands, a failure stands only while the state is `failed`, and of two tellings of the
//! same rank always the same one. [`Receipt::and`] joins what is told together, [`Receipt::news`] says what of it a row
//! does not know yet.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::message::Failure;

/// Where an outbound message stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// Waiting for its turn.
    Queued,
    /// Handed to the Cloud API, no answer recorded yet. A lease says until when its sender is believed alive.
    Sending,
    /// Handed to the Cloud API, and nobody knows whether it arrived: never sent again, resolved by its receipt.
    Unknown,
    /// The Cloud API accepted it and named it.
    Accepted,
    /// WhatsApp sent it: one tick.
    Sent,
    /// It will not be delivered; the error says why.
    Failed,
    /// It is on the person's phone: two ticks.
    Delivered,
    /// The person opened it: blue ticks.
    Read,
    /// The person played the voice message.
    Played,
}

impl DeliveryState {
    /// How far along the state is. A state is replaced only by one of higher rank, in whatever order they arrive, so
    /// a late `sent` never undoes a `read`, and a `delivered` corrects a `failed` that came for a first attempt.
    pub fn rank(self) -> u8 {
        match self {
            Self::Queued => 0,
            Self::Sending => 1,
            Self::Unknown => 2,
            Self::Accepted => 3,
            Self::Sent => 4,
            Self::Failed => 5,
            Self::Delivered => 6,
            Self::Read => 7,
            Self::Played => 8,
        }
    }

    /// The state that a webhook's status name means; nothing for a name this version does not know.
    pub fn from_status(name: &str) -> Option<Self> {
        match name {
            "sent" => Some(Self::Sent),
            "delivered" => Some(Self::Delivered),
            "read" => Some(Self::Read),
            "played" => Some(Self::Played),
            "failed" => Some(Self::Failed),
            _ => None,
        }
    }

    /// Whether the message has left this system for good: accepted, or failed with a reason.
    pub fn is_settled(self) -> bool {
        self.rank() >= Self::Accepted.rank()
    }
}

/// What Meta says it will charge, with the state that it was told with: a price told with a further state stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Pricing {
    /// The rank of the state it came with; 0 for a state this version does not know.
    pub rank: u8,
    /// Meta's `pricing` object.
    pub object: Value,
}

impl Pricing {
    /// Which of two stands: rank first, then text, so that neither order of arrival nor batches matter.
    fn order(&self, other: &Self) -> Ordering {
        self.rank.cmp(&other.rank).then_with(|| self.object.to_string().cmp(&other.object.to_string()))
    }
}

/// What was told about a message: by Meta, by the answer to the send, or by the sender that could not send it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Receipt {
    /// Meta's id of the message; empty where it has none.
    pub wamid: String,
    /// The furthest state told.
    pub state: Option<DeliveryState>,
    /// Why it failed. Only with the state `failed`.
    pub failure: Option<Failure>,
    /// What Meta will charge.
    pub pricing: Option<Pricing>,
}

/// Which parts of a receipt are to be written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct News {
    /// Meta's id.
    pub wamid: bool,
    /// The state, and with it the failure: a state that is not `failed` takes away the one that stands there.
    pub state: bool,
    /// The price.
    pub pricing: bool,
}

impl News {
    /// Whether nothing is left to write.
    pub fn is_empty(self) -> bool {
        self == Self::default()
    }
}

impl Receipt {
    /// This state, and nothing else known.
    pub fn of(state: DeliveryState) -> Self {
        Self { state: Some(state), ..Self::default() }
    }

    /// Both receipts as one, the same whichever comes first.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let (near, far) = if self.state_order(&other).is_lt() { (self, other) } else { (other, self) };
        let pricing = match (near.pricing, far.pricing) {
            (Some(one), Some(two)) => Some(if one.order(&two).is_gt() { one } else { two }),
            (one, two) => two.or(one),
        };
        Self { wamid: far.wamid.max(near.wamid), state: far.state, failure: far.failure, pricing }
    }

    /// What of this a row does not know yet of which `standing` is known; of a row that was not looked at, all.
    pub fn news(&self, standing: Option<&Self>) -> News {
        let Some(standing) = standing else {
            return News {
                wamid: !self.wamid.is_empty(),
                state: self.state.is_some(),
                pricing: self.pricing.is_some(),
            };
        };
        let pricing = |pricing: &Pricing| standing.pricing.as_ref().is_none_or(|stands| pricing.order(stands).is_gt());
        News {
            wamid: !self.wamid.is_empty() && standing.wamid.is_empty(),
            state: self.state_order(standing).is_gt(),
            pricing: self.pricing.as_ref().is_some_and(pricing),
        }
    }

    /// Which of two states stands: the further one; of two failures the one whose text is greater, whichever came first.
    fn state_order(&self, other: &Self) -> Ordering {
        let rank = |receipt: &Self| receipt.state.map(DeliveryState::rank);
        rank(self).cmp(&rank(other)).then_with(|| self.failure_text().cmp(&other.failure_text()))
    }

    /// The failure as the table keeps and compares it.
    pub fn failure_text(&self) -> Option<String> {
        let failure = self.failure.as_ref().filter(|_| self.state == Some(DeliveryState::Failed));
        failure.and_then(|failure| serde_json::to_string(failure).ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn the_ticks_come_in_order_and_only_an_arrival_outranks_a_failure() {
        use DeliveryState::*;
        let order = [Queued, Sending, Unknown, Accepted, Sent, Failed, Delivered, Read, Played];
        assert!(order.windows(2).all(|pair| pair[0].rank() < pair[1].rank()));
        assert_eq!(DeliveryState::from_status("read"), Some(Read));
        assert_eq!(DeliveryState::from_status("warped"), None);
    }

    fn failure(code: i64) -> Failure {
        Failure { code: Some(code), title: format!("failure {code}"), remedy: "None.".to_owned() }
    }

    fn failed(code: i64) -> Receipt {
        Receipt { failure: Some(failure(code)), ..Receipt::of(DeliveryState::Failed) }
    }

    #[test]
    fn a_state_that_moves_forward_drops_the_failure_it_outlived_and_a_late_failure_changes_nothing() {
        for state in [DeliveryState::Delivered, DeliveryState::Read, DeliveryState::Played] {
            for both in [failed(131_026).and(Receipt::of(state)), Receipt::of(state).and(failed(131_026))] {
                assert_eq!(both, Receipt::of(state));
            }
        }
        for state in [DeliveryState::Accepted, DeliveryState::Sent, DeliveryState::Unknown] {
            for both in [failed(131_026).and(Receipt::of(state)), Receipt::of(state).and(failed(131_026))] {
                assert_eq!(both, failed(131_026));
            }
        }
        assert_eq!(failed(131_026).and(failed(131_049)), failed(131_049).and(failed(131_026)));
    }

    #[test]
    fn what_a_row_knows_is_no_news() {
        let sent = Receipt {
            wamid: "wamid.1".into(),
            pricing: Some(Pricing { rank: 4, object: json!({"category": "utility"}) }),
            ..Receipt::of(DeliveryState::Sent)
        };
        assert_eq!(sent.news(None), News { wamid: true, state: true, pricing: true });
        assert!(sent.news(Some(&sent)).is_empty());
        let read = Receipt::of(DeliveryState::Read);
        assert_eq!(sent.news(Some(&read)), News { wamid: true, state: false, pricing: true });
        assert!(Receipt::default().news(None).is_empty());
    }

    prop_compose! {
        fn receipts()(state in prop::option::of(prop::sample::select(vec![
            DeliveryState::Sent, DeliveryState::Failed, DeliveryState::Delivered, DeliveryState::Read, DeliveryState::Played,
        ])), code in 1..4i64, price in prop::option::of(0..3u8)) -> Receipt {
            Receipt {
                wamid: "wamid.1".into(),
                failure: (state == Some(DeliveryState::Failed)).then(|| failure(code)),
                pricing: price.map(|price| {
                    Pricing { rank: state.map_or(0, DeliveryState::rank), object: json!({"price": price}) }
                }),
                state,
            }
        }
    }

    /// A row that is told one receipt after the other, as the table is.
    fn told(row: Receipt, receipt: &Receipt) -> Receipt {
        let news = receipt.news(Some(&row));
        Receipt {
            wamid: if news.wamid { receipt.wamid.clone() } else { row.wamid },
            state: if news.state { receipt.state } else { row.state },
            failure: if news.state { receipt.failure.clone() } else { row.failure },
            pricing: if news.pricing { receipt.pricing.clone() } else { row.pricing },
        }
    }

    proptest! {
        #[test]
        fn whatever_the_order_and_the_batches_the_row_ends_the_same(
            (receipts, shuffled) in prop::collection::vec(receipts(), 1..8)
                .prop_flat_map(|receipts| (Just(receipts.clone()), Just(receipts).prop_shuffle())),
            cut in 0..8usize,
        ) {
            let one_by_one = receipts.iter().fold(Receipt::default(), told);
            let shuffled_one_by_one = shuffled.iter().fold(Receipt::default(), told);
            prop_assert_eq!(&one_by_one, &shuffled_one_by_one);
            let (first, second) = shuffled.split_at(cut.min(shuffled.len()));
            let batch = |batch: &[Receipt]| batch.iter().cloned().fold(Receipt::default(), Receipt::and);
            let in_batches = [batch(first), batch(second)].iter().fold(Receipt::default(), told);
            prop_assert_eq!(&one_by_one, &in_batches);
            let furthest = receipts.iter().filter_map(|receipt| receipt.state).max_by_key(|state| state.rank());
            prop_assert_eq!(one_by_one.state, furthest);
            prop_assert_eq!(one_by_one.failure.is_some(), furthest == Some(DeliveryState::Failed));
        }
    }
}
