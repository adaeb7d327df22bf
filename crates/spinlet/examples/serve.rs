//! Serves a manifest until ctrl-c: `cargo run --release -p spinlet --example serve -- spin.toml 127.0.0.1:3000`.

use std::net::SocketAddr;
use std::time::Instant;

use spinlet::{Application, Options, Server, variables_from_environment};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    tracing_subscriber::fmt().with_env_filter(tracing_subscriber::EnvFilter::from_default_env()).init();
    let mut arguments = std::env::args().skip(1);
    let (Some(manifest), Some(listen)) = (arguments.next(), arguments.next()) else {
        return Err("usage: serve <spin.toml> <address:port> [state folder]".into());
    };
    let state = arguments.next().unwrap_or_else(|| ".spinlet".to_owned());
    let begun = Instant::now();
    let options = Options::new(manifest, state).variables(variables_from_environment());
    let application = Application::load(options).await?;
    let server = Server::bind(application, listen.parse::<SocketAddr>()?).await?;
    println!("http://{} after {} ms", server.local_address(), begun.elapsed().as_millis());
    server.serve(async { tokio::signal::ctrl_c().await.unwrap_or_default() }).await?;
    Ok(())
}
