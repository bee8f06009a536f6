//! A set of journeys as files: notebooks, and files of other programs that are read as notebooks.
//!
//! Everything is read before anything is written, and what is written appears whole or not at all.

use std::collections::{BTreeMap, HashSet};
use std::io;
use std::path::{Path, PathBuf};

use domain::registry::{check_name, folded};
use jiff::Timestamp;
use journey::floip::{self, ImportError, Imported};
use journey::{Parsed, Problem, Reference, exchange, references, rename_references};

use rehearsal::{Paint, report};

use crate::files::read as read_text;

/// The end of the names of notebooks.
pub const NOTEBOOK: &str = ".md";
/// The end of the names of flows, which are written as FLOIP.
pub const FLOW: &str = ".flow.json";
/// The end of the names of files that other programs export.
const JSON: &str = ".json";

/// A folder or file that cannot be read or written as journeys.
#[derive(Debug, thiserror::Error)]
pub enum SetError {
    /// A file.
    #[error("{}: {}", .0.display(), .1)]
    File(PathBuf, io::Error),
    /// A file without text.
    #[error("{}: {}", .0.display(), .1)]
    Text(PathBuf, String),
    /// No notebook where there should be one.
    #[error("{} has no notebook; a notebook is a file whose name ends with .md, other than README.md", .0.display())]
    Empty(PathBuf),
    /// Nothing to import.
    #[error(
        "{} has no journeys; those are notebooks, whose names end with .md, and flows of FLOIP, RapidPro, TextIt or Glific, whose \
         names end with .json", .0.display()
    )]
    NoJourneys(PathBuf),
    /// A file that is neither a notebook nor JSON.
    #[error("{} is neither a notebook, .md, nor a file of flows, .json", .0.display())]
    Unknown(PathBuf),
    /// A file of flows where a notebook should be.
    #[error("{} is not a notebook; `journey import` and `journey convert` read flows", .0.display())]
    NotANotebook(PathBuf),
    /// A file of flows that cannot be read.
    #[error("{}: {}", .0.display(), .1)]
    Flows(PathBuf, ImportError),
    /// Two journeys that could not be told apart.
    #[error("{}", same_name(name, first, second))]
    SameName {
        /// The name.
        name: String,
        /// Where one comes from.
        first: PathBuf,
        /// Where the other comes from.
        second: PathBuf,
    },
    /// A journey with errors.
    #[error("{0}It has errors; nothing was written.")]
    Wrong(String),
    /// Files that say something else than what would be written.
    #[error("{}; nothing was written. With --overwrite they are replaced", differ(.0))]
    Differ(Vec<PathBuf>),
}

impl SetError {
    /// What is wrong with a notebook, with its lines.
    #[must_use]
    pub fn wrong(notebook: &Notebook, problems: &[Problem]) -> Self {
        let file = format!("{}{NOTEBOOK}", notebook.name);
        let show = |problem| report::problem(&file, &notebook.text, problem, Paint::default());
        Self::Wrong(problems.iter().map(show).collect())
    }
}

fn same_name(name: &str, first: &Path, second: &Path) -> String {
    let (first, file) = (first.display(), second.display());
    if first.to_string() == file.to_string() {
        return format!(
            "{file}: two flows would be called `{name}`; rename one of them where they come from, and export again"
        );
    }
    format!("{first} and {file} would both become the journey `{name}`; give only one of them, or rename one")
}

fn differ(files: &[PathBuf]) -> String {
    let names: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
    let verb = if names.len() == 1 { "says" } else { "say" };
    format!("{} {verb} something else already", names.join(", "))
}

/// A notebook under the name of its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notebook {
    /// The journey's name.
    pub name: String,
    /// The text.
    pub text: String,
}

/// A journey, and the file it was read from.
#[derive(Clone, Debug)]
pub struct Source {
    /// The file.
    pub file: PathBuf,
    /// The journey; a flow is a canonical notebook.
    pub notebook: Notebook,
    /// What was not read as it stood, at the lines of the notebook.
    pub report: Vec<Problem>,
    /// Where it names journeys that are not in the set.
    pub outside: Vec<Reference>,
    /// Whether it is a flow that nothing starts: it has no trigger, as many flows do not, and no other one runs it.
    pub is_idle: bool,
}

/// Whether a file of this name is a notebook.
fn is_notebook(name: &str) -> bool {
    name.strip_suffix(NOTEBOOK).is_some_and(|stem| !stem.eq_ignore_ascii_case("readme"))
}

/// The name of a file, without its folder.
fn name_of(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// The files of a folder whose names are `wanted`, in the order of their names; nothing for a folder that is not there.
fn files(folder: &Path, wanted: impl Fn(&str) -> bool) -> Result<Vec<PathBuf>, SetError> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let failed = |error| SetError::File(folder.to_owned(), error);
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        files.push(entry.map_err(failed)?.path());
    }
    files.retain(|path| wanted(&name_of(path)) && !path.is_dir());
    files.sort();
    Ok(files)
}

