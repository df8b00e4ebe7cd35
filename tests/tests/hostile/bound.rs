//! What an end may hold, as `core/GUARANTEES.md` states it.

use strandmux::{Config, MAX_DATA_MESSAGE};

/// What a connection without streams may take, in bytes.
pub(crate) const EMPTY: usize = 64 * 1_024;

/// What an idle stream may take, in bytes.
pub(crate) const STREAM: usize = 512;

/// What data that was received and not read may take, of so many streams.
pub(crate) fn unread(config: &Config, streams: usize) -> usize {
    let first = config.stream_receive_window;
    let grows = config.max_stream_receive_window > first;
    let (growth, largest) = match grows {
        true => (
            config.receive_budget,
            first + config.max_stream_receive_window.min(config.receive_budget),
        ),
        false => (0, first),
    };
    // As much again for room that was made at once, and for one stream's while its buffer moves to a larger one.
    2 * (first as usize * streams + growth as usize) + largest as usize
}

/// What data that was written and has not left may take.
pub(crate) fn unsent(config: &Config) -> usize {
    2 * (config.write_buffer_count.max(1) + 1) * MAX_DATA_MESSAGE
}

/// What rejections that have not left may take.
pub(crate) fn rejections(config: &Config) -> usize {
    16 * config.max_queued_rejections
}

/// What an end may take in all, with so many streams.
pub(crate) fn bound(config: &Config, streams: usize) -> usize {
    EMPTY + STREAM * streams + unread(config, streams) + unsent(config) + rejections(config)
}
