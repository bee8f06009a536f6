//! Any text is a notebook: it is read, checked and printed as the same journey, as a flow too, and when it compiles it
//! runs. The input is the notebook and, behind a zero byte, what decides what its contact says.
#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
#[path = "../conversation.rs"]
mod conversation;
#[cfg(not(fuzzing))]
use super::conversation;

use journey::floip::{Options, export, import};
use journey::{
    Diff, Journey, Problem, Severity, Surroundings, check_in, compile, diff, format, parse, print, references,
    rename_references,
};

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| run(data));

/// Reads `data` as a notebook, and talks with the journey.
pub(crate) fn run(data: &[u8]) {
    let end = data.iter().position(|byte| *byte == 0).unwrap_or(data.len());
    let source = String::from_utf8_lossy(&data[..end]);
    let parsed = parse(&source);
    let journey = parsed.journey;
    told(&source, &parsed.problems);

    let printed = print(&journey);
    let again = parse(&printed);
    match format(&source) {
        // Nothing was lost.
        Ok(formatted) => {
            assert_eq!(formatted, printed);
            assert_eq!(again.journey, journey, "{printed}");
            assert!(!again.problems.iter().any(Problem::is_error), "{printed}: {:?}", again.problems);
            assert_eq!(print(&again.journey), printed);
            exchange(&journey);
        }
        Err(problems) => assert_eq!(problems, parsed.problems),
    }
    let json = serde_json::to_string(&journey).unwrap_or_default();
    assert_eq!(serde_json::from_str::<Journey>(&json).ok().as_ref(), Some(&journey), "{json}");
    assert_eq!(diff(&journey, &journey), Diff::default());
    assert_eq!(diff(&journey, &again.journey).is_empty(), journey == again.journey);
    let _ = diff(&Journey::default(), &journey);
    let named = references(&source);
    assert_eq!(references(&rename_references(&source, |name| Some(name.to_owned()))).len(), named.len());

    let nothing =
        Surroundings { fields: Some(&[]), journeys: Some(&[]), templates: Some(&[]), ..Surroundings::default() };
    told(&source, &check_in(&journey, &nothing));
    match compile(&journey) {
        Ok(program) => conversation::hold(program, data[end..].iter().copied().skip(1)),
        Err(problems) => assert!(problems.iter().any(|problem| problem.severity == Severity::Error)),
    }
}

/// Problems say something, about a place that exists.
fn told(source: &str, problems: &[Problem]) {
    let lines = source.split('\n').count();
    for problem in problems {
        assert!(!problem.message.is_empty() && problem.line as usize <= lines, "{problem}");
        assert!(journey::checks::find(problem.code).is_some(), "{problem}");
    }
}

/// The journey survives as a flow.
fn exchange(journey: &Journey) {
    let Ok(container) = export(journey, &Options::default()) else { return };
    let json = serde_json::to_string(&container).unwrap_or_default();
    assert_eq!(import(&json), Ok((journey.clone(), Vec::new())), "{json}");
}
