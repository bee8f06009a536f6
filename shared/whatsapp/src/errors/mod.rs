//! What an error of the Cloud API means and what to do about it.
//!
//! The same codes arrive in the answer to a send and, later, in a `failed` status. Branch on the code: titles change
//! without notice. Where the safe reaction is in doubt, a message is not sent again: the Cloud API has no idempotency
//! key, and a message lost is seen and repeated by a person, while a message doubled is not taken back.
//!
//! Source: <https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes>

mod table;

use serde::{Deserialize, Serialize};
use std::time::Duration;
pub use table::{ALL, Entry};

/// What to do after an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Meta refused it before sending: send the same message again, by itself, after the delay.
    Retry {
        /// How long to wait.
        after: Backoff,
    },
    /// Not now. The same message may be sent again after the delay at the earliest, if it is still wanted then.
    Wait {
        /// How long to wait at least.
        after: Duration,
    },
    /// Meta answers that it failed, for a fault of its own. It may have gone out all the same: wait for the status that
    /// carries its callback data, and if none comes, send it again, but not for ever.
    Doubt {
        /// How long to wait for the status.
        after: Backoff,
        /// How often to send it again at most.
        times: u32,
    },
    /// Never send this message again as it is.
    Stop,
    /// Not the message but the account is in trouble, and the next ones would fail like this one: nothing more is sent
    /// until it is over, and the team is told now.
    Pause {
        /// What kind of trouble.
        cause: PauseCause,
    },
    /// It may have gone out. Do not send it again; wait for the status that carries its callback data.
    Ambiguous,
}

impl Action {
    /// Whether the same message may be sent again without a person deciding so.
    pub fn may_repeat(&self) -> bool {
        matches!(self, Self::Retry { .. } | Self::Wait { .. } | Self::Doubt { .. } | Self::Pause { .. })
    }
}

/// Why nothing can be sent from a number at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PauseCause {
    /// Our credentials are refused: the access token and its permissions.
    Credentials,
    /// Meta has stopped the account or the number: payment, spam limit, registration, policy.
    Account,
}

impl PauseCause {
    /// The metric that counts it, each with an alarm of its own.
    pub fn metric(self) -> &'static str {
        match self {
            Self::Credentials => "TokenRejected",
            Self::Account => "AccountStopped",
        }
    }
}

/// Delays that grow: `first`, `first × factor`, `first × factor²`… up to `most`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// Delay before the first repetition.
    pub first: Duration,
    /// Growth from one to the next.
    pub factor: u32,
    /// The longest delay.
    pub most: Duration,
}

impl Backoff {
    /// The delay before repetition number `attempt`, counted from 0. Add jitter where many senders share a limit.
    pub fn delay(&self, attempt: u32) -> Duration {
        self.factor
            .checked_pow(attempt)
            .and_then(|factor| self.first.checked_mul(factor))
            .map_or(self.most, |delay| delay.min(self.most))
    }
}

/// What an error means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Meaning {
    /// The code; 0 also when the answer carried none.
    pub code: i64,
    /// A short English name.
    pub title: &'static str,
    /// What the software does.
    pub action: Action,
    /// What a person can do, in English.
    pub remedy: &'static str,
    /// What a person can do, in Spanish.
    pub remedy_es: &'static str,
    /// Whether the code is documented; if not, the action follows from the HTTP status.
    pub known: bool,
}

impl Meaning {
    /// Whether the person has asked for no more marketing, which is to be kept with the contact.
    pub fn stops_marketing(&self) -> bool {
        self.code == 131_050
    }
}

/// What `code` means.
///
/// `details` is Meta's `error_data.details`, `http_status` the status of the answer to a send; both `None` where there
/// is none, as in a `failed` status. Total: every code has a meaning, and an unknown one is never sent again blindly.
pub fn meaning(code: i64, details: Option<&str>, http_status: Option<u16>) -> Meaning {
    // 0 is Meta's code for a refused token, and also what an error without a readable code has: an alarm needs more.
    let no_code = code == 0 && details.is_none() && http_status != Some(401);
    match ALL.iter().find(|entry| entry.codes.contains(&code) && !no_code) {
        Some(entry) => Meaning {
            code,
            title: entry.title,
            action: entry.action,
            remedy: entry.remedy,
            remedy_es: entry.remedy_es,
            known: true,
        },
        None => Meaning { code, ..by_http_status(http_status) },
    }
}

