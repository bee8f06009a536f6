//! The Graph API paths of WhatsApp: dispatch, the Bearer token, and every path but sending.

use std::sync::{Arc, PoisonError};

use axum::body::Body;
use axum::extract::{FromRequest, Multipart, Request, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, Method, StatusCode, header};
use serde_json::{Value, json};

use crate::delivery::{client, verify};
use crate::graph_error::GraphError;
use crate::media::{ADDRESS_MS, Media};
use crate::send;
use crate::simulation::{Handshake, Simulation};
use crate::templates::Template;
use crate::webhook::{Update, UpdateKind};
use crate::world::Call;

/// The largest body read: the limit of a document, and a little for its envelope.
pub(crate) const LARGEST_BODY: usize = 101 << 20;

type Answer = Result<Value, GraphError>;

/// Everything below the API's root.
pub(crate) async fn handle(State(simulation): State<Arc<Simulation>>, request: Request) -> Response {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    let rest = match segments.split_first() {
        Some((version, rest)) if is_version(version) => rest,
        _ => return refuse(&simulation, &method, &path, GraphError::unknown_path(&path)),
    };
    if let Err(error) = authorised(&simulation, request.headers()) {
        return refuse(&simulation, &method, &path, error);
    }
    if let (&Method::POST, [id, "messages"]) = (&method, rest) {
        if *id != simulation.line().phone_number_id {
            return refuse(&simulation, &method, &path, GraphError::no_object("POST", id));
        }
        return send::handle(&simulation, &path, request).await;
    }
    let (answer, body) = other(&simulation, &method, rest, request).await;
    let (status, response) = match answer {
        Ok(value) => (StatusCode::OK, value),
        Err(error) => (error.http_status, error.body(&trace_id())),
    };
    log(&simulation, &method, &path, body, Some(status), &response);
    (status, axum::Json(response)).into_response()
}

async fn other(simulation: &Arc<Simulation>, method: &Method, rest: &[&str], request: Request) -> (Answer, Value) {
    let line = simulation.line().clone();
    let query = Query::of(&request);
    let missing = |id: &str| Err(GraphError::no_object(method.as_str(), id));
    match (method.as_str(), rest) {
        ("GET", [id]) if *id == line.phone_number_id => (Ok(phone_number(simulation)), Value::Null),
        ("GET", [id]) if *id == line.waba_id => (
            Ok(json!({"id": line.waba_id, "name": "Simulated organisation", "timezone_id": "1", "currency": "USD"})),
            Value::Null,
        ),
        ("GET", [id, "phone_numbers"]) if *id == line.waba_id => {
            (Ok(json!({"data": [phone_number(simulation)]})), Value::Null)
        }
        ("GET", [id]) => (media_address(simulation, id, query.get("phone_number_id")), Value::Null),
        ("DELETE", [id]) => {
            let removed = simulation.world().kept.media.shift_remove(*id);
            simulation.world().dirty = true;
            (removed.map_or_else(|| missing(id), |_| Ok(json!({"success": true}))), Value::Null)
        }
        ("POST", [id, "media"]) if *id == line.phone_number_id => upload(simulation, request).await,
        ("GET", [id, "message_templates"]) if *id == line.waba_id => {
            (Ok(list_templates(simulation, &query)), Value::Null)
        }
        ("DELETE", [id, "message_templates"]) if *id == line.waba_id => {
            (delete_template(simulation, query.get("name"), query.get("hsm_id")), Value::Null)
        }
        ("POST", [id, "message_templates"]) if *id == line.waba_id => match read_json(request).await {
            Ok(body) => (create_template(simulation, &body), body),
            Err(error) => (Err(error), Value::Null),
        },
        ("POST", [id, "subscribed_apps"]) if *id == line.waba_id => match read_json(request).await {
            Ok(body) => (subscribe(simulation, &body).await, body),
            Err(error) => (Err(error), Value::Null),
        },
        ("GET", [id, "subscribed_apps"]) if *id == line.waba_id => (
            Ok(
                json!({"data": [{"whatsapp_business_api_data": {"id": "1", "name": "Chasqui", "link": "https://example.org"}}]}),
            ),
            Value::Null,
        ),
        (_, [id, ..]) => (missing(id), Value::Null),
        _ => (missing(""), Value::Null),
    }
}

