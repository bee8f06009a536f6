//! A statement written as a call, before it is known what it means.

use expression::{Arg, Expr, ExprKind, Name, Span, nearest};

use crate::model::{Formula, Words, is_language};
use crate::problem::{Position, Problem};
use crate::statements::{Extra, Statement};

/// `variable = name(arguments) do content end`
#[derive(Clone)]
pub(crate) struct Call {
    pub(crate) variable: Option<String>,
    pub(crate) name: String,
    pub(crate) position: Position,
    /// The content between `do` and `end`.
    pub(crate) content: Option<Vec<Statement>>,
    positional: std::collections::VecDeque<Formula>,
    named: Vec<(String, Formula)>,
    /// The names that were asked for: what is left over may be one of them, misspelt.
    asked: Vec<&'static str>,
}

impl Call {
    /// Takes a call apart, or gives back an expression that is not one.
    pub(crate) fn of(expr: Expr, position: Position) -> Result<Self, Expr> {
        let span = expr.span;
        let (name, arguments) = match expr.kind {
            ExprKind::Call { name, arguments } => (name, arguments),
            kind => return Err(Expr::new(kind, span)),
        };
        let mut call = Self {
            variable: None,
            name: name.as_str().to_owned(),
            position,
            content: None,
            positional: std::collections::VecDeque::new(),
            named: Vec::new(),
            asked: Vec::new(),
        };
        for argument in arguments {
            match argument.name {
                Some(name) => call.named.push((name, argument.value.into())),
                None => call.positional.push_back(argument.value.into()),
            }
        }
        Ok(call)
    }

    /// A call as the model keeps it.
    pub(crate) fn written(
        name: &str,
        arguments: &[Formula],
        options: &[(String, Formula)],
        content: &[Statement],
        position: Position,
    ) -> Self {
        Self {
            variable: None,
            name: name.to_owned(),
            position,
            content: (!content.is_empty()).then(|| content.to_vec()),
            positional: arguments.iter().cloned().collect(),
            named: options.to_vec(),
            asked: Vec::new(),
        }
    }

    /// The next argument without a name.
    pub(crate) fn next(&mut self) -> Option<Formula> {
        self.positional.pop_front()
    }

    /// The next argument without a name, which the statement needs.
    pub(crate) fn required(&mut self, what: &str) -> Result<Formula, Problem> {
        let missing = || {
            let message = format!("`{}` needs {what}.", self.name);
            Problem::fault("missing-argument", self.position, message).expected(what)
        };
        self.positional.pop_front().ok_or_else(missing)
    }

    /// The next argument without a name as a text, which the statement needs, with the arguments that are named after
    /// languages.
    pub(crate) fn required_words(&mut self, what: &str) -> Result<Words, Problem> {
        let text = self.required(what)?;
        Ok(self.with_languages(text))
    }

    /// The same, for a text that may be absent.
    pub(crate) fn next_words(&mut self) -> Option<Words> {
        self.next().map(|text| self.with_languages(text))
    }

    fn with_languages(&mut self, text: Formula) -> Words {
        let mut words = Words::of(text);
        let (languages, others) = std::mem::take(&mut self.named).into_iter().partition(|(name, _)| is_language(name));
        self.named = others;
        let mut languages: Vec<(String, Formula)> = languages;
        words.languages.append(&mut languages);
        words
    }

    /// The argument with this name as the name of a card.
    pub(crate) fn named_card(&mut self, name: &'static str) -> Result<Option<String>, Problem> {
        let Some(value) = self.named(name) else { return Ok(None) };
        value.as_name().map(|card| Some(card.to_owned())).ok_or_else(|| {
            let message = format!("`{name}:` is `{value}`, not the name of a card.");
            Problem::fault("bad-argument", self.position, message).expected("the name of a card, without quotes")
        })
    }

    /// The argument with this name as true or false; false when it is absent.
    pub(crate) fn named_flag(&mut self, name: &'static str) -> Result<bool, Problem> {
        let value = self.named(name);
        self.flag(value, name)
    }

