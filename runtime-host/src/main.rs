//! The `merkato` command.

use std::process::ExitCode;

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
