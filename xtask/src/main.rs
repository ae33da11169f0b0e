//! The project's own commands, `cargo xtask …`; each is a module of its own.

mod bench;
mod dev;
mod page;
mod server;
mod shell;
mod sizes;
mod soak;
mod suite;
mod tidy;
mod tools;
mod workspace;

use anyhow::Result;
use clap::Parser;
use std::process::ExitCode;

#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version, about)]
enum Command {
    /// Get what is missing, build the release page and serve it on this machine.
    Serve {
        /// The port at 127.0.0.1.
        #[arg(long, default_value_t = 8080)]
        port: u16,
    },
    /// Build the release page into dist/, for any static host and any sub-folder.
    Build,
    /// Serve a quick build of the page and rebuild it at each change.
    Dev {
        /// The port at 127.0.0.1.
        #[arg(long, default_value_t = 8080)]
        port: u16,
    },
    /// Run every kind of test, or only those named.
    Test {
        /// A kind to run; may be given several times, or as a list with commas.
        #[arg(long, value_enum, value_delimiter = ',')]
        only: Vec<suite::Kind>,
    },
    /// Run the long sweeps in full.
    Soak,
    /// Measure the engine natively and in a browser, and the size of what is shipped.
    Bench {
        /// A part to run; all of them when none is named.
        #[arg(long, value_enum, value_delimiter = ',')]
        only: Vec<bench::Part>,
    },
    /// Check what the compiler does not: arrows between crates, determinism, names, sizes.
    Tidy,
    /// Finish a page that Trunk has just assembled; Trunk calls this itself.
    #[command(hide = true)]
    FinishPage,
}

fn main() -> ExitCode {
    match run(Command::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<ExitCode> {
    match command {
        Command::Serve { port } => serve(port).map(|()| ExitCode::SUCCESS),
        Command::Build => build().map(|()| ExitCode::SUCCESS),
        Command::Dev { port } => dev::run(port).map(|()| ExitCode::SUCCESS),
        Command::Test { only } => Ok(suite::run(&only)),
        Command::Soak => soak::run().map(|()| ExitCode::SUCCESS),
        Command::Bench { only } => bench::run(&only).map(|()| ExitCode::SUCCESS),
        Command::Tidy => tidy::run(),
        Command::FinishPage => page::finish_from_hook().map(|()| ExitCode::SUCCESS),
    }
}

fn serve(port: u16) -> Result<()> {
    // The port is taken first, so that a clash is told before a build of minutes.
    let server = server::Server::bind(port, page::dist())?;
    page::ensure_built(&tools::Toolbox::locate()?)?;
    shell::say(&format!("Synod is at {} (Ctrl-C ends it).", server.url()));
    server.run()
}

fn build() -> Result<()> {
    page::ensure_built(&tools::Toolbox::locate()?)?;
    shell::say("The page is in dist/; any static host and any sub-folder serves it.");
    Ok(())
}
