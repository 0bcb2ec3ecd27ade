//! The status page and its HTTP API.

mod access;
mod event_stream;
mod openapi;
mod parameters;
mod readers;
mod spark_api;
mod support;
mod views;
