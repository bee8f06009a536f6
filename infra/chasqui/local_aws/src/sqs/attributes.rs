//! Queue attributes: read from text, checked, and answered as text.
//!
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html>

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::aws_error::AwsError;

/// Attributes with a whole number: name, smallest, largest, default.
const NUMBERS: [(&str, i64, i64, i64); 6] = [
    ("DelaySeconds", 0, 900, 0),
    ("MaximumMessageSize", 1_024, 1_048_576, 1_048_576),
    ("MessageRetentionPeriod", 60, 1_209_600, 345_600),
    ("ReceiveMessageWaitTimeSeconds", 0, 20, 0),
    ("VisibilityTimeout", 0, 43_200, 30),
    ("KmsDataKeyReusePeriodSeconds", 60, 86_400, 300),
];

/// Attributes that are true or false.
const FLAGS: [&str; 3] = ["FifoQueue", "ContentBasedDeduplication", "SqsManagedSseEnabled"];

/// Attributes kept and answered, without effect on this machine.
const KEPT: [&str; 3] = ["Policy", "RedriveAllowPolicy", "KmsMasterKeyId"];

/// Where messages go that were received too often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Redrive {
    pub(crate) target_arn: String,
    pub(crate) max_receive_count: u32,
}

/// The attributes of one queue. Durations are in milliseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct QueueAttributes {
    text: BTreeMap<String, String>,
    pub(crate) fifo: bool,
    pub(crate) content_deduplication: bool,
    /// Whether deduplication ids are compared within a group only.
    pub(crate) deduplication_per_group: bool,
    pub(crate) delay: i64,
    pub(crate) visibility: i64,
    pub(crate) wait: i64,
    pub(crate) retention: i64,
    pub(crate) max_size: usize,
    pub(crate) redrive: Option<Redrive>,
}

impl QueueAttributes {
    /// Reads and checks the attributes of the queue `name`.
    pub(crate) fn parse(name: &str, text: BTreeMap<String, String>) -> Result<Self, AwsError> {
        let fifo = flag(&text, "FifoQueue");
        if fifo != name.ends_with(".fifo") {
            return Err(AwsError::refused(
                "InvalidParameterValue",
                "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length.",
            ));
        }
        for (key, value) in &text {
            check(key, value, fifo)?;
        }
        let per_group = text.get("DeduplicationScope").is_some_and(|scope| scope == "messageGroup");
        if text.get("FifoThroughputLimit").is_some_and(|limit| limit == "perMessageGroupId") && !per_group {
            return Err(invalid("FifoThroughputLimit", "DeduplicationScope must be messageGroup"));
        }
        let redrive = text
            .get("RedrivePolicy")
            .filter(|policy| !policy.is_empty())
            .map(|policy| parse_redrive(policy))
            .transpose()?;
        Ok(Self {
            fifo,
            content_deduplication: flag(&text, "ContentBasedDeduplication"),
            deduplication_per_group: per_group,
            delay: number(&text, "DelaySeconds") * 1_000,
            visibility: number(&text, "VisibilityTimeout") * 1_000,
            wait: number(&text, "ReceiveMessageWaitTimeSeconds") * 1_000,
            retention: number(&text, "MessageRetentionPeriod") * 1_000,
            max_size: usize::try_from(number(&text, "MaximumMessageSize")).unwrap_or(usize::MAX),
            redrive,
            text,
        })
    }

    /// What was set, as it was given.
    pub(crate) fn given(&self) -> &BTreeMap<String, String> {
        &self.text
    }

    /// What was set, with `changes` over it; a value of nothing unsets a policy.
    pub(crate) fn with(&self, name: &str, changes: BTreeMap<String, String>) -> Result<Self, AwsError> {
        if changes.get("FifoQueue").is_some_and(|value| *value != self.fifo.to_string()) {
            return Err(invalid("FifoQueue", "the type of a queue cannot change"));
        }
        let mut text = self.text.clone();
        text.extend(changes);
        Self::parse(name, text)
    }

    /// Everything GetQueueAttributes answers about the settings, defaults included.
    pub(crate) fn answered(&self) -> BTreeMap<String, String> {
        let mut answer: BTreeMap<String, String> = NUMBERS
            .iter()
            .filter(|(key, ..)| *key != "KmsDataKeyReusePeriodSeconds")
            .map(|(key, _, _, default)| ((*key).to_owned(), default.to_string()))
            .collect();
        answer.insert("SqsManagedSseEnabled".to_owned(), "true".to_owned());
        if self.fifo {
            answer.insert("ContentBasedDeduplication".to_owned(), "false".to_owned());
            answer.insert("DeduplicationScope".to_owned(), "queue".to_owned());
            answer.insert("FifoThroughputLimit".to_owned(), "perQueue".to_owned());
        }
        answer.extend(self.text.clone());
        answer.retain(|_, value| !value.is_empty());
        answer
    }
}

fn flag(text: &BTreeMap<String, String>, key: &str) -> bool {
    text.get(key).is_some_and(|value| value == "true")
}

fn number(text: &BTreeMap<String, String>, key: &str) -> i64 {
    let default = NUMBERS.iter().find(|row| row.0 == key).map_or(0, |row| row.3);
    text.get(key).and_then(|value| value.parse().ok()).unwrap_or(default)
}

