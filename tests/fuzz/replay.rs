//! Replays seeds without cargo-fuzz: the tests of the crates include this file and the targets.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The seeds of a target.
pub(crate) fn seeds(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fuzz/seeds").join(target)
}

/// Gives every file of `folder` to `run`, and says how many there were.
pub(crate) fn replay(folder: &Path, run: fn(&[u8])) -> usize {
    let mut count = 0;
    for entry in folder.read_dir().unwrap() {
        let path = entry.unwrap().path();
        let data = std::fs::read(&path).unwrap();
        let began = Instant::now();
        if std::panic::catch_unwind(|| run(&data)).is_err() {
            panic!("{}", path.display());
        }
        // Unoptimised, on a busy machine; fuzzing allows two seconds for optimised code.
        let took = began.elapsed();
        assert!(took < Duration::from_secs(10), "{}: {took:?}", path.display());
        count += 1;
    }
    count
}
