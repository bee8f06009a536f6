//! Functions of the template: `AWS::Serverless::Function` over `Globals.Function`.

use super::error::TemplateError;
use super::identity;
use super::node::{Node, Resource};
use super::scope::Scope;
use super::stack::{Function, Logging, QueueSource, Source};
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;

/// What Lambda assumes when neither the function nor `Globals` says.
const DEFAULT_TIMEOUT_SECONDS: u64 = 3;
const DEFAULT_MEMORY_MB: u32 = 128;
const DEFAULT_STREAM_BATCH: usize = 100;

/// Properties that change what a function is or how it is reached, and that nothing here stands for.
const NOT_HONOURED: [&str; 4] = ["FunctionUrlConfig", "ImageUri", "InlineCode", "Layers"];

pub(super) fn read(scope: &Scope<'_>) -> Result<Vec<Function>, TemplateError> {
    let mut unused: Vec<&String> = scope.machine.environment.keys().collect();
    let mut functions = Vec::new();
    for resource in scope.resources_of("AWS::Serverless::Function")? {
        let mut function = function(&resource)?;
        for (name, value) in &mut function.environment {
            if let Some(local) = scope.machine.environment.get(name) {
                value.clone_from(local);
                unused.retain(|each| *each != name);
            }
        }
        functions.push(function);
    }
    match unused.first() {
        Some(name) => Err(TemplateError::at("Resources", format!("no function has a variable {name:?} to override"))),
        None => Ok(functions),
    }
}

/// A function's name in Lambda.
pub(super) fn name(resource: &Resource<'_>) -> Result<String, TemplateError> {
    if let Some(name) = resource.properties()?.get("FunctionName")? {
        return name.text();
    }
    let binary = binary(resource)?;
    for other in resource.scope.resources_of("AWS::Serverless::Function")? {
        if other.id != resource.id && self::binary(&other)? == binary {
            return Ok(resource.id.clone());
        }
    }
    Ok(binary)
}

fn binary(resource: &Resource<'_>) -> Result<String, TemplateError> {
    if let Some(binary) = resource.part("Metadata")?.find(&["BuildProperties", "Binary"])? {
        return binary.text();
    }
    let path = resource.properties()?.require("CodeUri")?;
    let text = path.text()?;
    match text.trim_end_matches('/').rsplit('/').next() {
        Some(last) if !last.is_empty() && last != "." && last != ".." => Ok(last.to_owned()),
        _ => Err(path.error("does not name the program: set Metadata.BuildProperties.Binary")),
    }
}

fn function(resource: &Resource<'_>) -> Result<Function, TemplateError> {
    let settings = Settings::of(resource)?;
    for property in NOT_HONOURED {
        if let Some(node) = settings.get(property)? {
            return Err(node.error("is not honoured on this machine; use a plain binary with events of the template"));
        }
    }
    let timeout = settings.get("Timeout")?.map_or(Ok(DEFAULT_TIMEOUT_SECONDS), |node| node.number())?;
    Ok(Function {
        logical_id: resource.id.clone(),
        name: name(resource)?,
        binary: binary(resource)?,
        arn: identity::arn(resource)?,
        timeout: Duration::from_secs(timeout),
        memory_mb: settings.get("MemorySize")?.map_or(Ok(DEFAULT_MEMORY_MB), |node| node.number())?,
        reserved_concurrency: match settings.get("ReservedConcurrentExecutions")? {
            Some(reserved) => Some(reserved.number()?),
            None => None,
        },
        environment: environment(&settings)?,
        logging: logging(&settings)?,
        sources: sources(&settings.own)?,
        retry_attempts: match settings.own.find(&["EventInvokeConfig", "MaximumRetryAttempts"])? {
            Some(attempts) => attempts.number()?,
            None => 2,
        },
        on_failure: match settings.own.find(&["EventInvokeConfig", "DestinationConfig", "OnFailure", "Destination"])? {
            Some(destination) => Some(destination.text()?),
            None => None,
        },
    })
}

/// A function's own properties over those of `Globals.Function`.
struct Settings<'s> {
    own: Node<'s>,
    global: Option<Node<'s>>,
}

impl<'s> Settings<'s> {
    fn of(resource: &Resource<'s>) -> Result<Self, TemplateError> {
        let global = match resource.scope.section("Globals").and_then(|globals| globals.get("Function")) {
            Some(raw) => resource.scope.node(raw, "Globals.Function".into())?,
            None => None,
        };
        Ok(Self { own: resource.properties()?, global })
    }

    fn get(&self, name: &str) -> Result<Option<Node<'s>>, TemplateError> {
        match (self.own.get(name)?, &self.global) {
            (None, Some(global)) => global.get(name),
            (own, _) => Ok(own),
        }
    }

    /// The same map of both, `Globals` first: SAM merges them.
    fn both(&self, path: &[&str]) -> Result<Vec<Node<'s>>, TemplateError> {
        let global = match &self.global {
            Some(global) => global.find(path)?,
            None => None,
        };
        Ok(global.into_iter().chain(self.own.find(path)?).collect())
    }
}

