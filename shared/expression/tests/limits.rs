//! Hostile input ends in an error: never in a hang, a panic or an overflow of the stack.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, reason = "tests may")]

use std::time::{Duration, Instant};

use expression::lexer::tokenize;
use expression::parser::Parser;
use expression::{Dialect, Environment, EvaluationError, Expr, Value, parse_expression, parse_template};
use indexmap::IndexMap;
use jiff::{Timestamp, tz::TimeZone};

fn environment() -> Environment {
    Environment::new(Timestamp::UNIX_EPOCH, TimeZone::UTC)
}

fn evaluate(source: &str) -> Result<Value, EvaluationError> {
    let scope = IndexMap::from([("list".to_owned(), Value::list(vec![Value::Int(1); 10]))]);
    parse_expression(source, Dialect::Code).unwrap().evaluate(&scope, &environment())
}

#[test]
fn deep_source_is_refused() {
    for dialect in [Dialect::Code, Dialect::Template] {
        for (open, middle, close) in [
            ("(", "1", ")"),
            ("[", "", "]"),
            ("-", "x", ""),
            ("not ", "x", ""),
            ("& ", "&1", ""),
            ("f(", "", ")"),
            ("", "x", ".y"),
            ("", "x", "[0]"),
            ("", "1", " + 1"),
            ("1 + (", "1", ")"),
            ("@", "x", ""),
            ("if(", "x", ", 1, 2)"),
            ("a[", "0", "]"),
            ("1 == not ", "x", ""),
            ("if x do ", "1", " end"),
        ] {
            let source = format!("{}{middle}{}", open.repeat(5_000), close.repeat(5_000));
            assert!(parse_expression(&source, dialect).is_err(), "{open}{middle}{close}");
        }
    }
    let quoted = "\"@f(".repeat(20_000);
    assert!(parse_expression(&quoted, Dialect::Code).is_err());
    assert!(parse_template(&format!("@({}", "(".repeat(100_000))).is_plain());
    assert!(parse_template(&"@(".repeat(100_000)).is_plain());
    assert!(parse_template(&"@x[".repeat(100_000)).problems().len() <= 100);
}

#[test]
fn a_long_text_full_of_mistakes_is_read_in_time() {
    for unit in ["@cout(", "@cout() ", "@upper(", "@x[", "@x[0 0]", "@(", "@(1 +)", "@(\"@(", "@x.y[1 2].z ", "@a-"] {
        let text = unit.repeat(64 * 1024 / unit.len());
        let began = Instant::now();
        let template = parse_template(&text);
        assert!(template.problems().len() <= 50, "{unit}");
        let took = began.elapsed();
        assert!(took < Duration::from_secs(10), "{unit}: {took:?}");
    }
}

/// Of what is no code, much is looked for further on in the source, or back in its line.
#[test]
fn code_full_of_mistakes_is_read_in_time() {
    for unit in [
        "„",
        "‘a ",
        "`",
        "```",
        "?",
        "/*\n",
        "1..2 // 3 ",
        " // ",
        "\\'\nend\n",
        "\\\"\nend\n",
        "\"\nend\n",
        "\"\"\"\nend\n x(",
        "'\nend\n\"",
        "\"a\nend\nx(",
        "\n\n",
        "#\n",
        "a\n#\n",
        "x = \"",
        "! && || ",
    ] {
        for last in ["", "'x", "\"x", "\"\"\""] {
            let source = unit.repeat(64 * 1024 / unit.len()) + last;
            let began = Instant::now();
            let (tokens, _) = tokenize(&source);
            let mut parser = Parser::new(&tokens, 0, Dialect::Code);
            let _ = parser.expression();
            let took = began.elapsed();
            assert!(took < Duration::from_secs(5), "{unit:?} {last:?}: {took:?}");
        }
    }
}

#[test]
fn a_long_list_of_calls_is_checked_in_time() {
    for call in
        ["lenght(1),", "has_pattern(\"a\", \"\\w{9}\"),", "left(\"a\", -1),", "has_phone(\"0991234567\", \"EC\"),"]
    {
        let source = format!("[{}]", call.repeat(10_000));
        let expression = parse_expression(&source, Dialect::Code).unwrap();
        let began = Instant::now();
        assert!(expression.check().len() <= 50, "{call}");
        let took = began.elapsed();
        assert!(took < Duration::from_secs(10), "{call}: {took:?}");
    }
}

#[test]
fn the_deepest_source_that_parses_also_evaluates_prints_and_drops() {
    let fits = |depth: usize| format!("{}1{}", "(1 + ".repeat(depth), ")".repeat(depth));
    let deepest = (1..200).rev().find(|depth| parse_expression(&fits(*depth), Dialect::Code).is_ok()).unwrap();
    assert!(deepest >= 30, "{deepest}");
    assert_eq!(evaluate(&fits(deepest)), Ok(Value::Int(i64::try_from(deepest).unwrap() + 1)));
    let printed = parse_expression(&fits(deepest), Dialect::Code).unwrap().to_string();
    assert_eq!(
        parse_expression(&printed, Dialect::Code).unwrap(),
        parse_expression(&fits(deepest), Dialect::Code).unwrap()
    );
    let chain = format!("1{}", " + 1".repeat(190));
    assert_eq!(evaluate(&chain), Ok(Value::Int(191)));
}

