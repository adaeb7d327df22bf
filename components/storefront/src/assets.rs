//! Static files: the shop's own style sheets, script and marks under `/assets`, pictures of products under `/images`.
//!
//! They lie in the component's own file system, mounted by the manifest. A path from the outside is never joined to it
//! before every part has been found harmless.

use std::{fs, path::Path};

use merkato_edge::{Request, Response, entity_tag};

use crate::views::offline;

/// Where the files are mounted in the component.
pub const ROOT: &str = "/";

/// The folders that are open to everybody.
const FOLDERS: &[&str] = &["assets", "images"];
/// Deepest path: `images/products/small/jebena.svg` is deeper than any of ours.
const SEGMENTS_MAX: usize = 4;
/// Longest part of a path; file systems end at 255.
const SEGMENT_CHARACTERS_MAX: usize = 128;
/// Largest file: a component holds it in memory whole, and a larger picture is a mistake.
const FILE_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// How long a file may be kept that was asked for by its version: for good, since another version has another address.
const VERSIONED_CACHING: &str = "public, max-age=31536000, immutable";
/// How long any other file may be kept before its tag is asked about: a changed picture shows within ten minutes.
const PLAIN_CACHING: &str = "public, max-age=600";
/// An SVG that is opened by itself may style itself, and nothing else.
const PICTURE_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox";

/// Changes whenever one of the files that pages name by version does.
const VERSION: u64 = version(&[
    include_bytes!("../assets/account.css"),
    include_bytes!("../assets/base.css"),
    include_bytes!("../assets/browse.css"),
    include_bytes!("../assets/cards.css"),
    include_bytes!("../assets/empty.svg"),
    include_bytes!("../assets/favicon.svg"),
    include_bytes!("../assets/forms.css"),
    include_bytes!("../assets/mark.svg"),
    include_bytes!("../assets/order.css"),
    include_bytes!("../assets/service-worker.js"),
    include_bytes!("../assets/shop.js"),
]);

/// FNV-1a over all files: it need not withstand an attack, only tell two builds apart, and it can be worked out while
/// compiling.
const fn version(files: &[&[u8]]) -> u64 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    let mut file = 0;
    while file < files.len() {
        let mut place = 0;
        while place < files[file].len() {
            hash = (hash ^ files[file][place] as u64).wrapping_mul(0x0100_0000_01b3);
            place += 1;
        }
        file += 1;
    }
    hash
}

/// The address of the asset `name`, changing with its content.
pub fn versioned(name: &str) -> String {
    format!("/assets/{name}?v={VERSION:016x}")
}

/// What that script may ask for: a policy holds for what a worker fetches, too, and pages go through its hands.
const WORKER_POLICY: &str = "default-src 'none'; connect-src 'self'; frame-ancestors 'none'";

/// The script that shows a page of the shop when the network is gone. It lies at the root, for it can only look after
/// what lies beside or below it; and it is never kept, so that a new one is known at once.
pub fn service_worker(request: &Request) -> Response {
    let sheets = offline::SHEETS.map(versioned);
    let script = format!(
        "const PAGE = \"/offline\";\nconst SHEETS = {sheets:?};\n{}",
        include_str!("../assets/service-worker.js")
    );
    let response = Response::typed(200, "text/javascript; charset=utf-8", script.into());
    let response = response.with_header("content-security-policy", WORKER_POLICY);
    entity_tag::tagged(request, response.with_header("cache-control", "public, no-cache"), 0)
}

/// Whether the shop has a file at `path`, such as `/images/hero.svg`.
pub fn exists(root: &Path, path: &str) -> bool {
    relative(path).is_some_and(|(path, _)| root.join(path).is_file())
}

/// Answers with the file that `request` names; none if there is no such file, or its path is not a plain one.
pub fn file(root: &Path, request: &Request) -> Option<Response> {
    let (path, media_type) = relative(&request.path)?;
    let full = root.join(path);
    let facts = fs::metadata(&full).ok().filter(fs::Metadata::is_file)?;
    if facts.len() > FILE_BYTES_MAX {
        return None;
    }
    let body = fs::read(&full).ok()?;
    let is_versioned = request.query_value("v").is_some_and(|version| version == format!("{VERSION:016x}"));
    let caching = if is_versioned { VERSIONED_CACHING } else { PLAIN_CACHING };
    let mut response = Response::typed(200, media_type, body).with_header("cache-control", caching);
    if media_type.starts_with("image/") {
        response = response.with_header("content-security-policy", PICTURE_POLICY);
    }
    Some(entity_tag::tagged(request, response, 0))
}

