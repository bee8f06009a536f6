//! Texts as a terminal shows them: how wide they are, what of them fits, and nothing in them that would command it.

use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthStr as _;

/// A text in which signs are seen that a terminal would obey: those that control it, and those that turn the direction of
/// what follows. Lines stay lines.
#[must_use]
pub fn clean(text: &str) -> String {
    text.chars().map(visible).collect()
}

fn visible(letter: char) -> char {
    match letter {
        '\n' => letter,
        // Unicode has pictures of the control characters of ASCII.
        '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(letter)).unwrap_or('\u{fffd}'),
        '\u{7f}' => '\u{2421}',
        '\u{80}'..='\u{9f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
        letter => letter,
    }
}

/// How many columns a text takes.
#[must_use]
pub fn width(text: &str) -> usize {
    text.width()
}

/// A text with spaces behind it, so that it takes at least so many columns.
#[must_use]
pub fn padded(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

/// Where the text begins of which only a few letters before a place are shown.
pub(crate) fn shortly_before(text: &str, place: usize, letters: usize) -> usize {
    let before = text.get(..place).unwrap_or(text);
    before.grapheme_indices(true).rev().take(letters).last().map_or(before.len(), |(index, _)| index)
}

/// The part of a text that begins there, as much of it as fits; a mark stands for what is left out.
pub(crate) fn part(text: &str, from: usize, columns: usize) -> String {
    let rest = text.get(from..).unwrap_or_default();
    let (shown, left) = rest.split_at(fitting(rest, columns));
    let mark = |is_cut: bool| if is_cut { "…" } else { "" };
    format!("{}{shown}{}", mark(from > 0), mark(!left.is_empty()))
}

/// How many bytes two texts have in common at their beginning, in whole letters.
pub(crate) fn common(left: &str, right: &str) -> usize {
    let pairs = left.graphemes(true).zip(right.graphemes(true));
    pairs.take_while(|(left, right)| left == right).map(|(letter, _)| letter.len()).sum()
}

/// The lines of a text that is broken between words where it can be, each no wider than so many columns.
pub(crate) fn wrapped(text: &str, columns: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut rest = text;
    loop {
        // A letter that is wider than the column stands there all the same.
        let first = rest.graphemes(true).next().map_or(0, str::len);
        let fits = fitting(rest, columns).max(first);
        let space = rest[..fits].rfind(' ').filter(|at| *at > fits / 2);
        let end = if rest[fits..].is_empty() || rest[fits..].starts_with(' ') { fits } else { space.unwrap_or(fits) };
        lines.push(rest[..end].to_owned());
        rest = rest[end..].strip_prefix(' ').unwrap_or(&rest[end..]);
        if rest.is_empty() {
            return lines;
        }
    }
}

/// How many bytes of a text fit into so many columns, in whole letters.
fn fitting(text: &str, columns: usize) -> usize {
    let mut taken = 0;
    let fits = text.grapheme_indices(true).take_while(|(_, letter)| {
        taken += width(letter);
        taken <= columns
    });
    fits.last().map_or(0, |(index, letter)| index + letter.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_commands_the_terminal() {
        assert_eq!(clean("a\u{1b}[31mred\tb\r\nc\u{7f}\u{9b}2J\u{202e}x"), "a␛[31mred␉b␍\nc␡\u{fffd}2J\u{fffd}x");
        for text in ["¡Señor!", "日本", "👩‍👩‍👧‍👦", "مرحبا"] {
            assert_eq!(clean(text), text);
        }
    }

    #[test]
    fn widths_are_those_of_letters() {
        for (text, columns) in [("", 0), ("abc", 3), ("日本", 4), ("e\u{301}", 1), ("👩‍👩‍👧‍👦", 2), ("🎉🎉", 4)]
        {
            assert_eq!((width(text), width(&padded(text, 6))), (columns, 6), "{text}");
        }
        assert_eq!(part("日本語", 0, 5), "日本…");
        assert_eq!(part("abcdef", 2, 3), "…cde…");
        assert_eq!(part("abc", 0, 3), "abc");
        assert_eq!(common("e\u{301}a", "ea"), 0);
        assert_eq!(common("日本", "日語"), 3);
        assert_eq!(shortly_before("日本語", 9, 2), 3);
        assert_eq!(shortly_before("ab", 1, 5), 0);
    }

    #[test]
    fn lines_are_broken_between_words() {
        for (text, lines) in [
            ("", vec![""]),
            ("uno dos", vec!["uno dos"]),
            ("uno dos tres", vec!["uno dos", "tres"]),
            ("unodostrescuatro", vec!["unodostr", "escuatro"]),
            ("日本語テキスト", vec!["日本語テ", "キスト"]),
            ("👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦", vec!["👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦", "👩‍👩‍👧‍👦"]),
        ] {
            assert_eq!(wrapped(text, 8), lines, "{text}");
        }
        assert_eq!(wrapped("日本", 1), ["日", "本"]);
    }
}
