//! The inbox tells the truth: what was said stands where it was said, in its order, and answers count by when they were
//! written.

use end_to_end::{World, eventually, let_it_be_live};
use serde_json::{Value, json};
use whatsapp::signature::sign;

const ANA: &str = "573001112233";

/// Messages of a conversation, once these hold of them.
async fn once(world: &World, conversation: &Value, what: impl Fn(&[Value]) -> bool) -> Vec<Value> {
    let found = eventually(|| async {
        let messages = world.messages(conversation).await;
        if what(&messages) { Ok(messages) } else { Err(messages) }
    })
    .await;
    found.unwrap_or_else(|messages| panic!("{messages:#?}\n{}", world.log()))
}

fn text(message: &Value) -> &str {
    message["content"]["text"]["body"].as_str().unwrap_or_default()
}

fn written(messages: &[Value], id: &str) -> Value {
    messages.iter().find(|message| message["wamid"] == id).cloned().unwrap_or_default()
}

fn edit(id: &str, original: &str, text: &str) -> Value {
    let message = json!({"type": "text", "text": {"body": text}});
    json!({"raw": {"id": id, "type": "edit", "edit": {"original_message_id": original, "message": message}}})
}

fn deletion(id: &str, original: &str) -> Value {
    json!({"raw": {"id": id, "type": "revoke", "revoke": {"original_message_id": original}}})
}

#[tokio::test]
async fn an_edit_shows_a_deletion_is_marked_and_neither_is_unanswered() {
    let world = World::start().await;
    let ana = world.person(ANA).await;
    let wamid = world.says(&ana, "Mi cita es el lunes").await;
    world.sees(&ana, &["Eco: Mi cita es el lunes"]).await;
    world.sends(&ana, json!({"reaction": {"message_id": wamid, "emoji": "👍"}})).await;
    world.sends(&ana, edit("wamid.E2", &wamid, "Mi cita es el miércoles")).await;
    let conversation = world.conversation(ANA).await;
    let messages = once(&world, &conversation, |all| text(&written(all, &wamid)).ends_with("miércoles")).await;
    let message = written(&messages, &wamid);
    assert_eq!(message["history"][0]["content"]["text"]["body"], "Mi cita es el lunes");
    assert_eq!((message["edited_at"].is_string(), message["deleted_at"].is_null()), (true, true), "{message}");

    world.sends(&ana, deletion("wamid.D", &wamid)).await;
    let messages = once(&world, &conversation, |all| written(all, &wamid)["deleted_at"].is_string()).await;
    assert!(text(&written(&messages, &wamid)).ends_with("miércoles"), "what was deleted is kept");
    world.sends(&ana, edit("wamid.E3", &wamid, "y ahora el jueves")).await;
    let messages = once(&world, &conversation, |all| text(&written(all, &wamid)).ends_with("jueves")).await;
    assert!(written(&messages, &wamid)["deleted_at"].is_string());

    let conversation = world.conversation(ANA).await;
    assert_eq!(conversation["unanswered"], 1);
    assert_eq!(conversation["preview"], "Eco: Mi cita es el lunes", "the latest message is the reply");
    world.sees_no_more_than(&ana, &["Eco: Mi cita es el lunes"]).await;
    world.end().await;
}

#[tokio::test]
async fn changes_that_come_before_their_message_or_twice_or_about_nothing_do_no_harm() {
    let world = World::start().await;
    let ana = world.person(ANA).await;
    world.sends(&ana, edit("wamid.E", "wamid.LATE", "martes")).await;
    world.sends(&ana, deletion("wamid.D", "wamid.NEVER")).await;
    world.sim("POST", "webhooks/faults", json!({"kind": "repeat", "times": 2, "after_ms": 0})).await;
    world.sends(&ana, edit("wamid.F", "wamid.NEVER", "nada")).await;
    world.sends(&ana, json!({"raw": {"id": "wamid.LATE", "type": "text", "text": {"body": "lunes"}}})).await;
    let conversation = world.conversation(ANA).await;
    let messages = once(&world, &conversation, |all| text(&written(all, "wamid.LATE")) == "martes").await;
    assert_eq!(written(&messages, "wamid.LATE")["history"][0]["content"]["text"]["body"], "lunes");
    for id in ["wamid.E", "wamid.D", "wamid.F"] {
        assert_eq!(messages.iter().filter(|message| message["wamid"] == id).count(), 1, "{id}");
    }
    assert_eq!(world.conversation(ANA).await["unanswered"], 1);
    world.has_dead_letters(0).await;
    world.end().await;
}

