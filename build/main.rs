//! Turns the scenarios below tests/scenarios into tables that the page holds.
//!
//! The page could read TOML itself, but the reader of TOML would be a tenth of it. A scenario that
//! is wrong fails the build, with its file, line and column.

mod table;

use std::path::{Path, PathBuf};
use std::{env, fs, io};
use synod_sim::parse_scenario;

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let folder = root.join("tests/scenarios");
    println!("cargo::rerun-if-changed={}", folder.display());
    println!("cargo::rerun-if-changed=build");
    let mut files = Vec::new();
    collect(&folder, &mut files)?;
    // What lies at the top comes first, as it does in the page's menu.
    files.sort_by_key(|file| (file.components().count(), file.clone()));
    let mut code = String::from("pub static ALL: &[Offer] = &[\n");
    for file in files {
        let text = fs::read_to_string(&file)?;
        let name = file.strip_prefix(&folder).unwrap_or(&file);
        let name = name.to_string_lossy().replace('\\', "/");
        match parse_scenario(&text, &format!("tests/scenarios/{name}")) {
            Ok(scenario) => code.push_str(&table::offer(&name, &scenario)),
            Err(errors) => {
                for error in errors {
                    println!("cargo::error={error}");
                }
            }
        }
    }
    code.push_str("];\n");
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    fs::write(out.join("scenarios.rs"), code)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path
            .extension()
            .is_some_and(|extension| extension == "toml")
        {
            files.push(path);
        }
    }
    Ok(())
}
