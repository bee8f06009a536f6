//! The delivery states of an outbound message and the rule that they only move forward.

use serde::{Deserialize, Serialize};

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ticks_come_in_order_and_only_an_arrival_outranks_a_failure() {
        use DeliveryState::*;
        let order = [Queued, Sending, Unknown, Accepted, Sent, Failed, Delivered, Read, Played];
        assert!(order.windows(2).all(|pair| pair[0].rank() < pair[1].rank()));
        assert_eq!(DeliveryState::from_status("read"), Some(Read));
        assert_eq!(DeliveryState::from_status("warped"), None);
    }
}
