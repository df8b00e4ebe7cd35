//! Which pages may connect. A browser lets any page open a WebSocket to any server, with the server's cookies; the
//! one protection is that the server looks at where the page is from.

use std::str::FromStr;

use axum::http::{HeaderMap, header};

/// An origin that may connect beside the server's own, such as `https://example.com`; `*` is all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AllowedOrigin {
    /// Any page of any site.
    Any,
    /// The pages of this origin, in lower case.
    One(String),
}

impl FromStr for AllowedOrigin {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "*" {
            return Ok(Self::Any);
        }
        match text.split_once("://") {
            Some((_, rest)) if !rest.is_empty() && !rest.contains('/') => {
                Ok(Self::One(text.to_ascii_lowercase()))
            }
            _ => Err("an origin is SCHEME://HOST[:PORT], without a path; * is any"),
        }
    }
}

/// Whether the request comes from a page that may connect, or from a program that is no browser: those send no
/// `Origin`.
///
/// A page of the server's own has an origin that ends in the `Host` it asked for. The scheme is not compared, as TLS may
/// end at a proxy.
pub(crate) fn is_allowed(headers: &HeaderMap, allowed: &[AllowedOrigin]) -> bool {
    let mut origins = headers.get_all(header::ORIGIN).iter();
    let origin = match (origins.next(), origins.next()) {
        (None, _) => return true,
        (Some(origin), None) => origin.to_str().unwrap_or_default().to_ascii_lowercase(),
        (Some(_), Some(_)) => return false,
    };
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let is_own = match (origin.split_once("://"), host) {
        (Some((_, site)), Some(host)) => site.eq_ignore_ascii_case(host),
        _ => false,
    };
    is_own
        || allowed.iter().any(|allowed| match allowed {
            AllowedOrigin::Any => true,
            AllowedOrigin::One(one) => *one == origin,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(origins: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, "demo.example:8080".parse().expect("a value"));
        for origin in origins {
            headers.append(header::ORIGIN, origin.parse().expect("a value"));
        }
        headers
    }

    #[test]
    fn only_the_servers_own_pages_may_connect() {
        for origins in [
            &[][..],
            &["http://demo.example:8080"],
            &["https://DEMO.example:8080"],
        ] {
            assert!(is_allowed(&headers(origins), &[]), "{origins:?}");
        }
        for origins in [
            &["http://demo.example"][..],
            &["http://demo.example:8081"],
            &["http://evil.example"],
            &["http://demo.example:8080.evil.example"],
            &["http://evil.example/demo.example:8080"],
            &["null"],
            &[""],
            &["demo.example:8080"],
            &["http://demo.example:8080", "http://evil.example"],
        ] {
            assert!(!is_allowed(&headers(origins), &[]), "{origins:?}");
        }
    }

    #[test]
    fn others_may_if_they_are_allowed() {
        let allowed = ["https://Friend.example".parse().expect("an origin")];
        assert!(is_allowed(&headers(&["https://friend.example"]), &allowed));
        assert!(!is_allowed(&headers(&["http://friend.example"]), &allowed));
        assert!(!is_allowed(
            &headers(&["https://friend.example:444"]),
            &allowed
        ));
        assert!(is_allowed(&headers(&["null"]), &[AllowedOrigin::Any]));
        for nonsense in ["friend.example", "https://", "https://friend.example/", ""] {
            assert!(nonsense.parse::<AllowedOrigin>().is_err(), "{nonsense:?}");
        }
    }
}
