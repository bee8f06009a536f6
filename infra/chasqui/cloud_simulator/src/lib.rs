//! A simulated WhatsApp Cloud API with a phone in the browser.
//!
//! It stands at the network boundary: the sender calls it instead of `https://graph.facebook.com`, and it posts signed
//! webhooks as Meta does. Requests are checked by code of its own, written from Meta's documentation and not from the
//! product's renderer, so that a message it accepts is one WhatsApp would accept. Where the documentation is silent
//! it takes the strict side (lengths count UTF-16 units, for example).
//!
//! ```no_run
//! # async fn example() -> Result<(), cloud_simulator::SimulatorError> {
//! use cloud_simulator::{CloudSimulator, Line, Options};
//! let line = Line { phone_number_id: "106540352242922".into(), waba_id: "102290129340398".into(), display_phone_number: "+57 601 555 0100".into() };
//! let simulator = CloudSimulator::start(Options::new(line, Some("http://127.0.0.1:3000/webhook".into()))).await?;
//! let graph_url = simulator.url(); // GRAPH_URL of the sender; open it in a browser to see the phone
//! # let _ = graph_url;
//! simulator.stop().await
//! # }
//! ```
//!
//! # What it plays
//!
//! | path | |
//! |---|---|
//! | `POST /{version}/{phone_number_id}/messages` | text, media, location, contacts, reaction, interactive, template; read receipt and typing |
//! | `POST /{version}/{phone_number_id}/media`, `GET`/`DELETE /{version}/{media_id}` | upload, download address (5 minutes, needs the token) |
//! | `GET /{version}/{phone_number_id}`, `GET /{version}/{waba_id}/phone_numbers` | the number |
//! | `GET`/`POST`/`DELETE /{version}/{waba_id}/message_templates` | a registry with some approved templates |
//! | `GET`/`POST /{version}/{waba_id}/subscribed_apps` | with `override_callback_uri`, verified by the GET handshake |
//! | `GET /` | the phone |
//!
//! A repeated send is sent twice: there is no idempotency key, as in reality. Groups, calls, catalogues, Flows'
//! data endpoint and analytics are not played.
//!
//! # Control: `/_sim`
//!
//! Used by tests and by the phone page. Bodies are JSON; an unknown key is refused with 400 and `{"error": "…"}`.
//! Times ending in `at_ms` are on the simulated clock; delays are real milliseconds.
//!
//! **People**
//! ```text
//! POST /_sim/people                      {"name": "Ana", "phone": "573001112233"}    a made-up user id comes with it
//!                                        {"name": "Bea", "phone": null}              known by user id only
//!                                        {"phone": "57…", "user_id": ""}             without a user id, as before 2026
//!                                        more: id, parent_user_id, username, hides_phone
//! GET  /_sim/people                      everybody, with the last message
//! GET  /_sim/people/{id}
//! POST /_sim/people/{id}                 {"online": false} {"chat_open": true} {"hides_phone": true} {"on_whatsapp": false}
//!                                        {"blocks_business": true} {"refuses_marketing": true} {"name": "…"} {"username": "…"}
//! GET  /_sim/people/{id}/messages        the conversation in order, with ticks; `?at_least=2&wait_ms=5000` waits until the
//!                                        phone shows two messages of the business
//! POST /_sim/people/{id}/number          {"phone": "573009998877"}   system message user_changed_number
//! POST /_sim/people/{id}/user_id                                     system message user_changed_user_id
//! ```
//!
//! **Writing as a person**: `POST /_sim/people/{id}/messages`, answered `{"id": "wamid…"}`
//! ```text
//! {"text": "hola"}                                     {"text": "a reply", "reply_to": "wamid…"}
//! {"tap": "Sí"}                                        a button, list row or quick reply by title or id, newest message first
//! {"tap": {"message_id": "wamid…", "id": "yes"}}
//! {"image": {"base64": "…", "mime_type": "image/png", "caption": "…"}}    also video, audio {voice}, document {filename},
//!                                                      sticker {animated}; without base64 a picture of one pixel
//! {"location": {"latitude": 4.6, "longitude": -74.08}} {"contacts": […]} {"reaction": {"message_id": "wamid…", "emoji": "👍"}}
//! {"flow": {"answer": 1}}                              answers the newest flow message
//! {"raw": {"type": "order", "order": {…}}}             any item of `messages`; what is missing is filled in
//! with any of them: "forwarded": true, "referral": {…}, "age_ms": 90000000 (written then, told now)
//! ```
//!
//! **Sends that go wrong**: `GET`/`POST`/`DELETE /_sim/faults`, one fault or `{"faults": […]}`, used up in order
//! ```text
//! {"kind": "error", "code": 131056, "times": 2}        optional: http_status, message, details, to
//! {"kind": "timeout_before"}   {"kind": "timeout_after"}   hangs; the second one sent the message
//! {"kind": "reset_before"}     {"kind": "reset_after"}     cuts the connection
//! {"kind": "http_500_after"}   {"kind": "delay", "ms": 800}
//! {"kind": "fail_later", "code": 131049}               200, then a failed status
//! ```
//!
//! **Webhooks that go wrong**: `GET`/`POST /_sim/webhooks/faults`
//! ```text
//! {"kind": "repeat", "times": 2, "after_ms": 0}        the next POST again, byte for byte
//! {"kind": "unsigned"} {"kind": "wrong_signature"} {"kind": "malformed_item"}
//! {"kind": "gather", "count": 3, "reversed": true, "one_post": false, "only": "status"}    "message", "status" or both
//! {"kind": "drop_statuses", "count": 1} {"kind": "repeat_statuses", "count": 1, "copies": 2}
//! POST /_sim/webhooks/hold       {"messages": true, "statuses": true}
//! POST /_sim/webhooks/release    {"reversed": false, "one_post": false}
//! GET  /_sim/webhooks            what was posted, and each attempt
//! POST /_sim/webhooks/{number}/repeat
//! POST /_sim/webhooks            {"body": {…} or "text", "signature": "valid" | "none" | "wrong"}
//! POST /_sim/statuses            {"message_id": "wamid…", "status": "delivered", "times": 1, "error_code": 131026, "at_ms": 0}
//! POST /_sim/changes             {"field": "account_update", "value": {…}}
//! ```
//!
//! **The rest**
//! ```text
//! GET/POST /_sim/clock           {"advance_ms": 86400000}
//! GET/POST /_sim/behaviour       any fields of [`Behaviour`]: {"window_rule": "synchronous"}
//! GET/POST /_sim/templates       adds an approved template
//! POST /_sim/templates/{name}/{language}    {"status": "PAUSED"}   also tells message_template_status_update
//! GET /_sim/log                  calls of the Graph API; GET /_sim/status; POST /_sim/verify; GET /_sim/events (SSE)
//! ```

mod accept;
mod control;
mod control_people;
mod delivery;
mod faults;
mod graph;
mod graph_error;
mod inbound;
mod media;
mod message;
mod options;
mod people;
mod request;
mod send;
mod server;
mod signature;
mod simulation;
mod start;
mod templates;
mod webhook;
mod world;

pub use options::{Behaviour, Clock, Escaping, Line, OffsetClock, Options, UnknownRecipient, WindowRule};
pub use simulation::Handshake;
pub use start::{CloudSimulator, Handle, SimulatorError};
