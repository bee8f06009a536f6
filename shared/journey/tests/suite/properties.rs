//! Arbitrary journeys survive printing and parsing.

use expression::{Expr, ExprKind};
use journey::model::{
    Card, Cell, Code, Content, Formula, Item, ItemKind, Place, Setting, Sheet, SheetKind, Trigger, TriggerEvent, Words,
};
use journey::statements::{
    Action, AddLabel, Ask, Assign, Buttons, Call, CallToAction, Catalog, Choices, Experiment, Extra, HandOver, Http,
    List, Log, MarkAsRead, Media, RequestLocation, SendContent, Statement, Text, Then, UpdateContact, Wait,
    WhatsappFlow,
};
use journey::{ChangeKind, Diff, Journey, MediaKind, Method, Part, check, diff, parse, print};
use proptest::prelude::*;

fn name() -> impl Strategy<Value = String> {
    "[A-Z][A-Za-z0-9_]{0,8}".prop_filter("a reserved word", |name| {
        let reserved = ["and", "false", "if", "in", "nil", "not", "null", "or", "true"];
        !reserved.contains(&name.to_lowercase().as_str())
    })
}

fn variable() -> impl Strategy<Value = String> {
    "[a-z]{2}_[a-z0-9]{1,6}"
}

/// Any text, references and odd characters included, as a literal of the code.
fn text() -> impl Strategy<Value = Formula> {
    let plain = "[a-zñ¿ \"'\\\\\\n@`#{}|\\t-]{0,40}".prop_map(|text: String| Formula::text(&text));
    let long = "([ ]{0,3}[a-z\"\\\\`#]{0,12}\\n){1,4}[a-z]{0,3}".prop_map(|text: String| Formula::text(&text));
    prop_oneof![plain, long, Just(Formula::parse("\"Hola @contact.name\\n@(1 + 2) \\\"x\\\"\"").unwrap())]
}

fn formula() -> BoxedStrategy<Formula> {
    const SOURCES: [&str; 9] = [
        "1",
        "-2.5",
        "contact.age >= 18 and not opted_in",
        "[1, [2, \"x\"]]",
        "map(xs, &[&1.id, &1.title])",
        "if(a, 1, 2)",
        "if(contact.language == \"en\", \"Please write your age with digits, for example 34.\", \"Por favor, con números: @age\")",
        "len(name) < 2 or len(name) > 60 or (isnumber(name) or is_error(name)) or has_member([\"image\", \"audio\"], name)",
        "[[\"lang\", \"@contact.language\"], [\"page\", if(page > 100, 100, page)], [\"of\", \"everything there is\"]]",
    ];
    prop_oneof![
        proptest::sample::select(&SOURCES[..]).prop_map(|source| Formula::parse(source).unwrap()),
        any::<i32>().prop_map(|number| Expr::new(ExprKind::Int(number.into()), expression::Span::default()).into()),
        text(),
    ]
    .boxed()
}

/// A text in one or several languages.
fn words() -> BoxedStrategy<Words> {
    let language = proptest::sample::select(&["en", "pt", "pt_BR", "quz"][..]).prop_map(str::to_owned);
    prop_oneof![
        2 => text().prop_map(Words::from),
        1 => (text(), prop::collection::vec((language, text()), 1..3))
            .prop_map(|(text, languages)| Words { text, languages }),
    ]
    .boxed()
}

fn choices() -> BoxedStrategy<Choices> {
    let list = Formula::parse("map(items, &[&1, &1])").unwrap();
    prop_oneof![
        prop::collection::vec(name(), 1..4).prop_map(Choices::Cards),
        prop::collection::vec((name(), words()), 1..4).prop_map(Choices::Labelled),
        prop::collection::vec(words(), 1..4).prop_map(Choices::Values),
        prop::option::of(name()).prop_map(move |card| Choices::Dynamic { card, items: list.clone() }),
    ]
    .boxed()
}