#[tokio::test]
async fn a_group_has_a_conversation_of_its_own_and_takes_no_reply() {
    let world = World::start().await;
    let ana = world.person(ANA).await;
    let raw = json!({"type": "text", "text": {"body": "hola a todos"}, "group_id": "Y2FwaV9ncm91cDox"});
    world.sends(&ana, json!({"raw": raw})).await;
    let group = eventually(|| async {
        let all = world.conversations().await;
        all.iter().find(|conversation| conversation["group"] == "Y2FwaV9ncm91cDox").cloned().ok_or(all)
    })
    .await
    .unwrap_or_else(|all| panic!("{all:?}\n{}", world.log()));
    assert_eq!((&group["window_expires_at"], &group["window_open"]), (&Value::Null, &json!(false)));
    assert_eq!(group["preview"], "hola a todos");
    let messages = once(&world, &group, |all| all.len() == 1).await;
    assert_eq!(messages[0]["sender"]["phone"], ANA);
    assert_eq!(world.conversations().await.len(), 1, "none of the person");

    world.says(&ana, "hola").await; // in private
    world.sees(&ana, &["Eco: hola"]).await;
    assert_ne!(world.conversation(ANA).await["id"], group["id"]);
    let path = format!("/v1/conversations/{}", group["id"].as_str().unwrap());
    let template = json!({"type": "template", "template": {"name": "hello_world", "language": {"code": "en_US"}}});
    for body in [json!({"text": "en privado"}), json!({"message": template})] {
        let answer = world.api("POST", &format!("{path}/messages"), body).await;
        assert_eq!((answer.status, &answer.json()["type"]), (409, &json!("urn:chasqui:problem:group")));
    }
    let answer = world.api("POST", &format!("{path}/journey"), json!({"journey": "echo"})).await;
    assert_eq!(answer.status, 409, "{}", answer.json());
    world.sees_no_more_than(&ana, &["Eco: hola"]).await;
    world.end().await;
}

#[tokio::test]
async fn what_is_said_in_other_apps_and_by_voice_is_kept_with_the_person_and_not_answered() {
    let world = World::start().await;
    let ana = world.person(ANA).await;
    world.says(&ana, "hola").await;
    world.sees(&ana, &["Eco: hola"]).await;
    let conversation = world.conversation(ANA).await;
    assert_eq!(conversation["unanswered"], 1);
    let now = world.machine.aws().clock().now().as_second().to_string();
    let metadata = json!({"display_phone_number": "576015550100", "phone_number_id": world.line()});
    let echo = json!({"from": "576015550100", "to": ANA, "id": "wamid.ECHO", "timestamp": now, "type": "text",
                      "text": {"body": "Soy Eva, de la clínica"}});
    let call = json!({"id": "wacid.1", "event": "connect", "timestamp": now, "from": ANA, "to": "576015550100",
                      "direction": "USER_INITIATED", "session": {"sdp": "v=0", "sdp_type": "offer"}});
    let heard =
        json!({"from": ANA, "id": "wamid.STANDBY", "timestamp": now, "type": "text", "text": {"body": "ayuda"}});
    for (field, value) in [
        ("smb_message_echoes", json!({"metadata": metadata, "message_echoes": [echo]})),
        ("smb_message_echoes", json!({"metadata": metadata, "message_echoes": [echo]})),
        ("calls", json!({"metadata": metadata, "calls": [call]})),
        ("standby", json!({"metadata": metadata, "standby": {"messages": [heard]}})),
    ] {
        world.sim("POST", "changes", json!({"field": field, "value": value})).await;
    }
    let messages = once(&world, &conversation, |all| all.len() == 5).await;
    let echo = written(&messages, "wamid.ECHO");
    assert_eq!((&echo["direction"], &echo["author"]["type"]), (&json!("outbound"), &json!("business_app")), "{echo}");
    assert_eq!(text(&written(&messages, "wamid.STANDBY")), "ayuda");
    let call = messages.iter().find(|message| message["type"] == "call").unwrap();
    assert_eq!(
        (&call["content"]["call"]["event"], &call["content"]["call"]["session"]),
        (&json!("connect"), &json!(null))
    );
    assert_eq!(world.conversation(ANA).await["unanswered"], 0);
    world.sees_no_more_than(&ana, &["Eco: hola"]).await;
    world.end().await;
}

