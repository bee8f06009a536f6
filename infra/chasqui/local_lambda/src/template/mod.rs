//! The SAM template, resolved for one machine, so that what runs here is what SAM deploys: one source of truth.
//!
//! Parameters, conditions, references and the usual intrinsic functions are evaluated as
//! [CloudFormation documents them](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html);
//! names and ARNs are those the local services answer to. Only what this machine runs is read (functions, queues,
//! tables, schedule groups, secrets, the HTTP API); roles, alarms and logs exist as names to refer to. What changes
//! behaviour on AWS and cannot be honoured here is an error that names the place, never skipped silently.

mod document;
mod error;
mod functions;
mod http;
mod identity;
mod machine;
mod node;
mod parameters;
mod queues;
mod scope;
mod stack;
mod storage;
mod sub;

pub use error::TemplateError;
pub use machine::Machine;
pub use stack::{
    Function, HttpApi, Index, Key, Logging, Named, Queue, QueueSource, Route, Secret, Source, Stack, Table, Throttle,
};

use node::Resource;
use scope::Scope;
use std::path::Path;

/// Resource types that act at run time and that nothing here stands for.
const NOT_RUN_HERE: [&str; 10] = [
    "AWS::Lambda::Function",
    "AWS::Lambda::EventSourceMapping",
    "AWS::Serverless::Api",
    "AWS::Serverless::WebSocketApi",
    "AWS::Serverless::SimpleTable",
    "AWS::Serverless::StateMachine",
    "AWS::ApiGatewayV2::Api",
    "AWS::DynamoDB::GlobalTable",
    "AWS::Scheduler::Schedule",
    "AWS::Pipes::Pipe",
];

impl Stack {
    /// Reads a template from a file.
    ///
    /// # Errors
    /// When the file cannot be read, and as [`Stack::parse`].
    pub fn read(path: impl AsRef<Path>, machine: &Machine) -> Result<Self, TemplateError> {
        let path = path.as_ref();
        let text =
            std::fs::read_to_string(path).map_err(|source| TemplateError::Read { path: path.to_owned(), source })?;
        Self::parse(&text, machine)
    }

    /// Reads a template from its text.
    ///
    /// # Errors
    /// [`TemplateError`] names the resource and property that cannot be resolved or run here.
    pub fn parse(text: &str, machine: &Machine) -> Result<Self, TemplateError> {
        let document = document::parse(text)?;
        let scope = Scope::new(&document, machine)?;
        let mut stack = Stack {
            functions: functions::read(&scope)?,
            queues: queues::read(&scope)?,
            tables: Vec::new(),
            schedule_groups: Vec::new(),
            secrets: Vec::new(),
            buckets: Vec::new(),
            http: HttpApi::default(),
        };
        for resource in scope.resources()? {
            let named = |name: String| Named { logical_id: resource.id.clone(), name };
            match resource.kind.as_str() {
                "AWS::DynamoDB::Table" => stack.tables.push(storage::table(&resource)?),
                "AWS::SecretsManager::Secret" => stack.secrets.push(storage::secret(&resource)?),
                "AWS::Scheduler::ScheduleGroup" => stack.schedule_groups.push(named(identity::name(&resource)?)),
                "AWS::S3::Bucket" => stack.buckets.push(named(identity::name(&resource)?)),
                kind if NOT_RUN_HERE.contains(&kind) => return Err(cannot_run(&resource)),
                _ => {}
            }
        }
        stack.http = http::read(&scope, &stack.functions)?;
        queues::check_sources(&stack)?;
        Ok(stack)
    }
}

fn cannot_run(resource: &Resource<'_>) -> TemplateError {
    TemplateError::at(
        format!("{}.Type", resource.id),
        format!(
            "{} cannot be run on this machine; use the AWS::Serverless form of functions, events and HTTP APIs",
            resource.kind
        ),
    )
}
