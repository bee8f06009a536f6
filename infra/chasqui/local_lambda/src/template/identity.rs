//! Names, ARNs and URLs: what `Ref` and `GetAtt` of each resource type answer, as each type documents its return values.

use super::error::TemplateError;
use super::functions;
use super::node::Resource;
use super::scope::Scope;
use sha2::{Digest, Sha256};

/// The resource's name in its service: as written, else made from the stack's name.
pub(super) fn name(resource: &Resource<'_>) -> Result<String, TemplateError> {
    let property = match resource.kind.as_str() {
        "AWS::Serverless::Function" => return functions::name(resource),
        "AWS::SQS::Queue" => "QueueName",
        "AWS::DynamoDB::Table" => "TableName",
        "AWS::S3::Bucket" => "BucketName",
        "AWS::IAM::Role" => "RoleName",
        "AWS::SNS::Topic" => "TopicName",
        "AWS::Logs::LogGroup" => "LogGroupName",
        _ => "Name",
    };
    let properties = resource.properties()?;
    if let Some(name) = properties.get(property)? {
        return name.text();
    }
    let made = format!("{}-{}", resource.scope.machine.stack_name, resource.id);
    Ok(match resource.kind.as_str() {
        "AWS::S3::Bucket" => made.to_lowercase(),
        "AWS::SQS::Queue" if properties.get("FifoQueue")?.is_some_and(|fifo| fifo.flag().unwrap_or(false)) => {
            format!("{made}.fifo")
        }
        _ => made,
    })
}

/// The value of `Ref`.
pub(super) fn reference(resource: &Resource<'_>) -> Result<String, TemplateError> {
    let machine = resource.scope.machine;
    let name = name(resource)?;
    Ok(match resource.kind.as_str() {
        "AWS::SQS::Queue" => format!("{}/{}/{name}", machine.endpoint, machine.account),
        "AWS::SNS::Topic" | "AWS::SecretsManager::Secret" => arn(resource)?,
        _ => name,
    })
}

/// The value of `Fn::GetAtt`.
pub(super) fn attribute(resource: &Resource<'_>, attribute: &str, place: &str) -> Result<String, TemplateError> {
    let name = name(resource)?;
    Ok(match (resource.kind.as_str(), attribute) {
        (_, "Arn") | ("AWS::SNS::Topic", "TopicArn") | ("AWS::SecretsManager::Secret", "Id") => arn(resource)?,
        ("AWS::SQS::Queue", "QueueName") | ("AWS::SNS::Topic", "TopicName") => name,
        ("AWS::SQS::Queue", "QueueUrl") => reference(resource)?,
        ("AWS::DynamoDB::Table", "StreamArn") => format!("{}/stream/local", arn(resource)?),
        ("AWS::IAM::Role", "RoleId") => format!("AROA{}", name.to_uppercase()),
        ("AWS::S3::Bucket", "DomainName" | "RegionalDomainName") => format!("{name}.s3.amazonaws.com"),
        ("AWS::Serverless::HttpApi", "ApiEndpoint") => format!("http://{name}"),
        (kind, other) => {
            return Err(TemplateError::at(place, format!("{kind} has no attribute {other} on this machine")));
        }
    })
}

/// The resource's ARN.
pub(super) fn arn(resource: &Resource<'_>) -> Result<String, TemplateError> {
    let machine = resource.scope.machine;
    let name = name(resource)?;
    Ok(match resource.kind.as_str() {
        "AWS::SQS::Queue" => machine.arn("sqs", &name),
        "AWS::SNS::Topic" => machine.arn("sns", &name),
        "AWS::DynamoDB::Table" => machine.arn("dynamodb", &format!("table/{name}")),
        "AWS::Serverless::Function" => machine.arn("lambda", &format!("function:{name}")),
        "AWS::SecretsManager::Secret" => {
            // Secrets Manager ends ARNs with six characters of its own. On this machine they follow from the name, so
            // that the local Secrets Manager, which knows names only, gives a secret the same ARN.
            let suffix = &hex::encode(Sha256::digest(name.as_bytes()))[..6];
            machine.arn("secretsmanager", &format!("secret:{name}-{suffix}"))
        }
        "AWS::Scheduler::ScheduleGroup" => machine.arn("scheduler", &format!("schedule-group/{name}")),
        "AWS::Logs::LogGroup" => machine.arn("logs", &format!("log-group:{name}:*")),
        "AWS::S3::Bucket" => format!("arn:aws:s3:::{name}"),
        "AWS::IAM::Role" => role_arn(resource.scope, &name),
        kind => return Err(TemplateError::at(&resource.id, format!("the ARN of {kind} is not known on this machine"))),
    })
}

/// What SAM makes on its own: `<Function>Role` of a function without a role, and the API of events without one.
pub(super) fn made_by_sam(
    scope: &Scope<'_>,
    name: &str,
    attribute: Option<&str>,
) -> Result<Option<String>, TemplateError> {
    if name == "ServerlessHttpApi" {
        return Ok(Some(name.to_owned()));
    }
    let Some(function) = name.strip_suffix("Role") else { return Ok(None) };
    let functions = scope.resources_of("AWS::Serverless::Function")?;
    if !functions.iter().any(|resource| resource.id == function) {
        return Ok(None);
    }
    let role = format!("{}-{name}", scope.machine.stack_name);
    Ok(Some(if attribute == Some("Arn") { role_arn(scope, &role) } else { role }))
}

/// IAM is one for all regions.
fn role_arn(scope: &Scope<'_>, name: &str) -> String {
    format!("arn:aws:iam::{}:role/{name}", scope.machine.account)
}
