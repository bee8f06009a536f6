//! What a function is given: its arguments, and the means to read them as the kind it needs.

use std::borrow::Cow;
use std::sync::Arc;

use jiff::civil;

use crate::ast::{Arg, Expr};
use crate::date_time::DateTime;
use crate::environment::Environment;
use crate::error::EvaluationError;
use crate::evaluate::Evaluation;
use crate::functions::Function;
use crate::value::{Lambda, Number, Value};

type Result<T> = std::result::Result<T, EvaluationError>;

/// Work units of making a list of one or two items, for the memory it takes.
const LIST_COST: usize = 4;

/// The evaluated arguments of a call. Their number has been checked.
pub(crate) struct Arguments<'a> {
    pub(crate) values: &'a [Value],
    pub(crate) function: &'static Function,
    pub(crate) evaluation: Evaluation<'a>,
}

impl<'a> Arguments<'a> {
    pub(crate) fn env(&self) -> &'a Environment {
        self.evaluation.env
    }

    /// The argument at `index` as it is, maps with a value of their own included; `nil` when absent.
    pub(crate) fn raw(&self, index: usize) -> &'a Value {
        self.values.get(index).unwrap_or(&Value::Null)
    }

    /// The argument at `index` as the value it acts as; `nil` when absent.
    pub(crate) fn value(&self, index: usize) -> &'a Value {
        self.raw(index).acting()
    }

    pub(crate) fn has(&self, index: usize) -> bool {
        index < self.values.len()
    }

    pub(crate) fn wrong(&self, index: usize, expected: &'static str) -> EvaluationError {
        let place = self.place(index);
        EvaluationError::Type { place, expected, found: self.raw(index).describe() }
    }

    pub(crate) fn invalid(&self, index: usize, problem: impl Into<String>) -> EvaluationError {
        EvaluationError::Argument { place: self.place(index), problem: problem.into() }
    }

    /// How an error names the argument at `index`.
    pub(crate) fn place(&self, index: usize) -> String {
        format!("argument {} of `{}`", index + 1, self.function.name)
    }

    /// Any value as it prints.
    pub(crate) fn text(&self, index: usize) -> Result<Cow<'a, str>> {
        let text = match self.value(index) {
            Value::Text(text) => Cow::Borrowed(&**text),
            other => {
                other.weigh(self.env())?;
                Cow::Owned(other.text())
            }
        };
        self.env().spend_output(text.len())?;
        Ok(text)
    }

    pub(crate) fn number(&self, index: usize) -> Result<Number> {
        self.value(index).as_number(self.env().locale).ok_or_else(|| self.wrong(index, "a number"))
    }

    pub(crate) fn int(&self, index: usize) -> Result<i64> {
        self.value(index).as_int(self.env().locale).ok_or_else(|| self.wrong(index, "a whole number"))
    }

    /// A whole number of at least 0.
    pub(crate) fn count(&self, index: usize) -> Result<usize> {
        usize::try_from(self.int(index)?).map_err(|_| self.invalid(index, "the number cannot be negative"))
    }

    pub(crate) fn date(&self, index: usize) -> Result<civil::Date> {
        self.value(index).as_date(self.env()).ok_or_else(|| self.wrong(index, "a date"))
    }

    pub(crate) fn date_time(&self, index: usize) -> Result<DateTime> {
        let moment = self.value(index).as_date_time(self.env());
        moment.ok_or_else(|| self.wrong(index, "a date and time"))
    }

    /// A list; `nil` is an empty one, a range its numbers, a map its pairs.
    pub(crate) fn items(&self, index: usize) -> Result<Arc<Vec<Value>>> {
        let items = match self.value(index) {
            Value::Null => Arc::default(),
            value => {
                match value {
                    Value::List(items) => self.env().spend_output(items.len())?,
                    // Unlike those of a list, the numbers are made for this.
                    Value::Range(range) => self.env().spend(range.len().saturating_mul(2))?,
                    Value::Map(map) => self.pay_for_lists(map.len())?,
                    _ => return Err(self.wrong(index, "a list")),
                }
                value.items().ok_or_else(|| self.wrong(index, "a list"))?
            }
        };
        Ok(items)
    }

    /// Pays for making `count` small lists.
    pub(crate) fn pay_for_lists(&self, count: usize) -> Result<()> {
        self.env().spend_output(count.saturating_mul(LIST_COST))
    }

    pub(crate) fn lambda(&self, index: usize) -> Result<&'a Lambda> {
        match self.value(index) {
            Value::Lambda(lambda) => Ok(lambda),
            _ => Err(self.wrong(index, "a lambda such as `&(&1 * 2)`")),
        }
    }

    pub(crate) fn apply(&self, lambda: &Lambda, captures: &[Value]) -> Result<Value> {
        self.evaluation.apply(lambda, captures)
    }

    /// A text the function made, counted and bounded.
    pub(crate) fn made(&self, text: String) -> Result<Value> {
        self.env().spend_output(text.len())?;
        self.env().check_size(text.len())?;
        Ok(Value::from(text))
    }

    pub(crate) fn equal(&self, left: &Value, right: &Value) -> Result<bool> {
        crate::operators::equal(left, right, self.env())
    }
}

/// The arguments of a call before evaluation, for functions that do not look at all of them.
pub(crate) struct Unevaluated<'a> {
    pub(crate) arguments: &'a [Arg],
    pub(crate) evaluation: Evaluation<'a>,
}

impl<'a> Unevaluated<'a> {
    pub(crate) fn expr(&self, index: usize) -> Option<&'a Expr> {
        self.arguments.get(index).map(|argument| &argument.value)
    }

    /// The value at `index`; `nil` when absent.
    pub(crate) fn value(&self, index: usize) -> Result<Value> {
        self.expr(index).map_or(Ok(Value::Null), |expr| self.evaluation.value(expr))
    }
}
