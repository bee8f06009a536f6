//! `secret`: a key or token written into the journey.

use expression::ExprKind;

use super::context::{Context, Place};
use super::{Check, Report, reads};
use crate::model::Formula;
use crate::statements::Action;

pub(super) const CHECK: Check = check!(
    "secret",
    Warning,
    "This looks like a key, token or password.",
    "Everybody who may read the journey reads it too, and every export carries it away. Keep it in a global dictionary, \
     write `@global.settings.token` here, and replace the old one at the service: it has been read.",
    run
);

fn run(context: &Context<'_>, report: &mut Report<'_>) {
    let mut look = |place: Place<'_>, text: &str, is_secret_place: bool| {
        if let Some(what) = secret(text, is_secret_place) {
            let hint = "Keep it in a global dictionary, and read it with `@global.settings.token`.";
            report.add(place, format!("This looks like {what}."), hint);
        }
    };
    for (place, formula) in context.formulas() {
        let mut found: Option<String> = None;
        reads::texts(formula, &mut |text| {
            if found.is_none() && secret(text, false).is_some() {
                found = Some(text.to_owned());
            }
        });
        found.iter().for_each(|text| look(place, text, false));
    }
    for site in context.sites() {
        match site.action {
            Action::Assign(assign) if is_secret_name(&assign.variable) => constant(&assign.value, &mut |text| {
                look(site.place, text, true);
            }),
            Action::Http(http) => {
                let pairs = http.headers.iter().chain(&http.query).flat_map(named_texts);
                pairs.filter(|(name, _)| is_secret_name(name)).for_each(|(_, text)| look(site.place, &text, true));
            }
            _ => {}
        }
    }
    for sheet in context.journey.sheets() {
        let place = Place { card: None, position: sheet.position };
        for row in &sheet.rows {
            let is_secret_row = row.first().is_some_and(|key| is_secret_name(key));
            row.iter().for_each(|cell| look(place, cell, is_secret_row));
        }
    }
}

/// Calls `visit` with a text that has no references.
fn constant(formula: &Formula, visit: &mut dyn FnMut(&str)) {
    if let Some(text) = formula.as_text() {
        visit(text);
    }
}

/// The constant texts of `[["name", "text"], …]`.
fn named_texts(pairs: &Formula) -> Vec<(String, String)> {
    let text = |kind: &ExprKind| match kind {
        ExprKind::Text(text) => Some(text.to_string()),
        _ => None,
    };
    let ExprKind::List(pairs) = &pairs.kind else { return Vec::new() };
    let pairs = pairs.iter().filter_map(|pair| match &pair.kind {
        ExprKind::List(pair) => match pair.as_slice() {
            [name, value] => Some((text(&name.kind)?, text(&value.kind)?)),
            _ => None,
        },
        _ => None,
    });
    pairs.collect()
}

/// Whether something of this name is meant to be secret.
fn is_secret_name(name: &str) -> bool {
    let name = name.to_lowercase().replace(['-', '_', ' '], "");
    let words = ["token", "secret", "password", "passwd", "apikey", "authorization", "privatekey", "accesskey"];
    words.iter().any(|word| name.ends_with(word))
}

/// How the tokens of well-known services begin, and how many letters and digits follow.
const KNOWN: [(&str, usize, &str); 17] = [
    ("ghp_", 30, "a GitHub token"),
    ("github_pat_", 30, "a GitHub token"),
    ("glpat-", 18, "a GitLab token"),
    ("sk_live_", 16, "a Stripe key"),
    ("sk-ant-", 20, "an Anthropic key"),
    ("sk-proj-", 20, "an OpenAI key"),
    ("sk-", 32, "an API key"),
    ("xoxb-", 20, "a Slack token"),
    ("xoxp-", 20, "a Slack token"),
    ("AKIA", 16, "an AWS access key"),
    ("ASIA", 16, "an AWS access key"),
    ("AIza", 30, "a Google API key"),
    ("ya29.", 20, "a Google access token"),
    ("EAA", 60, "an access token of Meta"),
    ("SG.", 40, "a SendGrid key"),
    ("eyJ", 60, "a JSON web token"),
    ("-----BEGIN ", 10, "a private key"),
];

