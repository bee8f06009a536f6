//! Who answers, and what becomes of the conversation, without a table or a queue.

use domain::amendment::{Amended, Amendment};
use domain::conversation::Status;
use domain::id::{ContactId, LineId};
use domain::message::Edited;
use domain::person::Person;
use domain::preview::preview;
use jiff::{SignedDuration, ToSpan};
use serde_json::{Value as Json, json};

use super::*;

/// A question with ten minutes to answer it, and nothing that follows when nobody does.
const SURVEY: &str = r#"
```stack
interaction_timeout(600)
trigger(on: "MESSAGE RECEIVED") when has_only_phrase(event.message.text.body, "encuesta")

card Ask, then: Done do
  name = ask("¿Cómo te llamas?")
end

card Done do
  text("Hola, @name.")
end
```
"#;

/// A question that is asked once more, in other words, when nobody answers for ten minutes.
const PATIENT: &str = r#"
```stack
interaction_timeout(600, then: Again)
trigger(on: "MESSAGE RECEIVED") when has_only_phrase(event.message.text.body, "fiebre")

card Ask, then: Done do
  fever = ask("¿Cuánta fiebre tienes?")
end

card Again, then: Slept do
  slept = ask("¿Cuántas horas dormiste?")
end

card Done do
  text("Fiebre: @fever.")
end

card Slept do
  text("Dormiste @slept horas.")
end
```
"#;

const HELP: &str = r#"
```stack
trigger(on: "MESSAGE RECEIVED", global: true) when has_only_phrase(event.message.text.body, "ayuda")

card Help do
  text("¿En qué te ayudo?")
end
```
"#;

const WELCOME: &str = r#"
```stack
trigger(on: "MESSAGE RECEIVED") when has_only_phrase(event.message.text.body, "hola")

card Hello do
  text("Bienvenida.")
end
```
"#;

const ECHO: &str = r#"
```stack
trigger(on: "CATCH ALL")

card Echo do
  text("Eco: @event.message.text.body")
end
```
"#;

/// Somebody, and all that is known when they write or a clock rings.
struct Scene {
    contact: Contact,
    conversation: Conversation,
    library: Library,
    surroundings: Surroundings,
    changes: Changes,
    now: Timestamp,
    messages: usize,
}

impl Scene {
    fn with(notebooks: &[(&str, &str)]) -> Self {
        let now = "2026-03-01T10:00:00Z".parse().unwrap();
        let contact = Contact::new(ContactId::new("c"), &Person::by_phone("573001112233"), now);
        Self {
            conversation: Conversation::new(contact.id.clone(), LineId::new("l"), now),
            contact,
            library: Library::of(notebooks),
            surroundings: Surroundings { globals: Value::Null, time_zone: TimeZone::UTC },
            changes: Changes::None,
            now,
            messages: 0,
        }
    }

    /// The journeys of these tests, the catch-all among them.
    fn start() -> Self {
        Self::with(&[("survey", SURVEY), ("fever", PATIENT), ("help", HELP), ("welcome", WELCOME), ("echo", ECHO)])
    }

    fn wait(&mut self, seconds: i64) {
        self.now += SignedDuration::from_secs(seconds);
    }

    /// A message as Meta tells it, written so many seconds ago.
    fn message(&mut self, mut message: Json, age: i64) -> Happening {
        self.messages += 1;
        message["id"] = json!(format!("wamid.{}", self.messages));
        message["timestamp"] = json!((self.now.as_second() - age).to_string());
        let message = Box::new(InboundMessage::parse(&message.to_string()).unwrap());
        Happening::Message { person: self.contact.person(), message, received_at: self.now, standby: false }
    }

