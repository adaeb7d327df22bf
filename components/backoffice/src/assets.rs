//! The style sheet and the mark. They are few and small, so they lie in the component itself, which then needs no file
//! of its host.

use http::Method;
use merkato_edge::{Request, Response, entity_tag};

/// How long a file may be kept: for good, since another version has another address.
const CACHING: &str = "public, max-age=31536000, immutable";
/// Where they are served.
const FOLDER: &str = "/backoffice/assets/";

/// A file.
struct Asset {
    name: &'static str,
    media_type: &'static str,
    content: &'static [u8],
}

const ASSETS: [Asset; 2] = [
    Asset {
        name: "backoffice.css",
        media_type: "text/css; charset=utf-8",
        content: include_bytes!("../assets/backoffice.css"),
    },
    Asset { name: "mark.svg", media_type: "image/svg+xml", content: include_bytes!("../assets/mark.svg") },
];

/// FNV-1a over all files, worked out while compiling: it need only tell two builds apart.
const VERSION: u64 = {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    let mut file = 0;
    while file < ASSETS.len() {
        let mut place = 0;
        while place < ASSETS[file].content.len() {
            hash = (hash ^ ASSETS[file].content[place] as u64).wrapping_mul(0x0100_0000_01b3);
            place += 1;
        }
        file += 1;
    }
    hash
};

/// The address of the asset `name`, changing with its content.
pub fn versioned(name: &str) -> String {
    format!("{FOLDER}{name}?v={VERSION:016x}")
}

/// Answers with the file that `request` names, if it names one.
pub fn file(request: &Request) -> Option<Response> {
    let name = request.path.strip_prefix(FOLDER).filter(|_| request.method == Method::GET)?;
    let asset = ASSETS.iter().find(|asset| asset.name == name)?;
    let response = Response::typed(200, asset.media_type, asset.content.to_vec());
    Some(entity_tag::tagged(request, response.with_header("cache-control", CACHING), 0))
}
