//! The host's side of what components import: one file for each interface.

pub(crate) mod denied;
pub(crate) mod http;
pub mod key_value;
pub(crate) mod output;
pub mod postgres;
pub mod sqlite;
pub(crate) mod variables;

use std::sync::Arc;

use wasmtime::component::{HasSelf, Linker, ResourceTable};
use wasmtime_wasi::{FsPerms, WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use crate::application::{Loaded, Shared};
use crate::bindings;
use crate::engine::MemoryLimiter;
use crate::invoke::Context;

/// What one instance of a component holds on the host's side. It lives for one request.
pub(crate) struct State {
    pub component: Arc<Loaded>,
    pub shared: Arc<Shared>,
    pub limiter: MemoryLimiter,
    pub table: ResourceTable,
    /// Stores and connections that the guest has open, of every kind.
    pub handles_open: u32,
    wasi: WasiCtx,
    http: WasiHttpCtx,
    hooks: http::Outbound,
}

impl State {
    pub(crate) fn new(
        shared: &Arc<Shared>,
        component: &Arc<Loaded>,
        context: &Context,
    ) -> wasmtime::Result<State> {
        let mut wasi = WasiCtx::builder();
        wasi.stdout(output::Output::stdout(&component.id)).stderr(output::Output::stderr(&component.id));
        if !component.environment.is_empty() {
            wasi.envs(&component.environment);
        }
        if let Some(folder) = &component.files {
            wasi.preopened_dir(folder, "/", FsPerms::ReadOnly)?;
        }
        Ok(State {
            component: Arc::clone(component),
            shared: Arc::clone(shared),
            limiter: MemoryLimiter::new(shared.limits.instance_memory_bytes_max),
            table: ResourceTable::new(),
            handles_open: 0,
            wasi: wasi.build(),
            http: WasiHttpCtx::new(),
            hooks: http::Outbound::new(shared, component, context),
        })
    }

    /// Counts a store or connection that the guest opens; `false` when it has too many.
    pub(crate) fn open_handle(&mut self) -> bool {
        let free = self.handles_open < HANDLES_MAX;
        self.handles_open += u32::from(free);
        free
    }

    pub(crate) fn close_handle(&mut self) {
        self.handles_open = self.handles_open.saturating_sub(1);
    }
}

/// Stores and connections that one instance may have open; Spin's own number.
const HANDLES_MAX: u32 = 256;

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { ctx: &mut self.http, table: &mut self.table, hooks: &mut self.hooks }
    }
}

/// The packages whose imports are met, with the versions that are.
const PACKAGES: [(&str, &str); 12] = [
    ("wasi:cli", "0.2."),
    ("wasi:clocks", "0.2."),
    ("wasi:filesystem", "0.2."),
    ("wasi:http", "0.2."),
    ("wasi:io", "0.2."),
    ("wasi:random", "0.2."),
    ("wasi:sockets", "0.2."),
    ("spinlet:denied", "0.2."),
    ("fermyon:spin/key-value", "2.0.0"),
    ("fermyon:spin/variables", "2.0.0"),
    ("spin:sqlite/sqlite", "3.0.0"),
    ("spin:postgres/postgres", "4.0.0"),
];

/// Whether an import of this name can be met.
pub(crate) fn is_supported(import: &str) -> bool {
    let Some((path, version)) = import.split_once('@') else { return false };
    let package = path.split_once('/').map_or(path, |(package, _)| package);
    PACKAGES.iter().any(|(known, known_version)| {
        (*known == path || *known == package)
            && version.starts_with(known_version)
            // Release candidates of WASI 0.2 had other interfaces.
            && !version.contains('-')
    })
}

/// Everything that a component may import.
pub(crate) fn linker(engine: &wasmtime::Engine) -> wasmtime::Result<Linker<State>> {
    let mut linker = Linker::new(engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut linker)?;
    bindings::fermyon::spin::key_value::add_to_linker::<_, HasSelf<State>>(&mut linker, |state| state)?;
    bindings::fermyon::spin::variables::add_to_linker::<_, HasSelf<State>>(&mut linker, |state| state)?;
    bindings::spin::sqlite::sqlite::add_to_linker::<_, HasSelf<State>>(&mut linker, |state| state)?;
    bindings::spin::postgres::postgres::add_to_linker::<_, HasSelf<State>>(&mut linker, |state| state)?;
    denied::add_to_linker(&mut linker)?;
    Ok(linker)
}

#[cfg(test)]
mod tests {
    use super::is_supported;

    #[test]
    fn only_interfaces_that_are_served_count_as_supported() {
        for good in ["wasi:http/types@0.2.0", "wasi:cli/stdin@0.2.6", "spin:sqlite/sqlite@3.0.0"] {
            assert!(is_supported(good), "{good}");
        }
        for bad in [
            "wasi:http/types@0.2.0-rc-2023-11-10",
            "wasi:http/types@0.3.0",
            "wasi:keyvalue/store@0.2.0-draft2",
            "fermyon:spin/redis@2.0.0",
            "spin:postgres/postgres@3.0.0",
            "merkato:pricing/pricing@0.1.0",
            "plain",
        ] {
            assert!(!is_supported(bad), "{bad}");
        }
    }
}
