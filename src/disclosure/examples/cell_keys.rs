//! Cell-key noise for keys of eight bits: how `make peers` compares it with other software's.
//!
//! `cell_keys table` writes the perturbation table as CSV, in the columns of the ONS package: the true count (`pcv`), the cell
//! key from 0 to 255 (`ckey`) and the noise (`pvalue`). `cell_keys counts` reads the record keys of each cell, a JSON array a
//! line, and writes the count after noise.
//!
//! A key r of eight bits is taken as r·2⁵⁶: sums modulo 2⁶⁴ of such keys are sums modulo 256 of the r.

use std::error::Error;
use std::io::{BufRead, Write, stdin, stdout};

use isoloir_disclosure::CellKey;

/// The ONS package reuses the rows from 501 on for larger counts.
const COUNTS: u64 = 750;

fn main() -> Result<(), Box<dyn Error>> {
    let table = CellKey::standard()?.ptable;
    let mut out = stdout().lock();
    match std::env::args().nth(1).as_deref() {
        Some("table") => {
            writeln!(out, "pcv,ckey,pvalue")?;
            for count in 1..=COUNTS {
                for key in 0..256 {
                    writeln!(out, "{count},{key},{}", table.noise(count, key << 56))?;
                }
            }
        }
        Some("counts") => {
            for line in stdin().lock().lines() {
                let keys: Vec<u64> = serde_json::from_str(&line?)?;
                let cell_key = keys.iter().fold(0_u64, |sum, key| sum.wrapping_add(key << 56));
                let count = u64::try_from(keys.len())?;
                writeln!(out, "{}", count.saturating_add_signed(table.noise(count, cell_key)))?;
            }
        }
        _ => return Err("usage: cell_keys table|counts".into()),
    }
    Ok(())
}
