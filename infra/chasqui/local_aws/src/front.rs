//! The one port: tells the services apart, lets armed faults strike, and counts every request.

use std::{convert::Infallible, sync::Arc};

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinSet};
use uuid::Uuid;

use crate::{
    LocalAws,
    aws_error::AwsError,
    call::{Call, Service, access_key_id, target},
    faults::{Action, Fault, When},
    scheduler, sqs,
    usage::Spent,
};

/// Largest request body, in bytes: that of DynamoDB's batches.
const MAX_BODY: usize = 16 * 1024 * 1024;

/// Refuses to answer: the connection is closed instead.
#[derive(Debug, thiserror::Error)]
#[error("the connection is dropped by a fault")]
struct Hangup;

/// Accepts connections until the future is dropped.
pub(crate) async fn serve(listener: TcpListener, aws: LocalAws) {
    let aws = Arc::new(aws);
    // Dropped with this future: then no connection goes on serving.
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                // Too many open files, most likely: wait for some to close.
                tracing::warn!(%error, "a connection was not accepted");
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                continue;
            }
        };
        let _ = stream.set_nodelay(true);
        let aws = aws.clone();
        connections.spawn(async move {
            let service = hyper::service::service_fn(move |request| {
                let aws = aws.clone();
                async move { answer(&aws, request).await }
            });
            let connection = hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .serve_connection(TokioIo::new(stream), service);
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended");
            }
        });
    }
}

