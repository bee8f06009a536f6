//! Numbers as people write them: what is written by the rules of a language is read by them, everywhere alike, and what
//! is not, is never another number.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, reason = "tests may")]

use expression::{Dialect, Environment, Locale, Value, parse_expression};
use indexmap::IndexMap;
use jiff::{Timestamp, tz::TimeZone};
use proptest::prelude::*;

fn evaluate(source: &str, text: &str, language: &str) -> Option<Value> {
    let environment = Environment::new("2026-11-22T10:00:00Z".parse::<Timestamp>().unwrap(), TimeZone::UTC)
        .with_locale(Locale::of(language));
    let scope = IndexMap::from([("x".to_owned(), Value::from(text))]);
    parse_expression(source, Dialect::Code).unwrap().evaluate(&scope, &environment).ok()
}

/// Every way in which a text becomes a number, as `x` or `nothing`.
fn numbers(text: &str, language: &str) -> [Option<String>; 5] {
    let number = |source: &str| match evaluate(source, text, language) {
        Some(value @ (Value::Int(_) | Value::Float(_))) => Some(format!("{}", value.text().parse::<f64>().unwrap())),
        _ => None,
    };
    let spelt = evaluate("isnumber(x)", text, language) == Some(Value::Bool(true));
    let compared = evaluate("x > 0 or x <= 0", text, language) == Some(Value::Bool(true));
    let plain = number("x + 0");
    [
        plain.clone(),
        number("has_number(x).number"),
        number("sum(x)"),
        plain.clone().filter(|_| spelt),
        plain.filter(|_| compared),
    ]
}

const SCRIPTS: [char; 12] = ['0', '०', '০', '٠', '۰', '０', '๐', '૦', '੦', '௦', '၀', '᠐'];

fn in_script(text: &str, zero: char) -> String {
    let digit = |c: char| c.to_digit(10).map(|digit| char::from_u32(u32::from(zero) + digit).unwrap());
    text.chars().map(|c| digit(c).unwrap_or(c)).collect()
}

/// The signs before decimals and between thousands of some languages.
const LANGUAGES: [(&str, char, &[&str]); 7] = [
    ("es", ',', &[".", " ", "\u{a0}", "\u{202f}", ""]),
    ("pt_BR", ',', &[".", ""]),
    ("fra", ',', &["\u{202f}", "\u{a0}", " ", ".", ""]),
    ("en", '.', &[",", ""]),
    ("en_IN", '.', &[",", ""]),
    ("es_MX", '.', &[",", ""]),
    ("de_CH", ',', &["'", "’", ""]),
];

fn grouped(digits: &str, sign: &str) -> String {
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push_str(sign);
        }
        out.push(digit);
    }
    out
}

proptest! {
    #[test]
    fn what_is_written_by_the_rules_of_a_language_is_read_by_them(
        whole in 0_u32..100_000_000, decimals in 0_usize..6, fraction in 0_u32..100_000, negative: bool,
        language in 0..LANGUAGES.len(), group in 0_usize..5, script in 0..SCRIPTS.len(),
    ) {
        let (language, decimal, groups) = LANGUAGES[language];
        let fraction: String = format!("{fraction:05}").chars().take(decimals).collect();
        let minus = if negative { "-" } else { "" };
        let tail = if decimals == 0 { String::new() } else { format!("{decimal}{fraction}") };
        let written = format!("{minus}{}{tail}", grouped(&whole.to_string(), groups[group % groups.len()]));
        let plain = if decimals == 0 { format!("{minus}{whole}") } else { format!("{minus}{whole}.{fraction}") };
        let expected = Some(format!("{}", plain.parse::<f64>().unwrap())).map(|text| if text == "-0" { "0".to_owned() } else { text });
        let written = in_script(&written, SCRIPTS[script]);
        for found in numbers(&written, language) {
            let found = found.map(|text| if text == "-0" { "0".to_owned() } else { text });
            prop_assert_eq!(&found, &expected, "{} in {}", written, language);
        }
        // Where no language is known it is the same number or none.
        for found in numbers(&written, "") {
            let found = found.map(|text| if text == "-0" { "0".to_owned() } else { text });
            prop_assert!(found.is_none() || found == expected, "{} is {:?}", written, found);
        }
    }

    #[test]
    fn every_way_to_a_number_leads_to_the_same_one(text in "[-+]?[0-9.,' /:٣१-]{1,12}") {
        for language in ["es", "en", ""] {
            let [plain, rest @ ..] = numbers(&text, language);
            // What is a number as a whole is the first number in the text as well.
            if plain.is_some() {
                prop_assert!(rest.iter().all(|other| *other == plain), "{} in {}: {:?} {:?}", text, language, plain, rest);
            }
        }
    }

    #[test]
    fn nothing_that_people_write_stops_a_test(text in "\\PC{0,40}") {
        for source in [
            "has_number(x)", "has_date(x)", "has_time(x)", "isnumber(x)", "timevalue(x)", "datevalue(x)", "has_phrase(x, x)",
            "has_only_phrase(x, x)", "has_beginning(x, x)", "has_all_words(x, x)", "has_any_word(x, [x])",
        ] {
            prop_assert!(evaluate(source, &text, "es").is_some(), "{} of {:?}", source, text);
        }
        prop_assert_eq!(evaluate("has_only_phrase(x, x)", &text, "es"), Some(Value::Bool(true)));
    }
}

#[test]
fn digits_of_every_script_are_read_by_every_function() {
    for zero in SCRIPTS {
        let write = |text: &str| in_script(text, zero);
        for (source, text) in [
            ("has_number_eq(x, 12)", "12"),
            ("has_number_gt(x, 11)", "son 12"),
            ("has_number_gte(x, 12)", "12"),
            ("has_number_lt(x, 13)", "12"),
            ("has_number_lte(x, 12)", "12"),
            ("isnumber(x)", "12"),
            ("x + 1 == 13", "12"),
            ("x == 12", "12"),
            ("x > 11", "12"),
            ("has_only_phrase(x, \"12\")", "12"),
            ("has_phrase(x, \"12\")", "son 12"),
            ("has_date(x).date == 1977-06-23", "23/06/1977"),
            ("has_time(x).time == 17:30", "17:30"),
            ("x < 1977-06-24", "1977-06-23"),
        ] {
            let holds = evaluate(source, &write(text), "es").is_some_and(|value| value.truthy());
            assert!(holds, "{source} of {}", write(text));
        }
    }
}

#[test]
fn answers_keep_what_a_program_would_read_otherwise() {
    for (text, language, expected) in [
        ("1.234", "es", Value::from("1.234")),
        ("1.234", "en", Value::Float(1.234)),
        ("1.234", "", Value::from("1.234")),
        ("37.8", "es", Value::Float(37.8)),
        ("37,8", "es", Value::from("37,8")),
        ("35", "", Value::Int(35)),
        ("035", "", Value::from("035")),
        ("2026-11-22", "", Value::Date(jiff::civil::date(2026, 11, 22))),
    ] {
        assert_eq!(Value::answered(text, Locale::of(language)), expected, "{text} in `{language}`");
    }
}
