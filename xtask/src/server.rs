//! A small server of static files, for this machine only.

use anyhow::{Context, Result};
use axum::Router;
use axum::http::{HeaderName, HeaderValue, header};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::thread;
use tower_http::services::ServeDir;
use tower_http::set_header::SetResponseHeaderLayer;

/// What the page may load and run: its own files and its own wasm.
pub const POLICY: &str = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'";

/// What every answer says besides its content.
const HEADERS: [(HeaderName, &str); 3] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    // A browser asks again each time, so that a new build is seen at once.
    (header::CACHE_CONTROL, "no-cache"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
];

/// A server that is bound to its port.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    folder: PathBuf,
}

impl Server {
    /// Takes a port at 127.0.0.1; port 0 takes any that is free.
    pub fn bind(port: u16, folder: PathBuf) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
            .with_context(|| format!("port {port} cannot be had; choose one with --port"))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        Ok(Self {
            listener,
            address,
            folder,
        })
    }

    /// The address of the page.
    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// Serves until the program ends.
    pub fn run(self) -> Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .build()?;
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(self.listener)?;
            axum::serve(listener, files(self.folder)).await
        })?;
        Ok(())
    }

    /// Serves on a thread of its own until the program ends, and tells the page's address.
    pub fn spawn(self) -> String {
        let url = self.url();
        thread::spawn(move || self.run());
        url
    }
}

/// The files of a folder and nothing outside it.
fn files(folder: PathBuf) -> Router {
    let mut router = Router::new().fallback_service(ServeDir::new(folder));
    for (name, value) in HEADERS {
        let value = HeaderValue::from_static(value);
        router = router.layer(SetResponseHeaderLayer::overriding(name, value));
    }
    router
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::io::{Read, Write};
    use std::net::TcpStream;

    /// Serves a small folder with a secret beside it, asks once and gives the whole answer.
    fn ask(line: &str) -> String {
        let outer = tempfile::tempdir().unwrap();
        let inner = outer.path().join("dist");
        fs::create_dir(&inner).unwrap();
        fs::write(outer.path().join("secret"), "outside").unwrap();
        fs::write(inner.join("index.html"), "<p>page</p>").unwrap();
        fs::write(inner.join("a b.wasm"), "wasm").unwrap();
        fs::write(inner.join("boot.js"), "boot()").unwrap();
        let server = Server::bind(0, inner).unwrap();
        let address = server.address;
        assert!(address.ip().is_loopback());
        server.spawn();
        let mut stream = TcpStream::connect(address).unwrap();
        write!(
            stream,
            "{line} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    fn check(line: &str, status: u16, contains: &[&str]) {
        let answer = ask(line);
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{line}: {answer}"
        );
        for part in contains {
            assert!(answer.contains(part), "{line}: {part} is not in {answer}");
        }
        assert!(!answer.contains("outside"), "{line}: {answer}");
    }

    #[test]
    fn files_are_served_with_their_types() {
        check("GET /", 200, &["content-type: text/html", "<p>page</p>"]);
        check("GET /?bench=engine", 200, &["<p>page</p>"]);
        check(
            "GET /a%20b.wasm",
            200,
            &["content-type: application/wasm\r\n"],
        );
        check("GET /boot.js", 200, &["content-type: text/javascript"]);
        check("HEAD /boot.js", 200, &["content-length: 6\r\n"]);
        check("GET /none", 404, &[]);
        check("POST /", 405, &[]);
    }

    #[test]
    fn every_answer_carries_the_policy() {
        let policy = format!("content-security-policy: {POLICY}\r\n");
        let headers = [policy.as_str(), "cache-control: no-cache\r\n"];
        check("GET /", 200, &headers);
        check("GET /none", 404, &headers);
    }

    #[test]
    fn no_address_leads_outside_the_folder() {
        for path in [
            "/../secret",
            "/%2e%2e/secret",
            "/..%2fsecret",
            "/..%5csecret",
            "//../secret",
        ] {
            check(&format!("GET {path}"), 404, &[]);
        }
    }

    #[test]
    fn a_port_that_is_taken_is_told() {
        let first = Server::bind(0, PathBuf::new()).unwrap();
        let told = Server::bind(first.address.port(), PathBuf::new())
            .err()
            .unwrap();
        assert!(told.to_string().contains("--port"), "{told}");
    }
}