#[test]
fn work_is_bounded() {
    use EvaluationError as E;
    for (source, error) in [
        ("count(map(1..1000000000, &(&1)))", E::BudgetExceeded),
        ("map(1..2000, &map(1..2000, &(&1 + 1)))", E::BudgetExceeded),
        ("9223372036854775806 in map(1..9223372036854775807, & &1)", E::BudgetExceeded),
        ("rept(\"abcdefgh\", 100000000)", E::OutputTooLarge { limit: 65_536 }),
        ("reduce(1..100, \"x\", &concatenate(&2, &2))", E::OutputTooLarge { limit: 65_536 }),
        ("substitute(rept(\"a\", 60000), \"a\", \"bbbb\")", E::OutputTooLarge { limit: 65_536 }),
        ("reduce(1..100000, [], &[&2])", E::TooDeep),
        ("reduce(1..7, [], &[[[[[[[[[[[[[[[[[[[[&2]]]]]]]]]]]]]]]]]]]])", E::TooDeep),
        ("reduce(1..60, [1], &[&2, &2])", E::BudgetExceeded),
        ("json(reduce(1..7, list, &[&2, &2, &2, &2, &2, &2, &2, &2, &2, &2]))", E::BudgetExceeded),
        ("reduce(1..7, list, &[&2, &2, &2, &2, &2, &2, &2, &2, &2, &2]) & \"\"", E::BudgetExceeded),
        ("has_all_words(rept(\"a\", 60000), rept(\"b,\", 30000))", E::BudgetExceeded),
        ("uniq(map(1..10000, & &1))", E::BudgetExceeded),
    ] {
        assert_eq!(evaluate(source).map(|value| value.kind()), Err(error), "{source}");
    }
}

#[test]
fn no_step_is_dearer_than_its_price() {
    let long = Value::from("ab ".repeat(20_000));
    let wide: IndexMap<String, Value> = (0..2_000).map(|n| (format!("Key{n}"), Value::Int(n))).collect();
    let texts = Value::list(vec![long.clone(); 1_000]);
    let scope = IndexMap::from([
        ("long".to_owned(), long),
        ("wide".to_owned(), Value::from(wide)),
        ("texts".to_owned(), texts),
    ]);
    for source in [
        // many steps that look at something large
        "map(1..150000, &(long == long))",
        "map(1..150000, &(long > 1))",
        "map(1..150000, &(long < long))",
        "map(1..150000, &(wide.missing))",
        "map(1..150000, &(wide[long]))",
        "map(1..150000, &(wide[texts]))",
        "map(1..150000, &is_error(abs(long)))",
        "map(1..150000, &is_error(lenght(1)))",
        "map(1..150000, &is_error(missing.a.b.c.d + 1))",
        "map(1..150000, &has_group([wide], &1))",
        "map(1..150000, &put(wide, \"x\", 1))",
        "map(1..150000, &delete(wide, \"x\"))",
        "map(1..150000, &append(texts, texts))",
        "map(1..150000, &is_error(timevalue(long)))",
        "map(1..150000, &parse_datevalue(long, \"%Y\"))",
        "map(1..150000, &has_phone(\"0991234567\", \"EC\"))",
        "map(1..150000, &round(1.7976931348623157e308, 20))",
        "map(1..150000, &(&1 ^ 99999))",
        "map(1..150000, &upper(long))",
        "map(1..150000, &split(long))",
        "map(1..150000, &word_count(long))",
        "map(1..150000, &json(texts))",
        "map(1..150000, &sort_by(texts, & &1))",
        "map(1..150000, &parse_json(\"[{},{},{},{},{},{},{},{},{},{}]\"))",
        "map(1..150000, &datetime_next(\"monday\", \"10:00\"))",
        // one step that is large by itself
        "len(texts)",
        "texts & \"\"",
        "json(texts)",
        "has_any_word(long, long)",
        "has_all_words(long, long)",
        "has_all_words([long, long, long], long)",
        "has_phone(rept(\"1 \", 30000), \"EC\")",
        "has_phone(rept(\" \", 60000) & \"1\", \"EC\")",
        "has_phone(\"1\" & rept(\"-\", 60000) & \"1\", \"EC\")",
        "has_phone(rept(\"099123456 \", 6000), \"EC\")",
        "has_number(rept(\"1 \", 30000))",
        "has_number(rept(\"(1)\", 20000))",
        "has_number(rept(\"1/2 \", 15000))",
        "has_number(rept(\"111 \", 15000) & \"x\")",
        "has_date(rept(\"1 de \", 12000))",
        "has_date(rept(\"may 1 \", 10000))",
        "has_date(rept(\"1.\", 30000))",
        "has_time(rept(\".\", 60000))",
        "has_time(rept(\"1 la \", 12000))",
        "has_time(rept(\"midi \", 12000))",
        "has_time(rept(\"la tarde \", 6000) & \"5:00\")",
        "has_only_phrase(rept(\"é.\", 20000), rept(\"e \", 20000))",
        "has_phrase(long, long)",
        "has_any_phrase(long, split(long))",
        "has_any_beginning(long, split(long))",
        "has_any_exact_phrase(long, texts)",
        "has_any_member(texts, texts)",
        "has_all_members(split(long), split(long))",
        "count(1..9223372036854775807) + sum(1..9223372036854775807)",
        "max(1..9223372036854775807)",
        "uniq(split(long))",
        "reduce(1..100000, [], &append(&2, &1))",
        "reduce(1..100000, nil, &put(&2, &1, &1))",
        "reduce(1..100, 0, &reduce(1..100, 0, &reduce(1..100, 0, &(&1 + &2))))",
        "rept(rept(rept(\"abc\", 30), 30), 30)",
        "rept(rept(\"a\", 60000), 60000)",
        "datevalue(2026-11-22, rept(\"%A\", 30000))",
        "map(1..1000, &map(1..1000, &map(1..1000, &1)))",
    ] {
        let began = Instant::now();
        let result = parse_expression(source, Dialect::Code).unwrap().evaluate(&scope, &environment());
        let took = began.elapsed();
        // Unoptimised builds on busy machines are slow; what is not bounded takes minutes.
        assert!(took < Duration::from_secs(10), "{source}: {took:?}");
        let size = result.map_or(0, |value| serde_json::to_string(&value).unwrap().len());
        assert!(size < 8 * 1024 * 1024, "{source}: {size}");
    }
}

