//! The tests' own tools: a tool that does not do what it says would prove nothing.

mod canary;
mod dns;
mod hostile;
mod vendor;
