//! The people of the simulation: who they are to WhatsApp, and the state of their phone.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Messages one person may get at once before the pair rate limit starts to count.
const PAIR_BURST: f64 = 45.0;
/// Milliseconds after which one more message to the same person is allowed.
const PAIR_INTERVAL_MS: f64 = 6_000.0;
/// How long "typing…" stays when no message follows.
pub(crate) const TYPING_MS: i64 = 25_000;
/// The customer-service window after a person's last message.
pub(crate) const WINDOW_MS: i64 = 24 * 60 * 60 * 1_000;

/// What a test or the phone page says about a new person; everything is optional.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct NewPerson {
    pub(crate) id: Option<String>,
    pub(crate) name: Option<String>,
    /// A number, or `null` for a person WhatsApp shows by user id only.
    pub(crate) phone: Option<String>,
    /// A business-scoped user id; left out it is made up, `""` makes a person without one.
    pub(crate) user_id: Option<String>,
    pub(crate) parent_user_id: Option<String>,
    pub(crate) username: Option<String>,
    pub(crate) hides_phone: bool,
}

/// Changes to a person; a key that is left out stays as it is.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct PersonChange {
    pub(crate) name: Option<String>,
    pub(crate) username: Option<String>,
    pub(crate) hides_phone: Option<bool>,
    pub(crate) online: Option<bool>,
    pub(crate) chat_open: Option<bool>,
    pub(crate) on_whatsapp: Option<bool>,
    pub(crate) blocks_business: Option<bool>,
    pub(crate) refuses_marketing: Option<bool>,
}

/// One person with WhatsApp (or without, see `on_whatsapp`).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Person {
    /// Name of the person inside the simulator.
    pub(crate) id: String,
    /// Profile name.
    pub(crate) name: String,
    /// Digits with country code.
    pub(crate) phone: Option<String>,
    pub(crate) user_id: Option<String>,
    pub(crate) parent_user_id: Option<String>,
    pub(crate) username: Option<String>,
    /// Webhooks leave the number out although there is one.
    pub(crate) hides_phone: bool,
    /// Messages reach the phone.
    pub(crate) online: bool,
    /// The chat with the business is on the screen, so what arrives is read.
    pub(crate) chat_open: bool,
    pub(crate) on_whatsapp: bool,
    pub(crate) blocks_business: bool,
    pub(crate) refuses_marketing: bool,
    /// Timestamp of the newest message the person wrote.
    pub(crate) last_inbound_ms: Option<i64>,
    pub(crate) typing_until_ms: Option<i64>,
    /// Ids of all messages with the business, in the order they were accepted or written.
    pub(crate) thread: Vec<String>,
    pair_tokens: f64,
    pair_at_ms: i64,
    user_id_generation: u32,
}

impl Person {
    pub(crate) fn new(new: NewPerson, id: String, phone: Option<String>, now_ms: i64) -> Self {
        let seed = phone.clone().unwrap_or_else(|| id.clone());
        let user_id = match new.user_id {
            Some(given) if given.is_empty() => None,
            Some(given) => Some(given),
            None => Some(made_up_user_id(&seed, 0)),
        };
        let name = new.name.unwrap_or_else(|| phone.as_ref().map_or_else(|| id.clone(), |digits| format!("+{digits}")));
        Self {
            id,
            name,
            phone,
            user_id,
            parent_user_id: new.parent_user_id,
            username: new.username,
            hides_phone: new.hides_phone,
            online: true,
            chat_open: false,
            on_whatsapp: true,
            blocks_business: false,
            refuses_marketing: false,
            last_inbound_ms: None,
            typing_until_ms: None,
            thread: Vec::new(),
            pair_tokens: PAIR_BURST,
            pair_at_ms: now_ms,
            user_id_generation: 0,
        }
    }

    pub(crate) fn change(&mut self, change: PersonChange) {
        fn set<T>(slot: &mut T, value: Option<T>) {
            if let Some(value) = value {
                *slot = value;
            }
        }
        set(&mut self.name, change.name);
        if let Some(username) = change.username {
            self.username = Some(username).filter(|name| !name.is_empty());
        }
        set(&mut self.hides_phone, change.hides_phone);
        set(&mut self.online, change.online);
        set(&mut self.chat_open, change.chat_open);
        set(&mut self.on_whatsapp, change.on_whatsapp);
        set(&mut self.blocks_business, change.blocks_business);
        set(&mut self.refuses_marketing, change.refuses_marketing);
    }

    /// The number as webhooks and answers show it: absent when the person hides it.
    pub(crate) fn visible_phone(&self) -> Option<&str> {
        self.phone.as_deref().filter(|_| !self.hides_phone)
    }

    /// When the 24-hour window closes; it is closed at that very millisecond.
    pub(crate) fn window_expires_ms(&self) -> Option<i64> {
        self.last_inbound_ms.map(|last| last + WINDOW_MS)
    }

    pub(crate) fn window_is_open(&self, now_ms: i64) -> bool {
        self.window_expires_ms().is_some_and(|expires| now_ms < expires)
    }

