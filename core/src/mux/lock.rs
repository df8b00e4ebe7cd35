//! A lock that needs neither an operating system nor unsafe code.

#[cfg(not(feature = "std"))]
use alloc::boxed::Box;
use core::fmt;
#[cfg(all(feature = "std", not(strandmux_loom)))]
use std::sync::Mutex;

// For tests that try every order in which threads can take it, see `tests/loom`.
#[cfg(strandmux_loom)]
use loom::sync::Mutex;

/// Keeps a value that one caller at a time has to itself.
///
/// With `std` it is a mutex. Without, it is a baton: a queue that holds the value while it is free, so that taking
/// the value out is taking the lock. Both are `Send` and `Sync` for the same values.
pub(crate) struct Lock<T> {
    #[cfg(feature = "std")]
    value: Mutex<T>,
    #[cfg(not(feature = "std"))]
    value: heapless::mpmc::Queue<Box<T>, 2>,
}

#[cfg(feature = "std")]
impl<T> Lock<T> {
    pub(crate) fn new(value: T) -> Self {
        Self {
            value: Mutex::new(value),
        }
    }

    /// Runs `f` with the value. It must not take the same lock.
    pub(crate) fn with<R>(&self, f: impl FnOnce(&mut T) -> R) -> R {
        // A panic inside `f` leaves the value as it was between two of its own methods' steps at worst.
        let mut value = self.value.lock().unwrap_or_else(|e| e.into_inner());
        f(&mut value)
    }
}

#[cfg(not(feature = "std"))]
impl<T> Lock<T> {
    #[expect(
        deprecated,
        reason = "operations may fail under contention, and are tried again here"
    )]
    pub(crate) fn new(value: T) -> Self {
        let queue = heapless::mpmc::Queue::new();
        // The queue is empty, so there is room.
        let _ = queue.enqueue(Box::new(value));
        Self { value: queue }
    }

    /// Runs `f` with the value. It must not take the same lock.
    pub(crate) fn with<R>(&self, f: impl FnOnce(&mut T) -> R) -> R {
        let mut value = loop {
            match self.value.dequeue() {
                Some(value) => break value,
                None => core::hint::spin_loop(),
            }
        };
        let result = f(&mut value);
        // There is room, as this is the value that was taken out, but another caller may be in the way.
        while let Err(refused) = self.value.enqueue(value) {
            value = refused;
            core::hint::spin_loop();
        }
        result
    }
}

impl<T> fmt::Debug for Lock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lock").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use alloc::sync::Arc;
    use std::thread;

    #[test]
    fn one_at_a_time_has_the_value() {
        let lock = Arc::new(Lock::new((0, 0)));
        let threads = [(); 3].map(|()| {
            let lock = Arc::clone(&lock);
            thread::spawn(move || {
                for _ in 0..20 {
                    lock.with(|(one, other)| {
                        *one += 1;
                        assert_eq!(*one, *other + 1);
                        *other += 1;
                    });
                }
            })
        });
        for thread in threads {
            assert!(thread.join().is_ok());
        }
        lock.with(|value| assert_eq!(*value, (60, 60)));
    }
}
