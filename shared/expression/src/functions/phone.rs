//! Phone numbers, checked against the numbering plans of libphonenumber.
//!
//! The plans are part of the binary and are read at the first text that could be a phone number: some 9 ms and 5 MB
//! then, nothing before.

use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumber, PhoneNumberFormat, Region};

use super::{Function, function};
use crate::context::Arguments;
use crate::error::EvaluationError;
use crate::fold::decimal_digit;
use crate::value::{OWN_VALUE, Value};

type Result<T> = std::result::Result<T, EvaluationError>;

/// Work units of one question to the numbering plans.
const COST: u64 = 500;
/// How many stretches of a text are looked at.
const MAX_CANDIDATES: usize = 20;
/// How many digits a phone number may be written with, prefixes included.
const DIGITS: std::ops::RangeInclusive<usize> = 5..=20;
/// How long a phone number is written at most, in bytes: its digits and what stands between them.
const LONGEST: usize = 60;
/// From how many digits on a number without `+` and country may begin with its calling code.
const FULL_DIGITS: usize = 10;

pub(super) static FUNCTIONS: &[Function] = &[function!(
    "has_phone", Eager(has_phone),
    "Whether there is a phone number in a text that the numbering plan of its country has room for. It is written with its calling code (`+593…`, `00593…`, or without a prefix from 10 digits on), or as people of the country given write it.",
    ["text": "a text", "country?": "an ISO 3166 code such as \"EC\", or a calling code such as \"593\""],
    "boolean; `.phonenumber` has the first one in E.164, `.country` its ISO 3166 code, `.calling_code` the number after the `+`",
    errors: "a country that does not exist",
    "has_phone(\"+593 99 123-4567\").phonenumber" => "\"+593991234567\"",
    "has_phone(\"call me at 099 123 4567 please\", \"EC\").phonenumber" => "\"+593991234567\"",
    "has_phone(\"+593 99 123-4567\").country" => "\"EC\"",
    "has_phone(\"+593 12345\")" => "false",
    "has_phone(\"099 123 4567\")" => "false",
)];

fn has_phone(arguments: &Arguments<'_>) -> Result<Value> {
    let text = arguments.text(0)?;
    let text: String = text.chars().map(|character| decimal_digit(character).unwrap_or(character)).collect();
    let region = region(arguments)?;
    for candidate in candidates(&text).take(MAX_CANDIDATES) {
        arguments.env().spend(COST)?;
        if let Some(number) = read(candidate, region) {
            let country = PHONE_NUMBER_UTIL.get_region_for_number(&number);
            return Ok(Value::map([
                (OWN_VALUE, Value::Bool(true)),
                ("phonenumber", Value::from(&*PHONE_NUMBER_UTIL.format(&number, PhoneNumberFormat::E164))),
                ("country", country.map(|country| country.as_region_str().to_string()).into()),
                ("calling_code", Value::Int(number.country_code.into())),
            ]));
        }
    }
    Ok(Value::Bool(false))
}

/// The country given, by its ISO 3166 code or calling code.
fn region(arguments: &Arguments<'_>) -> Result<Option<Region>> {
    let given = arguments.text(1)?.trim().trim_start_matches('+').to_uppercase();
    if given.is_empty() {
        return Ok(None);
    }
    let region = match given.parse() {
        Ok(code) => PHONE_NUMBER_UTIL.get_region_for_country_code(code),
        Err(_) => given.parse().ok(),
    };
    // "001" stands for the world, "ZZ" for no country.
    match region.filter(|region| PHONE_NUMBER_UTIL.get_country_code_for_region(*region).is_some()) {
        Some(region) => Ok(Some(region)),
        None => Err(arguments.invalid(1, "write a country as an ISO 3166 code such as \"EC\", or as its calling code")),
    }
}

/// The stretches of `text` that look like a phone number; where other numbers may stand beside it, also their parts.
fn candidates(text: &str) -> impl Iterator<Item = &str> {
    let belongs = |c: char| {
        c.is_ascii_digit() || matches!(c, ' ' | '\t' | '\u{a0}') || "+()-./\u{2010}\u{2011}\u{2013}".contains(c)
    };
    let parts = |run| str::split_whitespace(run).filter(move |part| part.len() < run.len());
    text.split(move |c| !belongs(c))
        .flat_map(move |run| {
            let whole = Some(run).filter(|run| run.len() <= LONGEST);
            let behind_blanks =
                whole.into_iter().flat_map(|run| run.match_indices(' ').map(|(blank, _)| &run[blank + 1..]));
            whole.into_iter().chain(parts(run)).chain(behind_blanks)
        })
        .map(|run| {
            run.trim_start_matches(|c: char| !c.is_ascii_digit() && c != '+' && c != '(')
                .trim_end_matches(|c: char| !c.is_ascii_digit())
        })
        .filter(|run| run.len() <= LONGEST && DIGITS.contains(&digits(run)))
}

fn digits(run: &str) -> usize {
    run.bytes().filter(u8::is_ascii_digit).count()
}

/// The phone number that is all of `candidate`.
fn read(candidate: &str, region: Option<Region>) -> Option<PhoneNumber> {
    let as_written = Some(candidate.to_owned());
    let international = candidate.strip_prefix("00").map(|rest| format!("+{rest}"));
    let bare = !candidate.starts_with(['+', '0']) && region.is_none() && digits(candidate) >= FULL_DIGITS;
    let spellings = [as_written, international, bare.then(|| format!("+{candidate}"))];
    spellings.into_iter().flatten().find_map(|spelling| {
        PHONE_NUMBER_UTIL.parse(&spelling, region).ok().filter(|number| PHONE_NUMBER_UTIL.is_valid_number(number))
    })
}
