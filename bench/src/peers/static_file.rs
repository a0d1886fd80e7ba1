//! A static file, read once and served from memory through the same HTTP core: the best that a file
//! server can do.

use std::path::Path;

use boxoffice_server::auth::Principal;
use boxoffice_server::http::{Body, Head as RequestHead, Rejection, Request, Response, Service};
use bytes::Bytes;
use http::{Method, StatusCode};

use super::constant::{BODY_BYTES_MAX, plain};
use super::{Head, Recorded};

/// See the module.
#[derive(Debug)]
pub(super) struct StaticFile {
    head: Head,
    content: Bytes,
}

impl StaticFile {
    pub(super) fn new(path: &Path, recorded: &Recorded) -> anyhow::Result<Self> {
        Ok(Self {
            head: Head::of(recorded)?,
            content: Bytes::from(std::fs::read(path)?),
        })
    }
}

impl Service for StaticFile {
    fn screen(&self, _head: &RequestHead<'_>) -> Result<Principal, Box<Response>> {
        Ok(Principal::OPEN)
    }

    fn body_bytes_max(&self, _method: &Method, _path: &str) -> usize {
        BODY_BYTES_MAX
    }

    async fn handle(&self, request: Request) -> Response {
        if request.method != Method::GET {
            return plain(StatusCode::METHOD_NOT_ALLOWED);
        }
        let mut response = Response::new(Body::from(self.content.clone()));
        self.head.put_on(&mut response);
        response
    }

    fn reject(&self, _head: &RequestHead<'_>, rejection: Rejection) -> Response {
        plain(rejection.status())
    }
}
