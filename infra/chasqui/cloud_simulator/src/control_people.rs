//! The control endpoints about people: create them, write as them, read their phone.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::routing::{get, post};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::control::{Answer, Refusal, read};
use crate::inbound::{self, Draft};
use crate::message::{Author, Message};
use crate::people::{NewPerson, PersonChange};
use crate::simulation::Simulation;
use crate::world::World;

type Simulated = State<Arc<Simulation>>;

pub(crate) fn router() -> axum::Router<Arc<Simulation>> {
    axum::Router::new()
        .route("/people", get(people).post(create))
        .route("/people/{id}", get(person).post(change))
        .route("/people/{id}/messages", get(messages).post(write))
        .route("/people/{id}/number", post(change_number))
        .route("/people/{id}/user_id", post(change_user_id))
}

async fn people(State(simulation): Simulated) -> Json<Value> {
    let now_ms = simulation.now_ms();
    let world = simulation.world();
    let people = world.kept.people.values().map(|person| {
        let mut view = person.view(now_ms);
        view["last"] = world.thread(&person.id).next_back().map_or(Value::Null, Message::view);
        view
    });
    Json(json!({"people": people.collect::<Vec<_>>(), "now_ms": now_ms}))
}

async fn create(State(simulation): Simulated, body: Bytes) -> Answer {
    let new: NewPerson = read(&body)?;
    let now_ms = simulation.now_ms();
    let mut world = simulation.world();
    let id = world.add_person(new, now_ms)?;
    simulation.notify("people", Some(&id));
    view(&world, &id, now_ms)
}

fn view(world: &World, id: &str, now_ms: i64) -> Answer {
    let person = world.kept.people.get(id).ok_or_else(|| Refusal::not_found(&format!("person {id:?}")))?;
    Ok(Json(person.view(now_ms)))
}

async fn person(State(simulation): Simulated, Path(id): Path<String>) -> Answer {
    view(&simulation.world(), &id, simulation.now_ms())
}

async fn change(State(simulation): Simulated, Path(id): Path<String>, body: Bytes) -> Answer {
    let change: PersonChange = read(&body)?;
    let mut world = simulation.world();
    world.kept.people.get_mut(&id).ok_or_else(|| Refusal::not_found(&format!("person {id:?}")))?.change(change);
    world.dirty = true;
    simulation.follow_person(&mut world, &id);
    simulation.notify("people", Some(&id));
    view(&world, &id, simulation.now_ms())
}

#[derive(Deserialize)]
struct Wait {
    /// Wait until the phone shows at least this many messages of the business…
    #[serde(default)]
    at_least: usize,
    /// …or this many real milliseconds have passed.
    #[serde(default)]
    wait_ms: u64,
}

async fn messages(State(simulation): Simulated, Path(id): Path<String>, Query(wait): Query<Wait>) -> Answer {
    let deadline = Instant::now() + Duration::from_millis(wait.wait_ms.min(60_000));
    let mut events = simulation.events();
    loop {
        {
            let world = simulation.world();
            let shown =
                world.thread(&id).filter(|message| message.author == Author::Business && message.on_phone).count();
            if shown >= wait.at_least || Instant::now() >= deadline {
                return thread(&world, &id, simulation.now_ms());
            }
        }
        // Any event is reason enough to look again; so is the deadline.
        let left = deadline.saturating_duration_since(Instant::now());
        let _ = tokio::time::timeout(left, events.recv()).await;
    }
}

fn thread(world: &World, id: &str, now_ms: i64) -> Answer {
    let Json(person) = view(world, id, now_ms)?;
    let messages: Vec<Value> = world.thread(id).map(Message::view).collect();
    Ok(Json(json!({"person": person, "messages": messages, "now_ms": now_ms})))
}

async fn write(State(simulation): Simulated, Path(id): Path<String>, body: Bytes) -> Answer {
    let draft: Draft = read(&body)?;
    let now_ms = simulation.now_ms();
    let mut world = simulation.world();
    let update = inbound::write(&mut world, simulation.line(), &id, draft, now_ms)?;
    let answer = json!({"id": update.message_id});
    simulation.tell(&mut world, update);
    simulation.notify("messages", Some(&id));
    Ok(Json(answer))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Number {
    phone: String,
}

async fn change_number(State(simulation): Simulated, Path(id): Path<String>, body: Bytes) -> Answer {
    let Number { phone } = read(&body)?;
    let now_ms = simulation.now_ms();
    let mut world = simulation.world();
    let update = inbound::change_number(&mut world, &id, &phone, now_ms)?;
    simulation.tell(&mut world, update);
    simulation.notify("people", Some(&id));
    view(&world, &id, now_ms)
}

async fn change_user_id(State(simulation): Simulated, Path(id): Path<String>) -> Answer {
    let now_ms = simulation.now_ms();
    let mut world = simulation.world();
    let update = inbound::change_user_id(&mut world, &id, now_ms)?;
    simulation.tell(&mut world, update);
    simulation.notify("people", Some(&id));
    view(&world, &id, now_ms)
}
