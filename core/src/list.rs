//! Lists with an entry for every stream.

use alloc::vec::Vec;

/// Adds to a list that may become long. It makes room for an eighth more at most, where a vector by itself doubles
/// and then stands half empty.
pub(crate) fn push<T>(list: &mut Vec<T>, value: T) {
    if list.len() == list.capacity() {
        list.reserve_exact(list.len() / 8 + 4);
    }
    list.push(value);
}
