//! What somebody may have meant who wrote a name that is not there.

/// Among more names than this nobody is told what may have been meant: each comparison costs the product of the lengths.
const MOST_NAMES: usize = 500;

/// The name that is written most alike, if one is close.
#[must_use]
pub fn nearest<'n>(name: &str, names: &[&'n str]) -> Option<&'n str> {
    if names.len() > MOST_NAMES {
        return None;
    }
    let wanted = name.to_lowercase();
    let length = wanted.chars().count();
    let close = 2.max(length / 4).min(length / 2);
    let alike = names.iter().filter(|other| other.chars().count().abs_diff(length) <= close);
    let distances = alike.map(|other| (edit_distance(&wanted, &other.to_lowercase()), *other));
    distances.filter(|(distance, _)| *distance <= close).min_by_key(|(distance, _)| *distance).map(|(_, name)| name)
}

/// How many letters must be changed, added or removed (Levenshtein).
fn edit_distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in right.iter().enumerate() {
            let above = row[j + 1];
            row[j + 1] = (diagonal + usize::from(a != *b)).min(above + 1).min(row[j] + 1);
            diagonal = above;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_close_is_found_and_nothing_else() {
        let names = ["Menu", "AskName", "AskAge", "Ask"];
        for (name, meant) in [
            ("menu", Some("Menu")),
            ("AksName", Some("AskName")),
            ("Asknme", Some("AskName")),
            ("Aks", None),
            ("Asq", Some("Ask")),
            ("Menü", Some("Menu")),
            ("Goodbye", None),
            ("", None),
        ] {
            assert_eq!(nearest(name, &names), meant, "{name}");
        }
        assert_eq!(nearest(&"x".repeat(1_000_000), &names), None);
        let many: Vec<String> = (0..=MOST_NAMES).map(|number| format!("Card{number}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(nearest("Card1", &many), None);
        assert_eq!(nearest("Card1", &many[..MOST_NAMES]), Some("Card1"));
    }
}
