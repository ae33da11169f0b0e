//! Where the workspace and its parts lie.

use anyhow::{Context, Result};
use ignore::WalkBuilder;
use std::env;
use std::path::{Path, PathBuf};

/// The workspace's root folder.
pub fn root() -> PathBuf {
    // Cargo sets the variable at each run, so a checkout that was moved is still found.
    let manifest = env::var_os("CARGO_MANIFEST_DIR")
        .map(PathBuf::from)
        .filter(|folder| folder.ends_with("xtask"))
        .unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")));
    manifest
        .parent()
        .expect("xtask lies inside the workspace")
        .to_path_buf()
}

/// The folder into which cargo builds.
pub fn target() -> PathBuf {
    match env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => root().join(folder),
        None => root().join("target"),
    }
}

/// Every file under a folder that git would not ignore, sorted, as paths relative to the root.
pub fn files(root: &Path, under: &str) -> Vec<PathBuf> {
    let folder = root.join(under);
    if !folder.exists() {
        return Vec::new();
    }
    let mut found: Vec<PathBuf> = WalkBuilder::new(folder)
        .hidden(false)
        .require_git(false)
        .parents(true)
        .filter_entry(|entry| entry.file_name() != ".git")
        .build()
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_some_and(|kind| kind.is_file()))
        .filter_map(|entry| entry.path().strip_prefix(root).ok().map(Path::to_path_buf))
        .collect();
    found.sort();
    found
}

/// The version of a package that Cargo.lock names.
pub fn locked_version(package: &str) -> Result<String> {
    let text = std::fs::read_to_string(root().join("Cargo.lock"))
        .context("Cargo.lock cannot be read; `cargo generate-lockfile` writes it")?;
    version_in_lock(&text, package)
}

fn version_in_lock(text: &str, package: &str) -> Result<String> {
    let lock: toml::Table = text.parse().context("Cargo.lock is not valid TOML")?;
    lock.get("package")
        .and_then(|packages| packages.as_array())
        .into_iter()
        .flatten()
        .find(|entry| entry.get("name").and_then(|name| name.as_str()) == Some(package))
        .and_then(|entry| entry.get("version")?.as_str().map(str::to_owned))
        .with_context(|| format!("Cargo.lock names no package {package}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_tells_a_version_by_the_exact_name() {
        let lock = "[[package]]\nname = \"a-b\"\nversion = \"1.0.0\"\n\
                    [[package]]\nname = \"a\"\nversion = \"2.0.0\"\n";
        assert_eq!(version_in_lock(lock, "a").unwrap(), "2.0.0");
        assert!(version_in_lock(lock, "b").is_err());
    }

    #[test]
    fn files_are_found_relative_to_the_root() {
        let found = files(&root(), "xtask/src");
        assert!(
            found.contains(&PathBuf::from("xtask/src/workspace.rs")),
            "{found:?}"
        );
    }
}
