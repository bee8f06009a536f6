//! Who is who: phone numbers come and go, the BSUID stays, and two rows of one person become one.

use end_to_end::{World, eventually};
use serde_json::{Value, json};

const ANA: &str = "573001112233";

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
