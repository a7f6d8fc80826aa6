//! Hands over more bytes than it has. Answers with a string of 1 GiB that does not exist. Or by `name`: `honest`
//! answers with a JSON user of 60 MiB that does exist; `request` sends a body of 2 GiB that does not exist; `log` logs
//! a message of 1 GiB that does not exist; `over` answers with a JSON user one byte above the 4 MiB of the contract.
#![cfg(target_family = "wasm")]

use mortise_hostile::{Answer, Method, Request, attack, log, primary, report, send};
use std::mem::ManuallyDrop;

/// A vector that claims to have `length` bytes. The guest neither reads nor frees it. The host is asked to read it.
fn fabricated(length: usize) -> Vec<u8> {
    // SAFETY: none. The length is false on purpose.
    unsafe { Vec::from_raw_parts(core::ptr::dangling_mut::<u8>().wrapping_add(1024), length, length) }
}

/// A well-formed user of exactly `length` bytes.
fn user(length: usize) -> Answer {
    let (head, tail) = (r#"{"id":"1","name":""#, r#""}"#);
    let mut text = String::with_capacity(length);
    text.push_str(head);
    text.extend(core::iter::repeat_n('a', length - head.len() - tail.len()));
    text.push_str(tail);
    Ok(Some(text))
}

attack!(|call| match call.name.as_str() {
    "honest" => user(60 << 20),
    "over" => user((4 << 20) + 1),
    "request" => {
        let lie = Request { body: Some(fabricated(i32::MAX as usize)), ..primary(Method::Post, "/users") };
        report(format!("{:?}", send(&lie).map(|response| response.status())))
    }
    "log" => {
        // SAFETY: as in `fabricated`.
        log::emit("info", &ManuallyDrop::new(unsafe { String::from_utf8_unchecked(fabricated(1 << 30)) }));
        report("logged")
    }
    // SAFETY: as in `fabricated`.
    _ => Ok(Some(unsafe { String::from_utf8_unchecked(fabricated(1 << 30)) })),
});
