//! The functions of RapidPro in ours, where there is one that says the same.

use expression::{BinaryOperator, Expr, ExprKind, Name, Span};

use crate::floip::formulas::{binary, call, literal, number};

/// Functions that have another name here and the same arguments and meaning.
const RENAMED: [(&str, usize, &str); 12] = [
    ("concat", 2, "append"),
    ("contains", 2, "has_member"),
    ("date_from_parts", 3, "date"),
    ("foreach", 2, "map"),
    ("mod", 2, "rem"),
    ("repeat", 2, "rept"),
    ("replace", 3, "substitute"),
    ("text", 1, "concatenate"),
    ("text_length", 1, "len"),
    ("time", 1, "timevalue"),
    ("time_from_parts", 3, "time"),
    ("title", 1, "proper"),
];

/// Functions of which there is one here that means something else by the same arguments, where these are not translated.
pub(super) const OTHERS: [&str; 6] = ["contains", "date", "time", "word", "word_count", "word_slice"];

/// The formats of dates and times a workspace begins with; a file does not say its own.
const DATE: &str = "%d-%m-%Y";
const DATE_TIME: &str = "%d-%m-%Y %H:%M";

/// A function in our words.
pub(super) enum Said {
    /// It does the same.
    Same(Expr),
    /// It does nearly the same, with what is different.
    Similar(Expr, String),
}

/// A call of RapidPro in our words, with arguments that are so already. `None`: the name means the same here, or nothing.
pub(super) fn translate(function: &str, arguments: &[Expr]) -> Option<Said> {
    if let Some((_, _, ours)) = RENAMED.iter().find(|(name, count, _)| (*name, *count) == (function, arguments.len())) {
        return Some(Said::Same(call(ours, arguments.to_vec())));
    }
    let same = match (function, arguments) {
        ("array", items) => Expr::new(ExprKind::List(items.to_vec()), Span::default()),
        ("object", pairs) => object(pairs)?,
        ("default", [value, otherwise]) => {
            let empty = call("is_nil_or_empty", vec![value.clone()]);
            call("if", vec![empty, otherwise.clone(), value.clone()])
        }
        ("mean", [_, ..]) => {
            let count = number(i64::try_from(arguments.len()).ok()?);
            binary(call("sum", arguments.to_vec()), BinaryOperator::Divide, (*count).clone())
        }
        ("unique", [list]) => call("uniq", vec![list.clone()]),
        ("sort", [list]) => call("sort_by", vec![list.clone(), lambda(capture(1))]),
        ("join", [list, separator]) if !has_capture(separator) => join(list, separator),
        ("format_urn", [urn]) => urn.clone(),
        // Words are counted from 0 there, from 1 here; days of the week the other way round.
        ("word", [text, at]) => call("word", vec![text.clone(), from_one(at)]),
        ("word", [text, at, blanks]) if is_blank(blanks) => call("word", vec![text.clone(), from_one(at), truth(true)]),
        ("word_count", [text, blanks]) if is_blank(blanks) => call("word_count", vec![text.clone(), truth(true)]),
        ("word_slice", [text, start]) => call("word_slice", vec![text.clone(), from_one(start)]),
        ("word_slice", [text, start, stop]) => match whole(stop) {
            Some(-1) => call("word_slice", vec![text.clone(), from_one(start)]),
            _ => call("word_slice", vec![text.clone(), from_one(start), from_one(stop)]),
        },
        ("word_slice", [text, start, stop, blanks]) if is_blank(blanks) => {
            let stop = if whole(stop) == Some(-1) { nothing() } else { from_one(stop) };
            call("word_slice", vec![text.clone(), from_one(start), stop, truth(true)])
        }
        ("weekday", [date]) => {
            let from_one = call("weekday", vec![date.clone()]);
            binary(from_one, BinaryOperator::Subtract, (*number(1)).clone())
        }
        ("text_slice", [text, start]) => match whole(start)? {
            start @ 0.. => {
                let length = call("len", vec![text.clone()]);
                call("mid", vec![text.clone(), (*number(start.saturating_add(1))).clone(), length])
            }
            start => call("right", vec![text.clone(), (*number(start.saturating_neg())).clone()]),
        },
        ("text_slice", [text, start, stop]) => match (whole(start)?, whole(stop)?) {
            (start @ 0.., stop) if stop >= start => {
                let (first, count) = (number(start.saturating_add(1)), number(stop - start));
                call("mid", vec![text.clone(), (*first).clone(), (*count).clone()])
            }
            _ => return None,
        },
        ("field", [text, at, separator]) if as_text(separator).is_some_and(|text| text.trim().chars().count() == 1) => {
            let parts = call("split", vec![text.clone(), separator.clone()]);
            Expr::new(ExprKind::Index { base: Box::new(parts), index: Box::new(at.clone()) }, Span::default())
        }
        ("date", [value]) => part_of_date(value, "date"),
        ("datetime", [value]) => part_of_date(value, "datetime"),
        ("datetime_from_epoch", [seconds]) => call("datetime_from_unix", vec![seconds.clone(), literal("second")]),
        ("format_date" | "format_datetime", [date, format]) => {
            call("datevalue", vec![date.clone(), literal(&strftime(as_text(format)?)?)])
        }
        ("parse_date" | "parse_datetime", [text, format]) => {
            call("parse_datevalue", vec![text.clone(), literal(&strftime(as_text(format)?)?)])
        }
        ("format_number", [value, decimals]) => call("fixed", vec![value.clone(), decimals.clone()]),
        ("format_number", [value, decimals, commas]) => match commas.kind {
            ExprKind::Bool(commas) => call("fixed", vec![value.clone(), decimals.clone(), truth(!commas)]),
            _ => return None,
        },
        _ => return similar(function, arguments),
    };
    Some(Said::Same(same))
}

