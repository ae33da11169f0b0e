//! The tools that the page is built with, kept in a folder of their own for each user.

mod install;
mod machine;
mod versions;

pub use install::{component, usable_wasm_opt, wasm_target};
pub use machine::{CHROMIUM_FLAGS, Machine};
pub use versions::Tool;

use versions::Version;

use anyhow::{Context, Result};
use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder of tools, and the search path that puts it first.
pub struct Toolbox {
    folder: PathBuf,
}

impl Toolbox {
    /// Finds the folder: `$SYNOD_TOOLS`, or `synod/tools` in the user's cache.
    pub fn locate() -> Result<Self> {
        let folder = choose_folder(|name| env::var_os(name).filter(|value| !value.is_empty()))?;
        Ok(Self {
            folder: std::path::absolute(folder)?,
        })
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The search path for programs: our own tools, then the user's.
    pub fn search_path(&self) -> OsString {
        let own = ["bin", "node/node_modules/.bin", "npm/node_modules/.bin"];
        let own = own.map(|folder| self.folder.join(folder));
        let users = env::var_os("PATH").unwrap_or_default();
        env::join_paths(own.into_iter().chain(env::split_paths(&users)))
            .expect("a folder of a search path holds no separator")
    }

    /// Starts a command line that finds our own tools first.
    pub fn command(&self, program: &str) -> Command {
        let search_path = self.search_path();
        let program = crate::shell::find_program(program, &search_path)
            .map_or_else(|| OsString::from(program), PathBuf::into_os_string);
        let mut command = Command::new(program);
        command.env("PATH", search_path);
        command
    }

    /// The version of a tool that would be run, if it is there.
    pub fn version_of(&self, tool: Tool) -> Option<Version> {
        versions::of_program(&mut self.command(tool.program()))
    }

    /// Gets whatever the page's build needs and this machine lacks.
    pub fn ensure_for_page(&self) -> Result<()> {
        install::wasm_target()?;
        self.ensure(Tool::Trunk)?;
        self.ensure(Tool::WasmBindgen)?;
        install::wasm_opt(self)
    }

    /// Gets what the tests in wasm need.
    pub fn ensure_for_wasm_tests(&self) -> Result<()> {
        install::wasm_target()?;
        self.ensure(Tool::WasmBindgen)
    }

    fn ensure(&self, tool: Tool) -> Result<()> {
        let wanted = tool.wanted()?;
        if self.version_of(tool).as_ref() == Some(&wanted) {
            return Ok(());
        }
        install::from_source(self, tool, &wanted)
    }
}

fn choose_folder(variable: impl Fn(&str) -> Option<OsString>) -> Result<PathBuf> {
    if let Some(folder) = variable("SYNOD_TOOLS") {
        return Ok(folder.into());
    }
    if let Some(cache) = variable("XDG_CACHE_HOME") {
        return Ok(PathBuf::from(cache).join("synod/tools"));
    }
    let home = variable("HOME")
        .or_else(|| variable("USERPROFILE"))
        .context("no home folder is known; set SYNOD_TOOLS to a folder for the tools")?;
    Ok(PathBuf::from(home).join(".cache/synod/tools"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(variables: &[(&str, &str)], expect: Option<&str>) {
        let folder = choose_folder(|name| {
            let found = variables.iter().find(|(key, _)| *key == name)?;
            Some(OsString::from(found.1))
        });
        assert_eq!(folder.ok(), expect.map(PathBuf::from));
    }

    #[test]
    fn the_folder_follows_the_most_specific_variable() {
        let home = ("HOME", "/h");
        let cache = ("XDG_CACHE_HOME", "/c");
        check(&[home], Some("/h/.cache/synod/tools"));
        check(&[home, cache], Some("/c/synod/tools"));
        check(&[home, cache, ("SYNOD_TOOLS", "/t")], Some("/t"));
        check(&[], None);
    }
}
