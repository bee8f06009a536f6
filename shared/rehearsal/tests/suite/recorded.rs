//! What is recorded passes, whatever somebody says and does.

use std::path::Path;

use rehearsal::script::record::Recorder;
use rehearsal::script::{Script, play};
use rehearsal::{Answer, Chat, Options, Paint, Rehearsal, Shelf, load, report};
use serde_json::json;

const LINES: [&str; 31] = [
    "hola",
    "Español",
    " english ",
    "Ana María",
    "34",
    "-1",
    "",
    "treinta",
    "@contact.name",
    "a: b # c",
    "\u{0}\u{202e}ñ",
    "🙂",
    "\"quoted\" \\ back",
    "line with  spaces  ",
    "/tap 1",
    "/tap 2",
    "/tap Agua segura",
    "/tap nothing",
    "/advance 5m",
    "/advance 23h",
    "/advance soon",
    "/start",
    "/image a picture",
    "/location 4.6,-74.1 Plaza",
    "/location here",
    "/contact topic=water",
    "/contact opted_in=",
    "/state",
    "//start",
    "/flow {\"age\": 34}",
    "/flow 34",
];

fn playbook(file: &str) -> Result<String, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../infra/playbooks/welcome");
    std::fs::read_to_string(folder.join(file)).map_err(|error| error.to_string())
}

fn shelf() -> Shelf {
    let mut shelf = Shelf::default();
    for (name, file) in [("welcome", "welcome.md"), ("reminder", "reminder.md")] {
        let loaded = load(file, &playbook(file).unwrap()).unwrap();
        shelf.add(name, name, Some(file), loaded).unwrap();
    }
    shelf
}

fn chat(options: Options) -> Chat {
    let shelf = shelf();
    let recorder = Recorder::new(&shelf, str::to_owned, &options);
    Chat::new(Rehearsal::new(shelf, options), recorder, Paint::default())
}

#[test]
fn what_is_recorded_passes() {
    // A linear congruential generator (Knuth): always the same conversations.
    let mut state = 1_u64;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below
    };
    for number in 0..60_u64 {
        let language = if number % 2 == 0 { "es" } else { "en" };
        let contact = json!({"name": null, "language": language, "opted_in": number % 3 == 0});
        let options = Options { contact: contact.as_object().unwrap().clone(), seed: number, ..Options::default() };
        let mut chat = chat(options);
        let said: Vec<&str> = (0..40).map(|_| LINES[random(LINES.len())]).collect();
        for line in &said {
            assert_ne!(chat.line(line), Answer::Over);
        }
        let recorded = chat.script();
        let script = Script::read(&recorded).unwrap_or_else(|problems| panic!("{problems:#?}\n{recorded}"));
        let outcome = play(&script, script.open(&playbook).unwrap());
        if let Some(failure) = outcome.failure {
            let report = report::failure("recorded", &failure, &outcome.conversation, Paint::default());
            panic!("{said:?}\n{recorded}\n{report}");
        }
    }
}

#[test]
fn the_chat_says_what_is_wrong_with_a_line() {
    let mut chat = chat(Options::default());
    for (line, answer) in [
        ("/tap 1", "There is nothing to tap."),
        ("/advance", "`` is not a length of time. Write /advance 23h, 5m, 90s or 2d."),
        ("/advance -5m", "`-5m` is not a length of time."),
        ("/location", "`` is not a place."),
        ("/location 95,0", "`95,0` is not a place."),
        ("/contact age", "`age` is not a field. Write age=34."),
        ("/contact =3", "has no name before the `=`"),
        ("/flow [1]", "`[1]` is not what a form holds. Write /flow {\"age\": 34}."),
        ("/taps 1", "There is no /taps. Did you mean /tap?"),
        ("hola", "Which language do you prefer?"),
        ("/tap 3", "There is no button or row `3`.\n1 Español · 2 English"),
        ("/tap 1", "¿Cómo te llamas?"),
        ("/state", "waits in card AskName"),
        ("/advance 1h", "No reply came in time"),
        ("/help", "/advance 23h"),
    ] {
        let Answer::Shown(shown) = chat.line(line) else { panic!("{line} ends the chat") };
        assert!(shown.contains(answer), "{line}: {shown}");
    }
    assert_eq!(chat.line("/quit"), Answer::Over);
}

