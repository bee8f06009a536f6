//! Scheduler as the SDKs speak it: restJson 1, with the name in the path.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Group, Key, Scheduler,
    model::{Schedule, Settings},
    no_schedule,
};
use crate::{aws_error::AwsError, call::Service};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Put {
    group_name: Option<String>,
    client_token: Option<String>,
    #[serde(flatten)]
    settings: Settings,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct NewGroup {
    client_token: Option<String>,
}

/// Answers one request.
pub(crate) fn answer(
    scheduler: &Scheduler,
    operation: &str,
    path: &str,
    query: &str,
    body: &[u8],
) -> Result<Value, AwsError> {
    let name = || decode(path.trim_matches('/').split('/').nth(1).unwrap_or_default());
    let key = || (parameter(query, "groupName").unwrap_or_else(default_group), name());
    Ok(match operation {
        "CreateSchedule" | "UpdateSchedule" => {
            let request: Put = serde_json::from_slice(body).map_err(|error| AwsError::unreadable(&error))?;
            let key: Key = (request.group_name.unwrap_or_else(default_group), name());
            let arn = scheduler.arn(&key);
            scheduler.put(key, request.settings, request.client_token, operation == "UpdateSchedule")?;
            json!({ "ScheduleArn": arn })
        }
        "GetSchedule" => {
            let key = key();
            let store = scheduler.store();
            store.group(&key.0)?;
            let schedule = store.schedules.get(&key).ok_or_else(|| no_schedule(&key.1))?;
            described(schedule, scheduler.arn(&key))
        }
        "DeleteSchedule" => {
            scheduler.delete(key())?;
            json!({})
        }
        "ListSchedules" => list_schedules(scheduler, query)?,
        "CreateScheduleGroup" => {
            let request: NewGroup = serde_json::from_slice(body).map_err(|error| AwsError::unreadable(&error))?;
            scheduler.create_group(&name(), request.client_token)?;
            json!({ "ScheduleGroupArn": scheduler.group_arn(&name()) })
        }
        "GetScheduleGroup" => {
            let store = scheduler.store();
            group_described(scheduler, store.group(&name())?)
        }
        "DeleteScheduleGroup" => {
            scheduler.delete_group(&name())?;
            json!({})
        }
        "ListScheduleGroups" => {
            let store = scheduler.store();
            let groups: Vec<Value> = store.groups.values().map(|group| group_described(scheduler, group)).collect();
            json!({ "ScheduleGroups": groups })
        }
        other => return Err(AwsError::unknown_operation(Service::Scheduler, other)),
    })
}

fn default_group() -> String {
    "default".to_owned()
}

fn list_schedules(scheduler: &Scheduler, query: &str) -> Result<Value, AwsError> {
    let store = scheduler.store();
    let group = parameter(query, "ScheduleGroup");
    if let Some(group) = &group {
        store.group(group)?;
    }
    let prefix = parameter(query, "NamePrefix").unwrap_or_default();
    let state = parameter(query, "State");
    let max = parameter(query, "MaxResults").and_then(|max| max.parse().ok()).unwrap_or(100_usize).clamp(1, 100);
    // The token is the key after which the next page starts.
    let after = parameter(query, "NextToken").and_then(|token| {
        let (group, name) = token.split_once('/')?;
        Some((group.to_owned(), name.to_owned()))
    });
    let state_of = |schedule: &Schedule| if schedule.is_enabled() { "ENABLED" } else { "DISABLED" };
    let mut matching = store.schedules.iter().filter(|(key, schedule)| {
        after.as_ref().is_none_or(|after| *key > after)
            && group.as_ref().is_none_or(|group| *group == key.0)
            && key.1.starts_with(&prefix)
            && state.as_ref().is_none_or(|state| state == state_of(schedule))
    });
    let page: Vec<(&Key, &Schedule)> = matching.by_ref().take(max).collect();
    let next = page.last().filter(|_| matching.next().is_some()).map(|(key, _)| format!("{}/{}", key.0, key.1));
    let schedules: Vec<Value> = page
        .iter()
        .map(|(key, schedule)| {
            json!({
                "Arn": scheduler.arn(key), "Name": key.1, "GroupName": key.0, "State": state_of(schedule),
                "CreationDate": seconds(schedule.created_at), "LastModificationDate": seconds(schedule.modified_at),
                "Target": { "Arn": schedule.settings.target.arn },
            })
        })
        .collect();
    Ok(json!({ "Schedules": schedules, "NextToken": next }))
}

fn described(schedule: &Schedule, arn: String) -> Value {
    let mut answer = json!(schedule.settings);
    answer["Arn"] = json!(arn);
    answer["Name"] = json!(schedule.name);
    answer["GroupName"] = json!(schedule.group);
    answer["CreationDate"] = seconds(schedule.created_at);
    answer["LastModificationDate"] = seconds(schedule.modified_at);
    for (member, default) in
        [("State", "ENABLED"), ("ScheduleExpressionTimezone", "UTC"), ("ActionAfterCompletion", "NONE")]
    {
        if answer[member].is_null() {
            answer[member] = json!(default);
        }
    }
    answer
}

fn group_described(scheduler: &Scheduler, group: &Group) -> Value {
    json!({
        "Arn": scheduler.group_arn(&group.name), "Name": group.name, "State": "ACTIVE",
        "CreationDate": seconds(group.created_at), "LastModificationDate": seconds(group.created_at),
    })
}

/// Milliseconds as the number of seconds that restJson writes.
fn seconds(milliseconds: i64) -> Value {
    json!(milliseconds as f64 / 1_000.0)
}

fn parameter(query: &str, name: &str) -> Option<String> {
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| decode(value))
}

/// Percent-decoding; what is not valid stays as it is.
fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let byte = bytes
            .get(at..at + 3)
            .filter(|part| part[0] == b'%')
            .and_then(|part| std::str::from_utf8(&part[1..]).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        decoded.push(byte.unwrap_or(bytes[at]));
        at += if byte.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_decoded() {
        assert_eq!(parameter("a=1&groupName=x%20y%2Fz", "groupName").as_deref(), Some("x y/z"));
        assert_eq!(parameter("a=1", "groupName"), None);
        assert_eq!(decode("50%"), "50%");
        assert_eq!(decode("%zz%c3%b1"), "%zzñ");
    }
}
