//! The HTTP API: what the console and other programs call.
//!
//! Every route names the role it needs ([`access`]); errors are RFC 9457 problems ([`problem`]); the description in
//! OpenAPI is made from the code ([`openapi`]). Lists are read by cursor: `next` of one page is `after` of the next.

pub mod access;
mod assets;
mod conversations;
mod dead_letters;
mod dictionaries;
mod flow_results;
mod http;
mod journeys;
mod messages;
mod notices;
pub mod openapi;
pub mod problem;
mod reminders;
mod session;

use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::routing::{delete, get, patch, post};
use axum::{Json, Router};
use jiff::tz::TimeZone;
use platform::aws::Aws;
use platform::{Clock, Queue, Schedules, SettingError, Settings};
use serde_json::{Value, json};
use store::Store;

use crate::problem::Problem;

/// What the routes work with.
pub struct Api {
    store: Store,
    inbound: Queue,
    outbound: Queue,
    bulk: Queue,
    statuses: Queue,
    schedules: Schedules,
    reminders_function: String,
    /// The organisation's, for triggers at a fixed time that name none.
    time_zone: TimeZone,
    clock: Clock,
}

/// The API as the routes share it.
pub type Shared = Arc<Api>;

impl Api {
    /// Reads the settings; a missing one is an error that names it.
    pub fn new(settings: &Settings) -> Result<Shared, SettingError> {
        let aws = Aws::new(settings)?;
        Ok(Arc::new(Self {
            store: Store::new(aws.dynamodb(), settings.required("TABLE_NAME")?),
            inbound: Queue::new(aws.sqs(), settings.required("INBOUND_QUEUE_URL")?),
            outbound: Queue::new(aws.sqs(), settings.required("OUTBOUND_QUEUE_URL")?),
            bulk: Queue::new(aws.sqs(), settings.required("BULK_QUEUE_URL")?),
            statuses: Queue::new(aws.sqs(), settings.required("STATUSES_QUEUE_URL")?),
            schedules: Schedules::new(aws.scheduler(), settings)?,
            reminders_function: settings.required("REMINDERS_FUNCTION_ARN")?,
            time_zone: settings.time_zone()?,
            clock: Clock::new(settings),
        }))
    }
}

/// The API as it is called.
pub fn router(api: Shared) -> Router {
    // Around the routes, since it is what they are chosen by.
    Router::new().fallback_service(routes(api)).layer(middleware::map_request(http::path::as_sent))
}

/// The routes. Each has its row in [`access::ROUTES`].
fn routes(api: Shared) -> Router {
    Router::new()
        .route("/health", get(health))
        .route("/v1/openapi.json", get(openapi::document))
        .route("/v1/assets/{name}", get(assets::read))
        .route("/v1/lines/{line}/conversations", get(conversations::list))
        .route("/v1/conversations/{id}", get(conversations::read))
        .route("/v1/conversations/{id}", patch(conversations::change))
        .route("/v1/conversations/{id}/messages", get(messages::list))
        .route("/v1/conversations/{id}/messages", post(messages::send))
        .route("/v1/conversations/{id}/journey", get(session::read))
        .route("/v1/conversations/{id}/journey", post(session::start))
        .route("/v1/conversations/{id}/journey", delete(session::stop))
        .route("/v1/dictionaries", get(dictionaries::list))
        .route("/v1/dictionaries/{name}", patch(dictionaries::change))
        .route("/v1/dictionaries/{name}", delete(dictionaries::delete))
        .route("/v1/lines/{line}/reminders", get(reminders::list))
        .route("/v1/lines/{line}/reminders", post(reminders::create))
        .route("/v1/lines/{line}/reminders/{id}", get(reminders::read))
        .route("/v1/lines/{line}/reminders/{id}", delete(reminders::cancel))
        .route("/v1/flow-results/packages", get(flow_results::list))
        .route("/v1/flow-results/packages/{id}", get(flow_results::read))
        .route("/v1/flow-results/packages/{id}/responses", get(flow_results::responses::list))
        .route("/v1/flow-results/packages/{id}/responses.csv", get(flow_results::responses::csv))
        .route("/v1/notices", get(notices::list))
        .route("/v1/dead-letters", get(dead_letters::list))
        .route("/v1/dead-letters/{id}", get(dead_letters::read).delete(dead_letters::forget))
        .route("/v1/dead-letters/{id}/replay", post(dead_letters::replay))
        .merge(journey_routes())
        // The last one named comes first: who calls, what they send, whether they sent it before.
        .route_layer(middleware::from_fn_with_state(api.clone(), http::idempotency::once))
        .route_layer(middleware::from_fn(http::guard::check))
        .route_layer(middleware::from_fn_with_state(api.clone(), access::check))
        .fallback(|| async { Problem::not_found("There is no such route. GET /v1/openapi.json lists them.") })
        .method_not_allowed_fallback(|| async { Problem::method_not_allowed() })
        // Each route has its own limit in `access::ROUTES`.
        .layer(DefaultBodyLimit::disable())
        .with_state(api)
}

fn journey_routes() -> Router<Shared> {
    Router::new()
        .route("/v1/journeys", get(journeys::list).post(journeys::create))
        .route("/v1/journeys/{id}", get(journeys::read).patch(journeys::change))
        .route("/v1/journeys/{id}/draft", get(journeys::drafts::read).put(journeys::drafts::write))
        .route("/v1/journeys/{id}/publish", post(journeys::revisions::publish))
        .route("/v1/journeys/{id}/rollback", post(journeys::revisions::rollback))
        .route("/v1/journeys/{id}/revisions", get(journeys::revisions::list))
        .route("/v1/journeys/{id}/revisions/{revision}", get(journeys::revisions::read))
        .route("/v1/journeys/{id}/diff", get(journeys::revisions::diff))
        .route("/v1/export/journeys", post(journeys::transfer::export))
        .route("/v1/import/journeys", post(journeys::transfer::import))
        .route("/v1/check/notebook", post(journeys::drafts::check))
}

/// Whether the function runs.
#[utoipa::path(
    get,
    path = "/health",
    responses((status = 200, description = "It runs.", body = Object)),
    security(()),
    tag = "service"
)]
async fn health() -> Json<Value> {
    Json(json!({"status": "ok"}))
}
