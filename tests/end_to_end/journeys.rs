//! Journeys as builders work on them: edited together, published, compared, taken back, moved elsewhere.

use std::path::Path;
use std::process::{Command, Output};

use chasqui::api::Api;
use chasqui::binaries::{self, Profile};
use chasqui::http::Answer;
use chasqui::journey::set;
use chasqui::token;
use end_to_end::{As, World, let_it_be_live};
use serde_json::{Value, json};
use store::TokenRole;

const ANA: &str = "573001112233";
const BEA: &str = "573001112244";

/// A journey that answers a word with a text.
fn answers(word: &str, text: &str) -> String {
    format!(
        "# {word}\n\n```stack\ntrigger(on: \"MESSAGE RECEIVED\") when has_only_phrase(event.message.text.body, \
         \"{word}\")\n\ncard Start do\n  text(\"{text}\")\nend\n```\n"
    )
}

/// A journey that answers a word with a question, and what is said then with a text.
fn asks(word: &str, question: &str, text: &str) -> String {
    let then =
        format!("card Start, then: End do\n  x = ask(\"{question}\")\nend\n\ncard End do\n  text(\"{text}\")\nend");
    answers(word, "").replace("card Start do\n  text(\"\")\nend", &then)
}

async fn create(world: &World, name: &str, notebook: &str) -> Value {
    let answer = world.api("POST", "/v1/journeys", json!({"name": name, "notebook": notebook})).await;
    assert_eq!(answer.status, 201, "{}", answer.json());
    answer.json()
}

async fn get(world: &World, path: &str) -> Value {
    let answer = world.api("GET", path, Value::Null).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.json());
    answer.json()
}

/// A change of a journey, made on a version.
async fn change(world: &World, who: As<'_>, method: &str, path: &str, seen: &Value, body: Value) -> Answer {
    let tag = format!("\"{seen}\"");
    world.call(who, method, &format!("/v1/journeys/{path}"), &[("if-match", &tag)], body).await
}

/// A change that is made on the latest version, and goes well.
async fn changed(world: &World, method: &str, journey: &str, what: &str, body: Value) -> Value {
    let seen = get(world, &format!("/v1/journeys/{journey}")).await["version"].clone();
    let answer = change(world, As::Administrator, method, &format!("{journey}{what}"), &seen, body).await;
    assert_eq!(answer.status, 200, "{method} {journey}{what}: {}", answer.json());
    answer.json()
}

#[tokio::test]
async fn two_editors_never_overwrite_each_other() {
    let world = World::start().await;
    let now = world.machine.aws().clock().now();
    let ana = token::create(world.machine.store(), "Ana", TokenRole::Builder, now).await.unwrap();
    let bob = token::create(world.machine.store(), "Bob", TokenRole::Builder, now).await.unwrap();
    let (ana, bob) = (As::Token(&ana), As::Token(&bob));
    create(&world, "menu", &answers("menu", "uno")).await;
    let seen = get(&world, "/v1/journeys/menu/draft").await["version"].clone();

    let draft = |text: &str| json!({"notebook": answers("menu", text)});
    let first = change(&world, ana, "PUT", "menu/draft", &seen, draft("dos")).await;
    assert_eq!((first.status, &first.json()["changed"]), (200, &json!(true)), "{}", first.json());
    for (method, path, body) in [
        ("PUT", "menu/draft", draft("tres")),
        ("POST", "menu/publish", json!({})),
        ("PATCH", "menu", json!({"name": "carta"})),
        ("PATCH", "menu", json!({"enabled": false})),
    ] {
        let refused = change(&world, bob, method, path, &seen, body.clone()).await;
        let problem = refused.json();
        assert_eq!(refused.status, 412, "{method} {path}: {problem}");
        assert_eq!(problem["type"], "urn:chasqui:problem:changed-meanwhile");
        assert!(problem["detail"].as_str().unwrap().contains("Ana edited the draft at "), "{problem}");
        assert_eq!(
            (&problem["version"], &problem["seen"], &problem["latest"]["by"]),
            (&json!(2), &seen, &json!("Ana"))
        );
        let blind = world.call(bob, method, &format!("/v1/journeys/{path}"), &[], body).await;
        assert_eq!(blind.status, 428, "{}", blind.json());
    }
    let read = get(&world, "/v1/journeys/menu/draft").await;
    assert_eq!((&read["notebook"], &read["by"]), (&json!(answers("menu", "dos")), &json!("Ana")));

    // Both at the same moment, on the same version: one of them.
    let (one, two) = tokio::join!(
        change(&world, ana, "PUT", "menu/draft", &read["version"], draft("cuatro")),
        change(&world, bob, "PUT", "menu/draft", &read["version"], draft("cinco")),
    );
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412]);
    // The same text again is no change.
    let read = get(&world, "/v1/journeys/menu/draft").await;
    let again = change(&world, bob, "PUT", "menu/draft", &read["version"], json!({"notebook": read["notebook"]})).await;
    assert_eq!((again.status, &again.json()["version"]), (200, &read["version"]));
    assert_eq!(again.json()["changed"], false);
    world.end().await;
}

