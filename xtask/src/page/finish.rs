//! The last step of a build: every script moves into a file of its own.
//!
//! The page runs under a policy without inline scripts. Trunk.toml therefore lets the page load
//! `boot.js`, which this step writes under a name that carries its hash; and whatever script
//! still stands inside the page (Trunk's reloader during development) becomes a file too.

use super::fingerprint::Fingerprint;
use super::glue;
use anyhow::{Context, Result, anyhow, bail};
use lol_html::{ElementContentHandlers, HtmlRewriter, Selector, Settings, element, text};
use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

const BOOT: &str = include_str!("boot.js");
const WORKBENCH: &str = include_str!("workbench.js");
/// How the name of the worker's program begins.
const TOOLS: &str = "synod-tools";

/// Trunk's server fills these in where it finds them in a page, but not in a file.
const RELOADER_BLANKS: [(&str, &str); 2] = [
    ("'{{__TRUNK_ADDRESS__}}'", "window.location.host"),
    ("{{__TRUNK_WS_BASE__}}", "/"),
];

/// Finishes the page in the folder that Trunk names to its hooks.
pub fn finish_from_hook() -> Result<()> {
    let folder = env::var_os("TRUNK_STAGING_DIR")
        .map(PathBuf::from)
        .context("this command is for Trunk; `cargo xtask build` builds the page")?;
    finish(&folder)?;
    // A page under development keeps the long names.
    let path = folder.join("index.html");
    if env::var("TRUNK_PROFILE").is_ok_and(|profile| profile == "release") {
        let page = fs::read_to_string(&path)?;
        fs::write(&path, glue::shorten_in(&folder, &page)?)?;
    }
    let page = fs::read_to_string(&path)?;
    fs::write(&path, with_workbench(&folder, &page)?)?;
    Ok(())
}

/// Writes the worker's script, which names the worker's program, and gives the page that names it.
fn with_workbench(folder: &Path, page: &str) -> Result<String> {
    let stems = glue::stems(folder)?;
    let tools = stems
        .iter()
        .find(|stem| stem.starts_with(TOOLS))
        .context("Trunk has built no synod-tools")?;
    let script = write_hashed(folder, "workbench", &WORKBENCH.replace(TOOLS, tools))?;
    if !page.contains("workbench.js") {
        bail!("index.html does not name workbench.js");
    }
    Ok(page.replace("workbench.js", &script))
}

fn finish(folder: &Path) -> Result<()> {
    let path = folder.join("index.html");
    let page = fs::read_to_string(&path).context("Trunk has written no index.html")?;
    let boot = write_hashed(folder, "boot", BOOT)?;
    let mut scripts = Vec::new();
    for script in inline_scripts(&page)? {
        scripts.push(write_hashed(folder, "script", &fill_blanks(&script))?);
    }
    fs::write(path, refer_to_files(&page, &boot, &scripts)?)?;
    Ok(())
}

fn write_hashed(folder: &Path, stem: &str, text: &str) -> Result<String> {
    let name = format!("{stem}-{}.js", Fingerprint::short(text.as_bytes()));
    fs::write(folder.join(&name), text)?;
    Ok(name)
}

fn fill_blanks(script: &str) -> String {
    RELOADER_BLANKS
        .iter()
        .fold(script.to_owned(), |text, (blank, value)| {
            text.replace(blank, value)
        })
}

/// The texts of the scripts that stand inside the page, in order.
pub fn inline_scripts(page: &str) -> Result<Vec<String>> {
    let scripts = RefCell::new(Vec::<String>::new());
    let inside = Cell::new(false);
    let handlers = vec![
        element!("script", |script| {
            inside.set(is_inline(script));
            if inside.get() {
                scripts.borrow_mut().push(String::new());
            }
            Ok(())
        }),
        text!("script", |chunk| {
            if inside.get()
                && let Some(last) = scripts.borrow_mut().last_mut()
            {
                last.push_str(chunk.as_str());
            }
            Ok(())
        }),
    ];
    rewrite(page, handlers)?;
    Ok(scripts.into_inner())
}

/// A script that runs and has no address; data that merely stands in a script element is none.
fn is_inline(script: &lol_html::html_content::Element) -> bool {
    let kind = script.get_attribute("type").unwrap_or_default();
    let runs = matches!(kind.as_str(), "" | "module" | "text/javascript");
    runs && !script.has_attribute("src")
}

fn refer_to_files(page: &str, boot: &str, scripts: &[String]) -> Result<String> {
    let booted = Cell::new(0);
    let mut files = scripts.iter();
    let handlers = vec![element!("script", |script| {
        if is_inline(script) {
            let file = files.next().ok_or("a script that was not there before")?;
            script.set_inner_content("", lol_html::html_content::ContentType::Html);
            script.set_attribute("src", &format!("./{file}"))?;
        } else if let Some(address) = script.get_attribute("src")
            && let Some(folder) = address.strip_suffix("boot.js")
        {
            script.set_attribute("src", &format!("{folder}{boot}"))?;
            booted.set(booted.get() + 1);
        }
        Ok(())
    })];
    let rewritten = rewrite(page, handlers)?;
    if booted.get() != 1 {
        bail!(
            "the page should load boot.js once, but does {} times",
            booted.get()
        );
    }
    Ok(rewritten)
}

type Handler<'h> = (Cow<'h, Selector>, ElementContentHandlers<'h>);

/// Passes a page through some handlers.
pub fn rewrite(page: &str, handlers: Vec<Handler<'_>>) -> Result<String> {
    let mut output = Vec::with_capacity(page.len());
    let mut rewriter = HtmlRewriter::new(
        Settings {
            element_content_handlers: handlers,
            ..Settings::new()
        },
        |chunk: &[u8]| output.extend_from_slice(chunk),
    );
    rewriter
        .write(page.as_bytes())
        .and_then(|()| rewriter.end())
        .map_err(|error| anyhow!("the page cannot be read: {error}"))?;
    Ok(String::from_utf8(output)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "<body><script type=\"module\" src=\"./boot.js\"></script>\
        <script type=\"application/json\">{}</script><script>one < two</script></body>";

    #[test]
    fn every_script_that_runs_becomes_a_file() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("index.html"), PAGE).unwrap();
        finish(folder.path()).unwrap();
        let page = fs::read_to_string(folder.path().join("index.html")).unwrap();
        let boot = format!("boot-{}.js", Fingerprint::short(BOOT.as_bytes()));
        let moved = format!("script-{}.js", Fingerprint::short(b"one < two"));
        assert_eq!(
            page,
            format!(
                "<body><script type=\"module\" src=\"./{boot}\"></script>\
                 <script type=\"application/json\">{{}}</script>\
                 <script src=\"./{moved}\"></script></body>"
            )
        );
        assert_eq!(
            fs::read_to_string(folder.path().join(moved)).unwrap(),
            "one < two"
        );
        assert_eq!(fs::read_to_string(folder.path().join(boot)).unwrap(), BOOT);
    }

    #[test]
    fn a_page_that_does_not_boot_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("index.html"), "<body></body>").unwrap();
        assert!(finish(folder.path()).is_err());
    }

    #[test]
    fn the_reloader_finds_its_server_by_itself() {
        let script = "const a = '{{__TRUNK_ADDRESS__}}', b = '{{__TRUNK_WS_BASE__}}';";
        assert_eq!(
            fill_blanks(script),
            "const a = window.location.host, b = '/';"
        );
    }
}
