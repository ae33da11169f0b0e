//! Bytes as the text of a link: a version, a checksum, and the content, packed if that is shorter.

use crate::{LONGEST_LINK, LinkError};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::hash::Hasher;
use synod_protocols::kv::Fnv;

/// The most bytes that a packed content may become.
const LONGEST_CONTENT: usize = 1 << 20;
/// Added to the version if the content is deflated (RFC 1951).
const PACKED: u8 = 0x80;
/// How many bytes of the content's FNV-1a digest are kept.
const CHECK: usize = 3;

fn check(bytes: &[u8]) -> [u8; CHECK] {
    let mut fnv = Fnv::default();
    fnv.write(bytes);
    let digest = fnv.finish().to_le_bytes();
    [
        digest[0] ^ digest[3],
        digest[1] ^ digest[4],
        digest[2] ^ digest[5],
    ]
}

/// The content with its version, as text.
pub fn wrap(version: u8, content: &[u8]) -> String {
    let packed = miniz_oxide::deflate::compress_to_vec(content, 9);
    let (head, body) = if packed.len() < content.len() {
        (version | PACKED, packed.as_slice())
    } else {
        (version, content)
    };
    let mut bytes = vec![head];
    bytes.extend(check(content));
    bytes.extend(body);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The version and the content of a text.
///
/// # Errors
/// If it is too long, holds foreign characters, or was damaged.
pub fn unwrap(text: &str) -> Result<(u8, Vec<u8>), LinkError> {
    if text.is_empty() {
        return Err(LinkError::new("link.empty"));
    }
    if text.len() > LONGEST_LINK {
        return Err(LinkError::new("link.too_long").with("most", LONGEST_LINK));
    }
    let foreign = |c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if let Some(place) = text.chars().position(foreign) {
        return Err(LinkError::new("link.letters").with("place", place + 1));
    }
    let damaged = || LinkError::new("link.damaged");
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| damaged())?;
    let (head, rest) = bytes.split_first().ok_or_else(damaged)?;
    let (sum, body) = rest.split_at_checked(CHECK).ok_or_else(damaged)?;
    let content = if head & PACKED == 0 {
        body.to_vec()
    } else {
        miniz_oxide::inflate::decompress_to_vec_with_limit(body, LONGEST_CONTENT)
            .map_err(|_| damaged())?
    };
    if check(&content) != sum {
        return Err(damaged());
    }
    Ok((head & !PACKED, content))
}
