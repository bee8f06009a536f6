//! Secrets as the functions read them.

use aws_credential_types::Credentials;
use aws_sdk_secretsmanager::error::ProvideErrorMetadata;

use crate::{client, start, start_in};

#[tokio::test]
async fn a_secret_is_found_by_name_or_arn_in_its_versions() {
    let aws = start().await;
    let client = client!(aws_sdk_secretsmanager, aws.endpoint(), "local-webhook-1");
    let missing = client.get_secret_value().secret_id("none").send().await.unwrap_err();
    assert!(missing.into_service_error().is_resource_not_found_exception());
    let created = client.create_secret().name("graph").secret_string("one").send().await.unwrap();
    let again = client.create_secret().name("graph").secret_string("other").send().await.unwrap_err();
    assert!(again.into_service_error().is_resource_exists_exception());
    let bad = client.create_secret().name("a b").secret_string("x").send().await.unwrap_err();
    assert!(bad.into_service_error().is_invalid_parameter_exception());
    let arn = created.arn().unwrap();
    let put = client.put_secret_value().secret_id(arn).secret_string("two").send().await.unwrap();
    let value = client.get_secret_value().secret_id("graph").send().await.unwrap();
    assert_eq!((value.secret_string(), value.version_id()), (Some("two"), put.version_id()));
    let previous = client.get_secret_value().secret_id(arn).version_stage("AWSPREVIOUS").send().await.unwrap();
    assert_eq!(previous.secret_string(), Some("one"));
    let described = client.describe_secret().secret_id(arn).send().await.unwrap();
    assert_eq!(described.version_ids_to_stages().unwrap()[put.version_id().unwrap()], ["AWSCURRENT"]);
    let unknown = client.list_secrets().send().await.unwrap_err();
    assert_eq!(unknown.code(), Some("UnknownOperationException"));
}

#[tokio::test]
async fn a_secret_set_in_process_is_read_by_the_sdk_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let aws = start_in(folder.path()).await;
    let arn = aws.secrets().set("webhook", r#"{"verify_token":"v"}"#).unwrap();
    aws.stop();
    let aws = start_in(folder.path()).await;
    let client = client!(aws_sdk_secretsmanager, aws.endpoint(), "local-webhook-1");
    let value = client.get_secret_value().secret_id(arn).send().await.unwrap();
    assert_eq!(value.secret_string(), Some(r#"{"verify_token":"v"}"#));
}
