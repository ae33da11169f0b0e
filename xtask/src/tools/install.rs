//! Getting what is missing. Each step says in one line what it does and how long it takes.

use super::{Tool, Toolbox, Version, versions};
use crate::shell::{self, say};
use anyhow::{Context, Result};
use std::fs;
use std::io::IsTerminal;
use std::path::Path;
use std::process::Command;

/// The major version of Node to get where the machine's own is too old.
const NODE: u32 = 22;

const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// Tools are built quickly rather than made fast: they run for seconds and compile for minutes.
const QUICK_BUILD: [(&str, &str); 3] = [
    ("CARGO_PROFILE_RELEASE_LTO", "off"),
    ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16"),
    ("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1"),
];

/// Variables that would bend a tool's build to this workspace's needs.
const FOREIGN_VARIABLES: [&str; 5] = [
    "RUSTFLAGS",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_BUILD_TARGET",
    "CARGO_BUILD_RUSTFLAGS",
    "CARGO_INSTALL_ROOT",
];

/// Adds the compiler's wasm target where it is missing.
pub fn wasm_target() -> Result<()> {
    if has_wasm_target() {
        return Ok(());
    }
    say("Adding the compiler's wasm target (a few seconds).");
    shell::run(Command::new("rustup").args(["target", "add", WASM_TARGET])).with_context(|| {
        format!("the target {WASM_TARGET} is missing; install it for your Rust compiler")
    })
}

fn has_wasm_target() -> bool {
    let mut rustc = Command::new("rustc");
    rustc.args(["--print", "target-libdir", "--target", WASM_TARGET]);
    shell::capture(&mut rustc)
        .is_ok_and(|said| said.success && Path::new(said.text.trim()).is_dir())
}

/// Adds a component of the toolchain, such as rustfmt, where it is missing.
pub fn component(program: &str, name: &str) -> Result<()> {
    if shell::succeeds(shell::cargo(&crate::workspace::root()).args([program, "--version"])) {
        return Ok(());
    }
    say(&format!("Adding {name} to the toolchain (a few seconds)."));
    shell::run(Command::new("rustup").args(["component", "add", name]))
        .with_context(|| format!("{name} is missing; install it for your Rust compiler"))
}

/// Builds a tool from its source into the folder of tools.
pub fn from_source(toolbox: &Toolbox, tool: Tool, version: &Version) -> Result<()> {
    let (name, minutes) = match tool {
        Tool::WasmBindgen => ("wasm-bindgen-cli", "2 to 4 minutes"),
        _ => (tool.program(), "4 to 6 minutes"),
    };
    let folder = toolbox.folder();
    fs::create_dir_all(folder)
        .with_context(|| format!("cannot make the folder for tools, {}", folder.display()))?;
    let shown = folder.display();
    say(&format!(
        "Building {name} {version} into {shown} ({minutes}, once)."
    ));
    let scratch = folder.join("build");
    // The folder of tools lies outside the workspace, so that its settings do not apply.
    let mut install = shell::cargo(folder);
    install.args(["install", "--force", "--root"]).arg(folder);
    install.args(["--version", version, name]);
    if tool == Tool::Trunk {
        // The lock that wasm-bindgen-cli ships names a release that was withdrawn.
        install.arg("--locked");
    }
    if !std::io::stderr().is_terminal() {
        install.arg("--quiet");
    }
    for variable in FOREIGN_VARIABLES {
        install.env_remove(variable);
    }
    install.env("CARGO_TARGET_DIR", &scratch).envs(QUICK_BUILD);
    let outcome = shell::run(&mut install)
        .with_context(|| format!("{name} {version} could not be built; is there a network?"));
    // What was compiled on the way is of no further use.
    let _ = fs::remove_dir_all(&scratch);
    outcome
}

/// Gets wasm-opt through npm where Node is there, and goes on without it otherwise.
pub fn wasm_opt(toolbox: &Toolbox) -> Result<()> {
    if usable_wasm_opt(toolbox).is_some() {
        return Ok(());
    }
    let npm = shell::find_program("npm", &toolbox.search_path());
    if npm.is_none() || !shell::succeeds(toolbox.command("node").arg("--version")) {
        say("Node and npm are not there: the page is built without wasm-opt, half as large again.");
        return Ok(());
    }
    say("Getting wasm-opt with npm (half a minute, once).");
    let package = format!("binaryen@{}", versions::WASM_OPT);
    if let Err(error) = npm_package(toolbox, "npm", &package) {
        say(&format!(
            "{error:#}: the page is built without wasm-opt, half as large again."
        ));
    }
    Ok(())
}

/// Gets a Node through npm that is newer than the machine's own.
pub fn node(toolbox: &Toolbox) -> Result<()> {
    say("Getting a newer Node with npm (half a minute, once).");
    npm_package(toolbox, "node", &format!("node@{NODE}"))
}

/// Installs a package into a folder of its own among the tools.
fn npm_package(toolbox: &Toolbox, folder: &str, package: &str) -> Result<()> {
    let folder = toolbox.folder().join(folder);
    fs::create_dir_all(&folder)?;
    let mut install = toolbox.command("npm");
    install
        .args([
            "install",
            "--no-audit",
            "--no-fund",
            "--loglevel=error",
            "--prefix",
        ])
        .arg(&folder)
        .arg(package)
        .current_dir(&folder);
    shell::run(&mut install)
}

/// The version of the wasm-opt that would be run, if it is new enough.
pub fn usable_wasm_opt(toolbox: &Toolbox) -> Option<Version> {
    toolbox
        .version_of(Tool::WasmOpt)
        .filter(|version| versions::major(version) >= Some(versions::WASM_OPT))
}
