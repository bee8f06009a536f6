//! Properties of a whole journey.

use serde::{Deserialize, Serialize};

use super::Formula;

/// A property of the whole journey.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Setting {
    /// `interaction_timeout(300)`: seconds without a reply after which the journey ends, or with `then: Card` goes on there.
    /// A card may have its own for its questions and the journeys it runs: `card Age, timeout: 60, on_timeout: Late do`.
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

    /// The name it is written with.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::InteractionTimeout { .. } => "interaction_timeout",
            Self::ClaimTimeout(_) => "claim_timeout",
            Self::InvalidInput { .. } => "invalid_input",
            Self::Language(_) => "language",
            Self::AiAutoMemory(_) => "ai_auto_memory",
        }
    }

    /// As it is written.
    pub(crate) fn line(&self) -> String {
        let arguments = match self {
            Self::InteractionTimeout { seconds, then: Some(then) } => format!("{seconds}, then: {then}"),
            Self::InteractionTimeout { seconds, then: None } | Self::ClaimTimeout(seconds) => seconds.to_string(),
            Self::InvalidInput { then } => format!("then: {then}"),
            Self::Language(code) => Formula::text(code).to_string(),
            Self::AiAutoMemory(on) => on.to_string(),
        };
        format!("{}({arguments})", self.name())
    }
}
