//! What a deadline of JavaScript means.

use std::time::Duration;

use js_sys::{Date, Function, Reflect};
use strandmux::Instant;
use wasm_bindgen::prelude::*;

use crate::clock::now;
use crate::error::{Class, error};

/// A deadline on the multiplexer's clock, which does not follow the wall clock if that is set later.
///
/// # Errors
///
/// A `TypeError` or `RangeError` unless it is a `Date`, milliseconds since the epoch, or null for none.
pub(crate) fn parse(deadline: &JsValue) -> Result<Option<Instant>, JsValue> {
    parse_or(deadline, |class, message| {
        error(class, "invalid_deadline", message)
    })
}

/// The same with the error that `invalid` makes of a class and a message.
pub(crate) fn parse_or(
    deadline: &JsValue,
    invalid: fn(Class, &str) -> JsValue,
) -> Result<Option<Instant>, JsValue> {
    if deadline.is_null() {
        return Ok(None);
    }
    let Some(millis) = milliseconds(deadline)? else {
        let message = "the deadline must be a Date, milliseconds since the epoch, or null";
        return Err(invalid(Class::Type, message));
    };
    if !millis.is_finite() {
        let message = "the deadline must be a valid Date or a finite number";
        return Err(invalid(Class::Range, message));
    }
    // One that has passed is due at once.
    let wait = ((millis - Date::now()) / 1_000.0).max(0.0);
    let wait = Duration::try_from_secs_f64(wait).unwrap_or(Duration::MAX);
    Ok(Some(now() + wait))
}

/// Milliseconds since the epoch, if it is something of the kind. A `Date` may come from another realm.
fn milliseconds(deadline: &JsValue) -> Result<Option<f64>, JsValue> {
    if !deadline.is_object() {
        return Ok(deadline.as_f64());
    }
    match Reflect::get(deadline, &"getTime".into())?.dyn_into::<Function>() {
        Ok(get_time) => Ok(get_time.call0(deadline)?.as_f64()),
        Err(_) => Ok(None),
    }
}
