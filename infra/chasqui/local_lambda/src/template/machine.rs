//! What AWS would fill in: region, account, addresses, and the values chosen at deployment.

use std::collections::BTreeMap;

/// The one machine a template is resolved for.
#[derive(Debug, Clone)]
pub struct Machine {
    /// `AWS::Region`.
    pub region: String,
    /// `AWS::AccountId`, 12 digits.
    pub account: String,
    /// `AWS::StackName`; names that the template leaves out begin with it.
    pub stack_name: String,
    /// Where DynamoDB, SQS, Scheduler and Secrets Manager answer: `http://127.0.0.1:4566`. Queue URLs begin with it.
    pub endpoint: String,
    /// Values of parameters, instead of their defaults. A name the template does not declare is an error.
    pub parameters: BTreeMap<String, String>,
    /// Variables that differ on this machine, such as the address of the Cloud API. A name that no function of the
    /// template sets is an error, so that a renamed variable does not silently reach the real service.
    pub environment: BTreeMap<String, String>,
}

impl Machine {
    /// A machine whose services answer at `endpoint`, with every parameter at its default.
    pub fn new(endpoint: impl Into<String>) -> Self {
        Self {
            region: "us-east-1".into(),
            account: "000000000000".into(),
            stack_name: "chasqui".into(),
            endpoint: endpoint.into().trim_end_matches('/').to_owned(),
            parameters: BTreeMap::new(),
            environment: BTreeMap::new(),
        }
    }

    /// `arn:aws:<service>:<region>:<account>:<resource>`.
    pub(crate) fn arn(&self, service: &str, resource: &str) -> String {
        format!("arn:aws:{service}:{}:{}:{resource}", self.region, self.account)
    }
}