/// `v` and two numbers, such as `v25.0`.
fn is_version(segment: &str) -> bool {
    let Some((major, minor)) = segment.strip_prefix('v').and_then(|rest| rest.split_once('.')) else { return false };
    [major, minor].iter().all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}

fn authorised(simulation: &Simulation, headers: &HeaderMap) -> Result<(), GraphError> {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    match given.and_then(|value| value.strip_prefix("Bearer ")) {
        Some(token) if token == simulation.options.access_token => Ok(()),
        Some(_) => Err(GraphError::token("Invalid OAuth access token - Cannot parse access token")),
        None => Err(GraphError::token("An access token is required to request this resource.")),
    }
}

/// Reads a JSON body; an empty one is an empty object.
pub(crate) async fn read_json(request: Request) -> Result<Value, GraphError> {
    let is_json = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.starts_with("application/json"));
    let bytes = axum::body::to_bytes(request.into_body(), LARGEST_BODY)
        .await
        .map_err(|_| GraphError::parameter("The body could not be read."))?;
    if bytes.is_empty() {
        return Ok(json!({}));
    }
    if !is_json {
        return Err(GraphError::parameter("The body must be sent with Content-Type: application/json."));
    }
    serde_json::from_slice(&bytes).map_err(|error| GraphError::parameter(format!("Invalid JSON body: {error}")))
}

fn phone_number(simulation: &Simulation) -> Value {
    let line = simulation.line();
    json!({
        "id": line.phone_number_id, "display_phone_number": line.display_phone_number, "verified_name": "Simulated organisation",
        "code_verification_status": "VERIFIED", "quality_rating": "GREEN", "platform_type": "CLOUD_API",
        "throughput": {"level": "STANDARD"}, "whatsapp_business_manager_messaging_limit": "TIER_2K",
    })
}

async fn upload(simulation: &Arc<Simulation>, request: Request) -> (Answer, Value) {
    let mut seen = json!({});
    let answer = async {
        let bad = |error: &dyn std::fmt::Display| {
            GraphError::parameter(format!("The multipart body could not be read: {error}"))
        };
        let mut form = Multipart::from_request(request, &()).await.map_err(|error| bad(&error))?;
        let (mut file, mut kind) = (None, None);
        while let Some(field) = form.next_field().await.map_err(|error| bad(&error))? {
            let name = field.name().unwrap_or_default().to_owned();
            if name == "file" {
                let (filename, mime_type) =
                    (field.file_name().map(str::to_owned), field.content_type().map(str::to_owned));
                let bytes = field.bytes().await.map_err(|error| bad(&error))?;
                seen["file"] = json!({"filename": filename, "type": mime_type, "bytes": bytes.len()});
                file = Some((filename, mime_type, bytes));
            } else {
                let text = field.text().await.map_err(|error| bad(&error))?;
                seen[&name] = text.as_str().into();
                if name == "type" {
                    kind = Some(text);
                }
            }
        }
        if seen["messaging_product"] != "whatsapp" {
            return Err(GraphError::parameter("The parameter messaging_product is required."));
        }
        let (filename, mime_type, bytes) =
            file.ok_or_else(|| GraphError::parameter("The parameter file is required."))?;
        let mime_type = mime_type.or(kind).ok_or_else(|| GraphError::parameter("The parameter type is required."))?;
        let now_ms = simulation.now_ms();
        let mut world = simulation.world();
        let id = world.numeric_id().to_string();
        let media = Media::uploaded(id.clone(), &mime_type, filename, bytes.to_vec(), now_ms)?;
        world.kept.media.insert(id.clone(), media);
        Ok(json!({ "id": id }))
    };
    let answer = answer.await;
    (answer, seen)
}