/// What kind of secret a text is, if it is one. `is_secret_place`: it stands where a secret is expected.
fn secret(text: &str, is_secret_place: bool) -> Option<&'static str> {
    for word in text.split(|c: char| c.is_whitespace() || "\"'<>(),;=&?/".contains(c)) {
        for (beginning, least, what) in KNOWN {
            let Some(rest) = word.strip_prefix(beginning) else { continue };
            let length = rest.chars().take_while(|c| c.is_ascii_alphanumeric() || "-_.".contains(*c)).count();
            if length >= least && !is_placeholder(word) {
                return Some(what);
            }
        }
    }
    if text.contains("-----BEGIN ") && text.contains("PRIVATE KEY-----") {
        return Some("a private key");
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    let bearer = words.windows(2).find_map(|pair| match pair {
        [scheme, token] if ["bearer", "token", "basic", "apikey"].iter().any(|s| scheme.eq_ignore_ascii_case(s)) => {
            Some(*token)
        }
        _ => None,
    });
    if bearer.is_some_and(|token| token.len() >= 16 && is_random(token)) {
        return Some("a token");
    }
    let in_query = text.split_once('?').and_then(|(_, query)| {
        query.split('&').filter_map(|pair| pair.split_once('=')).find(|(name, value)| {
            is_secret_name(name) && value.len() >= 12 && is_random(value)
        })
    });
    if in_query.is_some() {
        return Some("a key in an address");
    }
    if text.contains("://")
        && let Some((_, rest)) = text.split_once("://")
        && let Some((login, _)) = rest.split('/').next().unwrap_or_default().rsplit_once('@')
        && let Some((_, password)) = login.split_once(':')
        && !is_placeholder(password)
        && !password.is_empty()
    {
        return Some("a password in an address");
    }
    match words.as_slice() {
        [only] if is_secret_place && only.len() >= 12 && is_random(only) => Some("a key, token or password"),
        _ => None,
    }
}

/// Whether a word looks drawn by chance: many different characters, letters and digits mixed, and no placeholder.
fn is_random(word: &str) -> bool {
    let is_token = word.chars().all(|c| c.is_ascii_alphanumeric() || "-_.+/=~:".contains(c));
    let has = |kind: fn(&u8) -> bool| word.bytes().any(|byte| kind(&byte));
    let is_mixed = has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic);
    is_token && is_mixed && entropy(word) >= 2.8 && !is_placeholder(word)
}

/// Whether something is to be put in place of this word.
fn is_placeholder(word: &str) -> bool {
    let lower = word.to_lowercase();
    let hints = ["xxx", "your", "example", "placeholder", "changeme", "change_me", "redacted", "000000", "123456", "..."];
    hints.iter().any(|hint| lower.contains(hint)) || entropy(&lower) < 1.5
}

/// Shannon's entropy, in bits a byte.
fn entropy(word: &str) -> f64 {
    let mut counts = [0_u32; 256];
    word.bytes().for_each(|byte| counts[usize::from(byte)] += 1);
    let total = u32::try_from(word.len()).map_or(f64::INFINITY, f64::from).max(1.0);
    let share = |count: u32| f64::from(count) / total;
    counts.into_iter().filter(|count| *count > 0).map(|count| -share(count) * share(count).log2()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    // Put together here, so that no scanner of the repository takes them for real ones.
    fn made(beginning: &str, rest: &str) -> String {
        format!("{beginning}{rest}")
    }

    #[test]
    fn secrets_are_found() {
        for text in [
            made("ghp_", "a8Kd93jfLq02mZxPw7RtYb5VnC1sHgE4uJ6o"),
            made("Bearer ", "9f8b7c6d5e4f3a2b1c0d9e8f7a6b5c4d"),
            made("AKIA", "Q7XJ2LMN8RST4UVW"),
            made("https://ana:", "s3cret-hola@service.example.org/x"),
            made("https://api.example.org/maps?zoom=3&api_key=", "k3Wq9Zt7Lm2Xv5Rb8Nd4"),
            made("-----BEGIN RSA ", "PRIVATE KEY-----\nMIIEow"),
        ] {
            assert!(secret(&text, false).is_some(), "{text}");
        }
        assert!(secret(&made("k3y9", "Zq81LmWx2"), true).is_some());
    }

    #[test]
    fn what_only_looks_like_one_is_left_alone() {
        for text in [
            "Bearer @global.settings.token",
            "Bearer ",
            "Token xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            "Bearer YOUR-TOKEN-1234567890",
            "Authorization",
            "https://service.example.org/api/v2/pages/",
            "https://ana:password-placeholder@service.example.org",
            "5c6b568b-58ec-444f-9e34-9f23fdfc0219",
            "The token will arrive by mail tomorrow morning at nine",
            "sk-8",
            "skateboard",
            "https://api.example.org/maps?zoom=3&token=@global.settings.token",
        ] {
            assert_eq!(secret(text, false), None, "{text}");
        }
        for text in ["changeme", "xxxxxxxxxxxxxxxxxxxxxxxx", "es", "@global.settings.token", "<your token here>", ""] {
            assert_eq!(secret(text, true), None, "{text}");
        }
    }
}
