//! What an error of the Cloud API means and what to do about it.
//!
//! The same codes arrive in the answer to a send and, later, in a `failed` status. Branch on the code: titles change
//! without notice. Where the safe reaction is in doubt, a message is not sent again: the Cloud API has no idempotency
//! key, and a message lost is seen and repeated by a person, while a message doubled is not taken back.
//!
//! Source: <https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes>

mod table;

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
    /// Never send this message again as it is.
    Stop,
    /// Never send this message again as it is, and tell the team now: until somebody acts, the next ones fail too.
    Alarm,
    /// It may have gone out. Do not send it again; wait for the status that carries its callback data.
    Ambiguous,
}

impl Action {
    /// Whether the same message may be sent again without a person deciding so.
    pub fn may_repeat(&self) -> bool {
        matches!(self, Self::Retry { .. } | Self::Wait { .. })
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
            Action::Alarm,
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

    #[test]
    fn every_documented_code_is_known() {
        let documented = [
            0, 190, 3, 10, 200, 250, 299, 131005, 1, 2, 131000, 131016, 131057, 4, 80007, 130429, 131056, 131048,
            131049, 131064, 33, 100, 131008, 131009, 131021, 135000, 130472, 130497, 131026, 131030, 131031, 368,
            131037, 131045, 133010, 131042, 131047, 131050, 131051, 131052, 131053, 131062, 131063, 131055, 134100,
            134101, 134102, 131065, 131070, 132000, 132001, 132005, 132007, 132008, 132012, 132015, 132016, 132018,
            132068, 132069, 133000, 133004, 133005, 133006, 133008, 133009, 133015, 133016, 137000, 138000, 138999,
            139000, 139004, 139100, 139103, 131020, 131041, 131059, 131060, 131201, 131215, 147001, 147005, 2388040,
            2388047, 2388072, 2388073, 2388293, 2388299, 2388019, 2494191, 2593107, 2593108,
        ];
        for code in documented {
            let meaning = meaning(code, Some("details"), None);
            assert!(meaning.known, "{code}");
            assert_eq!(meaning.code, code);
        }
    }

    #[test]
    fn the_actions_that_matter_most() {
        let after = |code| match meaning(code, None, None).action {
            Action::Wait { after } => Some(after.as_secs()),
            _ => None,
        };
        for code in [190, 131031, 368, 131042] {
            assert_eq!(meaning(code, None, Some(401)).action, Action::Alarm, "{code}");
        }
        for code in [1, 2, 131000, 131016] {
            assert_eq!(meaning(code, None, Some(500)).action, Action::Ambiguous, "{code}");
            assert_eq!(meaning(code, None, Some(400)).action, Action::Ambiguous, "{code}");
        }
        for code in [4, 80007, 130429, 131056] {
            assert!(matches!(meaning(code, None, None).action, Action::Retry { .. }), "{code}");
        }
        for code in [131047, 131050, 131026, 132001, 100, 131062] {
            assert_eq!(meaning(code, None, Some(400)).action, Action::Stop, "{code}");
        }
        assert_eq!(after(131049), Some(24 * 3600));
        assert_eq!(after(133015), Some(300));
        assert_eq!(after(131057), Some(60));
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
