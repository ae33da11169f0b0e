//! Rust tests in a WebAssembly engine: Chromium where its driver is found, Node otherwise.

use super::{Tally, counts};
use crate::tools::{Machine, Toolbox};
use crate::{shell, workspace};
use anyhow::{Context, Result};
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const TARGET: &str = "wasm32-unknown-unknown";

/// Runs every `tests/wasm*.rs` of every crate.
pub fn tests(toolbox: &Toolbox) -> Result<Tally> {
    let found = discover(&workspace::root())?;
    if found.is_empty() {
        return Ok(Tally::default());
    }
    toolbox.ensure_for_wasm_tests()?;
    let machine = Machine::new(toolbox);
    let scratch = tempfile::tempdir()?;
    // Node is asked for only where no browser can run them.
    let chromium = machine.chromium().ok().zip(machine.chromedriver());
    if chromium.is_none() {
        machine.node()?;
    }
    let mut tally = Tally::default();
    for test in found {
        let mut command = command(toolbox, &test);
        if let Some((chromium, driver)) = &chromium {
            let settings = write_settings(scratch.path(), chromium)?;
            command
                .env("WASM_BINDGEN_USE_BROWSER", "1")
                .env("CHROMEDRIVER", driver)
                .env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", settings);
        }
        tally.add(&counted(&test, shell::capture(&mut command)?));
    }
    Ok(tally)
}

/// A file that holds no test would pass for ever, so it counts as a failure.
fn counted(test: &WasmTest, said: shell::Captured) -> Tally {
    let tally = counts::of_cargo(said);
    if tally.passed + tally.failed > 0 {
        return tally;
    }
    let WasmTest { package, name } = test;
    Tally::of_one(
        false,
        format!("{package}: tests/{name}.rs ran no test in wasm.\n"),
    )
}

/// A test file and the package that it belongs to.
#[derive(Debug, PartialEq, Eq)]
struct WasmTest {
    package: String,
    name: String,
}

fn discover(root: &Path) -> Result<Vec<WasmTest>> {
    let mut found = Vec::new();
    for path in workspace::files(root, "crates") {
        let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
        let ["crates", folder, "tests", file] =
            parts.iter().map(AsRef::as_ref).collect::<Vec<_>>()[..]
        else {
            continue;
        };
        if let Some(name) = file.strip_suffix(".rs")
            && name.starts_with("wasm")
        {
            let manifest = root.join("crates").join(folder).join("Cargo.toml");
            let (package, name) = (package_name(&manifest)?, name.to_owned());
            found.push(WasmTest { package, name });
        }
    }
    Ok(found)
}

fn package_name(manifest: &Path) -> Result<String> {
    let table: toml::Table = fs::read_to_string(manifest)?.parse()?;
    table
        .get("package")
        .and_then(|package| package.get("name")?.as_str())
        .map(str::to_owned)
        .with_context(|| format!("{} names no package", manifest.display()))
}

fn command(toolbox: &Toolbox, test: &WasmTest) -> Command {
    let mut command = shell::cargo(&workspace::root());
    command
        .args(["test", "--target", TARGET, "--package", &test.package])
        .args(["--test", &test.name])
        .env("PATH", toolbox.search_path())
        .env(
            "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER",
            "wasm-bindgen-test-runner",
        )
        .env("WASM_BINDGEN_TEST_TIMEOUT", "600")
        .env("WASM_BINDGEN_TEST_DRIVER_TIMEOUT", "60");
    command
}

/// Tells the driver which browser to start, and how.
fn write_settings(folder: &Path, chromium: &Path) -> Result<PathBuf> {
    let path = folder.join("webdriver.json");
    let profile = folder.join("profile");
    let mut flags: Vec<String> = crate::tools::CHROMIUM_FLAGS.map(str::to_owned).to_vec();
    flags.push(format!("--user-data-dir={}", profile.display()));
    let settings = json!({ "goog:chromeOptions": { "binary": chromium, "args": flags } });
    fs::write(&path, settings.to_string())?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wasm_tests_are_found_by_their_names() {
        let root = tempfile::tempdir().unwrap();
        let tests = root.path().join("crates/sim/tests");
        fs::create_dir_all(&tests).unwrap();
        fs::write(
            root.path().join("crates/sim/Cargo.toml"),
            "package = { name = 'synod-sim' }",
        )
        .unwrap();
        fs::write(tests.join("wasm_replay.rs"), "").unwrap();
        fs::write(tests.join("golden.rs"), "").unwrap();
        let expect = WasmTest {
            package: "synod-sim".to_owned(),
            name: "wasm_replay".to_owned(),
        };
        assert_eq!(discover(root.path()).unwrap(), [expect]);
    }
}
