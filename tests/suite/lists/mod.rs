//! Lists of users: pages, cursors and filters. The host refuses requests that it could not answer truthfully. The
//! vendor decides the plugin's answers to the host (`tests/hostile/src/puppet.rs`).

mod cursors;
mod filters;
mod limits;
mod pages;
mod reads;
mod stage;
