//! A map for keys that only ever rise.

use alloc::vec::Vec;

use crate::list;

/// A map whose keys are numbers that are given out in ascending order, or nearly: one that comes late is put in its place
/// from the end.
///
/// Two sorted lists that are searched by halves. An entry that is taken out leaves its key until more than half the keys are
/// of no use; then they all go. So every operation but a late insertion takes logarithmic time, spread over all of them,
/// whichever entries come and go.
#[derive(Debug)]
pub(crate) struct Ascending<V> {
    keys: Vec<u64>,
    /// One for each key; none where the entry was taken out.
    values: Vec<Option<V>>,
    /// How many of the first ones are of no use.
    start: usize,
    /// How many entries there are.
    len: usize,
}

impl<V> Default for Ascending<V> {
    fn default() -> Self {
        Self {
            keys: Vec::new(),
            values: Vec::new(),
            start: 0,
            len: 0,
        }
    }
}

impl<V> Ascending<V> {
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn get(&self, key: u64) -> Option<&V> {
        self.values[self.keys.binary_search(&key).ok()?].as_ref()
    }

    /// Puts a value in; the one that it replaces.
    pub(crate) fn insert(&mut self, key: u64, value: V) -> Option<V> {
        if self.keys.last().is_none_or(|last| *last < key) {
            list::push(&mut self.keys, key);
            list::push(&mut self.values, Some(value));
            self.len += 1;
            return None;
        }
        match self.keys.binary_search(&key) {
            Ok(at) => {
                let replaced = self.values[at].replace(value);
                self.len += usize::from(replaced.is_none());
                self.start = self.start.min(at);
                replaced
            }
            Err(at) => {
                self.keys.insert(at, key);
                self.values.insert(at, Some(value));
                self.len += 1;
                self.start = self.start.min(at);
                None
            }
        }
    }

    /// Takes a value out.
    pub(crate) fn remove(&mut self, key: u64) -> Option<V> {
        let removed = self.values[self.keys.binary_search(&key).ok()?].take();
        self.len -= usize::from(removed.is_some());
        if self.keys.len() > 2 * self.len {
            let mut is_there = self.values.iter().map(Option::is_some);
            self.keys.retain(|_| is_there.next() == Some(true));
            self.values.retain(Option::is_some);
            self.start = 0;
        }
        while let Some(None) = self.values.get(self.start) {
            self.start += 1;
        }
        removed
    }
}

/// What only those who wait need.
#[cfg(any(feature = "mux", test))]
impl<V> Ascending<V> {
    /// The lowest key.
    pub(crate) fn first_key(&self) -> Option<u64> {
        self.keys.get(self.start).copied()
    }

    /// The value of the lowest key.
    pub(crate) fn first_mut(&mut self) -> Option<&mut V> {
        self.values.get_mut(self.start)?.as_mut()
    }

    pub(crate) fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.values.iter_mut().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::collections::BTreeMap;

    /// The same by way of the standard library's map.
    fn assert_same(map: &mut Ascending<u64>, expected: &mut BTreeMap<u64, u64>) {
        assert_eq!(map.len(), expected.len());
        assert_eq!(
            map.first_key(),
            expected.first_key_value().map(|(key, _)| *key)
        );
        assert!(map.values_mut().eq(expected.values_mut()));
        assert_eq!(
            map.first_mut(),
            expected.first_entry().as_mut().map(|first| first.get_mut())
        );
        assert!(map.keys.len() <= 2 * map.len().max(1));
    }

    #[test]
    fn it_is_a_map_whatever_is_taken_out() {
        // A small generator of Lehmer's.
        let mut seed = 1u64;
        let mut below = |end: u64| {
            seed = seed * 48_271 % 0x7fff_ffff;
            seed % end
        };
        let (mut map, mut expected) = (Ascending::default(), BTreeMap::new());
        // Miri is slow.
        for key in 0..if cfg!(miri) { 50 } else { 2_000 } {
            // Some late, some again, some skipped.
            let key = (3 * key + 10) - below(10);
            assert_eq!(map.insert(key, key), expected.insert(key, key));
            for _ in 0..below(3) {
                let key = below(6_000).min(key);
                assert_eq!(map.get(key), expected.get(&key));
                assert_eq!(map.remove(key), expected.remove(&key));
            }
            assert_same(&mut map, &mut expected);
        }
        while let Some(key) = map.first_key() {
            assert_eq!(map.remove(key), expected.remove(&key));
            assert_same(&mut map, &mut expected);
        }
        assert!(expected.is_empty());
    }

    #[test]
    fn one_that_stays_keeps_nothing_of_those_that_come_and_go() {
        let mut map = Ascending::default();
        map.insert(0, 0);
        for key in 1..if cfg!(miri) { 1_000 } else { 100_000 } {
            map.insert(key, key);
            if key > 1 {
                assert_eq!(map.remove(key - 1), Some(key - 1));
            }
        }
        assert!(map.len() == 2 && map.keys.capacity() < 16);
    }
}
