//! EventBridge Scheduler as an alarm clock. Names are deterministic: setting an alarm that is already set is a success.

use aws_sdk_scheduler::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use aws_sdk_scheduler::operation::create_schedule::CreateScheduleError;
use aws_sdk_scheduler::operation::delete_schedule::DeleteScheduleError;
use aws_sdk_scheduler::types::{
    ActionAfterCompletion, DeadLetterConfig, FlexibleTimeWindow, FlexibleTimeWindowMode, SqsParameters, Target,
};
use jiff::Timestamp;

use crate::settings::{SettingError, Settings};

/// The schedules of this service, for who only stops them.
#[derive(Clone, Debug)]
pub struct ScheduleGroup {
    client: aws_sdk_scheduler::Client,
    name: String,
}

/// The schedules of this service: one group, one role.
#[derive(Clone, Debug)]
pub struct Schedules {
    group: ScheduleGroup,
    role: String,
    dead_letters: String,
}

/// What a schedule does when it fires.
#[derive(Clone, Debug)]
pub struct Aim {
    /// The ARN of a queue or a function.
    pub target: String,
    /// For a FIFO queue, the group.
    pub group: Option<String>,
    /// The text it delivers. `<aws.scheduler.scheduled-time>` in it is replaced by the time it was due.
    pub input: String,
}

/// The scheduler did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum ScheduleError {
    /// It refuses what it was asked for: an expression, a time zone, a name or an input it does not take. The same again
    /// would be refused again.
    #[error("the scheduler refuses the schedule {name}: {reason}")]
    Refused {
        /// The schedule.
        name: String,
        /// What the scheduler says is wrong with it.
        reason: String,
    },
    /// It could not be asked, or could not do it now.
    #[error("the schedule {name} could not be {action}: {cause}; the caller should try again")]
    Failed {
        /// The schedule.
        name: String,
        /// `set` or `stopped`.
        action: &'static str,
        /// What the SDK said.
        cause: String,
    },
}

impl Schedules {
    /// Reads which group and role, and where an alarm goes that the scheduler could not deliver.
    pub fn new(client: aws_sdk_scheduler::Client, settings: &Settings) -> Result<Self, SettingError> {
        Ok(Self {
            group: ScheduleGroup::new(client, settings)?,
            role: settings.required("SCHEDULE_ROLE_ARN")?,
            dead_letters: settings.required("SCHEDULE_DEAD_LETTERS_ARN")?,
        })
    }

    /// Sets an alarm for one moment. A moment that has passed rings at once: the scheduler takes past times.
    pub async fn set_alarm(&self, name: &str, at: Timestamp, aim: Aim) -> Result<(), ScheduleError> {
        let expression = format!("at({})", at.strftime("%Y-%m-%dT%H:%M:%S"));
        self.set(name, &expression, "UTC", aim).await
    }

    /// Sets a schedule by its expression (`at(…)`, `cron(…)`) in a time zone.
    pub async fn set(&self, name: &str, expression: &str, zone: &str, aim: Aim) -> Result<(), ScheduleError> {
        let failed = |cause| ScheduleError::Failed { name: name.to_owned(), action: "set", cause };
        let sqs = aim.group.map(|group| SqsParameters::builder().message_group_id(group).build());
        let target = Target::builder()
            .arn(aim.target)
            .role_arn(&self.role)
            .input(aim.input)
            .set_sqs_parameters(sqs)
            .dead_letter_config(DeadLetterConfig::builder().arn(&self.dead_letters).build())
            .build()
            .map_err(|error| failed(error.to_string()))?;
        let window = FlexibleTimeWindow::builder()
            .mode(FlexibleTimeWindowMode::Off)
            .build()
            .map_err(|error| failed(error.to_string()))?;
        let answer = self
            .group
            .client
            .create_schedule()
            .group_name(&self.group.name)
            .name(name)
            .schedule_expression(expression)
            .schedule_expression_timezone(zone)
            .flexible_time_window(window)
            .action_after_completion(ActionAfterCompletion::Delete)
            .target(target)
            .send()
            .await;
        match answer {
            Ok(_) => Ok(()),
            Err(SdkError::ServiceError(error)) if matches!(error.err(), CreateScheduleError::ConflictException(_)) => {
                Ok(())
            }
            Err(error) if error.code() == Some("ValidationException") => {
                let reason = error.message().unwrap_or("it does not say why").to_owned();
                Err(ScheduleError::Refused { name: name.to_owned(), reason })
            }
            Err(error) => Err(failed(DisplayErrorContext(&error).to_string())),
        }
    }

    /// Stops a schedule, as [`ScheduleGroup::stop`].
    pub async fn stop(&self, name: &str) -> Result<(), ScheduleError> {
        self.group.stop(name).await
    }
}

impl ScheduleGroup {
    /// Reads which group.
    pub fn new(client: aws_sdk_scheduler::Client, settings: &Settings) -> Result<Self, SettingError> {
        Ok(Self { client, name: settings.required("SCHEDULE_GROUP")? })
    }

    /// Stops a schedule. One that is not there (it has fired, or never was) is stopped already.
    pub async fn stop(&self, name: &str) -> Result<(), ScheduleError> {
        match self.client.delete_schedule().group_name(&self.name).name(name).send().await {
            Ok(_) => Ok(()),
            Err(SdkError::ServiceError(error))
                if matches!(error.err(), DeleteScheduleError::ResourceNotFoundException(_)) =>
            {
                Ok(())
            }
            Err(error) => Err(ScheduleError::Failed {
                name: name.to_owned(),
                action: "stopped",
                cause: DisplayErrorContext(&error).to_string(),
            }),
        }
    }
}
