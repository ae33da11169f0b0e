//! What the browser tests need of the machine: Node and Chromium.

use super::{Toolbox, install, versions};
use crate::shell::{self, say};
use anyhow::{Result, bail};
use std::env;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

/// The oldest Node that the browser tests' driver accepts.
const NODE_MINIMUM: u32 = 20;

const CHROMIUM_NAMES: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];

/// Without these, a browser for tests wants a screen, a sandbox or the network.
pub const CHROMIUM_FLAGS: [&str; 6] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];

const CHROME_ON_MACOS: &str = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";

/// Programs that come with the machine rather than with the project.
pub struct Machine<'a> {
    toolbox: &'a Toolbox,
}

impl<'a> Machine<'a> {
    pub fn new(toolbox: &'a Toolbox) -> Self {
        Self { toolbox }
    }

    /// Finds Node in a version that will do, installing Debian's where that is possible.
    pub fn node(&self) -> Result<PathBuf> {
        if self.find("node").is_none() {
            install_packages(&["nodejs"]);
        }
        if self.find("node").is_none() {
            bail!("Node is missing: install Node {NODE_MINIMUM} or newer.");
        }
        if !self.node_will_do() {
            // Debian's own may be too old; npm has newer ones.
            self.npm()?;
            install::node(self.toolbox)?;
        }
        match self.find("node") {
            Some(node) if self.node_will_do() => Ok(node),
            _ => bail!("Node is too old: install Node {NODE_MINIMUM} or newer."),
        }
    }

    fn node_will_do(&self) -> bool {
        let version = versions::of_program(&mut self.toolbox.command("node"));
        version.is_some_and(|version| versions::major(&version) >= Some(NODE_MINIMUM))
    }

    /// Finds npm, installing Debian's where that is possible.
    pub fn npm(&self) -> Result<PathBuf> {
        if self.find("npm").is_none() {
            install_packages(&["npm"]);
        }
        match self.find("npm") {
            Some(npm) => Ok(npm),
            None => bail!("npm is missing: install it beside Node."),
        }
    }

    /// Finds Chromium or Chrome, installing Debian's where that is possible.
    pub fn chromium(&self) -> Result<PathBuf> {
        if self.find_chromium().is_none() {
            install_packages(&["chromium", "chromium-driver"]);
        }
        match self.find_chromium() {
            Some(chromium) => Ok(chromium),
            None => bail!("Chromium is missing: install it, or set CHROME to its path."),
        }
    }

    /// Finds the driver that lets wasm tests run in Chromium, if it is there.
    pub fn chromedriver(&self) -> Option<PathBuf> {
        self.find("chromedriver")
    }

    fn find_chromium(&self) -> Option<PathBuf> {
        env::var_os("CHROME")
            .map(PathBuf::from)
            .into_iter()
            .chain(CHROMIUM_NAMES.iter().filter_map(|name| self.find(name)))
            .chain([PathBuf::from(CHROME_ON_MACOS)])
            .find(|path| path.is_file())
    }

    fn find(&self, name: &str) -> Option<PathBuf> {
        shell::find_program(name, &self.toolbox.search_path())
    }
}

/// Installs Debian packages where this is Debian and we may; says so when it fails.
fn install_packages(names: &[&str]) {
    let Some(apt) = apt() else { return };
    let list = names.join(" ");
    say(&format!(
        "Installing Debian's {list} (one to three minutes, once)."
    ));
    let mut install = apt.command();
    install
        .args(["install", "-y", "--no-install-recommends"])
        .args(names);
    match shell::capture(&mut install) {
        Ok(said) if said.success => {}
        Ok(said) => say(&format!("apt-get could not install {list}:\n{}", said.text)),
        Err(error) => say(&format!("apt-get could not install {list}: {error:#}")),
    }
}

/// A way to call apt-get with the rights that it needs.
#[derive(Clone, Copy)]
struct Apt {
    with_sudo: bool,
}

impl Apt {
    fn command(self) -> Command {
        let mut command = Command::new(if self.with_sudo { "sudo" } else { "env" });
        if self.with_sudo {
            command.args(["-n", "env"]);
        }
        command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get"]);
        command
    }
}

/// Finds out once whether apt-get is there and may be used, and refreshes its lists.
fn apt() -> Option<Apt> {
    static APT: OnceLock<Option<Apt>> = OnceLock::new();
    *APT.get_or_init(|| {
        shell::find_program("apt-get", &env::var_os("PATH")?)?;
        let user = shell::capture(Command::new("id").arg("-u")).ok()?;
        let with_sudo = user.text.trim() != "0";
        if with_sudo && !shell::succeeds(Command::new("sudo").args(["-n", "true"])) {
            return None;
        }
        let apt = Apt { with_sudo };
        say("Refreshing Debian's package lists (a few seconds).");
        // Old lists may still do; the installation tells when they do not.
        let _ = shell::capture(apt.command().arg("update"));
        Some(apt)
    })
}
