//! Journeys that a script names and that only an export of another program beside it holds.

use std::path::{Path, PathBuf};

use crate::files::read;
use crate::set::{self, NOTEBOOK};

/// The end of the names of files that other programs export.
const JSON: &str = "json";

/// The text of a journey's file. A notebook that is not there is looked for in the exports beside it: what
/// `journey convert` would write under that name.
pub(crate) fn read_journey(path: &Path) -> Result<String, String> {
    let why = match read(path) {
        Ok(text) => return Ok(text),
        Err(why) => why,
    };
    let name = path.file_name().and_then(|name| name.to_str()?.strip_suffix(NOTEBOOK));
    let exports = name.filter(|_| !path.exists()).map(|_| exports_beside(path)).unwrap_or_default();
    if exports.is_empty() {
        return Err(why);
    }
    let found = name.and_then(|name| notebook_in(&exports, name));
    found.ok_or_else(|| format!("{why}, and no export beside it holds a journey of that name"))
}

/// The files beside one that may be exports.
fn exports_beside(path: &Path) -> Vec<PathBuf> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut exports: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|end| end == JSON) && path.is_file()).collect();
    exports.sort();
    exports
}

/// The notebook of this name. The files are read together, so that their journeys name each other; where one of them is no
/// export, or two hold journeys of one name, each by itself.
fn notebook_in(exports: &[PathBuf], name: &str) -> Option<String> {
    let find = |paths: &[PathBuf]| {
        let sources = set::read_any(paths, &[]).ok()?;
        let source = sources.into_iter().find(|source| source.notebook.name == name)?;
        Some(set::canonical(&source.notebook).map_or(source.notebook.text, |file| file.text))
    };
    find(exports).or_else(|| exports.iter().find_map(|export| find(std::slice::from_ref(export))))
}
