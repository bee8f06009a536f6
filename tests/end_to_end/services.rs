//! Journeys that ask web services, and what the team does about a journey somebody is in.

use std::sync::{Arc, Mutex};

use end_to_end::{As, World, eventually, let_it_be_live};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const ANA: &str = "573001112233";

/// A web service that keeps what it was asked and answers what it is told to.
struct Service {
    url: String,
    asked: Arc<Mutex<Vec<String>>>,
    answer: Arc<Mutex<(u16, String)>>,
}

impl Service {
    async fn start(body: &Value) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let service = Self { url, asked: Arc::default(), answer: Arc::new(Mutex::new((200, body.to_string()))) };
        let (asked, answer) = (service.asked.clone(), service.answer.clone());
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut request = vec![0; 16 * 1024];
                let length = stream.read(&mut request).await.unwrap_or(0);
                asked.lock().unwrap().push(String::from_utf8_lossy(&request[..length]).into_owned());
                let (status, body) = answer.lock().unwrap().clone();
                let head =
                    format!("HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
                let _ = stream.write_all((head + &body).as_bytes()).await;
            }
        });
        service
    }

    fn answers(&self, status: u16, body: &str) {
        *self.answer.lock().unwrap() = (status, body.to_owned());
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

async fn tell(world: &World, service: &Service) {
    let entries = json!({"entries": {"clinic": service.url, "token": "t0k"}, "hidden": true});
    let answer = world.api("PATCH", "/v1/dictionaries/services", entries).await.json();
    assert_eq!(answer["entries"], json!({"clinic": null, "token": null}), "{answer}");
}

#[tokio::test]
async fn a_journey_asks_a_web_service_and_an_event_that_comes_again_asks_by_the_same_key() {
    let service = Service::start(&json!({"when": "lunes 9:00"})).await;
    let world = World::start().await;
    tell(&world, &service).await;
    let ana = world.person(ANA).await;
    // The function is ended after it has asked, at its commit: all of it happens again.
    world
        .fault(json!({"service": "dynamodb", "operation": "PutItem", "caller": "journeys", "matches": "conversation#",
        "when": "before", "do": "kill_caller"}));
    world.says(&ana, "citas").await;
    world.sees(&ana, &["Tu cita: lunes 9:00", "Guardado: 200"]).await;
    let asked = service.asked();
    assert!(asked[0].starts_with("GET /citas?phone=573001112233 HTTP/1.1"), "{}", asked[0]);
    assert!(asked[0].contains("authorization: Bearer t0k"), "{}", asked[0]);
    let keys: Vec<_> =
        asked.iter().filter(|request| request.starts_with("POST /vistas")).map(|request| key(request)).collect();
    assert!(keys.len() == 2 && keys[0] == keys[1], "the same request twice under one key: {keys:?}");

    let conversation = world.conversation(ANA).await;
    let messages = world.messages(&conversation).await;
    let inbound = messages.iter().find(|message| message["direction"] == "inbound").unwrap();
    let trace = inbound["trace"].as_array().unwrap();
    let called: Vec<_> =
        trace.iter().filter(|event| event["event"] == "called").map(|event| &event["status"]).collect();
    assert_eq!(called, [&json!(200), &json!(200)], "{trace:?}");
    world.end().await;
}

fn key(request: &str) -> String {
    let line = request.lines().find(|line| line.to_lowercase().starts_with("idempotency-key:"));
    line.unwrap_or_else(|| panic!("no key in {request}")).to_owned()
}

#[tokio::test]
async fn a_journey_goes_on_when_the_service_fails_and_when_the_team_gives_the_conversation_back() {
    let service = Service::start(&json!({})).await;
    service.answers(503, "<h1>down</h1>");
    let world = World::start().await;
    tell(&world, &service).await;
    let ana = world.person(ANA).await;
    world.says(&ana, "citas").await;
    world.sees(&ana, &["Ahora no puedo ver tus citas."]).await;
    let conversation = world.conversation(ANA).await;
    assert_eq!(conversation["mode"], "human");
    let path = format!("/v1/conversations/{}", conversation["id"].as_str().unwrap());
    let stands = world.api("GET", &format!("{path}/journey"), Value::Null).await.json();
    assert_eq!(stands["waits_for"], "team", "{stands}");
    assert_eq!(stands["journeys"][0]["card"], "Answer", "{stands}");

    assert!(world.api("PATCH", &path, json!({"mode": "automation"})).await.is_success());
    world.sees(&ana, &["Ahora no puedo ver tus citas.", "Gracias por hablar con el equipo."]).await;
    world.end().await;
}

/// Creates a journey and publishes it.
async fn publish(world: &World, name: &str, notebook: &str) {
    let created = world.api("POST", "/v1/journeys", json!({"name": name, "notebook": notebook})).await;
    assert_eq!(created.status, 201, "{}", created.json());
    let tag = format!("\"{}\"", created.json()["version"]);
    let path = format!("/v1/journeys/{name}/publish");
    let published = world.call(As::Administrator, "POST", &path, &[("if-match", tag.as_str())], json!({})).await;
    assert_eq!(published.status, 200, "{}", published.json());
    let_it_be_live().await;
}

#[tokio::test]
async fn whatever_a_service_answers_the_person_keeps_their_place() {
    let service = Service::start(&json!({})).await;
    let world = World::start().await;
    // Asks the address that is named, and then the person.
    let notebook = r#"
```stack
trigger(on: "MESSAGE RECEIVED") when has_beginning(event.message.text.body, "ver ")

card Start, then: End do
  address = remove_first_word(event.message.text.body)
  found = get("@address/x", cache_ttl: 0)
  asked = ask("Estado @if(is_nil_or_empty(found.status), 'ninguno', found.status). ¿Y ahora?")
end

card End do
  text("Dijiste @asked.")
end
```
"#;
    publish(&world, "ver", notebook).await;

    let ana = world.person(ANA).await;
    let mut said = Vec::new();
    let large = format!("[{}1]", "1,".repeat(5 << 20));
    let cases = [
        (service.url.as_str(), "<h1>no JSON</h1>", "Estado 200. ¿Y ahora?"),
        (&service.url, &large, "Estado ninguno. ¿Y ahora?"),
        ("https://10.0.0.7", "", "Estado ninguno. ¿Y ahora?"),
        ("https://169.254.169.254", "", "Estado ninguno. ¿Y ahora?"),
    ];
    for (number, (address, body, told)) in cases.into_iter().enumerate() {
        service.answers(200, body);
        world.says(&ana, &format!("ver {address}")).await;
        said.push(told.to_owned());
        world.sees(&ana, &said.iter().map(String::as_str).collect::<Vec<_>>()).await;
        let word = format!("{number} {}", "ñ".repeat(4_000));
        world.says(&ana, &word).await;
        said.push(format!("Dijiste {word}."));
        world.sees(&ana, &said.iter().map(String::as_str).collect::<Vec<_>>()).await;
    }
    let messages = world.messages(&world.conversation(ANA).await).await;
    let events = messages.iter().filter_map(|message| message["trace"].as_array()).flatten();
    let errors: Vec<_> = events.filter(|event| event["event"] == "called").map(|event| &event["error"]).collect();
    assert_eq!(errors.len(), 4, "{errors:?}");
    for (error, why) in errors.iter().zip(["no JSON", "1024 KB", "private", "private"]) {
        assert!(error.as_str().is_some_and(|error| error.contains(why)), "the trace says what went wrong: {errors:?}");
    }
    world.end().await;
}

#[tokio::test]
async fn a_journey_that_wants_to_keep_more_than_a_row_takes_goes_on_without_it() {
    let world = World::start().await;
    let fill = |card: char| {
        let fields: Vec<_> = (1..=5).map(|n| format!("{card}{n}: rept(\"{card}\", 30000)")).collect();
        format!("update_contact({})", fields.join(", "))
    };
    let notebook = format!(
        r#"
```stack
trigger(on: "MESSAGE RECEIVED") when has_only_phrase(event.message.text.body, "llena")

card First, then: Second do
  {}
  write_result("larga", rept("y", 30000))
  one = ask("Uno")
end

card Second, then: Third do
  {}
  two = ask("Dos")
end

card Third do
  {}
  add_label(rept("z", 300))
  log(rept("ñ", 30000))
  text("Tres")
end
```
"#,
        fill('a'),
        fill('b'),
        fill('c')
    );
    publish(&world, "llena", &notebook).await;

    let ana = world.person(ANA).await;
    let said = ["Uno", "Dos", "Tres"];
    for (word, round) in ["llena", "sí", "no"].into_iter().zip(1..) {
        world.says(&ana, word).await;
        world.sees(&ana, &said[..round]).await;
    }
    let conversation = world.conversation(ANA).await;
    let fields: Vec<_> = conversation["contact"]["fields"].as_object().unwrap().keys().cloned().collect();
    assert_eq!(fields, ["a1", "a2", "a3", "a4", "b1", "b2", "b3", "b4"]);
    assert_eq!(conversation["labels"], json!([]));
    let messages = world.messages(&conversation).await;
    let log: Vec<_> = messages.iter().rev().filter_map(|m| m["log"].as_array()).flatten().collect();
    let log: Vec<_> = log.into_iter().filter_map(Value::as_str).collect();
    let told = |what: &str| assert!(log.iter().any(|line| line.contains(what)), "{what}: {log:?}");
    told("(line 6): the field `a5` was not set, because one event may lead to 128 KB");
    told("(line 7): a result was not written, because");
    told("(line 17): the field `c5` was not set, because a profile has at most 256 KB.");
    told("(line 18): a label was not added, because a label has at most 256 bytes.");
    assert!(log.iter().all(|line| line.len() <= 1000));
    world.end().await;
}

#[tokio::test]
async fn a_reply_that_leads_to_too_many_requests_costs_nobody_the_place() {
    let service = Service::start(&json!({})).await;
    let world = World::start().await;
    let notebook = r#"
```stack
trigger(on: "MESSAGE RECEIVED") when has_only_phrase(event.message.text.body, "vueltas")
invalid_input(then: Help)

card Ask do
  address = "SERVICE"
  answer = buttons(["Sí", "No"]) do
    text("¿Vueltas?")
  end
  then(Ring when answer == "Sí")
  text("Bien, @contact.name.@contact.surname")
end

card Ring, then: Ring do
  get("@address/x", cache_ttl: 0)
end

card Help do
  text("Eso no va.")
end
```
"#;
    publish(&world, "vueltas", &notebook.replace("SERVICE", &service.url)).await;
    let ana = world.person(ANA).await;
    world.says(&ana, "vueltas").await;
    world.sees(&ana, &["¿Vueltas?"]).await;
    world.sends(&ana, json!({"tap": "Sí"})).await;
    world.sees(&ana, &["¿Vueltas?", "Eso no va.", "¿Vueltas?"]).await;
    assert_eq!(service.asked().len(), 10);
    world.sends(&ana, json!({"tap": "No"})).await;
    // Nobody has a surname here, and a field that every contact has is never shown by its name.
    world.sees(&ana, &["¿Vueltas?", "Eso no va.", "¿Vueltas?", "Bien, Ana."]).await;
    let messages = world.messages(&world.conversation(ANA).await).await;
    let log: Vec<_> = messages.iter().filter_map(|message| message["log"].as_array()).flatten().collect();
    assert!(log.iter().any(|line| line.as_str().is_some_and(|line| line.contains("more than 10 times"))), "{log:?}");
    world.end().await;
}

#[tokio::test]
async fn the_team_starts_stops_and_begins_a_journey_again() {
    let world = World::start().await;
    let ana = world.person(ANA).await;
    world.says(&ana, "encuesta").await;
    world.sees(&ana, &["¿Quieres empezar?"]).await;
    let conversation = world.conversation(ANA).await;
    let path = format!("/v1/conversations/{}/journey", conversation["id"].as_str().unwrap());
    let stands = world.api("GET", &path, Value::Null).await.json();
    assert_eq!((&stands["waits_for"], &stands["journeys"][0]["card"]), (&json!("reply"), &json!("Ask")), "{stands}");

    world.sends(&ana, json!({"tap": "Sí"})).await;
    let mut said = vec!["¿Quieres empezar?", "¿Cuántos años tienes?"];
    world.sees(&ana, &said).await;
    assert_eq!(world.api("POST", &path, json!({})).await.status, 202); // from its beginning
    said.push("¿Quieres empezar?");
    world.sees(&ana, &said).await;

    assert_eq!(world.api("DELETE", &path, Value::Null).await.status, 202);
    let stopped = eventually(|| async {
        let stands = world.api("GET", &path, Value::Null).await.json();
        if stands["journeys"] == json!([]) { Ok(()) } else { Err(stands) }
    });
    stopped.await.unwrap();
    world.says(&ana, "34").await; // answers nothing any more: the echo takes it
    said.push("Eco: 34");
    world.sees(&ana, &said).await;

    assert_eq!(world.api("POST", &path, json!({"journey": "nonsense"})).await.status, 404);
    assert_eq!(world.api("POST", &path, json!({"journey": "survey"})).await.status, 202);
    said.push("¿Quieres empezar?");
    world.sees(&ana, &said).await;
    world.end().await;
}
