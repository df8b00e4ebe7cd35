//! What the options of JavaScript mean.

use std::time::Duration;

use js_sys::{Array, JsString, Object, Reflect};
use strandmux::{CloseInfo, Config, Instant, MAX_DATA_MESSAGE, Priority, Role};
use wasm_bindgen::prelude::*;
use web_sys::AbortSignal;

use crate::deadline;
use crate::error::{Class, error};

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** How a multiplexer behaves. Times are in milliseconds, sizes in bytes; numbers are whole ones. */
export interface MultiplexerOptions {
    /** Bytes that the peer may send on a stream before they are read; 0 lets it send nothing. Default 65535. */
    streamReceiveWindow?: number;
    /** What that may grow to, while the peer would send more and this end reads what comes. Default 67108864. */
    maxStreamReceiveWindow?: number;
    /** What all receive windows together may come to by growing. Default 67108864. */
    receiveBudget?: number;
    /** Size of the outbox, in buffers of 65548 bytes; at least 1. Default 5. */
    writeBufferCount?: number;
    /** Streams of the peer that may wait to be accepted; at least 1. Default 10. */
    acceptBacklog?: number;
    /** How often a heartbeat is sent; 0 for never. Default 5000. */
    heartbeatTransmitInterval?: number;
    /** How long the peer may go without a heartbeat; 0 for ever. Default 10000. */
    maxHeartbeatReceiveInterval?: number;
    /** Streams opened here that may wait for the peer's answer at a time; the others queue. Default 8. */
    maxUnacceptedOpens?: number;
    /** Streams of the peer that may exist at a time; one more is rejected. Default 1024. */
    maxInboundStreams?: number;
    /** Rejections that may wait to be sent before the multiplexer closes. Default 1024. */
    maxQueuedRejections?: number;
    /** The most bytes in one WebSocket message; at least 64. Default 65536 for a client, 262192 for a server. */
    maxMessageSize?: number;
    /** How long closing may take to send what was written, and then as long again to hear the peer's answer. Default 5000. */
    closeTimeout?: number;
    /** Whether the peer may open streams slightly out of order. Default true. */
    tolerateReorderedOpens?: boolean;
    /** Whether any input, not only a heartbeat, shows that the peer lives. Default false. */
    anyInputIsLife?: boolean;
    /** Whether a stream that the peer closes without half-closing it was aborted. Default false. */
    closeMeansAbort?: boolean;
}

export interface SocketOptions extends MultiplexerOptions {
    /** Which stream identifiers this end uses: `client` odd ones, `server` even ones. Default `client`. */
    role?: "client" | "server";
}

export interface ConnectOptions extends MultiplexerOptions {
    /** Gives up connecting. */
    signal?: AbortSignal;
    /** Sub-protocols to offer. */
    protocols?: string | string[];
}

export interface WaitOptions {
    /** Gives up waiting: the promise rejects with the signal's reason. */
    signal?: AbortSignal;
}

export interface OpenOptions extends WaitOptions {
    /** How urgent what is written on the stream is, 0 to 7, the higher the more. Default 3. */
    priority?: number;
}

export interface CloseOptions {
    /** The WebSocket's close code: 1000 or 3000 to 4999. Default 1000. */
    code?: number;
    /** The WebSocket's close reason, at most 123 bytes of UTF-8. Default empty. */
    reason?: string;
    /**
     * By when all of it has to be done: a `Date`, or milliseconds since the epoch, as for `setDeadline`. What has not been
     * sent by then is dropped. Default: `closeTimeout` for what was written, and as long again for the peer's answer.
     */
    deadline?: Date | number;
}

export interface CloseInfo {
    code: number;
    reason: string;
}
"#;

/// The largest integer that a number holds exactly.
const MAX_SAFE_INTEGER: f64 = 9_007_199_254_740_991.0;

/// The longest message of a client, in bytes: most are browsers, and Chromium cuts a longer one up on its way.
const CLIENT_MESSAGE: usize = 65_536;
/// And of a server: to receive one message is less work for a browser than several.
const SERVER_MESSAGE: usize = 4 * MAX_DATA_MESSAGE;

