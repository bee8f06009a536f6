//! What can be wrong with a template, and where.

use std::path::PathBuf;

/// Why a template cannot be run on this machine.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// The file could not be read.
    #[error("cannot read the template {}: {source}", path.display())]
    Read {
        /// The file that was asked for.
        path: PathBuf,
        /// What the operating system answered.
        source: std::io::Error,
    },
    /// The text is not YAML (a duplicate key counts as an error, as in CloudFormation).
    #[error("the template is not valid YAML: {0}")]
    Yaml(#[from] serde_norway::Error),
    /// Something in the template has no meaning here.
    #[error("{place}: {reason}")]
    Invalid {
        /// Dotted path in the template: `JourneysFunction.Properties.Timeout`.
        place: String,
        /// What is wrong and what would be right.
        reason: String,
    },
}

impl TemplateError {
    pub(crate) fn at(place: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Invalid { place: place.into(), reason: reason.into() }
    }
}
