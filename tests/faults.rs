//! Faults of a disk (`tests/faults/faults.c`), compiled when they are needed.
//!
//! Included by each test binary that needs it (`#[path = "…/tests/faults.rs"] mod faults;`).

use std::path::Path;
use std::process::Command;

const SOURCE: &str = include_str!("faults/faults.c");

/// The library, in a folder that is deleted with this.
pub(crate) struct Faults {
    folder: tempfile::TempDir,
}

impl Faults {
    /// Compiles it.
    pub(crate) fn compile() -> Self {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        // A server that runs under another account loads it, too.
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).expect("readable by all");
        std::fs::write(folder.path().join("faults.c"), SOURCE).expect("a source file");
        let compiled = Command::new("gcc")
            .args(["-shared", "-fPIC", "-O2", "-Wall", "-Wextra", "-Werror", "-o", "faults.so", "faults.c"])
            .current_dir(folder.path())
            .status();
        assert!(compiled.is_ok_and(|status| status.success()), "gcc compiles the library: run scripts/setup build");
        Self { folder }
    }

    /// What `LD_PRELOAD` is set to.
    pub(crate) fn library(&self) -> String {
        Path::new(self.folder.path()).join("faults.so").display().to_string()
    }
}