#[tokio::test]
async fn only_what_compiles_goes_live_and_the_same_text_once() {
    let world = World::start().await;
    let broken = answers("menu", "uno").replace("card Start do", "card Start, then: Nowhere do");
    let created = create(&world, "menu", &broken).await;
    let problem = &created["problems"][0];
    assert_eq!(
        (&problem["code"], &problem["line"], &problem["card"]),
        (&json!("unknown-card"), &json!(6), &json!("Start"))
    );
    let refused = change(&world, As::Administrator, "POST", "menu/publish", &created["version"], json!({})).await;
    assert_eq!(refused.status, 422, "{}", refused.json());
    assert_eq!(refused.json()["type"], "urn:chasqui:problem:notebook");
    assert_eq!(refused.json()["problems"][0]["line"], 6);
    assert_eq!(get(&world, "/v1/journeys/menu").await["live"], Value::Null);
    let checked = world.api("POST", "/v1/check/notebook", json!({"notebook": broken})).await.json();
    assert_eq!((&checked["compiles"], checked["problems"].as_array().unwrap().len()), (&json!(true), 1));
    // It runs as it is: somebody has to want that.
    assert_eq!((&checked["needs_acceptance"], &refused.json()["acceptable"]), (&json!(true), &json!(true)));
    create(&world, "wanted", &broken).await;
    let wanted = changed(&world, "POST", "wanted", "/publish", json!({"accept_problems": true})).await;
    assert_eq!((&wanted["live"]["revision"], &wanted["problems"][0]["code"]), (&json!(1), &json!("unknown-card")));
    let set = json!([{"name": "imported", "notebook": broken}]);
    let dry = json!({"journeys": set, "publish": true, "dry_run": true});
    let dry = world.api("POST", "/v1/import/journeys", dry).await.json();
    assert_eq!(dry["journeys"][0]["problems"][0]["severity"], "fault", "{dry}");
    let refused = world.api("POST", "/v1/import/journeys", json!({"journeys": set, "publish": true})).await;
    assert_eq!((refused.status, &refused.json()["journeys"][0]["acceptable"]), (422, &json!(true)));
    let accepted = json!({"journeys": set, "publish": true, "accept_problems": true});
    assert_eq!(world.api("POST", "/v1/import/journeys", accepted).await.status, 200);
    // What has no meaning is not published, whoever wants it.
    let meaningless = answers("menu", "uno").replace("end\n", "");
    create(&world, "meaningless", &meaningless).await;
    let version = get(&world, "/v1/journeys/meaningless").await["version"].clone();
    let body = json!({"accept_problems": true});
    let refused = change(&world, As::Administrator, "POST", "meaningless/publish", &version, body).await;
    assert_eq!((refused.status, &refused.json()["acceptable"]), (422, &json!(false)), "{}", refused.json());

    let text = answers("menu", "uno").replace("  text(\"uno\")\n", "  text(\"uno\")\n  run_stack(\"postre\")\n");
    changed(&world, "PUT", "menu", "/draft", json!({"notebook": text})).await;
    let published = changed(&world, "POST", "menu", "/publish", json!({"comment": "La primera"})).await;
    assert_eq!((&published["changed"], &published["live"]["revision"]), (&json!(true), &json!(1)));
    assert_eq!((&published["live"]["comment"], &published["live"]["by"]), (&json!("La primera"), &json!("ada")));
    assert_eq!(published["problems"][0]["code"], "unknown-journey");
    let again = changed(&world, "POST", "menu", "/publish", json!({})).await;
    assert_eq!(
        (&again["changed"], &again["live"], &again["version"]),
        (&json!(false), &published["live"], &published["version"])
    );
    assert_eq!(again["has_unpublished_changes"], false);

    let_it_be_live().await;
    let ana = world.person(ANA).await;
    world.says(&ana, "menu").await;
    world.sees(&ana, &["uno"]).await;
    world.end().await;
}