fn statement() -> BoxedStrategy<Statement> {
    let kind = prop_oneof![Just(MediaKind::Image), Just(MediaKind::Audio), Just(MediaKind::Document)];
    let simple = prop_oneof![
        words().prop_map(|body| Action::Text(Text { body, options: Vec::new() })),
        (kind, text(), prop::option::of(words())).prop_map(|(kind, url, caption)| Action::Media(Media {
            kind,
            url,
            caption,
            filename: None
        })),
        text().prop_map(|message| Action::Log(Log { message })),
        formula().prop_map(|label| Action::AddLabel(AddLabel { label })),
    ]
    .prop_map(Statement::from);
    let content = prop::collection::vec(simple.clone(), 1..3).boxed();
    let action = prop_oneof![
        (prop::option::of(variable()), choices(), content.clone())
            .prop_map(|(variable, choices, content)| Action::Buttons(Buttons { variable, choices, content })),
        (prop::option::of(variable()), words(), choices(), content.clone()).prop_map(
            |(variable, call_to_action, choices, content)| {
                Action::List(List { variable, call_to_action, choices, content })
            }
        ),
        (prop::option::of(variable()), prop::option::of((words(), prop::option::of(formula())))).prop_map(
            |(variable, asked)| {
                let (question, limit) = asked.map_or((None, None), |(question, limit)| (Some(question), limit));
                Action::Ask(Ask { variable, question, limit, content: Vec::new() })
            }
        ),
        (variable(), formula()).prop_map(|(variable, value)| Action::Assign(Assign { variable, value })),
        (name(), prop::option::of(formula())).prop_map(|(card, guard)| Action::Then(Then { card, guard })),
        prop::collection::vec((variable(), formula()), 1..6)
            .prop_map(|fields| Action::UpdateContact(UpdateContact { fields })),
        question(content.clone()),
        service(),
        (variable(), prop::collection::vec(formula(), 0..3), content).prop_map(|(name, arguments, content)| {
            Action::Call(Call { variable: Some(name), name: "app".to_owned(), arguments, options: Vec::new(), content })
        }),
    ]
    .prop_map(Statement::from);
    let strange = (text(), extra()).prop_map(|(message, extra)| Statement {
        extra: Some(extra).filter(|extra| **extra != Extra::default()),
        ..Action::Log(Log { message }).into()
    });
    (prop_oneof![4 => simple, 8 => action, 1 => strange], comments())
        .prop_map(|(statement, comments)| Statement { comments, ..statement })
        .boxed()
}

/// What a statement does not know.
fn extra() -> BoxedStrategy<Box<Extra>> {
    let options = prop::collection::vec((variable(), formula()), 0..3);
    let content = prop::collection::vec(text().prop_map(|message| Action::Log(Log { message }).into()), 0..2);
    (prop::option::of(variable()), prop::collection::vec(formula(), 0..3), options, content)
        .prop_map(|(variable, arguments, options, content)| Box::new(Extra { variable, arguments, options, content }))
        .boxed()
}

/// The questions and messages with a content of their own, besides buttons and lists.
fn question(content: BoxedStrategy<Vec<Statement>>) -> BoxedStrategy<Action> {
    let some = || prop::option::of(formula());
    prop_oneof![
        (prop::option::of(variable()), prop::option::of(words()), content.clone()).prop_map(
            |(variable, question, content)| {
                Action::RequestLocation(RequestLocation { variable, question, content })
            }
        ),
        (words(), text(), content.clone()).prop_map(|(button, url, content)| Action::CallToAction(CallToAction {
            button,
            url,
            content
        })),
        (prop::option::of(variable()), text(), words(), some(), some(), content.clone()).prop_map(
            |(variable, flow, button, screen, data, content)| {
                Action::WhatsappFlow(WhatsappFlow { variable, flow, button, screen, data, content })
            }
        ),
        (some(), content).prop_map(|(product, content)| Action::Catalog(Catalog { product, content })),
    ]
    .boxed()
}

