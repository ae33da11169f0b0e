//! Running other programs, and telling the reader about it.

use anyhow::{Context, Result, bail};
use std::env;
use std::io::{Read, Write, pipe};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Says in one line what is being done.
pub fn say(line: &str) {
    println!("{line}");
    // A pipe or a log file should show the line before the minutes of work that follow it.
    let _ = std::io::stdout().flush();
}

/// What a captured program said, and whether it succeeded.
pub struct Captured {
    pub success: bool,
    /// Standard output and standard error, in the order in which they came.
    pub text: String,
}

/// Runs a program whose output the reader sees; a failure is an error.
pub fn run(command: &mut Command) -> Result<()> {
    let status = command
        .status()
        .with_context(|| format!("could not start {}", describe(command)))?;
    if !status.success() {
        bail!("{} failed ({status})", describe(command));
    }
    Ok(())
}

/// Runs a program without input and keeps all that it says.
pub fn capture(command: &mut Command) -> Result<Captured> {
    let (mut reader, writer) = pipe()?;
    command
        .stdin(Stdio::null())
        .stdout(writer.try_clone()?)
        .stderr(writer);
    let mut child = command
        .spawn()
        .with_context(|| format!("could not start {}", describe(command)))?;
    // The command holds the pipe's writing end; it must go, or reading never ends.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes)?;
    let success = child.wait()?.success();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    Ok(Captured { success, text })
}

/// Tells whether a program can be started and ends well, and drops what it says.
pub fn succeeds(command: &mut Command) -> bool {
    capture(command).is_ok_and(|captured| captured.success)
}

/// Starts a cargo command line without the variables that `cargo xtask` itself was given.
pub fn cargo(folder: &Path) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(folder);
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
    command
}

/// Finds a program by its name on a search path.
pub fn find_program(name: &str, search_path: &std::ffi::OsStr) -> Option<PathBuf> {
    let file_name = format!("{name}{}", env::consts::EXE_SUFFIX);
    env::split_paths(search_path)
        .map(|folder| folder.join(&file_name))
        .find(|path| is_program(path))
}

#[cfg(unix)]
fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata()
        .is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(path: &Path) -> bool {
    path.is_file()
}

/// The command line as the reader would type it.
pub fn describe(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program.file_name().unwrap_or(program.as_os_str());
    let mut words = vec![name.to_string_lossy().into_owned()];
    words.extend(
        command
            .get_args()
            .map(|arg| arg.to_string_lossy().into_owned()),
    );
    format!("`{}`", words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_captured_program_tells_what_it_said() {
        let captured = capture(cargo(Path::new(".")).arg("--version")).unwrap();
        assert!(captured.success);
        assert!(captured.text.starts_with("cargo "), "{}", captured.text);
    }

    #[test]
    fn a_program_that_is_not_there_is_an_error_and_no_panic() {
        let mut command = Command::new("no-such-program-of-ours");
        assert!(capture(&mut command).is_err());
        assert!(!succeeds(&mut command));
    }

    #[test]
    fn a_command_line_is_shown_without_the_folder_of_its_program() {
        let mut command = Command::new("/usr/bin/trunk");
        command.args(["build", "--release"]);
        assert_eq!(describe(&command), "`trunk build --release`");
    }
}
