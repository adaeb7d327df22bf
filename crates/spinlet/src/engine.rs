//! The WebAssembly engine: pooled instances, compiled code kept on disk, and a clock that can stop a guest.

use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

use wasmtime::{
    Cache, CacheConfig, Config, Enabled, InstanceAllocationStrategy, PoolingAllocationConfig, ResourceLimiter,
};

use crate::error::Error;
use crate::options::Limits;

/// How often a guest that computes is interrupted to let others run and to look at its deadline.
/// Short enough to be fair, long enough to cost nothing.
const TICK: Duration = Duration::from_millis(10);

/// Instances that a request from outside may need at once on average, because components chain to others.
const INSTANCES_PER_REQUEST: u32 = 2;

/// Core instances in one component: its module, its adapters, and those of its dependencies.
const CORE_INSTANCES_PER_COMPONENT: u32 = 16;

/// Memories and tables in one component: its own and one for each dependency.
const MEMORIES_PER_COMPONENT: u32 = 4;

/// What is kept of a memory, a table and a stack after use and zeroed, not unmapped and faulted in again.
/// Measured: together they double the requests per second of an empty component.
const MEMORY_KEPT_BYTES: usize = 2 << 20;
const TABLE_KEPT_BYTES: usize = 64 << 10;
const STACK_KEPT_BYTES: usize = 64 << 10;

/// Elements that the tables of one instance may have: function pointers, a few thousand in practice.
const TABLE_ELEMENTS_MAX: usize = 100_000;

/// An engine and the thread that moves its clock; the thread ends when this is dropped.
pub(crate) struct Engine {
    engine: wasmtime::Engine,
    _ticker: mpsc::Sender<()>,
}

impl Engine {
    pub(crate) fn new(limits: &Limits, cache_dir: &Path) -> Result<Engine, Error> {
        let engine = wasmtime::Engine::new(&config(limits, cache_dir)?).map_err(Error::Engine)?;
        let ticker = start_ticker(&engine).map_err(|error| Error::Engine(error.into()))?;
        Ok(Engine { engine, _ticker: ticker })
    }

    pub(crate) fn engine(&self) -> &wasmtime::Engine {
        &self.engine
    }
}

fn config(limits: &Limits, cache_dir: &Path) -> Result<Config, Error> {
    let instances = limits.requests_under_way_max.saturating_mul(INSTANCES_PER_REQUEST);
    let mut pool = PoolingAllocationConfig::default();
    pool.total_component_instances(instances)
        .total_core_instances(instances.saturating_mul(CORE_INSTANCES_PER_COMPONENT))
        .total_memories(instances.saturating_mul(MEMORIES_PER_COMPONENT))
        .total_tables(instances.saturating_mul(MEMORIES_PER_COMPONENT))
        .total_stacks(instances)
        .max_memory_size(limits.instance_memory_bytes_max)
        .table_elements(TABLE_ELEMENTS_MAX)
        .linear_memory_keep_resident(MEMORY_KEPT_BYTES)
        .table_keep_resident(TABLE_KEPT_BYTES)
        .async_stack_keep_resident(STACK_KEPT_BYTES)
        .pagemap_scan(Enabled::Auto);
    let mut cache = CacheConfig::new();
    cache.with_directory(std::path::absolute(cache_dir).map_err(|source| Error::File {
        action: "cannot use the code cache",
        path: cache_dir.to_owned(),
        source,
    })?);
    let mut config = Config::new();
    config
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pool))
        .cache(Some(Cache::new(cache).map_err(Error::Engine)?))
        .epoch_interruption(true)
        // Components of WASI 0.2 have nothing to run side by side; without it a store is cheaper to make.
        .concurrency_support(false);
    Ok(config)
}

/// A thread and not a task: guests that never yield may hold every thread of the runtime.
fn start_ticker(engine: &wasmtime::Engine) -> std::io::Result<mpsc::Sender<()>> {
    let (alive, end) = mpsc::channel();
    let engine = engine.weak();
    std::thread::Builder::new().name("spinlet-clock".to_owned()).spawn(move || {
        while let Err(mpsc::RecvTimeoutError::Timeout) = end.recv_timeout(TICK) {
            let Some(engine) = engine.upgrade() else { return };
            engine.increment_epoch();
        }
    })?;
    Ok(alive)
}

/// Holds all memories of one instance together below a limit.
pub(crate) struct MemoryLimiter {
    bytes_left: usize,
}

impl MemoryLimiter {
    pub(crate) fn new(bytes_max: usize) -> MemoryLimiter {
        MemoryLimiter { bytes_left: bytes_max }
    }
}

impl ResourceLimiter for MemoryLimiter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        match self.bytes_left.checked_sub(desired.saturating_sub(current)) {
            Some(bytes_left) => {
                self.bytes_left = bytes_left;
                Ok(true)
            }
            None => Ok(false),
        }
    }

    fn table_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(desired <= TABLE_ELEMENTS_MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_memories_of_an_instance_share_one_limit() {
        let mut limiter = MemoryLimiter::new(100);
        assert!(limiter.memory_growing(0, 60, None).unwrap());
        assert!(!limiter.memory_growing(0, 50, None).unwrap());
        assert!(limiter.memory_growing(60, 100, None).unwrap());
        assert!(!limiter.memory_growing(100, 101, None).unwrap());
    }
}
