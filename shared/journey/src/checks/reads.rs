//! What expressions read.

use expression::{Expr, ExprKind, TemplatePiece};

/// A name that is read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Read<'e> {
    /// As written.
    pub(super) name: &'e str,
    /// In lower case.
    pub(super) key: &'e str,
    /// Whether it stands alone in a text, `Hello @name`, where a name that means nothing stays as it was typed.
    pub(super) in_text: bool,
    /// Whether nothing follows the name there: neither a field nor an index.
    pub(super) is_bare: bool,
    /// Whether a bracket follows there, as in `@upercase(name)`: a function was meant.
    pub(super) is_called: bool,
}

/// What stands around a reference in a text.
struct Around {
    follows_word: bool,
    is_bare: bool,
    is_called: bool,
}

/// Calls `visit` for every name an expression reads. What only looks like one, the `example` of `ana@example.org`, is
/// left out.
pub(super) fn names(expr: &Expr, visit: &mut dyn FnMut(Read<'_>)) {
    // The roots of references that stand alone in texts, with what stands around each.
    let mut alone: Vec<(*const Expr, Around)> = Vec::new();
    expr.walk(&mut |node| match &node.kind {
        ExprKind::Interpolated(template) => {
            let mut follows_word = false;
            let mut pieces = template.pieces().peekable();
            while let Some(piece) = pieces.next() {
                match piece {
                    TemplatePiece::Text(text) => follows_word = text.ends_with(char::is_alphanumeric),
                    TemplatePiece::Expression(expr) => {
                        let next = pieces.peek();
                        let is_called = matches!(next, Some(TemplatePiece::Text(text)) if text.starts_with('('));
                        if expr.is_reference() {
                            let is_bare = matches!(expr.kind, ExprKind::Name(_));
                            alone.push((std::ptr::from_ref(root(expr)), Around { follows_word, is_bare, is_called }));
                        }
                        follows_word = false;
                    }
                }
            }
        }
        ExprKind::Name(name) => {
            let around = alone.iter().find(|(root, _)| std::ptr::eq(*root, node)).map(|(_, around)| around);
            if around.is_none_or(|around| !around.follows_word) {
                visit(Read {
                    name: name.as_str(),
                    key: name.key(),
                    in_text: around.is_some(),
                    is_bare: around.is_some_and(|around| around.is_bare),
                    is_called: around.is_some_and(|around| around.is_called),
                });
            }
        }
        _ => {}
    });
}

/// Calls `visit` for every `base.field` where the base is a bare name, with both in lower case, and the field as written.
pub(super) fn fields(expr: &Expr, visit: &mut dyn FnMut(&str, &str, &str)) {
    expr.walk(&mut |node| {
        if let Some((base, field, written)) = field(node) {
            visit(base, field, written);
        }
    });
}

/// The two names of `base.field`, both in lower case, and the field as written.
pub(super) fn field(expr: &Expr) -> Option<(&str, &str, &str)> {
    match &expr.kind {
        ExprKind::Member { base, field } => match &base.kind {
            ExprKind::Name(name) => Some((name.key(), field.key(), field.as_str())),
            _ => None,
        },
        _ => None,
    }
}

/// The first name of a reference.
fn root(expr: &Expr) -> &Expr {
    match &expr.kind {
        ExprKind::Member { base, .. } | ExprKind::Index { base, .. } => root(base),
        _ => expr,
    }
}

/// The texts that stand in an expression, as far as they are constant.
pub(super) fn texts(expr: &Expr, visit: &mut dyn FnMut(&str)) {
    expr.walk(&mut |node| match &node.kind {
        ExprKind::Text(text) => visit(text),
        ExprKind::Interpolated(template) => template.pieces().for_each(|piece| {
            if let TemplatePiece::Text(text) = piece {
                visit(text);
            }
        }),
        _ => {}
    });
}

/// The base of `base.field`, and the field as written.
pub(super) fn member(expr: &Expr) -> Option<(&Expr, &str)> {
    match &expr.kind {
        ExprKind::Member { base, field } => Some((base, field.as_str())),
        _ => None,
    }
}
