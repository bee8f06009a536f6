//! The commands as people and programs run them: what they print, and what they exit with.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod commands;
mod convert;
mod explain;
mod recorded;
mod set;

use std::path::{Path, PathBuf};

use journey_tools::{Command, Console, Status};
use rehearsal::Paint;
use serde_json::Value;

/// A folder with files.
pub(crate) struct Folder(pub(crate) tempfile::TempDir);

impl Folder {
    pub(crate) fn with(files: &[(&str, &str)]) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        for (name, text) in files {
            let path = folder.path(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        folder
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }
}

/// What a command printed, what it complained of, and how it ended.
pub(crate) struct Ran {
    pub(crate) out: String,
    pub(crate) errors: String,
    pub(crate) status: Status,
}

impl Ran {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}", self.out))
    }
}

/// Runs a command with arguments as they are typed.
pub(crate) fn run<C: Command + clap::Args>(arguments: &[&str], input: &str) -> Ran {
    let command = C::augment_args(clap::Command::new("x").no_binary_name(true));
    let matches = command.try_get_matches_from(arguments).unwrap_or_else(|error| panic!("{error}"));
    let command = C::from_arg_matches(&matches).unwrap();
    let (mut out, mut errors) = (Vec::new(), Vec::new());
    let mut console = Console {
        input: &mut input.as_bytes(),
        out: &mut out,
        errors: &mut errors,
        paint: Paint::default(),
        interactive: false,
    };
    let status = command.run(&mut console).unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ran { out: text(out), errors: text(errors), status }
}

pub(crate) fn shown(path: &Path) -> &str {
    path.to_str().unwrap()
}
