//! Properties of a whole journey.

use serde::{Deserialize, Serialize};

use super::Formula;

/// A property of the whole journey.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Setting {
    /// `interaction_timeout(300)`: seconds without a reply after which the journey ends, or with `then: Card` goes on there.
    InteractionTimeout {
        /// Seconds, 1 or more.
        seconds: u32,
        /// `then:`, the card that follows.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        then: Option<String>,
    },
    /// `claim_timeout(120)`: seconds without a reply after which another journey may take the conversation over, though
    /// this one still waits. As long as the interaction timeout when it is not said.
    ClaimTimeout(u32),
    /// `invalid_input(then: Card)`: where an answer leads that is none of the choices, when its card does not say. When
    /// that card ends, the question is asked again.
    InvalidInput {
        /// The card.
        then: String,
    },
    /// `language("es")`: the language the texts are in that name none.
    Language(String),
    /// `ai_auto_memory(false)`.
    AiAutoMemory(bool),
}

impl Setting {
    /// The names of all settings: what tests and documentation enumerate.
    pub const NAMES: &[&str] = &["interaction_timeout", "claim_timeout", "invalid_input", "language", "ai_auto_memory"];

    /// As it is written.
    pub(crate) fn line(&self) -> String {
        match self {
            Self::InteractionTimeout { seconds, then: Some(then) } => {
                format!("interaction_timeout({seconds}, then: {then})")
            }
            Self::InteractionTimeout { seconds, then: None } => format!("interaction_timeout({seconds})"),
            Self::ClaimTimeout(seconds) => format!("claim_timeout({seconds})"),
            Self::InvalidInput { then } => format!("invalid_input(then: {then})"),
            Self::Language(code) => format!("language({})", Formula::text(code)),
            Self::AiAutoMemory(on) => format!("ai_auto_memory({on})"),
        }
    }
}