#[tokio::test]
async fn a_revision_comes_back_and_who_stands_on_another_goes_on() {
    let world = World::start().await;
    create(&world, "menu", &asks("menu", "¿Uno?", "Fin uno")).await;
    changed(&world, "POST", "menu", "/publish", json!({})).await;
    changed(&world, "PUT", "menu", "/draft", json!({"notebook": asks("menu", "¿Dos?", "Fin dos")})).await;
    changed(&world, "POST", "menu", "/publish", json!({"comment": "Mejor"})).await;
    let_it_be_live().await;
    let (ana, bea) = (world.person(ANA).await, world.person(BEA).await);
    world.says(&ana, "menu").await;
    world.sees(&ana, &["¿Dos?"]).await;

    let back = changed(&world, "POST", "menu", "/rollback", json!({"revision": 1, "comment": "Mejor no"})).await;
    assert_eq!((&back["live"]["revision"], &back["live"]["text_of"]), (&json!(3), &json!(1)));
    assert_eq!(back["has_unpublished_changes"], false, "a draft that was live follows");
    assert_eq!(get(&world, "/v1/journeys/menu/draft").await["notebook"], asks("menu", "¿Uno?", "Fin uno"));
    let_it_be_live().await;
    world.says(&bea, "menu").await;
    world.sees(&bea, &["¿Uno?"]).await;
    world.says(&ana, "sí").await;
    world.sees(&ana, &["¿Dos?", "Fin dos"]).await;

    // The history is whole, and each revision keeps its text.
    let mut path = "/v1/journeys/menu/revisions?limit=2".to_owned();
    let mut comments = Vec::new();
    loop {
        let page = get(&world, &path).await;
        comments.extend(
            page["revisions"].as_array().unwrap().iter().map(|r| (r["revision"].clone(), r["comment"].clone())),
        );
        if page["next"].is_null() {
            break;
        }
        path = format!("/v1/journeys/menu/revisions?limit=2&after={}", page["next"]);
    }
    assert_eq!(comments, [(json!(3), json!("Mejor no")), (json!(2), json!("Mejor")), (json!(1), Value::Null)]);
    let second = get(&world, "/v1/journeys/menu/revisions/2").await;
    assert_eq!(second["notebook"], asks("menu", "¿Dos?", "Fin dos"));

    let diff = get(&world, "/v1/journeys/menu/diff?from=2&to=live").await;
    assert_eq!((&diff["from"], &diff["to"]), (&json!("2"), &json!("3")));
    let heads: Vec<_> =
        diff["changes"].as_array().unwrap().iter().map(|c| (c["part"].clone(), c["name"].clone())).collect();
    assert_eq!(heads, [(json!("card"), json!("Start")), (json!("card"), json!("End"))]);
    assert_eq!(diff["changes"][1]["lines"][1], json!({"op": "removed", "text": "  text(\"Fin dos\")"}));
    let same = get(&world, "/v1/journeys/menu/diff?from=1&to=3").await;
    assert_eq!(same["changes"], json!([]));
    world.end().await;
}

#[tokio::test]
async fn who_is_in_the_middle_moves_to_a_revision_that_takes_them_along() {
    let world = World::start().await;
    create(&world, "menu", &asks("menu", "¿Uno?", "Fin uno")).await;
    changed(&world, "POST", "menu", "/publish", json!({})).await;
    let_it_be_live().await;
    let ana = world.person(ANA).await;
    world.says(&ana, "menu").await;
    world.sees(&ana, &["¿Uno?"]).await;

    changed(&world, "PUT", "menu", "/draft", json!({"notebook": asks("menu", "¿Dos?", "Fin dos")})).await;
    let left = changed(&world, "POST", "menu", "/publish", json!({})).await;
    assert_eq!(left["live"]["migrate"], false);
    // The same text again, to take along who was left behind.
    let along = changed(&world, "POST", "menu", "/publish", json!({"migrate": true})).await;
    assert_eq!((&along["live"]["revision"], &along["live"]["migrate"]), (&json!(3), &json!(true)));
    let again = changed(&world, "POST", "menu", "/publish", json!({"migrate": true})).await;
    assert_eq!(again["live"]["revision"], json!(3), "nothing is left to change");
    let_it_be_live().await;
    world.says(&ana, "sí").await;
    world.sees(&ana, &["¿Uno?", "Fin dos"]).await;

    // The history says why, and by which trigger it all began.
    let messages = world.messages(&world.conversation(ANA).await).await;
    let traces: Vec<&Value> = messages.iter().map(|message| &message["trace"]).filter(|t| t.is_array()).collect();
    let said = |trace: &Value, event: &str| trace.as_array().unwrap().iter().find(|e| e["event"] == event).cloned();
    let began = said(traces[0], "triggered").unwrap();
    assert!(began["why"].as_str().unwrap().contains("has_only_phrase(event.message.text.body, \"menu\")"), "{began}");
    assert_eq!(said(traces[1], "migrated").unwrap()["revision"], json!(3));
    world.end().await;
}

