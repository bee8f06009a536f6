//! A person talks with a journey, an operator takes over and gives back, and a restart forgets nothing.

use end_to_end::World;
use serde_json::{Value, json};

const ANA: &str = "573001112233";

#[tokio::test]
async fn a_person_goes_through_a_journey() {
    let world = World::start().await;
    let ana = world.person(ANA).await;
    world.says(&ana, "encuesta").await;
    world.sees(&ana, &["¿Quieres empezar?"]).await;
    world.says(&ana, "quizás").await; // no button: the error card
    world.sees(&ana, &["¿Quieres empezar?", "Elige un botón."]).await;
    world.sends(&ana, json!({"tap": "Sí"})).await;
    world.sees(&ana, &["¿Quieres empezar?", "Elige un botón.", "¿Cuántos años tienes?"]).await;
    world.sends(&ana, json!({"sticker": {}})).await; // no text at all: the question comes again
    world.says(&ana, "treinta").await;
    world.says(&ana, "34").await;
    let said = [
        "¿Quieres empezar?",
        "Elige un botón.",
        "¿Cuántos años tienes?",
        "¿Cuántos años tienes?",
        "Con números, por favor.",
        "Anotado: 34. Hasta luego.",
    ];
    world.sees(&ana, &said).await;

    let conversation = world.conversation(ANA).await;
    let newest = world.reaches(&conversation, &["delivered"]).await;
    assert_eq!(newest["content"]["text"]["body"], "Anotado: 34. Hasta luego.");
    assert!(newest["wamid"].as_str().unwrap().starts_with("wamid."), "{newest}");
    let directions: Vec<_> = world.messages(&conversation).await.iter().map(|m| m["direction"].clone()).collect();
    assert_eq!(directions.iter().filter(|d| **d == "inbound").count(), 6);
    assert_eq!(directions.iter().filter(|d| **d == "outbound").count(), 6);

    // An hour later the journey that was scheduled starts, and knows the profile field.
    world.advance(1.1);
    let later = [&said[..], &["Ha pasado una hora, edad 34."]].concat();
    world.sees(&ana, &later).await;
    let conversation = world.conversation(ANA).await;
    assert_eq!(conversation["contact"]["fields"], json!({"age": 34}));
    world.end().await;
}

#[tokio::test]
async fn a_global_trigger_interrupts_and_an_old_button_does_not_answer_a_new_question() {
    let world = World::start().await;
    let ana = world.person(ANA).await;
    world.says(&ana, "encuesta").await;
    world.sees(&ana, &["¿Quieres empezar?"]).await;
    let first = world.phone(&ana).await[0]["id"].clone();
    world.says(&ana, "ayuda").await;
    world.sees(&ana, &["¿Quieres empezar?", "¿En qué te ayudo?"]).await;
    world.says(&ana, "encuesta").await;
    world.sees(&ana, &["¿Quieres empezar?", "¿En qué te ayudo?", "¿Quieres empezar?"]).await;
    let old = world.phone(&ana).await[0]["content"]["action"]["buttons"][0]["reply"]["id"].clone();
    world.sends(&ana, json!({"tap": {"message_id": first, "id": old}})).await;
    world.sees(&ana, &["¿Quieres empezar?", "¿En qué te ayudo?", "¿Quieres empezar?", "¿Quieres empezar?"]).await;
    world.end().await;
}

#[tokio::test]
async fn an_operator_takes_over_and_gives_back() {
    let world = World::start().await;
    let ana = world.person(ANA).await;
    world.says(&ana, "hola").await;
    world.sees(&ana, &["Eco: hola"]).await;
    let conversation = world.conversation(ANA).await;
    assert_eq!(conversation["unanswered"], 1);
    let path = format!("/v1/conversations/{}", conversation["id"].as_str().unwrap());

    let answer = world.api("POST", &format!("{path}/messages"), json!({"text": "Soy Ada, ¿cómo te ayudo?"})).await;
    assert_eq!(answer.status, 202, "{}", answer.json());
    assert_eq!(answer.json()["state"], "queued");
    world.sees(&ana, &["Eco: hola", "Soy Ada, ¿cómo te ayudo?"]).await;
    let message = world.reaches(&conversation, &["delivered"]).await;
    assert_eq!(message["author"], json!({"type": "operator", "name": "ada"}));

    world.says(&ana, "¿sigues ahí?").await; // the human is in charge: no echo
    world.sees_no_more_than(&ana, &["Eco: hola", "Soy Ada, ¿cómo te ayudo?"]).await;
    let conversation = world.conversation(ANA).await;
    assert_eq!((&conversation["mode"], &conversation["assignee"]), (&json!("human"), &json!("ada")));

    let change = world.api("PATCH", &path, json!({"mode": "automation", "assignee": "", "labels": ["visto"]})).await;
    assert_eq!(change.status, 200, "{}", change.json());
    assert_eq!((&change.json()["assignee"], &change.json()["labels"]), (&Value::Null, &json!(["visto"])));
    world.says(&ana, "gracias").await;
    world.sees(&ana, &["Eco: hola", "Soy Ada, ¿cómo te ayudo?", "Eco: gracias"]).await;
    world.end().await;
}

#[tokio::test]
async fn a_restart_forgets_nothing() {
    let data = tempfile::tempdir().unwrap();
    let keep = |options: &mut chasqui::machine::Options| options.data = Some(data.path().to_owned());
    let world = World::with(keep).await;
    let ana = world.person(ANA).await;
    world.says(&ana, "encuesta").await;
    world.sees(&ana, &["¿Quieres empezar?"]).await;
    world.sends(&ana, json!({"tap": "Sí"})).await;
    world.sees(&ana, &["¿Quieres empezar?", "¿Cuántos años tienes?"]).await;
    world.end().await;

    let world = World::with(keep).await;
    world.says(&ana, "40").await;
    world.sees(&ana, &["¿Quieres empezar?", "¿Cuántos años tienes?", "Anotado: 40. Hasta luego."]).await;
    assert_eq!(world.conversations().await.len(), 1);
    world.end().await;
}
