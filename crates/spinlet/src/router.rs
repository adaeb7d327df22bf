//! Which component answers a path: an exact route first, else the longest `/...` route.
//!
//! As in Spin, a slash at the end of a path or of a route makes no difference.

use std::collections::HashMap;

/// The routes of an application, each with a `T` to find there.
#[derive(Debug)]
pub(crate) struct Router<T> {
    exact: HashMap<String, Found<T>>,
    /// By prefix, with the slash at its front and none at its end; the route `/...` has the empty prefix.
    below: HashMap<String, Found<T>>,
}

/// What stands at a route, and the route as the manifest writes it.
#[derive(Debug)]
pub(crate) struct Found<T> {
    pub route: String,
    pub target: T,
}

/// A route that answers a path, and the rest of the path behind it where the route ends in `/...`.
#[derive(Debug)]
pub(crate) struct Match<'a, T> {
    pub found: &'a Found<T>,
    pub path_info: &'a str,
}

impl<T> Router<T> {
    pub(crate) fn new() -> Router<T> {
        Router { exact: HashMap::new(), below: HashMap::new() }
    }

    /// Adds a route; what stood there before is given back and can no longer be reached.
    pub(crate) fn add(&mut self, route: &str, target: T) -> Option<T> {
        let found = Found { route: route.to_owned(), target };
        let replaced = match prefix_of(route) {
            Some(prefix) => self.below.insert(normal(prefix), found),
            None => self.exact.insert(normal(route), found),
        };
        replaced.map(|found| found.target)
    }

    pub(crate) fn find<'a>(&'a self, path: &'a str) -> Option<Match<'a, T>> {
        let trimmed = path.trim_end_matches('/');
        if let Some(found) = self.exact.get(trimmed) {
            return Some(Match { found, path_info: "" });
        }
        let mut end = trimmed.len();
        loop {
            if let Some(found) = self.below.get(&trimmed[..end]) {
                return Some(Match { found, path_info: &path[end..] });
            }
            end = trimmed[..end].rfind('/')?;
        }
    }
}

/// The front of a route that ends in `/...` (or in `/*`, which Spin takes as the same).
pub(crate) fn prefix_of(route: &str) -> Option<&str> {
    route.strip_suffix("/...").or_else(|| route.strip_suffix("/*"))
}

fn normal(route: &str) -> String {
    let trimmed = route.trim_matches('/');
    if trimmed.is_empty() { String::new() } else { format!("/{trimmed}") }
}

/// Says what is wrong with a route that this runner would not match as Spin does.
pub(crate) fn check_route(route: &str) -> Result<(), String> {
    if !route.starts_with('/') {
        return Err(format!("route `{route}` must start with `/`"));
    }
    if route.starts_with("/.well-known/spin/") {
        return Err(format!("route `{route}`: what is below `/.well-known/spin/` is the host's"));
    }
    let fixed = prefix_of(route).unwrap_or(route);
    if fixed.split('/').any(|segment| segment.starts_with(':')) {
        return Err(format!("route `{route}`: named wildcards (`:name`) are not supported"));
    }
    if fixed.contains('*') || fixed.contains("...") {
        return Err(format!("route `{route}`: a wildcard is only possible at the end, as `/...`"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn router(routes: &[&'static str]) -> Router<&'static str> {
        let mut router = Router::new();
        for route in routes {
            router.add(route, *route);
        }
        router
    }

    #[test]
    fn an_exact_route_wins_and_then_the_longest_prefix() {
        let router = router(&["/...", "/api/...", "/api/orders/...", "/api/orders", "/"]);
        for (path, route) in [
            ("/", "/"),
            ("/about", "/..."),
            ("/api", "/api/..."),
            ("/api/x", "/api/..."),
            ("/api/orders", "/api/orders"),
            ("/api/orders/", "/api/orders"),
            ("/api/orders/1", "/api/orders/..."),
            ("/api/ordersx", "/api/..."),
            ("/apix", "/..."),
        ] {
            assert_eq!(router.find(path).unwrap().found.target, route, "{path}");
        }
    }

    #[test]
    fn a_path_without_a_route_is_not_found() {
        let router = router(&["/a", "/b/..."]);
        for path in ["/", "/a/b", "/bb", ""] {
            assert!(router.find(path).is_none(), "{path}");
        }
    }

    #[test]
    fn the_rest_of_the_path_is_kept_with_its_slashes() {
        let router = router(&["/test/..."]);
        for (path, rest) in
            [("/test", ""), ("/test/", "/"), ("/test/hello", "/hello"), ("/test/hello/", "/hello/")]
        {
            assert_eq!(router.find(path).unwrap().path_info, rest, "{path}");
        }
    }

    #[test]
    fn a_route_given_twice_replaces_the_first() {
        let mut router = router(&["/a"]);
        assert_eq!(router.add("/a/", "second"), Some("/a"));
        assert_eq!(router.find("/a").unwrap().found.target, "second");
    }

    #[test]
    fn routes_that_mean_something_else_under_spin_are_refused() {
        for bad in ["a", "/.well-known/spin/x", "/a/:id", "/a/*/b", "/.../b"] {
            assert!(check_route(bad).is_err(), "{bad}");
        }
        for good in ["/", "/...", "/a/b", "/a/...", "/a/*", "/.well-known/jwks.json"] {
            assert_eq!(check_route(good), Ok(()), "{good}");
        }
    }
}
