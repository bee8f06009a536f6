//! Settings come from the environment that the deployment template writes. A function asks for all of its settings at
//! start, so that a missing one stops it there, by name, and not in the middle of somebody's message.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

/// The settings of this process.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    values: BTreeMap<String, String>,
}

/// A setting that is missing or unusable.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingError {
    /// Not there.
    #[error(
        "the setting {0} is missing; the deployment template gives every function its settings as environment variables"
    )]
    Missing(String),
    /// There, but not what it should be.
    #[error("the setting {name} is `{value}`, which is not {expected}")]
    Invalid {
        /// Its name.
        name: String,
        /// Its value.
        value: String,
        /// What it should be.
        expected: &'static str,
    },
}

impl Settings {
    /// The settings of the environment.
    pub fn from_environment() -> Self {
        std::env::vars().collect()
    }

    /// A setting the function cannot do without. Empty counts as missing.
    pub fn required(&self, name: &str) -> Result<String, SettingError> {
        self.optional(name).map(str::to_owned).ok_or_else(|| SettingError::Missing(name.to_owned()))
    }

    /// The setting `TIME_ZONE`, an IANA name such as `America/Bogota`; UTC when there is none.
    pub fn time_zone(&self) -> Result<TimeZone, SettingError> {
        let name = self.optional("TIME_ZONE").unwrap_or("UTC");
        TimeZone::get(name).map_err(|_| SettingError::Invalid {
            name: "TIME_ZONE".to_owned(),
            value: name.to_owned(),
            expected: "a time zone such as America/Bogota",
        })
    }

    /// A setting with a sensible absence.
    pub fn optional(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }
}

impl FromIterator<(String, String)> for Settings {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(pairs: I) -> Self {
        Self { values: pairs.into_iter().collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_or_empty_setting_is_named() {
        let settings: Settings = [("TABLE_NAME".to_owned(), String::new())].into_iter().collect();
        let error = settings.required("TABLE_NAME").unwrap_err();
        assert!(error.to_string().contains("TABLE_NAME"), "{error}");
    }
}
