//! What journeys recorded, as those read it who analyse answers.

use chasqui::token;
use end_to_end::{As, World, eventually};
use serde_json::{Value, json};
use store::TokenRole;

const ANA: &str = "573001112233";
const BEA: &str = "573001112244";
const PACKAGES: &str = "/v1/flow-results/packages";

/// A journey that leads by chance, and runs another that records too.
const DRAW: &str = r#"```stack
trigger(on: "MESSAGE RECEIVED") when has_only_phrase(event.message.text.body, "sorteo")

card Start do
  experiment("saludo", Corto: 1, Largo: 1)
end

card Corto, then: Record do
  text("hola")
end

card Largo, then: Record do
  text("hola")
end

card Record do
  write_result("number", 5, label: "Número")
  run_stack("detalle")
end
```
"#;

const DETAIL: &str = r#"```stack
card Start do
  write_result("detail", "=1+1", label: "Detalle")
  text("listo")
end
```
"#;

/// A journey that records at its beginning and after an answer.
const TWICE: &str = r#"```stack
trigger(on: "MESSAGE RECEIVED") when has_only_phrase(event.message.text.body, "dos")

card Start, then: End do
  write_result("begin", 1)
  place = request_location("¿Dónde?")
end

card End do
  write_result("place", place)
  text("listo")
