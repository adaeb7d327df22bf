//! Holds each built component against its world in `wit/worlds`: a component that imports or exports what its world
//! does not list fails here. So a new capability is first asked for in a world, where a reviewer sees it.
//!
//! Interfaces are compared by name. The patch version of `wasi:` packages is left out: it is chosen by toolchain and
//! SDK, and WASI promises that it changes nothing for a component.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use wit_parser::{
    Resolve, UnresolvedPackageGroup, WorldId, WorldItem, WorldKey,
    decoding::{DecodedWasm, decode},
};

/// Where components are built.
const BUILT: &str = "target/wasm32-wasip2/wasm";

/// The names of a world's interfaces.
#[derive(Debug, Default, PartialEq, Eq)]
struct Surface {
    imports: BTreeSet<String>,
    exports: BTreeSet<String>,
}

impl Surface {
    fn of(resolve: &Resolve, world: WorldId) -> Self {
        let world = &resolve.worlds[world];
        let names = |items: &mut dyn Iterator<Item = (&WorldKey, &WorldItem)>| {
            items.map(|(key, _)| without_wasi_patch(&resolve.name_world_key(key))).collect()
        };
        Self { imports: names(&mut world.imports.iter()), exports: names(&mut world.exports.iter()) }
    }

    fn of_component(bytes: &[u8]) -> Self {
        match decode(bytes).expect("a component") {
            DecodedWasm::Component(resolve, world) => Self::of(&resolve, world),
            DecodedWasm::WitPackage(..) => panic!("a WIT package and no component"),
        }
    }

    /// What this has and `world` does not list, in words.
    fn beyond(&self, world: &Self) -> Vec<String> {
        let imports = self.imports.difference(&world.imports).map(|name| format!("imports {name}"));
        let exports = self.exports.difference(&world.exports).map(|name| format!("exports {name}"));
        imports.chain(exports).collect()
    }
}

/// `wasi:io/poll@0.2.6` as `wasi:io/poll@0.2`; other names as they are.
fn without_wasi_patch(name: &str) -> String {
    match name.rsplit_once('.') {
        Some((minor, _)) if name.starts_with("wasi:") => minor.to_owned(),
        _ => name.to_owned(),
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// All WIT of the shop: its packages, its worlds, and the foreign packages that they name.
fn wit() -> Resolve {
    let folders = |path: PathBuf| {
        let entries = fs::read_dir(&path).expect("a folder").map(|entry| entry.expect("an entry").path());
        let mut folders = entries.filter(|entry| entry.is_dir()).collect::<Vec<_>>();
        folders.sort();
        folders
    };
    let mut resolve = Resolve::default();
    let packages = folders(root().join("wit/deps")).into_iter().chain(folders(root().join("wit")));
    let packages = packages.filter(|folder| !["deps", "worlds"].iter().any(|other| folder.ends_with(other)));
    let groups =
        packages.map(|folder| UnresolvedPackageGroup::parse_dir(folder).expect("a WIT package")).collect();
    let worlds = UnresolvedPackageGroup::parse_dir(root().join("wit/worlds")).expect("the worlds");
    resolve.push_groups(worlds, groups).expect("packages that know each other");
    resolve
}

/// The component that each world is for, and the world's surface.
fn worlds() -> Vec<(String, Surface)> {
    let resolve = wit();
    let (_, package) = resolve
        .packages
        .iter()
        .find(|(_, package)| package.name.namespace == "merkato" && package.name.name == "services")
        .expect("the package of the worlds");
    package.worlds.iter().map(|(name, world)| (name.clone(), Surface::of(&resolve, *world))).collect()
}

fn built(name: &str) -> PathBuf {
    root().join(BUILT).join(format!("merkato_{}.wasm", name.replace('-', "_")))
}

#[test]
fn no_component_imports_or_exports_more_than_its_world_lists() {
    let mut faults = Vec::new();
    for (name, world) in worlds() {
        let path = built(&name);
        let bytes =
            fs::read(&path).unwrap_or_else(|_| panic!("{} is missing: run `make wasm`", path.display()));
        let beyond = Surface::of_component(&bytes).beyond(&world);
        faults.extend(beyond.into_iter().map(|fault| format!("{name} {fault}")));
    }
    assert!(faults.is_empty(), "beyond their worlds in wit/worlds:\n{}", faults.join("\n"));
}

#[test]
fn the_gateway_to_stripe_gets_http_settings_a_clock_and_hash_seeds_and_nothing_else() {
    let (_, sandbox) = worlds().into_iter().find(|(name, _)| name == "gateway-sandbox").expect("a world");
    let bytes = fs::read(built("gateway-stripe")).expect("the built component: run `make wasm`");
    let more =
        Surface::of_component(&bytes).imports.difference(&sandbox.imports).cloned().collect::<Vec<_>>();
    let expected = [
        "fermyon:spin/variables@2.0.0",
        "wasi:clocks/monotonic-clock@0.2",
        "wasi:http/outgoing-handler@0.2",
        "wasi:http/types@0.2",
        "wasi:random/insecure-seed@0.2",
    ];
    assert_eq!(more, expected, "beyond what a policy gets that only computes");
}

#[test]
fn every_component_has_a_world() {
    let worlds = worlds().into_iter().map(|(name, _)| name).collect::<BTreeSet<_>>();
    let folders = fs::read_dir(root().join("components")).expect("components");
    let components = folders.map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"));
    assert_eq!(worlds, components.collect());
}

#[test]
fn a_world_that_lacks_an_import_is_noticed() {
    let (_, cart) = worlds().into_iter().find(|(name, _)| name == "cart").expect("the world of cart");
    let bytes = fs::read(built("cart")).expect("the built component: run `make wasm`");
    let component = Surface::of_component(&bytes);
    for missing in ["fermyon:spin/variables@2.0.0", "wasi:http/outgoing-handler@0.2"] {
        let mut imports = cart.imports.clone();
        assert!(imports.remove(missing), "{missing} is in the world");
        let narrower = Surface { imports, exports: cart.exports.clone() };
        assert_eq!(component.beyond(&narrower), [format!("imports {missing}")]);
    }
    let exports_nothing = Surface { imports: cart.imports, exports: BTreeSet::new() };
    assert_eq!(component.beyond(&exports_nothing), ["exports wasi:http/incoming-handler@0.2"]);
}

#[test]
fn only_the_patch_of_a_wasi_package_is_left_out() {
    assert_eq!(without_wasi_patch("wasi:io/poll@0.2.6"), "wasi:io/poll@0.2");
    assert_eq!(without_wasi_patch("spin:sqlite/sqlite@3.0.0"), "spin:sqlite/sqlite@3.0.0");
}