/// An options object, or none.
pub(crate) struct Options {
    object: Option<Object>,
}

impl Options {
    /// # Errors
    ///
    /// A `TypeError` if it is neither an object nor missing.
    pub(crate) fn new(value: JsValue) -> Result<Self, JsValue> {
        if value.is_undefined() || value.is_null() {
            return Ok(Self { object: None });
        }
        if !value.is_object() {
            return Err(invalid(Class::Type, "options must be an object"));
        }
        Ok(Self {
            object: Some(value.unchecked_into()),
        })
    }

    pub(crate) fn config(&self, role: Role) -> Result<Config, JsValue> {
        let mut config = Config::default();
        config.max_message_size = match role {
            Role::Client => CLIENT_MESSAGE,
            Role::Server => SERVER_MESSAGE,
        };
        let windows = [
            ("streamReceiveWindow", &mut config.stream_receive_window),
            (
                "maxStreamReceiveWindow",
                &mut config.max_stream_receive_window,
            ),
            ("receiveBudget", &mut config.receive_budget),
        ];
        for (name, field) in windows {
            if let Some(value) = self.integer(name)? {
                *field = value;
            }
        }
        let sizes = [
            ("writeBufferCount", &mut config.write_buffer_count),
            ("acceptBacklog", &mut config.accept_backlog),
            ("maxUnacceptedOpens", &mut config.max_unaccepted_opens),
            ("maxInboundStreams", &mut config.max_inbound_streams),
            ("maxQueuedRejections", &mut config.max_queued_rejections),
            ("maxMessageSize", &mut config.max_message_size),
        ];
        for (name, field) in sizes {
            if let Some(value) = self.integer(name)? {
                *field = usize::try_from(value).unwrap_or(usize::MAX);
            }
        }
        let times = [
            (
                "heartbeatTransmitInterval",
                &mut config.heartbeat_transmit_interval,
            ),
            (
                "maxHeartbeatReceiveInterval",
                &mut config.max_heartbeat_receive_interval,
            ),
            ("closeTimeout", &mut config.close_timeout),
        ];
        for (name, field) in times {
            if let Some(millis) = self.integer(name)? {
                *field = Duration::from_millis(millis);
            }
        }
        let flags = [
            (
                "tolerateReorderedOpens",
                &mut config.tolerate_reordered_opens,
            ),
            ("anyInputIsLife", &mut config.any_input_is_life),
            ("closeMeansAbort", &mut config.close_means_abort),
        ];
        for (name, field) in flags {
            if let Some(value) = self.get(name)? {
                *field = value
                    .as_bool()
                    .ok_or_else(|| invalid(Class::Type, &format!("{name} must be a boolean")))?;
            }
        }
        Ok(config)
    }

    pub(crate) fn role(&self) -> Result<Role, JsValue> {
        let Some(role) = self.get("role")? else {
            return Ok(Role::Client);
        };
        match role.as_string().as_deref() {
            Some("client") => Ok(Role::Client),
            Some("server") => Ok(Role::Server),
            _ => Err(invalid(
                Class::Type,
                "role must be \"client\" or \"server\"",
            )),
        }
    }

    pub(crate) fn signal(&self) -> Result<Option<AbortSignal>, JsValue> {
        let Some(signal) = self.get("signal")? else {
            return Ok(None);
        };
        if !is_signal(&signal)? {
            return Err(invalid(Class::Type, "signal must be an AbortSignal"));
        }
        Ok(Some(signal.unchecked_into()))
    }

    pub(crate) fn protocols(&self) -> Result<Option<JsValue>, JsValue> {
        let Some(protocols) = self.get("protocols")? else {
            return Ok(None);
        };
        if !is_strings(&protocols)? {
            return Err(invalid(
                Class::Type,
                "protocols must be a string or an array of strings",
            ));
        }
        Ok(Some(protocols))
    }