fn environment(settings: &Settings<'_>) -> Result<BTreeMap<String, String>, TemplateError> {
    let mut environment = BTreeMap::new();
    for variables in settings.both(&["Environment", "Variables"])? {
        for (name, value) in variables.entries()? {
            // Lambda refuses to deploy a function that sets what Lambda sets.
            if name.starts_with("AWS_LAMBDA_")
                || ["AWS_REGION", "_HANDLER", "LAMBDA_TASK_ROOT"].contains(&name.as_str())
            {
                return Err(value.error("is a variable that Lambda sets itself"));
            }
            environment.insert(name, value.text()?);
        }
    }
    Ok(environment)
}

fn logging(settings: &Settings<'_>) -> Result<Logging, TemplateError> {
    let mut logging = Logging::default();
    for node in settings.both(&["LoggingConfig"])? {
        let text = |name: &str| node.get(name)?.map(|value| value.text()).transpose();
        logging = Logging {
            format: text("LogFormat")?.or(logging.format),
            level: text("ApplicationLogLevel")?.or(logging.level),
            group: text("LogGroup")?.or(logging.group),
        };
    }
    Ok(logging)
}

fn sources(function: &Node<'_>) -> Result<Vec<Source>, TemplateError> {
    let Some(events) = function.get("Events")? else { return Ok(Vec::new()) };
    let mut sources = Vec::new();
    for (_, event) in events.entries()? {
        let kind = event.require("Type")?;
        let properties = match event.get("Properties")? {
            Some(properties) => properties,
            None => Node { scope: event.scope, place: event.place.clone(), value: Value::Object(Default::default()) },
        };
        if properties.get("Enabled")?.is_some_and(|enabled| enabled.flag().is_ok_and(|on| !on)) {
            continue;
        }
        sources.push(match kind.text()?.as_str() {
            "SQS" => Source::Queue(queue_source(&properties)?),
            "HttpApi" => http_source(&properties)?,
            "DynamoDB" => Source::Stream {
                arn: properties.require("Stream")?.text()?,
                batch_size: properties.get("BatchSize")?.map_or(Ok(DEFAULT_STREAM_BATCH), |node| node.number())?,
            },
            "ScheduleV2" | "Schedule" => schedule_source(&properties)?,
            other => {
                let reason = format!(
                    "{other} events cannot be run on this machine; it has SQS, HttpApi, DynamoDB and ScheduleV2"
                );
                return Err(kind.error(reason));
            }
        });
    }
    Ok(sources)
}

fn queue_source(properties: &Node<'_>) -> Result<QueueSource, TemplateError> {
    if let Some(filter) = properties.get("FilterCriteria")? {
        return Err(filter.error("messages are not filtered on this machine"));
    }
    let report_failures = match properties.get("FunctionResponseTypes")? {
        Some(types) => types
            .items()?
            .iter()
            .map(Node::text)
            .collect::<Result<Vec<_>, _>>()?
            .iter()
            .any(|kind| kind == "ReportBatchItemFailures"),
        None => false,
    };
    let concurrency = properties.find(&["ScalingConfig", "MaximumConcurrency"])?;
    let maximum_concurrency = concurrency.as_ref().map(Node::number).transpose()?;
    if let (Some(node), Some(0 | 1)) = (&concurrency, maximum_concurrency) {
        return Err(node.error("must be 2 to 1000"));
    }
    let batch_size = properties.get("BatchSize")?;
    let source = QueueSource {
        arn: properties.require("Queue")?.text()?,
        batch_size: batch_size.as_ref().map_or(Ok(10), Node::number)?,
        window: Duration::from_secs(
            properties.get("MaximumBatchingWindowInSeconds")?.map_or(Ok(0), |node| node.number())?,
        ),
        report_failures,
        maximum_concurrency,
    };
    match batch_size {
        Some(node) if !(1..=10_000).contains(&source.batch_size) => Err(node.error("must be 1 to 10000")),
        _ => Ok(source),
    }
}

fn http_source(properties: &Node<'_>) -> Result<Source, TemplateError> {
    if let Some(auth) = properties.get("Auth")? {
        return Err(auth.error("authorizers of the gateway do not run on this machine; let the function verify tokens"));
    }
    let path = properties.get("Path")?.map_or(Ok("$default".to_owned()), |node| node.text())?;
    let method = properties.get("Method")?.map_or(Ok("ANY".to_owned()), |node| node.text())?.to_uppercase();
    if !path.starts_with('/') && path != "$default" {
        return Err(properties.error(format!("Path {path:?} must begin with /")));
    }
    Ok(Source::Http { method: if method == "*" { "ANY".into() } else { method }, path })
}

fn schedule_source(properties: &Node<'_>) -> Result<Source, TemplateError> {
    let expression = match properties.get("ScheduleExpression")? {
        Some(expression) => expression,
        None => properties.require("Schedule")?,
    };
    Ok(Source::Schedule {
        expression: expression.text()?,
        time_zone: properties.get("ScheduleExpressionTimezone")?.map(|node| node.text()).transpose()?,
        input: properties.get("Input")?.map(|node| node.text()).transpose()?,
    })
}
