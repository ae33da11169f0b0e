//! The finished page in headless Chromium, driven from tests/e2e.

use super::{Tally, counts};
use crate::shell::{self, say};
use crate::tools::{Machine, Toolbox};
use crate::{page, server, workspace};
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// One test may wait this long for the page, in milliseconds.
const TEST_LIMIT_MS: u32 = 300_000;

/// Runs every `tests/e2e/*.test.mjs`.
pub fn tests(toolbox: &Toolbox) -> Result<Tally> {
    let files = test_files(&folder())?;
    if files.is_empty() {
        return Ok(Tally::default());
    }
    let mut node = node_with_page(toolbox)?;
    node.args(["--test", "--test-reporter=tap", "--test-concurrency=1"])
        .arg(format!("--test-timeout={TEST_LIMIT_MS}"))
        .args(files);
    Ok(counts::of_node(shell::capture(&mut node)?))
}

/// The folder of the browser tests.
pub fn folder() -> PathBuf {
    workspace::root().join("tests/e2e")
}

/// Gets everything that drives the page, builds the page, and serves it on a free port; gives
/// a command line of Node that knows where it all is.
pub fn node_with_page(toolbox: &Toolbox) -> Result<Command> {
    let machine = Machine::new(toolbox);
    // Asked for first: with Node there, the build finds wasm-opt too.
    let node = machine.node()?;
    let chromium = machine.chromium()?;
    prepare_node_modules(&machine)?;
    page::ensure_built(toolbox)?;
    let url = server::Server::bind(0, page::dist())?.spawn();
    let mut command = Command::new(node);
    command
        .current_dir(folder())
        .env("SYNOD_URL", url)
        .env("CHROME", chromium);
    Ok(command)
}

/// Installs what package-lock.json names, unless that is there already.
fn prepare_node_modules(machine: &Machine) -> Result<()> {
    let lock = fs::read(folder().join("package-lock.json"))
        .context("tests/e2e/package-lock.json is missing")?;
    let stamp = folder().join("node_modules/.synod-lock");
    if fs::read(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    say("Installing the browser tests' packages with npm (a few seconds).");
    let mut install = Command::new(machine.npm()?);
    install
        .args(["ci", "--no-audit", "--no-fund", "--loglevel=error"])
        .current_dir(folder());
    shell::run(&mut install)?;
    fs::write(stamp, lock)?;
    Ok(())
}

fn test_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).context("tests/e2e is missing")? {
        let path = entry?.path();
        if path.to_string_lossy().ends_with(".test.mjs") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