/// What an answer without a (known) code means: only the HTTP status speaks.
pub fn by_http_status(status: Option<u16>) -> Meaning {
    let unknown =
        |title, action, remedy, remedy_es| Meaning { code: 0, title, action, remedy, remedy_es, known: false };
    match status {
        Some(429) => unknown(
            "Too many requests",
            Action::Retry { after: table::RATE },
            "WhatsApp asks for a pause. The message is sent again by itself.",
            "WhatsApp pide una pausa. El mensaje se envía de nuevo solo.",
        ),
        Some(401 | 403) => unknown(
            "Not allowed",
            Action::Pause { cause: PauseCause::Credentials },
            "WhatsApp refused our credentials. Check the access token and its permissions.",
            "WhatsApp rechazó nuestras credenciales. Revise el token de acceso y sus permisos.",
        ),
        Some(408 | 500..) => unknown(
            "WhatsApp had a problem",
            Action::Ambiguous,
            "Nobody knows yet whether the message went out. Wait for its receipt before writing it again.",
            "Aún no se sabe si el mensaje salió. Espere su acuse antes de escribirlo de nuevo.",
        ),
        Some(300..) => unknown(
            "Refused",
            Action::Stop,
            "WhatsApp refused the message for a reason we do not know. See the details.",
            "WhatsApp rechazó el mensaje por un motivo que no conocemos. Vea los detalles.",
        ),
        Some(_) => unknown(
            "Unreadable answer",
            Action::Ambiguous,
            "WhatsApp answered in a way we do not understand. Wait for the message's receipt before writing it again.",
            "WhatsApp respondió de un modo que no entendemos. Espere el acuse del mensaje antes de escribirlo de nuevo.",
        ),
        // A `failed` status: the failure is certain, its reason is not. Sending again is a person's decision.
        None => unknown(
            "Failed",
            Action::Stop,
            "The message failed for a reason we do not know. See the details.",
            "El mensaje falló por un motivo que no conocemos. Vea los detalles.",
        ),
    }
}

/// What it means that the request never left: it is safe to send again.
pub fn not_sent() -> Meaning {
    Meaning {
        code: 0,
        title: "Not sent",
        action: Action::Retry { after: table::RATE },
        remedy: "WhatsApp could not be reached. The message is sent again by itself.",
        remedy_es: "No se pudo conectar con WhatsApp. El mensaje se envía de nuevo solo.",
        known: false,
    }
}

