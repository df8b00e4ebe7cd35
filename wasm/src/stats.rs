//! What a multiplexer has done and holds, as a plain object.

use js_sys::Object;
use strandmux::Stats;
use wasm_bindgen::prelude::*;

use crate::error::set;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/**
 * What a multiplexer has done since it began, and what it holds now. Sizes are in bytes. All are whole numbers, above
 * 2^53 the nearest that a number can hold.
 */
export interface MultiplexerStats {
    /** Streams of the peer that exist now: accepted, or waiting for it. */
    inboundStreams: number;
    /** Streams of this end that exist now, those included that the peer has yet to answer. */
    outboundStreams: number;
    /** Streams of the peer that wait to be accepted here now. */
    unacceptedInbound: number;
    /** Opens that wait for the peer's answer now; at most `maxUnacceptedOpens`. */
    unacceptedOutbound: number;
    /** Opens that wait for their turn now, as so many are unanswered. */
    queuedOpens: number;
    /** Streams opened here in all, whatever became of them. */
    streamsOpened: number;
    /** Streams of the peer that were accepted here in all. */
    streamsAccepted: number;
    /** Streams of the peer that were rejected in all, as the backlog was full or there were too many. */
    streamsRejected: number;
    /** Streams of this end that the peer rejected in all. */
    opensRejected: number;
    /** Bytes handed to the WebSocket in all, headers and control messages included. */
    bytesSent: number;
    /** Bytes that came from the WebSocket in all, headers and control messages included. */
    bytesReceived: number;
    /** Bytes that were written on streams in all, those included that have not left. */
    payloadBytesSent: number;
    /** Bytes that arrived for streams in all, without those for streams that had been closed here. */
    payloadBytesReceived: number;
    /** Bytes that were written and have not been handed to the WebSocket now, headers included. */
    bufferedBytes: number;
    /** Bytes in the WebSocket's own send buffer now, its `bufferedAmount`; 0 where the platform does not say. */
    socketBufferedAmount: number;
    /** Bytes that were received and not read now, on all streams. */
    unreadBytes: number;
    /** What the receive windows of all streams come to now: the most that the peer can make this end hold. */
    receiveWindow: number;
    /** Heartbeats sent in all. */
    heartbeatsSent: number;
    /** Heartbeats that came from the peer in all. */
    heartbeatsReceived: number;
}
"#;

/// The statistics, and how much lies in the socket's send buffer.
pub(crate) fn to_object(stats: &Stats, socket_buffered: f64) -> JsValue {
    let numbers = [
        ("inboundStreams", stats.inbound_streams as f64),
        ("outboundStreams", stats.outbound_streams as f64),
        ("unacceptedInbound", stats.unaccepted_inbound as f64),
        ("unacceptedOutbound", stats.unaccepted_outbound as f64),
        ("queuedOpens", stats.queued_opens as f64),
        ("streamsOpened", stats.streams_opened as f64),
        ("streamsAccepted", stats.streams_accepted as f64),
        ("streamsRejected", stats.streams_rejected as f64),
        ("opensRejected", stats.opens_rejected as f64),
        ("bytesSent", stats.bytes_sent as f64),
        ("bytesReceived", stats.bytes_received as f64),
        ("payloadBytesSent", stats.payload_bytes_sent as f64),
        ("payloadBytesReceived", stats.payload_bytes_received as f64),
        ("bufferedBytes", stats.buffered_bytes as f64),
        ("socketBufferedAmount", socket_buffered),
        ("unreadBytes", stats.unread_bytes as f64),
        ("receiveWindow", stats.receive_window as f64),
        ("heartbeatsSent", stats.heartbeats_sent as f64),
        ("heartbeatsReceived", stats.heartbeats_received as f64),
    ];
    let object = Object::new();
    for (name, number) in numbers {
        set(&object, name, &number.into());
    }
    object.into()
}
