//! The status page of the programs that have one.

mod access;
mod program;
mod replay;
mod word_count;
