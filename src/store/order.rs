//! When the order in which rows were written is forgotten.

use std::time::{Duration, Instant};

use crate::{Database, StoreError, Table};

/// Up to this size everything is rewritten whenever nobody waits; it takes well under a second.
const ALWAYS_BELOW_BYTES: u64 = 64 * 1024 * 1024;
/// Above it, and while responses keep coming, whenever the file has grown by one part in this many.
const GROWTH_PART: u64 = 20;
/// How long to wait before trying again to empty a log that a reader holds.
const RETRY: Duration = Duration::from_secs(1);

/// Why now is a moment to tidy up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// Jobs have been coming without a pause for a while.
    UnderLoad,
    /// Nobody is waiting.
    Quiet,
    /// No more jobs will come, or a survey was closed.
    End,
}

/// Rewrites a role's tables when it is time ([`Database::forget_order`]), and what is recent in between.
#[derive(Debug)]
pub struct OrderKeeper {
    tables: &'static [Table],
    recent: &'static [Table],
    bytes_when_rewritten: u64,
    has_moved: bool,
    has_replaced: bool,
    reader_since: Option<Instant>,
}

impl OrderKeeper {
    /// For these tables, which may have been left in any order; `recent` are those of which the batch rewrites every row.
    pub fn new(tables: &'static [Table], recent: &'static [Table]) -> Self {
        Self { tables, recent, bytes_when_rewritten: 0, has_moved: true, has_replaced: false, reader_since: None }
    }

    /// To be called when rows were added.
    pub fn moved(&mut self) {
        self.has_moved = true;
    }

    /// To be called when rows took other values of the same length: in a `SQLite` file they keep their place.
    pub fn replaced(&mut self) {
        self.has_replaced = true;
    }

    /// Forgets what is to be forgotten now; `false` when something is left for the next time.
    ///
    /// # Errors
    /// [`StoreError::Statement`]; it is then tried again the next time.
    pub async fn tidy(&mut self, database: &Database, due: Due) -> Result<bool, StoreError> {
        if due != Due::End && self.reader_since.is_some_and(|since| since.elapsed() < RETRY) {
            return Ok(false);
        }
        let is_emptied = if self.is_rewrite_due(database, due).await? {
            let is_emptied = database.forget_order(self.tables).await?;
            self.bytes_when_rewritten = database.size_bytes(self.tables).await?;
            (self.has_moved, self.has_replaced) = (false, false);
            is_emptied
        } else {
            database.forget_recent(self.recent).await?
        };
        if !is_emptied && self.reader_since.is_none() {
            tracing::warn!(
                "un autre programme lit la base : le journal des écritures n’est pas vidé avant qu’il ait fini ; si ce n’est pas une \
                 sauvegarde en cours, fermez-le"
            );
        }
        self.reader_since = (!is_emptied).then(Instant::now);
        Ok(is_emptied)
    }

    async fn is_rewrite_due(&self, database: &Database, due: Due) -> Result<bool, StoreError> {
        let is_disordered = self.has_moved || self.has_replaced && database.keeps_former_rows();
        if !is_disordered || due == Due::End {
            return Ok(is_disordered);
        }
        let bytes = database.size_bytes(self.tables).await?;
        let has_grown = bytes.saturating_sub(self.bytes_when_rewritten) * GROWTH_PART >= bytes;
        Ok(has_grown || due == Due::Quiet && bytes <= ALWAYS_BELOW_BYTES)
    }
}
