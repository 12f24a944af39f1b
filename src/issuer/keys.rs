//! Secrets on disk: one PEM file per survey, and the key under which invitation codes are hashed. Mode 0600, written whole
//! or not at all, refused when others may read them.

use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use isoloir_survey::SurveyId;
use isoloir_token::key::{KeyError, PrivateKey};
use rand::CryptoRng;
use zeroize::Zeroizing;

/// A key file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// The file cannot be read or written.
    #[error("clé {} : {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Others may read it.
    #[error("clé {} : d’autres comptes peuvent la lire (mode {mode:o}) ; faites « chmod 600 {} »", path.display(), path.display())]
    Readable {
        /// The file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// It holds no usable key.
    #[error("clé {} : {source} ; restaurez-la depuis une sauvegarde", path.display())]
    Key {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: KeyError,
    },
    /// It has not the right length.
    #[error("clé {} : 32 octets attendus ; restaurez-la depuis une sauvegarde", path.display())]
    Length {
        /// The file.
        path: PathBuf,
    },
}

/// The issuer's key folder.
#[derive(Debug, Clone)]
pub(crate) struct KeyFolder(PathBuf);

impl KeyFolder {
    pub(crate) fn open(path: &Path) -> Result<Self, KeyFileError> {
        let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
        made.map_err(|source| KeyFileError::Io { path: path.to_owned(), source })?;
        Ok(Self(path.to_owned()))
    }

    fn path(&self, survey: &SurveyId) -> PathBuf {
        self.0.join(format!("{survey}.pem"))
    }

    /// The key of a survey, when it has one.
    pub(crate) fn load(&self, survey: &SurveyId) -> Result<Option<PrivateKey>, KeyFileError> {
        let path = self.path(survey);
        let Some(pem) = read_private(&path)? else { return Ok(None) };
        PrivateKey::from_pem(&pem).map(Some).map_err(|source| KeyFileError::Key { path, source })
    }

    /// Stores a new key; never replaces one, because the letters that carry its fingerprint cannot be called back.
    pub(crate) fn store(&self, survey: &SurveyId, key: &PrivateKey) -> Result<(), KeyFileError> {
        let path = self.path(survey);
        let pem = key.to_pem().map_err(|source| KeyFileError::Key { path: path.clone(), source })?;
        write_private(&path, &pem)
    }

    /// The key under which codes are hashed, made at first use.
    pub(crate) fn code_key(&self, rng: &mut impl CryptoRng) -> Result<Zeroizing<[u8; 32]>, KeyFileError> {
        let path = self.0.join("codes.key");
        if let Some(bytes) = read_private(&path)? {
            let key = bytes.as_slice().try_into().map_err(|_| KeyFileError::Length { path })?;
            return Ok(Zeroizing::new(key));
        }
        let mut key = Zeroizing::new([0; 32]);
        rng.fill_bytes(&mut key[..]);
        write_private(&path, &key[..])?;
        Ok(key)
    }
}

fn read_private(path: &Path) -> Result<Option<Zeroizing<Vec<u8>>>, KeyFileError> {
    let io = |source| KeyFileError::Io { path: path.to_owned(), source };
    let metadata = match std::fs::metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        other => other.map_err(io)?,
    };
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(KeyFileError::Readable { path: path.to_owned(), mode });
    }
    std::fs::read(path).map(|bytes| Some(Zeroizing::new(bytes))).map_err(io)
}

/// Written beside, synced, then linked into place, so that a crash leaves the whole file or none and an existing key is
/// never overwritten.
fn write_private(path: &Path, bytes: &[u8]) -> Result<(), KeyFileError> {
    let temporary = path.with_extension("new");
    let write = || {
        let _ = std::fs::remove_file(&temporary);
        let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::hard_link(&temporary, path)?;
        std::fs::remove_file(&temporary)?;
        path.parent().map_or(Ok(()), |folder| std::fs::File::open(folder)?.sync_all())
    };
    write().map_err(|source| KeyFileError::Io { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_others_may_read_is_refused() {
        let folder = tempfile::tempdir().expect("folder");
        let keys = KeyFolder::open(folder.path()).expect("keys");
        let survey = SurveyId::parse("essai").expect("id");
        keys.store(&survey, &PrivateKey::generate().expect("key")).expect("stored");
        assert!(keys.load(&survey).expect("loaded").is_some());
        let path = folder.path().join("essai.pem");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).expect("chmod");
        let error = keys.load(&survey).expect_err("refused");
        assert!(error.to_string().contains("chmod 600"), "{error}");
    }

    #[test]
    fn a_key_is_never_replaced() {
        let folder = tempfile::tempdir().expect("folder");
        let keys = KeyFolder::open(folder.path()).expect("keys");
        let survey = SurveyId::parse("essai").expect("id");
        let key = PrivateKey::generate().expect("key");
        keys.store(&survey, &key).expect("stored");
        assert!(keys.store(&survey, &PrivateKey::generate().expect("key")).is_err());
        let kept = keys.load(&survey).expect("loaded").expect("there");
        assert_eq!(kept.public_key().id(), key.public_key().id());
    }

    #[test]
    fn a_file_that_is_no_key_is_refused_by_name() {
        let folder = tempfile::tempdir().expect("folder");
        let keys = KeyFolder::open(folder.path()).expect("keys");
        write_private(&folder.path().join("essai.pem"), b"-----BEGIN NOTHING-----").expect("written");
        let error = keys.load(&SurveyId::parse("essai").expect("id")).expect_err("refused");
        assert!(error.to_string().contains("essai.pem"), "{error}");
    }
}
