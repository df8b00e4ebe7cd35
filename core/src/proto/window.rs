//! The two window numbers of a stream.

use super::violation::Violation;

/// Bytes that this end may still send: what the peer granted less what was sent.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct SendWindow {
    credit: u64,
}

impl SendWindow {
    pub(crate) fn credit(self) -> u64 {
        self.credit
    }

    /// The credit as a length of something in memory.
    pub(crate) fn credit_len(self) -> usize {
        usize::try_from(self.credit).unwrap_or(usize::MAX)
    }

    /// The peer granted `amount` bytes more.
    pub(crate) fn grow(&mut self, amount: u64) -> Result<(), Violation> {
        self.credit = self
            .credit
            .checked_add(amount)
            .ok_or(Violation::IncrementOverflow)?;
        Ok(())
    }

    /// `len` bytes were sent, no more than the credit.
    pub(crate) fn spend(&mut self, len: usize) {
        debug_assert!(len as u64 <= self.credit);
        self.credit = self.credit.saturating_sub(len as u64);
    }
}

/// Bytes that the peer may have sent without this end having read them, and how many were read but
/// not granted anew.
///
/// What the peer sends is held against the bytes that lie here unread, not against the increments that
/// went out. That bounds memory as well, and it is how the original does it (its receive buffer is
/// full, or it is not).
#[derive(Debug, Clone, Copy)]
pub(crate) struct ReceiveWindow {
    size: u64,
    read: u64,
}

impl ReceiveWindow {
    pub(crate) fn new(size: u64) -> Self {
        Self { size, read: 0 }
    }

    pub(crate) fn size(self) -> u64 {
        self.size
    }

    /// Bytes that still fit beside `unread` ones.
    pub(crate) fn room(self, unread: usize) -> usize {
        usize::try_from(self.size.saturating_sub(unread as u64)).unwrap_or(usize::MAX)
    }

    /// `len` bytes were read; whether it is time to grant them anew: when half the window would be, so
    /// that the peer seldom waits and small reads do not cost a message each.
    #[must_use]
    pub(crate) fn on_read(&mut self, len: usize) -> bool {
        self.read = self.read.saturating_add(len as u64);
        self.read >= self.size.div_ceil(2)
    }

    /// The increment to send, if any.
    pub(crate) fn take_increment(&mut self) -> Option<u64> {
        let amount = core::mem::take(&mut self.read);
        (amount > 0).then_some(amount)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grants_anew_at_half_the_window_and_never_zero() {
        let mut window = ReceiveWindow::new(5);
        assert!(!window.on_read(2));
        assert!(window.on_read(1));
        assert_eq!(window.take_increment(), Some(3));
        assert_eq!(window.take_increment(), None);
        assert!(ReceiveWindow::new(1).on_read(1));
    }

    #[test]
    fn credit_does_not_wrap() {
        let mut window = SendWindow::default();
        assert_eq!(window.grow(u64::MAX), Ok(()));
        assert_eq!(window.grow(1), Err(Violation::IncrementOverflow));
        window.spend(1);
        assert_eq!(window.grow(1), Ok(()));
    }
}