/// The statements that say nothing to the contact themselves.
fn service() -> BoxedStrategy<Action> {
    let some = || prop::option::of(formula());
    let variable = || prop::option::of(variable());
    let method = proptest::sample::select(&Method::ALL[..]);
    prop_oneof![
        (variable(), method, text(), [some(), some(), some(), some()]).prop_map(
            |(variable, method, url, [query, headers, body, timeout])| {
                let (cache_ttl, mode) = (timeout.clone(), query.clone());
                Action::Http(Http { variable, method, url, query, headers, body, timeout, cache_ttl, mode })
            }
        ),
        (variable(), text(), any::<bool>()).prop_map(|(variable, content, waits)| Action::SendContent(SendContent {
            variable,
            content,
            waits
        })),
        formula().prop_map(|seconds| Action::Wait(Wait { seconds })),
        (some(), any::<bool>())
            .prop_map(|(message, show_typing)| Action::MarkAsRead(MarkAsRead { message, show_typing })),
        (variable(), text(), prop::collection::vec((name(), formula()), 0..4))
            .prop_map(|(variable, name, arms)| Action::Experiment(Experiment { variable, name, arms })),
        (some(), any::<bool>()).prop_map(|(reason, waits)| Action::HandOver(HandOver { reason, waits })),
    ]
    .boxed()
}

fn comments() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec("[ a-z`\"@]{0,12}", 0..2)
}

fn item() -> BoxedStrategy<Item> {
    let event = prop_oneof![
        Just(TriggerEvent::MessageReceived),
        Just(TriggerEvent::FirstVisit),
        Just(TriggerEvent::CatchAll),
        ("[0-9: @]{0,9}", prop::option::of("[A-Za-z/@\"]{1,9}"))
            .prop_map(|(at, time_zone)| TriggerEvent::At { at, time_zone }),
        ("[a-z, @]{0,9}", "[0-9:]{0,5}", prop::option::of("[A-Za-z/]{1,9}"))
            .prop_map(|(every, at, time_zone)| TriggerEvent::Every { every, at, time_zone }),
        Just(TriggerEvent::Interval { interval: "+5m".into(), relative_to: "contact.due".into() }),
        "[A-Z @\"]{1,8}".prop_map(|name| TriggerEvent::Other { name }),
    ];
    let trigger = (event, any::<bool>(), prop::option::of(formula()))
        .prop_map(|(event, global, condition)| {
            ItemKind::Trigger(Trigger { event, global, condition, position: journey::Position::default() })
        })
        .boxed();
    let setting = prop_oneof![
        (1..9999_u32, prop::option::of(name()))
            .prop_map(|(seconds, then)| Setting::InteractionTimeout { seconds, then }),
        (1..9999_u32).prop_map(Setting::ClaimTimeout),
        name().prop_map(|then| Setting::InvalidInput { then }),
        Just(Setting::Language("pt_BR".into())),
        any::<bool>().prop_map(Setting::AiAutoMemory),
    ]
    .prop_map(ItemKind::Setting)
    .boxed();
    let timeout = (prop::option::of(1..9999_u32), prop::option::of(name()));
    let head = (name(), prop::option::of(words()), prop::option::of(formula()), prop::option::of(name()), timeout);
    let metadata = prop::collection::vec((variable(), text()), 0..3);
    let body = (prop::collection::vec(statement(), 0..5), comments());
    let card =
        (head, metadata, body).prop_map(|((name, label, guard, then, timeout), metadata, (statements, comments))| {
            let (position, (timeout, on_timeout)) = (journey::Position::default(), timeout);
            ItemKind::Card(Card {
                name,
                label,
                metadata,
                guard,
                timeout,
                on_timeout,
                then,
                statements,
                comments,
                position,
            })
        });
    let options = prop::collection::vec((variable(), formula()), 1..3);
    let strange = (prop_oneof![trigger.clone(), setting.clone()], options).prop_map(|(kind, options)| Item {
        extra: Some(Box::new(Extra { options, ..Extra::default() })),
        ..Item::from(kind)
    });
    let known = prop_oneof![1 => trigger, 1 => setting, 4 => card].prop_map(Item::from);
    (comments(), prop_oneof![8 => known, 1 => strange]).prop_map(|(comments, item)| Item { comments, ..item }).boxed()
}

