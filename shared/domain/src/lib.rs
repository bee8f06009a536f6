//! The rules of the service, in its own words: who a person is, what a conversation holds, when a free-form message
//! may be sent, who answers an inbound message, how delivery states move, what a reminder is, how journeys are edited and
//! published.
//!
//! Everything here is pure: no I/O, no clock, no randomness. What must be decided at a moment takes the moment as an
//! argument. The types are the ones that travel on the queues ([`queue`]) and rest in the table (crate `store`).

pub mod alarm;
pub mod amendment;
pub mod answer;
pub mod contact;
pub mod conversation;
pub mod cron;
pub mod dead_letter;
pub mod delivery;
pub mod id;
pub mod joined;
pub mod message;
pub mod outbox;
pub mod pause;
pub mod person;
pub mod preview;
pub mod queue;
pub mod recognition;
pub mod registry;
pub mod reminder;
pub mod room;
pub mod scope;
pub mod window;

pub use contact::Contact;
pub use conversation::{Conversation, Mode, Status};
pub use delivery::DeliveryState;
pub use id::{ContactId, ConversationId, EventId, JourneyId, LineId, MessageId, ReminderId};
pub use message::{Author, Direction, Message, MessageKey};
pub use outbox::Outbox;
pub use pause::Pause;
pub use person::{Alias, Person};
