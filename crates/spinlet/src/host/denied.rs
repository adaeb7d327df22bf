//! What a dependency gets that does not inherit its component's configuration: the same interfaces under
//! another name, and behind them nothing.

use wasmtime::component::{Linker, Resource};
use wasmtime_wasi::p2::bindings::filesystem::types::Descriptor;
use wasmtime_wasi_http::RequestOptions;
use wasmtime_wasi_http::p2::bindings::http::types::ErrorCode;
use wasmtime_wasi_http::p2::types::{HostFutureIncomingResponse, HostOutgoingRequest};

use super::State;

/// How an import of such a dependency is met.
pub(crate) enum StandIn {
    /// It gives no access to anything, so that sharing it does no harm.
    NotNeeded,
    /// By an import of this name.
    Import(String),
    /// Not at all.
    None,
}

/// The version under which the stand-ins are defined; the linker matches every 0.2.
const VERSION: &str = "0.2.12";

/// The interfaces that have a stand-in.
const STAND_INS: [(&str, &str); 3] = [
    ("wasi:cli/environment", "environment"),
    ("wasi:filesystem/preopens", "preopens"),
    ("wasi:http/outgoing-handler", "outgoing-handler"),
];

/// Packages whose interfaces are harmless: without a preopened folder, a request that is sent or an allowed
/// address, files, HTTP types and sockets lead nowhere.
const HARMLESS: [&str; 7] = [
    "wasi:cli/",
    "wasi:clocks/",
    "wasi:filesystem/types",
    "wasi:http/types",
    "wasi:io/",
    "wasi:random/",
    "wasi:sockets/",
];

/// How the import of a dependency is met that does not inherit.
pub(crate) fn stand_in(import: &str) -> StandIn {
    let (interface, version) = import.split_once('@').unwrap_or((import, ""));
    if let Some((_, name)) = STAND_INS.iter().find(|(original, _)| *original == interface) {
        StandIn::Import(format!("spinlet:denied/{name}@{version}"))
    } else if HARMLESS.iter().any(|prefix| interface.starts_with(prefix)) {
        StandIn::NotNeeded
    } else {
        StandIn::None
    }
}

/// Puts the stand-ins behind their names.
pub(crate) fn add_to_linker(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    let mut environment = linker.instance(&format!("spinlet:denied/environment@{VERSION}"))?;
    environment.func_wrap("get-environment", |_, ()| Ok((Vec::<(String, String)>::new(),)))?;
    environment.func_wrap("get-arguments", |_, ()| Ok((Vec::<String>::new(),)))?;
    environment.func_wrap("initial-cwd", |_, ()| Ok((None::<String>,)))?;
    linker
        .instance(&format!("spinlet:denied/preopens@{VERSION}"))?
        .func_wrap("get-directories", |_, ()| Ok((Vec::<(Resource<Descriptor>, String)>::new(),)))?;
    linker.instance(&format!("spinlet:denied/outgoing-handler@{VERSION}"))?.func_wrap(
        "handle",
        |_, (_, _): (Resource<HostOutgoingRequest>, Option<Resource<RequestOptions>>)| {
            Ok((Err::<Resource<HostFutureIncomingResponse>, _>(ErrorCode::HttpRequestDenied),))
        },
    )?;
    Ok(())
}
