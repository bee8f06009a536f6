//! Names that requests choose from, or are made after rules: those of `domain`, which knows nothing of OpenAPI.

use utoipa::ToSchema;

/// Whether the team still has something to do.
#[derive(ToSchema)]
#[schema(as = ConversationStatus, rename_all = "snake_case")]
#[allow(dead_code, reason = "only described; `domain::conversation::Status` is what is read")]
pub(crate) enum StatusName {
    Open,
    Done,
}

/// Who answers.
#[derive(ToSchema)]
#[schema(as = ConversationMode, rename_all = "snake_case")]
#[allow(dead_code, reason = "only described; `domain::conversation::Mode` is what is read")]
pub(crate) enum ModeName {
    Automation,
    Human,
}

/// A label: at most 256 bytes.
#[derive(ToSchema)]
#[schema(min_length = 1, max_length = 256, pattern = r"[^\s\x85]")]
#[allow(dead_code, reason = "only described")]
pub(crate) struct Label(String);

/// The name of a journey, which is also that of a file.
#[derive(ToSchema)]
#[schema(
    min_length = 1,
    max_length = 100,
    pattern = r#"^[^\s./\\:*?"<>|\x00-\x1F\x7F-\x9F]([^/\\:*?"<>|\x00-\x1F\x7F-\x9F]*[^\s./\\:*?"<>|\x00-\x1F\x7F-\x9F])?$"#
)]
#[allow(dead_code, reason = "only described; `domain::registry::check_name` is what checks it")]
pub(crate) struct JourneyName(String);

#[cfg(test)]
mod tests {
    use domain::conversation::{Mode, Status};
    use serde_json::{Value, json};
    use utoipa::PartialSchema;

    use super::*;

    /// The names that are described.
    fn names<T: PartialSchema>() -> Vec<Value> {
        serde_json::to_value(T::schema()).unwrap()["enum"].as_array().unwrap().clone()
    }

    #[test]
    fn what_is_described_is_what_is_read_and_shown() {
        assert_eq!(json!(names::<StatusName>()), json!([Status::Open, Status::Done]));
        assert_eq!(json!(names::<ModeName>()), json!([Mode::Automation, Mode::Human]));
    }
}