/// What it means that the request left and no answer came: it may have gone out.
pub fn no_answer() -> Meaning {
    Meaning { title: "No answer", ..by_http_status(Some(504)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_has_a_remedy_in_both_languages_and_codes_do_not_overlap() {
        for (position, entry) in ALL.iter().enumerate() {
            assert!(!entry.title.is_empty(), "{:?}", entry.codes);
            assert!(entry.remedy.len() > 10 && entry.remedy.ends_with('.'), "{:?}: {}", entry.codes, entry.remedy);
            assert!(entry.remedy_es.len() > 10 && entry.remedy_es.ends_with('.'), "{:?}", entry.codes);
            assert_ne!(entry.remedy, entry.remedy_es);
            assert!(entry.codes.start() <= entry.codes.end());
            for other in &ALL[..position] {
                assert!(
                    entry.codes.end() < other.codes.start() || entry.codes.start() > other.codes.end(),
                    "{:?} and {:?}",
                    entry.codes,
                    other.codes
                );
            }
        }
    }

    /// The rule of every documented code, as `docs` has it: what may happen to the message, and who is told.
    #[derive(Debug, Clone, Copy, PartialEq)]
    enum Rule {
        /// Rejected before sending: again, with growing delays.
        Again,
        /// Again, but not before so many seconds.
        Later(u64),
        /// May have gone out, and is not sent again.
        Ambiguous,
        /// An explicit fault of Meta's: the receipt first, then again so many times.
        Doubt(u32),
        /// Not again.
        No,
        /// Not again, and the person wants no marketing.
        NoMarketing,
        /// Sending is paused; this metric counts.
        Pause(&'static str),
    }

    const HOUR: u64 = 3600;

    /// Codes, rule, and a word of the remedy that tells a person what to do.
    #[rustfmt::skip]
    const RULES: &[(&[i64], Rule, &str)] = &[
        (&[0, 190], Rule::Pause("TokenRejected"), "token"),
        (&[3], Rule::Pause("TokenRejected"), "permissions"),
        (&[10, 200, 230, 299], Rule::Pause("TokenRejected"), "permission"),
        (&[131_005], Rule::Pause("TokenRejected"), "access"),
        (&[1, 2], Rule::Ambiguous, "receipt"),
        (&[131_000, 131_016], Rule::Doubt(3), "by itself"),
        (&[131_057], Rule::Later(60), "minute"),
        (&[4, 80_007, 130_429, 131_056], Rule::Again, "by itself"),
        (&[131_048], Rule::Pause("AccountStopped"), "quality"),
        (&[131_049], Rule::Later(24 * HOUR), "tomorrow"),
        (&[131_064], Rule::Later(HOUR), "later"),
        (&[33], Rule::No, "line"),
        (&[100, 131_008, 131_009, 135_000], Rule::No, "mistake of the software"),
        (&[131_021], Rule::No, "recipient"),
        (&[130_472], Rule::No, "until they write"),
        (&[130_497], Rule::No, "country"),
        (&[131_026], Rule::No, "another way"),
        (&[131_030], Rule::No, "Add this one"),
        (&[131_031, 368], Rule::Pause("AccountStopped"), "appeal"),
        (&[131_037], Rule::Pause("AccountStopped"), "approval"),
        (&[131_042], Rule::Pause("AccountStopped"), "payment method"),
        (&[131_045, 133_010], Rule::Pause("AccountStopped"), "Register"),
        (&[131_047], Rule::No, "template"),
        (&[131_050], Rule::NoMarketing, "Do not send"),
        (&[131_051], Rule::No, "another one"),
        (&[131_052], Rule::Again, "again"),
        (&[131_053], Rule::No, "Change it"),
        (&[131_060], Rule::No, "another way"),
        (&[131_062], Rule::No, "phone number"),
        (&[131_055, 134_100, 134_102], Rule::No, "usual way"),
        (&[131_063], Rule::No, "Set them up"),
        (&[134_101], Rule::Later(600), "ten minutes"),
        (&[131_065], Rule::No, "Raise it"),
        (&[131_070], Rule::No, "Take it over"),
        (&[132_000], Rule::No, "exactly"),
        (&[132_001], Rule::No, "name and language"),
        (&[132_005], Rule::No, "Shorten"),
        (&[132_007], Rule::No, "approved"),
        (&[132_008, 132_012], Rule::No, "blanks"),
        (&[132_015], Rule::Later(3 * HOUR), "another"),
        (&[132_016], Rule::No, "another one"),
        (&[132_018], Rule::No, "Check it"),
        (&[132_068], Rule::No, "Fix it"),
        (&[132_069], Rule::Later(HOUR), "later"),
        (&[133_000], Rule::No, "register"),
        (&[133_004, 133_009], Rule::Later(600), "ten minutes"),
        (&[133_005], Rule::No, "PIN"),
        (&[133_006], Rule::No, "verified"),
        (&[133_008], Rule::Later(24 * HOUR), "Wait"),
        (&[133_015], Rule::Later(300), "five minutes"),
        (&[133_016], Rule::Later(72 * HOUR), "three days"),
        (&[137_000], Rule::No, "Confirm"),
        (&[138_000, 138_999, 131_020, 131_041, 131_059, 131_201, 131_215], Rule::No, "details"),
        (&[139_000, 139_004], Rule::No, "Correct"),
        (&[139_100, 139_103], Rule::No, "24 hours"),
        (&[147_001, 147_005], Rule::No, "Choose another"),
        (&[2_388_019, 2_388_040, 2_388_047, 2_388_072, 2_388_073, 2_388_293, 2_388_299], Rule::No, "Correct"),
        (&[2_494_191], Rule::No, "roles"),
        (&[2_593_107, 2_593_108], Rule::No, "again"),
    ];

    #[test]
    fn every_documented_code_follows_its_rule() {
        for (codes, rule, word) in RULES {
            for &code in *codes {
                // In the answer to a send, whatever its status, and in a `failed` status.
                for status in [Some(400), Some(401), Some(403), Some(429), Some(500), Some(503), None] {
                    let meaning = meaning(code, Some("details"), status);
                    assert!(meaning.known && meaning.code == code, "{code}");
                    let found = match meaning.action {
                        Action::Retry { .. } => Rule::Again,
                        Action::Wait { after } => Rule::Later(after.as_secs()),
                        Action::Ambiguous => Rule::Ambiguous,
                        Action::Doubt { times, .. } => Rule::Doubt(times),
                        Action::Stop if meaning.stops_marketing() => Rule::NoMarketing,
                        Action::Stop => Rule::No,
                        Action::Pause { cause } => Rule::Pause(cause.metric()),
                    };
                    assert_eq!(found, *rule, "{code} {status:?}");
                    assert!(meaning.remedy.contains(word), "{code}: {}", meaning.remedy);
                }
            }
        }
        let untold =
            |entry: &&Entry| !RULES.iter().any(|(codes, ..)| codes.iter().any(|code| entry.codes.contains(code)));
        assert_eq!(ALL.iter().find(untold).map(|entry| &entry.codes), None, "a row of the table without a rule here");
    }

    #[test]
    fn the_pair_limit_waits_powers_of_four() {
        let Action::Retry { after } = meaning(131056, None, None).action else { panic!("131056 is to be retried") };
        let delays: Vec<u64> = (0..6).map(|attempt| after.delay(attempt).as_secs()).collect();
        assert_eq!(delays, [1, 4, 16, 64, 256, 900]);
        assert_eq!(after.delay(u32::MAX).as_secs(), 900);
    }

    #[test]
    fn unknown_codes_are_never_sent_again_blindly() {
        for code in [i64::MIN, -1, 5, 199, 300, 999_999, 131_999, i64::MAX] {
            for status in [None, Some(200), Some(302), Some(400), Some(404), Some(500), Some(503), Some(599)] {
                let meaning = meaning(code, None, status);
                assert!(!meaning.known && !meaning.action.may_repeat(), "{code} {status:?}");
            }
            assert_eq!(meaning(code, None, Some(503)).action, Action::Ambiguous);
            assert_eq!(meaning(code, None, Some(400)).action, Action::Stop);
            assert!(matches!(meaning(code, None, Some(429)).action, Action::Retry { .. }));
        }
    }

    #[test]
    fn transport_failures() {
        assert!(not_sent().action.may_repeat());
        assert_eq!(no_answer().action, Action::Ambiguous);
    }
}