/// What does nearly the same.
fn similar(function: &str, arguments: &[Expr]) -> Option<Said> {
    let (ours, difference) = match (function, arguments) {
        ("trim", [text]) => {
            let words = call("word_slice", vec![text.clone(), (*number(1)).clone(), nothing(), truth(true)]);
            (words, "`trim` only took the blanks at both ends away; here there is one space between words, too.")
        }
        ("split", [_, separator]) if as_text(separator).is_none_or(|text| text.chars().count() != 1) => {
            let difference =
                "`split` divided at each of several signs; here it divides where all of them follow each other.";
            (call("split", arguments.to_vec()), difference)
        }
        ("format_date", [date]) => {
            let difference = "`format_date` used the format of the workspace; here it is day, month and year.";
            (call("datevalue", vec![date.clone(), literal(DATE)]), difference)
        }
        ("format_datetime", [date]) => {
            let difference =
                "`format_datetime` used the format of the workspace; here it is day, month, year and time.";
            (call("datevalue", vec![date.clone(), literal(DATE_TIME)]), difference)
        }
        _ => return None,
    };
    Some(Said::Similar(ours, difference.to_owned()))
}

/// A format of RapidPro, `DD-MM-YYYY tt:mm`, as one of `strftime`.
fn strftime(format: &str) -> Option<String> {
    let mut ours = String::new();
    let mut rest = format;
    while let Some(letter) = rest.chars().next() {
        let length = rest.chars().take_while(|other| *other == letter).map(char::len_utf8).sum();
        let (run, after) = rest.split_at(length);
        rest = after;
        ours.push_str(match run {
            "YYYY" => "%Y",
            "YY" => "%y",
            "MMMM" => "%B",
            "MMM" => "%b",
            "MM" => "%m",
            "M" => "%-m",
            "DD" => "%d",
            "D" => "%-d",
            "EEEE" => "%A",
            "EEE" => "%a",
            "tt" => "%H",
            "t" => "%-H",
            "hh" => "%I",
            "h" => "%-I",
            "mm" => "%M",
            "m" => "%-M",
            "ss" => "%S",
            "s" => "%-S",
            "aa" => "%P",
            "AA" => "%p",
            "%" => "%%",
            "T" => "T",
            _ if letter.is_alphabetic() || letter == '%' => return None,
            _ => run,
        });
    }
    Some(ours)
}

/// `object("a", 1)` as a map with these fields.
fn object(pairs: &[Expr]) -> Option<Expr> {
    if pairs.is_empty() {
        return Some(call("parse_json", vec![literal("{}")]));
    }
    pairs.chunks(2).try_fold(nothing(), |map, pair| match pair {
        [field, value] => Some(call("put", vec![map, field.clone(), value.clone()])),
        _ => None,
    })
}

/// The items of a list with a text between them.
fn join(list: &Expr, separator: &Expr) -> Expr {
    let is_first = call("is_nil_or_empty", vec![capture(2)]);
    let more = call("concatenate", vec![capture(2), separator.clone(), capture(1)]);
    let fold = lambda(call("if", vec![is_first, capture(1), more]));
    call("reduce", vec![list.clone(), literal(""), fold])
}

fn part_of_date(value: &Expr, part: &str) -> Expr {
    let date = call("datevalue", vec![value.clone()]);
    Expr::new(ExprKind::Member { base: Box::new(date), field: Name::new(part) }, Span::default())
}

/// A place that is counted from 0, counted from 1; from the end it is counted alike.
fn from_one(at: &Expr) -> Expr {
    match whole(at) {
        Some(at @ 0..) => (*number(at.saturating_add(1))).clone(),
        Some(_) => at.clone(),
        None => binary(at.clone(), BinaryOperator::Add, (*number(1)).clone()),
    }
}

/// A whole number that is written out.
fn whole(expr: &Expr) -> Option<i64> {
    match expr.kind {
        ExprKind::Int(number) => Some(number),
        _ => None,
    }
}

fn as_text(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Text(text) => Some(text),
        _ => None,
    }
}

/// Whether words are what lies between blanks.
fn is_blank(separators: &Expr) -> bool {
    as_text(separators).is_some_and(|text| !text.is_empty() && text.trim().is_empty())
}

fn has_capture(expr: &Expr) -> bool {
    let mut found = false;
    expr.walk(&mut |node| found |= matches!(node.kind, ExprKind::Capture(_)));
    found
}

fn lambda(body: Expr) -> Expr {
    Expr::new(ExprKind::Lambda(body.into()), Span::default())
}

fn capture(number: u8) -> Expr {
    Expr::new(ExprKind::Capture(number), Span::default())
}

fn truth(holds: bool) -> Expr {
    Expr::new(ExprKind::Bool(holds), Span::default())
}

fn nothing() -> Expr {
    Expr::new(ExprKind::Null, Span::default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_of_dates() {
        for (theirs, ours) in [
            ("DD-MM-YYYY tt:mm", Some("%d-%m-%Y %H:%M")),
            ("EEEE, D MMMM 'YY", Some("%A, %-d %B '%y")),
            ("h:mm:ss aa", Some("%-I:%M:%S %P")),
            ("YYYY-MM-DDTtt:mm:ss", Some("%Y-%m-%dT%H:%M:%S")),
            ("Z", None),
            ("YYY", None),
        ] {
            assert_eq!(strftime(theirs).as_deref(), ours, "{theirs}");
        }
    }
}
