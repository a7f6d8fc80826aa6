//! The end-to-end suite, one test binary: each module is one subject.
#![allow(missing_docs, reason = "a test's name says what it checks")]

mod canaries;
mod egress_policy;
mod formats;
mod hostile_callers;
mod hostile_vendors;
mod support;
