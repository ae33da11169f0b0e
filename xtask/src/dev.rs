//! A quick build that is rebuilt and reloaded at each change.

use crate::shell::{self, say};
use crate::tools::Toolbox;
use crate::{page, workspace};
use anyhow::Result;

/// Serves the page until the program ends.
pub fn run(port: u16) -> Result<()> {
    let toolbox = Toolbox::locate()?;
    toolbox.ensure_for_page()?;
    page::fetch_crates(&workspace::root())?;
    // The release page in dist/ stays as it is.
    let folder = workspace::target().join("synod-dev");
    std::fs::create_dir_all(&folder)?;
    say(&format!(
        "Synod will be at http://127.0.0.1:{port}/ and follow each change."
    ));
    let mut trunk = page::trunk(&toolbox, "serve");
    trunk
        .args(["--address=127.0.0.1", "--port", &port.to_string(), "--dist"])
        .arg(folder);
    // Trunk refuses a path that is not there, and an empty folder is not in every checkout.
    for input in page::INPUTS.map(|input| workspace::root().join(input)) {
        if input.exists() {
            trunk.arg("--watch").arg(input);
        }
    }
    shell::run(&mut trunk)
}