    /// Lets it happen. Answers what is sent, or nothing when nothing follows.
    fn happens(&mut self, happening: Happening) -> Option<Vec<String>> {
        let event = PersonEvent { line: LineId::new("l"), happening };
        let mut row = Row::of(&event, &self.contact.id, self.now);
        if row.told {
            row.stand_at(self.conversation.place(row.key.at, None));
        }
        let known = Known {
            contact: &self.contact,
            conversation: &self.conversation,
            row: &row,
            changes: &self.changes,
            library: &self.library,
            surroundings: &self.surroundings,
            answered: &[],
            now: self.now,
        };
        match decide(&known, &event) {
            Decision::Commit(conversation, _) => {
                self.conversation = *conversation;
                let outbox = self.conversation.outbox.as_ref().unwrap();
                Some(outbox.messages.iter().map(preview).collect())
            }
            Decision::Ask(call) => panic!("no web service is asked here: {call:?}"),
            Decision::Nothing => None,
        }
    }

    /// The person sends something now. Answers what is sent back.
    fn sends(&mut self, message: Json) -> Vec<String> {
        let happening = self.message(message, 0);
        self.happens(happening).unwrap()
    }

    fn says(&mut self, text: &str) -> Vec<String> {
        self.said(text, 0)
    }

    /// What they wrote so many seconds ago comes now.
    fn said(&mut self, text: &str, age: i64) -> Vec<String> {
        let happening = self.message(json!({"type": "text", "text": {"body": text}}), age);
        self.happens(happening).unwrap()
    }

    /// The alarm of the present wait, which has been set by the latest event.
    fn alarm(&self) -> Happening {
        Happening::Timer { contact: self.contact.id.clone(), timer: self.conversation.wait_timer.clone().unwrap() }
    }

    fn log(&self) -> String {
        self.conversation.outbox.as_ref().unwrap().log.join("; ")
    }
}

// ---- who answers, in order ------------------------------------------------------------------------------------------

#[test]
fn blocked_then_human_then_interrupting_then_session_then_trigger_then_catch_all_then_inbox() {
    let mut scene = Scene::start();
    assert_eq!(scene.says("hola"), ["Bienvenida."]);
    assert_eq!(scene.says("algo"), ["Eco: algo"]);
    assert_eq!(scene.says("encuesta"), ["¿Cómo te llamas?"]);
    assert_eq!(scene.says("hola"), ["Hola, hola."], "the journey they are in takes what a trigger would");
    scene.says("encuesta");
    assert_eq!(scene.says("ayuda"), ["¿En qué te ayudo?"]);
    assert_eq!(scene.conversation.session, None, "interrupted");
    scene.conversation.mode = Mode::Human;
    assert!(scene.says("ayuda").is_empty());
    scene.conversation.mode = Mode::Automation;
    scene.contact.blocked = true;
    assert!(scene.says("ayuda").is_empty());
    assert_eq!(scene.conversation.unanswered, 8);

    let mut silent = Scene::with(&[("welcome", WELCOME)]);
    assert!(silent.says("algo").is_empty());
    assert_eq!(silent.conversation.unanswered, 1);
}

