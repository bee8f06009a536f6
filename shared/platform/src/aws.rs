//! AWS clients, built from what Lambda puts into the environment.
//!
//! The `aws-config` crate is left out on purpose: its credential chain and default HTTPS client double the binary and
//! the start-up, and Lambda gives credentials and region in the environment anyway. The variables are the standard
//! ones, `AWS_ENDPOINT_URL` among them.

use aws_credential_types::Credentials;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};

use crate::settings::{SettingError, Settings};

/// Region, credentials, endpoint and HTTP client, shared by every AWS client of the process.
#[derive(Clone)]
pub struct Aws {
    region: String,
    credentials: Credentials,
    endpoint: Option<String>,
    http: aws_smithy_runtime_api::client::http::SharedHttpClient,
}

macro_rules! client {
    ($(#[$doc:meta])* $method:ident, $sdk:ident) => {
        $(#[$doc])*
        pub fn $method(&self) -> $sdk::Client {
            let mut config = $sdk::Config::builder()
                .behavior_version($sdk::config::BehaviorVersion::latest())
                .region($sdk::config::Region::new(self.region.clone()))
                .credentials_provider(self.credentials.clone())
                .http_client(self.http.clone())
                // Bodies are small and calls have Lambda's deadline: watching how fast each one flows is only work.
                .stalled_stream_protection($sdk::config::StalledStreamProtectionConfig::disabled());
            config.set_endpoint_url(self.endpoint.clone());
            $sdk::Client::from_conf(config.build())
        }
    };
}

impl Aws {
    /// Reads the environment.
    pub fn new(settings: &Settings) -> Result<Self, SettingError> {
        let credentials = Credentials::new(
            settings.required("AWS_ACCESS_KEY_ID")?,
            settings.required("AWS_SECRET_ACCESS_KEY")?,
            settings.optional("AWS_SESSION_TOKEN").map(str::to_owned),
            None,
            "environment",
        );
        let endpoint = settings.optional("AWS_ENDPOINT_URL").map(str::to_owned);
        // A plain endpoint needs no TLS, and reading the root certificates is a good part of a cold start.
        let plain = endpoint.as_deref().is_some_and(|url| url.starts_with("http://"));
        let http = aws_smithy_http_client::Builder::new();
        let http =
            if plain { http.build_http() } else { http.tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https() };
        Ok(Self { region: settings.required("AWS_REGION")?, credentials, endpoint, http })
    }

    client! {
        /// DynamoDB.
        dynamodb, aws_sdk_dynamodb
    }
    client! {
        /// SQS.
        sqs, aws_sdk_sqs
    }
    client! {
        /// EventBridge Scheduler.
        scheduler, aws_sdk_scheduler
    }
    client! {
        /// Secrets Manager.
        secrets_manager, aws_sdk_secretsmanager
    }
}
