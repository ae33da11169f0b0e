//! Building the release page into dist/, and only when something changed.

mod fingerprint;
mod finish;
mod glue;
mod policy;

pub use fingerprint::{INPUTS, all_files as files_in};
pub use finish::{finish_from_hook, rewrite};

use crate::shell::{self, say};
use crate::tools::{self, Toolbox};
use crate::workspace;
use anyhow::{Context, Result, bail};
use fingerprint::Fingerprint;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Trunk's minifier cannot read what wasm-bindgen writes and leaves it as it is; that is no news.
const TRUNK_LOG: &str = "warn,trunk::processing::minify=error";

/// The folder that holds the finished page.
pub fn dist() -> PathBuf {
    workspace::root().join("dist")
}

/// Gets the tools, and builds the page unless dist/ already holds it.
pub fn ensure_built(toolbox: &Toolbox) -> Result<()> {
    toolbox.ensure_for_page()?;
    let wasm_opt = tools::usable_wasm_opt(toolbox);
    let inputs = Fingerprint::of_inputs(&workspace::root(), wasm_opt.as_deref())?;
    let record = workspace::target().join("synod-page.fingerprint");
    if dist_is_current(&record, &inputs) {
        say("dist/ is up to date.");
        return Ok(());
    }
    build(toolbox, wasm_opt.is_some())?;
    let outputs = Fingerprint::of_folder(&dist())?;
    fs::create_dir_all(workspace::target())?;
    fs::write(&record, format!("{inputs}\n{outputs}\n"))?;
    Ok(())
}

/// Tells whether dist/ was built from these inputs and has not been touched since.
fn dist_is_current(record: &Path, inputs: &Fingerprint) -> bool {
    let Ok(recorded) = fs::read_to_string(record) else {
        return false;
    };
    let Ok(outputs) = Fingerprint::of_folder(&dist()) else {
        return false;
    };
    recorded == format!("{inputs}\n{outputs}\n")
}

fn build(toolbox: &Toolbox, with_wasm_opt: bool) -> Result<()> {
    fetch_crates(&workspace::root())?;
    say("Building the release page (1 to 3 minutes from scratch).");
    let mut trunk = trunk(toolbox, "build");
    trunk.arg("--release=true");
    let plain = if with_wasm_opt {
        None
    } else {
        Some(PlainIndex::write()?)
    };
    if let Some(index) = &plain {
        trunk.arg(&index.path);
    }
    shell::run(&mut trunk)?;
    policy::check(&dist())
}

/// Starts a Trunk command line; it finds its tools on the search path and needs no network.
pub fn trunk(toolbox: &Toolbox, verb: &str) -> Command {
    let mut trunk = toolbox.command(tools::Tool::Trunk.program());
    trunk
        .args([
            "--offline=true",
            "--skip-version-check",
            "--log",
            TRUNK_LOG,
            verb,
        ])
        .current_dir(workspace::root())
        .env_remove("RUST_BACKTRACE");
    if std::env::var_os("NO_COLOR").is_some() {
        // Trunk wants a word here, while the convention is that any value will do.
        trunk.env("NO_COLOR", "true");
    }
    trunk
}

/// Downloads the crates of Cargo.lock, so that Trunk can build offline.
pub fn fetch_crates(root: &Path) -> Result<()> {
    if shell::succeeds(shell::cargo(root).args(["fetch", "--offline"])) {
        return Ok(());
    }
    say("Downloading the crates that Cargo.lock names (half a minute).");
    shell::run(shell::cargo(root).args(["fetch", "--quiet"]))
}

/// A copy of index.html that asks for no wasm-opt; it is gone when dropped.
struct PlainIndex {
    path: PathBuf,
}

impl PlainIndex {
    fn write() -> Result<Self> {
        let root = workspace::root();
        let page = fs::read_to_string(root.join("index.html")).context("index.html is missing")?;
        // It must lie beside the original: Trunk resolves the page's links against its folder.
        let path = root.join(".index-without-wasm-opt.html");
        fs::write(&path, without_wasm_opt(&page)?)?;
        Ok(Self { path })
    }
}

impl Drop for PlainIndex {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

fn without_wasm_opt(page: &str) -> Result<String> {
    let mut found = false;
    let rewritten = finish::rewrite(
        page,
        vec![lol_html::element!(
            r#"link[data-trunk][rel="rust"]"#,
            |link| {
                found = true;
                link.set_attribute("data-wasm-opt", "0")?;
                Ok(())
            }
        )],
    )?;
    if !found {
        bail!("index.html has no <link data-trunk rel=\"rust\">.");
    }
    Ok(rewritten)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_can_be_built_without_wasm_opt() {
        let page = r#"<link data-trunk rel="rust" data-wasm-opt="z"><link rel="icon">"#;
        let plain = r#"<link data-trunk rel="rust" data-wasm-opt="0"><link rel="icon">"#;
        assert_eq!(without_wasm_opt(page).unwrap(), plain);
        assert!(without_wasm_opt("<p>").is_err());
    }
}