#[test]
fn what_says_nothing_moves_nothing() {
    let edit = json!({"original_message_id": "wamid.0", "message": {"type": "text", "text": {"body": "martes"}}});
    let asides = [
        json!({"type": "reaction", "reaction": {"message_id": "wamid.0", "emoji": "👍"}}),
        json!({"type": "reaction", "reaction": {"message_id": "wamid.0"}}),
        json!({"type": "reaction"}),
        json!({"type": "edit", "edit": edit}),
        json!({"type": "revoke", "revoke": {"original_message_id": "wamid.0"}}),
        json!({"type": "system", "system": {"type": "user_changed_number", "body": "Ana changed", "wa_id": "57"}}),
        json!({"type": "request_welcome"}),
    ];
    let unreadable = [
        json!({"type": "unsupported", "errors": [{"code": 131_051, "title": "Message type unknown"}]}),
        json!({"type": "unsupported", "unsupported": {"type": "poll_creation"}}),
        json!({"type": "hologram", "hologram": 7}),
        json!({}),
    ];
    for (message, counts) in asides.into_iter().map(|m| (m, 0)).chain(unreadable.into_iter().map(|m| (m, 1))) {
        let mut scene = Scene::start();
        scene.says("encuesta");
        scene.conversation.status = Status::Done;
        scene.wait(60);
        let before = scene.conversation.clone();
        assert!(scene.sends(message.clone()).is_empty(), "{message}");
        let after = scene.conversation.clone();
        assert_eq!(
            (&after.session, after.session_expires_at),
            (&before.session, before.session_expires_at),
            "{message}"
        );
        assert_eq!(after.unanswered, before.unanswered + counts, "{message}");
        if counts == 0 {
            assert_eq!((&after.preview, after.status), (&before.preview, Status::Done), "{message}");
            assert_eq!(after.window_expires_at(), before.window_expires_at(), "{message}");
            assert_eq!(after.last_activity_at, before.last_activity_at, "{message}");
        } else {
            assert_eq!(after.status, Status::Open, "{message}");
        }
        assert_eq!(scene.says("Ana"), ["Hola, Ana."], "after {message}");
        let mut stranger = Scene::start();
        assert!(stranger.sends(message.clone()).is_empty(), "{message} starts nothing");
    }
}

#[test]
fn a_group_is_read_and_never_answered() {
    let mut scene = Scene::start();
    scene.conversation.group = Some("Y2FwaV9ncm91cDox".into());
    let message =
        json!({"type": "text", "text": {"body": "ayuda"}, "group_id": "Y2FwaV9ncm91cDox", "from": "573001112233"});
    let happening = scene.message(message, 0);
    let event = PersonEvent { line: LineId::new("l"), happening: happening.clone() };
    let row = Row::of(&event, &scene.contact.id, scene.now);
    assert_eq!(row.message.sender.unwrap().phone.as_deref(), Some("573001112233"));
    assert_eq!(scene.happens(happening), Some(Vec::new()));
    assert_eq!(scene.conversation.window_expires_at(), None);
    assert_eq!((scene.conversation.unanswered, scene.conversation.preview.as_str()), (1, "ayuda"));
}

#[test]
fn what_the_organisation_writes_elsewhere_answers_and_moves_no_journey() {
    let mut scene = Scene::start();
    scene.says("encuesta");
    let session = scene.conversation.session.clone();
    let Happening::Message { person, message, received_at, .. } =
        scene.message(json!({"type": "text", "text": {"body": "Soy Eva"}}), 0)
    else {
        unreachable!()
    };
    assert_eq!(scene.happens(Happening::Echo { person, message, received_at }), Some(Vec::new()));
    assert_eq!((scene.conversation.unanswered, scene.conversation.preview.as_str()), (0, "Soy Eva"));
    assert_eq!((scene.conversation.session.clone(), scene.conversation.mode), (session, Mode::Automation));
}

#[test]
fn a_message_of_another_apps_thread_is_kept_and_not_answered() {
    let mut scene = Scene::start();
    let Happening::Message { person, message, received_at, .. } =
        scene.message(json!({"type": "text", "text": {"body": "ayuda"}}), 0)
    else {
        unreachable!()
    };
    assert_eq!(scene.happens(Happening::Message { person, message, received_at, standby: true }), Some(Vec::new()));
    assert_eq!((scene.conversation.unanswered, scene.conversation.preview.as_str()), (0, "ayuda"));
    assert!(scene.conversation.window_expires_at().is_some());
}

// ---- time -----------------------------------------------------------------------------------------------------------

#[test]
fn an_answer_written_in_time_is_one_however_late_it_comes() {
    for late in [0, 1, 3_600, 86_400, 7 * 86_400] {
        let mut scene = Scene::start();
        scene.says("encuesta");
        scene.wait(599 + late);
        assert_eq!(scene.said("Ana", late), ["Hola, Ana."], "{late} s");
    }
    for late in [0, 1, 3_600] {
        let mut scene = Scene::start();
        scene.says("encuesta");
        scene.wait(601 + late);
        assert_eq!(scene.said("Ana", late), ["Eco: Ana"], "too late by a second, handled {late} s later");
    }
}

