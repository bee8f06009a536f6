//! The phone with something to talk to: a webhook that answers buttons, a list, a place, a file, or an echo.
//!
//! `cargo run -p cloud_simulator --example phone -- 4000`, then open <http://127.0.0.1:4000>.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::extract::{Query, State};
use bytes::Bytes;
use cloud_simulator::{CloudSimulator, Line, Options};
use http_body_util::Full;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};

type Address = Arc<OnceLock<SocketAddr>>;

async fn challenge(Query(query): Query<std::collections::HashMap<String, String>>) -> String {
    query.get("hub.challenge").cloned().unwrap_or_default()
}

async fn receive(State(address): State<Address>, body: Bytes) {
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let messages =
        body.pointer("/entry/0/changes/0/value/messages").and_then(Value::as_array).cloned().unwrap_or_default();
    for message in messages {
        let address = Arc::clone(&address);
        tokio::spawn(async move {
            call(
                &address,
                json!({"status": "read", "message_id": message["id"], "typing_indicator": {"type": "text"}}),
            )
            .await;
            tokio::time::sleep(std::time::Duration::from_millis(500)).await;
            let mut reply = reply(&message);
            match message["from"].as_str() {
                Some(phone) => reply["to"] = format!("+{phone}").into(),
                None => reply["recipient"] = message["from_user_id"].clone(),
            }
            call(&address, reply).await;
        });
    }
}

/// What the example answers.
fn reply(message: &Value) -> Value {
    let said = ["/text/body", "/interactive/button_reply/title", "/interactive/list_reply/title", "/button/text"];
    let said = said.iter().find_map(|pointer| message.pointer(pointer).and_then(Value::as_str)).unwrap_or_default();
    match said.to_lowercase().as_str() {
        "hola" | "hello" => {
            json!({"type": "interactive", "interactive": {"type": "button", "header": {"type": "text", "text": "Puesto de salud La Esperanza"},
            "body": {"text": "¡Hola! 👋 Soy el asistente de *vacunación*. ¿En qué te ayudo?"}, "footer": {"text": "Escribe BAJA para no recibir más mensajes"},
            "action": {"buttons": [
                {"type": "reply", "reply": {"id": "topics", "title": "Ver temas"}},
                {"type": "reply", "reply": {"id": "place", "title": "¿Dónde queda?"}},
                {"type": "reply", "reply": {"id": "card", "title": "Mi carné"}}]}}})
        }
        "ver temas" => {
            json!({"type": "interactive", "interactive": {"type": "list", "body": {"text": "Estos son los temas. Elige uno y te cuento."},
            "action": {"button": "Ver temas", "sections": [
                {"title": "Niñas y niños", "rows": [{"id": "bcg", "title": "BCG", "description": "Al nacer, contra la tuberculosis"}, {"id": "penta", "title": "Pentavalente", "description": "A los 2, 4 y 6 meses"}]},
                {"title": "Embarazo", "rows": [{"id": "tdap", "title": "Tdap", "description": "Desde la semana 26"}]}]}}})
        }
        "¿dónde queda?" => {
            json!({"type": "location", "location": {"latitude": 4.6097, "longitude": -74.0817, "name": "Puesto de salud La Esperanza", "address": "Calle 12 # 5-30, Bogotá"}})
        }
        "mi carné" => {
            json!({"type": "document", "document": {"link": "http://127.0.0.1:9/carne.pdf", "filename": "carne-de-vacunas.pdf", "caption": "Tu carné al día ✅"}})
        }
        "cita" => {
            json!({"type": "template", "template": {"name": "reminder", "language": {"code": "es"}, "components": [
            {"type": "body", "parameters": [{"type": "text", "text": "Ana"}, {"type": "text", "text": "lunes a las 9:00"}]}]}})
        }
        "" => json!({"type": "reaction", "reaction": {"message_id": message["id"], "emoji": "👍"}}),
        other => {
            json!({"type": "text", "text": {"body": format!("Recibí: _{other}_")}, "context": {"message_id": message["id"]}})
        }
    }
}

async fn call(address: &Address, mut body: Value) {
    let Some(address) = address.get() else { return };
    body["messaging_product"] = "whatsapp".into();
    let request = http::Request::post(format!("http://{address}/v25.0/106540352242922/messages"))
        .header("authorization", "Bearer simulated-access-token")
        .header("content-type", "application/json")
        .body(Full::new(Bytes::from(body.to_string())));
    let client: Client<_, Full<Bytes>> = Client::builder(TokioExecutor::new()).build_http();
    match request {
        Ok(request) => match client.request(request).await {
            Ok(answer) => tracing::info!(status = %answer.status(), "answered"),
            Err(error) => tracing::warn!(%error, "the simulator did not answer"),
        },
        Err(error) => tracing::warn!(%error, "not a request"),
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    tracing_subscriber::fmt().init();
    let port = std::env::args().nth(1).map_or(Ok(4_000), |port| port.parse())?;
    let address = Address::default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let webhook = format!("http://{}/webhook", listener.local_addr()?);
    let router =
        Router::new().route("/webhook", axum::routing::get(challenge).post(receive)).with_state(Arc::clone(&address));
    tokio::spawn(async move { axum::serve(listener, router).await });

    let line = Line {
        phone_number_id: "106540352242922".into(),
        waba_id: "102290129340398".into(),
        display_phone_number: "+57 601 555 0100".into(),
    };
    let mut options = Options::new(line, Some(webhook));
    options.port = port;
    options.data_file = std::env::args().nth(2).map(Into::into);
    options.behaviour.sent_after_ms = 300;
    options.behaviour.delivered_after_ms = 500;
    options.behaviour.read_after_ms = 700;
    let simulator = CloudSimulator::start(options).await?;
    let _ = address.set(simulator.address());
    tracing::info!("the phone is at {}", simulator.url());
    tokio::signal::ctrl_c().await?;
    simulator.stop().await?;
    Ok(())
}
