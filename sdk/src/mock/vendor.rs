//! The transport behind a [`Mock`](super::Mock).

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::Value;

use super::exchange::{Exchange, Expected};
use crate::error::Result;
use crate::transport::{Answer, Outgoing, Transport};

/// The inputs of a call.
#[derive(Debug, Clone)]
pub(super) struct Script {
    pub(super) variables: BTreeMap<String, String>,
    pub(super) parameters: BTreeMap<String, String>,
    pub(super) wants_user: bool,
    pub(super) authentication_method: Option<String>,
    pub(super) exchanges: Vec<Exchange>,
}

/// One run of a script. The number of recorded requests is the position in it.
pub(super) struct Vendor {
    pub(super) script: Rc<Script>,
    pub(super) requests: Rc<RefCell<Vec<Outgoing>>>,
    pub(super) ignored: Rc<RefCell<Vec<String>>>,
}

impl Transport for Vendor {
    fn send(&self, request: Outgoing) -> Result<Box<dyn Answer>> {
        let mut requests = self.requests.borrow_mut();
        let place = requests.len();
        let Some(expected) = self.script.exchanges.get(place) else {
            panic!("no further request was expected, but {}", told(&request));
        };
        expected.check(&request);
        assert!(
            !(request.primary && requests.iter().any(|r| r.primary)),
            "a call has one primary request, but a second one is marked: {}",
            told(&request)
        );
        requests.push(request);
        Ok(Box::new(Played { script: Rc::clone(&self.script), place }))
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.script.variables.get(name).cloned()
    }

    fn parameter(&self, name: &str) -> Option<String> {
        self.script.parameters.get(name).cloned()
    }

    fn wants_user(&self) -> bool {
        self.script.wants_user
    }

    fn authentication_method(&self) -> Option<String> {
        self.script.authentication_method.clone()
    }

    fn ignore(&self, field: &str) {
        self.ignored.borrow_mut().push(field.to_owned());
    }

    fn log(&self, level: &str, message: &str) {
        // The test harness captures this, and shows it if a test fails.
        println!("{level}: {message}");
    }
}

impl Exchange {
    fn check(&self, request: &Outgoing) {
        let is_next = (self.method, &self.target, &self.query) == (request.method, &request.target, &request.query);
        assert!(
            is_next,
            "the next request was expected to be {} {} with the query {:?}, but {}",
            self.method.as_str(),
            self.target,
            self.query,
            told(request)
        );
        let body = request.body.as_deref();
        match &self.body {
            None => {}
            Some(Expected::Nothing) => assert_eq!(body, None, "no body was expected"),
            Some(Expected::Text(text)) => assert_eq!(body.map(String::from_utf8_lossy).as_deref(), Some(text.as_str())),
            Some(Expected::Json(expected)) => {
                let sent = body.map(serde_json::from_slice::<Value>);
                assert!(
                    matches!(&sent, Some(Ok(sent)) if sent == expected),
                    "the body of {} {} was expected to be\n  {expected}\nbut it is\n  {}",
                    self.method.as_str(),
                    self.target,
                    body.map(String::from_utf8_lossy).unwrap_or_default()
                );
            }
        }
    }
}

fn told(request: &Outgoing) -> String {
    format!("{} {} with the query {:?} was sent", request.method.as_str(), request.target, request.query)
}

/// The answer at one position of a script.
struct Played {
    script: Rc<Script>,
    place: usize,
}

impl Played {
    fn exchange(&self) -> Option<&Exchange> {
        self.script.exchanges.get(self.place)
    }
}

impl Answer for Played {
    fn status(&self) -> u16 {
        self.exchange().map_or(0, |exchange| exchange.status)
    }

    fn header(&self, name: &str) -> Option<String> {
        let headers = &self.exchange()?.headers;
        headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.clone())
    }

    fn body(&self) -> Result<Vec<u8>> {
        Ok(self.exchange().map(|exchange| exchange.answer.clone()).unwrap_or_default())
    }
}
