//! The 24-hour customer-service window: free-form messages are possible inside it, template messages always.
//! <https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/send-messages>

use jiff::{SignedDuration, Timestamp};

/// How long an inbound message keeps the window open.
pub const WINDOW: SignedDuration = SignedDuration::from_hours(24);

/// When the window opened by a message of this moment closes. The moment is the *message's own* timestamp: a webhook
/// that arrives days late opens nothing.
pub fn expires_at(last_inbound_at: Timestamp) -> Timestamp {
    last_inbound_at.saturating_add(WINDOW).unwrap_or(Timestamp::MAX)
}

/// How far Meta's clock and ours may differ. A message from further ahead has a wrong time.
pub const SKEW: SignedDuration = SignedDuration::from_mins(1);

/// When a message was written, by its own timestamp in seconds since 1970. A clock that is ahead does not hold the window
/// or a session open for longer: nothing was written after it was received.
pub fn written_at(timestamp: i64, received_at: Timestamp, now: Timestamp) -> Timestamp {
    Timestamp::from_second(timestamp).unwrap_or(received_at).min(received_at).min(now)
}

/// Whether a free-form message may be sent at `now`.
pub fn is_open(window_expires_at: Option<Timestamp>, now: Timestamp) -> bool {
    window_expires_at.is_some_and(|end| now < end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_lasts_24_hours_from_the_messages_own_time() {
        let sent: Timestamp = "2026-03-01T10:00:00Z".parse().unwrap();
        let end = expires_at(sent);
        assert_eq!(end, "2026-03-02T10:00:00Z".parse::<Timestamp>().unwrap());
        assert!(is_open(Some(end), "2026-03-02T09:59:59Z".parse().unwrap()));
        assert!(!is_open(Some(end), end));
        assert!(!is_open(None, sent));
    }

    #[test]
    fn nothing_was_written_after_it_was_received() {
        let received: Timestamp = "2026-03-01T10:00:00.5Z".parse().unwrap();
        let now: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
        let second = received.as_second();
        assert_eq!(written_at(second - 60, received, now).as_second(), second - 60);
        for ahead in [second + 1, second + 86_400 * 365, i64::MAX, i64::MIN] {
            assert_eq!(written_at(ahead, received, now), received);
        }
        assert_eq!(
            written_at(second + 60, now, received),
            received,
            "nor after now, whatever the webhook's clock says"
        );
    }
}
