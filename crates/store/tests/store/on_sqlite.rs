//! What is about SQLite alone.

mod faults;
mod opening;
mod readers;
mod writer;
