//! Marking codes used: once each, many per transaction.

use isoloir_store::{Batch, StoreError, forget_log};
use sqlx::sqlite::{SqliteConnection, SqlitePool};

use crate::sql;

/// A code presented with a blinded message, both as hashes.
pub(crate) struct Claim {
    pub(crate) code_mac: [u8; 32],
    pub(crate) blinded_hash: [u8; 32],
}

pub(crate) enum Claimed {
    /// The first time, or again for the same blinded message.
    Granted,
    /// No such code.
    Unknown,
    /// It gave the signature of another blinded message.
    Used,
}

/// Marks codes used, many per transaction.
pub(crate) struct Claims;

impl Batch for Claims {
    type Job = Claim;
    type Outcome = Claimed;

    async fn apply(&mut self, connection: &mut SqliteConnection, claim: &Claim) -> Result<Claimed, sqlx::Error> {
        let marked = sqlx::query(sql::USE_INVITATION)
            .bind(&claim.code_mac[..])
            .bind(&claim.blinded_hash[..])
            .fetch_optional(&mut *connection)
            .await?;
        if marked.is_some() {
            return Ok(Claimed::Granted);
        }
        let stored: Option<Vec<u8>> = sqlx::query_scalar(sql::SELECT_BLINDED_HASH)
            .bind(&claim.code_mac[..])
            .fetch_optional(&mut *connection)
            .await?;
        Ok(match stored {
            None => Claimed::Unknown,
            Some(hash) if hash == claim.blinded_hash => Claimed::Granted,
            Some(_) => Claimed::Used,
        })
    }

    async fn before_commit(&mut self, _: &mut SqliteConnection) -> Result<(), sqlx::Error> {
        Ok(())
    }

    /// The rows are changed in place and tell no order; the log of the changes would.
    async fn after_commit(&mut self, pool: &SqlitePool) -> Result<(), StoreError> {
        forget_log(pool).await
    }

    async fn at_end(&mut self, _: &SqlitePool) -> Result<(), StoreError> {
        Ok(())
    }
}