#[test]
fn an_answer_written_in_time_wins_over_an_alarm_that_waits_behind_it() {
    let mut scene = Scene::start();
    scene.says("fiebre");
    let alarm = scene.alarm();
    scene.wait(4 * 3_600);
    assert_eq!(scene.said("38", 4 * 3_600 - 300), ["Fiebre: 38."]);
    assert_eq!(scene.happens(alarm), None, "stale by then");
}

#[test]
fn an_answer_that_comes_after_the_alarm_is_not_taken_for_one_to_what_was_asked_since() {
    let mut scene = Scene::start();
    scene.says("fiebre");
    scene.wait(601);
    let alarm = scene.alarm();
    assert_eq!(scene.happens(alarm), Some(vec!["¿Cuántas horas dormiste?".to_owned()]));
    scene.wait(60);
    assert!(scene.said("38", 120).is_empty(), "no hours of sleep");
    assert!(scene.log().contains("before the alarm"), "{}", scene.log());
    assert_eq!(scene.conversation.unanswered, 2);
    assert_eq!(scene.said("ayuda", 120), ["¿En qué te ayudo?"], "what interrupts does so all the same");
    let mut scene = Scene::start();
    scene.says("fiebre");
    scene.wait(601);
    let alarm = scene.alarm();
    scene.happens(alarm);
    assert_eq!(scene.says("8"), ["Dormiste 8 horas."], "written when it had been asked");
}

#[test]
fn a_message_from_before_a_journey_that_the_team_started_does_not_answer_it() {
    let mut scene = Scene::start();
    let (contact, at) = (scene.contact.id.clone(), scene.now);
    let start = Happening::Start { contact, journey: "survey".into(), cause: "team".into(), at, by_team: true };
    assert_eq!(scene.happens(start), Some(vec!["¿Cómo te llamas?".to_owned()]));
    scene.wait(2);
    assert!(scene.said("buenos días", 60).is_empty());
    assert_eq!(scene.said("Ana", 1), ["Hola, Ana."]);
}

#[test]
fn a_session_whose_alarm_never_rang_lapses_by_the_messages_time() {
    let mut scene = Scene::start();
    scene.says("fiebre");
    scene.wait(600 + 3_600);
    assert_eq!(scene.says("hola"), ["Bienvenida."]);
    assert!(!scene.conversation.outbox.as_ref().unwrap().cancelled.is_empty(), "its alarm is stopped");
}

#[test]
fn a_clock_that_is_ahead_is_bounded() {
    let mut scene = Scene::start();
    for ahead in [2, 86_400, 365 * 86_400] {
        scene.says("encuesta");
        assert_eq!(scene.said("Ana", -ahead), ["Hola, Ana."], "the session has not lapsed {ahead} s ahead");
        assert!(scene.conversation.window_expires_at().unwrap() <= scene.now + 24.hours() + window::SKEW, "{ahead}");
    }
}

#[test]
fn a_late_message_shortens_and_reopens_no_window() {
    let mut scene = Scene::start();
    scene.says("hola");
    let open_until = scene.conversation.window_expires_at();
    scene.said("tarde", 3_600);
    assert_eq!(scene.conversation.window_expires_at(), open_until);
    scene.wait(48 * 3_600);
    scene.said("tarde", 25 * 3_600);
    assert!(scene.conversation.window_expires_at().unwrap() < scene.now);
}

#[test]
fn a_stale_alarm_does_nothing() {
    let mut scene = Scene::start();
    scene.says("fiebre");
    let alarm = scene.alarm();
    scene.says("38");
    let before = scene.conversation.clone();
    scene.wait(601);
    assert_eq!(scene.happens(alarm.clone()), None);
    assert_eq!(scene.conversation, before);
    let mut lapsed = Scene::start();
    lapsed.says("encuesta");
    assert_eq!(lapsed.happens(alarm), None, "of another wait");
    let timer = "survey;0;2026-03-01T10:00:00Z".to_owned();
    assert_eq!(lapsed.happens(Happening::Timer { contact: ContactId::new("c"), timer }), None, "of no trigger");
}