end
```
"#;

async fn publish(world: &World, name: &str, notebook: &str) {
    let created = world.api("POST", "/v1/journeys", json!({"name": name, "notebook": notebook})).await;
    assert_eq!(created.status, 201, "{}", created.json());
    let path = format!("/v1/journeys/{name}/publish");
    let published = world.call(As::Administrator, "POST", &path, &[("if-match", "\"1\"")], json!({})).await;
    assert_eq!(published.status, 200, "{}", published.json());
}

async fn get(world: &World, path: &str) -> Value {
    let answer = world.api("GET", path, Value::Null).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.json());
    answer.json()
}

/// The rows of a package, once there are so many.
async fn rows(world: &World, package: &str, query: &str, count: usize) -> Vec<Vec<Value>> {
    let found = eventually(|| async {
        let page = get(world, &format!("{PACKAGES}/{package}/responses{query}")).await;
        let rows: Vec<Vec<Value>> = serde_json::from_value(page["data"]["attributes"]["responses"].clone()).unwrap();
        if rows.len() == count { Ok(rows) } else { Err(page.to_string()) }
    })
    .await;
    found.unwrap_or_else(|page| panic!("expected {count} rows: {page}\n{}", world.log()))
}

/// A person answers the survey of `tests/journeys`, for the `turn`th time.
async fn answers_survey(world: &World, person: &str, age: &str, turn: usize) {
    let mut seen: Vec<String> = world.texts(person).await;
    for (said, shown) in [
        ("encuesta", "¿Quieres empezar?".to_owned()),
        ("Sí", "¿Cuántos años tienes?".to_owned()),
        (age, format!("Anotado: {age}. Hasta luego.")),
    ] {
        world.says(person, said).await;
        seen.push(shown);
        world.sees(person, &seen.iter().map(String::as_str).collect::<Vec<_>>()).await;
    }
    assert_eq!(seen.len(), turn * 3);
}

#[tokio::test]
async fn answers_are_read_as_flow_results() {
    let world = World::start().await;
    let (ana, bea) = (world.person(ANA).await, world.person(BEA).await);
    answers_survey(&world, &ana, "34", 1).await;
    answers_survey(&world, &bea, "70", 1).await;
    answers_survey(&world, &ana, "35", 2).await;

    let list = get(&world, PACKAGES).await;
    let listed = list["data"].as_array().unwrap().iter().find(|package| package["attributes"]["name"] == "survey");
    let listed = listed.unwrap_or_else(|| panic!("{list}"));
    assert_eq!(listed["type"], "packages");
    let id = listed["id"].as_str().unwrap();

    let package = get(&world, &format!("{PACKAGES}/{id}")).await;
    let attributes = &package["data"]["attributes"];
    assert_eq!((&attributes["profile"], &attributes["id"]), (&json!("flow-results-package"), &json!(id)));
    assert_eq!(attributes["flow_results_specification_version"], "1.0.0-rc1");
    let schema = &attributes["resources"][0]["schema"];
    let columns: Vec<&str> =
        schema["fields"].as_array().unwrap().iter().map(|field| field["name"].as_str().unwrap()).collect();
    let expected = ["timestamp", "row_id", "contact_id", "session_id", "question_id", "response", "response_metadata"];
    assert_eq!(columns, expected);
    assert_eq!(schema["questions"], json!({"age": {"type": "open", "label": "Age", "type_options": {}}}));
    let address = format!("{}{PACKAGES}/{id}/responses", world.machine.api_url());
    assert_eq!(attributes["resources"][0]["api-data-url"], address);

    let all = rows(&world, id, "", 3).await;
    let told: Vec<_> = all.iter().map(|row| (row[4].as_str().unwrap(), row[5].clone())).collect();
    assert_eq!(told, [("age", json!(34)), ("age", json!(70)), ("age", json!(35))]);
    assert_eq!(all[0][6], json!({"type": "numeric", "type_options": {}, "label": "Age"}));
    let contact = world.conversation(ANA).await["id"].as_str().unwrap().split('-').next().unwrap().to_owned();
    assert_eq!((&all[0][2], &all[2][2]), (&json!(contact), &json!(contact)));
    assert_ne!(all[1][2], all[0][2], "another person");
    assert_ne!(all[2][3], all[0][3], "another session of the same person");
    assert!(!serde_json::to_string(&all).unwrap().contains(ANA), "no phone number");

    // The package by the name of its journey, and in parts.
    assert_eq!(rows(&world, "survey", "", 3).await, all);
    let moment = all[1][0].as_str().unwrap().replace('+', "%2B");
    assert_eq!(rows(&world, id, &format!("?filter[start-timestamp]={moment}"), 1).await, all[2..]);
    assert_eq!(rows(&world, id, &format!("?filter[end-timestamp]={moment}"), 2).await, all[..2]);
    let mut path = format!("{PACKAGES}/{id}/responses?page[size]=2");
    let mut read = Vec::new();
    let last = loop {
        let page = get(&world, &path).await["data"].clone();
        read.extend(page["attributes"]["responses"].as_array().unwrap().clone());
        match page["relationships"]["links"]["next"].as_str() {
            Some(next) => path = next.strip_prefix(&world.machine.api_url()).unwrap().to_owned(),
            None => break page,
        }
    };
    assert_eq!(json!(read), json!(all));
    let back = last["relationships"]["links"]["previous"].as_str().unwrap();
    let back = get(&world, back.strip_prefix(&world.machine.api_url()).unwrap()).await;
    assert_eq!(back["data"]["attributes"]["responses"], json!(all[..2]));
    assert_eq!(back["data"]["relationships"]["links"]["previous"], Value::Null);
    world.end().await;
}

#[tokio::test]
async fn experiments_and_journeys_within_record_in_the_same_session() {
    let world = World::start().await;
    publish(&world, "detalle", DETAIL).await;
    publish(&world, "sorteo", DRAW).await;
    tokio::time::sleep(std::time::Duration::from_millis(2500)).await;
    let ana = world.person(ANA).await;
    world.says(&ana, "sorteo").await;
    world.sees(&ana, &["hola", "listo"]).await;

    let questions = get(&world, &format!("{PACKAGES}/sorteo")).await;
    let questions = questions["data"]["attributes"]["resources"][0]["schema"]["questions"].clone();
    assert_eq!(questions["number"], json!({"type": "numeric", "label": "Número", "type_options": {}}));
    let arms = json!({"choices": ["Corto", "Largo"]});
    assert_eq!(questions["saludo"], json!({"type": "select_one", "label": "saludo", "type_options": arms}));

    let draw = rows(&world, "sorteo", "", 2).await;
    let keys: Vec<_> = draw.iter().map(|row| row[4].as_str().unwrap()).collect();
    assert_eq!(keys, ["saludo", "number"]);
    assert!(["Corto", "Largo"].contains(&draw[0][5].as_str().unwrap()), "{draw:?}");
    let detail = rows(&world, "detalle", "", 1).await;
    assert_eq!((&detail[0][3], &draw[0][3]), (&draw[1][3], &draw[1][3]), "one session");

    let path = format!("{PACKAGES}/detalle/responses.csv");
    let table = world.raw("GET", &path, &[("authorization", &format!("Token {}", world.token()))], "").await;
    assert_eq!(table.status, 200);
    let text = String::from_utf8(table.body.to_vec()).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "\u{feff}timestamp,row_id,contact_id,session_id,question_id,response,response_metadata");
    assert!(lines[1].contains(",detail,'=1+1,"), "{text}");
    assert_eq!(lines.len(), 2);
    world.end().await;
}

#[tokio::test]
async fn a_result_is_recorded_once_and_in_the_session_it_belongs_to() {
    let world = World::start().await;
    publish(&world, "dos", TWICE).await;
    tokio::time::sleep(std::time::Duration::from_millis(2500)).await;
    let ana = world.person(ANA).await;
    // The event comes again, because the function died when it had recorded everything and sent nothing yet.
    let fault = json!({"service": "sqs", "operation": "SendMessageBatch", "caller": "journeys", "do": "kill_caller"});
    world.fault(fault);
    world.says(&ana, "dos").await;
    world.sees(&ana, &["¿Dónde?"]).await;
    assert_eq!(world.armed(), 0);
    world.sends(&ana, json!({"location": {"latitude": -0.2, "longitude": -78.5, "name": "Casa"}})).await;
    world.sees(&ana, &["¿Dónde?", "listo"]).await;
    let rows = rows(&world, "dos", "", 2).await;
    assert_eq!((&rows[0][4], &rows[1][4]), (&json!("begin"), &json!("place")));
    assert_eq!(rows[0][3], rows[1][3], "one session");
    assert_eq!(rows[1][5], json!([-0.2, -78.5]));
    assert_eq!((&rows[1][6]["type"], &rows[1][6]["name"]), (&json!("geo_point"), &json!("Casa")));
    world.end().await;
}

#[tokio::test]
async fn what_is_asked_wrongly_is_refused_with_a_reason() {
    let world = World::start().await;
    let created = world.api("POST", "/v1/journeys", json!({"name": "draft"})).await;
    assert_eq!(created.status, 201);
    let place = "0001772359200000-4f0c-0";
    for (path, status, reason) in [
        ("/nothing".to_owned(), 404, "There is no journey `nothing`"),
        ("/nothing/responses".to_owned(), 404, "There is no journey `nothing`"),
        ("/draft".to_owned(), 404, "never published"),
        ("/draft/responses.csv".to_owned(), 404, "never published"),
        ("/survey/responses?page[size]=0".to_owned(), 400, "`page[size]` is 0; it can be 1 to 1000."),
        ("/survey/responses.csv?page[size]=5001".to_owned(), 400, "it can be 1 to 5000."),
        ("/survey/responses?page[size]=many".to_owned(), 400, "page[size]"),
        ("/survey/responses?page[number]=2".to_owned(), 400, "page[number]"),
        ("/survey/responses?filter[start-timestamp]=ayer".to_owned(), 400, "`filter[start-timestamp]` is `ayer`"),
        ("/survey/responses?page[afterCursor]=7".to_owned(), 400, "`7` is not the id of a result"),
        (format!("/survey/responses?page[afterCursor]={place}&page[beforeCursor]={place}"), 400, "give one of them"),
    ] {
        let answer = world.api("GET", &format!("{PACKAGES}{path}"), Value::Null).await;
        let problem = answer.json();
        assert_eq!(answer.status, status, "{path}: {problem}");
        assert!(problem["detail"].as_str().unwrap().contains(reason), "{path}: {problem}");
    }
    let now = world.machine.aws().clock().now();
    let operator = token::create(world.machine.store(), "Ops", TokenRole::Operator, now).await.unwrap();
    let refused = world.call(As::Token(&operator), "GET", PACKAGES, &[], Value::Null).await;
    assert_eq!(refused.status, 403);
    world.end().await;
}
