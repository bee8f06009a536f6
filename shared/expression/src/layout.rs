//! The canonical spelling over several lines, where one would be too long.

use crate::ast::{Arg, BinaryOperator, Expr, ExprKind};
use crate::display::is_bare;

/// Columns by which what is inside stands further in.
const STEP: usize = 2;

/// The place where an expression is written, in columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// The longest line.
    pub width: usize,
    /// How far in its first line is.
    pub indent: usize,
    /// Where it begins in that line.
    pub column: usize,
    /// How many characters follow it in its last line.
    pub after: usize,
}

impl Expr {
    /// As [`Display`](std::fmt::Display) writes it when that fits; else calls and lists are broken, one argument a line, and
    /// conditions behind `and` and `or`. What cannot be broken, such as a text, may still be too long. It parses back to
    /// the same expression.
    #[must_use]
    pub fn wrapped(&self, room: Room) -> String {
        let Room { width, indent, column, after } = room;
        let mut writer = Writer { out: String::new(), width, column };
        writer.expression(self, indent, after);
        writer.out
    }

    /// Whether [`Expr::wrapped`] can break it.
    #[must_use]
    pub fn can_wrap(&self) -> bool {
        match &self.kind {
            ExprKind::Call { arguments, .. } => !arguments.is_empty(),
            ExprKind::List(items) => !items.is_empty(),
            ExprKind::Binary { operator, .. } => chain(*operator).is_some(),
            _ => false,
        }
    }
}

/// The operators that lines are broken behind.
fn chain(operator: BinaryOperator) -> Option<BinaryOperator> {
    Some(operator).filter(|operator| matches!(operator, BinaryOperator::And | BinaryOperator::Or))
}

struct Writer {
    out: String,
    width: usize,
    /// Where the next character comes.
    column: usize,
}

impl Writer {
    /// What stands in one line.
    fn push(&mut self, text: &str) {
        self.out.push_str(text);
        self.column += letters(text);
    }

    fn new_line(&mut self, indent: usize) {
        self.out.push('\n');
        self.out.extend(std::iter::repeat_n(' ', indent));
        self.column = indent;
    }

    /// An expression in a line that is `indent` in, with `after` characters behind it.
    fn expression(&mut self, expr: &Expr, indent: usize, after: usize) {
        let inline = expr.to_string();
        let fits = self.column + letters(&inline) + after <= self.width;
        match &expr.kind {
            _ if fits || !expr.can_wrap() => self.push(&inline),
            ExprKind::Call { name, arguments } => {
                self.push(name.as_str());
                let arguments = arguments.iter().map(|Arg { name, value }| (name.as_deref(), value));
                self.block(["(", ")"], arguments, indent);
            }
            ExprKind::List(items) => self.block(["[", "]"], items.iter().map(|item| (None, item)), indent),
            ExprKind::Binary { operator, .. } => self.conditions(*operator, expr, indent, after),
            _ => self.push(&inline),
        }
    }

    /// What is between brackets, one line each.
    fn block<'e>(
        &mut self,
        [open, close]: [&str; 2],
        items: impl ExactSizeIterator<Item = (Option<&'e str>, &'e Expr)>,
        indent: usize,
    ) {
        self.push(open);
        let last = items.len().saturating_sub(1);
        for (number, (name, value)) in items.enumerate() {
            self.new_line(indent + STEP);
            if let Some(name) = name {
                self.push(name);
                self.push(": ");
            }
            self.expression(value, indent + STEP, 1);
            if number < last {
                self.push(",");
            }
        }
        self.new_line(indent);
        self.push(close);
    }

    /// As many conditions a line as fit, the operator at the end of the line.
    fn conditions(&mut self, operator: BinaryOperator, expr: &Expr, indent: usize, after: usize) {
        let mut operands = Vec::new();
        flatten(operator, expr, &mut operands);
        let joint = letters(operator.symbol()) + 1;
        let last = operands.len().saturating_sub(1);
        for (number, operand) in operands.into_iter().enumerate() {
            let [open, close] = if is_bare(operator, operand, number > 0) { ["", ""] } else { ["(", ")"] };
            let after = close.len() + if number == last { after } else { joint };
            if number > 0 {
                self.push(" ");
                self.push(operator.symbol());
                let length = 1 + open.len() + letters(&operand.to_string());
                if self.column + length + after <= self.width { self.push(" ") } else { self.new_line(indent + STEP) }
            }
            self.push(open);
            self.expression(operand, if number > 0 { indent + STEP } else { indent }, after);
            self.push(close);
        }
    }
}

/// The operands of a chain of one operator: `a or b or c`.
fn flatten<'e>(operator: BinaryOperator, expr: &'e Expr, operands: &mut Vec<&'e Expr>) {
    match &expr.kind {
        ExprKind::Binary { operator: inner, left, right } if *inner == operator => {
            flatten(operator, left, operands);
            operands.push(right);
        }
        _ => operands.push(expr),
    }
}

fn letters(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parser::{Dialect, parse_expression};

    fn wrapped(source: &str, width: usize) -> String {
        let expr = parse_expression(source, Dialect::Code).unwrap();
        let wrapped = expr.wrapped(Room { width, indent: 2, column: 6, after: 1 });
        assert_eq!(parse_expression(&wrapped, Dialect::Code).unwrap(), expr, "{wrapped}");
        wrapped
    }

    #[test]
    fn what_fits_stays_in_its_line() {
        let call = "if(a == 1, \"one\", \"other\")";
        assert_eq!(wrapped(call, 6 + call.len() + 1), call);
        assert_eq!(wrapped(call, 6 + call.len()), "if(\n    a == 1,\n    \"one\",\n    \"other\"\n  )");
    }

    #[test]
    fn what_is_inside_is_broken_only_where_it_has_to_be() {
        assert_eq!(
            wrapped("map(items, &[&1.title, &1.body], [1, 2], limit: f(aaaaaaaa, bbbbbbbb, cccccc))", 32),
            "map(\n    items,\n    &[&1.title, &1.body],\n    [1, 2],\n    limit: f(\n      aaaaaaaa,\n      bbbbbbbb,\n      \
             cccccc\n    )\n  )"
        );
        assert_eq!(wrapped("[\"aaaaaaaaaaaa\", [\"b\"]]", 20), "[\n    \"aaaaaaaaaaaa\",\n    [\"b\"]\n  ]");
    }

    #[test]
    fn conditions_fill_their_lines() {
        assert_eq!(
            wrapped("aaaa == 1 or bbbb == 2 or (cccc or dddd) or not eeee and ffff", 31),
            "aaaa == 1 or bbbb == 2 or\n    (cccc or dddd) or\n    not eeee and ffff"
        );
        assert_eq!(
            wrapped("aaaa and (bbbbbb or cccccccccc or dddd)", 24),
            "aaaa and\n    (bbbbbb or\n      cccccccccc or\n      dddd)"
        );
    }

    #[test]
    fn what_cannot_be_broken_stays_too_long() {
        for source in ["\"a long text\"", "aaaaaaaaaaaa.bbbbbbbbbb", "f()", "[]", "1 + 2 + 3", "&(&1 * 2000)"] {
            assert_eq!(wrapped(source, 5), source);
        }
    }
}
