//! Tests of the test tools: a broken tool would make other tests meaningless.

mod canary;
mod dns;
mod hostile;
mod vendor;
