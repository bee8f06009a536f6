//! Flows of the FLOIP specification, 1.0.0-rc3: the format in which other programs of this field exchange journeys.
//!
//! [`export`] writes a journey as a flow, with the blocks of the specification and the vendor blocks that are in common
//! use, and [`not_in_flows`] tells what other programs miss of it; [`import`] reads such files, those of other
//! programs too. One module a kind of block holds both directions.

mod blocks;
mod container;
mod defaults;
mod export;
pub(crate) mod foreign;
pub(crate) mod formulas;
mod import;
mod kept;
pub(crate) mod names;
mod not_in_flows;
mod reports;
mod resources;

pub use container::{Block, Container, Exit, Flow, Language, Resource, ResourceValue, VERSION};
pub use export::{Options, export};
pub use import::{ImportError, Imported, MAX_BLOCKS, MAX_BYTES, import, import_all};
pub(crate) use import::{first_of, journey_of};
pub(crate) use kept::is_writable;
pub use not_in_flows::not_in_flows;
pub use reports::REPORTS;
pub(crate) use resources::named;
