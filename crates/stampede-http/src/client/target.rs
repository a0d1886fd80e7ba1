//! Addresses made ready for the wire, and the latest of them on each thread: most scripts ask the
//! same few again and again.
//!
//! Invariants: no more than [`TARGETS_MAX`] addresses are remembered per thread, none longer than
//! [`TARGET_BYTES_MAX`]; they belong to the thread so that users cost nothing.

use std::cell::RefCell;
use std::rc::Rc;

use http::header::HeaderValue;
use http::uri::PathAndQuery;

use crate::limits::{TARGET_BYTES_MAX, TARGETS_MAX};
use crate::url::{Url, UrlError, push_escaped};

/// An address and what goes over the wire of it.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) url: Url,
    /// The address as Go would write it.
    pub(super) text: Rc<str>,
    /// What goes into `Host`; `None` if that cannot be written.
    pub(super) host: Option<HeaderValue>,
    /// What goes into the first line; `None` if that cannot be written.
    pub(super) path: Option<PathAndQuery>,
}

impl Target {
    pub(super) fn new(url: Url) -> Self {
        Self {
            text: Rc::from(url.to_string()),
            host: HeaderValue::from_str(&url.authority()).ok(),
            path: path(&url.request_target()),
            url,
        }
    }

    /// Reads an address, or finds it among the latest ones of this thread.
    pub(super) fn read(text: &str) -> Result<Rc<Self>, UrlError> {
        LATEST.with_borrow_mut(|latest| {
            let place = &mut latest[place_of(text)];
            if let Some((known, target)) = place
                && **known == *text
            {
                return Ok(Rc::clone(target));
            }
            let target = Rc::new(Self::new(Url::parse(text)?));
            if text.len() <= TARGET_BYTES_MAX {
                let known = match *target.text == *text {
                    true => Rc::clone(&target.text),
                    false => Rc::from(text),
                };
                *place = Some((known, Rc::clone(&target)));
            }
            Ok(target)
        })
    }
}

/// As it was written, and as it was read.
type Known = (Rc<str>, Rc<Target>);

thread_local! {
    static LATEST: RefCell<[Option<Known>; TARGETS_MAX]> = const {
        RefCell::new([const { None }; TARGETS_MAX])
    };
}

/// Where an address is remembered: addresses of a test differ in their last letters.
fn place_of(text: &str) -> usize {
    let last = text.bytes().rev().take(16);
    let mixed = last.fold(text.len(), |mixed, byte| {
        mixed.wrapping_mul(31).wrapping_add(usize::from(byte))
    });
    mixed % TARGETS_MAX
}

fn path(target: &str) -> Option<PathAndQuery> {
    match PathAndQuery::try_from(target) {
        Ok(path) => Some(path),
        // A blank or a quote in a query would break the first line of the request.
        Err(_) => PathAndQuery::try_from(escape_odd(target)).ok(),
    }
}

fn escape_odd(target: &str) -> String {
    let mut escaped = String::with_capacity(target.len() + 16);
    for byte in target.bytes() {
        if byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            push_escaped(&mut escaped, byte);
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_once_and_never_taken_for_another() {
        let first = Target::read("http://h/a?b=c d").unwrap();
        let again = Target::read("http://h/a?b=c d").unwrap();
        assert!(Rc::ptr_eq(&first, &again));
        assert_eq!(first.path.as_ref().unwrap(), "/a?b=c%20d");
        for idx in 0..10 * TARGETS_MAX {
            let text = format!("HTTP://h:81/{idx}");
            let target = Target::read(&text).unwrap();
            assert_eq!(*target.text, *format!("http://h:81/{idx}"));
            assert_eq!(target.host.as_ref().unwrap(), "h:81");
        }
        assert!(Target::read("http://[bad").is_err());
    }
}
