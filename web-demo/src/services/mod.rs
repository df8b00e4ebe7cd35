//! What streams are for: the first line of each names a service.
//!
//! A service is a function over a [`Channel`] in a file of this folder, and a row of [`Command`].
//! It ends early with an error when the client closes the stream first, which is how clients cancel.

mod channel;
mod command;
mod feed;
mod transfer;
mod trial;

use std::sync::Arc;

use strandmux::{Error, Multiplexer, Stream};

use crate::hub::Hub;
use crate::limits::LINE_TIMEOUT;
use channel::Channel;
use command::Command;

/// Serves one stream to its end.
pub(crate) async fn serve(stream: Stream, mux: Multiplexer, hub: Arc<Hub>) {
    let _open = hub.stats.stream_opened();
    stream.set_read_deadline(Some(mux.now() + LINE_TIMEOUT));
    let channel = Channel::new(stream, &hub.stats);
    // Both the client's closing the stream and the connection's end are seen elsewhere, if at all.
    let _ = dispatch(channel, &mux, &hub).await;
}

async fn dispatch(mut channel: Channel<'_>, mux: &Multiplexer, hub: &Hub) -> Result<(), Error> {
    let command = channel
        .read_line()
        .await?
        .and_then(|line| Command::parse(&line))
        .filter(|command| hub.test_services || !command.is_trial());
    match command {
        Some(Command::Echo) => transfer::echo(channel).await,
        Some(Command::Sink) => transfer::sink(channel, hub.limits.max_upload).await,
        Some(Command::Source { size }) => transfer::source(channel, size).await,
        Some(Command::Feed) => feed::feed(channel, hub).await,
        Some(Command::Hold { time }) => trial::hold(channel, time).await,
        Some(Command::Slow { rate }) => trial::slow(channel, rate).await,
        Some(Command::Drop) => trial::drop_at_once(channel),
        Some(Command::Dial { count, size }) => {
            trial::dial(channel, mux, &hub.stats, count, size).await
        }
        None => {
            channel.write_all(b"ERROR unknown command\n").await?;
            channel.finish().await
        }
    }
}