/// The files of a folder that hold a journey each, and whose names end with `suffix`.
pub fn of_kind(folder: &Path, suffix: &str) -> Result<Vec<PathBuf>, SetError> {
    files(folder, |name| name.ends_with(suffix) && (suffix != NOTEBOOK || is_notebook(name)))
}

/// Reads a notebook, or all of a folder.
pub fn read(path: &Path) -> Result<Vec<Notebook>, SetError> {
    let files = if path.is_dir() { of_kind(path, NOTEBOOK)? } else { vec![path.to_owned()] };
    if files.is_empty() {
        return Err(SetError::Empty(path.to_owned()));
    }
    files.into_iter().map(notebook).collect()
}

fn notebook(file: PathBuf) -> Result<Notebook, SetError> {
    let name = name_of(&file);
    if name.ends_with(JSON) {
        return Err(SetError::NotANotebook(file));
    }
    let name = name.strip_suffix(NOTEBOOK).unwrap_or(&name).to_owned();
    let text = text(&file)?;
    Ok(Notebook { name, text })
}

fn text(file: &Path) -> Result<String, SetError> {
    read_text(file).map_err(|why| SetError::Text(file.to_owned(), why))
}

/// Reads journeys from files and folders of any notation. They name each other by name: what a flow knew by an id is
/// renamed, and so is what `renames` says. In a folder, a flow beside the notebook it was made from only says what else the
/// notebook is called: the notebook holds more.
pub fn read_any(paths: &[PathBuf], renames: &[(String, String)]) -> Result<Vec<Source>, SetError> {
    let mut found: Vec<Found> = Vec::new();
    let mut twins: Vec<(PathBuf, Found)> = Vec::new();
    for path in paths {
        let inside = path.is_dir();
        let files =
            if inside { files(path, |name| is_notebook(name) || name.ends_with(JSON))? } else { vec![path.clone()] };
        if files.is_empty() {
            return Err(SetError::NoJourneys(path.clone()));
        }
        for file in &files {
            let here = journeys(file.clone())?;
            match notebook_of(file).filter(|notebook| inside && files.contains(notebook)) {
                Some(notebook) => twins.extend(here.into_iter().map(|flow| (notebook.clone(), flow))),
                None => found.extend(here),
            }
        }
    }
    for (notebook, flow) in twins {
        let notebook = found.iter_mut().find(|found| found.file == notebook);
        notebook.into_iter().for_each(|notebook| notebook.known_as.extend(flow.known_as.iter().cloned()));
    }
    let mut taken: BTreeMap<String, &Path> = BTreeMap::new();
    for Found { name, file, .. } in &found {
        if let Some(first) = taken.insert(folded(name), file) {
            return Err(SetError::SameName { name: name.clone(), first: first.to_owned(), second: file.clone() });
        }
    }
    let names: BTreeMap<String, String> = found
        .iter()
        .flat_map(|one| one.known_as.iter().map(|other| (other.clone(), one.name.clone())))
        .chain(renames.iter().cloned())
        .collect();
    let here: Vec<String> = found.iter().map(|one| one.name.clone()).collect();
    let rename = |reference: &str| names.get(reference).filter(|name| *name != reference).cloned();
    let source = |Found { file, name, known_as: _, content }: Found| {
        let (text, report, is_idle) = match content {
            Content::Notebook(text) => (rename_references(&text, rename), Vec::new(), false),
            Content::Flow(flow) => {
                let (text, report) = flow.notebook(rename);
                (text, report, flow.journey.triggers().next().is_none())
            }
        };
        let outside = references(&text);
        Source { file, notebook: Notebook { name, text }, report, outside, is_idle }
    };
    let mut sources: Vec<Source> = found.into_iter().map(source).collect();
    let named: HashSet<String> =
        sources.iter().flat_map(|source| &source.outside).filter_map(|place| place.journey.clone()).collect();
    for source in &mut sources {
        source.outside.retain(|place| place.journey.as_ref().is_none_or(|name| !here.contains(name)));
        source.is_idle &= !named.contains(&source.notebook.name);
    }
    Ok(sources)
}

/// A journey that was found, before it is known which others there are.
struct Found {
    file: PathBuf,
    name: String,
    /// What else journeys may call it.
    known_as: Vec<String>,
    content: Content,
}

enum Content {
    Notebook(String),
    Flow(Box<Imported>),
}

/// The journeys of a file.
fn journeys(file: PathBuf) -> Result<Vec<Found>, SetError> {
    let shown = name_of(&file);
    if is_notebook(&shown) {
        let Notebook { name, text } = notebook(file.clone())?;
        return Ok(vec![Found { file, name, known_as: Vec::new(), content: Content::Notebook(text) }]);
    }
    if !shown.ends_with(JSON) {
        return if file.exists() { Err(SetError::Unknown(file)) } else { text(&file).map(|_| Vec::new()) };
    }
    let all = exchange::import_all(&text(&file)?).map_err(|error| SetError::Flows(file.clone(), error))?;
    let stem = shown.strip_suffix(FLOW).or(shown.strip_suffix(JSON)).unwrap_or(&shown);
    let found = all.into_iter().map(|flow| {
        let name = usable(if flow.name.trim().is_empty() { stem } else { &flow.name });
        let known_as = [&flow.id, &flow.name].into_iter().filter(|other| !other.is_empty()).cloned().collect();
        Found { file: file.clone(), name, known_as, content: Content::Flow(Box::new(flow)) }
    });
    Ok(found.collect())
}