fn media_address(simulation: &Simulation, id: &str, phone_number_id: Option<&str>) -> Answer {
    let now_ms = simulation.now_ms();
    let mut world = simulation.world();
    let ours = phone_number_id.is_none_or(|given| given == simulation.line().phone_number_id);
    let media = world.kept.media.get_mut(id).filter(|media| ours && now_ms < media.expires_ms);
    let media = media.ok_or_else(|| GraphError::no_object("GET", id))?;
    let key = uuid::Uuid::new_v4().simple().to_string();
    media.addresses.retain(|(_, ends)| now_ms < *ends);
    media.addresses.push((key.clone(), now_ms + ADDRESS_MS));
    let host = simulation.address.get().map_or_else(String::new, ToString::to_string);
    Ok(media.view(&format!("http://{host}/_media/{id}?key={key}")))
}

/// The download address: needs the Bearer token, works for five minutes.
pub(crate) async fn download(
    State(simulation): State<Arc<Simulation>>,
    axum::extract::Path(id): axum::extract::Path<String>,
    request: Request,
) -> Response {
    let path = request.uri().path().to_owned();
    if let Err(error) = authorised(&simulation, request.headers()) {
        return refuse(&simulation, &Method::GET, &path, error);
    }
    let now_ms = simulation.now_ms();
    let query = Query::of(&request);
    let found = {
        let world = simulation.world();
        let media =
            world.kept.media.get(&id).filter(|media| {
                media.addresses.iter().any(|(key, ends)| query.get("key") == Some(key) && now_ms < *ends)
            });
        media.map(|media| (media.mime_type.clone(), media.bytes.clone()))
    };
    match found {
        Some((mime_type, bytes)) => ([(header::CONTENT_TYPE, mime_type)], Body::from(bytes)).into_response(),
        None => refuse(
            &simulation,
            &Method::GET,
            &path,
            GraphError { http_status: StatusCode::NOT_FOUND, ..GraphError::parameter("URL expired or unknown.") },
        ),
    }
}

fn list_templates(simulation: &Simulation, query: &Query) -> Value {
    let world = simulation.world();
    let wanted = |template: &&Template| {
        query.get("name").is_none_or(|name| template.name.contains(name))
            && query.get("language").is_none_or(|language| template.language == language)
            && query.get("status").is_none_or(|status| template.status == status)
    };
    let all: Vec<&Template> = world.kept.templates.iter().filter(wanted).collect();
    let start = query
        .get("after")
        .and_then(|id| all.iter().position(|template| template.id == id))
        .map_or(0, |index| index + 1);
    let limit = query.get("limit").and_then(|limit| limit.parse().ok()).unwrap_or(25_usize).max(1);
    let page = &all[start.min(all.len())..(start + limit).min(all.len())];
    let mut answer = json!({"data": page.iter().map(|template| template.view()).collect::<Vec<_>>()});
    if let (Some(first), Some(last)) = (page.first(), page.last()) {
        answer["paging"] = json!({"cursors": {"before": first.id, "after": last.id}});
        if start + limit < all.len() {
            let host = simulation.address.get().map_or_else(String::new, ToString::to_string);
            answer["paging"]["next"] = format!(
                "http://{host}/v25.0/{}/message_templates?limit={limit}&after={}",
                simulation.line().waba_id,
                last.id
            )
            .into();
        }
    }
    answer
}

fn create_template(simulation: &Arc<Simulation>, body: &Value) -> Answer {
    let mut world = simulation.world();
    let id = world.numeric_id();
    let template = Template::create(body, id)?;
    if world.kept.templates.iter().any(|other| other.name == template.name && other.language == template.language) {
        return Err(GraphError::parameter(format!(
            "There is already {} content for the template {}.",
            template.language, template.name
        )));
    }
    let answer = json!({"id": template.id, "status": template.status, "category": template.category});
    world.kept.templates.push(template);
    Ok(answer)
}

fn delete_template(simulation: &Simulation, name: Option<&str>, id: Option<&str>) -> Answer {
    let name = name.ok_or_else(|| GraphError::parameter("The parameter name is required."))?;
    let mut world = simulation.world();
    let before = world.kept.templates.len();
    world.kept.templates.retain(|template| template.name != name || id.is_some_and(|id| template.id != id));
    if world.kept.templates.len() == before {
        return Err(GraphError::parameter(format!("Message template \"{name}\" was not found.")));
    }
    world.dirty = true;
    Ok(json!({"success": true}))
}

