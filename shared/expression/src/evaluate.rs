//! A tree to a value.

use crate::ast::{Arg, Expr, ExprKind};
use crate::context::{Arguments, Unevaluated};
use crate::date_time::DateTime;
use crate::environment::Environment;
use crate::error::EvaluationError;
use crate::functions::{self, Function, Implementation};
use crate::operators;
use crate::scope::Scope;
use crate::value::{Lambda, RangeValue, Value};

/// How deep nodes may nest while they are evaluated, the bodies of lambdas included.
const MAX_EVALUATION_DEPTH: u16 = 200;

impl Expr {
    /// The value of the expression. A name that stands for nothing is [`Value::Null`], except under an operator that
    /// calculates or compares.
    ///
    /// # Errors
    /// When an operator or function refuses its operands, or the work or size allowed by `env` is exceeded.
    pub fn evaluate(&self, scope: &dyn Scope, env: &Environment) -> Result<Value, EvaluationError> {
        let value = Evaluation::new(scope, env).value(self)?;
        if !self.is_reference() {
            value.weigh(env)?; // what is kept can be stored, printed and dropped
        }
        Ok(value)
    }
}

/// Where a reference led.
pub(crate) enum Resolution {
    Found(Value),
    /// The way leads on from something that has no value.
    Nothing,
    /// The first name exists, but the way from it leads nowhere.
    NoField,
    /// The first name stands for nothing.
    NoName,
}

/// What a node sees around it.
#[derive(Clone, Copy)]
pub(crate) struct Evaluation<'a> {
    pub(crate) scope: &'a dyn Scope,
    pub(crate) env: &'a Environment,
    /// The arguments of the innermost lambda.
    captures: &'a [Value],
    depth: u16,
}

impl<'a> Evaluation<'a> {
    pub(crate) fn new(scope: &'a dyn Scope, env: &'a Environment) -> Self {
        Self { scope, env, captures: &[], depth: 0 }
    }

    /// The value of `expr`; `nil` for a reference that leads nowhere.
    pub(crate) fn value(&self, expr: &Expr) -> Result<Value, EvaluationError> {
        Ok(match self.resolve(expr)? {
            Resolution::Found(value) => value,
            Resolution::Nothing | Resolution::NoField | Resolution::NoName => Value::Null,
        })
    }

    /// The value of an operand: unlike [`Self::value`], a name that stands for nothing is an error.
    pub(crate) fn operand(&self, expr: &Expr) -> Result<Value, EvaluationError> {
        match self.resolve(expr)? {
            Resolution::Found(value) => Ok(value),
            Resolution::Nothing | Resolution::NoField => Ok(Value::Null),
            Resolution::NoName => Err(self.not_found(expr)),
        }
    }

    /// That `expr` stands for nothing. Writing it out is work.
    #[cold]
    pub(crate) fn not_found(&self, expr: &Expr) -> EvaluationError {
        let name = expr.to_string();
        self.env.spend_output(name.len()).err().unwrap_or(EvaluationError::AttributeNotFound { name })
    }

    pub(crate) fn resolve(&self, expr: &Expr) -> Result<Resolution, EvaluationError> {
        self.env.spend(1)?;
        if self.depth >= MAX_EVALUATION_DEPTH {
            return Err(EvaluationError::TooDeep);
        }
        let inner = Self { depth: self.depth + 1, ..*self };
        Ok(Resolution::Found(match &expr.kind {
            ExprKind::Null => Value::Null,
            ExprKind::Bool(value) => Value::Bool(*value),
            ExprKind::Int(number) => Value::Int(*number),
            ExprKind::Float(number) => Value::Float(*number),
            ExprKind::Text(text) => Value::Text(text.clone()),
            ExprKind::Date(date) => Value::Date(*date),
            ExprKind::Time(time) => Value::Time(*time),
            ExprKind::Name(name) => {
                return Ok(self.scope.get(name.key()).map_or(Resolution::NoName, Resolution::Found));
            }
            ExprKind::Member { base, field } => {
                return inner.part(base, |base| Ok(base.find_field(field.as_str(), self.env)?.cloned()));
            }
            ExprKind::Index { base, index } => {
                let index = inner.value(index)?;
                return inner.part(base, |base| indexed(base, &index, self.env));
            }
            ExprKind::Capture(number) => match self.captures.get(usize::from(*number) - 1) {
                Some(value) => value.clone(),
                None => return Err(EvaluationError::CaptureOutsideLambda { number: *number }),
            },
            ExprKind::Call { name, arguments } => match functions::find(name.key()) {
                Some(function) => inner.call(function, arguments)?,
                None => return Err(self.unknown(name.as_str())),
            },
            ExprKind::Binary { .. } => operators::binary(&inner, expr)?,
            other => inner.composite(other)?,
        }))
    }

