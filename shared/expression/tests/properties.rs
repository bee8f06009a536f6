//! What holds for every source and every expression.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, reason = "tests may")]

use expression::lexer::{TokenKind, tokenize};
use expression::{
    Arg, BinaryOperator, DateTimeLiteral, Dialect, Environment, Expr, ExprKind, Name, Room, Span, Value,
    parse_expression, parse_template,
};
use indexmap::IndexMap;
use jiff::{Timestamp, civil, tz::Offset, tz::TimeZone};
use proptest::prelude::*;

/// Text made of what the language is made of, so that mistakes are near misses.
fn fragments() -> impl Strategy<Value = String> {
    let fragment = prop_oneof![
        proptest::sample::select(vec![
            "(",
            ")",
            "[",
            "]",
            "{",
            "}",
            ",",
            ".",
            "..",
            "//",
            ":",
            "&",
            "&1",
            "& &1",
            "->",
            "=",
            "==",
            "!=",
            "<>",
            "<",
            "<=",
            "+",
            "-",
            "*",
            "/",
            "^",
            "@",
            "@@",
            "@(",
            "%",
            "|",
            "!",
            "\n",
            "# note\n",
            "\"",
            "'",
            "\"\"\"",
            "\\",
            "&&",
            "||",
            "\nend\n",
            "\ncard A",
            "“",
            "`",
            "\u{200b}",
            "if",
            " do ",
            " end",
            "else",
            "not ",
            " and ",
            " or ",
            " in ",
            "true",
            "nil",
            "x",
            "contact.name",
            "len(",
            "map(",
            "1",
            "20_000",
            "1.5",
            "1e9",
            "2026-11-22",
            "10:30",
            "2026-11-22T10:30:00+02:00",
            "22-11-2026 10:30",
            "é",
            "\u{301}",
            "漢",
            "\0",
            "name: ",
        ])
        .prop_map(str::to_owned),
        ".{0,3}",
    ];
    proptest::collection::vec(fragment, 0..24).prop_map(|parts| parts.concat())
}

fn environment() -> Environment {
    Environment::new(Timestamp::UNIX_EPOCH, TimeZone::UTC).with_budget(50_000)
}

fn name() -> impl Strategy<Value = String> {
    let keywords =
        ["do", "end", "else", "then", "when", "card", "if", "not", "and", "or", "in", "true", "false", "nil", "null"];
    "[a-zA-Z_é][a-z0-9_]{0,5}".prop_filter("keywords", move |name| !keywords.contains(&name.to_lowercase().as_str()))
}

fn node(kind: ExprKind) -> Expr {
    Expr::new(kind, Span::default())
}

fn leaf() -> impl Strategy<Value = Expr> {
    let date = (1..9999_i16, 1..=12_i8, 1..=28_i8).prop_map(|(year, month, day)| civil::date(year, month, day));
    let time = (0..24_i8, 0..60_i8, 0..60_i8).prop_map(|(hour, minute, second)| civil::time(hour, minute, second, 0));
    let offset =
        proptest::option::of((-12..=12_i32).prop_map(|hours| Offset::from_seconds(hours * 3600 + 1800).unwrap()));
    prop_oneof![
        Just(ExprKind::Null),
        any::<bool>().prop_map(ExprKind::Bool),
        (-i64::MAX..=i64::MAX).prop_map(ExprKind::Int),
        any::<f64>().prop_filter("finite", |number| number.is_finite()).prop_map(ExprKind::Float),
        "[^@]{0,8}".prop_map(|text| ExprKind::Text(text.into())),
        name().prop_map(|name| parse_expression(&format!("\"Hi @{name}.x\\n\\\"\""), Dialect::Code).unwrap().kind),
        date.clone().prop_map(ExprKind::Date),
        time.clone().prop_map(ExprKind::Time),
        (date, time, offset).prop_map(|(date, time, offset)| {
            ExprKind::DateTime(DateTimeLiteral { civil: civil::DateTime::from_parts(date, time), offset })
        }),
        name().prop_map(|name| ExprKind::Name(Name::new(&name))),
        (1..4_u8).prop_map(ExprKind::Capture),
    ]
    .prop_map(node)
}

