//! The `merkato` command.

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// The till makes and drops many small things, JSON above all: with the system's allocator that was a quarter of its
/// time.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    match merkato::cli::run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("merkato: {error:#}");
            ExitCode::FAILURE
        }
    }
}
