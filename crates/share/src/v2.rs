//! Version 2 of a link's content: a second run beside that of version 1. These types are frozen.

use crate::{LinkError, Shared, bounds, v1};
use serde::{Deserialize, Serialize};
use synod_protocols::{Options, registry};
use synod_sim::Contrast;

pub const VERSION: u8 = 2;

/// What makes the second run differ. The content of version 1 follows it.
#[derive(Serialize, Deserialize)]
pub struct Beside {
    protocol: String,
    nodes: u8,
    /// Names and values, as a scenario's file writes them.
    options: Vec<(String, String)>,
}

/// The content's bytes.
pub fn write(shared: &Shared, contrast: &Contrast) -> Vec<u8> {
    // Writing to memory does not fail, as every length is known.
    let mut bytes = postcard::to_allocvec(&Beside::of(contrast)).unwrap_or_default();
    bytes.extend(v1::write(shared));
    bytes
}

/// Reads a content.
///
/// # Errors
/// If it is damaged or out of bounds, or the second run could not be run.
pub fn read(bytes: &[u8]) -> Result<Shared, LinkError> {
    let (beside, rest): (Beside, &[u8]) =
        postcard::take_from_bytes(bytes).map_err(|_| LinkError::new("link.damaged"))?;
    let mut shared = v1::read(rest)?;
    shared.beside = Some(beside.read(&shared)?);
    Ok(shared)
}

impl Beside {
    pub fn of(contrast: &Contrast) -> Beside {
        let value = |(name, value): (&str, &synod_protocols::OptionValue)| {
            (name.to_string(), value.to_string())
        };
        Beside {
            protocol: contrast.protocol.to_string(),
            nodes: contrast.nodes as u8,
            options: contrast.options.iter().map(value).collect(),
        }
    }

    /// Reads what makes the second run of a link differ.
    ///
    /// # Errors
    /// If the second run could not be run.
    pub fn read(self, shared: &Shared) -> Result<Contrast, LinkError> {
        let about = registry::about(&self.protocol).ok_or_else(|| {
            let name: String = self.protocol.chars().take(40).collect();
            LinkError::new("link.protocol").with("name", name)
        })?;
        let mut options = Options::default();
        for (name, value) in &self.options {
            options.set(about.options, name, value).map_err(bounds)?;
        }
        let contrast = Contrast {
            protocol: about.name,
            options,
            nodes: usize::from(self.nodes),
        };
        let other = contrast.applied_to(&shared.scenario);
        other.check().map_err(bounds)?;
        synod_sim::open(&other).map_err(|why| bounds(why.to_string()))?;
        Ok(contrast)
    }
}
