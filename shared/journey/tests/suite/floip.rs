//! Flows: what is exported is what other programs of this field make of the same notebook, and comes back as it was.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::path::{Path, PathBuf};

use expression::{Dialect, parse_expression};
use journey::floip::{Block, Container, Exit, Options, export, import};
use journey::model::Content;
use journey::statements::KINDS;
use journey::{Journey, parse};
use serde_json::Value;

use crate::explore::{assert_same, conversations};
use crate::floip_files::bare;

fn options() -> Options {
    Options { name: "stack".to_owned(), ..Options::default() }
}

/// The notebooks that have a flow beside them which another program made: name, notebook, flow.
fn pairs() -> Vec<(String, String, String)> {
    fn find(folder: &Path, found: &mut Vec<PathBuf>) {
        for path in std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
            if path.is_dir() {
                find(&path, found);
            } else if path.to_str().is_some_and(|path| path.ends_with(".flow.json")) {
                found.push(path);
            }
        }
    }
    let folder =
        std::env::var_os("JOURNEY_CORPUS").map_or_else(|| PathBuf::from("../../../shared/corpus"), PathBuf::from);
    let mut found = Vec::new();
    find(&folder, &mut found);
    found.sort();
    if found.is_empty() {
        eprintln!("skipped: no flows in {} (set JOURNEY_CORPUS)", folder.display());
    }
    let read = |path: PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap().trim_end_matches(".flow.json").to_owned();
        let flow = std::fs::read_to_string(&path).unwrap();
        let notebook = std::fs::read_to_string(path.with_file_name(format!("{name}.md"))).unwrap();
        (name, notebook, flow)
    };
    found.into_iter().map(read).collect()
}

/// A container by the ids of its blocks and resources.
struct Index<'c> {
    blocks: HashMap<&'c str, &'c Block>,
    resources: HashMap<&'c str, Vec<String>>,
}

impl<'c> Index<'c> {
    fn of(container: &'c Container) -> Self {
        let values = |resource: &'c journey::floip::Resource| {
            let shown = resource
                .values
                .iter()
                .map(|value| format!("{} {:?} {:?}", value.content_type, value.mime_type, value.value));
            (resource.uuid.as_str(), shown.collect())
        };
        Self {
            blocks: container.flows[0].blocks.iter().map(|block| (block.uuid.as_str(), block)).collect(),
            resources: container.resources.iter().map(values).collect(),
        }
    }

    /// A configuration without ids: what resources hold in their place, and expressions in one spelling.
    fn plain(&self, value: &Value, key: &str) -> Value {
        match value {
            Value::String(text) => match self.resources.get(text.as_str()) {
                Some(shown) => shown.clone().into(),
                None if key == "destination_block" => "".into(),
                None if ["test", "value", "choice_expression"].contains(&key) => expression(text).into(),
                None => value.clone(),
            },
            Value::Array(values) => values.iter().map(|value| self.plain(value, key)).collect(),
            Value::Object(members) => {
                let mut members: Vec<_> = members.iter().collect();
                members.sort_by_key(|(key, _)| *key);
                let plain = members.into_iter().map(|(key, value)| (key.clone(), self.plain(value, key)));
                Value::Object(plain.collect())
            }
            _ => value.clone(),
        }
    }

    fn at(&self, id: Option<&str>) -> Option<&'c Block> {
        self.blocks.get(id.filter(|id| !id.is_empty())?).copied()
    }
}

fn expression(source: &str) -> String {
    let parsed =
        [Dialect::Code, Dialect::Template].into_iter().find_map(|dialect| parse_expression(source, dialect).ok());
    parsed.map_or_else(|| source.to_owned(), |expr| expr.to_string())
}

/// What an exit says, without ids.
fn says(exit: &Exit) -> (String, String, bool) {
    (expression(&exit.name), expression(exit.test.as_deref().unwrap_or("")), exit.is_default())
}

/// What the metadata says about the card.
fn card(block: &Block) -> String {
    let source = &block.vendor_metadata["io"]["turn"]["stacks_dsl"]["0.1.0"];
    let member = |key: &str| source["card"][key].as_str().unwrap_or("").to_owned();
    let guard = expression(&member("condition"));
    format!("{} {guard} {} {}", member("name"), source["card"]["code_generator"], source["card_item"]["type"])
}

