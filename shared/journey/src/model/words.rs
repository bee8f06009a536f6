//! A text of a card in as many languages as its author wrote it.

use expression::{Arg, Expr, ExprKind, Name, Span};
use isolang::Language;
use serde::{Deserialize, Serialize};

use super::Formula;

/// A text for people: `"Hola"`, or with other languages `text("Hola", en: "Hello", pt: "Olá")`.
///
/// Statements whose own argument is the text take the languages directly: `header("Salud", en: "Health")`. In JSON a
/// text in one language is just the text, one in several has `text` and `languages`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "Stored", into = "Stored")]
pub struct Words {
    /// What people see whose language is none of the others.
    pub text: Formula,
    /// The text in other languages, in order, by ISO 639-1 or 639-3 code, with a country if need be: `en`, `eng`, `pt_BR`.
    pub languages: Vec<(String, Formula)>,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Stored {
    One(Formula),
    Several { text: Formula, languages: Vec<(String, Formula)> },
}

impl From<Stored> for Words {
    fn from(stored: Stored) -> Self {
        match stored {
            Stored::One(text) => text.into(),
            Stored::Several { text, languages } => Self { text, languages },
        }
    }
}

impl From<Words> for Stored {
    fn from(Words { text, languages }: Words) -> Self {
        if languages.is_empty() { Self::One(text) } else { Self::Several { text, languages } }
    }
}

impl From<Formula> for Words {
    fn from(text: Formula) -> Self {
        Self { text, languages: Vec::new() }
    }
}

/// What a text in several languages is written as inside of something else.
const WRITTEN: &str = "text";

impl Words {
    /// Reads an argument: a text, or `text("…", en: "…")`.
    #[must_use]
    pub fn of(formula: Formula) -> Self {
        let ExprKind::Call { name, arguments } = &formula.kind else { return formula.into() };
        let mut arguments = arguments.iter();
        let first = arguments.next().filter(|first| first.name.is_none());
        let rest: Option<Vec<_>> = arguments
            .map(|argument| {
                let language = argument.name.clone().filter(|name| is_language(name))?;
                Some((language, argument.value.clone().into()))
            })
            .collect();
        match (first, rest) {
            (Some(text), Some(languages)) if name.as_str() == WRITTEN => {
                Self { text: text.value.clone().into(), languages }
            }
            _ => formula.into(),
        }
    }

    /// As it is written inside of something else; [`Words::of`] reads it again.
    #[must_use]
    pub fn to_formula(&self) -> Formula {
        if self.languages.is_empty() {
            return self.text.clone();
        }
        let first = Arg { name: None, value: (*self.text).clone() };
        let named =
            |(language, text): &(String, Formula)| Arg { name: Some(language.clone()), value: (**text).clone() };
        let arguments = std::iter::once(first).chain(self.languages.iter().map(named)).collect();
        Expr::new(ExprKind::Call { name: Name::new(WRITTEN), arguments }, Span::default()).into()
    }

    /// The text for somebody of this language. `own` is the language the first text is in, when that is known. The same
    /// language and country comes first, then the language as such, then the first text.
    #[must_use]
    pub fn in_language(&self, wanted: Option<&str>, own: Option<&str>) -> &Formula {
        let Some(wanted) = wanted.filter(|_| !self.languages.is_empty()) else { return &self.text };
        let own = own.map(|own| (own, &self.text));
        let all = || own.into_iter().chain(self.languages.iter().map(|(code, text)| (code.as_str(), text)));
        let same = |code: &str| folded(code) == folded(wanted);
        let exact = all().find(|(code, _)| same(code));
        let language = || base(wanted).and_then(|wanted| all().find(|(code, _)| base(code) == Some(wanted)));
        exact.or_else(language).map_or(&self.text, |(_, text)| text)
    }

    /// All its texts, the first one first.
    pub fn texts(&self) -> impl Iterator<Item = &Formula> {
        std::iter::once(&self.text).chain(self.languages.iter().map(|(_, text)| text))
    }
}

/// Whether this is the code of a language: ISO 639-1 or 639-3, with a country if need be (`pt`, `por`, `pt_BR`).
#[must_use]
pub fn is_language(code: &str) -> bool {
    let (language, country) =
        code.split_once('_').map_or((code, None), |(language, country)| (language, Some(country)));
    let is_country = |country: &str| country.len() == 2 && country.bytes().all(|letter| letter.is_ascii_uppercase());
    language.bytes().all(|letter| letter.is_ascii_lowercase())
        && base(language).is_some()
        && country.is_none_or(is_country)
}

/// The language of a code, whatever country and script follow it.
pub(crate) fn base(code: &str) -> Option<Language> {
    let code = code.trim().split(['_', '-']).next()?.to_ascii_lowercase();
    match code.len() {
        2 => Language::from_639_1(&code),
        3 => Language::from_639_3(&code),
        _ => None,
    }
}

fn folded(code: &str) -> String {
    code.trim().to_ascii_lowercase().replace('-', "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words() -> Words {
        Words::of(Formula::parse(r#"text("Hola", en: "Hello", pt_BR: "Oi", por: "Olá")"#).unwrap())
    }

    #[test]
    fn what_is_no_text_in_several_languages_is_left_alone() {
        for source in [
            "\"Hola\"",
            "x",
            "text()",
            "text(en: \"a\")",
            "text(\"a\", \"b\")",
            "text(\"a\", size: 1)",
            "log(\"a\", en: \"b\")",
        ] {
            let formula = Formula::parse(source).unwrap();
            assert_eq!(Words::of(formula.clone()), formula.into(), "{source}");
        }
    }

    #[test]
    fn codes_of_languages() {
        for code in ["es", "spa", "quz", "pt_BR", "en_US"] {
            assert!(is_language(code), "{code}");
        }
        for code in ["", "e", "ES", "xx", "uuid", "version", "pt_br", "pt_", "pt_BRA", "pt-BR", "ñ"] {
            assert!(!is_language(code), "{code}");
        }
    }

    #[test]
    fn the_nearest_language_is_found() {
        let words = words();
        for (wanted, text) in [
            ("", "Hola"),
            ("klingon", "Hola"),
            ("qu", "Hola"),
            ("en", "Hello"),
            ("eng", "Hello"),
            ("EN-gb", "Hello"),
            ("pt_BR", "Oi"),
            ("pt-br", "Oi"),
            ("por", "Olá"),
            ("pt", "Oi"),
        ] {
            assert_eq!(words.in_language(Some(wanted), None).as_text(), Some(text), "{wanted}");
        }
        assert_eq!(words.in_language(None, None).as_text(), Some("Hola"));
        let mexican = Words::of(Formula::parse(r#"text("Hola", es_MX: "Qué onda")"#).unwrap());
        assert_eq!(mexican.in_language(Some("es"), None).as_text(), Some("Qué onda"));
        assert_eq!(mexican.in_language(Some("spa"), Some("es")).as_text(), Some("Hola"));
    }

    #[test]
    fn they_survive_both_notations() {
        let words = words();
        assert_eq!(Words::of(words.to_formula()), words);
        let json = serde_json::to_string(&words).unwrap();
        assert_eq!(serde_json::from_str::<Words>(&json).unwrap(), words);
        let plain: Words = Formula::text("a@b").into();
        assert_eq!(serde_json::to_string(&plain).unwrap(), "\"\\\"a@@b\\\"\"");
    }
}
