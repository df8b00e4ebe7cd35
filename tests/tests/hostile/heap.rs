//! How much memory something takes at its most.

use std::sync::{Mutex, MutexGuard, PoisonError};

use peak_alloc::PeakAlloc;

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

/// One at a time: the counters are the process's.
static TURN: Mutex<()> = Mutex::new(());

/// The right to measure. Nothing else allocates while a test has it.
pub(crate) struct Heap {
    _turn: MutexGuard<'static, ()>,
}

/// Waits for it; to be asked for before the test allocates anything of size.
pub(crate) fn alone() -> Heap {
    Heap {
        _turn: TURN.lock().unwrap_or_else(PoisonError::into_inner),
    }
}

impl Heap {
    /// Runs `attack` and asserts that it never takes more than `bound` bytes on top of what there was.
    pub(crate) fn within<R>(&self, bound: usize, attack: impl FnOnce() -> R) -> R {
        let before = HEAP.current_usage();
        HEAP.reset_peak_usage();
        let result = attack();
        let peak = HEAP.peak_usage().saturating_sub(before);
        println!("{peak} bytes at the most, of {bound}");
        assert!(peak <= bound, "{peak} bytes, more than {bound}");
        result
    }

    /// Runs `attack`, which gives what it built up, and asserts that this takes no more than `bound` bytes.
    pub(crate) fn leaves<R>(&self, bound: usize, attack: impl FnOnce() -> R) -> R {
        let before = HEAP.current_usage();
        let result = attack();
        let left = HEAP.current_usage().saturating_sub(before);
        println!("{left} bytes stay, of {bound}");
        assert!(left <= bound, "{left} bytes, more than {bound}");
        result
    }
}

/// The counter counts.
#[test]
fn memory_is_measured() {
    let heap = alone();
    heap.within(20_000, || drop(vec![1u8; 10_000]));
    let attack = std::panic::AssertUnwindSafe(|| heap.within(9_000, || drop(vec![1u8; 10_000])));
    assert!(std::panic::catch_unwind(attack).is_err());
}