#[tokio::test]
async fn a_disabled_journey_takes_nobody_new_and_leaves_nobody_alone() {
    let world = World::start().await;
    let (ana, bea) = (world.person(ANA).await, world.person(BEA).await);
    world.says(&ana, "encuesta").await;
    world.sees(&ana, &["¿Quieres empezar?"]).await;

    changed(&world, "PATCH", "survey", "", json!({"enabled": false})).await;
    let_it_be_live().await;
    world.says(&bea, "encuesta").await;
    world.sees(&bea, &["Eco: encuesta"]).await;
    world.sends(&ana, json!({"tap": "Sí"})).await;
    world.sees(&ana, &["¿Quieres empezar?", "¿Cuántos años tienes?"]).await;

    // What it scheduled is not started either, once that is disabled; the conversation's log says so.
    changed(&world, "PATCH", "later", "", json!({"enabled": false})).await;
    let_it_be_live().await;
    world.says(&ana, "34").await;
    let said = ["¿Quieres empezar?", "¿Cuántos años tienes?", "Anotado: 34. Hasta luego."];
    world.sees(&ana, &said).await;
    world.advance(1.1);
    world.sees_no_more_than(&ana, &said).await;

    changed(&world, "PATCH", "survey", "", json!({"enabled": true})).await;
    let_it_be_live().await;
    world.says(&bea, "encuesta").await;
    world.sees(&bea, &["Eco: encuesta", "¿Quieres empezar?"]).await;
    world.end().await;
}

#[tokio::test]
async fn a_journey_that_others_name_does_not_go_unnoticed() {
    let world = World::start().await;
    let seen = get(&world, "/v1/journeys/later").await["version"].clone();
    for body in [json!({"archived": true}), json!({"name": "mucho después"})] {
        let refused = change(&world, As::Administrator, "PATCH", "later", &seen, body).await;
        assert_eq!(refused.status, 409, "{}", refused.json());
        assert_eq!(refused.json()["type"], "urn:chasqui:problem:journey-in-use");
        assert_eq!(refused.json()["used_by"][0]["name"], "survey");
    }
    let archived = changed(&world, "PATCH", "later", "", json!({"archived": true, "force": true})).await;
    let listed = |archived: bool| {
        let world = &world;
        async move {
            let page = get(world, &format!("/v1/journeys?archived={archived}")).await;
            let names = page["journeys"].as_array().unwrap().iter().map(|journey| journey["name"].clone());
            // Of those this test is about: the folder of the tests has others.
            let ours = ["echo", "eco", "later", "survey"];
            names.filter(|name| ours.contains(&name.as_str().unwrap())).collect::<Vec<_>>()
        }
    };
    assert_eq!(listed(true).await, ["later"]);
    assert_eq!(listed(false).await, ["echo", "survey"]);

    let version = &archived["version"];
    let edit = change(&world, As::Administrator, "PUT", "later/draft", version, json!({"notebook": "# x"})).await;
    assert_eq!((edit.status, &edit.json()["type"]), (409, &json!("urn:chasqui:problem:archived")));
    let taken = world.api("POST", "/v1/journeys", json!({"name": "LATER"})).await;
    assert_eq!((taken.status, &taken.json()["type"]), (409, &json!("urn:chasqui:problem:name-taken")));
    assert_eq!(taken.json()["journey"], archived["id"]);
    let rename = change(&world, As::Administrator, "PATCH", "echo", &json!(2), json!({"name": "later"})).await;
    assert_eq!((rename.status, &rename.json()["type"]), (409, &json!("urn:chasqui:problem:name-taken")));

    changed(&world, "PATCH", "later", "", json!({"archived": false})).await;
    changed(&world, "PATCH", "echo", "", json!({"name": "eco"})).await;
    assert_eq!(listed(false).await, ["eco", "later", "survey"]);
    assert_eq!(world.api("GET", "/v1/journeys/echo", Value::Null).await.status, 404);
    create(&world, "echo", "").await;
    // Page by page, the same as at once; disabled ones by themselves.
    changed(&world, "PATCH", "survey", "", json!({"enabled": false})).await;
    let mut names = Vec::new();
    let mut path = "/v1/journeys?limit=2".to_owned();
    while !path.is_empty() {
        let page = get(&world, &path).await;
        names.extend(page["journeys"].as_array().unwrap().iter().map(|journey| journey["name"].clone()));
        path = page["next"].as_str().map(|next| format!("/v1/journeys?limit=2&after={next}")).unwrap_or_default();
    }
    let all = get(&world, "/v1/journeys?limit=100").await;
    let at_once: Vec<_> = all["journeys"].as_array().unwrap().iter().map(|journey| journey["name"].clone()).collect();
    assert_eq!(names, at_once);
    let disabled = get(&world, "/v1/journeys?enabled=false").await;
    assert_eq!(disabled["journeys"].as_array().unwrap().len(), 1);
    assert_eq!(disabled["journeys"][0]["name"], "survey");
    world.end().await;
}

