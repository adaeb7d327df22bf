//! Loads a manifest into components that are compiled, linked and ready to be instantiated. Everything that
//! can be wrong with an application is found here, before a port answers.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::task::JoinSet;
use tokio_util::task::TaskTracker;
use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Component as WasmComponent, Linker};
use wasmtime_wasi_http::p2::bindings::ProxyPre;

use crate::compose::compose;
use crate::engine::Engine;
use crate::error::Error;
use crate::files;
use crate::host::http::HttpClient;
use crate::host::key_value::KeyValue;
use crate::host::postgres::Pools;
use crate::host::sqlite::Database;
use crate::host::{self, State};
use crate::manifest::{Component, Manifest, Provider};
use crate::options::{Limits, Options};
use crate::outbound::AllowedHosts;
use crate::router::Router;
use crate::variables::{ComponentVariables, Values};

/// The interface that a component with a trigger exports; every 0.2 will do.
const HANDLER: &str = "wasi:http/incoming-handler@0.2.";

/// An application that is loaded, composed, compiled and linked. Clones are the same application, for a further
/// listener.
#[derive(Clone)]
pub struct Application {
    pub(crate) shared: Arc<Shared>,
}

/// What all requests of an application share.
pub(crate) struct Shared {
    pub engine: Engine,
    pub router: Router<Arc<Loaded>>,
    /// Those with a trigger, by name: what can be chained to.
    pub components: HashMap<String, Arc<Loaded>>,
    pub limits: Limits,
    pub http_client: HttpClient,
    pub key_value: Option<KeyValue>,
    pub postgres: Pools,
    /// Guests that go on after their answer has begun, or whose client has gone away.
    pub guests: TaskTracker,
}

/// A component, ready to be instantiated, and what the manifest grants it.
pub(crate) struct Loaded {
    pub id: Arc<str>,
    pub pre: ProxyPre<State>,
    pub variables: ComponentVariables,
    pub environment: Vec<(String, String)>,
    pub files: Option<PathBuf>,
    pub allowed_hosts: AllowedHosts,
    pub key_value_stores: HashSet<Arc<str>>,
    pub sqlite_databases: HashMap<String, Arc<Database>>,
}

impl Application {
    /// Loads an application. What the manifest asks for and this runner does not give is an error here that
    /// names the component and the line.
    pub async fn load(options: Options) -> Result<Application, Error> {
        let manifest = Arc::new(Manifest::load(&options.manifest)?);
        let values = Values::resolve(&manifest, &options.variables)?;
        create_folder(&options.state_dir)?;
        let cache_dir = options.cache_dir.clone().unwrap_or_else(|| options.state_dir.join("code-cache"));
        create_folder(&cache_dir)?;
        let grants = Grants::of_manifest(&manifest, &values, &options.state_dir)?;
        let key_value = open_key_value(&manifest, &options.state_dir)?;
        let engine = Engine::new(&options.limits, &cache_dir)?;
        let linker = host::linker(engine.engine()).map_err(Error::Engine)?;
        let components = load_all(&manifest, &linker, grants).await?;
        let router = route(&manifest, &components);
        tracing::info!(application = manifest.name, components = components.len(), "loaded");
        let shared = Shared {
            engine,
            router,
            components,
            limits: options.limits,
            http_client: host::http::client(),
            key_value,
            postgres: Pools::default(),
            guests: TaskTracker::new(),
        };
        Ok(Application { shared: Arc::new(shared) })
    }
}

/// What the manifest grants one component, with all templates filled in.
struct Grants {
    variables: ComponentVariables,
    allowed_hosts: AllowedHosts,
    files: Option<PathBuf>,
    sqlite_databases: HashMap<String, Arc<Database>>,
}

impl Grants {
    fn of_manifest(
        manifest: &Manifest,
        values: &Values,
        state_dir: &Path,
    ) -> Result<BTreeMap<String, Grants>, Error> {
        let mut databases = HashMap::new();
        let mut all = BTreeMap::new();
        for (id, component) in &manifest.components {
            let target = state_dir.join("files").join(id);
            let grants = Grants {
                variables: values.of_component(manifest, id, component)?,
                allowed_hosts: AllowedHosts::of_component(manifest, id, component, values)?,
                files: files::copy(manifest, id, component, &target)?,
                sqlite_databases: open_databases(component, state_dir, &mut databases)?,
            };
            all.insert(id.clone(), grants);
        }
        Ok(all)
    }
}

fn open_databases(
    component: &Component,
    state_dir: &Path,
    open: &mut HashMap<String, Arc<Database>>,
) -> Result<HashMap<String, Arc<Database>>, Error> {
    let mut databases = HashMap::new();
    for label in &component.sqlite_databases {
        if !open.contains_key(label) {
            let path = sqlite_file(state_dir, label);
            create_folder(&state_dir.join("sqlite"))?;
            open.insert(label.clone(), Arc::new(Database::open(&path)?));
        }
        databases.insert(label.clone(), Arc::clone(&open[label]));
    }
    Ok(databases)
}

fn open_key_value(manifest: &Manifest, state_dir: &Path) -> Result<Option<KeyValue>, Error> {
    if manifest.components.values().all(|component| component.key_value_stores.is_empty()) {
        return Ok(None);
    }
    KeyValue::open(&key_value_file(state_dir)).map(Some)
}

/// The file of a SQLite label.
pub(crate) fn sqlite_file(state_dir: &Path, label: &str) -> PathBuf {
    state_dir.join("sqlite").join(format!("{label}.db"))
}

