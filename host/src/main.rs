//! The `mortise` command.

/// The static program has no allocator for many threads of its own.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    mortise::cli::run()
}
