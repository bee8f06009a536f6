//! Reminders: a message or a journey start for one contact, once or again and again, in a time zone.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::id::{ContactId, LineId, ReminderId};

/// When a reminder fires.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum When {
    /// Once, at this time of the wall clock in the reminder's time zone.
    Once {
        /// `2026-03-01T09:00:00`
        at: DateTime,
    },
    /// Again and again.
    Recurring {
        /// Six fields as EventBridge Scheduler takes them: minutes, hours, day of month, month, day of week, year.
        /// <https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#cron-based>
        cron: String,
    },
}

/// What a reminder does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Action {
    /// Sends a message.
    Message {
        /// The message in the Cloud API's own shape; outside the window only a template can be sent.
        message: Value,
        /// The template to send instead when the window is closed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fallback: Option<Value>,
    },
    /// Starts a journey.
    Journey {
        /// The journey, by id or name.
        journey: String,
    },
}

/// Where a reminder stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReminderState {
    /// Waiting for its time.
    Scheduled,
    /// A one-off reminder that has fired.
    Fired,
    /// Cancelled; it will not fire.
    Cancelled,
    /// A one-off reminder that could not be carried out, however often it was tried. It fires when its dead letter is
    /// sent on its way again.
    Failed,
}

impl ReminderState {
    /// The states from which a reminder comes into this one.
    pub fn comes_from(self) -> &'static [Self] {
        match self {
            Self::Scheduled => &[],
            Self::Fired => &[Self::Scheduled, Self::Failed],
            Self::Cancelled | Self::Failed => &[Self::Scheduled],
        }
    }
}

/// A reminder for one contact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reminder {
    /// Its id; also the name of its schedule.
    pub id: ReminderId,
    /// The line it is sent from.
    pub line: LineId,
    /// For whom.
    pub contact: ContactId,
    /// When.
    pub when: When,
    /// The time zone of `when`, an IANA name (`America/Bogota`).
    pub time_zone: String,
    /// What it does.
    pub action: Action,
    /// Where it stands.
    pub state: ReminderState,
    /// Who created it.
    pub created_by: String,
    /// When it was created.
    pub created_at: Timestamp,
    /// The latest firing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fired_at: Option<Timestamp>,
}

/// A reminder that cannot be scheduled, and why.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidReminder {
    /// The zone is not an IANA name.
    #[error("`{0}` is not a time zone; use an IANA name such as `America/Bogota`")]
    TimeZone(String),
    /// The time has passed.
    #[error("{at} in {zone} has passed; choose a later time")]
    Past {
        /// The time asked for.
        at: DateTime,
        /// In which zone.
        zone: String,
    },
    /// Not six fields.
    #[error(
        "`{0}` is not a cron expression of six fields: minutes hours day-of-month month day-of-week year, one of the two day fields `?`"
    )]
    Cron(String),
}

impl When {
    /// The schedule expression EventBridge Scheduler takes, checked against the present moment.
    pub fn expression(&self, time_zone: &str, now: Timestamp) -> Result<String, InvalidReminder> {
        let zone = TimeZone::get(time_zone).map_err(|_| InvalidReminder::TimeZone(time_zone.to_owned()))?;
        match self {
            Self::Once { at } => {
                let moment = zone.to_ambiguous_timestamp(*at).compatible();
                match moment {
                    Ok(moment) if moment > now => Ok(format!("at({})", at.strftime("%Y-%m-%dT%H:%M:%S"))),
                    _ => Err(InvalidReminder::Past { at: *at, zone: time_zone.to_owned() }),
                }
            }
            Self::Recurring { cron } => {
                let fields: Vec<_> = cron.split_whitespace().collect();
                let plain = |field: &str| field.bytes().all(|b| b.is_ascii_alphanumeric() || b"*?,-/#".contains(&b));
                let valid = fields.len() == 6
                    && fields.iter().all(|field| plain(field))
                    && ((fields[2] == "?") != (fields[4] == "?"));
                if valid { Ok(format!("cron({})", fields.join(" "))) } else { Err(InvalidReminder::Cron(cron.clone())) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_what_the_scheduler_takes() {
        let now: Timestamp = "2026-03-01T13:59:00Z".parse().unwrap();
        let once = |at: &str| When::Once { at: at.parse().unwrap() };
        let cron = |cron: &str| When::Recurring { cron: cron.into() };
        assert_eq!(once("2026-03-01T09:00:00").expression("America/Bogota", now).unwrap(), "at(2026-03-01T09:00:00)");
        assert_eq!(cron("0 9 ? * MON-FRI *").expression("America/Bogota", now).unwrap(), "cron(0 9 ? * MON-FRI *)");
        assert!(matches!(
            once("2026-03-01T08:59:00").expression("America/Bogota", now),
            Err(InvalidReminder::Past { .. })
        ));
        assert!(matches!(once("2027-01-01T00:00:00").expression("Bogota", now), Err(InvalidReminder::TimeZone(_))));
        for bad in ["0 9 * * *", "0 9 * * * *", "0 9 ? * ? *", "0 9 ? * MON) *", ""] {
            assert!(matches!(cron(bad).expression("UTC", now), Err(InvalidReminder::Cron(_))), "{bad}");
        }
    }
}
