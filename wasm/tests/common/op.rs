//! An operation that is under way.

use std::future::{Future, IntoFuture};
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::fault::Fault;
use super::turns::{patiently, settle};

/// A promise whose rejection counts as handled. Awaiting it gives what became of it.
pub(crate) struct Op<T> {
    what: &'static str,
    future: JsFuture,
    result: Option<Result<JsValue, JsValue>>,
    value: PhantomData<T>,
}

impl<T: From<JsValue> + 'static> Op<T> {
    pub(crate) fn new(what: &'static str, promise: Promise) -> Self {
        Self {
            what,
            future: JsFuture::from(promise),
            result: None,
            value: PhantomData,
        }
    }

    /// Whether it waits even after everything that can happen has happened.
    pub(crate) async fn is_pending(&mut self) -> bool {
        settle().await;
        if self.result.is_none() {
            let mut cx = Context::from_waker(Waker::noop());
            if let Poll::Ready(result) = Pin::new(&mut self.future).poll(&mut cx) {
                self.result = Some(result);
            }
        }
        self.result.is_none()
    }

    /// The value; it must not fail.
    pub(crate) async fn ok(self) -> T {
        let what = self.what;
        self.await
            .unwrap_or_else(|fault| panic!("{what} failed: {fault:?}"))
    }

    /// The failure; it must not succeed.
    pub(crate) async fn fault(self) -> Fault {
        let what = self.what;
        match self.await {
            Ok(_) => panic!("{what} succeeded"),
            Err(fault) => fault,
        }
    }
}

impl<T: From<JsValue> + 'static> IntoFuture for Op<T> {
    type Output = Result<T, Fault>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output>>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let result = match self.result {
                Some(result) => result,
                None => patiently(self.what, self.future).await,
            };
            result.map(T::from).map_err(Fault)
        })
    }
}
