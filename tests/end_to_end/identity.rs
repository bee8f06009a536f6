//! Who is who: phone numbers come and go, the BSUID stays, and two rows of one person become one.

use end_to_end::{World, eventually};
use serde_json::{Value, json};

const ANA: &str = "573001112233";
const NEW: &str = "573009998877";
const U: &str = "CO.77";

/// What somebody sends who shows these names: a text, which is also its id.
fn text(phone: &str, user_id: &str, body: &str) -> Value {
    json!({"raw": {"id": format!("wamid.{body}"), "from": phone, "from_user_id": user_id, "type": "text", "text": {"body": body}}})
}

/// The notice that somebody moved from one number to another.
fn moved(from: &str, to: &str, id: &str) -> Value {
    let system = json!({"type": "user_changed_number", "wa_id": to, "body": "moved"});
    json!({"raw": {"id": format!("wamid.{id}"), "from": from, "from_user_id": "", "type": "system", "system": system}})
}

/// Sends these one after the other and waits until each is kept; answers the conversations there are then.
async fn kept_one_by_one(world: &World, what: &[Value]) -> Vec<Value> {
    // Whose phone it is sent from does not matter: the messages name their sender themselves.
    let anybody = world.somebody(json!({"name": null, "phone": "570000001", "user_id": "", "id": "anybody"})).await;
    for (before, message) in what.iter().enumerate() {
        world.sends(&anybody, message.clone()).await;
        let kept = eventually(|| async {
            let kept = inbound(world).await;
            if kept.len() > before { Ok(()) } else { Err(format!("{kept:?}")) }
        });
        kept.await.unwrap_or_else(|kept| panic!("{message} is not kept: {kept}\n{}", world.log()));
    }
    world.has_dead_letters(0).await;
    world.conversations().await
}

/// Meta's ids of all inbound messages that the API shows, each once for each time it is shown.
async fn inbound(world: &World) -> Vec<String> {
    let (mut ids, mut after) = (Vec::new(), String::new());
    loop {
        let path = format!("/v1/lines/{}/conversations?limit=100{after}", world.line());
        let page = world.api("GET", &path, Value::Null).await.json();
        for conversation in page["conversations"].as_array().unwrap() {
            let messages = world.messages(conversation).await;
            let inbound = messages.iter().filter(|message| message["direction"] == "inbound");
            ids.extend(inbound.map(|message| message["wamid"].as_str().unwrap().to_owned()));
        }
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => break,
        }
    }
    ids.sort();
    ids
}

#[tokio::test]
async fn a_person_without_a_phone_number_is_answered() {
    let world = World::start().await;
    let bea = world.somebody(json!({"name": "Bea", "phone": null})).await;
    world.says(&bea, "hola").await;
    world.sees(&bea, &["Eco: hola"]).await;
    let conversations = world.conversations().await;
    assert_eq!(conversations.len(), 1);
    assert_eq!(conversations[0]["contact"]["phone"], Value::Null);
    assert_eq!(conversations[0]["contact"]["name"], "Bea");
    world.end().await;
}

#[tokio::test]
async fn a_person_known_by_phone_is_known_again_with_and_then_by_their_bsuid_alone() {
    let world = World::start().await;
    let ana = world.somebody(json!({"name": "Ana", "phone": ANA, "user_id": ""})).await;
    world.says(&ana, "uno").await;
    world.sees(&ana, &["Eco: uno"]).await;
    let first = world.conversation(ANA).await["id"].clone();
    let raw = |id: &str, from: Value, text: &str| json!({"raw": {"id": id, "from": from, "from_user_id": "CO.77", "type": "text", "text": {"body": text}}});
    world.sends(&ana, raw("wamid.both", json!(ANA), "dos")).await;
    eventually(|| async {
        let seen = world.conversation(ANA).await;
        if seen["contact"]["user_id"] == "CO.77" { Ok(()) } else { Err(seen) }
    })
    .await
    .unwrap();
    let conversations = world.conversations().await;
    assert_eq!(conversations.len(), 1, "{conversations:?}");
    assert_eq!(conversations[0]["id"], first);
    world.end().await;
}

#[tokio::test]
async fn a_new_number_keeps_the_person_and_frees_the_old_one() {
    let world = World::start().await;
    let ana = world.person(ANA).await;
    world.says(&ana, "uno").await;
    world.sees(&ana, &["Eco: uno"]).await;
    let before = world.conversation(ANA).await;
    world.sim("POST", &format!("people/{ana}/number"), json!({"phone": "573009998877"})).await;
    let after = world.conversation("573009998877").await;
    assert_eq!(after["id"], before["id"]);
    // Somebody else gets the old number: a stranger, who sees nothing of Ana's.
    let stranger = world.somebody(json!({"name": "Otra", "phone": ANA, "id": "stranger"})).await;
    world.says(&stranger, "soy nueva").await;
    world.sees(&stranger, &["Eco: soy nueva"]).await;
    let theirs = world.conversation(ANA).await;
    assert_ne!(theirs["id"], before["id"]);
    assert_eq!(world.conversations().await.len(), 2);
    world.end().await;
}

#[tokio::test]
async fn a_new_bsuid_keeps_the_person() {
    let world = World::start().await;
    let ana = world.person(ANA).await;
    world.says(&ana, "uno").await;
    world.sees(&ana, &["Eco: uno"]).await;
    let before = world.conversation(ANA).await;
    world.sim("POST", &format!("people/{ana}/user_id"), Value::Null).await;
    world.says(&ana, "dos").await;
    world.sees(&ana, &["Eco: uno", "Eco: dos"]).await;
    let after = world.conversation(ANA).await;
    assert_eq!(after["id"], before["id"]);
    assert_ne!(after["contact"]["user_id"], before["contact"]["user_id"]);
    assert_eq!(world.conversations().await.len(), 1);
    world.end().await;
}