#[tokio::test]
async fn a_large_notebook_is_kept_and_a_larger_one_refused() {
    let world = World::start().await;
    let padding = "Lorem ipsum dolor sit amet, consectetur adipiscing elit. ".repeat(15_000);
    let large = format!("{padding}\n\n{}", answers("menu", "uno"));
    assert!(large.len() > 800_000);
    create(&world, "menu", &large).await;
    changed(&world, "POST", "menu", "/publish", json!({})).await;
    assert_eq!(get(&world, "/v1/journeys/menu/revisions/live").await["notebook"], large);
    let seen = get(&world, "/v1/journeys/menu").await["version"].clone();
    for size in [1_000_001, 2_100_000] {
        let body = json!({"notebook": "a".repeat(size)});
        let refused = change(&world, As::Administrator, "PUT", "menu/draft", &seen, body).await;
        assert_eq!((refused.status, &refused.json()["type"]), (413, &json!("urn:chasqui:problem:too-large")), "{size}");
    }
    let_it_be_live().await;
    let ana = world.person(ANA).await;
    world.says(&ana, "menu").await;
    world.sees(&ana, &["uno"]).await;
    world.end().await;
}

#[tokio::test]
async fn an_import_is_checked_whole_before_anything_is_written() {
    let world = World::start().await;
    let good = answers("menu", "uno");
    let broken = good.replace("end\n", "");
    let sets = [
        json!([{"name": "menu", "notebook": good}, {"name": "rota", "notebook": broken}]),
        json!([{"name": "menu", "notebook": good}, {"name": "a/b", "notebook": good}]),
        json!([{"name": "menu", "notebook": good}, {"name": "MENU", "notebook": good}]),
        json!([{"name": "menu", "notebook": good}, {"name": "grande", "notebook": "a".repeat(1_000_001)}]),
    ];
    for set in sets {
        let refused = world.api("POST", "/v1/import/journeys", json!({"journeys": set, "publish": true})).await;
        let problem = refused.json();
        assert_eq!(refused.status, 422, "{problem}");
        assert_eq!(problem["journeys"].as_array().unwrap().len(), 1, "{problem}");
        assert_eq!(world.api("GET", "/v1/journeys/menu", Value::Null).await.status, 404);
    }
    // As drafts, errors are allowed and told.
    let set = json!([{"name": "menu", "notebook": good, "enabled": false}, {"name": "rota", "notebook": broken}]);
    let dry = world.api("POST", "/v1/import/journeys", json!({"journeys": set, "dry_run": true})).await.json();
    assert_eq!((&dry["dry_run"], &dry["journeys"][0]["outcome"]), (&json!(true), &json!("created")), "{dry}");
    assert_eq!(world.api("GET", "/v1/journeys/menu", Value::Null).await.status, 404);
    let done = world.api("POST", "/v1/import/journeys", json!({"journeys": set})).await.json();
    assert_eq!(done["journeys"][1]["problems"][0]["severity"], "error", "{done}");
    let menu = get(&world, "/v1/journeys/menu").await;
    assert_eq!((&menu["enabled"], &menu["live"], &menu["version"]), (&json!(false), &Value::Null, &json!(1)));

    // Somebody edits between the dry run and the import: nothing is overwritten.
    changed(&world, "PUT", "menu", "/draft", json!({"notebook": answers("menu", "de Ana")})).await;
    let set = json!([{"name": "menu", "notebook": answers("menu", "dos"), "version": 1}]);
    let refused = world.api("POST", "/v1/import/journeys", json!({"journeys": set})).await;
    assert_eq!((refused.status, &refused.json()["journey"]), (412, &json!("menu")), "{}", refused.json());
    let set = json!([{"name": "menu", "notebook": answers("menu", "dos")}]);
    let dry = world.api("POST", "/v1/import/journeys", json!({"journeys": set, "dry_run": true})).await.json();
    assert_eq!(dry["journeys"][0]["replaces_unpublished"]["by"], "ada", "{dry}");
    assert_eq!(dry["journeys"][0]["diff"]["changes"][0]["lines"][1]["text"], "  text(\"de Ana\")");
    world.end().await;
}

