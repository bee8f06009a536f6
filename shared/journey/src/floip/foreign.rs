//! What texts hold of the template languages of other programs: EEx (`<%= … %>`), Jinja and Liquid (`{{ … }}`, `{% … %}`),
//! and `${…}`. Here they are nothing but text.

/// How these languages begin and end what is computed.
const MARKS: [(&str, &str); 4] = [("<%", "%>"), ("{{", "}}"), ("{%", "%}"), ("${", "}")];

/// The parts of a text that another language would compute, as they are written.
pub(crate) fn parts(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((start, mark, end)) = first(rest) {
        let (_, from) = rest.split_at(start);
        let inside = from.get(mark.len()..).unwrap_or_default();
        let length = inside.find(end).map_or(from.len(), |at| mark.len() + at + end.len());
        let (part, after) = from.split_at(length);
        found.push(part);
        rest = after;
    }
    found
}

fn first(text: &str) -> Option<(usize, &'static str, &'static str)> {
    let places = MARKS.iter().filter_map(|(mark, end)| Some((text.find(mark)?, *mark, *end)));
    places.min_by_key(|(start, ..)| *start)
}

/// `<%= @results.a + 1 %>` as `@(results.a + 1)`: what adds, takes away and multiplies means the same here.
pub(crate) fn translated(text: &str) -> String {
    let mut ours = text.to_owned();
    for part in parts(text) {
        if let Some(sum) = sum(part) {
            ours = ours.replacen(part, &sum, 1);
        }
    }
    ours
}

fn sum(part: &str) -> Option<String> {
    let inner = part.strip_prefix("<%=")?.strip_suffix("%>")?.trim();
    let is_sign = |letter: char| "+-*() ".contains(letter);
    let words = inner.split(is_sign).filter(|word| !word.is_empty());
    let is_known = |word: &str| {
        let is_number = || word.chars().all(|letter| letter.is_ascii_digit() || letter == '.');
        let is_name = |name: &str| name.chars().all(|letter| letter.is_ascii_alphanumeric() || "_.".contains(letter));
        word.strip_prefix('@').map_or_else(is_number, is_name)
    };
    let mut words = words.peekable();
    (words.peek().is_some() && words.all(is_known)).then(|| format!("@({})", inner.replace('@', "")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_other_languages_are_found() {
        for (text, expected) in [
            ("Hola <%= name %>, {{ name }} {% if x %}", vec!["<%= name %>", "{{ name }}", "{% if x %}"]),
            ("${a} costs $5 { } 100% > 3", vec!["${a}"]),
            ("<%= open", vec!["<%= open"]),
            ("nothing", vec![]),
        ] {
            assert_eq!(parts(text), expected, "{text}");
        }
    }

    #[test]
    fn sums_are_translated() {
        for (text, expected) in [
            ("<%= @results.a + 1 %> of <%=@results.b*(2-1)%>", "@(results.a + 1) of @(results.b*(2-1))"),
            ("<%= String.to_integer(\"@results.a\") %>", "<%= String.to_integer(\"@results.a\") %>"),
            ("<%= rem(@results.a, 2) %> <%= %>", "<%= rem(@results.a, 2) %> <%= %>"),
        ] {
            assert_eq!(translated(text), expected, "{text}");
        }
    }
}