#[tokio::test]
async fn two_rows_found_to_be_one_person_become_one() {
    let world = World::start().await;
    // Once by phone alone, once by BSUID alone: two rows. Then both names come together.
    let by_phone = world.somebody(json!({"name": "Ana", "phone": ANA, "user_id": "", "id": "by-phone"})).await;
    world.says(&by_phone, "uno").await;
    world.sees(&by_phone, &["Eco: uno"]).await;
    let by_id = world.somebody(json!({"name": "Ana", "phone": null, "user_id": "CO.55", "id": "by-id"})).await;
    world.says(&by_id, "dos").await;
    world.sees(&by_id, &["Eco: dos"]).await;
    assert_eq!(world.conversations().await.len(), 2);
    let older = world.conversation(ANA).await;
    let both = json!({"raw": {"id": "wamid.both", "from": ANA, "from_user_id": "CO.55", "type": "text", "text": {"body": "tres"}}});
    world.sends(&by_phone, both).await;
    let merged = eventually(|| async {
        let all = world.conversations().await;
        if all.len() == 1 { Ok(all[0].clone()) } else { Err(format!("{all:?}")) }
    })
    .await
    .unwrap();
    assert_eq!(merged["id"], older["id"]);
    assert_eq!(merged["contact"]["user_id"], "CO.55");
    let said = eventually(|| async {
        let messages = world.messages(&merged).await;
        let said: Vec<_> = messages
            .iter()
            .filter(|m| m["direction"] == "inbound")
            .map(|m| m["content"]["text"]["body"].clone())
            .collect();
        if said.len() == 3 { Ok(said) } else { Err(format!("{said:?}")) }
    })
    .await
    .unwrap();
    assert!(["uno", "dos", "tres"].iter().all(|text| said.contains(&json!(text))), "{said:?}");
    world.end().await;
}

#[tokio::test]
async fn a_number_that_changes_before_and_after_its_notice_is_one_person() {
    let world = World::start().await;
    let story = [text(ANA, "", "a1"), text(NEW, U, "a2"), moved(ANA, NEW, "a3"), text(ANA, U, "a4")];
    let conversations = kept_one_by_one(&world, &story).await;
    assert_eq!(conversations.len(), 1, "{conversations:?}");
    assert_eq!(conversations[0]["contact"]["phone"], ANA);
    world.end().await;
}

#[tokio::test]
async fn two_numbers_by_turns_are_one_person() {
    let world = World::start().await;
    let story = [text(ANA, "", "b1"), text(NEW, U, "b2"), text(ANA, U, "b3"), text(NEW, U, "b4")];
    let conversations = kept_one_by_one(&world, &story).await;
    assert_eq!(conversations.len(), 1, "{conversations:?}");
    assert_eq!(conversations[0]["contact"]["phone"], NEW);
    world.end().await;
}

#[tokio::test]
async fn a_notice_that_makes_two_rows_one_leaves_no_name_behind() {
    let world = World::start().await;
    let story =
        [text(ANA, U, "c1"), text(NEW, "", "c2"), moved(ANA, NEW, "c3"), text(NEW, U, "c4"), text(ANA, U, "c5")];
    let conversations = kept_one_by_one(&world, &story).await;
    assert_eq!(conversations.len(), 1, "{conversations:?}");
    assert_eq!(conversations[0]["contact"]["user_id"], U);
    world.end().await;
}

/// Numbers that look random and are the same in every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }

    fn one_of<'a>(&mut self, all: &'a [String]) -> &'a str {
        &all[self.below(all.len())]
    }
}

#[tokio::test]
async fn thirty_people_who_change_their_names_all_the_time_lose_nothing() {
    let world = World::start().await;
    // Nobody is slow here, there is just much at once.
    let queue = world.machine.queue("InboundQueue").unwrap();
    world
        .machine
        .aws()
        .sqs()
        .set_attributes(queue, [("VisibilityTimeout".to_owned(), "30".to_owned())].into())
        .unwrap();
    let anybody = world.somebody(json!({"name": "x", "phone": "570000001", "user_id": "", "id": "anybody"})).await;
    let mut chance = Chance(2026);
    let mut sent = Vec::new();
    for round in 0..6 {
        for person in 0..30 {
            let numbers: Vec<String> = (0..3).map(|n| format!("57300{person:04}{n:03}")).collect();
            let ids: Vec<String> = (0..2).map(|n| format!("CO.{person}.{n}")).collect();
            let (number, id) = (chance.one_of(&numbers), chance.one_of(&ids));
            let name = format!("{person}-{round}");
            let mut what = match chance.below(5) {
                0 => text(number, "", &name),
                1 => text("", id, &name),
                2 => moved(number, chance.one_of(&numbers), &name),
                _ => text(number, id, &name),
            };
            if what["raw"]["type"] == "system" && chance.below(2) == 0 {
                what["raw"]["system"]["user_id"] = id.into();
                what["raw"]["system"]["previous_user_id"] = chance.one_of(&ids).into();
            }
            world.sends(&anybody, what).await;
            sent.push(format!("wamid.{name}"));
        }
    }
    sent.sort();
    let kept = eventually(|| async {
        let kept = inbound(&world).await;
        if kept == sent { Ok(kept) } else { Err(kept) } // while two rows become one, both may be on the list
    })
    .await;
    world.has_dead_letters(0).await;
    assert_eq!(kept.unwrap_or_else(|kept| kept), sent, "{}", world.log());
    world.end().await;
}
