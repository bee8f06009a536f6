//! Every function is documented, and its examples are true.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, reason = "tests may")]

use expression::functions::reference::documentation;
use expression::functions::{all, families, find, suggest};
use expression::{Dialect, Environment, EvaluationError, Value, parse_expression};
use indexmap::IndexMap;
use jiff::{Timestamp, tz::TimeZone};

fn environment() -> Environment {
    let now: Timestamp = "2026-11-22T10:00:00Z".parse().unwrap();
    Environment::new(now, TimeZone::UTC).with_seed(7)
}

fn evaluate(source: &str) -> Result<Value, EvaluationError> {
    let scope = IndexMap::<String, Value>::new();
    let expression = parse_expression(source, Dialect::Code).unwrap_or_else(|e| panic!("{source}: {e}"));
    expression.evaluate(&scope, &environment())
}

#[test]
fn every_function_is_documented_by_examples_that_hold() {
    let mut failures = Vec::new();
    for function in all() {
        let documentation = &function.documentation;
        let texts = [documentation.summary, documentation.result, documentation.errors];
        if documentation.examples.is_empty() || texts.iter().any(|text| text.is_empty()) {
            failures.push(format!("{}: lacks documentation or an example", function.name));
        }
        let calls = format!("{}(", function.name);
        if !documentation.examples.iter().any(|(source, _)| source.contains(&calls)) {
            failures.push(format!("{}: no example calls it", function.name));
        }
        for (source, expected) in documentation.examples {
            let (result, wanted) = (evaluate(source), evaluate(expected));
            // A map with a value of its own stands for that value in an example.
            let acting = result.clone().map(|value| value.acting().clone());
            if acting != wanted {
                failures.push(format!("{source}: {result:?} instead of {wanted:?}"));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn names_are_unique_and_lower_case_and_the_standard_set_is_there() {
    let mut names: Vec<&str> = all().map(|function| function.name).collect();
    names.sort_unstable();
    assert!(names.windows(2).all(|pair| pair[0] != pair[1]));
    assert!(names.iter().all(|name| *name == name.to_lowercase()));
    let standard = "date datetime_add datetime_from_unix datevalue parse_datevalue day edate hour minute month now \
        second time timevalue today weekday year and or not if switch is_nil_or_empty isnumber isbool isstring is_error \
        abs max min power sum rem round rand_between char clean code concatenate fixed left len lower mid percent proper \
        read_digits first_word remove_first_word rept right split substitute unichar unicode upper word word_count \
        word_slice url_encode url_decode base64_encode base64_decode has_all_words has_any_word has_beginning \
        has_any_beginning has_end has_any_end has_phrase has_any_phrase has_only_phrase has_any_exact_phrase \
        has_only_text has_pattern has_text has_email has_phone has_number has_number_eq has_number_gt has_number_gte \
        has_number_lt has_number_lte has_date has_date_eq has_date_gt has_date_lt has_time count chunk_every map filter \
        find reject reduce sort_by uniq append delete has_member has_any_member has_all_members has_group parse_json \
        json put with_index datetime_next";
    let missing: Vec<&str> = standard.split_whitespace().filter(|name| find(name).is_none()).collect();
    assert_eq!(missing, Vec::<&str>::new());
}

#[test]
fn a_function_is_found_in_any_case_and_a_near_miss_is_suggested() {
    assert_eq!(evaluate("UPPER(\"a\")"), Ok(Value::from("A")));
    assert_eq!(suggest("concatinate"), Some("concatenate"));
    assert_eq!(suggest("zzzzzz"), None);
    assert_eq!(
        evaluate("lenght(\"a\")").unwrap_err().to_string().split(',').next(),
        Some("there is no function `lenght`")
    );
    let problems = parse_expression("cout([1]) + left(\"a\")", Dialect::Code).unwrap().check();
    assert_eq!(problems.len(), 2);
    assert_eq!(problems[0].hint.as_deref(), Some("did you mean `count`?"));
    assert_eq!((problems[0].span.start, problems[0].span.end), (0, 9));
    assert_eq!(problems[1].expected.as_deref(), Some("2 arguments"));
    // Inside a text the place is that of the text: its escapes have moved what is in it.
    let problems = parse_expression("1 + \"\\\"\\\" @(1 & cout(1))\"", Dialect::Code).unwrap().check();
    assert_eq!((problems[0].span.start, problems[0].span.end), (4, 25));
}

#[test]
fn arguments_written_out_are_checked_before_there_is_data() {
    let found = |source: &str| {
        let problems = parse_expression(source, Dialect::Code).unwrap().check();
        problems.into_iter().map(|p| (source[p.span.start..p.span.end].to_owned(), p.message)).collect::<Vec<_>>()
    };
    for (source, place, message) in [
        (
            "has_pattern(x, \"(\")",
            "\"(\"",
            "argument 2 of `has_pattern`: this is not a pattern: unclosed group, at character 1",
        ),
        (
            "1 + datetime_add(x, 1, \"d\")",
            "\"d\"",
            "argument 3 of `datetime_add`: the unit is one of Y, M, W, D, h, m and s",
        ),
        ("left(x, -1)", "-1", "argument 2 of `left`: the number cannot be negative"),
        ("map(x, &round(&1, 99))", "99", "argument 2 of `round`: at most 20 decimals"),
        ("\"@mid(x, 0, 1)\"", "\"@mid(x, 0, 1)\"", "argument 2 of `mid`: positions count from 1"),
    ] {
        assert_eq!(found(source), [(place.to_owned(), message.to_owned())], "{source}");
    }
    for source in [
        "has_pattern(x, y)",
        "datetime_add(x, y, \"D\")",
        "datetime_add(x, \"y\", \"D\")",
        "date(2026, month, 31)",
        "rand_between(5, x)",
        "datetime_next(x, \"09:00\")",
        "has_phone(\"1\", country)",
        "max(x, 1)",
        "left(\"abc\", x)",
    ] {
        assert_eq!(found(source), [], "{source}");
    }
}

#[test]
fn wrong_arguments_are_refused_with_the_place_and_the_kind() {
    for (source, message) in [
        ("left(\"abc\")", "`left` takes 2 arguments, not 1"),
        ("upper(text: \"a\")", "`upper` takes 1 argument, not one named `text`"),
        ("now(1)", "`now` takes no arguments, not 1"),
        ("abs(\"x\")", "argument 1 of `abs` needs a number, not a text (`x`)"),
        ("left(\"abc\", -1)", "argument 2 of `left`: the number cannot be negative"),
        ("mid(\"abc\", 0, 1)", "argument 2 of `mid`: positions count from 1"),
        ("map([1], 2)", "argument 2 of `map` needs a lambda such as `&(&1 * 2)`, not a number (`2`)"),
        ("count(5)", "argument 1 of `count` needs a list, map or text, not a number (`5`)"),
        ("max()", "argument 1 of `max`: there is no number"),
        ("date(2026, 2, 30)", "argument 3 of `date`: there is no such day"),
        ("datetime_add(now(), 1, \"x\")", "argument 3 of `datetime_add`: the unit is one of Y, M, W, D, h, m and s"),
        (
            "datetime_add(now(), 99999999999, \"Y\")",
            "argument 2 of `datetime_add`: the calendar does not reach that far",
        ),
        ("rem(1, 0)", "division by zero"),
        ("round(1.5, 99)", "argument 2 of `round`: at most 20 decimals"),
        ("rand_between(2, 1)", "argument 1 of `rand_between`: the lowest number is above the highest"),
        ("chunk_every([1], 0)", "argument 2 of `chunk_every`: the length is at least 1"),
        ("year(\"soon\")", "argument 1 of `year` needs a date, not a text (`soon`)"),
        ("power(10, 400)", "the result of `^` is not a number that can be written"),
        ("char(-1)", "argument 1 of `char`: no character has this code"),
        (
            "has_pattern(\"a\", \"b(\")",
            "argument 2 of `has_pattern`: this is not a pattern: unclosed group, at character 2",
        ),
        (
            "has_pattern(\"a\", \"(a{1000}){1000}\")",
            "argument 2 of `has_pattern`: the pattern is too large; repeat less",
        ),
        (
            "has_phone(\"1\", \"Ecuador\")",
            "argument 2 of `has_phone`: write a country as an ISO 3166 code such as \"EC\", or as its calling code",
        ),
        ("word(\"a\", 0)", "argument 2 of `word`: words count from 1, or from -1 at the end"),
        ("datevalue(now(), rept(\"%\", 300))", "argument 2 of `datevalue`: a format has at most 256 bytes"),
        ("now() + today()", "`+` needs a number, not a date and time (`2026-11-22T10:00:00Z`)"),
        (
            "parse_json(\"{\") + 1",
            "`+` needs a number, not an error (`this is not JSON: EOF while parsing an object at line 1 column 1`)",
        ),
        ("9999-12-30T10:00:00Z + time(23, 0, 0)", "`+`: the calendar does not reach that far"),
        ("switch(1)", "`switch` takes 3 or more arguments, not 1"),
    ] {
        assert_eq!(evaluate(source).unwrap_err().to_string(), message, "{source}");
    }
}

#[test]
fn phone_numbers_follow_the_plan_of_their_country() {
    for (source, expected) in [
        ("has_phone(\"+593 99 123 4567\").phonenumber", "+593991234567"),
        ("has_phone(\"00593 99 123 4567\").phonenumber", "+593991234567"),
        ("has_phone(\"593991234567\").phonenumber", "+593991234567"),
        ("has_phone(593991234567).phonenumber", "+593991234567"),
        ("has_phone(\"0991234567\", \"EC\").phonenumber", "+593991234567"),
        ("has_phone(\"0991234567\", \"ec\").country", "EC"),
        ("has_phone(\"0991234567\", \"593\").calling_code", "593"),
        ("has_phone(\"0991234567\", \"+593\").phonenumber", "+593991234567"),
        ("has_phone(\"+27 82 123 4567\", \"EC\").country", "ZA"),
        ("has_phone(\"(201) 555-0123\", \"US\").phonenumber", "+12015550123"),
        ("has_phone(\"+٥٩٣ ٩٩ ١٢٣ ٤٥٦٧\").phonenumber", "+593991234567"),
        ("has_phone(\"my number is 099-123-4567, thanks\", \"EC\").phonenumber", "+593991234567"),
        ("has_phone(\"25, 0991234567\", \"EC\").phonenumber", "+593991234567"),
        ("has_phone(\"12345 0991234567\", \"EC\").phonenumber", "+593991234567"),
        ("has_phone(\"25 099 123 4567\", \"EC\").phonenumber", "+593991234567"),
        ("has_phone(\"0991234567 0987654321\", \"EC\").phonenumber", "+593991234567"),
        ("has_phone(\"+593 99 123 4567\")", "true"),
        ("has_phone(\"0991234567\")", "false"),
        ("has_phone(\"0991234567\", \"ZA\")", "false"),
        ("has_phone(\"+593 99 123\")", "false"),
        ("has_phone(\"+999 99 123 4567\")", "false"),
        ("has_phone(\"my number is none of your business\", \"US\")", "false"),
        ("has_phone(\"22-11-2026\")", "false"),
        ("has_phone(\"\")", "false"),
        ("has_phone(nil, nil)", "false"),
    ] {
        assert_eq!(evaluate(source).map(|value| value.text()), Ok(expected.to_owned()), "{source}");
    }
}

#[test]
fn the_reference_has_every_function() {
    let reference = documentation();
    for family in families() {
        assert!(reference.contains(&format!("\n## {}\n\n{}\n", family.title, family.summary)), "{}", family.title);
        assert!(family.summary.ends_with('.') && !family.functions.is_empty(), "{}", family.title);
    }
    for function in all() {
        let heading = format!("\n### {}\n\n`{}(", function.name, function.name);
        assert_eq!(reference.matches(&heading).count(), 1, "{}", function.name);
    }
    let section = reference.split("\n### ").find(|section| section.starts_with("round\n")).unwrap();
    for line in [
        "`round(number, [decimals])`",
        "| `decimals` | 0 to 20; 0 when left out (may be left out) |",
        "- Result: text.",
        "- Errors: a value that is not a number.",
        "| `round(3.14159, 2)` | `\"3.14\"` |",
    ] {
        assert!(section.lines().any(|written| written == line), "{line}\n{section}");
    }
    // A bar inside an example must not end the cell of the table.
    let rows = reference.lines().filter(|line| line.starts_with('|'));
    for row in rows {
        assert_eq!(row.replace("\\|", "").matches('|').count(), 3, "{row}");
    }
}

/// `FUNCTIONS.md` is what people read. `UPDATE=1` writes it.
#[test]
fn the_page_of_functions_is_the_reference() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/FUNCTIONS.md");
    let page = documentation();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(path, page).unwrap();
        return;
    }
    let renew = "FUNCTIONS.md is not what the functions say of themselves; `UPDATE=1 tests/run -p expression the_page` writes it anew";
    assert!(std::fs::read_to_string(path).unwrap_or_default() == page, "{renew}");
}

#[test]
fn chance_follows_the_seed_and_moves_on() {
    let scope = IndexMap::<String, Value>::new();
    let roll = parse_expression("rand_between(1, 1000000)", Dialect::Code).unwrap();
    let (one, two) = (environment(), environment());
    let first = roll.evaluate(&scope, &one).unwrap();
    assert_eq!(first, roll.evaluate(&scope, &two).unwrap());
    assert_ne!(first, roll.evaluate(&scope, &one).unwrap());
    let die = parse_expression("rand_between(-1, 1)", Dialect::Code).unwrap();
    let rolls: std::collections::BTreeSet<String> =
        (0..100).map(|_| die.evaluate(&scope, &one).unwrap().text()).collect();
    assert_eq!(rolls.into_iter().collect::<Vec<_>>(), ["-1", "0", "1"]);
    let widest =
        parse_expression("rand_between(-9223372036854775807 - 1, 9223372036854775807)", Dialect::Code).unwrap();
    assert!(widest.evaluate(&scope, &one).is_ok());
}

#[test]
fn local_time_is_that_of_the_environment() {
    let scope = IndexMap::<String, Value>::new();
    let zone = TimeZone::get("America/Santiago").unwrap();
    let at = |now: &str| Environment::new(now.parse().unwrap(), zone.clone());
    let text = |source: &str, env: &Environment| {
        parse_expression(source, Dialect::Code).unwrap().evaluate(&scope, env).unwrap().text()
    };
    let night = at("2026-11-22T01:00:00Z");
    assert_eq!(text("today()", &night), "2026-11-21");
    assert_eq!(text("now()", &night), "2026-11-22T01:00:00Z");
    assert_eq!(text("datetime_next(\"sunday\", \"09:00\")", &night), "2026-11-22T09:00:00-03:00");
    // Clocks go back on 5 April 2026: a day later is the same time of the clock, 24 hours later is not.
    assert_eq!(text("datetime_add(\"2026-04-04T12:00:00\", 1, \"D\")", &night), "2026-04-05T12:00:00-04:00");
    assert_eq!(text("datetime_add(\"2026-04-04T12:00:00\", 24, \"h\")", &night), "2026-04-05T11:00:00-04:00");
    assert_eq!(text("2026-11-21 == \"2026-11-21T03:00:00Z\"", &night), "true");
}
