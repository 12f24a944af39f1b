//! Survey statistics.
mod distributions;
