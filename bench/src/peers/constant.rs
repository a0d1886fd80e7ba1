//! The constant answer: the same HTTP core, the body read into the same typed JSON and checked,
//! then an answer of boxoffice that was recorded before. Nothing is decided, stored or rendered.

use boxoffice_api::v1::booking::BookingRequest;
use boxoffice_api::v1::decode;
use boxoffice_server::auth::Principal;
use boxoffice_server::http::{Body, Head as RequestHead, Rejection, Request, Response, Service};
use bytes::Bytes;
use http::{Method, StatusCode};

use super::{Head, Parse, Recorded};

/// The largest body that is taken, as in boxoffice.
pub(super) const BODY_BYTES_MAX: usize = 64 * 1_024;

/// See the module.
#[derive(Debug)]
pub(super) struct Constant {
    parse: Parse,
    head: Head,
    body: Bytes,
}

impl Constant {
    pub(super) fn new(recorded: &Recorded) -> anyhow::Result<Self> {
        Ok(Self {
            parse: recorded.parse,
            head: Head::of(recorded)?,
            body: Bytes::from(recorded.body.clone()),
        })
    }
}

impl Service for Constant {
    fn screen(&self, _head: &RequestHead<'_>) -> Result<Principal, Box<Response>> {
        Ok(Principal::OPEN)
    }

    fn body_bytes_max(&self, _method: &Method, _path: &str) -> usize {
        BODY_BYTES_MAX
    }

    async fn handle(&self, request: Request) -> Response {
        let is_read = match self.parse {
            Parse::Nothing => true,
            Parse::Booking => decode::<BookingRequest>(&request.body)
                .is_ok_and(|request| std::hint::black_box(&request).source().is_some()),
        };
        if !is_read {
            return plain(StatusCode::BAD_REQUEST);
        }
        let mut response = Response::new(Body::from(self.body.clone()));
        self.head.put_on(&mut response);
        response
    }

    fn reject(&self, _head: &RequestHead<'_>, rejection: Rejection) -> Response {
        plain(rejection.status())
    }
}

/// An answer that no load expects.
pub(super) fn plain(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}
