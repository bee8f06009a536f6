//! Reminders: set, fired from the schedule, cancelled, and never twice for one occurrence.

use end_to_end::{As, World, eventually, let_it_be_live};
use serde_json::{Value, json};

const ANA: &str = "573001112233";

struct Setting {
    world: World,
    ana: String,
    contact: String,
    path: String,
}

async fn setting() -> Setting {
    let world = World::start().await;
    let ana = world.person(ANA).await;
    world.says(&ana, "hola").await;
    world.sees(&ana, &["Eco: hola"]).await;
    let contact = world.conversation(ANA).await["contact"]["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/lines/{}/reminders", world.line());
    Setting { world, ana, contact, path }
}

/// The wall clock of Bogotá (UTC-5, no daylight saving) so many hours from now.
fn bogota(world: &World, hours: i64) -> String {
    let now = world.machine.aws().clock().now() + jiff::SignedDuration::from_hours(hours - 5);
    now.strftime("%Y-%m-%dT%H:%M:%S").to_string()
}

fn template() -> Value {
    json!({"type": "template", "template": {"name": "reminder", "language": {"code": "es"},
        "components": [{"type": "body", "parameters": [{"type": "text", "text": "Ana"}, {"type": "text", "text": "vacuna"}]}]}})
}

#[tokio::test]
async fn a_reminder_fires_at_its_hour_with_its_template() {
    let Setting { world, ana, contact, path } = setting().await;
    let body =
        json!({"contact": contact, "at": bogota(&world, 48), "time_zone": "America/Bogota", "message": template()});
    let created = world.api("POST", &path, body).await;
    assert_eq!(created.status, 201, "{}", created.json());
    world.advance(47.0);
    tokio::time::sleep(end_to_end::QUIET).await;
    assert_eq!(world.phone(&ana).await.len(), 1, "too early");
    world.advance(1.1);
    let conversation = world.conversation(ANA).await;
    let message = eventually(|| async {
        let messages = world.messages(&conversation).await;
        messages.into_iter().find(|m| m["type"] == "template" && m["state"] == "delivered").ok_or(())
    })
    .await
    .unwrap_or_else(|()| panic!("no reminder\n{}", world.log()));
    assert_eq!(message["author"]["type"], "reminder");
    assert_eq!(world.phone(&ana).await.len(), 2);
    let reminder = world.api("GET", &format!("{path}/{}", created.json()["id"].as_str().unwrap()), Value::Null).await;
    assert_eq!(reminder.json()["state"], "fired");
    let late = world.api("DELETE", &format!("{path}/{}", created.json()["id"].as_str().unwrap()), Value::Null).await;
    assert_eq!(late.status, 409, "{}", late.json());
    world.end().await;
}

#[tokio::test]
async fn a_cancelled_reminder_does_not_fire_and_a_repeated_request_makes_one() {
    let Setting { world, ana, contact, path } = setting().await;
    let body =
        json!({"contact": contact, "at": bogota(&world, 2), "time_zone": "America/Bogota", "message": template()});
    let key = [("idempotency-key", "control-1")];
    let first = world.call(As::Administrator, "POST", &path, &key, body.clone()).await.json();
    let second = world.call(As::Administrator, "POST", &path, &key, body).await.json();
    assert_eq!(first["id"], second["id"]);
    let listed = world.api("GET", &path, Value::Null).await.json();
    assert_eq!(listed["reminders"].as_array().unwrap().len(), 1, "{listed}");
    let one = format!("{path}/{}", first["id"].as_str().unwrap());
    for _ in 0..2 {
        let cancelled = world.api("DELETE", &one, Value::Null).await;
        assert_eq!((cancelled.status, cancelled.json()["state"].as_str()), (200, Some("cancelled")));
    }
    world.advance(3.0);
    world.sees_no_more_than(&ana, &["Eco: hola"]).await;
    world.end().await;
}

#[tokio::test]
async fn a_recurring_reminder_starts_a_journey_each_day() {
    let Setting { world, ana, contact, path } = setting().await;
    let body = json!({"contact": contact, "cron": "0 9 * * ? *", "time_zone": "America/Bogota", "journey": "later"});
    let created = world.api("POST", &path, body).await;
    assert_eq!(created.status, 201, "{}", created.json());
    let say = "Ha pasado una hora, edad @contact.age.";
    world.advance(24.0);
    // Inside or outside the window depends on the hour; that the journey starts does not.
    let conversation = world.conversation(ANA).await;
    let started = |count: usize| {
        let (world, conversation) = (&world, &conversation);
        async move {
            eventually(|| async {
                let messages = world.messages(conversation).await;
                let events = messages.iter().filter(|m| m["direction"] == "event").count();
                if events == count { Ok(()) } else { Err(format!("{messages:?}")) }
            })
            .await
        }
    };
    assert_eq!(started(1).await, Ok(()), "{say}");
    world.says(&ana, "sigo aquí").await;
    world.advance(24.0);
    assert_eq!(started(2).await, Ok(()));
    world.end().await;
}

