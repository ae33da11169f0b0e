//! A list whose copies share what has not changed since: chunks behind shared pointers.
//!
//! It only grows and shrinks at its end, which is all that histories and checkers need; a general
//! persistent vector is a hundred times the code.

use std::ops::Index;
use std::sync::Arc;

/// How many elements a chunk holds.
const CHUNK: usize = 512;

/// A list of elements in chunks.
#[derive(Clone, Debug)]
pub struct Chunked<T> {
    chunks: Vec<Arc<Vec<T>>>,
}

impl<T> Default for Chunked<T> {
    fn default() -> Self {
        Chunked { chunks: Vec::new() }
    }
}

impl<T: Clone> Chunked<T> {
    pub fn len(&self) -> usize {
        let full = self.chunks.len().saturating_sub(1) * CHUNK;
        full + self.chunks.last().map_or(0, |chunk| chunk.len())
    }

    pub fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }

    pub fn get(&self, position: usize) -> Option<&T> {
        self.chunks.get(position / CHUNK)?.get(position % CHUNK)
    }

    pub fn get_mut(&mut self, position: usize) -> Option<&mut T> {
        let chunk = self.chunks.get_mut(position / CHUNK)?;
        Arc::make_mut(chunk).get_mut(position % CHUNK)
    }

    pub fn last(&self) -> Option<&T> {
        self.chunks.last()?.last()
    }

    pub fn push(&mut self, element: T) {
        let fits = self.chunks.last().is_some_and(|chunk| chunk.len() < CHUNK);
        if !fits {
            self.chunks.push(Arc::new(Vec::new()));
        }
        if let Some(chunk) = self.chunks.last_mut() {
            Arc::make_mut(chunk).push(element);
        }
    }

    /// Keeps the first so many.
    pub fn truncate(&mut self, length: usize) {
        if length >= self.len() {
            return;
        }
        self.chunks.truncate(length.div_ceil(CHUNK));
        if let Some(chunk) = self.chunks.last_mut() {
            let rest = length - (length - 1) / CHUNK * CHUNK;
            Arc::make_mut(chunk).truncate(rest);
        }
    }

    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.chunks.iter().flat_map(|chunk| chunk.iter())
    }

    /// How many elements come first that fit, of a list in which none after them does.
    pub fn partition_point(&self, fits: impl Fn(&T) -> bool) -> usize {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low.midpoint(high);
            match fits(&self[middle]) {
                true => low = middle + 1,
                false => high = middle,
            }
        }
        low
    }

    /// The last position that fits.
    pub fn rposition(&self, fits: impl Fn(&T) -> bool) -> Option<usize> {
        let from_end = self.iter().rev().position(fits)?;
        Some(self.len() - 1 - from_end)
    }
}

impl<T> Index<usize> for Chunked<T> {
    type Output = T;

    /// # Panics
    /// If the list is shorter, as a slice's does.
    fn index(&self, position: usize) -> &T {
        &self.chunks[position / CHUNK][position % CHUNK]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_a_list_and_copies_go_their_own_ways() {
        let mut list = Chunked::default();
        let mut copies = Vec::new();
        for k in 0..2_000_usize {
            if k % 300 == 0 {
                copies.push((k, list.clone()));
            }
            list.push(k);
        }
        assert_eq!(list.len(), 2_000);
        assert!((0..2_000).all(|k| list.get(k) == Some(&k)));
        assert_eq!(list.rposition(|k| k % 700 == 0), Some(1_400));
        for (length, mut copy) in copies {
            assert_eq!(copy.len(), length);
            assert!(copy.iter().copied().eq(0..length));
            copy.push(9_999);
            assert_eq!(copy.last(), Some(&9_999));
        }
        for length in [1_999, 1_537, 1_536, 1_024, 513, 512, 511, 1, 0] {
            list.truncate(length);
            assert!(list.iter().copied().eq(0..length), "{length}");
            assert_eq!(list.is_empty(), length == 0);
        }
    }

    #[test]
    fn a_partition_is_found_as_a_vector_finds_it() {
        let mut list = Chunked::default();
        for k in 0..3 * CHUNK {
            list.push(k);
        }
        for bound in [0, 1, CHUNK - 1, CHUNK, 2 * CHUNK + 7, 3 * CHUNK, 4 * CHUNK] {
            let expect = bound.min(list.len());
            assert_eq!(list.partition_point(|k| *k < bound), expect, "{bound}");
        }
        assert_eq!(Chunked::<u8>::default().partition_point(|_| true), 0);
    }
}
