//! Carriers from byte streams with the traits of the futures crates.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::pin::Pin;
use core::task::{Context, Poll};

use ::futures_io::{AsyncRead, AsyncWrite};

use super::Carrier;
use crate::error::{CarrierError, CloseReason};

/// Bytes read at a time.
const READ_SIZE: usize = 64 * 1_024;

/// A carrier from any `AsyncRead + AsyncWrite`: a TCP connection, a Unix socket, a TLS session, a pipe. The
/// counterpart of the original's `NewCarrierFromStream`.
///
/// For TCP set `TCP_NODELAY`: what is handed over is already batched.
#[derive(Debug)]
pub struct IoCarrier<S> {
    io: S,
    input: Box<[u8]>,
    output: Vec<u8>,
    /// How much of `output` has been written.
    written: usize,
    /// Whether nothing more comes in.
    is_input_over: bool,
    /// Whether the output has been ended.
    is_output_over: bool,
}

impl<S: AsyncRead + AsyncWrite + Unpin> IoCarrier<S> {
    /// A carrier that owns `io`.
    pub fn new(io: S) -> Self {
        Self {
            io,
            input: alloc::vec![0; READ_SIZE].into(),
            output: Vec::new(),
            written: 0,
            is_input_over: false,
            is_output_over: false,
        }
    }

    fn poll_write_out(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), CarrierError>> {
        while self.written < self.output.len() {
            let rest = &self.output[self.written..];
            let len = core::task::ready!(Pin::new(&mut self.io).poll_write(cx, rest))
                .map_err(CarrierError::io)?;
            if len == 0 {
                return Poll::Ready(Err(CarrierError::io("no more bytes are taken")));
            }
            self.written += len;
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Carrier for IoCarrier<S> {
    fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<&[u8]>, CarrierError>> {
        let len = core::task::ready!(Pin::new(&mut self.io).poll_read(cx, &mut self.input))
            .map_err(CarrierError::io)?;
        self.is_input_over = len == 0;
        let input = (len > 0).then_some(&self.input[..len]);
        Poll::Ready(Ok(input))
    }

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), CarrierError>> {
        self.poll_write_out(cx)
    }

    fn send(&mut self, output: Vec<u8>) -> Result<(), CarrierError> {
        debug_assert_eq!(self.written, self.output.len());
        self.output = output;
        self.written = 0;
        Ok(())
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), CarrierError>> {
        core::task::ready!(self.poll_write_out(cx))?;
        Pin::new(&mut self.io)
            .poll_flush(cx)
            .map_err(CarrierError::io)
    }

    fn poll_close(
        &mut self,
        cx: &mut Context<'_>,
        _: &CloseReason,
    ) -> Poll<Result<(), CarrierError>> {
        if !self.is_output_over {
            core::task::ready!(self.poll_write_out(cx))?;
            core::task::ready!(Pin::new(&mut self.io).poll_close(cx)).map_err(CarrierError::io)?;
            self.is_output_over = true;
        }
        // What comes in meanwhile is of no use, but a socket that is closed with it unread resets the connection, and what
        // the peer has not read is lost.
        while !self.is_input_over {
            core::task::ready!(self.poll_receive(cx))?;
        }
        Poll::Ready(Ok(()))
    }
}