pub(crate) fn cell() -> impl Strategy<Value = Cell> {
    let code = (prop::option::of(name()), prop::collection::vec(item(), 0..4), comments())
        .prop_map(|(wrapper, items, comments)| Content::Code(Code { wrapper, items, comments }));
    let note = "[A-Za-z*#] ?[a-z ñ|*#-]{0,30}[a-z](\n\n?[a-z |]{0,20}[a-z]){0,3}".prop_map(Content::Note);
    let row = || prop::collection::vec("[a-z\\\\|ñ]{1,8}", 2..3);
    let sheet = ("[a-z]{1,8}", row(), prop::collection::vec(row(), 0..3), any::<bool>()).prop_map(
        |(name, columns, rows, is_table)| {
            let kind = if is_table { SheetKind::Table } else { SheetKind::Dictionary };
            Content::Sheet(Sheet {
                kind,
                name,
                version: "0.1.0".into(),
                settings: "[]".into(),
                columns,
                rows,
                position: journey::Position::default(),
            })
        },
    );
    let place = ("[a-f0-9-]{0,8}", -900..900_i32, -900..900_i32).prop_map(|(section, x, y)| Place {
        section,
        x: f64::from(x) / 2.0,
        y: f64::from(y),
    });
    // Two notes without a place between them are one note.
    (place, any::<bool>(), prop_oneof![3 => code, 2 => note, 1 => sheet]).prop_map(|(place, placed, content)| Cell {
        place: (placed || matches!(content, Content::Note(_))).then_some(place),
        content,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_journey_survives_both_notations(cells in prop::collection::vec(cell(), 0..5)) {
        let journey = Journey { cells };
        let printed = print(&journey);
        let parsed = parse(&printed);
        prop_assert!(!parsed.problems.iter().any(journey::Problem::is_error), "{}", &printed);
        prop_assert_eq!(&parsed.journey, &journey, "{}", &printed);
        prop_assert_eq!(print(&parsed.journey), printed);
        let json = serde_json::to_string(&journey).unwrap();
        prop_assert_eq!(serde_json::from_str::<Journey>(&json).unwrap(), journey);
    }

    #[test]
    fn any_text_is_a_notebook(source in "(card A do\n|end\n|```stack\n|text\\(\"x\"\\)\n|buttons\\(\\[A\\]\\) do\n|<!-- |-->|[ -~ñ\n]{0,10}){0,12}") {
        let parsed = parse(&source);
        let _ = check(&parsed.journey);
        let printed = print(&parsed.journey);
        let again = parse(&printed);
        prop_assert_eq!(print(&again.journey), printed);
    }

    #[test]
    fn a_difference_is_found_where_there_is_one(
        cells in prop::collection::vec(cell(), 0..5),
        other in cell(),
        picks in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
    ) {
        // The same cells in another order, some of them missing or twice, and one that may be new.
        let pool: Vec<Cell> = cells.iter().cloned().chain([other]).collect();
        let (old, new) = (Journey { cells }, Journey { cells: picks.iter().map(|pick| pick.get(&pool).clone()).collect() });
        prop_assert_eq!(&diff(&old, &old), &Diff::default());
        let found = diff(&old, &new);
        prop_assert_eq!(found.is_empty(), old == new, "{}", &found);
        let count = |kind| found.changes.iter().filter(|change| change.part == Part::Card && change.kind == kind).count();
        let (added, removed) = (count(ChangeKind::Added), count(ChangeKind::Removed));
        prop_assert_eq!(old.cards().count() + added, new.cards().count() + removed, "{}", &found);
        let json = serde_json::to_string(&found).unwrap();
        prop_assert_eq!(serde_json::from_str::<Diff>(&json).unwrap(), found);
    }
}