/// The path below the root and the media type of the file that `path` names. The path is looked at as it was sent:
/// nothing of ours needs an escape, so a percent sign is a trick.
fn relative(path: &str) -> Option<(&str, &'static str)> {
    let path = path.strip_prefix('/')?;
    let segments = path.split('/').collect::<Vec<_>>();
    let harmless = |segment: &&str| {
        !segment.is_empty()
            && segment.len() <= SEGMENT_CHARACTERS_MAX
            && !segment.starts_with('.')
            && segment.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'))
    };
    let is_open = FOLDERS.contains(segments.first()?) && (2..=SEGMENTS_MAX).contains(&segments.len());
    if !is_open || !segments.iter().all(harmless) {
        return None;
    }
    let (_, extension) = segments.last()?.rsplit_once('.')?;
    Some((path, media_type(extension)?))
}

/// What files of this extension hold; none for those that the shop does not serve.
fn media_type(extension: &str) -> Option<&'static str> {
    Some(match extension {
        "avif" => "image/avif",
        "css" => "text/css; charset=utf-8",
        "gif" => "image/gif",
        "jpeg" | "jpg" => "image/jpeg",
        "js" => "text/javascript; charset=utf-8",
        "png" => "image/png",
        "svg" => "image/svg+xml",
        "webp" => "image/webp",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, Method};

    use super::*;

    fn shop() -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        for (path, content) in [
            ("assets/base.css", "body{}"),
            ("assets/.hidden.css", "secret"),
            ("images/products/jebena.svg", "<svg/>"),
            ("images/notes.txt", "secret"),
            ("secret.css", "secret"),
        ] {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
            fs::write(path, content).expect("a file");
        }
        folder
    }

    fn get(root: &Path, target: &str) -> Option<Response> {
        file(root, &Request::new(Method::GET, target, HeaderMap::new(), Vec::new()))
    }

    #[test]
    fn a_file_is_served_with_its_type_and_a_tag() {
        let shop = shop();
        let picture = get(shop.path(), "/images/products/jebena.svg").expect("a picture");
        assert_eq!((picture.status, picture.body.as_slice()), (200, b"<svg/>".as_slice()));
        assert_eq!(picture.header("content-type"), Some("image/svg+xml"));
        assert_eq!(picture.header("content-security-policy"), Some(PICTURE_POLICY));
        assert_eq!(picture.header("cache-control"), Some(PLAIN_CACHING));

        let mut headers = HeaderMap::new();
        headers.insert("if-none-match", picture.headers["etag"].clone());
        let again = Request::new(Method::GET, "/images/products/jebena.svg", headers, Vec::new());
        assert_eq!(file(shop.path(), &again).expect("an answer").status, 304);
    }

    #[test]
    fn only_the_version_of_this_build_is_kept_for_good() {
        let shop = shop();
        let ours = get(shop.path(), &versioned("base.css")).expect("a style sheet");
        assert_eq!(ours.header("cache-control"), Some(VERSIONED_CACHING));
        let other = get(shop.path(), "/assets/base.css?v=1").expect("a style sheet");
        assert_eq!(other.header("cache-control"), Some(PLAIN_CACHING));
    }

    #[test]
    fn no_path_leads_out_of_the_open_folders() {
        let shop = shop();
        for path in [
            "/secret.css",
            "/assets/../secret.css",
            "/assets/%2e%2e/secret.css",
            "/assets/..%2fsecret.css",
            "/assets/%2e%2e%2fsecret.css",
            "/assets/..\\secret.css",
            "/assets//secret.css",
            "/assets/./base.css",
            "/assets/.hidden.css",
            "//assets/base.css",
            "/assets//base.css",
            "/assets/base.css/",
            "/assets/base.css%00.svg",
            "/assets/",
            "/assets",
            "/images/products",
            "/images/notes.txt",
            "/ASSETS/base.css",
            "/assets/a/b/c/d.css",
            "/etc/passwd",
            "/",
            "",
        ] {
            assert!(get(shop.path(), path).is_none(), "{path}");
        }
    }
}