/// Walks both flows from their first blocks; everything that is not the same.
fn differences(ours: &Container, theirs: &Container) -> BTreeSet<String> {
    let (left, right) = (Index::of(ours), Index::of(theirs));
    let mut found = BTreeSet::new();
    let mut seen: HashMap<&str, &str> = HashMap::new();
    let first = |container: &Container, index: &Index<'_>| {
        index.blocks.keys().find(|id| **id == container.flows[0].first_block_id).map(|id| (*id).to_owned()).unwrap()
    };
    let mut queue = VecDeque::from([(first(ours, &left), first(theirs, &right))]);
    while let Some((mine, other)) = queue.pop_front() {
        let (Some(a), Some(b)) = (left.at(Some(&mine)), right.at(Some(&other))) else { continue };
        match seen.get(a.uuid.as_str()) {
            Some(known) if *known == b.uuid => continue,
            Some(_) => {
                found.insert(format!("{}: is two blocks there", a.name));
                continue;
            }
            None => seen.insert(&a.uuid, &b.uuid),
        };
        let name = &b.name;
        let mut compare = |what: &str, mine: String, other: String| {
            if mine != other {
                found.insert(format!("{name}: {what}: here {mine}, there {other}"));
            }
            mine == other
        };
        let same = compare("type", a.kind.clone(), b.kind.clone());
        compare("name", a.name.clone(), b.name.clone());
        compare("card", card(a), card(b));
        compare("config", left.plain(&a.config, "").to_string(), right.plain(&b.config, "").to_string());
        if !same {
            continue;
        }
        let exits = |block: &Block| block.exits.iter().map(says).collect::<Vec<_>>();
        compare("exits", format!("{:?}", exits(a)), format!("{:?}", exits(b)));
        let own = |block: &'_ Block| block.config.get("destination_block").and_then(Value::as_str).map(str::to_owned);
        let ways =
            a.exits.iter().zip(&b.exits).map(|(a, b)| (a.destination_block.clone(), b.destination_block.clone()));
        for (mine, other) in ways.chain([(own(a), own(b))]) {
            let (mine, other) = (mine.unwrap_or_default(), other.unwrap_or_default());
            if mine.is_empty() != other.is_empty() {
                found.insert(format!("{name}: leads on only {}", if mine.is_empty() { "there" } else { "here" }));
            }
            queue.push_back((mine, other));
        }
    }
    found
}

