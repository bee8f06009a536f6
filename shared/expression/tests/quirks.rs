//! What the language does that nobody would guess, one test a quirk. Journeys that exist rely on it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, reason = "tests may")]

use expression::{Dialect, Environment, EvaluationError, Mode, Value, parse_expression, parse_template};
use indexmap::IndexMap;
use jiff::{Timestamp, tz::TimeZone};
use serde_json::json;

fn environment() -> Environment {
    Environment::new("2026-11-22T10:00:00Z".parse::<Timestamp>().unwrap(), TimeZone::UTC)
}

fn scope(mode: Mode) -> IndexMap<String, Value> {
    let data = json!({"digit": "5", "flag": "TRUE", "born": "1990-05-01", "code": "0712", "contact": {"Age": "30"}});
    let Value::Map(map) = mode.read(Value::from(data)) else { unreachable!() };
    (*map).clone()
}

fn in_dialect(source: &str, dialect: Dialect) -> Result<Value, EvaluationError> {
    parse_expression(source, dialect).unwrap().evaluate(&scope(Mode::V2), &environment())
}

fn evaluate(source: &str) -> Result<Value, EvaluationError> {
    in_dialect(source, Dialect::Code)
}

/// Each source prints as the text beside it.
fn prints<const N: usize>(cases: [(&str, &str); N]) {
    for (source, expected) in cases {
        assert_eq!(evaluate(source).map(|value| value.text()), Ok(expected.to_owned()), "{source}");
    }
}

#[test]
fn isnumber_of_a_literal_text_needs_two_characters() {
    prints([
        ("isnumber(\"5\")", "false"),
        ("isnumber(\"55\")", "true"),
        ("isnumber(digit)", "true"),
        ("isnumber(\"@digit\")", "true"),
        ("isnumber(concatenate(\"5\"))", "true"),
    ]);
}

#[test]
fn has_all_words_finds_words_inside_words() {
    prints([("has_all_words(\"foxes\", \"fox\")", "true"), ("has_any_word(\"foxes\", \"fox\")", "false")]);
}

#[test]
fn division_by_zero_stops_even_where_another_branch_is_taken() {
    for source in ["1 / 0", "1 / 0.0", "0 / 0", "1.5 / \"0\"", "true and 1 / 0 == 1"] {
        assert_eq!(evaluate(source), Err(EvaluationError::DivisionByZero), "{source}");
    }
    prints([("if(false, 1 / 0, \"unharmed\")", "unharmed")]);
}

#[test]
fn substitute_replaces_every_occurrence_and_takes_no_fourth_argument() {
    prints([("substitute(\"aXbX\", \"X\", \"-\")", "a-b-")]);
    assert!(evaluate("substitute(\"a\", \"a\", \"b\", 1)").is_err());
}

#[test]
fn has_pattern_holds_when_there_is_exactly_one_match() {
    prints([
        ("has_pattern(\"a b\", \"a\")", "true"),
        ("has_pattern(\"a a\", \"a\")", "false"),
        ("has_pattern(\"A\", \"a\")", "true"),
    ]);
}

#[test]
fn round_gives_a_text() {
    assert_eq!(evaluate("round(2.5)"), Ok(Value::from("3")));
    assert_eq!(evaluate("round(2.5) + 1"), Ok(Value::Int(4)));
}

#[test]
fn weekday_counts_from_sunday_as_1_and_mid_from_1() {
    prints([("weekday(2026-11-22)", "1"), ("weekday(2026-11-21)", "7"), ("mid(\"abc\", 1, 1)", "a")]);
}

#[test]
fn power_gives_a_float() {
    assert_eq!(evaluate("2 ^ 2"), Ok(Value::Float(4.0)));
    assert_eq!(evaluate("power(2, 2)"), Ok(Value::Float(4.0)));
}

#[test]
fn equality_of_texts_counts_case() {
    prints([
        ("\"a\" == \"A\"", "false"),
        ("has_only_text(\"a\", \"A\")", "false"),
        ("has_only_phrase(\" a \", \"A\")", "true"),
    ]);
}

#[test]
fn or_gives_the_first_value_that_holds_and_only_answers_true_or_false() {
    prints([
        ("missing or \"friend\"", "friend"),
        ("or(nil, false, 0)", "0"),
        ("1 and \"a\"", "true"),
        ("and(1, \"a\")", "true"),
    ]);
}

#[test]
fn a_template_has_one_level_for_sums_and_comparisons_and_code_has_two() {
    assert_eq!(in_dialect("3 > 1 + 1", Dialect::Code), Ok(Value::Bool(true)));
    assert!(matches!(in_dialect("3 > 1 + 1", Dialect::Template), Err(EvaluationError::Type { .. })));
    assert_eq!(in_dialect("1 + 1 < 3", Dialect::Template), Ok(Value::Bool(true)));
    assert_eq!(
        in_dialect("\"n\" & 1 + 1", Dialect::Code).map_err(|error| error.to_string()),
        Err("`+` needs a number, not a text (`n1`)".to_owned())
    );
}