#[tokio::test]
async fn bad_requests_say_what_is_wrong() {
    let world = World::start().await;
    let long = "x".repeat(501);
    let cases = [
        ("GET", "/v1/journeys/nothing", Value::Null, 404, "not-found"),
        ("GET", "/v1/journeys/nothing/diff", Value::Null, 404, "not-found"),
        ("GET", "/v1/journeys?limit=0", Value::Null, 400, "bad-request"),
        ("GET", "/v1/journeys?page=2", Value::Null, 400, "bad-request"),
        ("POST", "/v1/journeys", json!({"name": ""}), 422, "invalid"),
        ("POST", "/v1/journeys", json!({"name": "a/b"}), 422, "invalid"),
        ("POST", "/v1/journeys", json!({"title": "menu"}), 400, "bad-request"),
        ("POST", "/v1/journeys", json!({"name": "echo"}), 409, "name-taken"),
        ("GET", "/v1/journeys/echo/revisions/9", Value::Null, 404, "not-found"),
        ("GET", "/v1/journeys/echo/revisions/-1", Value::Null, 404, "not-found"),
        ("GET", "/v1/journeys/echo/revisions/newest", Value::Null, 404, "not-found"),
        ("GET", "/v1/journeys/echo/diff?from=newest", Value::Null, 400, "bad-request"),
        ("GET", "/v1/journeys/echo/diff?from=7", Value::Null, 404, "not-found"),
        ("PUT", "/v1/journeys/echo/draft", json!({"text": "x"}), 400, "bad-request"),
        ("PATCH", "/v1/journeys/echo", json!({"id": "x"}), 400, "bad-request"),
        ("PATCH", "/v1/journeys/echo", json!({"name": "README"}), 422, "invalid"),
        ("POST", "/v1/journeys/echo/publish", json!({"comment": long}), 422, "invalid"),
        ("POST", "/v1/journeys/echo/rollback", json!({}), 400, "bad-request"),
        ("POST", "/v1/journeys/echo/rollback", json!({"revision": 9}), 404, "not-found"),
        ("DELETE", "/v1/journeys/echo", Value::Null, 405, "method-not-allowed"),
        ("POST", "/v1/export/journeys", json!({"journeys": ["nothing"]}), 404, "not-found"),
        ("POST", "/v1/export/journeys", json!({"of": "newest"}), 400, "bad-request"),
        ("POST", "/v1/import/journeys", json!({"journeys": [{"name": "x"}]}), 400, "bad-request"),
        ("POST", "/v1/check/notebook", json!({}), 400, "bad-request"),
    ];
    for (method, path, body, status, kind) in cases {
        let answer = world.call(As::Administrator, method, path, &[("if-match", "\"2\"")], body.clone()).await;
        let problem = answer.json();
        assert_eq!(answer.status, status, "{method} {path} {body}: {problem}");
        assert_eq!(problem["type"], format!("urn:chasqui:problem:{kind}"), "{method} {path} {body}: {problem}");
        assert!(problem["detail"].as_str().unwrap().len() > 10, "{problem}");
    }
    let rubbish = world.call(As::Administrator, "PATCH", "/v1/journeys/echo", &[("if-match", "**")], json!({})).await;
    assert_eq!((rubbish.status, &rubbish.json()["type"]), (400, &json!("urn:chasqui:problem:bad-request")));
    let anything = world.call(As::Administrator, "PATCH", "/v1/journeys/echo", &[("if-match", "*")], json!({})).await;
    assert_eq!(anything.status, 200, "{}", anything.json());
    world.end().await;
}

