//! What the journeys run on: sockets that need no network, the classes as JavaScript sees them, and ways to wait.

pub(crate) mod bytes;
pub(crate) mod classes;
pub(crate) mod fault;
pub(crate) mod globals;
pub(crate) mod iteration;
pub(crate) mod op;
pub(crate) mod signal;
pub(crate) mod socket;
pub(crate) mod turns;
pub(crate) mod wire;

use wasm_bindgen::prelude::*;

/// An object with these properties.
pub(crate) fn object(properties: &[(&str, JsValue)]) -> JsValue {
    let object = js_sys::Object::new();
    for (name, value) in properties {
        js_sys::Reflect::set(&object, &(*name).into(), value).expect("an object takes properties");
    }
    object.into()
}

/// A property, whatever it is.
pub(crate) fn get(target: &JsValue, name: &str) -> JsValue {
    js_sys::Reflect::get(target, &name.into()).expect("the property can be read")
}

/// The value of a piece of JavaScript: the body of a function.
pub(crate) fn evaluate(body: &str) -> JsValue {
    let function = js_sys::Function::new_no_args(body);
    function.call0(&JsValue::UNDEFINED).expect("the code runs")
}
