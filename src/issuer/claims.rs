//! Marking codes used: once each, many per transaction.

use isoloir_store::{Batch, Database, Due, OrderKeeper, StoreError, Transaction, Value};

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
    /// Its survey was closed before it was used.
    Closed,
}

/// Marks codes used, many per transaction.
pub(crate) struct Claims(OrderKeeper);

impl Claims {
    pub(crate) fn new() -> Self {
        Self(OrderKeeper::new(&sql::CHANGING, &[]))
    }

    async fn claim(&mut self, transaction: &mut Transaction, claim: &Claim) -> Result<Claimed, StoreError> {
        let mac = Value::from(&claim.code_mac);
        let marked: Vec<(i32,)> = transaction.rows(sql::USE_INVITATION, &[mac, (&claim.blinded_hash).into()]).await?;
        if !marked.is_empty() {
            self.0.replaced();
            return Ok(Claimed::Granted);
        }
        let stored: Vec<(bool, Vec<u8>)> = transaction.rows(sql::SELECT_INVITATION, &[mac]).await?;
        Ok(match stored.first() {
            None => Claimed::Unknown,
            Some((false, _)) => Claimed::Closed,
            Some((true, hash)) if *hash == claim.blinded_hash => Claimed::Granted,
            Some((true, _)) => Claimed::Used,
        })
    }
}

impl Batch for Claims {
    type Job = Claim;
    type Outcome = Claimed;

    async fn write(&mut self, transaction: &mut Transaction, claims: &[Claim]) -> Result<Vec<Claimed>, StoreError> {
        let mut outcomes = Vec::with_capacity(claims.len());
        for claim in claims {
            outcomes.push(self.claim(transaction, claim).await?);
        }
        Ok(outcomes)
    }

    async fn tidy(&mut self, database: &Database, due: Due) -> Result<bool, StoreError> {
        self.0.tidy(database, due).await
    }
}
