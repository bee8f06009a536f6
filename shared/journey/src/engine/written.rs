//! Which choice somebody means who writes instead of tapping.

use expression::{folded, plain};

/// The choice whose title `text` is. Titles are compared as they are, then as [`folded`], then as [`plain`]; a number
/// chooses by position where the titles have no numbers of their own. What fits two choices equally well chooses neither.
pub(super) fn choice(titles: &[String], text: &str) -> Option<usize> {
    let text = text.trim();
    if titles.is_empty() || text.is_empty() {
        return None;
    }
    if let Some(exact) = titles.iter().position(|title| title.trim() == text) {
        return Some(exact);
    }
    let spelt = one_blank(&folded(text));
    let bare = plain(text);
    let bare_titles: Vec<String> = titles.iter().map(|title| plain(title)).collect();
    only(titles, |_, title| one_blank(&folded(title)) == spelt)
        .or_else(|| only(&bare_titles, |_, title| !bare.is_empty() && *title == bare))
        .or_else(|| {
            let is_numbered = are_numbered(&bare_titles);
            let without_number = |index: usize, title: &String| {
                let rest = title.strip_prefix(&(index + 1).to_string()).map(str::trim_start);
                is_numbered && !bare.is_empty() && rest == Some(bare.as_str())
            };
            only(&bare_titles, without_number)
        })
        .unwrap_or_else(|| by_number(&bare_titles, &bare))
}

/// The only one that `is_meant`; nothing when there are several, and `None` when there is none.
fn only(titles: &[String], is_meant: impl Fn(usize, &String) -> bool) -> Option<Option<usize>> {
    let mut meant = titles.iter().enumerate().filter(|(index, title)| is_meant(*index, title)).map(|(index, _)| index);
    let first = meant.next()?;
    Some(meant.next().is_none().then_some(first))
}

fn one_blank(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `2`, `2.`, `२`, `opción 2`.
fn by_number(titles: &[String], text: &str) -> Option<usize> {
    const WORDS: [&str; 14] = [
        "opcion",
        "option",
        "opcao",
        "numero",
        "number",
        "num",
        "nro",
        "choix",
        "la",
        "el",
        "le",
        "o",
        "the",
        "respuesta",
    ];
    let number = match text.split_once(' ') {
        Some((word, number)) if WORDS.contains(&word) => number,
        Some(_) => return None,
        None => text,
    };
    if titles.len() < 2 || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let has_numbers = titles.iter().any(|title| title.contains(|c: char| c.is_ascii_digit()) || is_number_word(title));
    if has_numbers && !are_numbered(titles) {
        return None;
    }
    number.parse::<usize>().ok()?.checked_sub(1).filter(|index| *index < titles.len())
}

/// Whether each title begins with its own number: `1. Sí`, `2. No`.
fn are_numbered(titles: &[String]) -> bool {
    titles.iter().enumerate().all(|(index, title)| {
        let rest = title.strip_prefix(&(index + 1).to_string());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
    })
}

/// Whether a title is a number in letters: `Dos` may stand first.
fn is_number_word(title: &str) -> bool {
    const WORDS: [&str; 45] = [
        "cero", "uno", "una", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez", "zero",
        "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "um", "uma", "dois", "duas",
        "quatro", "sete", "oito", "nove", "dez", "un", "une", "deux", "trois", "quatre", "cinq", "sept", "huit",
        "neuf", "dix", "ninguno", "none", "nenhum",
    ];
    title.split(' ').any(|word| WORDS.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(titles: &[&str], text: &str) -> Option<usize> {
        let titles: Vec<String> = titles.iter().map(|title| (*title).to_owned()).collect();
        choice(&titles, text)
    }

    #[test]
    fn a_title_is_known_whatever_it_is_decorated_with() {
        let titles = ["Sí, acepto", "No", "Más información ℹ️", "Corazón ❤️"];
        let decorate: [fn(&str) -> String; 14] = [
            str::to_owned,
            str::to_uppercase,
            str::to_lowercase,
            |title| format!("  {title}\n"),
            |title| format!("¡{title}!"),
            |title| format!("{title}."),
            |title| format!("*{title}*"),
            |title| format!("_{title}_"),
            |title| format!("«{title}»"),
            |title| format!("'{title}'"),
            |title| format!("{title} 👍🏽"),
            |title| format!("✅ {title}"),
            |title| title.replace('í', "i").replace('ó', "o").replace('á', "a"),
            |title| title.replace('í', "i\u{301}").replace('ó', "o\u{301}").replace(' ', "\u{a0}"),
        ];
        for (index, title) in titles.iter().enumerate() {
            for decorate in decorate {
                let written = decorate(title);
                assert_eq!(choose(&titles, &written), Some(index), "{written:?}");
            }
        }
        assert_eq!(choose(&titles, "si acepto"), Some(0));
        assert_eq!(choose(&titles, "mas informacion"), Some(2));
        assert_eq!(choose(&titles, "quizás"), None);
    }

    #[test]
    fn what_could_be_two_titles_chooses_neither() {
        assert_eq!(choose(&["Papa", "Papá"], "PAPA!"), None);
        assert_eq!(choose(&["Papa", "Papá"], "Papá"), Some(1));
        assert_eq!(choose(&["Sí ✅", "Sí ❌"], "si"), None);
        assert_eq!(choose(&["Sí ✅", "Sí ❌"], "sí ❌"), Some(1));
        assert_eq!(choose(&["👍", "👎"], "👎🏿"), Some(1));
        assert_eq!(choose(&["👍", "👎"], "👏"), None);
        assert_eq!(choose(&["+", "-", "?"], "-"), Some(1));
        assert_eq!(choose(&["+", "-", "?"], "!"), None);
        assert_eq!(choose(&["A+", "A-", "O+"], "a-"), Some(1));
        assert_eq!(choose(&["A+", "A-", "O+"], "a"), None);
        assert_eq!(choose(&["< 5 años", "> 5 años"], "5 años"), None);
        assert_eq!(choose(&[], "1"), None);
        assert_eq!(choose(&["", "No"], ""), None);
    }

    #[test]
    fn numbers_choose_where_titles_are_none() {
        let titles = ["Sí", "No", "No sé"];
        for text in
            ["2", "2.", "2)", "(2)", "#2", "２", "२", "২", "٢", "2️⃣", "②", "opción 2", "la 2", "Option 2", "numero 2."]
        {
            assert_eq!(choose(&titles, text), Some(1), "{text}");
        }
        for text in ["0", "4", "-2", "2.5", "22", "dos 2", "2 3", "1/2"] {
            assert_eq!(choose(&titles, text), None, "{text}");
        }
        assert_eq!(choose(&["2 hijos", "3 hijos", "Más"], "2"), None, "it could be the number of children");
        assert_eq!(choose(&["2", "3", "4"], "2"), Some(0));
        assert_eq!(choose(&["Dos", "Tres"], "2"), None);
        assert_eq!(choose(&["1. Sí", "2. No"], "2"), Some(1));
        assert_eq!(choose(&["1️⃣ Vacunas", "2️⃣ Agua"], "agua"), Some(1));
        assert_eq!(choose(&["Saltar"], "1"), None, "a number is hardly meant for a single button");
    }
}
