//! `POST /{phone_number_id}/messages`: planned faults around the reading and the accepting of one send.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::{Value, json};

use crate::accept;
use crate::faults::SendFault;
use crate::graph::{read_json, trace_id};
use crate::graph_error::{GraphError, asynchronous};
use crate::request;
use crate::server::Cut;
use crate::simulation::Simulation;
use crate::world::Call;

/// Longest time a connection is left hanging; clients give up long before.
const HANG: Duration = Duration::from_secs(300);

/// Answers one send, or read receipt.
pub(crate) async fn handle(simulation: &Arc<Simulation>, path: &str, request: Request) -> Response {
    let body = match read_json(request).await {
        Ok(body) => body,
        Err(error) => return answer(simulation, path, Value::Null, None, Err(error), Vec::new()),
    };
    // Faults are for messages; a read receipt is never worth one.
    let fault = if body.get("status").is_some() {
        None
    } else {
        let recipient = body.get("to").or_else(|| body.get("recipient")).and_then(Value::as_str).unwrap_or_default();
        simulation.world().send_faults.take(recipient)
    };
    match &fault {
        Some(SendFault::Error { code, http_status, message, details }) => {
            let mut error = GraphError::new(*code, details.clone().unwrap_or_default());
            if let Some(status) = http_status.and_then(|status| StatusCode::from_u16(status).ok()) {
                error.http_status = status;
            }
            if let Some(message) = message {
                error.message.clone_from(message);
            }
            return answer(simulation, path, body, fault, Err(error), Vec::new());
        }
        Some(SendFault::TimeoutBefore) => return hang(simulation, path, body, fault).await,
        Some(SendFault::ResetBefore) => return cut(simulation, path, body, fault),
        Some(SendFault::Delay { ms }) => tokio::time::sleep(Duration::from_millis(*ms)).await,
        _ => {}
    }
    let fail_later = match &fault {
        Some(SendFault::FailLater { code, details }) => Some(asynchronous(*code, details.as_deref())),
        _ => None,
    };
    let (result, ignored) = process(simulation, &body, fail_later);
    match &fault {
        Some(SendFault::TimeoutAfter) => hang(simulation, path, body, fault).await,
        Some(SendFault::ResetAfter) => cut(simulation, path, body, fault),
        Some(SendFault::Http500After) => {
            let error = GraphError::new(131_000, "Message failed to send due to an unknown error.");
            answer(simulation, path, body, fault, Err(error), ignored)
        }
        _ => answer(simulation, path, body, fault, result, ignored),
    }
}

/// Reads and accepts: one step under the lock, so that a caller who hangs up cannot leave half of it behind.
fn process(
    simulation: &Arc<Simulation>,
    body: &Value,
    fail_later: Option<Value>,
) -> (Result<Value, GraphError>, Vec<String>) {
    let now_ms = simulation.now_ms();
    match request::read(body) {
        Err(error) => (Err(error), Vec::new()),
        Ok(request::Request::Read { message_id, typing }) => {
            let person = accept::read_receipt(&mut simulation.world(), &message_id, typing, now_ms);
            if let Ok(person) = &person {
                simulation.notify("messages", Some(person));
            }
            (person.map(|_| json!({"success": true})), Vec::new())
        }
        Ok(request::Request::Message(outbound)) => {
            let ignored = outbound.ignored.clone();
            let accepted = accept::message(&mut simulation.world(), simulation.line(), *outbound, fail_later, now_ms);
            if let Ok(accepted) = &accepted {
                simulation.follow(accepted.message.clone());
                simulation.notify("messages", Some(&accepted.person));
            }
            (accepted.map(|accepted| accepted.answer), ignored)
        }
    }
}

fn answer(
    simulation: &Simulation,
    path: &str,
    body: Value,
    fault: Option<SendFault>,
    result: Result<Value, GraphError>,
    ignored: Vec<String>,
) -> Response {
    let (status, response) = match result {
        Ok(value) => (StatusCode::OK, value),
        Err(error) => (error.http_status, error.body(&trace_id())),
    };
    log(simulation, path, body, Some(status), &response, fault, ignored);
    (status, axum::Json(response)).into_response()
}

async fn hang(simulation: &Simulation, path: &str, body: Value, fault: Option<SendFault>) -> Response {
    log(simulation, path, body, None, &Value::Null, fault, Vec::new());
    let mut stopped = simulation.stopped.subscribe();
    // Whichever comes first; the caller usually hangs up, which drops this future.
    let _ = tokio::time::timeout(HANG, stopped.wait_for(|stopped| *stopped)).await;
    Cut::response()
}

fn cut(simulation: &Simulation, path: &str, body: Value, fault: Option<SendFault>) -> Response {
    log(simulation, path, body, None, &Value::Null, fault, Vec::new());
    Cut::response()
}

fn log(
    simulation: &Simulation,
    path: &str,
    body: Value,
    status: Option<StatusCode>,
    response: &Value,
    fault: Option<SendFault>,
    ignored: Vec<String>,
) {
    let mut world = simulation.world();
    let number = world.number();
    world.log_call(Call {
        number,
        at_ms: simulation.now_ms(),
        method: "POST".into(),
        path: path.to_owned(),
        body,
        status: status.map(|status| status.as_u16()),
        response: response.clone(),
        fault: fault.and_then(|fault| serde_json::to_value(fault).ok()),
        ignored,
    });
    drop(world);
    simulation.notify("log", None);
}