/// The file of all key-value stores.
pub(crate) fn key_value_file(state_dir: &Path) -> PathBuf {
    state_dir.join("key-value.db")
}

fn create_folder(path: &Path) -> Result<(), Error> {
    std::fs::create_dir_all(path).map_err(|source| Error::File {
        action: "cannot create",
        path: path.to_owned(),
        source,
    })
}

/// Compiles (or takes from the cache) all components side by side.
async fn load_all(
    manifest: &Arc<Manifest>,
    linker: &Linker<State>,
    mut grants: BTreeMap<String, Grants>,
) -> Result<HashMap<String, Arc<Loaded>>, Error> {
    let mut tasks = JoinSet::new();
    for (id, component) in &manifest.components {
        let is_triggered = manifest.triggers.iter().any(|trigger| trigger.component == *id);
        let Some(grants) = grants.remove(id) else { continue };
        let (manifest, linker, id) = (Arc::clone(manifest), linker.clone(), id.clone());
        if is_triggered {
            tasks.spawn_blocking(move || {
                let loaded = load(&manifest, &id, &linker, grants)?;
                Ok::<_, Error>(Some((id, Arc::new(loaded))))
            });
        } else {
            // It serves others as a dependency, and is compiled with them; but it must be there.
            read_source(manifest.as_ref(), &id, component)?;
        }
    }
    let mut components = HashMap::new();
    // The first error in the order of the manifest, so that the same mistake gives the same message.
    let mut first_error: Option<Error> = None;
    while let Some(outcome) = tasks.join_next().await {
        match outcome {
            Ok(Ok(loaded)) => components.extend(loaded),
            Ok(Err(error)) => {
                let is_first = first_error.as_ref().is_none_or(|first| line_of(&error) < line_of(first));
                if is_first {
                    first_error = Some(error);
                }
            }
            Err(error) => return Err(Error::Engine(wasmtime::Error::new(error))),
        }
    }
    first_error.map_or(Ok(components), Err)
}

fn line_of(error: &Error) -> usize {
    match error {
        Error::Manifest { line, .. } => *line,
        _ => 0,
    }
}

fn load(manifest: &Manifest, id: &str, linker: &Linker<State>, grants: Grants) -> Result<Loaded, Error> {
    let component = &manifest.components[id];
    let error = |message: String| manifest.error(component.source.line, Some(id), message);
    let source = read_source(manifest, id, component)?;
    let bytes = compose(manifest, id, component, source, |dependency| match &dependency.value.provider {
        Provider::File(path) => read(manifest, id, dependency.line, path),
        Provider::Component(provider) => read_source(manifest, provider, &manifest.components[provider]),
    })?;
    let wasm = WasmComponent::from_binary(linker.engine(), &bytes)
        .map_err(|reason| error(format!("cannot be compiled: {reason:#}")))?;
    check_interfaces(&wasm, linker.engine()).map_err(error)?;
    let pre = linker
        .instantiate_pre(&wasm)
        .and_then(ProxyPre::new)
        .map_err(|reason| error(format!("cannot be linked: {reason:#}")))?;
    Ok(Loaded {
        id: Arc::from(id),
        pre,
        variables: grants.variables,
        environment: component.environment.clone().into_iter().collect(),
        files: grants.files,
        allowed_hosts: grants.allowed_hosts,
        key_value_stores: component.key_value_stores.iter().map(|label| Arc::from(label.as_str())).collect(),
        sqlite_databases: grants.sqlite_databases,
    })
}

fn read_source(manifest: &Manifest, id: &str, component: &Component) -> Result<Vec<u8>, Error> {
    read(manifest, id, component.source.line, &component.source.value)
}

fn read(manifest: &Manifest, id: &str, line: usize, path: &Path) -> Result<Vec<u8>, Error> {
    let path = manifest.folder().join(path);
    std::fs::read(&path)
        .map_err(|error| manifest.error(line, Some(id), format!("cannot read {}: {error}", path.display())))
}

/// An interface of types alone needs nobody to provide it: a composed component keeps it to name its types.
fn has_only_types(item: &ComponentItem, engine: &wasmtime::Engine) -> bool {
    let ComponentItem::ComponentInstance(instance) = item else { return false };
    instance.exports(engine).all(|(_, export)| matches!(export.ty, ComponentItem::Type(_)))
}

fn check_interfaces(wasm: &WasmComponent, engine: &wasmtime::Engine) -> Result<(), String> {
    let interfaces = wasm.component_type();
    let unknown: Vec<&str> = interfaces
        .imports(engine)
        .filter(|(name, item)| !host::is_supported(name) && !has_only_types(&item.ty, engine))
        .map(|(name, _)| name)
        .collect();
    if !unknown.is_empty() {
        return Err(format!("imports what nothing here provides: {}", unknown.join(", ")));
    }
    if interfaces.exports(engine).any(|(name, _)| name.starts_with(HANDLER)) {
        Ok(())
    } else {
        Err("has an HTTP trigger but does not export wasi:http/incoming-handler 0.2".to_owned())
    }
}

fn route(manifest: &Manifest, components: &HashMap<String, Arc<Loaded>>) -> Router<Arc<Loaded>> {
    let mut router = Router::new();
    for trigger in &manifest.triggers {
        let (Some(route), Some(component)) = (&trigger.route, components.get(&trigger.component)) else {
            continue;
        };
        if let Some(replaced) = router.add(route, Arc::clone(component)) {
            tracing::warn!(
                route,
                line = trigger.line,
                component = trigger.component,
                replaced = &*replaced.id,
                "two triggers have the same route; the later one is used"
            );
        }
    }
    router
}
