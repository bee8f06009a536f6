//! Any file is refused with a word, or read as journeys that can be printed, read again and run. The input is the file
//! and, behind a zero byte, what decides what the contacts say.
#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
#[path = "../conversation.rs"]
mod conversation;
#[cfg(fuzzing)]
#[path = "../json.rs"]
mod json;
#[cfg(not(fuzzing))]
use super::conversation;

use journey::floip::{self, Imported, REPORTS};
use journey::{Severity, compile, exchange, parse, print, rapidpro};

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| run(data));
#[cfg(fuzzing)]
libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    json::mutate(data, size, max_size, seed)
});

/// Reads `data` as a file of either kind.
pub(crate) fn run(data: &[u8]) {
    let end = data.iter().position(|byte| *byte == 0).unwrap_or(data.len());
    let json = String::from_utf8_lossy(&data[..end]);
    for read in [exchange::import_all(&json), floip::import_all(&json), rapidpro::import_all(&json)] {
        match read {
            Ok(all) => all.into_iter().for_each(|one| hold(one, &data[end..])),
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
}

fn hold(one: Imported, bytes: &[u8]) {
    for problem in &one.problems {
        assert_eq!(problem.severity, Severity::Warning, "{problem}");
        assert!(REPORTS.iter().any(|(code, _)| *code == problem.code), "{problem}");
    }
    let printed = print(&one.journey);
    let again = parse(&printed);
    assert!(!again.problems.iter().any(journey::Problem::is_error), "{printed}: {:?}", again.problems);
    assert_eq!(again.journey, one.journey, "{printed}");
    if let Ok(program) = compile(&one.journey) {
        conversation::hold(program, bytes.iter().copied().skip(1));
    }
}