fn invalid(key: &str, reason: &str) -> AwsError {
    AwsError::refused("InvalidAttributeValue", format!("Invalid value for the parameter {key}. Reason: {reason}."))
}

fn check(key: &str, value: &str, fifo: bool) -> Result<(), AwsError> {
    if let Some((_, least, most, _)) = NUMBERS.iter().find(|row| row.0 == key) {
        let inside = value.parse::<i64>().is_ok_and(|number| (*least..=*most).contains(&number));
        return if inside {
            Ok(())
        } else {
            Err(invalid(key, &format!("must be a whole number from {least} to {most}")))
        };
    }
    if FLAGS.contains(&key) {
        if !["true", "false"].contains(&value) {
            return Err(invalid(key, "must be true or false"));
        }
        if key == "ContentBasedDeduplication" && !fifo {
            return Err(unknown(key));
        }
        return Ok(());
    }
    let choices: &[&str] = match key {
        "DeduplicationScope" if fifo => &["messageGroup", "queue"],
        "FifoThroughputLimit" if fifo => &["perQueue", "perMessageGroupId"],
        // Its content is read by `parse_redrive`.
        "RedrivePolicy" => return Ok(()),
        _ if KEPT.contains(&key) => return Ok(()),
        _ => return Err(unknown(key)),
    };
    if choices.contains(&value) { Ok(()) } else { Err(invalid(key, &format!("must be one of {choices:?}"))) }
}

fn unknown(key: &str) -> AwsError {
    AwsError::refused("InvalidAttributeName", format!("Unknown Attribute {key}."))
}

fn parse_redrive(policy: &str) -> Result<Redrive, AwsError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    struct Policy {
        dead_letter_target_arn: String,
        max_receive_count: Value,
    }
    let refused =
        || invalid("RedrivePolicy", "it must be JSON with deadLetterTargetArn and a maxReceiveCount from 1 to 1000");
    let policy: Policy = serde_json::from_str(policy).map_err(|_| refused())?;
    // The console writes the count as a number, CloudFormation's clients often as text: both are accepted.
    let count = match &policy.max_receive_count {
        Value::String(text) => text.parse().ok(),
        other => other.as_u64(),
    };
    let count = count.filter(|count| (1..=1_000).contains(count)).ok_or_else(refused)?;
    Ok(Redrive {
        target_arn: policy.dead_letter_target_arn,
        max_receive_count: u32::try_from(count).unwrap_or(u32::MAX),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(name: &str, pairs: &[(&str, &str)]) -> Result<QueueAttributes, String> {
        let text = pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        QueueAttributes::parse(name, text).map_err(|error| error.name)
    }

    #[test]
    fn bad_attributes_are_refused_by_name_or_value() {
        let fifo = ("FifoQueue", "true");
        for (name, pairs, error) in [
            ("q", vec![("Colour", "red")], "InvalidAttributeName"),
            ("q", vec![("DelaySeconds", "901")], "InvalidAttributeValue"),
            ("q", vec![("VisibilityTimeout", "soon")], "InvalidAttributeValue"),
            ("q", vec![("SqsManagedSseEnabled", "yes")], "InvalidAttributeValue"),
            ("q", vec![("ContentBasedDeduplication", "true")], "InvalidAttributeName"),
            ("q", vec![("DeduplicationScope", "queue")], "InvalidAttributeName"),
            ("q", vec![("RedrivePolicy", "{}")], "InvalidAttributeValue"),
            (
                "q",
                vec![("RedrivePolicy", r#"{"deadLetterTargetArn":"a","maxReceiveCount":0}"#)],
                "InvalidAttributeValue",
            ),
            ("q.fifo", vec![], "InvalidParameterValue"),
            ("q", vec![fifo], "InvalidParameterValue"),
            ("q.fifo", vec![fifo, ("DeduplicationScope", "person")], "InvalidAttributeValue"),
            ("q.fifo", vec![fifo, ("FifoThroughputLimit", "perMessageGroupId")], "InvalidAttributeValue"),
        ] {
            assert_eq!(parse(name, &pairs), Err(error.to_owned()), "{name} {pairs:?}");
        }
    }

    #[test]
    fn settings_are_answered_with_their_defaults() {
        let queue = parse(
            "q",
            &[("VisibilityTimeout", "60"), ("RedrivePolicy", r#"{"deadLetterTargetArn":"a","maxReceiveCount":"5"}"#)],
        )
        .unwrap();
        assert_eq!(queue.visibility, 60_000);
        assert_eq!(queue.redrive.as_ref().unwrap().max_receive_count, 5);
        let answer = queue.answered();
        assert_eq!(answer["VisibilityTimeout"], "60");
        assert_eq!(answer["MessageRetentionPeriod"], "345600");
        assert!(!answer.contains_key("DeduplicationScope"));
        let changed = queue.with("q", [("RedrivePolicy".to_owned(), String::new())].into()).unwrap();
        assert_eq!(changed.redrive, None);
        assert!(queue.with("q", [("FifoQueue".to_owned(), "true".to_owned())].into()).is_err());
    }
}
