//! What the macro makes of the WIT of Spin's interfaces. Nothing is written by hand below this line.

wasmtime::component::bindgen!({
    path: [
        "../../wit/deps/fermyon-spin@2.0.0",
        "../../wit/deps/spin-sqlite@3.0.0",
        "../../wit/deps/spin-postgres@4.0.0",
    ],
    inline: "
        package spinlet:host;

        /// What components may import beside WASI.
        world host {
            import fermyon:spin/key-value@2.0.0;
            import fermyon:spin/variables@2.0.0;
            import spin:sqlite/sqlite@3.0.0;
            import spin:postgres/postgres@4.0.0;
        }
    ",
    world: "spinlet:host/host",
    imports: { default: async | trappable },
    require_store_data_send: true,
    with: {
        "fermyon:spin/key-value.store": crate::host::key_value::Store,
        "spin:sqlite/sqlite.connection": crate::host::sqlite::Connection,
        "spin:postgres/postgres.connection": crate::host::postgres::Connection,
    },
});
