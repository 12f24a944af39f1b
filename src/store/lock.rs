//! Who has a database file open. On a server, processes take turns instead.

use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use crate::{Location, StoreError};

/// How a database file is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    /// With others that share it.
    Shared,
    /// Alone.
    Alone,
}

impl Location {
    /// Holds the file until the answer is dropped, also when the process ends in any way. A server needs no hold.
    ///
    /// # Errors
    /// [`StoreError::InUse`] when another process holds it in a way that excludes this one.
    pub fn hold(&self, hold: Hold) -> Result<Option<File>, StoreError> {
        let Self::File(database) = self else { return Ok(None) };
        let folder = database.parent().unwrap_or(Path::new("."));
        let path = database.with_extension("lock");
        let create = |source| StoreError::Create { path: path.clone(), source };
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(create)?;
        let file = OpenOptions::new().create(true).append(true).mode(0o600).open(&path).map_err(create)?;
        let locked = match hold {
            Hold::Shared => file.try_lock_shared(),
            Hold::Alone => file.try_lock(),
        };
        match locked {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::WouldBlock) => Err(StoreError::InUse { folder: folder.to_owned() }),
            Err(TryLockError::Error(source)) => Err(create(source)),
        }
    }
}