    pub(crate) fn is_typed_to(&self, now_ms: i64) -> bool {
        self.typing_until_ms.is_some_and(|until| now_ms < until)
    }

    /// Takes one message from the pair quota; false when there is none left.
    pub(crate) fn take_pair_token(&mut self, now_ms: i64) -> bool {
        let elapsed = (now_ms - self.pair_at_ms).max(0);
        // Precise enough: a burst is refilled after 270 s.
        #[allow(clippy::cast_precision_loss)]
        let refill = elapsed as f64 / PAIR_INTERVAL_MS;
        self.pair_tokens = (self.pair_tokens + refill).min(PAIR_BURST);
        self.pair_at_ms = now_ms;
        if self.pair_tokens < 1.0 {
            return false;
        }
        self.pair_tokens -= 1.0;
        true
    }

    /// Gives the person a new user id, as WhatsApp does when the number changes; returns the old one.
    pub(crate) fn rotate_user_id(&mut self) -> Option<String> {
        self.user_id_generation += 1;
        let seed = self.phone.clone().unwrap_or_else(|| self.id.clone());
        let next = self.user_id.is_some().then(|| made_up_user_id(&seed, self.user_id_generation));
        std::mem::replace(&mut self.user_id, next)
    }

    /// The item of a webhook's `contacts`.
    pub(crate) fn contact_block(&self) -> Value {
        let mut profile = json!({"name": self.name});
        if let Some(username) = &self.username {
            profile["username"] = username.as_str().into();
        }
        let mut contact = json!({"profile": profile});
        for (key, value) in [
            ("wa_id", self.visible_phone()),
            ("user_id", self.user_id.as_deref()),
            ("parent_user_id", self.parent_user_id.as_deref()),
        ] {
            if let Some(value) = value {
                contact[key] = value.into();
            }
        }
        contact
    }

    /// What `GET /_sim/people` shows.
    pub(crate) fn view(&self, now_ms: i64) -> Value {
        json!({
            "id": self.id, "name": self.name, "phone": self.phone, "user_id": self.user_id,
            "parent_user_id": self.parent_user_id, "username": self.username, "hides_phone": self.hides_phone,
            "online": self.online, "chat_open": self.chat_open, "on_whatsapp": self.on_whatsapp,
            "blocks_business": self.blocks_business, "refuses_marketing": self.refuses_marketing,
            "typing": self.is_typed_to(now_ms),
            "window": {"open": self.window_is_open(now_ms), "expires_at_ms": self.window_expires_ms()},
            "messages": self.thread.len(),
        })
    }
}

/// `CO.` and 19 digits, the same for the same seed on every run.
fn made_up_user_id(seed: &str, generation: u32) -> String {
    let digest = Sha256::digest(format!("{seed}/{generation}"));
    let number = digest.iter().take(8).fold(0_u64, |sum, byte| (sum << 8) | u64::from(*byte));
    format!("CO.1{:018}", number % 1_000_000_000_000_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(new: NewPerson, phone: Option<&str>) -> Person {
        Person::new(new, "p".into(), phone.map(str::to_owned), 0)
    }

    #[test]
    fn the_window_is_closed_at_24_hours_sharp() {
        let mut ana = person(NewPerson::default(), Some("573001112233"));
        assert!(!ana.window_is_open(0));
        ana.last_inbound_ms = Some(1_000);
        assert!(ana.window_is_open(1_000 + WINDOW_MS - 1));
        assert!(!ana.window_is_open(1_000 + WINDOW_MS));
    }

    #[test]
    fn pair_limit_is_a_burst_of_45_then_one_in_six_seconds() {
        let mut ana = person(NewPerson::default(), Some("573001112233"));
        assert_eq!((0..60).filter(|_| ana.take_pair_token(0)).count(), 45);
        assert!(!ana.take_pair_token(5_999));
        assert!(ana.take_pair_token(6_001));
        assert!(!ana.take_pair_token(6_002));
    }

    #[test]
    fn contact_blocks_leave_out_what_is_hidden() {
        let ana = person(
            NewPerson { hides_phone: true, username: Some("ana".into()), ..NewPerson::default() },
            Some("573001112233"),
        );
        let block = ana.contact_block();
        assert!(block.get("wa_id").is_none());
        assert_eq!(block["profile"]["username"], "ana");
        assert!(crate::request::is_user_id(block["user_id"].as_str().unwrap()));
        let old = person(NewPerson { user_id: Some(String::new()), ..NewPerson::default() }, Some("573001112233"));
        assert_eq!(old.contact_block(), json!({"profile": {"name": "+573001112233"}, "wa_id": "573001112233"}));
    }

    #[test]
    fn rotation_gives_another_id_and_returns_the_old_one() {
        let mut ana = person(NewPerson::default(), Some("573001112233"));
        let first = ana.user_id.clone();
        assert_eq!(ana.rotate_user_id(), first);
        assert_ne!(ana.user_id, first);
        let mut without =
            person(NewPerson { user_id: Some(String::new()), ..NewPerson::default() }, Some("573001112233"));
        assert_eq!((without.rotate_user_id(), without.user_id), (None, None));
    }
}
