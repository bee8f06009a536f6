//! Flows to journeys. Blocks that follow each other become a card; where the metadata says which card a block came from,
//! that card comes back.

mod graph;
mod reader;

use thiserror::Error;

use super::blocks;
use super::container::{Block, Container, Exit, Flow};
use super::kept;
use super::names::of_variable;
use super::resources::Texts;
use crate::compiler::DEFAULT_INTERACTION_TIMEOUT;
use crate::model::{Card, Cell, Code, Content, Item, ItemKind, Journey, Setting};
use crate::problem::{Position, Problem};
use graph::Graph;

pub(super) use reader::{CardReader, by_choice};

/// The largest file that is read, in bytes.
pub const MAX_BYTES: usize = 20 * 1024 * 1024;
/// How many blocks a flow may have.
pub const MAX_BLOCKS: usize = 20_000;

/// What one program calls every flow; the name stands at the file then.
const UNNAMED: &str = "stack";

/// Why a file cannot be imported at all.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ImportError {
    /// It is larger than [`MAX_BYTES`].
    #[error("The file is larger than {} MB; export fewer flows at once.", MAX_BYTES / 1024 / 1024)]
    TooLarge,
    /// It is no JSON at all; says where that shows.
    #[error("This is not JSON: {0}. Export the flows again, and import the file as it is.")]
    NotJson(String),
    /// It is JSON, and none of the kinds that are read.
    #[error(
        "There are no flows in it: neither those of FLOIP (`flows` with `blocks`) nor of RapidPro, TextIt and \
         Glific (`flows` with `nodes`)."
    )]
    Unknown,
    /// Its version of FLOIP is not read.
    #[error("This is version {0} of FLOIP, and version 1 is read: export the flows as 1.0.0-rc3 or 1.0.0-rc4.")]
    Version(String),
    /// Something in it is not what it should be; says where.
    #[error("This is not a file of flows: {0}.")]
    Malformed(String),
    /// There is no flow in it.
    #[error("There is no flow in this file.")]
    NoFlow,
    /// A flow has more than [`MAX_BLOCKS`] blocks.
    #[error("The flow `{0}` has more than {MAX_BLOCKS} blocks; divide it.")]
    TooManyBlocks(String),
    /// A flow begins nowhere.
    #[error("The flow `{flow}` begins at the block `{block}`, which it does not have.")]
    NoFirstBlock {
        /// The name of the flow.
        flow: String,
        /// The id that was not found.
        block: String,
    },
}

/// A journey that was read from a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Imported {
    /// The id it had there, which other journeys of the file run it by.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// The journey.
    pub journey: Journey,
    /// What was not read as it stood, all of it warnings.
    pub problems: Vec<Problem>,
}

/// Reads the first flow of a file. What no card can do is reported, and leaves a line in the journey's log.
///
/// # Errors
/// When the file is not one of flows, or its first flow begins nowhere.
pub fn import(json: &str) -> Result<(Journey, Vec<Problem>), ImportError> {
    first_of(import_all(json)?).map(|first| (first.journey, first.problems))
}

/// The first of several journeys, with a word about the others.
pub(crate) fn first_of(all: Vec<Imported>) -> Result<Imported, ImportError> {
    let mut all = all.into_iter();
    let mut first = all.next().ok_or(ImportError::NoFlow)?;
    let others: Vec<String> = all.map(|other| format!("`{}`", other.name)).collect();
    if !others.is_empty() {
        let message = format!("The file holds other flows too: {}.", others.join(", "));
        first.problems.push(Problem::warning("more-flows", Position::default(), message).hint("Import them as well."));
    }
    Ok(first)
}

/// Reads all flows of a file.
///
/// # Errors
/// As [`import`], for any of the flows.
pub fn import_all(json: &str) -> Result<Vec<Imported>, ImportError> {
    if json.len() > MAX_BYTES {
        return Err(ImportError::TooLarge);
    }
    if !json.trim_start().starts_with('{') {
        return Err(ImportError::Malformed("it does not begin with `{`".to_owned()));
    }
    let mut container: Container =
        serde_json::from_str(json).map_err(|error| ImportError::Malformed(error.to_string()))?;
    let version = &container.specification_version;
    if !version.is_empty() && version != "1" && !version.starts_with("1.") {
        return Err(ImportError::Version(version.clone()));
    }
    if container.flows.is_empty() {
        return Err(ImportError::NoFlow);
    }
    let kept = kept::read(&container);
    container.flows.iter_mut().flat_map(|flow| &mut flow.blocks).for_each(lead_on);
    let mut all = Vec::new();
    for flow in &container.flows {
        let is_named = !flow.name.is_empty() && (flow.name != UNNAMED || container.name.is_empty());
        let name = if is_named { &flow.name } else { &container.name };
        let (journey, problems) = match &kept {
            Some((journey, true)) if container.flows.len() == 1 => (journey.clone(), Vec::new()),
            kept => {
                let beside = kept.as_ref().map(|(journey, _)| journey);
                read_flow(&container, flow, beside.filter(|_| container.flows.len() == 1))?
            }
        };
        all.push(Imported { id: flow.uuid.clone(), name: name.clone(), journey, problems });
    }
    Ok(all)
}

