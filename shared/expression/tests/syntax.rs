//! Tokens, precedence and the spellings of journeys' code.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, reason = "tests may")]

use expression::lexer::{TokenKind, tokenize};
use expression::parser::Parser;
use expression::{Dialect, Environment, Value, parse_expression};
use indexmap::IndexMap;
use jiff::{Timestamp, tz::TimeZone};

fn kinds(source: &str) -> Vec<TokenKind> {
    let (tokens, errors) = tokenize(source);
    assert_eq!(errors, [], "{source}");
    tokens.into_iter().map(|token| token.kind).filter(|kind| *kind != TokenKind::Eof).collect()
}

fn printed(source: &str, dialect: Dialect) -> String {
    parse_expression(source, dialect).unwrap_or_else(|error| panic!("{source}: {error}")).to_string()
}

fn value(source: &str) -> Value {
    let scope = IndexMap::from([
        ("a".to_owned(), Value::Int(6)),
        ("text".to_owned(), Value::from("7")),
        ("name".to_owned(), Value::from("Ana")),
    ]);
    let env = Environment::new(Timestamp::UNIX_EPOCH, TimeZone::UTC);
    parse_expression(source, Dialect::Code).unwrap().evaluate(&scope, &env).unwrap()
}

#[test]
fn mistakes_say_where_what_and_what_instead() {
    for (source, start, message) in [
        ("", 0, "the end cannot stand here; expected a value: a name, number, text, list or function call"),
        ("1 +", 3, "the end cannot stand here; expected a value: a name, number, text, list or function call"),
        ("f(1, label = 2)", 11, "an argument is not named with `=` (write `label: …`)"),
        ("a == 1 && b == 2", 7, "`&&` has no meaning here (write `and`)"),
        ("a == 1 || b == 2", 7, "`||` has no meaning here (write `or`)"),
        ("&(\"@x\")&2", 0, "a lambda cannot stand beside `&` (join conditions with `and`)"),
        ("a == 1 & & b", 9, "a lambda cannot stand beside `&` (join conditions with `and`)"),
        (
            "true and &(&1)",
            9,
            "a lambda cannot stand beside `and` (lambdas are arguments of functions: `map(items, &(&1.name))`)",
        ),
        (
            "(&(&1)) == f",
            0,
            "a lambda cannot stand beside `==` (lambdas are arguments of functions: `map(items, &(&1.name))`)",
        ),
        ("a === 1", 2, "`===` has no meaning here (write `==`)"),
        ("a !== 1", 2, "`!==` has no meaning here (write `!=`)"),
        ("a =< 1", 2, "`=<` has no meaning here (write `<=`)"),
        (
            "a | b",
            2,
            "`|` does not belong to the expression (write `or`; a function stands before its value: `upper(name)`)",
        ),
        ("a // b", 2, "`//` has no meaning here (a comment begins with `#`)"),
        ("if a do 1 elsif b do 2 end", 10, "there is no `elsif` (write `else`, and another `if … do … end` behind it)"),
        ("a\u{200b}b", 1, "the invisible character U+200B has no meaning here (delete it)"),
        ("a\0", 1, "the invisible character U+0000 has no meaning here (delete it)"),
        ("f(1", 3, "the end cannot stand here; expected `,` or `)`"),
        ("[1 2]", 3, "`2` cannot stand here; expected `,` or `]`"),
        ("\"abc", 0, "this text is never closed; expected `\"`"),
        ("“abc”", 0, "`“` has no meaning here (write straight quotes: \"…\")"),
        (
            "2026-13-45",
            0,
            "`2026-13-45` is not a date or time that exists; expected YYYY-MM-DD, YYYY-MM-DDTHH:MM:SS, DD-MM-YYYY HH:MM or HH:MM",
        ),
        ("99999999999999999999", 0, "`99999999999999999999` is too large a number"),
        (
            "if(a)",
            0,
            "`if` takes a condition, a value and another value; expected if(condition, value, other) or if(condition, do: x, else: y)",
        ),
        ("&0", 0, "captures are numbered from `&1` to `&255`"),
        ("a.", 2, "the end cannot stand here; expected the name of a field"),
        ("if a do 1", 9, "the end cannot stand here; expected `end`"),
        ("!a", 0, "`!` has no meaning here (write `not`)"),
        ("[a: 1]", 4, "the items of a list have no names (write pairs as lists: [[\"name\", value]])"),
    ] {
        let error = parse_expression(source, Dialect::Code).unwrap_err();
        let message = message.replace("do: x, else: y", "do: value, else: other");
        assert_eq!((error.span.start, error.to_string()), (start, message), "{source}");
    }
    let error = parse_expression("a +\n  [b,\n c c]", Dialect::Code).unwrap_err();
    assert_eq!(error.span.line_and_column("a +\n  [b,\n c c]"), (3, 4));
}

