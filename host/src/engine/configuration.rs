//! The configuration of wasmtime.

use wasmtime::{Config, OptLevel, WasmBacktraceDetails};

use super::space::{AddressSpace, GROWTH};
use super::target::{Effort, Target};
use crate::config::Bounds;

/// The only place that configures wasmtime. Serving and compiling must agree, or artefacts do not load.
pub(super) fn configuration(bounds: &Bounds, target: Target) -> Config {
    let mut config = Config::new();
    config
        .epoch_interruption(true)
        // The contract is synchronous. Without the bookkeeping of concurrent tasks a fresh call is a third cheaper.
        .concurrency_support(false)
        .max_wasm_stack(bounds.stack_bytes)
        // The rest is for host functions, which run on the same stack.
        .async_stack_size(bounds.stack_bytes + (512 << 10))
        // The next tenant uses the stack slot again.
        .async_stack_zeroing(true)
        .memory_init_cow(true)
        .wasm_memory64(false)
        .wasm_relaxed_simd(false)
        .wasm_multi_memory(false)
        .wasm_tail_call(false)
        .wasm_backtrace_details(WasmBacktraceDetails::Disable)
        // Unwind tables take time to register that grows with the number of components.
        .native_unwind_info(false)
        .cranelift_opt_level(match target.effort {
            Effort::Full => OptLevel::Speed,
            Effort::Least => OptLevel::None,
        });
    if target.space == AddressSpace::Scarce {
        config.memory_reservation(0).memory_reservation_for_growth(GROWTH).memory_guard_size(64 << 10);
    }
    config
}