#[test]
fn hostile_patterns_are_refused_or_paid_for() {
    let scope = IndexMap::from([("long".to_owned(), Value::from("ab".repeat(32_000)))]);
    let run = |source: &str| parse_expression(source, Dialect::Code).unwrap().evaluate(&scope, &environment());
    for pattern in [
        "(a+)+$",
        "(a|b)*a(a|b){200}c",
        "[ab]*a[ab]{4000}c",
        "(a*)*b",
        "(?:a?){1000}a{1000}",
        "(.*)(.*)(.*)(.*)(.*)(.*)c",
        "((a{100}){100}){100}",
        "\\w{1000}",
        "(\\p{L}{30}){30}",
        "(((((((((((((((((((((((((((((((((((((((((((((((((((((((((((a)))))))))))))))))))))))))))))))))))))))))))))))))))))))))))",
        "a{0,999999999}",
        "(",
        "[",
        "(?<name",
        "(?=a)",
        "(a)\\1",
    ] {
        let began = Instant::now();
        let result = run(&format!("has_pattern(long, '{pattern}')"));
        let took = began.elapsed();
        assert!(took < Duration::from_secs(10), "{pattern}: {took:?}");
        match result {
            Ok(_) | Err(EvaluationError::BudgetExceeded) => {}
            Err(EvaluationError::Argument { place, problem }) => {
                assert_eq!(place, "argument 2 of `has_pattern`");
                assert!(problem.contains("pattern"), "{problem}");
            }
            Err(other) => panic!("{pattern}: {other}"),
        }
    }
    assert_eq!(run("map(1..100000, &has_pattern(\"x\", \"\\w{5}\" & &1))"), Err(EvaluationError::BudgetExceeded));
    assert_eq!(run("map(1..100000, &has_pattern(long, \"(a|b)*a(a|b){200}c\"))"), Err(EvaluationError::BudgetExceeded));
}

#[test]
fn a_pattern_costs_the_same_whether_it_was_asked_before() {
    let scope = IndexMap::<String, Value>::new();
    let ask = parse_expression("has_pattern(\"year 2026\", \"[0-9]{4}\")", Dialect::Code).unwrap();
    let cost = |source: &Expr| {
        let env = environment();
        source.evaluate(&scope, &env).unwrap();
        expression::DEFAULT_BUDGET - env.budget_left()
    };
    let (first, second) = (cost(&ask), cost(&ask));
    for other in 0..50 {
        let source = format!("has_pattern(\"a\", \"a{other}\")");
        parse_expression(&source, Dialect::Code).unwrap().evaluate(&scope, &environment()).unwrap();
    }
    assert_eq!((first, second), (second, cost(&ask)));
}

#[test]
fn a_lambda_that_calls_itself_ends() {
    let body = parse_expression("&map([1], again)", Dialect::Code).unwrap();
    let lambda = body.evaluate(&IndexMap::<String, Value>::new(), &environment()).unwrap();
    let scope = IndexMap::from([("again".to_owned(), lambda)]);
    let result = parse_expression("map([1], again)", Dialect::Code).unwrap().evaluate(&scope, &environment());
    assert_eq!(result, Err(EvaluationError::TooDeep));
}

#[test]
fn all_evaluations_share_one_budget() {
    let env = environment().with_budget(10);
    let scope = IndexMap::<String, Value>::new();
    let expression = parse_expression("1 + 1", Dialect::Code).unwrap();
    let outcomes: Vec<bool> = (0..5).map(|_| expression.evaluate(&scope, &env).is_ok()).collect();
    assert_eq!(outcomes, [true, true, true, false, false]);
    assert_eq!(env.budget_left(), 0);
}
