//! Lists the scenarios below tests/scenarios, so that the page can offer them by title.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let folder = root.join("tests/scenarios");
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut files = Vec::new();
    collect(&folder, &mut files)?;
    files.sort();
    let mut code = String::from("pub const ALL: &[Offer] = &[\n");
    for file in files {
        let text = fs::read_to_string(&file)?;
        let name = file
            .strip_prefix(&root)
            .unwrap_or(&file)
            .to_string_lossy()
            .replace('\\', "/");
        let title = title(&text).unwrap_or(&name);
        let path = file.display().to_string();
        let _ = writeln!(
            code,
            "    Offer {{ name: {name:?}, title: {title:?}, text: include_str!({path:?}) }},",
        );
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

/// The scenario's own title: the first `title = "…"` of the file.
fn title(text: &str) -> Option<&str> {
    let line = text.lines().find_map(|line| line.strip_prefix("title"))?;
    line.trim_start()
        .strip_prefix('=')?
        .trim()
        .trim_matches('"')
        .into()
}