async fn answer(aws: &LocalAws, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Hangup> {
    let (parts, body) = request.into_parts();
    let Ok(body) = Limited::new(body, MAX_BODY).collect().await else {
        return Ok(plain(StatusCode::PAYLOAD_TOO_LARGE, "the body is larger than 16 MB"));
    };
    let body = body.to_bytes();
    let path = parts.uri.path();
    if path.starts_with("/_local/") {
        // A web page in the developer's browser must not reach these.
        if parts.headers.contains_key(header::ORIGIN) {
            return Ok(plain(StatusCode::FORBIDDEN, "this control is not for web pages"));
        }
        return Ok(control(aws, &parts.method, path, &body));
    }
    let Some((service, operation)) = target(&parts.method, path, &parts.headers) else {
        let error = AwsError::refused("UnknownOperationException", "no service of this machine takes this request");
        return Ok(error.into_response(Service::DynamoDb));
    };
    let mut call = Call { service, operation, access_key_id: access_key_id(&parts.headers).to_owned(), body };
    let fault = aws.faults().take(&call);
    let mut failed_entries = Vec::new();
    if let Some(fault) = &fault {
        tracing::info!(?fault, operation = %call.operation, caller = %call.caller(), "a fault strikes");
        if fault.action == Action::Partial {
            failed_entries = split_batch(&mut call, fault.matches.as_deref().unwrap_or_default());
        } else if fault.when == When::Before
            && let Some(response) = strike(aws, fault, &call).await?
        {
            aws.usage().record(
                call.caller(),
                call.service,
                &call.operation,
                Spent { failed: true, ..Spent::default() },
            );
            return Ok(response);
        }
    }
    let query = parts.uri.query().unwrap_or_default();
    let mut response = if failed_entries.is_empty() || !batch_is_empty(&call.body) {
        dispatch(aws, &call, path, query, &parts.headers).await
    } else {
        json_response(service, &json!({ "Successful": [], "Failed": [] }))
    };
    if !failed_entries.is_empty() {
        response = with_failed(response, failed_entries).await;
    }
    if let Some(fault) = fault.filter(|fault| fault.when == When::After)
        && let Some(response) = strike(aws, &fault, &call).await?
    {
        return Ok(response);
    }
    if let Ok(id) = HeaderValue::from_str(&Uuid::new_v4().to_string()) {
        response.headers_mut().entry("x-amzn-requestid").or_insert(id);
    }
    Ok(response)
}

/// Lets the service answer, and counts what it cost.
async fn dispatch(
    aws: &LocalAws,
    call: &Call,
    path: &str,
    query: &str,
    headers: &http::HeaderMap,
) -> Response<Full<Bytes>> {
    let mut spent = Spent { request_bytes: call.body.len() as u64, ..Spent::default() };
    let result = match call.service {
        Service::DynamoDb => {
            let (response, units) = aws.dynamodb().answer(&call.operation, headers, &call.body).await;
            spent.failed = response.status() != StatusCode::OK;
            (spent.read_units, spent.write_units) = (units.read, units.write);
            aws.usage().record(call.caller(), call.service, &call.operation, spent);
            return response;
        }
        // SQS counts for itself: its payload is what is billed, and in-process callers are counted alike.
        Service::Sqs => {
            let queues = aws.sqs().called_by(call.caller());
            let answer = sqs::wire::answer(&queues, &call.operation, &call.body, &aws.endpoint()).await;
            return rendered(call.service, answer);
        }
        Service::Scheduler => scheduler::wire::answer(aws.scheduler(), &call.operation, path, query, &call.body),
        Service::SecretsManager => aws.secrets().answer(&call.operation, &call.body),
    };
    spent.failed = result.is_err();
    aws.usage().record(call.caller(), call.service, &call.operation, spent);
    rendered(call.service, result)
}

fn rendered(service: Service, result: Result<Value, AwsError>) -> Response<Full<Bytes>> {
    match result {
        Ok(value) => json_response(service, &value),
        Err(error) => {
            tracing::debug!(%error, service = service.name(), "a request is refused");
            error.into_response(service)
        }
    }
}

fn json_response(service: Service, value: &Value) -> Response<Full<Bytes>> {
    let content_type = match service {
        Service::DynamoDb | Service::Sqs => "application/x-amz-json-1.0",
        Service::SecretsManager => "application/x-amz-json-1.1",
        Service::Scheduler => "application/json",
    };
    let mut response = Response::new(Full::new(Bytes::from(value.to_string())));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// Lets a fault strike: an answer in place of the service's, none to go on, or a hangup.
async fn strike(aws: &LocalAws, fault: &Fault, call: &Call) -> Result<Option<Response<Full<Bytes>>>, Hangup> {
    match &fault.action {
        Action::KillCaller => {
            aws.kill(&call.access_key_id);
            Err(Hangup)
        }
        Action::DropConnection => Err(Hangup),
        Action::Error { name, status } => {
            let error = AwsError { status: *status, ..AwsError::refused(name, "an injected fault") };
            Ok(Some(error.into_response(call.service)))
        }
        Action::Delay(delay) => {
            tokio::time::sleep(*delay).await;
            Ok(None)
        }
        Action::Partial => Ok(None),
    }
}

/// Takes the entries that contain `text` out of a batch request; answers their ids.
fn split_batch(call: &mut Call, text: &str) -> Vec<String> {
    let Ok(mut request) = serde_json::from_slice::<Value>(&call.body) else { return Vec::new() };
    let mut failed = Vec::new();
    if let Some(entries) = request.get_mut("Entries").and_then(Value::as_array_mut) {
        entries.retain(|entry| {
            // The text may stand in a body that is itself JSON, where the request escapes its quotes.
            let body = entry.get("MessageBody").and_then(Value::as_str).unwrap_or_default();
            let hit = body.contains(text) || entry.to_string().contains(text);
            if hit {
                failed.push(entry.get("Id").and_then(Value::as_str).unwrap_or_default().to_owned());
            }
            !hit
        });
    }
    call.body = Bytes::from(request.to_string());
    failed
}

fn batch_is_empty(body: &[u8]) -> bool {
    serde_json::from_slice::<Value>(body).is_ok_and(|request| request["Entries"].as_array().is_some_and(Vec::is_empty))
}

/// Adds the entries that a fault failed to the answer of a batch.
async fn with_failed(response: Response<Full<Bytes>>, ids: Vec<String>) -> Response<Full<Bytes>> {
    let (mut parts, body) = response.into_parts();
    let bytes = body.collect().await.map_or_else(|never: Infallible| match never {}, |body| body.to_bytes());
    let Ok(mut answer) = serde_json::from_slice::<Value>(&bytes) else {
        return Response::from_parts(parts, Full::new(bytes));
    };
    let failed = ids
        .into_iter()
        .map(|id| json!({ "Id": id, "SenderFault": false, "Code": "InternalError", "Message": "an injected fault" }));
    if let Some(entries) = answer.get_mut("Failed").and_then(Value::as_array_mut) {
        entries.extend(failed);
    }
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Full::new(Bytes::from(answer.to_string())))
}

/// The controls of this machine: faults and usage.
fn control(aws: &LocalAws, method: &Method, path: &str, body: &[u8]) -> Response<Full<Bytes>> {
    let done = || plain(StatusCode::NO_CONTENT, "");
    match (path, method.as_str()) {
        ("/_local/faults", "POST") => {
            let fault = serde_json::from_slice::<Fault>(body).map_err(|error| error.to_string());
            match fault.and_then(|fault| aws.faults().add(fault)) {
                Ok(()) => done(),
                Err(problem) => plain(StatusCode::BAD_REQUEST, &problem),
            }
        }
        ("/_local/faults", "GET") => json_response(Service::Scheduler, &json!(aws.faults().armed())),
        ("/_local/faults", "DELETE") => {
            aws.faults().clear();
            done()
        }
        ("/_local/usage", "GET") => json_response(Service::Scheduler, &json!({ "rows": aws.usage().rows() })),
        ("/_local/usage", "DELETE") => {
            aws.usage().reset();
            done()
        }
        _ => plain(StatusCode::NOT_FOUND, "use GET, POST or DELETE /_local/faults, GET or DELETE /_local/usage"),
    }
}

fn plain(status: StatusCode, text: &str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::copy_from_slice(text.as_bytes())));
    *response.status_mut() = status;
    response
}
