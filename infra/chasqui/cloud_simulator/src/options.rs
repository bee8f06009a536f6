//! What a simulator is started with, and the behaviour that can be changed while it runs.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// The time the simulated world lives in.
///
/// The local machine passes its movable clock here, so that the 24-hour window, media expiry and every
/// timestamp agree with what the functions see. Delays before a receipt and retries of a webhook are *not*
/// measured on it: they are waits of the test machine and run in real time.
pub trait Clock: Send + Sync + 'static {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    fn now_ms(&self) -> i64;
    /// Moves the clock; a negative number moves it back.
    fn advance(&self, milliseconds: i64);
}

/// The system clock plus an offset that lives in memory: enough for tests and for a simulator on its own.
#[derive(Debug, Default)]
pub struct OffsetClock {
    offset_ms: AtomicI64,
}

impl Clock for OffsetClock {
    fn now_ms(&self) -> i64 {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since_epoch.as_millis())
            .unwrap_or(i64::MAX)
            .saturating_add(self.offset_ms.load(Ordering::Relaxed))
    }

    fn advance(&self, milliseconds: i64) {
        self.offset_ms.fetch_add(milliseconds, Ordering::Relaxed);
    }
}

/// The business number the simulator plays, in WhatsApp's terms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// The id in the path of `POST /{version}/{phone_number_id}/messages`.
    pub phone_number_id: String,
    /// The WhatsApp Business Account (from September 2026: the messaging account) that owns the number.
    pub waba_id: String,
    /// The number as people see it, with or without `+` and spaces.
    pub display_phone_number: String,
}

impl Line {
    /// The digits of the display number, which webhooks use as `from` of the business.
    #[must_use]
    pub fn digits(&self) -> String {
        self.display_phone_number.chars().filter(char::is_ascii_digit).collect()
    }
}

/// How to start a simulator.
#[derive(Clone)]
pub struct Options {
    /// TCP port on 127.0.0.1 of the Graph API, the control endpoints and the phone page; 0 chooses a free one.
    pub port: u16,
    /// Where signed webhooks are posted; only `http://` is spoken. `None` posts nothing (a page to look at).
    pub webhook_url: Option<String>,
    /// The app secret that signs webhooks.
    pub app_secret: String,
    /// The token of the GET handshake.
    pub verify_token: String,
    /// The Bearer token every Graph request must carry.
    pub access_token: String,
    /// The business number.
    pub line: Line,
    /// The clock; [`OffsetClock`] when there is no other.
    pub clock: Arc<dyn Clock>,
    /// Keep people, messages and templates in this file across restarts.
    pub data_file: Option<PathBuf>,
    /// How it behaves from the start; see [`Behaviour`].
    pub behaviour: Behaviour,
}

impl Options {
    /// Options of a simulator on a free port, with the system clock, nothing kept and quick receipts.
    #[must_use]
    pub fn new(line: Line, webhook_url: Option<String>) -> Self {
        Self {
            port: 0,
            webhook_url,
            app_secret: "simulated-app-secret".into(),
            verify_token: "simulated-verify-token".into(),
            access_token: "simulated-access-token".into(),
            line,
            clock: Arc::new(OffsetClock::default()),
            data_file: None,
            behaviour: Behaviour::default(),
        }
    }
}

/// What happens to a free-form message outside the 24-hour window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WindowRule {
    /// 200, then a `failed` status with 131047: what Meta does in most cases.
    Asynchronous,
    /// 400 with 131047.
    Synchronous,
    /// The window is not looked at.
    Off,
}

/// What happens to a message for a number the simulation does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnknownRecipient {
    /// The person appears, with their phone switched on.
    Create,
    /// 200, then a `failed` status with 131026, as for a number without WhatsApp.
    Undeliverable,
}

/// When the body of a webhook is written with `\u00e4` and `\/` instead of the characters themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Escaping {
    /// Plain UTF-8.
    Never,
    /// Every body.
    Always,
    /// Every second body.
    Alternate,
}

/// Everything about the simulated Meta that can be changed while it runs (`GET`/`POST /_sim/behaviour`).
///
/// A `POST` may name only the fields to change; an unknown field is refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Behaviour {
    /// Free-form messages outside the window.
    pub window_rule: WindowRule,
    /// Messages for an unknown number.
    pub unknown_recipient: UnknownRecipient,
    /// Refuse with 131056 beyond one message per 6 s to one person, after a burst of 45.
    pub pair_rate_limit: bool,
    /// Whether statuses follow on their own; `false` leaves them all to `POST /_sim/statuses`.
    pub automatic_statuses: bool,
    /// Real milliseconds from the answer to `sent` (or `failed`).
    pub sent_after_ms: u64,
    /// Real milliseconds from `sent` to `delivered`, when the phone is online.
    pub delivered_after_ms: u64,
    /// Real milliseconds from `delivered` to `read`, when the chat is open.
    pub read_after_ms: u64,
    /// Leave `delivered` out when the chat is open, as Meta may.
    pub skip_delivered_when_open: bool,
    /// Free service messages per calendar month (UTC) before `pricing.type` becomes `regular`.
    pub free_service_messages: u64,
    /// Gather updates for this many real milliseconds into one POST; 0 posts each on its own.
    pub batch_window_ms: u64,
    /// Escaping of webhook bodies.
    pub escaping: Escaping,
    /// Real milliseconds until a webhook attempt counts as failed.
    pub webhook_timeout_ms: u64,
    /// Real milliseconds before the first retry of a webhook; each further one waits twice as long.
    pub retry_first_ms: u64,
    /// Retries before a webhook is given up. Meta retries for up to 7 days; a test wants an end.
    pub retry_limit: u32,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            window_rule: WindowRule::Asynchronous,
            unknown_recipient: UnknownRecipient::Create,
            pair_rate_limit: false,
            automatic_statuses: true,
            sent_after_ms: 20,
            delivered_after_ms: 60,
            read_after_ms: 120,
            skip_delivered_when_open: false,
            free_service_messages: 1_000,
            batch_window_ms: 0,
            escaping: Escaping::Never,
            webhook_timeout_ms: 10_000,
            retry_first_ms: 250,
            retry_limit: 10,
        }
    }
}