/// The comparison finds what it is there to find.
#[test]
fn every_difference_is_found() {
    let code = "card A do\n  x = buttons(B: \"Sí\", C: \"No\") do\n    text(\"¿?\")\n  end\nend\ncard B, then: C do\n  y = 1\nend\n\
        card C when x == 1 do\n  log(\"c\")\nend\n";
    let ours = export(&parse(&format!("```stack\n{code}```")).journey, &options()).unwrap();
    assert_eq!(differences(&ours, &ours), BTreeSet::new());
    let at = |name: &str| ours.flows[0].blocks.iter().position(|block| block.name == name).unwrap();
    let changed = |change: &dyn Fn(&mut Container)| {
        let mut theirs = ours.clone();
        change(&mut theirs);
        differences(&ours, &theirs)
            .into_iter()
            .map(|found| found.split(": here").next().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let (x, y, case) = (at("x"), at("y"), at("c_case"));
    assert_eq!(changed(&|theirs| theirs.resources[0].values[0].value.push('!')), ["x: config"]);
    assert_eq!(changed(&|theirs| theirs.flows[0].blocks[y].exits[0].name = "2".into()), ["y: exits"]);
    assert_eq!(changed(&|theirs| theirs.flows[0].blocks[case].exits[0].test = None), ["c_case: exits"]);
    assert_eq!(
        changed(&|theirs| theirs.flows[0].blocks[y].exits[0].destination_block = None),
        ["y: leads on only here"]
    );
    assert_eq!(changed(&|theirs| theirs.flows[0].blocks[y].kind = "Core.Log".into()), ["y: type"]);
    assert_eq!(changed(&|theirs| theirs.flows[0].blocks[x].vendor_metadata = Value::Null), ["x: card"]);
    let elsewhere = changed(&|theirs| theirs.flows[0].blocks[x].exits.swap(0, 1));
    assert!(elsewhere.contains(&"x: exits".to_owned()), "{elsewhere:?}");
}

/// What is not the same, and why: the flow, the block and what differs (`*` stands for anything), the reason.
const DIFFERENCES: &[(&str, &str, &str)] = &[
    ("browsable-faqs.browsable-faqs", "*_case: card", EARLIER_METADATA),
    ("forms.dma-form", "*_case: card", EARLIER_METADATA),
    ("push-messaging.send_next_message", "*_case: card", EARLIER_METADATA),
    ("intro-to-helpcentre", "validate_faq_selection_case_condition_4_log: config", SAYS_IT_ENDS),
    ("browsable-faqs.browsable-faqs", "Routing for *_case_condition_*: exits", EARLIER_ROUTING),
    ("forms.dma-form", "Routing for *_case_condition_*: exits", EARLIER_ROUTING),
];

const EARLIER_METADATA: &str = "The versions of 2024 say nothing about the card in a block that chooses between cards.";
const EARLIER_ROUTING: &str = "The versions of 2024 leave the default exit out where a guarded card ends.";
const SAYS_IT_ENDS: &str =
    "Where a default card is missing the log says there that the journey ends. It goes on, here as there.";

fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.is_empty() || rest.starts_with(": here ")
}

#[test]
fn real_notebooks_become_the_flows_that_are_known_of_them() {
    let pairs = pairs();
    let mut unexplained = Vec::new();
    let mut occurs = vec![false; DIFFERENCES.len()];
    for (name, notebook, flow) in &pairs {
        let theirs: Container = serde_json::from_str(flow).unwrap();
        let ours =
            export(&parse(notebook).journey, &options()).unwrap_or_else(|problems| panic!("{name}: {problems:#?}"));
        for difference in differences(&ours, &theirs) {
            let known = DIFFERENCES.iter().position(|(flow, what, _)| flow == name && matches(what, &difference));
            match known {
                Some(known) => occurs[known] = true,
                None => unexplained.push(format!("{name} | {difference}")),
            }
        }
    }
    assert!(unexplained.is_empty(), "{}", unexplained.join("\n"));
    for ((flow, what, reason), occurs) in DIFFERENCES.iter().zip(occurs) {
        assert!(occurs || pairs.is_empty(), "no longer different, take it off the list: {flow} | {what} ({reason})");
    }
}

/// What such flows do not have is taken from the notebook: its dictionaries.
fn completed(mut journey: Journey, notebook: &Journey) -> Journey {
    let sheets = notebook.cells.iter().filter(|cell| matches!(cell.content, Content::Sheet(_)));
    journey.cells.extend(sheets.cloned());
    journey
}

#[test]
fn flows_of_another_program_hold_the_conversations_of_their_notebooks() {
    for (name, notebook, flow) in pairs() {
        let (journey, problems) = import(&flow).unwrap();
        let notebook = parse(&notebook).journey;
        // What is missing is told: the dictionaries of the notebook.
        let missing: Vec<_> =
            problems.iter().map(|problem| (problem.code, problem.message.split('`').nth(1))).collect();
        let sheets: Vec<_> = notebook.sheets().map(|sheet| ("no-dictionary", Some(sheet.name.as_str()))).collect();
        assert!(missing.iter().all(|one| sheets.contains(one)), "{name}: {problems:#?}");
        let names = |journey: &Journey| journey.cards().map(|card| card.name.clone()).collect::<BTreeSet<_>>();
        let (read, written) = (names(&journey), names(&notebook));
        let invented: Vec<_> = read.difference(&written).collect();
        assert!(invented.is_empty(), "{name}: {invented:?}");
        assert_same(&name, &notebook, &completed(journey, &notebook));
    }
}

/// Cards that all have a condition: flows say in the log what is missing, and go on where the first card leads.
#[test]
fn a_missing_default_is_a_line_in_the_log_of_a_flow() {
    let code = "card A, then: B do\n  x = ask(\"?\")\nend\n\ncard B when x == 1, then: D do\n  text(\"one\")\nend\n\n\
                card B when x == 2, then: C do\n  text(\"two\")\nend\n\ncard C do\n  text(\"C\")\nend\n\ncard D do\n  text(\"D\")\nend";
    let journey = parse(&format!("```stack\n{code}\n```\n")).journey;
    let container = export(&journey, &options()).unwrap();
    let blocks = &container.flows[0].blocks;
    let named =
        |name: &str| blocks.iter().find(|block| block.name == name).unwrap_or_else(|| panic!("{name}: {blocks:#?}"));
    let (case, log) = (named("b_case"), named("b_case_condition_2_log"));
    let default = case.exits.last().unwrap();
    assert_eq!((default.name.as_str(), default.is_default()), ("Exit for b_case_condition_2", true));
    assert_eq!(default.destination_block.as_ref(), Some(&log.uuid));
    assert_eq!(log.kind, "Core.Log");
    let said = container.resources.iter().find(|resource| log.config["message"] == *resource.uuid).unwrap();
    assert_eq!(said.values[0].value, "Card \"B\" is missing a default exit.");
    assert_eq!(log.exits[0].name, "Default exit to \"D\"");
    assert_eq!(log.exits[0].destination_block.as_ref(), Some(&named("d_text").uuid));
    // The journey says the same without the card, and so it comes back.
    assert_same("a missing default", &journey, &import(&bare(&container).to_string()).unwrap().0);
    let unkept = |journey: &Journey| {
        let container = Container { vendor_metadata: Value::Null, ..export(journey, &options()).unwrap() };
        import(&serde_json::to_string(&container).unwrap()).unwrap()
    };
    let (back, problems) = unkept(&journey);
    assert_eq!(problems, []);
    assert_same("a missing default", &journey, &back);
    assert!(!journey::print(&back).contains("log("), "{}", journey::print(&back));

    // What leads elsewhere, or does more, stays.
    for kept in [
        "card B do\n  log(\"Card \\\"B\\\" is missing a default exit.\")\nend",
        "card B, then: D do\n  log(\"x\")\nend",
    ] {
        let journey = parse(&format!("```stack\n{code}\n{kept}\n```\n")).journey;
        let (back, _) = unkept(&journey);
        assert!(journey::print(&back).contains("log("), "{kept}");
        assert_same(kept, &journey, &back);
    }
}

/// A prompt has no room for a caption: what is sent with one stays a message of its own.
#[test]
fn captions_beside_a_question_are_kept() {
    for question in ["list(\"Ver\", [A])", "buttons([A])", "catalog()"] {
        for content in [
            "image(\"a\", caption: \"c\")\ntext(\"?\")",
            "header(\"h\")\ndocument(\"a\", filename: \"f\")\ntext(\"?\")",
        ] {
            let journey = parse(&format!("```stack\ncard A do\n{question} do\n{content}\nend\nend\n```\n")).journey;
            let (back, problems) = import(&bare(&export(&journey, &options()).unwrap()).to_string()).unwrap();
            assert_eq!(problems, []);
            assert_same(&format!("{question} {content}"), &journey, &back);
        }
    }
}

#[test]
fn every_statement_comes_back() {
    for kind in KINDS {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/statements/{kind}.md"));
        let journey = parse(&std::fs::read_to_string(path).unwrap()).journey;
        let container = export(&journey, &options()).unwrap();
        assert_eq!(export(&journey, &options()).unwrap(), container, "{kind}");
        let (back, problems) = import(&serde_json::to_string(&container).unwrap()).unwrap();
        assert_eq!((back, problems), (journey.clone(), Vec::new()), "{kind}");

        let (back, problems) = import(&bare(&container).to_string()).unwrap();
        assert_eq!(problems, [], "{kind}");
        let json = serde_json::to_string(&back).unwrap();
        assert!(
            json.contains(&format!("\"type\":\"{kind}\"")),
            "{kind} became something else: {}",
            journey::print(&back)
        );
        if conversations(&journey).is_ok() {
            assert_same(kind, &journey, &back);
        }
    }
}