#[tokio::test]
async fn files_do_not_undo_what_was_done_here() {
    let world = World::start().await;
    let api = Api::new(&world.machine.api_url(), world.token());
    let mut files = set::read(&end_to_end::journeys()).unwrap();
    files.retain(|file| ["echo", "later", "survey"].contains(&file.name.as_str()));
    assert_eq!(set::news(&api, files.clone()).await.unwrap(), (Vec::new(), Vec::new()));

    // Published here since; edited here, not published; edited as a file; a new file.
    changed(&world, "PUT", "echo", "/draft", json!({"notebook": answers("eco", "eco")})).await;
    changed(&world, "POST", "echo", "/publish", json!({})).await;
    changed(&world, "PUT", "survey", "/draft", json!({"notebook": answers("x", "x")})).await;
    for file in files.iter_mut().filter(|file| file.name != "echo") {
        file.text.push_str("\nMore.\n");
    }
    files.push(set::Notebook { name: "new".to_owned(), text: answers("new", "new") });
    let (news, kept) = set::news(&api, files).await.unwrap();
    assert_eq!(news.iter().map(|file| file.name.as_str()).collect::<Vec<_>>(), ["later", "new"]);
    let reasons = ["echo: a later text was published here", "survey: its draft has unpublished changes"];
    assert_eq!(kept, reasons);
    world.end().await;
}

/// Runs `cargo chasqui journey …` against a world.
fn command(world: &World, arguments: &[&str]) -> Output {
    Command::new(binaries::folder(Profile::Dev).join("chasqui"))
        .args(["journey", "--api", &world.machine.api_url(), "--token", world.token()])
        .args(arguments)
        .output()
        .unwrap()
}

/// What a command that went well says.
async fn says(world: &World, arguments: &[&str]) -> String {
    let output = tokio::task::block_in_place(|| command(world, arguments));
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{arguments:?}: {said}\n{}", String::from_utf8_lossy(&output.stderr));
    said
}

fn file(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join(name)).unwrap()
}