#[test]
fn append_takes_a_list_for_its_items() {
    prints([("json(append([1], [2, 3]))", "[1,2,3]"), ("json(append([1], [[2, 3]]))", "[1,[2,3]]")]);
}

#[test]
fn a_map_with_a_value_of_its_own_acts_as_it() {
    prints([
        ("has_number(\"7 cats\") == true", "true"),
        ("has_number(\"7 cats\").number + 1", "8"),
        ("put(nil, \"__value__\", 6) / 2", "3"),
        ("datevalue(\"2026-02-28\", \"%Y\") + 1", "2027"),
        ("datevalue(\"2026-02-28\", \"%Y\").date", "2026-02-28"),
    ]);
}

#[test]
fn an_error_is_a_map_that_acts_as_nothing() {
    prints([
        ("is_error(parse_json(\"{\"))", "true"),
        ("parse_json(\"{\").__type__", "expression/v1error"),
        ("parse_json(\"{\").error", "true"),
        ("is_nil_or_empty(parse_json(\"{\"))", "true"),
        ("parse_json(\"{\") or \"fallback\"", "fallback"),
        ("is_error(1 / 0)", "true"),
        ("is_error(missing + 1)", "true"),
        ("\"[@(parse_json(''))]\"", "[]"),
    ]);
}

#[test]
fn a_missing_name_stops_what_calculates_and_is_nothing_elsewhere() {
    for source in ["age + 1", "age > 1", "age == 1", "-age", "age & \"\"", "contact.shoe + 1"] {
        let name = if source.contains("shoe") { "contact.shoe" } else { "age" };
        let error = evaluate(source).unwrap_err();
        assert_eq!(error.to_string(), format!("attribute is not found: `{name}`"), "{source}");
    }
    prints([("is_nil_or_empty(age)", "true"), ("count(age)", "0"), ("contact.shoe == nil", "true")]);
}

#[test]
fn what_leads_nowhere_stays_as_typed() {
    for (source, expected) in [
        ("info@support.com", "info@support.com"),
        ("info@contact.com", "info@contact.com"),
        ("a@@b", "a@b"),
        ("@@contact.age", "@contact.age"),
        ("@contact.age.", "30."),
        ("@contact.age...", "30..."),
        ("@unknown(5)", "@unknown(5)"),
        ("@(unknown)", "@(unknown)"),
        ("@", "@"),
        ("@ contact", "@ contact"),
    ] {
        assert_eq!(
            parse_template(source).render(&scope(Mode::V2), &environment()).as_deref(),
            Ok(expected),
            "{source}"
        );
    }
}

#[test]
fn lists_are_joined_without_a_separator() {
    assert_eq!(parse_template("@([1, 2, 3])").render(&scope(Mode::V2), &environment()).as_deref(), Ok("123"));
}

#[test]
fn version_2_reads_what_texts_spell_and_version_3_does_not() {
    let run = |source: &str, mode| {
        parse_expression(source, Dialect::Code).unwrap().evaluate(&scope(mode), &environment()).unwrap()
    };
    for (source, v2, v3) in [
        ("digit", Value::Int(5), Value::from("5")),
        ("flag", Value::Bool(true), Value::from("TRUE")),
        ("born", Value::Date(jiff::civil::date(1990, 5, 1)), Value::from("1990-05-01")),
        ("code", Value::from("0712"), Value::from("0712")),
        ("contact.age", Value::Int(30), Value::from("30")),
        ("isstring(digit)", Value::Bool(false), Value::Bool(true)),
        ("digit + 1", Value::Int(6), Value::Int(6)),
    ] {
        assert_eq!(run(source, Mode::V2), v2, "{source}");
        assert_eq!(run(source, Mode::V3), v3, "{source}");
    }
    assert_eq!(Mode::default(), Mode::V2);
    let keys = Mode::V2.read(Value::from(json!({"B": 1, "Name": "first", "name": "lower", "NAME": "last", "a": 2})));
    assert_eq!(keys.to_json(), json!({"b": 1, "name": "lower", "a": 2}));
}

#[test]
fn a_time_of_day_added_to_a_moment_is_a_duration() {
    prints([
        ("now() + time(2, 30, 0)", "2026-11-22T12:30:00Z"),
        ("today() + timevalue(\"09:15\")", "2026-11-22T09:15:00Z"),
        ("now() - 10:00", "2026-11-22T00:00:00Z"),
    ]);
}
