//! The kinds that need nothing but the Rust toolchain.

use super::{Tally, counts};
use crate::{shell, tools, workspace};
use anyhow::Result;

/// Formatting.
pub fn fmt() -> Result<Tally> {
    tools::component("fmt", "rustfmt")?;
    let said = cargo(&["fmt", "--all", "--check"])?;
    Ok(Tally::of_one(said.success, said.text))
}

/// Clippy, natively for the whole workspace and for wasm where the page is concerned.
pub fn clippy() -> Result<Tally> {
    tools::component("clippy", "clippy")?;
    tools::wasm_target()?;
    let native = ["--workspace", "--all-targets"];
    let wasm = ["--package=synod", "--target=wasm32-unknown-unknown"];
    let mut tally = Tally::default();
    for scope in [native, wasm] {
        let mut arguments = vec!["clippy", "--quiet"];
        arguments.extend(scope);
        arguments.extend(["--", "-D", "warnings"]);
        let said = cargo(&arguments)?;
        tally.add(&Tally::of_one(said.success, said.text));
    }
    Ok(tally)
}

/// Every Rust test of the workspace.
pub fn tests() -> Result<Tally> {
    let said = cargo(&["test", "--workspace", "--no-fail-fast"])?;
    Ok(counts::of_cargo(said))
}

fn cargo(arguments: &[&str]) -> Result<shell::Captured> {
    shell::capture(shell::cargo(&workspace::root()).args(arguments))
}