    /// How urgent a stream is.
    pub(crate) fn priority(&self) -> Result<Priority, JsValue> {
        let class = self.get("priority")?;
        class.map_or(Ok(Priority::default()), |class| priority(&class))
    }

    /// What to tell the peer when closing, and by when to have closed.
    pub(crate) fn close_request(&self) -> Result<(CloseInfo, Option<Instant>), JsValue> {
        let code = match self.integer("code")? {
            None => 1_000,
            Some(code @ (1_000 | 3_000..=4_999)) => code as u16,
            Some(_) => {
                return Err(invalid(Class::Range, "code must be 1000 or 3000 to 4999"));
            }
        };
        let reason = match self.get("reason")? {
            None => String::new(),
            Some(reason) => reason
                .as_string()
                .ok_or_else(|| invalid(Class::Type, "reason must be a string"))?,
        };
        if reason.len() > 123 {
            return Err(invalid(
                Class::Range,
                "reason must be at most 123 bytes of UTF-8",
            ));
        }
        let deadline = match self.get("deadline")? {
            None => None,
            Some(deadline) => deadline::parse_or(&deadline, invalid)?,
        };
        Ok((CloseInfo::new(code, &reason), deadline))
    }

    fn integer(&self, name: &str) -> Result<Option<u64>, JsValue> {
        let Some(value) = self.get(name)? else {
            return Ok(None);
        };
        integer(name, &value).map(Some)
    }

    /// The option, unless it is missing, undefined or null.
    fn get(&self, name: &str) -> Result<Option<JsValue>, JsValue> {
        let Some(object) = &self.object else {
            return Ok(None);
        };
        let value = Reflect::get(object, &JsString::from(name))?;
        Ok((!value.is_undefined() && !value.is_null()).then_some(value))
    }
}

/// How urgent a stream is.
///
/// # Errors
///
/// A `TypeError` or `RangeError` unless it is an integer from 0 to 7.
pub(crate) fn priority(value: &JsValue) -> Result<Priority, JsValue> {
    let class = u8::try_from(integer("priority", value)?).ok();
    class.and_then(Priority::new).ok_or_else(|| {
        let highest = Priority::HIGHEST;
        invalid(Class::Range, &format!("priority must be 0 to {highest}"))
    })
}

fn integer(name: &str, value: &JsValue) -> Result<u64, JsValue> {
    let Some(value) = value.as_f64() else {
        return Err(invalid(Class::Type, &format!("{name} must be a number")));
    };
    if value.fract() != 0.0 || !(0.0..=MAX_SAFE_INTEGER).contains(&value) {
        let message = format!("{name} must be an integer from 0 to 2^53 - 1");
        return Err(invalid(Class::Range, &message));
    }
    Ok(value as u64)
}

/// A string, or an array of strings.
fn is_strings(value: &JsValue) -> Result<bool, JsValue> {
    if value.is_string() {
        return Ok(true);
    }
    if !Array::is_array(value) {
        return Ok(false);
    }
    // An array's length is a `u32`.
    let len = Reflect::get(value, &"length".into())?.as_f64();
    for i in 0..len.unwrap_or_default() as u32 {
        if !Reflect::get_u32(value, i)?.is_string() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// An `AbortSignal` by its shape, as one may come from another realm.
fn is_signal(value: &JsValue) -> Result<bool, JsValue> {
    if !value.is_object() {
        return Ok(false);
    }
    let listen = Reflect::get(value, &"addEventListener".into())?;
    let aborted = Reflect::get(value, &"aborted".into())?;
    Ok(listen.is_function() && aborted.as_bool().is_some())
}

fn invalid(class: Class, message: &str) -> JsValue {
    error(class, "invalid_option", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_sends_longer_messages_than_a_client() {
        let longest = |role| {
            let config = Options { object: None }.config(role);
            config.expect("nothing is wrong").max_message_size
        };
        assert_eq!([Role::Client, Role::Server].map(longest), [65_536, 262_192]);
    }
}
