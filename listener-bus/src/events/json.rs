//! How the event model is read from JSON and written to it.
//!
//! Three macros turn tables into types: [`json_object`] a struct with named fields, [`json_tagged`] an enum told apart
//! by one key, [`json_text`] an enum of texts. What they generate reads straight from the parser into the field: no
//! intermediate tree, and keys are compared where they stand in the line.
//!
//! A line is read in up to three ways: as a [`Scan`], if it stands just as Spark writes it; else by a fast [`Pass`]; and by
//! an exact one, if that meets a number whose digits it cannot keep, or fails. All three come to the same event.

mod field;
mod key;
mod mode;
mod object;
mod pass;
mod scan;
mod tagged;
mod text;

pub(super) use field::{JsonField, Seed};
pub(super) use key::Key;
pub(super) use mode::json_mode;
pub(super) use object::{JsonObject, json_object, read_object, read_value, write_object};
pub(super) use pass::Pass;
pub(super) use scan::{Lead, Scan};
pub(super) use tagged::{TaggedObject, TaggedVisitor, json_tagged, tagged_type};
pub(super) use text::json_text;
