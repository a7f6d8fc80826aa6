//! The end-to-end suite, one test binary: each module is one subject.
#![allow(missing_docs, reason = "a test's name says what it checks")]

mod compile_cache;
mod formats;
mod grants;
mod hostile_components;
mod loading;
mod support;