/// The notebook that a flow may have been made from: the one of the same name beside it.
fn notebook_of(flow: &Path) -> Option<PathBuf> {
    let name = name_of(flow);
    let stem = name.strip_suffix(FLOW).or(name.strip_suffix(JSON))?;
    Some(flow.with_file_name(format!("{stem}{NOTEBOOK}")))
}

/// The name as a file may have it.
fn usable(name: &str) -> String {
    let is_bad = |letter: char| letter.is_control() || r#"/\:*?"<>|"#.contains(letter);
    let words = name.split(is_bad).map(str::trim).filter(|word| !word.is_empty());
    let name: String = words.collect::<Vec<_>>().join(" - ").chars().take(90).collect();
    let name = name.trim_matches(['.', ' ']).to_owned();
    if check_name(&name).is_ok() { name } else { format!("Flow {name}").trim_end().to_owned() }
}

/// A notebook as a canonical one.
///
/// # Errors
/// What is wrong with its notation.
pub fn canonical(notebook: &Notebook) -> Result<File, Vec<Problem>> {
    let text = journey::format(&notebook.text)?;
    Ok(File { name: format!("{}{NOTEBOOK}", notebook.name), text })
}

/// A notebook that was changed at this moment as a file of FLOIP, with one flow. `beside` are the names of all journeys
/// that are written.
///
/// # Errors
/// What is wrong with its notation, or leads nowhere.
pub fn flow(notebook: &Notebook, last_modified: Timestamp, beside: &[String]) -> Result<File, Vec<Problem>> {
    let Parsed { journey, problems } = journey::parse(&notebook.text);
    if problems.iter().any(Problem::is_error) {
        return Err(problems);
    }
    let options = floip::Options {
        name: notebook.name.clone(),
        last_modified,
        beside: beside.to_vec(),
        ..floip::Options::default()
    };
    let container = floip::export(&journey, &options)?;
    let json = serde_json::to_value(&container).unwrap_or_default();
    Ok(File { name: format!("{}{FLOW}", notebook.name), text: format!("{json:#}\n") })
}

/// What other programs miss of notebooks that are written as flows, a line each.
pub fn unseen<'n>(notebooks: impl Iterator<Item = &'n Notebook>) -> Vec<String> {
    let lines = |notebook: &Notebook| {
        let missing = floip::not_in_flows(&journey::parse(&notebook.text).journey);
        let line = |Problem { line, message, hint, .. }: Problem| {
            let line = if line == 0 { String::new() } else { format!(":{line}") };
            format!("{}{NOTEBOOK}{line}: {message} {}", notebook.name, hint.unwrap_or_default())
        };
        missing.into_iter().map(line).collect::<Vec<_>>()
    };
    notebooks.flat_map(lines).collect()
}

/// What stands above [`unseen`].
pub const UNSEEN: &str = "Other programs miss these; they are kept in the files, where this program finds them again:";

/// A file that is to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its name.
    pub name: String,
    /// What it says.
    pub text: String,
}

/// Writes files into a folder: those that are not there or say something else. Answers their names.
///
/// # Errors
/// Unless it may `overwrite`, when one that is there says something else. Nothing is written then, and nothing is left
/// half written when the folder cannot be.
pub fn write(folder: &Path, files: &[File], overwrite: bool) -> Result<Vec<String>, SetError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |error| SetError::File(path, error)
    };
    let is_there =
        |file: &File| std::fs::read(folder.join(&file.name)).is_ok_and(|there| there == file.text.as_bytes());
    let news: Vec<&File> = files.iter().filter(|file| !is_there(file)).collect();
    let differ: Vec<PathBuf> = news.iter().map(|file| folder.join(&file.name)).filter(|path| path.exists()).collect();
    if !overwrite && !differ.is_empty() {
        return Err(SetError::Differ(differ));
    }
    std::fs::create_dir_all(folder).map_err(failed(folder))?;
    // First all of them under other names: what cannot be written leaves the folder as it was.
    let part = |file: &File| folder.join(format!(".{}.part", file.name));
    let parts = news.iter().try_for_each(|file| std::fs::write(part(file), &file.text).map_err(failed(&part(file))));
    if let Err(error) = parts {
        for file in &news {
            let _ = std::fs::remove_file(part(file));
        }
        return Err(error);
    }
    for file in &news {
        let path = folder.join(&file.name);
        std::fs::rename(part(file), &path).map_err(failed(&path))?;
    }
    Ok(news.into_iter().map(|file| file.name.clone()).collect())
}
