//! Results: rows with a budget where there is one, as a table for people or a list for programs.

use std::fmt::Write as _;

use jiff::Zoned;
use serde_json::{Value, json};

/// What a value must keep to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Budget {
    /// This or less.
    Most(f64),
    /// This or more.
    Least(f64),
}

/// One result.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Row {
    name: String,
    value: f64,
    unit: &'static str,
    budget: Option<Budget>,
}

impl Row {
    /// A result without a budget, for information.
    pub(super) fn new(name: impl Into<String>, value: f64, unit: &'static str) -> Self {
        Self { name: name.into(), value, unit, budget: None }
    }

    /// A result that must not exceed its budget.
    pub(super) fn at_most(self, budget: f64) -> Self {
        Self { budget: Some(Budget::Most(budget)), ..self }
    }

    /// A result that must reach its budget.
    pub(super) fn at_least(self, budget: f64) -> Self {
        Self { budget: Some(Budget::Least(budget)), ..self }
    }

    /// Whether the budget holds; nothing where there is none. What could not be measured does not hold.
    fn holds(&self) -> Option<bool> {
        self.budget.map(|budget| match budget {
            Budget::Most(most) => self.value <= most,
            Budget::Least(least) => self.value >= least,
        })
    }

    fn json(&self) -> Value {
        let budget = self.budget.map(|(Budget::Most(limit) | Budget::Least(limit))| limit);
        // Four digits say all that a measurement knows.
        let value: Value = short(self.value).parse::<f64>().map_or(Value::Null, Value::from);
        json!({"name": self.name, "value": value, "unit": self.unit, "budget": budget, "holds": self.holds()})
    }
}

/// The results as a JSON list.
pub(super) fn list(rows: &[Row]) -> String {
    Value::from(rows.iter().map(Row::json).collect::<Vec<_>>()).to_string()
}

/// The results as a table, under the machine they were measured on.
pub(super) fn table(rows: &[Row]) -> String {
    let heading = ["what", "measured", "unit", "budget", "holds"].map(str::to_owned);
    let lines = rows.iter().map(|row| {
        let budget = match row.budget {
            None => String::new(),
            Some(Budget::Most(most)) => format!("<= {}", short(most)),
            Some(Budget::Least(least)) => format!(">= {}", short(least)),
        };
        let holds = row.holds().map_or("", |holds| if holds { "yes" } else { "NO" });
        [row.name.clone(), short(row.value), row.unit.to_owned(), budget, holds.to_owned()]
    });
    let lines: Vec<[String; 5]> = std::iter::once(heading).chain(lines).collect();
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
    let widths = [0, 1, 2, 3, 4].map(width);
    let mut table = format!("{}\n\n", machine());
    for [name, value, unit, budget, holds] in &lines {
        let [w0, w1, w2, w3, w4] = widths;
        let _ = writeln!(table, "{name:w0$} | {value:>w1$} | {unit:w2$} | {budget:>w3$} | {holds:w4$}");
    }
    table
}

/// Cores, processor and date: a measurement without them says nothing.
fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let information = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = information.lines().find(|line| line.starts_with("model name") || line.starts_with("Model"));
    let model = model.and_then(|line| line.split_once(':')).map_or("unknown processor", |(_, model)| model.trim());
    format!("{cores} cores, {model}, {}", Zoned::now().strftime("%Y-%m-%d %H:%M %Z"))
}

/// A number to four digits.
pub(super) fn short(value: f64) -> String {
    if !value.is_finite() {
        return "unknown".into();
    }
    let digits: usize = match value.abs() {
        value if value >= 100.0 => 0,
        value if value >= 10.0 => 1,
        value if value >= 1.0 => 2,
        _ => 3,
    };
    let text = format!("{value:.digits$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn budgets_hold_to_the_limit_itself_and_never_for_what_is_unknown() {
        let row = |value: f64| Row::new("x", value, "ms");
        for (row, holds) in [
            (row(1.0), None),
            (row(1.0).at_most(1.0), Some(true)),
            (row(1.01).at_most(1.0), Some(false)),
            (row(1.0).at_least(1.0), Some(true)),
            (row(0.99).at_least(1.0), Some(false)),
            (row(f64::NAN).at_most(1.0), Some(false)),
            (row(f64::NAN).at_least(1.0), Some(false)),
        ] {
            assert_eq!(row.holds(), holds, "{row:?}");
        }
    }

    #[test]
    fn numbers_are_short() {
        for (value, text) in
            [(123_456.7, "123457"), (100.0, "100"), (12.34, "12.3"), (9.0, "9"), (0.25, "0.25"), (f64::NAN, "unknown")]
        {
            assert_eq!(short(value), text);
        }
    }

    #[test]
    fn programs_get_nulls_for_what_is_not_there() {
        let rows = [Row::new("a", 0.123_456, "ms"), Row::new("b", 2.0, "s").at_most(1.5)];
        assert_eq!(
            serde_json::from_str::<Value>(&list(&rows)).unwrap(),
            json!([
                {"name": "a", "value": 0.123, "unit": "ms", "budget": null, "holds": null},
                {"name": "b", "value": 2.0, "unit": "s", "budget": 1.5, "holds": false},
            ])
        );
        assert!(table(&rows).contains("<= 1.5"));
    }
}