/// Makes the exit that is taken when no test holds the default one, where none is marked so: the only one without a test.
/// Of the ways of an experiment and of choices that have no tests, each is one of several.
fn lead_on(block: &mut Block) {
    let is_free = |exit: &&mut Exit| exit.test.as_deref().is_none_or(|test| test.trim().is_empty());
    if block.exits.iter().any(Exit::is_default) || block.exits.len() > 1 && blocks::exits_are_choices(block) {
        return;
    }
    let free = block.exits.iter_mut().find(is_free);
    free.into_iter().for_each(|exit| exit.default = Some(true));
}

/// Reads a flow. `kept` is the journey it once was, before another program changed the flow.
fn read_flow(
    container: &Container,
    flow: &Flow,
    kept: Option<&Journey>,
) -> Result<(Journey, Vec<Problem>), ImportError> {
    if flow.blocks.len() > MAX_BLOCKS {
        return Err(ImportError::TooManyBlocks(flow.name.clone()));
    }
    let texts = Texts::new(container.resources.iter().chain(&flow.resources), &flow.languages);
    let mut problems = Vec::new();
    let graph = Graph::new(flow, &mut problems)
        .ok_or_else(|| ImportError::NoFirstBlock { flow: flow.name.clone(), block: flow.first_block_id.clone() })?;
    texts.report(&mut problems);
    let mut sheets = reader::Sheets::default();
    let cards = reader::cards(graph, &texts, &mut sheets, &mut problems);
    if flow.exit_block_id.as_ref().is_some_and(|exit| flow.blocks.iter().any(|block| block.uuid == *exit)) {
        let message = "The block that the flow ends with when it is left early is an ordinary one now.";
        let problem = Problem::warning("not-as-it-was", Position::default(), message);
        problems.push(problem.hint("Lead there with `interaction_timeout(…, then: …)`."));
    }
    let mut journey = Journey::default();
    let mut settings = Vec::new();
    match kept {
        Some(kept) => {
            let message = "The flow was changed by another program after it was exported from here.";
            let hint =
                "Its cards were read anew; triggers, settings, notes and dictionaries are as they were exported.";
            problems.push(Problem::warning("changed-elsewhere", Position::default(), message).hint(hint));
            journey = without_cards(kept);
        }
        None => {
            let timeout = flow.interaction_timeout.filter(|seconds| *seconds > 0);
            if let Some(seconds) = timeout.filter(|seconds| *seconds != DEFAULT_INTERACTION_TIMEOUT) {
                settings.push(Setting::InteractionTimeout { seconds, then: None });
            }
            settings.extend(texts.main_language().map(|main| Setting::Language(main.to_owned())));
        }
    }
    journey.cells.push(code(settings, cards));
    report_sheets(sheets, flow, &journey, &mut problems);
    Ok((journey, problems))
}

/// Reports the dictionaries and tables that are read and not there: flows do not carry them.
fn report_sheets(sheets: reader::Sheets, flow: &Flow, journey: &Journey, problems: &mut Vec<Problem>) {
    for (sheet, keys) in sheets {
        let is_there = journey.sheets().any(|there| there.name.eq_ignore_ascii_case(&sheet))
            || flow.blocks.iter().any(|block| of_variable(&block.name).eq_ignore_ascii_case(&sheet));
        if is_there {
            continue;
        }
        let keys: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
        let (what, hint) = if keys.is_empty() {
            ("table", format!("Add `{sheet}` to the notebook."))
        } else {
            ("dictionary", format!("Add a dictionary `{sheet}` with the keys {} to the notebook.", keys.join(", ")))
        };
        let message = format!("The flow reads the {what} `{sheet}`, which flows do not hold.");
        problems.push(Problem::warning("no-dictionary", Position::default(), message).hint(hint));
    }
}

/// A cell of code.
fn code(settings: Vec<Setting>, cards: Vec<Card>) -> Cell {
    let settings = settings.into_iter().map(ItemKind::Setting);
    let items = settings.chain(cards.into_iter().map(ItemKind::Card));
    let items = items.map(Item::from).collect();
    Cell { place: None, content: Content::Code(Code { items, ..Code::default() }) }
}

/// A journey of nothing but settings and cards.
pub(crate) fn journey_of(settings: Vec<Setting>, cards: Vec<Card>) -> Journey {
    Journey { cells: vec![code(settings, cards)] }
}

fn without_cards(journey: &Journey) -> Journey {
    let mut journey = journey.clone();
    journey.cells.retain_mut(|cell| match &mut cell.content {
        Content::Code(code) => {
            code.items.retain(|item| !matches!(item.kind, ItemKind::Card(_)));
            !code.items.is_empty()
        }
        _ => true,
    });
    journey
}
