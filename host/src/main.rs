//! The `mortise` command.

/// musl's own allocator has one lock for all threads (docs/performance.md).
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    mortise::cli::run()
}
