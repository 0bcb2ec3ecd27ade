//! The pages, as browsers get them.

mod assets;
mod bus;
mod empty;
mod escaping;
mod fragments;
mod nested;
mod paging;
mod refusals;
mod site;
mod stage;
mod tasks;
mod told;
mod unknown;
