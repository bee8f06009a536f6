//! A schedule as callers give it and as it is kept, with the limits of
//! <https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html>.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::expression::Expression;
use crate::aws_error::AwsError;

/// Most bytes of a target's input.
const MAX_INPUT: usize = 262_144;

/// What CreateSchedule and UpdateSchedule take. Dates are seconds since 1970.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Settings {
    pub(crate) schedule_expression: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) schedule_expression_timezone: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) start_date: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) end_date: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) state: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) kms_key_arn: Option<String>,
    pub(crate) target: Target,
    pub(crate) flexible_time_window: FlexibleTimeWindow,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) action_after_completion: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct FlexibleTimeWindow {
    pub(crate) mode: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) maximum_window_in_minutes: Option<i64>,
}

/// What a schedule invokes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Target {
    pub(crate) arn: String,
    pub(crate) role_arn: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) input: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) retry_policy: Option<RetryPolicy>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) dead_letter_config: Option<DeadLetterConfig>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) sqs_parameters: Option<SqsParameters>,
    /// Parameters of targets that do not exist on this machine.
    #[serde(flatten)]
    pub(crate) other: Map<String, Value>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct RetryPolicy {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) maximum_event_age_in_seconds: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) maximum_retry_attempts: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DeadLetterConfig {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) arn: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SqsParameters {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) message_group_id: Option<String>,
}

/// What a target's ARN names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TargetKind<'a> {
    /// A queue, by name.
    Queue(&'a str),
    /// A function, by its whole ARN.
    Function(&'a str),
}

impl Target {
    pub(crate) fn kind(&self) -> Option<TargetKind<'_>> {
        let parts: Vec<&str> = self.arn.split(':').collect();
        match parts.as_slice() {
            ["arn", _, "sqs", _, _, name] if !name.is_empty() => Some(TargetKind::Queue(name)),
            ["arn", _, "lambda", _, _, "function", name, ..] if !name.is_empty() => {
                Some(TargetKind::Function(&self.arn))
            }
            _ => None,
        }
    }

    /// Retries after the first attempt, and the age in seconds after which none is made.
    pub(crate) fn retries(&self) -> (i64, i64) {
        let policy = self.retry_policy.as_ref();
        (
            policy.and_then(|policy| policy.maximum_retry_attempts).unwrap_or(185),
            policy.and_then(|policy| policy.maximum_event_age_in_seconds).unwrap_or(86_400),
        )
    }

    pub(crate) fn dead_letter_arn(&self) -> Option<&str> {
        self.dead_letter_config.as_ref()?.arn.as_deref()
    }
}

impl Settings {
    /// Checks every member; answers the expression.
    pub(crate) fn check(&self) -> Result<Expression, AwsError> {
        let expression = Expression::parse(&self.schedule_expression, self.schedule_expression_timezone.as_deref())
            .map_err(|error| refused(error.to_string()))?;
        choice("State", self.state.as_deref(), &["ENABLED", "DISABLED"])?;
        choice("ActionAfterCompletion", self.action_after_completion.as_deref(), &["NONE", "DELETE"])?;
        let window = &self.flexible_time_window;
        choice("FlexibleTimeWindow.Mode", Some(&window.mode), &["OFF", "FLEXIBLE"])?;
        match (window.mode.as_str(), window.maximum_window_in_minutes) {
            ("OFF", None) | ("FLEXIBLE", Some(1..=1_440)) => {}
            _ => return Err(refused("MaximumWindowInMinutes must be 1 to 1440 with FLEXIBLE, and absent with OFF.")),
        }
        if self.description.as_ref().is_some_and(|text| text.chars().count() > 512) {
            return Err(refused("Description must have at most 512 characters."));
        }
        if let (Some(start), Some(end)) = (self.start_date, self.end_date)
            && end <= start
        {
            return Err(refused("The EndDate must come after the StartDate."));
        }
        let target = &self.target;
        if target.kind().is_none() || !target.other.is_empty() {
            return Err(refused(format!(
                "Provided Arn {} is not in correct format, or its target is none that this machine has: a queue or a function.",
                target.arn
            )));
        }
        if !(target.role_arn.starts_with("arn:") && target.role_arn.contains(":role/")) {
            return Err(refused(format!("The RoleArn {} does not name a role.", target.role_arn)));
        }
        if target.input.as_ref().is_some_and(|input| input.is_empty() || input.len() > MAX_INPUT) {
            return Err(refused("Input must have 1 to 262144 bytes."));
        }
        if let (Some(TargetKind::Function(_)), Some(input)) = (target.kind(), &target.input)
            && serde_json::from_str::<serde::de::IgnoredAny>(input).is_err()
        {
            return Err(refused("Invalid JSON provided for Input of a function."));
        }
        let (attempts, age) = target.retries();
        if !(0..=185).contains(&attempts) || !(60..=86_400).contains(&age) {
            return Err(refused("MaximumRetryAttempts must be 0 to 185, MaximumEventAgeInSeconds 60 to 86400."));
        }
        if target.dead_letter_arn().is_some_and(|arn| !arn.contains(":sqs:") || arn.ends_with(".fifo")) {
            return Err(refused("DeadLetterConfig must name a standard queue."));
        }
        let group = target.sqs_parameters.as_ref().and_then(|parameters| parameters.message_group_id.as_deref());
        match (target.kind(), group) {
            (Some(TargetKind::Queue(name)), None) if name.ends_with(".fifo") => {
                Err(refused("A FIFO queue needs SqsParameters.MessageGroupId."))
            }
            (_, Some(group)) if group.is_empty() || group.len() > 128 => {
                Err(refused("MessageGroupId must have 1 to 128 characters."))
            }
            _ => Ok(expression),
        }
    }
}

