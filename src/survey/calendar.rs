//! The day, as a parameter: nothing in Isoloir needs a finer time, and nothing stores one.

use jiff::civil::Date;

/// What day it is where the survey is run.
pub trait Calendar: Send + Sync {
    /// Today, in the territory's time zone.
    fn today(&self) -> Date;
}
