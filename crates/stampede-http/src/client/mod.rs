//! A client: the connections of one virtual user and what is sent over them.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use crate::cookie::CookieJar;
use crate::environment::Environment;
use crate::request::Request;
use crate::response::Response;

/// Bytes that went over the wire, below TLS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Bytes written.
    pub sent_bytes: u64,
    /// Bytes read.
    pub received_bytes: u64,
}

/// One request of a batch with the jar it uses.
#[derive(Clone, Debug)]
pub struct Job {
    /// What to send.
    pub request: Rc<Request>,
    /// Where its cookies come from and go to.
    pub jar: Rc<RefCell<CookieJar>>,
}

/// The client of one virtual user. A clone is the same client.
#[derive(Clone, Debug)]
pub struct Client {
    environment: Arc<Environment>,
}

impl Client {
    /// A client without connections. `client_idx` is the number of its user, which chooses among
    /// several local addresses.
    #[must_use]
    pub fn new(environment: Arc<Environment>, client_idx: usize) -> Self {
        Self { environment }
    }

    /// Sends a request and follows its redirects. `observe` sees every hop when it ends, the last
    /// one included, which is also the result.
    ///
    /// Runs on a tokio runtime with IO and time. Dropping the future closes its connection.
    pub async fn send(
        &self,
        request: Rc<Request>,
        jar: &RefCell<CookieJar>,
        observe: &dyn Fn(&Response),
    ) -> Response {
        Response::failed(request, Rc::from(""), Rc::from(""))
    }

    /// Sends several requests at once, as many as the options allow, and answers in their order.
    /// `observe` sees every hop with the index of its request.
    pub async fn batch(&self, jobs: Vec<Job>, observe: &dyn Fn(usize, &Response)) -> Vec<Response> {
        Vec::new()
    }

    /// Tells the client that an iteration has ended: with `noVUConnectionReuse` its idle
    /// connections are closed.
    pub fn end_iteration(&self) {}

    /// The bytes that went over the wire since the last call.
    pub fn take_traffic(&self) -> Traffic {
        Traffic::default()
    }
}