fn expression() -> impl Strategy<Value = Expr> {
    leaf().prop_recursive(5, 48, 4, |inner| {
        use BinaryOperator as B;
        let operators = vec![
            B::Or,
            B::And,
            B::In,
            B::Equal,
            B::NotEqual,
            B::Less,
            B::LessOrEqual,
            B::Greater,
            B::GreaterOrEqual,
            B::Add,
            B::Subtract,
            B::Concatenate,
            B::Multiply,
            B::Divide,
            B::Power,
        ];
        let boxed = inner.clone().prop_map(Box::new);
        let is_value = |operand: &Expr| !matches!(operand.kind, ExprKind::Lambda(_));
        let operand = inner.clone().prop_filter("a lambda beside an operator", is_value).prop_map(Box::new);
        let argument = (proptest::option::of(name()), inner.clone()).prop_map(|(name, value)| Arg { name, value });
        prop_oneof![
            (proptest::sample::select(operators), operand.clone(), operand)
                .prop_map(|(operator, left, right)| ExprKind::Binary { operator, left, right }),
            boxed.clone().prop_map(ExprKind::Not),
            boxed.clone().prop_map(ExprKind::Negate),
            inner.clone().prop_map(|body| ExprKind::Lambda(body.into())),
            proptest::collection::vec(inner.clone(), 0..4).prop_map(ExprKind::List),
            (boxed.clone(), name()).prop_map(|(base, field)| ExprKind::Member { base, field: Name::new(&field) }),
            (boxed.clone(), boxed.clone()).prop_map(|(base, index)| ExprKind::Index { base, index }),
            (boxed.clone(), boxed.clone(), proptest::option::of(boxed))
                .prop_map(|(first, last, step)| ExprKind::Range { first, last, step }),
            (name(), proptest::collection::vec(argument, 0..4))
                .prop_map(|(name, arguments)| ExprKind::Call { name: Name::new(&name), arguments }),
            proptest::collection::vec(inner, 2..4).prop_map(|values| ExprKind::Call {
                name: Name::new("if"),
                arguments: values.into_iter().map(|value| Arg { name: None, value }).collect(),
            }),
        ]
        .prop_map(node)
    })
}

fn stored() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        (-1e9..1e9_f64).prop_map(Value::Float),
        ".{0,6}".prop_map(Value::from),
        (-9999..9999_i16, 1..=12_i8, 1..=28_i8)
            .prop_map(|(year, month, day)| Value::Date(civil::date(year, month, day))),
        (0..24_i8, 0..60_i8).prop_map(|(hour, minute)| Value::Time(civil::time(hour, minute, 0, 0))),
        (-300_000_000_000..200_000_000_000_i64, -12..=12_i32).prop_map(|(second, hours)| {
            let offset = Offset::from_seconds(hours * 3600).unwrap();
            Value::from(expression::DateTime::new(Timestamp::from_second(second).unwrap(), offset))
        }),
        (any::<i32>(), any::<i32>(), 1..5_i64).prop_map(|(first, last, step)| {
            Value::Range(expression::RangeValue { first: first.into(), last: last.into(), step })
        }),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let key = prop_oneof!["[a-z]{1,3}", Just("@date".to_owned()), Just("@@date".to_owned()), Just("@x".to_owned())];
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::list),
            proptest::collection::vec((key, inner), 0..3).prop_map(Value::map),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_source_makes_the_language_panic(source in fragments()) {
        let (tokens, errors) = tokenize(&source);
        prop_assert_eq!(&tokens.last().unwrap().kind, &TokenKind::Eof);
        let spans = tokens.iter().map(|token| token.span).chain(errors.iter().map(|error| error.span));
        for span in spans {
            prop_assert!(source.get(span.start..span.end).is_some(), "{:?}", span);
        }
        prop_assert!(tokens.windows(2).all(|pair| pair[0].span.end <= pair[1].span.start));
        let scope = IndexMap::from([("x".to_owned(), Value::list(vec![Value::Int(1), Value::from("a")]))]);
        for dialect in [Dialect::Code, Dialect::Template] {
            match parse_expression(&source, dialect) {
                Ok(expression) => {
                    prop_assert_eq!(&parse_expression(&expression.to_string(), dialect).unwrap(), &expression);
                    let _ = expression.evaluate(&scope, &environment());
                }
                Err(error) => prop_assert!(source.get(error.span.start..error.span.end).is_some(), "{}", error),
            }
        }
        let template = parse_template(&source);
        let _ = template.render(&scope, &environment());
        for problem in template.problems() {
            prop_assert!(source.get(problem.span.start..problem.span.end).is_some(), "{:?}", problem);
        }
        if !source.contains('@') {
            prop_assert_eq!(template.render(&scope, &environment()).unwrap(), source);
        }
    }

    #[test]
    fn what_is_printed_parses_back(expression in expression()) {
        let printed = expression.to_string();
        for dialect in [Dialect::Code, Dialect::Template] {
            prop_assert_eq!(&parse_expression(&printed, dialect).map_err(|e| format!("{printed}: {e}")).unwrap(), &expression, "{}", printed);
        }
    }

    #[test]
    fn what_is_broken_into_lines_parses_back(expression in expression(), width in 0..60_usize, indent in 0..9_usize) {
        let wrapped = expression.wrapped(Room { width, indent, column: indent, after: 1 });
        for dialect in [Dialect::Code, Dialect::Template] {
            prop_assert_eq!(&parse_expression(&wrapped, dialect).map_err(|e| format!("{wrapped}: {e}")).unwrap(), &expression, "{}", wrapped);
        }
        let whole = Room { width: usize::MAX, indent, column: indent, after: 1 };
        prop_assert_eq!(expression.wrapped(whole), expression.to_string());
    }

    #[test]
    fn what_is_stored_is_read_back(value in stored()) {
        let written = serde_json::to_string(&value).unwrap();
        prop_assert_eq!(serde_json::from_str::<Value>(&written).unwrap(), value, "{}", written);
    }
}