#[test]
fn what_a_script_begins_with_is_recorded_too() {
    let script = "journey: welcome.md\nseed: 7\nline: {hours: 9-17}\ncontact: {name: Ana}\nglobals: {config: {token: \"a: b\"}}\n\
        http:\n  - {method: get, url: \"https://x.example/*\", query: {a: \"1\"}, status: 201, json: {b: [1, null]}}\n\
        \x20 - {method: post, url: \"*\", body: {c: 2}, fail: timeout}\n  - {url: \"*\", text: \"not {json\"}\n  - {url: y}\n\
        steps:\n  - start\n";
    let read = |text: &str| Script::read(text).unwrap_or_else(|problems| panic!("{problems:#?}\n{text}")).options;
    let options = read(script);
    let again = read(&chat(options.clone()).script().replace("steps:\n", "steps:\n  - start\n"));
    assert_eq!(format!("{options:?}"), format!("{again:?}"));
}

#[test]
fn what_is_not_there_is_recorded_as_it_was() {
    let code = "card A, then: B do\n  schedule_stack(\"gone\", in: 60)\n  schedule_stack(\"past\", at: date(2020, 1, 1))\n\
        \x20 run_stack(\"nowhere\")\n  write_result(\"m\", parse_json(\"{\\\"starts\\\": \\\"x\\\"}\"))\n\
        \x20 write_result(\"n\", parse_json(\"{\\\"end\\\": 1}\"))\n  name = ask(\"Name?\")\nend\n\
        card B, then: A do\n  r = get(\"https://x.example/a b\", query: [[\"q\", name]])\n  text(\"@r.error, @name\")\nend";
    let notebook = format!("```stack\n{code}\n```\n");
    let begin = || {
        let mut shelf = Shelf::default();
        shelf.add("a", "a", Some("a.md"), load("a.md", &notebook).unwrap()).unwrap();
        let options = Options::default();
        let recorder = Recorder::new(&shelf, str::to_owned, &options);
        Chat::new(Rehearsal::new(shelf, options), recorder, Paint::default())
    };
    let lines = ["/start", "Ana", "//slash", "/advance 30s", "*", "/advance 10m", "/start", "Ana"];
    for number in 0..=lines.len() {
        let mut chat = begin();
        for line in &lines[..number] {
            assert_ne!(chat.line(line), Answer::Over);
        }
        let recorded = chat.script();
        let script = Script::read(&recorded).unwrap_or_else(|problems| panic!("{problems:#?}\n{recorded}"));
        let outcome = play(&script, script.open(&|_| Ok(notebook.clone())).unwrap());
        assert_eq!(outcome.failure, None, "{recorded}\n{:#?}", outcome.conversation);
    }
    let mut chat = begin();
    lines.iter().for_each(|line| drop(chat.line(line)));
    let recorded = chat.script();
    for part in [
        "  gone: return\n  past: return\n",
        "fail: nothing is written down that answers it}",
        "  - user: \"/slash\"\n",
        "m: {contains: \"{\\\"starts\\\":\\\"x\\\"}\"}",
    ] {
        assert!(recorded.contains(part), "{part}\n---\n{recorded}");
    }
    let mut chat = begin();
    chat.line("/start");
    assert!(chat.script().contains("{journey: past, at: 2020-01-01T00:00:00Z}"), "{}", chat.script());
}

#[test]
fn nothing_in_a_chat_commands_the_terminal() {
    let code = "card A do\n  buttons(B: \"\u{1b}[31mred\") do\n    text(\"\u{1b}[2Jevil\")\n  end\nend\n\
        card B do\n  log(\"\u{1b}]0;title\u{7}\")\n  update_contact(x: \"\u{9b}1m\")\nend";
    let mut shelf = Shelf::default();
    shelf.add("a", "a", Some("a.md"), load("a.md", &format!("```stack\n{code}\n```\n")).unwrap()).unwrap();
    let recorder = Recorder::new(&shelf, str::to_owned, &Options::default());
    let mut chat = Chat::new(Rehearsal::new(shelf, Options::default()), recorder, Paint::default());
    let mut said = chat.start();
    for line in ["/tap 5", "/tap 1", "/contact", "/state"] {
        let Answer::Shown(shown) = chat.line(line) else { panic!("{line} ends the chat") };
        said.push_str(&shown);
    }
    assert!(said.contains("evil") && said.contains("title"), "{said}");
    assert_eq!(said.chars().filter(|letter| letter.is_control() && *letter != '\n').count(), 0, "{said:?}");
}
