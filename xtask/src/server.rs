//! A small server of static files, for this machine only.

use anyhow::{Context, Result};
use percent_encoding::percent_decode_str;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::thread;
use tiny_http::{Header, Method, Request, Response};

/// What the page may load and run: its own files and its own wasm.
pub const POLICY: &str = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'";

const THREADS: usize = 4;

/// A server that is bound to its port.
pub struct Server {
    http: Arc<tiny_http::Server>,
    folder: Arc<PathBuf>,
}

impl Server {
    /// Takes a port at 127.0.0.1; port 0 takes any that is free.
    pub fn bind(port: u16, folder: PathBuf) -> Result<Self> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let http = tiny_http::Server::http(address)
            .map_err(|error| anyhow::anyhow!("{error}"))
            .with_context(|| format!("port {port} cannot be had; choose one with --port"))?;
        Ok(Self {
            http: Arc::new(http),
            folder: Arc::new(folder),
        })
    }

    /// The address of the page.
    pub fn url(&self) -> String {
        format!("http://{}/", self.http.server_addr())
    }

    /// Serves until the program ends.
    pub fn run(&self) {
        for worker in self.spawn() {
            let _ = worker.join();
        }
    }

    /// Serves on threads of its own.
    pub fn spawn(&self) -> Vec<thread::JoinHandle<()>> {
        (0..THREADS)
            .map(|_| {
                let (http, folder) = (Arc::clone(&self.http), Arc::clone(&self.folder));
                thread::spawn(move || {
                    for request in http.incoming_requests() {
                        answer(&folder, request);
                    }
                })
            })
            .collect()
    }
}

fn answer(folder: &Path, request: Request) {
    let (status, kind, body) = match request.method() {
        Method::Get | Method::Head => load(folder, request.url()),
        _ => plain(405, "Only GET and HEAD are answered."),
    };
    let mut response = Response::from_data(body).with_status_code(status);
    for (name, value) in [
        ("Content-Type", kind.as_str()),
        ("Content-Security-Policy", POLICY),
        ("Cache-Control", "no-cache"),
        ("X-Content-Type-Options", "nosniff"),
    ] {
        response.add_header(Header::from_bytes(name, value).expect("these headers are ASCII"));
    }
    // A reader who closes the page early is no error of ours.
    let _ = request.respond(response);
}

fn load(folder: &Path, url: &str) -> (u16, String, Vec<u8>) {
    let Some(path) = file_of(folder, url) else {
        return plain(404, "There is no such file.");
    };
    match fs::read(&path) {
        Ok(body) => (200, media_type(&path), body),
        Err(_) => plain(404, "There is no such file."),
    }
}

fn plain(status: u16, sentence: &str) -> (u16, String, Vec<u8>) {
    let body = format!("{sentence}\n").into_bytes();
    (status, "text/plain; charset=utf-8".to_owned(), body)
}

/// The file that an address means, if it lies inside the folder.
fn file_of(folder: &Path, url: &str) -> Option<PathBuf> {
    let address = url.split(['?', '#']).next()?;
    let decoded = percent_decode_str(address).decode_utf8().ok()?;
    if decoded.contains(['\\', '\0']) {
        return None;
    }
    let relative = Path::new(decoded.trim_start_matches('/'));
    let stays_inside = relative
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    if !stays_inside {
        return None;
    }
    let folder = folder.canonicalize().ok()?;
    let mut path = folder.join(relative);
    if path.is_dir() {
        path.push("index.html");
    }
    // A link on disk must not lead outside either.
    let path = path.canonicalize().ok()?;
    path.starts_with(&folder).then_some(path)
}

fn media_type(path: &Path) -> String {
    let kind = mime_guess::from_path(path).first_or_octet_stream();
    let is_text = kind.type_() == mime_guess::mime::TEXT
        || kind.subtype() == mime_guess::mime::JAVASCRIPT
        || kind.subtype() == mime_guess::mime::JSON;
    if is_text {
        format!("{}; charset=utf-8", kind.essence_str())
    } else {
        kind.essence_str().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::net::TcpStream;

    fn folder() -> tempfile::TempDir {
        let outer = tempfile::tempdir().unwrap();
        let inner = outer.path().join("dist");
        fs::create_dir(&inner).unwrap();
        fs::write(outer.path().join("secret"), "outside").unwrap();
        fs::write(inner.join("index.html"), "<p>page</p>").unwrap();
        fs::write(inner.join("a b.wasm"), "wasm").unwrap();
        outer
    }

    fn check(url: &str, status: u16, kind: &str, body: &str) {
        let outer = folder();
        let (got_status, got_kind, got_body) = load(&outer.path().join("dist"), url);
        assert_eq!(
            (
                got_status,
                got_kind.as_str(),
                String::from_utf8_lossy(&got_body).trim()
            ),
            (status, kind, body),
            "{url}"
        );
    }

    #[test]
    fn files_are_served_with_their_types() {
        check("/", 200, "text/html; charset=utf-8", "<p>page</p>");
        check(
            "/?bench=engine",
            200,
            "text/html; charset=utf-8",
            "<p>page</p>",
        );
        check("/a%20b.wasm", 200, "application/wasm", "wasm");
        assert_eq!(
            media_type(Path::new("boot.js")),
            "text/javascript; charset=utf-8"
        );
        assert_eq!(media_type(Path::new("icon.svg")), "image/svg+xml");
    }

    #[test]
    fn no_address_leads_outside_the_folder() {
        for url in [
            "/../secret",
            "/%2e%2e/secret",
            "/..%2fsecret",
            "/..\\secret",
            "//..//secret",
        ] {
            let text = "text/plain; charset=utf-8";
            check(url, 404, text, "There is no such file.");
        }
    }

    #[test]
    fn every_answer_carries_the_policy() {
        let outer = folder();
        let server = Server::bind(0, outer.path().join("dist")).unwrap();
        server.spawn();
        let address = server.http.server_addr().to_ip().unwrap();
        assert!(address.ip().is_loopback());
        let ask = |line: &str| {
            let mut stream = TcpStream::connect(address).unwrap();
            write!(
                stream,
                "{line} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
            )
            .unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            answer
        };
        let page = ask("GET /");
        assert!(page.starts_with("HTTP/1.1 200"), "{page}");
        assert!(
            page.contains(&format!("Content-Security-Policy: {POLICY}\r\n")),
            "{page}"
        );
        assert!(page.contains("Cache-Control: no-cache\r\n"), "{page}");
        assert!(page.ends_with("<p>page</p>"), "{page}");
        assert!(ask("POST /").starts_with("HTTP/1.1 405"));
        assert!(ask("GET /none").starts_with("HTTP/1.1 404"));
    }
}
