//! What to do with a message after the Cloud API did not simply take it. Pure: the error, what it has answered to this
//! message before, and how long the message's queue may wait.

use std::time::Duration;

use domain::message::Failure;
use store::Tries;
use whatsapp::{Action, PauseCause, SendError};

/// How often a message is tried again after the waits that WhatsApp asks for, before it is for a person to decide.
const WAITS: u32 = 8;
/// How often one message alone may be what stops a line that works for others.
const LONE_STOPS: u32 = 5;

/// What follows for the message.
#[derive(Debug, PartialEq)]
pub enum Verdict {
    /// Nobody knows whether it went out: it waits for its receipt and is never sent again.
    Unknown,
    /// It may have gone out: it waits so long for its receipt, and is sent again if none comes.
    Doubt(Duration),
    /// It certainly did not go out, and is sent again after so long.
    Later(Duration),
    /// Nothing can be sent from this line at the moment: it waits with all others.
    Pause {
        /// What kind of trouble.
        cause: PauseCause,
        /// What Meta said.
        failure: Failure,
    },
    /// It is not sent.
    Fail(Failure),
}

/// The verdict on a message. `tries` is what the Cloud API has answered to it before, `patience` the longest wait of its
/// queue, and `alone` whether the line worked for others when this message was sent.
pub fn verdict(error: &SendError, tries: Tries, patience: Duration, alone: bool) -> Verdict {
    let meaning = error.meaning();
    let fail = || Verdict::Fail(failure(error));
    // Where Meta names a time, not before.
    let at_least = |wait: Duration| wait.max(asked_for(error)).clamp(Duration::from_secs(1), patience);
    match meaning.action {
        Action::Ambiguous => Verdict::Unknown,
        Action::Doubt { after, times } if tries.doubts < times => Verdict::Doubt(at_least(after.delay(tries.doubts))),
        Action::Doubt { .. } => Verdict::Unknown,
        Action::Retry { after } => Verdict::Later(at_least(after.delay(tries.refusals))),
        Action::Wait { after } if after <= patience && tries.refusals < WAITS => Verdict::Later(at_least(after)),
        Action::Pause { .. } if alone && tries.refusals >= LONE_STOPS => fail(),
        Action::Pause { cause } => Verdict::Pause { cause, failure: failure(error) },
        Action::Wait { .. } | Action::Stop => fail(),
    }
}

/// The failure as it is shown to people.
pub fn failure(error: &SendError) -> Failure {
    let code = match error {
        SendError::Rejected(rejection) => rejection.code,
        SendError::Ambiguous { answer, .. } => answer.as_ref().and_then(|answer| answer.code),
        SendError::NotSent { .. } => None,
    };
    Failure { code, title: error.to_string(), remedy: error.meaning().remedy.to_owned() }
}

