//! Reminders: a message or a journey start for one contact, once or again and again, in a time zone.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::alarm::Ring;
use crate::cron::Cron;
use crate::id::{ContactId, LineId, ReminderId};

/// When a reminder fires.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum When {
    /// Once, at this time of the wall clock in the reminder's time zone.
    Once {
        /// `2026-03-01T09:00:00`. A time that clocks skip is the first moment after it, one that they show twice the first.
        at: DateTime,
    },
    /// Again and again.
    Recurring {
        /// Six fields as EventBridge Scheduler takes them: minutes, hours, day of month, month, day of week, year. The
        /// scheduler alone decides when they are due: a time that does not exist on a day because clocks are put forward
        /// is left out that day, one that exists twice fires once.
        /// <https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#daylist-savings-time>
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
    /// Not a date and a time of day that come.
    #[error("`{at}` is no date and time of day, such as `2026-03-01T09:00:00`: {why}")]
    At {
        /// The text.
        at: String,
        /// What is wrong with it.
        why: String,
    },
    /// The time has passed.
    #[error("{at} in {zone} has passed; choose a later time")]
    Past {
        /// The time asked for.
        at: DateTime,
        /// In which zone.
        zone: String,
    },
    /// Not six fields that mean something.
    #[error(
        "`{cron}` is not a cron expression of six fields, minutes hours day-of-month month day-of-week year, one of the two day fields `?`: {why}"
    )]
    Cron {
        /// The expression.
        cron: String,
        /// What is wrong with it.
        why: String,
    },
    /// No day is like that.
    #[error("`{0}` never comes: there is no such day any more; correct its days, months or years")]
    Never(String),
}

impl When {
    /// Once, at `2026-03-01T09:00:00`.
    pub fn once(at: &str) -> Result<Self, InvalidReminder> {
        let read = |error: jiff::Error| InvalidReminder::At { at: at.to_owned(), why: error.to_string() };
        Ok(Self::Once { at: at.parse().map_err(read)? })
    }

    /// When EventBridge Scheduler is to ring, checked against the present moment.
    pub fn ring(&self, time_zone: &str, now: Timestamp) -> Result<Ring, InvalidReminder> {
        let zone = TimeZone::get(time_zone).map_err(|_| InvalidReminder::TimeZone(time_zone.to_owned()))?;
        match self {
            Self::Once { at } => match Ring::once(*at, &zone, time_zone) {
                Some((moment, ring)) if moment > now => Ok(ring),
                _ => Err(InvalidReminder::Past { at: *at, zone: time_zone.to_owned() }),
            },
            Self::Recurring { cron } => {
                let read = Cron::parse(cron).map_err(|why| InvalidReminder::Cron { cron: cron.clone(), why })?;
                read.next(now, &zone).ok_or_else(|| InvalidReminder::Never(cron.clone()))?;
                let fields: Vec<_> = cron.split_whitespace().collect();
                Ok(Ring { expression: format!("cron({})", fields.join(" ")), time_zone: time_zone.to_owned() })
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
        let told = |when: When, zone: &str| when.ring(zone, now).map(|ring| (ring.expression, ring.time_zone));
        let ring = |expression: &str, zone: &str| Ok((expression.to_owned(), zone.to_owned()));
        let bogota = "America/Bogota";
        assert_eq!(told(once("2026-03-01T09:00:00"), bogota), ring("at(2026-03-01T09:00:00)", bogota));
        assert_eq!(told(cron("0 9 ? * MON-FRI *"), bogota), ring("cron(0 9 ? * MON-FRI *)", bogota));
        // Skipped, and shown twice: where clocks do not tell, UTC does.
        assert_eq!(told(once("2026-03-08T02:30:00"), "America/New_York"), ring("at(2026-03-08T07:00:00)", "UTC"));
        assert_eq!(told(once("2026-11-01T01:30:00"), "America/New_York"), ring("at(2026-11-01T05:30:00)", "UTC"));
        assert!(matches!(told(once("2026-03-01T08:59:00"), bogota), Err(InvalidReminder::Past { .. })));
        assert!(matches!(told(once("2027-01-01T00:00:00"), "Bogota"), Err(InvalidReminder::TimeZone(_))));
        for bad in ["0 9 * * *", "0 9 * * * *", "0 9 ? * ? *", "0 9 ? * MON) *", "", "30 24 * * ? *", "0 17-9 * * ? *"]
        {
            assert!(matches!(told(cron(bad), "UTC"), Err(InvalidReminder::Cron { .. })), "{bad}");
        }
        for bad in ["2026-02-30T09:00:00", "2026-03-01T24:30:00", "2026-03-01T09:00:00Z", "tomorrow", ""] {
            assert!(matches!(When::once(bad), Err(InvalidReminder::At { .. })), "{bad}");
        }
        for never in ["0 9 31 2 ? *", "0 9 1 1 ? 2020", "0 9 1 3 ? 2026"] {
            assert!(matches!(told(cron(never), "UTC"), Err(InvalidReminder::Never(_))), "{never}");
        }
    }
}