    /// The kinds that need more room on the stack than the common ones above.
    #[inline(never)]
    fn composite(&self, kind: &ExprKind) -> Result<Value, EvaluationError> {
        Ok(match kind {
            ExprKind::Interpolated(template) => template.evaluate_in(self)?,
            ExprKind::DateTime(literal) => DateTime::from_literal(*literal, &self.env.time_zone).into(),
            ExprKind::List(items) => Value::list(items.iter().map(|item| self.value(item)).collect::<Result<_, _>>()?),
            ExprKind::Range { first, last, step } => {
                let first = self.bound(first)?;
                let last = self.bound(last)?;
                let natural = if last < first { -1 } else { 1 };
                let step = step.as_ref().map_or(Ok(natural), |step| self.bound(step))?;
                if step == 0 {
                    let problem = "the step cannot be 0".to_owned();
                    return Err(EvaluationError::Argument { place: "`//`".to_owned(), problem });
                }
                Value::Range(RangeValue { first, last, step })
            }
            ExprKind::Lambda(body) => Value::Lambda(Lambda(body.clone())),
            ExprKind::Negate(operand) => operators::negate(&self.operand(operand)?, self.env)?,
            ExprKind::Not(operand) => Value::Bool(!self.value(operand)?.truthy()),
            _ => Value::Null,
        })
    }

    /// A part of `base`, found without copying what lies around it.
    fn part(
        &self,
        base: &Expr,
        select: impl FnOnce(&Value) -> Result<Option<Value>, EvaluationError>,
    ) -> Result<Resolution, EvaluationError> {
        Ok(match self.resolve(base)? {
            Resolution::Found(value) => match select(&value)? {
                Some(part) => Resolution::Found(part),
                None if *value.acting() == Value::Null => Resolution::Nothing,
                None => Resolution::NoField,
            },
            nowhere => nowhere,
        })
    }

    fn bound(&self, expr: &Expr) -> Result<i64, EvaluationError> {
        let value = self.operand(expr)?;
        value.as_int(self.env.locale).ok_or_else(|| EvaluationError::Type {
            place: "`..`".to_owned(),
            expected: "a whole number",
            found: value.describe(),
        })
    }

    #[inline(never)]
    fn call(&self, function: &'static Function, arguments: &[Arg]) -> Result<Value, EvaluationError> {
        if let Some(name) = arguments.iter().find_map(|argument| argument.name.as_deref()) {
            return Err(function.refuses(format!("one named `{name}`")));
        }
        if !function.arity().accepts(arguments.len()) {
            return Err(function.refuses(arguments.len().to_string()));
        }
        match function.implementation {
            Implementation::Lazy(run) => run(&Unevaluated { arguments, evaluation: *self }),
            Implementation::Eager(run) => {
                let values = arguments.iter().map(|argument| self.value(&argument.value));
                let values = values.collect::<Result<Vec<_>, _>>()?;
                run(&Arguments { values: &values, function, evaluation: *self })
            }
        }
    }

    /// That there is no such function. Finding the nearest name that exists is work.
    #[cold]
    fn unknown(&self, name: &str) -> EvaluationError {
        let hint = functions::suggest(name).map(str::to_owned);
        let error = EvaluationError::UnknownFunction { name: name.to_owned(), hint };
        self.env.spend(functions::SUGGESTION_COST).err().unwrap_or(error)
    }

    /// The value of a lambda's body with `captures` for `&1`, `&2`, …
    pub(crate) fn apply(&self, lambda: &Lambda, captures: &[Value]) -> Result<Value, EvaluationError> {
        Evaluation { scope: self.scope, env: self.env, captures, depth: self.depth + 1 }.value(&lambda.0)
    }
}

/// `base[index]`: a position from 0 (negative counts from the end) of a list or range, a key of a map.
fn indexed(base: &Value, index: &Value, env: &Environment) -> Result<Option<Value>, EvaluationError> {
    Ok(match base.acting() {
        Value::List(items) => index.as_int(env.locale).and_then(|position| {
            let length = i64::try_from(items.len()).ok()?;
            let position = if position < 0 { position + length } else { position };
            items.get(usize::try_from(position).ok()?).cloned()
        }),
        Value::Range(range) => {
            index.as_int(env.locale).and_then(|position| range.get(u64::try_from(position).ok()?)).map(Value::Int)
        }
        Value::Map(_) => match index.acting() {
            Value::Text(key) => base.find_field(key, env)?.cloned(),
            other => {
                other.weigh(env)?;
                base.find_field(&other.text(), env)?.cloned()
            }
        },
        _ => None,
    })
}