// ---- edits and deletions, and the same again ------------------------------------------------------------------------

fn amended(scene: &Scene, original: &Message, content: Option<Json>) -> Changes {
    let key = domain::MessageKey {
        contact: scene.contact.id.clone(),
        line: LineId::new("l"),
        at: original.at,
        id: original.id.clone(),
    };
    let edited = Edited { at: scene.now.as_millisecond(), by: MessageId::of_inbound("wamid.edit") };
    Changes::Of(Box::new(original.clone()), Amended { key, amendment: Amendment { edited, content } })
}

#[test]
fn an_edit_of_the_latest_message_shows_in_the_list_and_one_of_an_older_does_not() {
    let edit = json!({"type": "edit", "edit": {"original_message_id": "wamid.1", "message": {}}});
    let martes = Some(json!({"type": "text", "text": {"body": "martes"}}));
    for (later, content, shown) in
        [(None, martes.clone(), "martes"), (None, None, "deleted"), (Some("y otra cosa"), martes, "y otra cosa")]
    {
        let mut scene = Scene::with(&[]);
        let happening = scene.message(json!({"type": "text", "text": {"body": "lunes"}}), 0);
        let event = PersonEvent { line: LineId::new("l"), happening: happening.clone() };
        let original = Row::of(&event, &scene.contact.id, scene.now).message;
        scene.happens(happening);
        scene.wait(5);
        if let Some(later) = later {
            scene.says(later);
        }
        scene.changes = amended(&scene, &original, content);
        let unanswered = scene.conversation.unanswered;
        assert!(scene.sends(edit.clone()).is_empty());
        assert_eq!((scene.conversation.preview.as_str(), scene.conversation.unanswered), (shown, unanswered));
        assert_eq!(scene.conversation.outbox.as_ref().unwrap().amended.len(), 1);
    }
}

#[test]
fn a_change_that_comes_first_waits_for_its_message() {
    let mut scene = Scene::with(&[]);
    scene.changes = Changes::Early(MessageId::of_inbound("wamid.2"));
    scene.sends(json!({"type": "revoke", "revoke": {"original_message_id": "wamid.2"}}));
    assert_eq!(scene.conversation.early.len(), 1);
    scene.sends(json!({"type": "revoke", "revoke": {"original_message_id": "wamid.2"}})); // it is told twice
    let waiting = scene.conversation.early.clone();
    scene.messages = 1;
    let happening = scene.message(json!({"type": "text", "text": {"body": "lunes"}}), 5);
    let event = PersonEvent { line: LineId::new("l"), happening: happening.clone() };
    let key = Row::of(&event, &scene.contact.id, scene.now).key;
    assert_eq!(waiting[0].original, key.id);
    let edited = Edited { at: scene.now.as_millisecond(), by: MessageId::of_inbound("wamid.1") };
    scene.changes = Changes::Waiting(vec![Amended { key, amendment: Amendment { edited, content: None } }]);
    scene.happens(happening);
    assert_eq!((scene.conversation.early.len(), scene.conversation.preview.as_str()), (0, "deleted"));
}

#[test]
fn the_same_event_decides_the_same_and_is_remembered() {
    let mut scene = Scene::start();
    let happening = scene.message(json!({"type": "text", "text": {"body": "encuesta"}}), 0);
    let (before, event) =
        (scene.conversation.clone(), PersonEvent { line: LineId::new("l"), happening: happening.clone() });
    scene.happens(happening.clone());
    let first = std::mem::replace(&mut scene.conversation, before);
    scene.happens(happening);
    assert_eq!(scene.conversation, first);
    assert!(first.remembers(&Row::of(&event, &scene.contact.id, scene.now).event));
}
