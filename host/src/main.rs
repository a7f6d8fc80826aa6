//! The `mortise` command.

fn main() -> std::process::ExitCode {
    mortise::cli::run()
}
