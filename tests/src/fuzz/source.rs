//! Decisions made from bytes: what a fuzzer varies.

use std::time::Duration;

use strandmux::Config;

use super::host::How;

/// A reader of decisions. When the bytes run out, every further decision is 0.
#[derive(Debug)]
pub(super) struct Source<'a> {
    rest: &'a [u8],
}

impl<'a> Source<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.rest.split_first() else {
            return 0;
        };
        self.rest = rest;
        *first
    }

    /// Some of the bytes themselves.
    pub(super) fn bytes(&mut self, len: usize) -> &'a [u8] {
        let (bytes, rest) = self.rest.split_at(len.min(self.rest.len()));
        self.rest = rest;
        bytes
    }

    /// A number below `limit`, which is at least 1.
    pub(super) fn below(&mut self, limit: usize) -> usize {
        usize::from(self.byte()) % limit
    }

    /// A size: small ones, ones about the limits of messages and windows, and large ones.
    pub(super) fn size(&mut self) -> usize {
        let byte = usize::from(self.byte());
        match byte {
            0..192 => byte,
            192..224 => (byte - 191) * 1_024,
            _ => 65_535 - 16 + (byte - 224),
        }
    }

    /// A number of any magnitude.
    pub(super) fn number(&mut self) -> u64 {
        let shift = u32::from(self.byte()) % 64;
        let low = u64::from(self.byte());
        match self.byte() % 3 {
            0 => low,
            1 => (low << shift) | 1,
            _ => u64::MAX - (low >> (shift % 8)),
        }
    }

    pub(super) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    pub(super) fn how(&mut self) -> How {
        self.pick(&[How::Copied, How::AsItLies])
    }

    pub(super) fn time(&mut self) -> Duration {
        let millis = self.pick(&[0, 1, 10, 999, 1_000, 4_999, 5_000, 9_999, 10_000, 60_000]);
        Duration::from_millis(millis)
    }

    /// A configuration with small limits, so that they are reached.
    pub(super) fn config(&mut self) -> Config {
        let mut config = Config::default();
        config.stream_receive_window = self.pick(&[65_535, 0, 1, 5, 1_000, 70_000]);
        config.max_stream_receive_window = self.pick(&[16 << 20, 0, 100, 70_000]);
        config.receive_budget = self.pick(&[64 << 20, 0, 1_000, 200_000]);
        config.write_buffer_count = self.pick(&[1, 0, 5]);
        config.accept_backlog = self.pick(&[10, 0, 1, 3]);
        config.max_unaccepted_opens = self.pick(&[8, 0, 1, 100]);
        config.max_inbound_streams = self.pick(&[16_384, 0, 1, 4]);
        config.max_queued_rejections = self.pick(&[1_024, 0, 1, 4]);
        config.max_message_size = self.pick(&[65_548, 0, 64, 65, 1_000]);
        config.close_timeout = self.time();
        let flags = self.byte();
        config.tolerate_reordered_opens = flags & 1 == 0;
        config.any_input_is_life = flags & 2 != 0;
        config.close_means_abort = flags & 4 != 0;
        if flags & 8 != 0 {
            config.heartbeat_transmit_interval = Duration::ZERO;
        }
        if flags & 16 != 0 {
            config.max_heartbeat_receive_interval = Duration::ZERO;
        }
        config
    }
}
