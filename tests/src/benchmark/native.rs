//! The Dixa mapping, compiled into this program: the work of its component, without a sandbox.

#[path = "../../../plugins/dixa/src/lib.rs"]
#[allow(dead_code, unused_imports, unreachable_pub, reason = "the root of a crate of its own, with its tests")]
mod dixa;

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::FutureExt;
use mortise::call::{Input, Invocation, Native};
use mortise::egress::OutboundRequest;
use mortise_sdk::{Answer, Call, Category, Error, Integration, Outgoing, Result, Transport, User};

use self::dixa::Dixa;
use crate::workload::Workload;

/// The component's work between its texts: canonical user in, mapping with the vendor's answer from memory, canonical
/// user out.
///
/// # Panics
/// If the mapping fails.
pub fn map(workload: &Workload) -> String {
    let user = serde_json::from_str(&workload.user).expect("a user");
    finish(user, Memory { answer: Some((201, workload.answer.clone())), ..Memory::default() })
}

/// The mapping for [`mortise::call::Prepared::replace`]. It fails by panicking.
///
/// An integration asks its vendor in the middle of a function, and here no sandbox can pause it until the vendor
/// answers. So the code before the request runs twice, which costs some microseconds.
pub fn mapping() -> Arc<Native> {
    Arc::new(|invocation| serve(invocation).map(|user| Ok(Some(user))).boxed())
}

async fn serve(invocation: Invocation) -> String {
    let Invocation { input: Input::Create { user }, mut session, .. } = invocation else {
        panic!("the workload creates a user")
    };
    let user: User = serde_json::from_str(&user).expect("a user");
    let mut answer = session.send(request(user.clone())).await.expect("an answer");
    let body = answer.body().await.expect("a body");
    finish(user, Memory { answer: Some((answer.status.as_u16(), body)), ..Memory::default() })
}

/// The request of the mapping to its vendor.
fn request(user: User) -> OutboundRequest {
    let memory = Memory::default();
    let asked = memory.asked.clone();
    let _ = Dixa::create_user(&Call::new(Category::Ticketing, Box::new(memory)), user);
    let Outgoing { method, target, query, headers, body, primary } = asked.take().expect("a request");
    let method = method.as_str().parse().expect("a method");
    OutboundRequest { method, target, query, headers, body, primary }
}

/// The result of the mapping for the answer.
fn finish(user: User, memory: Memory) -> String {
    let call = Call::new(Category::Ticketing, Box::new(memory));
    let user = Dixa::create_user(&call, user).expect("a success").expect("a user");
    serde_json::to_string(&user).expect("a user is JSON")
}

/// Keeps the request, and answers from memory. Without an answer, the request fails.
#[derive(Default)]
struct Memory {
    asked: Rc<RefCell<Option<Outgoing>>>,
    answer: Option<(u16, Bytes)>,
}

impl Transport for Memory {
    fn send(&self, request: Outgoing) -> Result<Box<dyn Answer>> {
        self.asked.replace(Some(request));
        let (status, body) = self.answer.clone().ok_or_else(|| Error::internal(String::new()))?;
        Ok(Box::new(Answered { status, body }))
    }

    fn variable(&self, _: &str) -> Option<String> {
        None
    }

    fn parameter(&self, _: &str) -> Option<String> {
        None
    }

    fn wants_user(&self) -> bool {
        true
    }

    fn authentication_method(&self) -> Option<String> {
        None
    }

    fn ignore(&self, _: &str) {}

    fn log(&self, _: &str, _: &str) {}
}

struct Answered {
    status: u16,
    body: Bytes,
}

impl Answer for Answered {
    fn status(&self) -> u16 {
        self.status
    }

    fn header(&self, _: &str) -> Option<String> {
        None
    }

    fn body(&self) -> Result<Vec<u8>> {
        Ok(self.body.to_vec())
    }
}