/// The pause that the answer asks for.
fn asked_for(error: &SendError) -> Duration {
    match error {
        SendError::Rejected(rejection) => rejection.retry_after.unwrap_or_default(),
        SendError::Ambiguous { .. } | SendError::NotSent { .. } => Duration::ZERO,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use whatsapp::client::Rejection;
    use whatsapp::errors;

    const REPLY: Duration = Duration::from_secs(15 * 60);
    const BULK: Duration = Duration::from_secs(6 * 60 * 60);
    const FRESH: Tries = Tries { refusals: 0, doubts: 0 };

    fn rejection(code: Option<i64>, http_status: u16, retry_after: Option<u64>) -> Box<Rejection> {
        let meaning = match code {
            Some(code) => errors::meaning(code, Some("details"), Some(http_status)),
            None => errors::by_http_status(Some(http_status)),
        };
        Box::new(Rejection {
            http_status,
            code,
            message: None,
            details: Some("details".into()),
            fbtrace_id: None,
            retry_after: retry_after.map(Duration::from_secs),
            meaning,
        })
    }

    fn refused(code: i64) -> SendError {
        SendError::Rejected(rejection(Some(code), 400, None))
    }

    /// As the client tells it: Meta answered, with a fault of its own.
    fn faulty(code: i64) -> SendError {
        SendError::Ambiguous { why: "Meta says so".into(), answer: Some(rejection(Some(code), 500, None)) }
    }

    fn after(refusals: u32) -> Tries {
        Tries { refusals, doubts: 0 }
    }

    fn seconds(verdict: &Verdict) -> u64 {
        match verdict {
            Verdict::Later(wait) | Verdict::Doubt(wait) => wait.as_secs(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_may_have_gone_out_is_not_sent_again_unless_meta_itself_said_that_it_failed() {
        let lost = SendError::Ambiguous { why: "no answer".into(), answer: None };
        assert_eq!(verdict(&lost, FRESH, REPLY, true), Verdict::Unknown);
        for code in [1, 2] {
            assert_eq!(verdict(&faulty(code), FRESH, REPLY, true), Verdict::Unknown, "{code}");
        }
        let bare = SendError::Ambiguous { why: "HTTP 500".into(), answer: Some(rejection(None, 500, None)) };
        assert_eq!(verdict(&bare, FRESH, REPLY, true), Verdict::Unknown);
        for code in [131_000, 131_016] {
            let waits: Vec<u64> = (0..3)
                .map(|doubts| seconds(&verdict(&faulty(code), Tries { refusals: 9, doubts }, REPLY, true)))
                .collect();
            assert_eq!(waits, [30, 60, 120], "{code}");
            assert_eq!(verdict(&faulty(code), Tries { refusals: 0, doubts: 3 }, REPLY, true), Verdict::Unknown);
        }
    }

    #[test]
    fn a_rate_limit_is_waited_for_longer_each_time_and_as_long_as_meta_asks() {
        let waits = |code| (0..7).map(|tries| seconds(&verdict(&refused(code), after(tries), REPLY, true))).collect();
        let rate: Vec<u64> = waits(130_429);
        assert_eq!(rate, [2, 4, 8, 16, 32, 64, 128]);
        let pair: Vec<u64> = waits(131_056);
        assert_eq!(pair, [1, 4, 16, 64, 256, 900, 900]);
        let asked = SendError::Rejected(rejection(None, 429, Some(77)));
        assert_eq!(seconds(&verdict(&asked, FRESH, REPLY, true)), 77);
        assert_eq!(seconds(&verdict(&SendError::NotSent { why: "no network".into() }, FRESH, REPLY, true)), 2);
    }

    #[test]
    fn a_wait_that_the_queue_has_time_for_is_waited_and_a_longer_one_is_for_a_person() {
        assert_eq!(seconds(&verdict(&refused(131_057), FRESH, REPLY, true)), 60);
        for (code, wait) in [(131_064, 3600), (132_015, 3 * 3600)] {
            // A reply does not hold up its conversation so long; a reminder holds up nobody.
            assert!(matches!(verdict(&refused(code), FRESH, REPLY, true), Verdict::Fail(_)), "{code}");
            assert_eq!(seconds(&verdict(&refused(code), FRESH, BULK, true)), wait, "{code}");
            assert!(matches!(verdict(&refused(code), after(WAITS), BULK, true), Verdict::Fail(_)), "{code}");
        }
        for patience in [REPLY, BULK] {
            let Verdict::Fail(failure) = verdict(&refused(131_049), FRESH, patience, true) else { panic!() };
            assert!(failure.remedy.contains("tomorrow"), "{failure:?}");
        }
    }

    #[test]
    fn what_is_wrong_with_the_account_is_not_the_messages_fault() {
        for (code, metric) in [
            (190, "TokenRejected"),
            (131_042, "AccountStopped"),
            (131_048, "AccountStopped"),
            (133_010, "AccountStopped"),
            (368, "AccountStopped"),
        ] {
            let Verdict::Pause { cause, failure } = verdict(&refused(code), FRESH, REPLY, true) else {
                panic!("{code}")
            };
            assert_eq!((cause.metric(), failure.code), (metric, Some(code)));
            // Tried as the one that shows whether it is over, it may be refused for days.
            assert!(matches!(verdict(&refused(code), after(600), REPLY, false), Verdict::Pause { .. }));
            // But one message alone does not stop again and again what works for others.
            assert!(matches!(verdict(&refused(code), after(LONE_STOPS), REPLY, true), Verdict::Fail(_)));
        }
    }

    #[test]
    fn every_code_has_a_verdict_and_a_failure_says_what_to_do() {
        for entry in errors::ALL {
            for code in [*entry.codes.start(), *entry.codes.end()] {
                for refusals in [0, 1, 100, u32::MAX] {
                    let tries = Tries { refusals, doubts: refusals };
                    match verdict(&refused(code), tries, REPLY, refusals == 1) {
                        Verdict::Fail(failure) | Verdict::Pause { failure, .. } => {
                            assert_eq!(failure.code, Some(code));
                            assert!(
                                failure.title.contains(&code.to_string()) && failure.remedy.len() > 10,
                                "{failure:?}"
                            );
                        }
                        Verdict::Later(wait) | Verdict::Doubt(wait) => {
                            assert!(wait >= Duration::from_secs(1) && wait <= REPLY, "{code}: {wait:?}");
                        }
                        Verdict::Unknown => {}
                    }
                }
            }
        }
    }
}