#[tokio::test]
async fn an_alarm_that_rings_twice_reminds_once() {
    let Setting { world, ana, contact, path } = setting().await;
    let body =
        json!({"contact": contact, "at": bogota(&world, 1), "time_zone": "America/Bogota", "message": template()});
    let created = world.api("POST", &path, body).await.json();
    // The function is killed after the message is queued: the scheduler invokes it again.
    world.fault(json!({"service": "sqs", "operation": "SendMessageBatch", "caller": "reminders", "when": "after",
                       "do": "kill_caller"}));
    world.advance(1.1);
    let one = format!("{path}/{}", created["id"].as_str().unwrap());
    eventually(|| async {
        let reminder = world.api("GET", &one, Value::Null).await.json();
        if reminder["state"] == "fired" { Ok(()) } else { Err(()) }
    })
    .await
    .unwrap_or_else(|()| panic!("not fired\n{}", world.log()));
    assert_eq!(world.armed(), 0);
    tokio::time::sleep(end_to_end::QUIET).await;
    assert_eq!(world.phone(&ana).await.len(), 2);
    world.end().await;
}

#[tokio::test]
async fn a_trigger_fires_before_a_date_of_the_contact_and_not_for_a_date_that_was_changed() {
    let world = World::start().await;
    let ana = world.person(ANA).await;
    let day = |days: i64| {
        let now = world.machine.aws().clock().now() + jiff::SignedDuration::from_hours(24 * days);
        now.strftime("%Y-%m-%d").to_string()
    };
    let (early, late) = (day(4), day(6));
    let mut said = Vec::new();
    for date in [&early, &late] {
        world.says(&ana, "control").await;
        said.push("¿Qué día es tu control?".to_owned());
        world.sees(&ana, &said.iter().map(String::as_str).collect::<Vec<_>>()).await;
        world.says(&ana, date).await;
        said.push("Te aviso dos días antes.".to_owned());
        world.sees(&ana, &said.iter().map(String::as_str).collect::<Vec<_>>()).await;
    }
    // The first date's alarm rings and finds that it is no longer the date.
    world.advance(50.0);
    world.sees_no_more_than(&ana, &said.iter().map(String::as_str).collect::<Vec<_>>()).await;
    world.advance(48.0);
    let reminded = "el ".to_owned() + &late;
    let conversation = world.conversation(ANA).await;
    let refused = eventually(|| async {
        let messages = world.messages(&conversation).await;
        let newest = messages.iter().rfind(|message| message["direction"] == "outbound").cloned().unwrap_or_default();
        let told = newest["content"]["text"]["body"].as_str().unwrap_or_default().contains(&reminded);
        if told && newest["state"] != "sending" { Ok(newest) } else { Err(newest) }
    });
    // Four days later the window is closed: what is no template is refused, and the row says so.
    assert_eq!(refused.await.unwrap()["state"], "failed");
    world.end().await;
}

/// A journey that a clock sets off for everybody called Ana.
fn clock(trigger: &str, text: &str) -> String {
    format!(
        "```stack\ntrigger({trigger}, time_zone: \"America/Bogota\") when contact.name == \"Ana\"\n\ncard Start do\n  \
         text(\"{text}\")\nend\n```\n"
    )
}

/// Creates and publishes a journey, or changes it.
async fn journey(world: &World, method: &str, path: &str, body: Value) -> Value {
    let name = path.split('/').next().unwrap();
    if method == "POST" && name == path {
        let notebook = json!({"name": name, "notebook": body});
        assert_eq!(world.api("POST", "/v1/journeys", notebook).await.status, 201);
        return Box::pin(journey(world, "POST", &format!("{name}/publish"), json!({}))).await;
    }
    let seen = world.api("GET", &format!("/v1/journeys/{name}"), Value::Null).await.json()["version"].to_string();
    let tag = format!("\"{seen}\"");
    let answer =
        world.call(As::Administrator, method, &format!("/v1/journeys/{path}"), &[("if-match", &tag)], body).await;
    assert_eq!(answer.status, 200, "{}", answer.json());
    answer.json()
}

