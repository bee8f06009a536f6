//! What runs.

use std::collections::HashSet;
use std::sync::Arc;

use expression::Value;
use indexmap::IndexMap;

use super::media::Taken;
use super::{Compiler, Trigger};
use crate::engine::Step;
use crate::model::{Formula, Setting};

/// A checked journey, ready to run. Immutable; share it in an [`Arc`].
#[derive(Debug, Default)]
pub struct Program {
    pub(crate) cards: Vec<ReadyCard>,
    pub(crate) groups: Vec<Group>,
    pub(crate) triggers: Vec<Trigger>,
    pub(crate) interaction_timeout: u32,
    /// Where a conversation goes on that nobody replied in.
    pub(crate) on_timeout: Option<CardRef>,
    /// Where an answer leads that is none of the choices, when its card does not say.
    pub(crate) on_invalid: Option<CardRef>,
    pub(crate) claim_timeout: Option<u32>,
    /// The language of the texts that name none.
    pub(crate) language: Option<String>,
    /// Dictionaries and tables by their lower-case names.
    pub(crate) sheets: IndexMap<String, Value>,
    /// The profile fields it sets or reads, each once.
    pub(crate) fields: Vec<String>,
    /// The variables it sets, in lower case: those without a value yet are nothing.
    pub(crate) variables: HashSet<String>,
    /// What its questions take that is no text.
    pub(crate) taken: Taken,
}

impl Program {
    /// Why the journey starts, in source order.
    #[must_use]
    pub fn triggers(&self) -> &[Trigger] {
        &self.triggers
    }

    /// The names of the profile fields it sets or reads, each once.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().map(String::as_str)
    }

    /// Seconds without a reply after which the journey ends.
    #[must_use]
    pub fn interaction_timeout(&self) -> u32 {
        self.interaction_timeout
    }

    /// Seconds without a reply after which another journey may take the conversation over; `None`: when the journey ends.
    #[must_use]
    pub fn claim_timeout(&self) -> Option<u32> {
        self.claim_timeout
    }

    /// The language of the texts that name none, when the journey says so.
    #[must_use]
    pub fn language(&self) -> Option<&str> {
        self.language.as_deref()
    }

    pub(super) fn set(&mut self, setting: &Setting, compiler: &mut Compiler<'_>) {
        match setting {
            Setting::InteractionTimeout { seconds, then } => {
                self.interaction_timeout = *seconds;
                self.on_timeout = then.as_ref().map(|then| compiler.card(then));
            }
            Setting::ClaimTimeout(seconds) => self.claim_timeout = Some(*seconds),
            Setting::InvalidInput { then } => self.on_invalid = Some(compiler.card(then)),
            Setting::Language(code) => {
                compiler.language(code);
                self.language = Some(code.clone());
            }
            Setting::AiAutoMemory(_) | Setting::Other { .. } => {}
        }
    }

    pub(crate) fn card(&self, index: usize) -> Option<&ReadyCard> {
        self.cards.get(index)
    }
}

/// The number of a card name in [`Program::groups`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CardRef(pub(crate) u32);

impl CardRef {
    /// The name of the first card: where a journey begins.
    pub(crate) const FIRST: Self = Self(0);
}

/// The cards that share a name, as indexes into [`Program::cards`]; none for a name that is led to and not there.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) name: Arc<str>,
    pub(crate) guarded: Vec<usize>,
    pub(crate) default: Option<usize>,
}

impl Group {
    pub(super) fn new(name: &str) -> Self {
        Self { name: name.into(), guarded: Vec::new(), default: None }
    }

    /// Whether there is no card of this name.
    pub(crate) fn is_missing(&self) -> bool {
        self.guarded.is_empty() && self.default.is_none()
    }
}

/// A card, ready to run.
#[derive(Debug)]
pub(crate) struct ReadyCard {
    pub(crate) name: Arc<str>,
    pub(crate) line: u32,
    pub(crate) guard: Option<Formula>,
    /// Seconds without a reply, when it has a time of its own.
    pub(crate) timeout: Option<u32>,
    /// Where it goes on then, when it says so itself.
    pub(crate) on_timeout: Option<CardRef>,
    pub(crate) then: Option<CardRef>,
    pub(crate) steps: Vec<Placed>,
}

/// A step and its line in the notebook.
#[derive(Debug)]
pub(crate) struct Placed {
    pub(crate) line: u32,
    pub(crate) step: Box<dyn Step>,
}
