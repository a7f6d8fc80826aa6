//! The end-to-end suite, one test binary: each module is one subject.
#![allow(missing_docs, reason = "a test's name says what it checks")]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail their test"
)]

mod accounts;
mod applications;
mod bindings;
mod calls;
mod canaries;
mod cassettes;
mod circuit;
mod code_grant;
mod compatibility;
mod compile_cache;
mod connect_crash;
mod connect_flow;
mod connect_page;
mod connections;
mod crash;
mod deletes;
mod dev;
mod documented;
mod egress_policy;
mod epoch_clock;
mod fields;
mod formats;
mod grants;
mod hostile_callers;
mod hostile_components;
mod hostile_vendors;
mod idempotency;
mod isolation;
mod link_tokens;
mod lists;
mod loading;
mod observability;
mod operator;
mod operators_page;
mod outages;
mod passthrough;
mod process;
mod proxies;
mod quotas;
mod reference;
mod release;
mod reload;
mod retries;
mod rotation;
mod scenarios;
mod self_check;
mod shutdown;
mod signing;
mod support;
mod token_exchange;
mod token_routes;
mod traces;
mod truto_clients;
mod two_hosts;
mod validation;
mod webhooks;

use mortise_tests::fixtures;