pub(crate) fn refused(message: impl Into<String>) -> AwsError {
    AwsError::refused("ValidationException", message)
}

/// Names of schedules and groups: 1 to 64 letters, digits, `-`, `_` and `.`.
pub(crate) fn check_name(name: &str) -> Result<(), AwsError> {
    let good = (1..=64).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    if good { Ok(()) } else { Err(refused(format!("The name {name:?} must match [0-9a-zA-Z-_.]{{1,64}}."))) }
}

fn choice(member: &str, value: Option<&str>, choices: &[&str]) -> Result<(), AwsError> {
    match value {
        Some(value) if !choices.contains(&value) => Err(refused(format!("{member} must be one of {choices:?}."))),
        _ => Ok(()),
    }
}

/// A schedule as it is kept. Times are milliseconds since 1970, simulated clock.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Schedule {
    pub(crate) group: String,
    pub(crate) name: String,
    pub(crate) settings: Settings,
    pub(crate) created_at: i64,
    pub(crate) modified_at: i64,
    /// Token of the request that created it: a repetition of that request is no conflict.
    pub(crate) client_token: Option<String>,
    /// When it fires next; nothing if it is complete.
    pub(crate) due: Option<i64>,
}

impl Schedule {
    pub(crate) fn is_enabled(&self) -> bool {
        self.settings.state.as_deref() != Some("DISABLED")
    }

    pub(crate) fn deletes_itself(&self) -> bool {
        self.settings.action_after_completion.as_deref() == Some("DELETE")
    }

    /// First occurrence not before `from`, within the start and end dates.
    pub(crate) fn occurrence(&self, expression: &Expression, from: i64) -> Option<i64> {
        if expression.is_one_off() {
            // Start and end dates are ignored, and a time that has passed fires at once: the alarm is late, not lost.
            return expression.next(i64::MIN, 0);
        }
        let to_ms = |seconds: f64| (seconds * 1_000.0) as i64;
        let start = self.settings.start_date.map(to_ms);
        // A rate without a start date fires first when it is created.
        let anchor = start.unwrap_or(self.modified_at);
        let due = expression.next(from.max(start.unwrap_or(i64::MIN)), anchor)?;
        self.settings.end_date.map(to_ms).is_none_or(|end| due < end).then_some(due)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn settings(change: impl FnOnce(&mut Value)) -> Result<(), String> {
        let mut value = json!({
            "ScheduleExpression": "rate(1 hour)",
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "Target": {"Arn": "arn:aws:sqs:us-east-1:000000000000:q", "RoleArn": "arn:aws:iam::000000000000:role/r"},
        });
        change(&mut value);
        let settings: Settings = serde_json::from_value(value).map_err(|error| error.to_string())?;
        settings.check().map(drop).map_err(|error| error.name)
    }

    #[test]
    fn settings_outside_the_limits_are_refused() {
        assert_eq!(settings(|_| ()), Ok(()));
        let cases: [fn(&mut Value); 14] = [
            |v| v["ScheduleExpression"] = json!("soon"),
            |v| v["ScheduleExpressionTimezone"] = json!("Nowhere"),
            |v| v["State"] = json!("ON"),
            |v| v["ActionAfterCompletion"] = json!("KEEP"),
            |v| v["FlexibleTimeWindow"] = json!({"Mode": "FLEXIBLE"}),
            |v| v["FlexibleTimeWindow"] = json!({"Mode": "OFF", "MaximumWindowInMinutes": 5}),
            |v| v["StartDate"] = json!(2e9),
            |v| v["Target"]["Arn"] = json!("arn:aws:sns:us-east-1:000000000000:topic"),
            |v| v["Target"]["Arn"] = json!("arn:aws:sqs:us-east-1:000000000000:q.fifo"),
            |v| v["Target"]["RoleArn"] = json!("me"),
            |v| v["Target"]["Input"] = json!(""),
            |v| v["Target"]["RetryPolicy"] = json!({"MaximumRetryAttempts": 186}),
            |v| v["Target"]["DeadLetterConfig"] = json!({"Arn": "arn:aws:sqs:us-east-1:000000000000:d.fifo"}),
            |v| v["Target"]["EcsParameters"] = json!({}),
        ];
        for (index, change) in cases.into_iter().enumerate() {
            let result = settings(|value| {
                value["EndDate"] = json!(1e9);
                change(value);
            });
            assert_eq!(result, Err("ValidationException".to_owned()), "case {index}");
        }
        let function = |v: &mut Value| {
            v["Target"]["Arn"] = json!("arn:aws:lambda:us-east-1:000000000000:function:f");
            v["Target"]["Input"] = json!("not json");
        };
        assert_eq!(settings(function), Err("ValidationException".to_owned()));
        for name in ["", "a b", &"n".repeat(65)] {
            assert!(check_name(name).is_err(), "{name}");
        }
    }

    #[test]
    fn occurrences_stay_between_the_start_and_end_dates() {
        let schedule: Schedule = serde_json::from_value(json!({
            "group": "g", "name": "n", "created_at": 0, "modified_at": 0, "client_token": null, "due": null,
            "settings": {
                "ScheduleExpression": "rate(1 minute)", "StartDate": 100.0, "EndDate": 220.0,
                "FlexibleTimeWindow": {"Mode": "OFF"}, "Target": {"Arn": "a", "RoleArn": "r"},
            },
        }))
        .unwrap();
        let expression = Expression::parse("rate(1 minute)", None).unwrap();
        assert_eq!(schedule.occurrence(&expression, 0), Some(100_000));
        assert_eq!(schedule.occurrence(&expression, 100_001), Some(160_000));
        assert_eq!(schedule.occurrence(&expression, 160_001), None);
    }
}