#[tokio::test]
async fn a_clock_sets_a_journey_off_for_those_whose_condition_holds() {
    let Setting { world, ana, .. } = setting().await;
    let bea = world.somebody(json!({"name": "Bea", "phone": "573001112244"})).await;
    world.says(&bea, "hola").await;
    world.sees(&bea, &["Eco: hola"]).await;

    let hour = |hours: i64| bogota(&world, hours)[11..16].to_owned();
    journey(&world, "POST", "daily", json!(clock(&format!("every: \"day\", at: \"{}\"", hour(2)), "Toma agua."))).await;
    let moment = bogota(&world, 5)[..16].replace('T', " ");
    journey(&world, "POST", "once", json!(clock(&format!("at: \"{moment}\""), "Una vez."))).await;
    journey(&world, "PATCH", "once", json!({"enabled": false})).await;
    world.advance(1.0);
    let_it_be_live().await;
    world.sees(&ana, &["Eco: hola"]).await;
    world.advance(1.1);
    world.sees(&ana, &["Eco: hola", "Toma agua."]).await;

    // What was switched off when its moment came does not make up for it.
    world.advance(4.0);
    journey(&world, "PATCH", "once", json!({"enabled": true})).await;
    // Another time, and the former alarm rings for nothing any more.
    let later = clock(&format!("every: \"day\", at: \"{}\"", hour(3)), "Más tarde.");
    journey(&world, "PUT", "daily/draft", json!({"notebook": later})).await;
    journey(&world, "POST", "daily/publish", json!({})).await;
    let_it_be_live().await;
    world.sees(&ana, &["Eco: hola", "Toma agua."]).await;
    world.advance(3.1);
    world.sees(&ana, &["Eco: hola", "Toma agua.", "Más tarde."]).await;
    world.sees_no_more_than(&bea, &["Eco: hola"]).await;

    let messages = world.messages(&world.conversation(ANA).await).await;
    let why = messages.iter().filter_map(|message| message["trace"][0]["why"].as_str()).collect::<Vec<_>>().join("\n");
    assert!(why.contains("again, and `contact.name == \"Ana\"` held"), "{why}");
    world.end().await;
}

#[tokio::test]
async fn a_trigger_whose_time_the_clocks_skip_rings_once_at_the_first_moment_after_it() {
    let Setting { world, ana, .. } = setting().await;
    let zone = jiff::tz::TimeZone::get("America/Santiago").unwrap();
    let now = world.machine.aws().clock().now();
    let is_put_forward = |at: &jiff::Timestamp| zone.to_datetime(*at).hour() == 1;
    let put = zone.following(now).map(|change| change.timestamp()).find(is_put_forward).unwrap();
    // The evening before: 00:00 will not exist.
    world.advance((put.as_second() - now.as_second()) as f64 / 3600.0 - 8.0);
    world.says(&ana, "hola").await;
    world.sees(&ana, &["Eco: hola", "Eco: hola"]).await;
    let daily = clock("every: \"day\", at: \"00:00\"", "Toma agua.").replace("America/Bogota", "America/Santiago");
    assert!(daily.contains("America/Santiago"));
    journey(&world, "POST", "daily", json!(daily)).await;
    let_it_be_live().await;
    world.advance(7.9);
    world.sees_no_more_than(&ana, &["Eco: hola", "Eco: hola"]).await;
    world.advance(0.2);
    world.sees(&ana, &["Eco: hola", "Eco: hola", "Toma agua."]).await;
    world.advance(2.0);
    world.sees_no_more_than(&ana, &["Eco: hola", "Eco: hola", "Toma agua."]).await;
    let history = world.messages(&world.conversation(ANA).await).await;
    assert!(history.iter().any(|message| message["trace"][0]["why"].as_str().is_some_and(|why| why.contains("00:00"))));
    world.end().await;
}

#[tokio::test]
async fn a_time_that_never_comes_is_refused_when_it_is_set() {
    let Setting { world, contact, path, .. } = setting().await;
    let reminder =
        |when: &str, value: &str| json!({"contact": contact, when: value, "time_zone": "UTC", "message": template()});
    for (when, value) in [
        ("at", "2030-02-30T09:00:00"),
        ("at", "2030-03-01T24:30:00"),
        ("cron", "0 9 31 2 ? *"),
        ("cron", "0 9 1 1 ? 2020"),
        ("cron", "30 24 * * ? *"),
        ("cron", "0 17-9 * * ? *"),
    ] {
        let answer = world.api("POST", &path, reminder(when, value)).await;
        assert_eq!(answer.status, 422, "{value}: {}", answer.json());
        assert!(answer.json()["detail"].as_str().unwrap().contains(value), "{}", answer.json());
    }
    world.end().await;
}
