//! Properties of a whole journey.

use serde::{Deserialize, Serialize};

use super::Formula;
use crate::notation::printer::{Argument, inline_call};

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
    /// Any other, or one of these with arguments that are not understood: kept as it was written, and ignored. Its arguments
    /// are the [extra](super::Item::extra) ones of its item.
    Other {
        /// Its name.
        name: String,
    },
}

impl Setting {
    /// The names of all settings: what tests and documentation enumerate.
    pub const NAMES: &[&str] = &["interaction_timeout", "claim_timeout", "invalid_input", "language", "ai_auto_memory"];

    /// The name it is written with.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Other { name } => name,
            Self::InteractionTimeout { .. } => "interaction_timeout",
            Self::ClaimTimeout(_) => "claim_timeout",
            Self::InvalidInput { .. } => "invalid_input",
            Self::Language(_) => "language",
            Self::AiAutoMemory(_) => "ai_auto_memory",
        }
    }

    /// As it is written, without what it does not know.
    pub(crate) fn line(&self) -> String {
        inline_call(self.name(), self.arguments(), None)
    }

    /// What stands between its brackets, of what it knows.
    pub(crate) fn arguments(&self) -> Vec<Argument> {
        match self {
            Self::InteractionTimeout { seconds, then } => {
                let then = then.iter().map(|then| Argument::named_raw("then", then));
                std::iter::once(Argument::raw(seconds.to_string())).chain(then).collect()
            }
            Self::ClaimTimeout(seconds) => vec![Argument::raw(seconds.to_string())],
            Self::InvalidInput { then } => vec![Argument::named_raw("then", then)],
            Self::Language(code) => vec![Argument::value(&Formula::text(code))],
            Self::AiAutoMemory(on) => vec![Argument::raw(on.to_string())],
            Self::Other { .. } => Vec::new(),
        }
    }
}