#[test]
fn texts_are_decoded() {
    for (source, text) in [
        (r#""a\n\"b\" \\ 'c'""#, "a\n\"b\" \\ 'c'"),
        (r"'it\'s'", "it's"),
        (r#""^\d+$""#, r"^\d+$"),
        ("\"two\nlines\"", "two\nlines"),
        (r#""\u00e9\u{1F600}\u{zz}""#, "é😀\\u{zz}"),
        (r#""\x41\x7e\xg\x4""#, "A~\\xg\\x4"),
        ("\"\"\"\n    one\n      two \\\"q\\\" \"x\"\n    \"\"\"", "one\n  two \"q\" \"x\"\n"),
        ("\"\"\"\n  a\n\n b\n  \"\"\"", "a\n\nb\n"),
        ("\"\"\"same line\"\"\"", "same line"),
        ("\"\"\"\n\"\"\"", ""),
    ] {
        assert_eq!(kinds(source), [TokenKind::Text(text.to_owned())], "{source}");
    }
}

#[test]
fn numbers_dates_and_names_are_told_apart() {
    use TokenKind as K;
    assert_eq!(
        kinds("20_000 1.5 1e3 1..2"),
        [K::Int(20_000), K::Float(1.5), K::Float(1000.0), K::Int(1), K::DotDot, K::Int(2)]
    );
    assert!(matches!(kinds("2026-11-22").as_slice(), [K::Date(_)]));
    assert!(matches!(kinds("9:05 23:59:59").as_slice(), [K::Time(_), K::Time(_)]));
    for moment in [
        "2026-11-22T10:00",
        "2026-11-22T10:00:00.25Z",
        "2026-11-22T10:00:00-05:00",
        "22-11-2026 10:00",
        "22-11-2026 10:00:01",
    ] {
        assert!(matches!(kinds(moment).as_slice(), [K::DateTime(_)]), "{moment}");
    }
    assert_eq!(kinds("a-b").len(), 3);
    assert_eq!(kinds("do:10"), [K::Name("do".into()), K::Colon, K::Int(10)]);
    assert_eq!(
        kinds("a # note\r\nb"),
        [K::Name("a".into()), K::Comment(" note".into()), K::Newline, K::Name("b".into())]
    );
}

#[test]
fn operators_bind_as_their_dialect_says() {
    for (source, code, template) in [
        ("a > 1 + 1", "a > (1 + 1)", "(a > 1) + 1"),
        ("1 + 2 * 3 ^ 2", "1 + 2 * 3 ^ 2", "1 + 2 * 3 ^ 2"),
        ("(1 + 2) * 3", "(1 + 2) * 3", "(1 + 2) * 3"),
        ("1 - (2 - 3)", "1 - (2 - 3)", "1 - (2 - 3)"),
        ("not a == 1 and b or c", "not (a == 1) and b or c", "not (a == 1) and b or c"),
        ("not (a == 1) and not b.c", "not (a == 1) and not b.c", "not (a == 1) and not b.c"),
        ("a and (b or c)", "a and (b or c)", "a and (b or c)"),
        ("a == 1 and b == 2", "a == 1 and b == 2", "a == 1 and b == 2"),
        ("-a.b[0] ^ 2", "-a.b[0] ^ 2", "-a.b[0] ^ 2"),
        ("a not in [1]", "not (a in [1])", "not (a in [1])"),
        ("a <> 1", "a != 1", "a != 1"),
    ] {
        assert_eq!(printed(source, Dialect::Code), code, "{source}");
        assert_eq!(printed(source, Dialect::Template), template, "{source}");
    }
    assert_eq!(printed("contact.first-name-2 - a", Dialect::Template), "contact.first-name-2 - a");
    assert_eq!(printed("contact.first-name", Dialect::Code), "contact.first - name");
    assert_eq!(printed("a = 1", Dialect::Template), "a == 1");
}

#[test]
fn the_spellings_of_code_mean_the_same() {
    for source in [
        "if(a > 5, \"x\", \"y\")",
        "if(a > 5, do: \"x\", else: \"y\")",
        "if a > 5, do: \"x\", else: \"y\"",
        "if a > 5 do\n  \"x\"\nelse\n  # note\n  \"y\"\nend",
        "if(a > 5) do \"x\" else \"y\" end",
        "if a > 5 and\n not false do \"x\" end",
        "IF(\n  a > 5,\n  \"x\",\n  \"y\",\n)",
    ] {
        assert_eq!(value(source), Value::from("x"), "{source}");
    }
    assert_eq!(printed("map(items, & &1.title)", Dialect::Code), "map(items, &(&1.title))");
    assert_eq!(printed("map(items, &[&1.a, &1.b])", Dialect::Code), "map(items, &[&1.a, &1.b])");
    assert_eq!(printed("f(@x, in: 2)[0].y", Dialect::Code), "f(x, in: 2)[0].y");
}

#[test]
fn values_are_coerced_where_operators_need_it() {
    for (source, expected) in [
        ("text + 1", Value::Int(8)),
        ("text > 10", Value::Bool(false)),
        ("text == 7", Value::Bool(true)),
        ("\"@name\" == \"Ana\"", Value::Bool(true)),
        ("\"true\" == true", Value::Bool(true)),
        ("name > 3", Value::Bool(false)),
        ("6 / 4", Value::Float(1.5)),
        ("6 / 3", Value::Int(2)),
        ("9223372036854775807 + 1", Value::Float(9_223_372_036_854_775_808.0)),
        ("\"a\" & 1 & nil", Value::from("a1")),
        ("a &2", Value::from("62")),
        ("2026-11-22 == \"2026-11-22\"", Value::Bool(true)),
        ("2026-11-22T10:00:00Z == \"2026-11-22T12:00:00+02:00\"", Value::Bool(true)),
        ("2026-11-22 < 2026-11-22T10:00:00Z", Value::Bool(true)),
        ("10:00 < \"10:30\"", Value::Bool(true)),
        ("3 in 1..5", Value::Bool(true)),
        ("3 in 1..5//3", Value::Bool(false)),
        ("(5..1)[1]", Value::Int(4)),
        ("[1, [2]] == [1.0, [2]]", Value::Bool(true)),
        ("has_phone(\"+593991234567\") == true", Value::Bool(true)),
        ("datevalue(\"2026-11-22\", \"%Y\") & \"!\"", Value::from("2026!")),
    ] {
        assert_eq!(value(source), expected, "{source}");
    }
    for (text, expected) in [
        ("25", Value::Int(25)),
        ("1.50", Value::from("1.50")),
        ("0712345678", Value::from("0712345678")),
        ("+593", Value::from("+593")),
        ("TRUE", Value::Bool(true)),
        ("2026-11-22", Value::Date(jiff::civil::date(2026, 11, 22))),
        ("hola", Value::from("hola")),
    ] {
        assert_eq!(Value::coerced(text), expected, "{text}");
    }
}

#[test]
fn the_parser_stops_where_the_statement_goes_on() {
    for (source, rest) in [
        ("a == 1 do text(\"x\") end", "do"),
        ("a == 1,\n then: B do", ","),
        ("a and\n b\ncard Next do", "\n"),
        ("f(\n 1,\n 2\n)\n x = 1", "\n"),
        ("a\n  and b # why\n  == 1\n  not in [2]\nx = 1", "\n"),
        ("a\n- 1", "\n"),
        ("a\n&(&1)", "\n"),
        ("a\nand(b, c)", "\n"),
        ("a\nnot b", "\n"),
        ("a then", "then"),
    ] {
        let (tokens, _) = tokenize(source);
        let mut parser = Parser::new(&tokens, 0, Dialect::Code);
        parser.expression().unwrap();
        let span = tokens[parser.position()].span;
        assert_eq!(&source[span.start..span.end], rest, "{source}");
    }
}

/// Operators and quotes of other languages are told, and read as they are meant.
#[test]
fn what_is_meant_is_read_after_a_mistake() {
    for (source, meant, mistakes) in [
        ("a = 1 and b = 2", "a == 1 and b == 2", 0),
        ("f(1, label = \"x\")", "f(1, label: \"x\")", 1),
        ("!a || b && !(c)", "not a or b and not(c)", 4),
        ("a !== 1 and b === 2 // why", "a != 1 and b == 2", 3),
        ("if a do 1 elsif b do 2 elseif c do 3 else 4 end", "if(a, 1, if(b, 2, if(c, 3, 4)))", 2),
        ("“hola” & «a» & „b“ & `c` & ‘d’", "\"hola\" & \"a\" & \"b\" & \"c\" & \"d\"", 5),
        ("\u{202f}a\u{a0}+\u{3000}1", "a + 1", 0),
    ] {
        let (tokens, errors) = tokenize(source);
        let mut parser = Parser::new(&tokens, 0, Dialect::Code);
        let read = parser.expression().unwrap();
        assert_eq!(read.to_string(), meant, "{source}");
        assert_eq!(errors.len() + parser.take_mistakes().len(), mistakes, "{source}");
        assert_eq!(parse_expression(source, Dialect::Code).is_ok(), mistakes == 0, "{source}");
    }
}

/// Where texts are said to be never closed, in lines.
#[test]
fn a_text_that_is_never_closed_is_told_where_it_opens() {
    for (source, lines) in [
        ("text(\"hello)\nend\ncard B do\n  text(\"b\")\nend", &[1][..]),
        ("text(\"hello)\nend\ncard B do\n  text(\"*b*\")\nend", &[1]),
        ("text(\"a)\nx = ask(\"b)\nend\ncard B do\n text(\"c\")\nend", &[1, 2]),
        ("text(\"a)\n text(\"b\")\n text(\"c\")", &[1]),
        ("text(\"a\", en: \"b)\n log(\"c\")\nend", &[1]),
        ("buttons(\n  A: \"a,\n  B: \"b\"\n)", &[2]),
        ("get(\n  \"https://a,\n  query: [\n    [\"b\", \"c\"]\n  ]\n)", &[2]),
        ("[\n  [\"a\", \"b],\n  [\"c\", \"d\"]\n]", &[2]),
        ("buttons([\n  \"a,\n  \"b\"\n])", &[2]),
        ("text(\"\n  one\n\")", &[]),
        ("text('hello\")\nend\n text(\"a\")", &[1]),
        ("text(\"hello”)\n text(\"a\")\nend", &[1]),
        ("text(\"\"\"\n a\n)\nend\ncard B do\n text(\"\"\"\n b\n \"\"\")\nend", &[1]),
        ("text(\"\"\"\n a\n)\nend\ncard B do\n text(\"b\")\nend", &[1]),
        ("text(\"a\n b", &[1]),
        // Texts of several lines, and texts about code, are closed.
        ("text(\"one\nend\ncard B do\n  text(\")\nend\n x = \"\n\"", &[]),
        ("text(\"\"\"\none\nend\ncard B do\n text(\"\"\")\nlog(\"a\")", &[]),
        ("text(\"one\nend\" & \"two\")", &[]),
        ("text(\"Dear\nyou said \"hi\" to me\")", &[]),
    ] {
        let (_, errors) = tokenize(source);
        let open: Vec<usize> = errors
            .iter()
            .filter(|error| error.message == expression::lexer::NEVER_CLOSED)
            .map(|error| error.span.line_and_column(source).0)
            .collect();
        assert_eq!(open, lines, "{source}\n{errors:?}");
    }
}
