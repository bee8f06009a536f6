//! How the people of a language and country write numbers and dates.

/// What only the language and country of somebody can decide: whether `1.234` is a thousand and more or a little more
/// than one, and whether `5/6/2026` is in June or in May.
///
/// After the [CLDR](https://cldr.unicode.org), as far as its rules are what people of a language keep to; where they do
/// not agree, nothing is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Locale {
    decimal: Option<char>,
    order: DateOrder,
}

/// In which order a date of digits is written, when its year does not come first with four digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) enum DateOrder {
    #[default]
    /// The day first.
    Day,
    /// The month first.
    Month,
    /// The year first.
    Year,
}

/// Languages with a comma before decimals, by ISO 639-1 and 639-3.
const COMMA: &[&str] = &[
    "af", "afr", "az", "aze", "be", "bel", "bg", "bul", "ca", "cat", "cs", "ces", "da", "dan", "de", "deu", "el",
    "ell", "es", "spa", "et", "est", "eu", "eus", "fi", "fin", "fr", "fra", "fre", "gl", "glg", "hr", "hrv", "hu",
    "hun", "hy", "hye", "id", "ind", "is", "isl", "it", "ita", "ka", "kat", "kk", "kaz", "lt", "lit", "lv", "lav",
    "mk", "mkd", "nb", "nob", "nl", "nld", "no", "nor", "pl", "pol", "pt", "por", "ro", "ron", "ru", "rus", "rw",
    "kin", "sk", "slk", "sl", "slv", "sq", "sqi", "sr", "srp", "sv", "swe", "tr", "tur", "uk", "ukr", "vi", "vie",
];

/// Languages with a point before decimals.
const POINT: &[&str] = &[
    "am", "amh", "bn", "ben", "en", "eng", "fil", "tl", "tgl", "gu", "guj", "ha", "hau", "he", "heb", "hi", "hin",
    "ig", "ibo", "ja", "jpn", "kn", "kan", "ko", "kor", "lg", "lug", "ml", "mal", "mr", "mar", "ms", "msa", "my",
    "mya", "ne", "nep", "pa", "pan", "si", "sin", "so", "som", "st", "sot", "sw", "swa", "ta", "tam", "te", "tel",
    "th", "tha", "ur", "urd", "yo", "yor", "zh", "zho", "zu", "zul",
];

/// Countries where Spanish has a point before decimals.
const POINT_IN_SPANISH: &[&str] = &["CU", "DO", "GT", "HN", "MX", "NI", "PA", "PE", "PR", "SV", "US"];

/// Countries whose English and Filipino dates begin with the month.
const MONTH_FIRST: &[&str] = &["PH", "US"];

/// Languages whose dates begin with the year.
const YEAR_FIRST: &[&str] = &["hu", "hun", "ja", "jpn", "ko", "kor", "zh", "zho"];

impl Locale {
    /// Somebody of whom no language is known.
    pub const UNKNOWN: Self = Self { decimal: None, order: DateOrder::Day };

    /// That of a language, by its ISO 639-1 or 639-3 code, with a script and a country if need be: `es`, `spa`, `es_MX`,
    /// `zh-Hans-CN`. What is no such code tells nothing.
    #[must_use]
    pub fn of(code: &str) -> Self {
        let mut parts = code.trim().split(['-', '_', '.']);
        let language = parts.next().unwrap_or_default().to_ascii_lowercase();
        let country = parts.find(|part| part.len() == 2).map(str::to_ascii_uppercase);
        let is_in = |countries: &[&str]| country.as_deref().is_some_and(|country| countries.contains(&country));
        let is_one = |languages: &[&str]| languages.contains(&language.as_str());
        let decimal = match () {
            () if is_one(&["es", "spa"]) && is_in(POINT_IN_SPANISH) => Some('.'),
            () if is_one(COMMA) => Some(','),
            () if is_one(POINT) => Some('.'),
            () => None,
        };
        let order = match () {
            () if is_one(&["en", "eng", "fil", "tl", "tgl"]) && is_in(MONTH_FIRST) => DateOrder::Month,
            () if is_one(YEAR_FIRST) => DateOrder::Year,
            () => DateOrder::Day,
        };
        Self { decimal, order }
    }

    /// Whether nothing is known of how numbers are written.
    #[must_use]
    pub fn is_unknown(self) -> bool {
        self.decimal.is_none()
    }

    /// The sign before decimals.
    pub(crate) fn decimal(self) -> Option<char> {
        self.decimal
    }

    pub(crate) fn date_order(self) -> DateOrder {
        self.order
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_languages() {
        for (code, decimal) in [
            ("es", Some(',')),
            ("spa", Some(',')),
            ("es_MX", Some('.')),
            ("es-AR", Some(',')),
            ("PT_br", Some(',')),
            ("fr", Some(',')),
            ("eng", Some('.')),
            ("en-GB", Some('.')),
            ("zh-Hans-CN", Some('.')),
            ("ar", None),
            ("", None),
            ("español", None),
        ] {
            assert_eq!(Locale::of(code).decimal(), decimal, "{code}");
        }
        assert_eq!(Locale::of("en_US").date_order(), DateOrder::Month);
        assert_eq!(Locale::of("en").date_order(), DateOrder::Day);
        assert_eq!(Locale::of("ja").date_order(), DateOrder::Year);
        assert_eq!(Locale::default(), Locale::UNKNOWN);
    }
}