    /// An argument as true or false; false when it is absent.
    pub(crate) fn flag(&self, value: Option<Formula>, name: &str) -> Result<bool, Problem> {
        match value.map(|value| value.kind.clone()) {
            None => Ok(false),
            Some(ExprKind::Bool(flag)) => Ok(flag),
            Some(_) => {
                let message = format!("`{name}:` is either true or false.");
                Err(Problem::fault("bad-argument", self.position, message).expected("true or false"))
            }
        }
    }

    /// The argument with this name.
    pub(crate) fn named(&mut self, name: &'static str) -> Option<Formula> {
        self.asked.push(name);
        let index = self.named.iter().position(|(given, _)| given == name)?;
        Some(self.named.remove(index).1)
    }

    /// Whether there is an argument with this name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.named.iter().any(|(given, _)| given == name)
    }

    /// Whether its first argument is the address of a web page.
    pub(crate) fn is_to_web(&self) -> bool {
        let address = self.positional.front().map(|address| address.to_string());
        address.is_some_and(|address| address.starts_with("\"http"))
    }

    /// All remaining arguments that have names.
    pub(crate) fn take_named(&mut self) -> Vec<(String, Formula)> {
        std::mem::take(&mut self.named)
    }

    /// All remaining arguments without names.
    pub(crate) fn take_positional(&mut self) -> Vec<Formula> {
        std::mem::take(&mut self.positional).into()
    }

    pub(crate) fn positional(&self) -> usize {
        self.positional.len()
    }

    /// The call as an expression again, for functions of the expression language.
    pub(crate) fn into_expr(self) -> Expr {
        let positional = self.positional.into_iter().map(|value| Arg { name: None, value: (*value).clone() });
        let named = self.named.into_iter().map(|(name, value)| Arg { name: Some(name), value: (*value).clone() });
        let arguments = positional.chain(named).collect();
        Expr::new(ExprKind::Call { name: Name::new(&self.name), arguments }, Span::default())
    }

    pub(crate) fn has_named(&self) -> bool {
        !self.named.is_empty()
    }

    /// Takes the `do … end`, for statements that have one.
    pub(crate) fn take_content(&mut self) -> Vec<Statement> {
        self.content.take().unwrap_or_default()
    }

    /// What was left, which means nothing to it: arguments, the variable and the content. It is kept, and told.
    pub(crate) fn finish(self) -> (Option<Box<Extra>>, Vec<Problem>) {
        let Self { variable, name, position, content, positional, named, asked } = self;
        let mut problems = Vec::new();
        let ignored = "It is kept as it is written, and means nothing when the journey runs.";
        for (argument, _) in &named {
            if asked.contains(&argument.as_str()) {
                let message = format!("`{name}` has `{argument}:` already.");
                let problem = Problem::warning("unknown-argument", position, message);
                problems.push(problem.hint("The first one counts. Remove the other."));
                continue;
            }
            let message = format!("`{name}` has no argument `{argument}:`.");
            let meant = nearest(argument, &asked).map(|meant| format!("Did you mean `{meant}:`?"));
            let names: Vec<String> = asked.iter().map(|name| format!("`{name}:`")).collect();
            let expected = (!names.is_empty()).then(|| names.join(", ").into());
            let problem = Problem::warning("unknown-argument", position, message);
            problems.push(Problem { hint: meant.or_else(|| Some(ignored.to_owned())), expected, ..problem });
        }
        for argument in &positional {
            let message = format!("`{name}` does not take `{argument}` as well.");
            problems.push(Problem::warning("too-many-arguments", position, message).hint(ignored));
        }
        if content.is_some() {
            let message = format!("`{name}` has no `do … end`; what stands there is not run.");
            problems.push(Problem::fault("unexpected-content", position, message));
        }
        if let Some(variable) = &variable {
            let message = format!("`{name}` gives no value that could be kept in `{variable}`.");
            problems.push(Problem::warning("no-value", position, message));
        }
        let content = content.unwrap_or_default();
        let extra = Extra { variable, arguments: positional.into(), options: named, content };
        (Some(Box::new(extra)).filter(|extra| **extra != Extra::default()), problems)
    }

    /// What was written, although nothing of it is understood.
    pub(crate) fn into_extra(self) -> Option<Box<Extra>> {
        self.finish().0
    }

    /// Takes the variable, for statements that give a value.
    pub(crate) fn take_variable(&mut self) -> Option<String> {
        self.variable.take()
    }
}
