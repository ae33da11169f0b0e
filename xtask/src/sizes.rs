//! What a reader downloads: every file of dist/, raw and compressed.

use crate::page;
use anyhow::Result;
use std::fs;
use std::io::Write;
use std::path::Path;

/// The most that the first load may weigh, in kilobytes of brotli.
const FIRST_LOAD_KB: f64 = 150.0;

/// How the names of files begin that are fetched at first use.
const LATER: [&str; 2] = ["synod-tools", "workbench"];

/// Bytes of one file, or of all together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Size {
    raw: usize,
    gzip: usize,
    brotli: usize,
}

impl Size {
    fn of(bytes: &[u8]) -> Result<Self> {
        Ok(Self {
            raw: bytes.len(),
            gzip: gzip(bytes)?,
            brotli: brotli(bytes)?,
        })
    }

    fn add(&mut self, other: Self) {
        self.raw += other.raw;
        self.gzip += other.gzip;
        self.brotli += other.brotli;
    }
}

/// Prints a table of the files and their sum.
pub fn print(folder: &Path) -> Result<()> {
    println!(
        "{:<44} {:>9} {:>9} {:>9}",
        "file (kB)", "raw", "gzip", "brotli"
    );
    let mut total = Size::default();
    for file in page::files_in(folder)? {
        let size = Size::of(&fs::read(folder.join(&file))?)?;
        let name = file.to_string_lossy();
        let later = LATER.iter().any(|start| name.starts_with(start));
        if !later {
            total.add(size);
        }
        print_row(&name, size);
    }
    print_row("first load", total);
    let share = kilobytes(total.brotli) / FIRST_LOAD_KB * 100.0;
    println!("{share:.0} % of the {FIRST_LOAD_KB:.0} kB that a first load may take in brotli");
    Ok(())
}

fn print_row(name: &str, size: Size) {
    let [raw, gzip, brotli] = [size.raw, size.gzip, size.brotli].map(kilobytes);
    println!("{name:<44} {raw:>9.1} {gzip:>9.1} {brotli:>9.1}");
}

fn kilobytes(bytes: usize) -> f64 {
    bytes as f64 / 1000.0
}

fn gzip(bytes: &[u8]) -> Result<usize> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?.len())
}

fn brotli(bytes: &[u8]) -> Result<usize> {
    let settings = brotli::enc::BrotliEncoderParams {
        quality: 11,
        lgwin: 22,
        size_hint: bytes.len(),
        ..Default::default()
    };
    let mut output = Vec::new();
    brotli::BrotliCompress(&mut &bytes[..], &mut output, &settings)?;
    Ok(output.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compression_is_measured() {
        let text = "a quorum meets every other quorum; ".repeat(100);
        let size = Size::of(text.as_bytes()).unwrap();
        assert_eq!(size.raw, text.len());
        assert!(size.gzip < size.raw / 10, "{size:?}");
        assert!(size.brotli < size.gzip, "{size:?}");
    }
}