/// Changes a template's status and tells it, as a review by Meta would.
pub(crate) fn review_template(
    simulation: &Arc<Simulation>,
    name: &str,
    language: &str,
    status: &str,
    reason: Option<&str>,
) -> Result<Value, String> {
    const EVENTS: &[&str] = &[
        "APPROVED",
        "REJECTED",
        "PENDING",
        "PAUSED",
        "DISABLED",
        "FLAGGED",
        "REINSTATED",
        "ARCHIVED",
        "UNARCHIVED",
        "DELETED",
        "PENDING_DELETION",
        "IN_APPEAL",
        "LOCKED",
        "LIMIT_EXCEEDED",
    ];
    if !EVENTS.contains(&status) {
        return Err(format!("status must be one of {}", EVENTS.join(", ")));
    }
    let mut world = simulation.world();
    let template =
        world.kept.templates.iter_mut().find(|template| template.name == name && template.language == language);
    let template = template.ok_or_else(|| format!("there is no template {name} in {language}"))?;
    let effective = if matches!(status, "REINSTATED" | "UNARCHIVED" | "FLAGGED") { "APPROVED" } else { status };
    effective.clone_into(&mut template.status);
    let value = json!({
        "event": status, "message_template_id": template.id.parse::<u64>().unwrap_or_default(), "message_template_name": name,
        "message_template_language": language, "reason": reason.unwrap_or("NONE"), "message_template_category": template.category,
    });
    let view = template.view();
    world.dirty = true;
    simulation.tell(
        &mut world,
        Update {
            kind: UpdateKind::Change,
            field: "message_template_status_update".into(),
            person: None,
            message_id: None,
            contact: None,
            item: value,
        },
    );
    Ok(view)
}

async fn subscribe(simulation: &Arc<Simulation>, body: &Value) -> Answer {
    if let Some(url) = body.get("override_callback_uri") {
        let url = url
            .as_str()
            .filter(|url| url.len() <= 200)
            .ok_or_else(|| GraphError::parameter("Param override_callback_uri must be at most 200 characters long."))?;
        let token = body["verify_token"]
            .as_str()
            .ok_or_else(|| GraphError::parameter("The parameter verify_token is required."))?;
        if let Handshake::Failed(reason) = verify(&client(), url, token).await {
            return Err(GraphError::parameter(format!("Callback verification failed: {reason}")));
        }
        *simulation.webhook_url.lock().unwrap_or_else(PoisonError::into_inner) = Some(url.to_owned());
        simulation.handshake.send_replace(Handshake::Verified);
        simulation.notify("status", None);
    }
    Ok(json!({"success": true}))
}

/// The parameters of a query string.
struct Query(Vec<(String, String)>);

impl Query {
    fn of(request: &Request) -> Self {
        let parsed = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(request.uri());
        Self(parsed.map(|query| query.0).unwrap_or_default())
    }

    fn get(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }
}

pub(crate) fn trace_id() -> String {
    format!("A{}", &uuid::Uuid::new_v4().simple().to_string()[..22])
}

fn refuse(simulation: &Simulation, method: &Method, path: &str, error: GraphError) -> Response {
    let body = error.body(&trace_id());
    log(simulation, method, path, Value::Null, Some(error.http_status), &body);
    (error.http_status, axum::Json(body)).into_response()
}

fn log(
    simulation: &Simulation,
    method: &Method,
    path: &str,
    body: Value,
    status: Option<StatusCode>,
    response: &Value,
) {
    let mut world = simulation.world();
    let number = world.number();
    world.log_call(Call {
        number,
        at_ms: simulation.now_ms(),
        method: method.to_string(),
        path: path.to_owned(),
        body,
        status: status.map(|status| status.as_u16()),
        response: response.clone(),
        fault: None,
        ignored: Vec::new(),
    });
    drop(world);
    simulation.notify("log", None);
}

#[cfg(test)]
mod tests {
    use super::is_version;

    #[test]
    fn versions() {
        assert!(is_version("v25.0") && is_version("v9.10"));
        for bad in ["", "v", "25.0", "v25", "v25.", "v.0", "v25.x", "v1.2.3"] {
            assert!(!is_version(bad), "{bad}");
        }
    }
}