#[tokio::test]
async fn messages_of_one_second_stand_in_the_order_in_which_they_came_over_all_pages() {
    let world = World::start().await;
    let now = world.machine.aws().clock().now().as_second();
    let said: Vec<String> = (0..12).map(|number| format!("mensaje {number}")).collect();
    let post = |texts: &[String]| {
        let messages: Vec<Value> = texts
            .iter()
            .map(|text| {
                json!({"from": ANA, "id": format!("wamid.{text}"), "timestamp": now.to_string(), "type": "text",
                       "text": {"body": text}})
            })
            .collect();
        let value = json!({"metadata": {"phone_number_id": world.line()}, "messages": messages,
                           "contacts": [{"wa_id": ANA, "profile": {"name": "Ana"}}]});
        json!({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [{"field": "messages", "value": value}]}]})
            .to_string()
    };
    for body in [post(&said[..7]), post(&said[7..]), post(&said[..7])] {
        let signature = sign(world.machine.app_secret(), body.as_bytes());
        let answer = world.raw("POST", "/webhook", &[("x-hub-signature-256", &signature)], body).await;
        assert_eq!(answer.status, 200);
    }
    let conversation = world.conversation(ANA).await;
    once(&world, &conversation, |all| all.len() == 24).await;
    let id = conversation["id"].as_str().unwrap();
    let (mut listed, mut after) = (Vec::new(), String::new());
    loop {
        let page =
            world.api("GET", &format!("/v1/conversations/{id}/messages?limit=5{after}"), Value::Null).await.json();
        listed.extend(page["messages"].as_array().unwrap().clone());
        let Some(next) = page["next"].as_str() else { break };
        after = format!("&after={}", next.replace('#', "%23"));
    }
    listed.reverse();
    let came: Vec<&str> = listed.iter().filter(|m| m["direction"] == "inbound").map(text).collect();
    assert_eq!(came, said, "once each, in order");
    for text_said in &said {
        let place = |wanted: &str| listed.iter().position(|message| text(message) == wanted).unwrap();
        assert!(place(text_said) < place(&format!("Eco: {text_said}")), "the reply after its question");
    }
    world.end().await;
}

#[tokio::test]
async fn an_answer_written_in_time_counts_however_late_meta_tells_of_it() {
    let world = World::start().await;
    let notebook = r#"```stack
interaction_timeout(600)
trigger(on: "MESSAGE RECEIVED") when has_only_phrase(event.message.text.body, "nombre")

card Ask, then: Done do
  name = ask("¿Cómo te llamas?")
end

card Done do
  text("Hola, @name.")
end
```"#;
    let created = world.api("POST", "/v1/journeys", json!({"name": "name", "notebook": notebook})).await.json();
    let path = format!("/v1/journeys/{}/publish", created["id"].as_str().unwrap());
    let version = format!("\"{}\"", created["version"]);
    let published =
        world.call(end_to_end::As::Administrator, "POST", &path, &[("if-match", &version)], json!({})).await;
    assert_eq!(published.status, 200, "{}", published.json());
    let_it_be_live().await;
    let ana = world.person(ANA).await;
    world.says(&ana, "nombre").await;
    world.sees(&ana, &["¿Cómo te llamas?"]).await;
    world.sim("POST", "webhooks/hold", json!({"messages": true, "statuses": false})).await;
    world.advance(0.1); // six minutes: there is time left
    world.says(&ana, "Ana").await;
    world.advance(5.0);
    world.sim("POST", "webhooks/release", json!({})).await;
    world.sees(&ana, &["¿Cómo te llamas?", "Hola, Ana."]).await;
    // Written too late, and told at once.
    world.says(&ana, "nombre").await;
    world.sees(&ana, &["¿Cómo te llamas?", "Hola, Ana.", "¿Cómo te llamas?"]).await;
    world.advance(0.2);
    world.says(&ana, "Eva").await;
    world.sees(&ana, &["¿Cómo te llamas?", "Hola, Ana.", "¿Cómo te llamas?", "Eco: Eva"]).await;
    world.end().await;
}
