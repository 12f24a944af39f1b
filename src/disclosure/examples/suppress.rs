//! Suppression patterns for tables read as JSON lines: how `make peers` compares them with other software's.
//!
//! A line in: `{"counts": [3, 17, 20], "sums": [[2, 0, 1]]}`, each sum a total and its parts, by index. A line out:
//! `{"fates": "PCC", "smallest": true, "seconds": 0.001}`, a letter per cell: `.` published, `P` primary, `C` complementary.

use std::error::Error;
use std::io::{BufRead, Write, stdin, stdout};
use std::time::Instant;

use isoloir_disclosure::suppression::{CellId, Fate, LinkedSystem, Standing, SuppressionRule, suppress};
use serde::Deserialize;

#[derive(Deserialize)]
struct Table {
    counts: Vec<u64>,
    sums: Vec<Vec<usize>>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut out = stdout().lock();
    for line in stdin().lock().lines() {
        let table: Table = serde_json::from_str(&line?)?;
        let started = Instant::now();
        let mut system = LinkedSystem::new();
        let cells: Vec<CellId> = table.counts.iter().map(|count| system.add_cell(*count, Standing::Open)).collect();
        for sum in &table.sums {
            let sum: Vec<CellId> = sum.iter().map(|index| cells[*index]).collect();
            let (total, parts) = sum.split_first().ok_or("a sum without a total")?;
            system.add_sum(*total, parts)?;
        }
        let pattern = suppress(&system, SuppressionRule::default())?;
        let letter = |fate: &Fate| match fate {
            Fate::Primary => 'P',
            Fate::Complementary => 'C',
            Fate::Published | Fate::Hidden => '.',
        };
        let fates: String = pattern.fates().iter().map(letter).collect();
        let (smallest, seconds) = (pattern.is_smallest(), started.elapsed().as_secs_f64());
        writeln!(out, "{}", serde_json::json!({ "fates": fates, "smallest": smallest, "seconds": seconds }))?;
    }
    Ok(())
}
