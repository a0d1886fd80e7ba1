//! Whole runs through the public API.

mod outputs;
mod recording;
mod replay;
mod summaries;
mod thresholds;
