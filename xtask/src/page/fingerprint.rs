//! A short name for the contents of files, which tells whether anything changed.

use crate::workspace;
use anyhow::{Context, Result};
use sha2::{Digest, Sha256};
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

/// Everything in the workspace that can change the page.
pub const INPUTS: [&str; 12] = [
    "build",
    "Cargo.lock",
    "Cargo.toml",
    ".cargo",
    "crates",
    "src",
    "static",
    "lessons",
    "tests/scenarios",
    "index.html",
    "Trunk.toml",
    "xtask/src/page",
];

/// The hash of some files' paths and contents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// Names the sources of the page, and the tool that may shrink it.
    pub fn of_inputs(root: &Path, wasm_opt: Option<&str>) -> Result<Self> {
        let files: Vec<PathBuf> = INPUTS
            .iter()
            .flat_map(|input| workspace::files(root, input))
            .collect();
        let mut hash = hash_files(root, &files)?;
        hash.update(wasm_opt.unwrap_or("no wasm-opt"));
        Ok(Self(hex(&hash.finalize())))
    }

    /// Names the contents of a folder.
    pub fn of_folder(folder: &Path) -> Result<Self> {
        let files = all_files(folder)?;
        Ok(Self(hex(&hash_files(folder, &files)?.finalize())))
    }

    /// Names some bytes, in the eight digits that file names carry.
    pub fn short(bytes: &[u8]) -> String {
        hex(&Sha256::digest(bytes)[..4])
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Every file below a folder, sorted, relative to it; git's rules do not matter here.
pub fn all_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(next) = open.pop() {
        let entries =
            fs::read_dir(&next).with_context(|| format!("cannot read {}", next.display()))?;
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path);
            } else {
                found.push(path.strip_prefix(folder)?.to_path_buf());
            }
        }
    }
    found.sort();
    Ok(found)
}

fn hash_files(root: &Path, files: &[PathBuf]) -> Result<Sha256> {
    let mut hash = Sha256::new();
    for file in files {
        let bytes =
            fs::read(root.join(file)).with_context(|| format!("cannot read {}", file.display()))?;
        // Lengths keep one file's end apart from the next one's beginning.
        let name = file.to_string_lossy();
        hash.update((name.len() as u64).to_le_bytes());
        hash.update(name.as_bytes());
        hash.update((bytes.len() as u64).to_le_bytes());
        hash.update(&bytes);
    }
    Ok(hash)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_file_changes_the_name() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
            Fingerprint::of_inputs(folder.path(), None).unwrap()
        };
        let first = write("src/main.rs", "fn main() {}");
        assert_eq!(first, write("src/main.rs", "fn main() {}"));
        assert_ne!(first, write("src/main.rs", "fn main() { }"));
        assert_eq!(first, write("src/main.rs", "fn main() {}"));
        assert_eq!(first, write("docs/README.md", "not an input"));
        assert_ne!(
            first,
            Fingerprint::of_inputs(folder.path(), Some("132")).unwrap()
        );
    }

    #[test]
    fn a_short_name_has_eight_digits() {
        assert_eq!(Fingerprint::short(b"").len(), 8);
    }
}