/// From the export of another program to people who talk with it, and on to a third program.
#[tokio::test(flavor = "multi_thread")]
async fn flows_of_another_program_move_in_and_out() {
    let say = |text: &str| json!({"type": "send_msg", "text": text});
    let node = |actions: Value| json!([{"uuid": "n", "actions": actions, "exits": [{"uuid": "x"}]}]);
    let enter = json!({"type": "enter_flow", "flow": {"uuid": "f-2", "name": "Encuesta: edad"}});
    let export = json!({
        "version": "13",
        "flows": [
            {"uuid": "f-1", "name": "Registro", "nodes": node(json!([say("Hola"), {"type": "send_email"}, enter]))},
            {"uuid": "f-2", "name": "Encuesta: edad", "nodes": node(json!([say("Gracias")]))},
        ],
        "triggers": [{"trigger_type": "K", "keywords": ["hola"], "flow": {"uuid": "f-1"}}],
    });
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    std::fs::write(path("export.json"), export.to_string()).unwrap();
    let world = World::start().await;
    let shown = says(&world, &["import", &path("export.json"), "--publish"]).await;
    assert!(shown.contains("warning[not-imported]: `send_email` could not be imported."), "{shown}");
    assert!(shown.contains("Registro: new") && shown.contains("2 of 2 would change"), "{shown}");
    let done = says(&world, &["import", &path("export.json"), "--publish", "--yes", "--json"]).await;
    let done: Value = serde_json::from_str(&done).unwrap();
    assert_eq!((&done["done"], &done["journeys"][0]["outcome"]), (&json!(true), &json!("created")), "{done}");
    assert_eq!(done["journeys"][0]["report"][0]["code"], "not-imported", "{done}");
    assert_eq!(done["journeys"][0]["problems"], json!([]), "the other one is known by its name: {done}");
    let_it_be_live().await;
    let ana = world.person(ANA).await;
    world.says(&ana, "Hola").await;
    world.sees(&ana, &["Hola", "Gracias"]).await;

    let set = ["--journey", "Registro", "--journey", "Encuesta - edad"];
    let said = says(&world, &[&["export", &path("flows"), "--floip"][..], &set].concat()).await;
    assert!(said.starts_with("2 journeys in "), "{said}");
    says(&world, &["convert", &path("flows"), "--to", &path("back")]).await;
    says(&world, &[&["export", &path("notebooks")][..], &set].concat()).await;
    for name in ["Registro.md", "Encuesta - edad.md"] {
        assert_eq!(file(folder.path(), &format!("back/{name}")), file(folder.path(), &format!("notebooks/{name}")));
    }
    let flow: Value = serde_json::from_str(&file(folder.path(), "flows/Registro.flow.json")).unwrap();
    assert_eq!(flow["specification_version"], "1.0.0-rc3");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_set_moves_to_another_machine_and_talks_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    let staging = World::start().await;
    let dessert = create(&staging, "Postre del día", &answers("postre", "Fruta")).await;
    let menu = answers("menu", "Sopa").replace(
        "  text(\"Sopa\")\n",
        &format!("  text(\"Sopa\")\n  run_stack({})\n  run_stack(\"echo\")\n", dessert["id"]),
    );
    create(&staging, "menu", &menu).await;
    changed(&staging, "POST", dessert["id"].as_str().unwrap(), "/publish", json!({})).await;
    changed(&staging, "POST", "menu", "/publish", json!({})).await;

    let set = ["--journey", "menu", "--journey", "Postre del día"];
    let said = says(&staging, &[&["export", path][..], &set].concat()).await;
    assert!(said.starts_with(&format!("2 journeys in {path}, 2 of them changed.")), "{said}");
    assert!(said.contains("menu.md:9:13: `echo`"), "{said}");
    let id = dessert["id"].as_str().unwrap();
    assert_eq!(file(folder.path(), "menu.md"), menu.replace(id, "Postre del día"));
    assert_eq!(file(folder.path(), "Postre del día.md"), answers("postre", "Fruta"));
    let again = says(&staging, &[&["export", path][..], &set].concat()).await;
    assert!(again.starts_with(&format!("2 journeys in {path}, 0 of them changed.")), "{again}");

    let production = World::start().await;
    let shown = says(&production, &["import", path, "--publish"]).await;
    assert!(shown.contains("menu: new") && shown.contains("2 of 2 would change"), "{shown}");
    assert_eq!(production.api("GET", "/v1/journeys/menu", Value::Null).await.status, 404);
    let done = says(&production, &["import", path, "--publish", "--yes"]).await;
    assert!(done.ends_with("2 imported and published.\n"), "{done}");
    assert!(says(&production, &["import", path, "--publish"]).await.ends_with("Nothing to do.\n"));
    let_it_be_live().await;
    for world in [&staging, &production] {
        let ana = world.person(ANA).await;
        world.says(&ana, "menu").await;
        world.sees(&ana, &["Sopa", "Fruta", "Eco: menu"]).await;
    }

    // The difference of a folder, and of two versions.
    let dessert = folder.path().join("Postre del día.md");
    assert!(says(&production, &["diff", dessert.to_str().unwrap()]).await.ends_with(": no difference\n"));
    std::fs::write(folder.path().join("menu.md"), file(folder.path(), "menu.md").replace("Sopa", "Arroz")).unwrap();
    let diff = says(&production, &["diff", path]).await;
    assert!(diff.contains("menu: changed\n  card Start: changed\n"), "{diff}");
    assert!(diff.contains("-   text(\"Sopa\")") && diff.contains("survey: not in the folder"), "{diff}");
    assert!(!diff.contains("Postre del día:"), "{diff}");
    let menu = folder.path().join("menu.md");
    let published = says(&production, &["publish", menu.to_str().unwrap(), "--comment", "Arroz"]).await;
    assert!(published.starts_with("menu: changed, revision 2\n"), "{published}");
    let diff = says(&production, &["diff", "menu", "1", "live"]).await;
    assert!(diff.starts_with("card Start: changed\n") && diff.contains("+   text(\"Arroz\")"), "{diff}");

    // What is wrong is said with its place, and nothing is published.
    std::fs::write(&menu, "# Menu\n\n```stack\ncard A, then: Nowhere do\n  text(\"hola\"\nend\n```\n").unwrap();
    let output = tokio::task::block_in_place(|| command(&production, &["publish", path]));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(
        !output.status.success()
            && error.contains("menu: it has 1 error(s)")
            && error.contains("\n  6:1: error: card A: "),
        "{error}"
    );
    assert_eq!(get(&production, "/v1/journeys/menu").await["live"]["revision"], 2);
    let output = tokio::task::block_in_place(|| command(&production, &["diff", "nothing"]));
    assert!(String::from_utf8(output.stderr).unwrap().contains("neither a folder nor a journey `nothing`"));
    staging.end().await;
    production.end().await;
}
