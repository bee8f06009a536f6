//! Which route a request belongs to.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html>

use crate::template::Route;
use std::collections::BTreeMap;

/// The routes of an API, the most specific first.
pub(super) struct Routes(Vec<Pattern>);

struct Pattern {
    route: Route,
    segments: Vec<Segment>,
    /// Place of its throttle.
    index: usize,
}

enum Segment {
    Literal(String),
    Variable(String),
    Greedy(String),
    /// `$default`
    Anything,
}

/// The route of a request.
pub(super) struct Match<'r> {
    pub(super) route: &'r Route,
    pub(super) index: usize,
    pub(super) path_parameters: BTreeMap<String, String>,
}

impl Routes {
    pub(super) fn new(routes: &[Route]) -> Self {
        let pattern =
            |(index, route): (usize, &Route)| Pattern { route: route.clone(), segments: segments(&route.path), index };
        let mut patterns: Vec<_> = routes.iter().enumerate().map(pattern).collect();
        // A path decides before a method, literal before variable before greedy, and a named method before ANY.
        patterns.sort_by_key(|pattern| (rank(&pattern.segments), pattern.route.method == "ANY"));
        Self(patterns)
    }

    /// `path` is decoded.
    pub(super) fn find(&self, method: &str, path: &str) -> Option<Match<'_>> {
        self.0.iter().find_map(|pattern| {
            let accepts = pattern.route.method == "ANY" || pattern.route.method == method;
            let path_parameters = accepts.then(|| bind(&pattern.segments, path)).flatten()?;
            Some(Match { route: &pattern.route, index: pattern.index, path_parameters })
        })
    }
}

fn segments(path: &str) -> Vec<Segment> {
    if path == "$default" {
        return vec![Segment::Anything];
    }
    let segment = |text: &str| match text.strip_prefix('{').and_then(|text| text.strip_suffix('}')) {
        Some(name) => match name.strip_suffix('+') {
            Some(name) => Segment::Greedy(name.to_owned()),
            None => Segment::Variable(name.to_owned()),
        },
        None => Segment::Literal(text.to_owned()),
    };
    split(path).map(segment).collect()
}

/// Compared left to right: a literal beats a variable, which beats a greedy variable, which beats `$default`.
fn rank(segments: &[Segment]) -> Vec<u8> {
    let kind = |segment: &Segment| match segment {
        Segment::Literal(_) => 0,
        Segment::Variable(_) => 1,
        Segment::Greedy(_) => 2,
        Segment::Anything => 3,
    };
    segments.iter().map(kind).collect()
}

fn split(path: &str) -> impl Iterator<Item = &str> {
    path.strip_prefix('/').unwrap_or(path).split('/')
}

fn bind(segments: &[Segment], path: &str) -> Option<BTreeMap<String, String>> {
    let mut parameters = BTreeMap::new();
    let mut parts = split(path);
    for segment in segments {
        match segment {
            Segment::Anything => return Some(parameters),
            Segment::Greedy(name) => {
                let rest = parts.collect::<Vec<_>>().join("/");
                if rest.is_empty() {
                    return None;
                }
                parameters.insert(name.clone(), rest);
                return Some(parameters);
            }
            Segment::Literal(text) => parts.next().filter(|part| part == text).map(drop)?,
            Segment::Variable(name) => {
                let part = parts.next().filter(|part| !part.is_empty())?;
                parameters.insert(name.clone(), part.to_owned());
            }
        }
    }
    parts.next().is_none().then_some(parameters)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routes(keys: &[&str]) -> Routes {
        let route = |key: &&str| {
            let (method, path) = key.split_once(' ').unwrap_or(("ANY", key));
            Route { method: method.into(), path: path.into(), function: "f".into(), throttle: None }
        };
        Routes::new(&keys.iter().map(route).collect::<Vec<_>>())
    }

    #[test]
    fn unknown_paths_and_methods_have_no_route() {
        let routes = routes(&["GET /webhook", "ANY /v1/{proxy+}", "GET /v1/contacts/{id}/notes"]);
        for (method, path) in [
            ("POST", "/webhook"),
            ("GET", "/webhook/"),
            ("GET", "/"),
            ("GET", "/v1"),
            ("GET", "/v1/"),
            ("GET", "/V1/contacts"),
            ("GET", "/webhook/extra"),
        ] {
            assert!(routes.find(method, path).is_none(), "{method} {path}");
        }
    }

    #[test]
    fn the_most_specific_route_wins() {
        let routes = routes(&[
            "$default",
            "ANY /v1/{proxy+}",
            "GET /v1/{a}/{b}",
            "ANY /v1/contacts/{id}",
            "GET /v1/contacts/{id}",
            "ANY /v1/contacts/me",
        ]);
        for (method, path, key) in [
            ("GET", "/v1/contacts/me", "ANY /v1/contacts/me"),
            ("GET", "/v1/contacts/7", "GET /v1/contacts/{id}"),
            ("PUT", "/v1/contacts/7", "ANY /v1/contacts/{id}"),
            ("GET", "/v1/lines/7", "GET /v1/{a}/{b}"),
            ("PUT", "/v1/lines/7", "ANY /v1/{proxy+}"),
            ("GET", "/v1/a/b/c", "ANY /v1/{proxy+}"),
            ("GET", "/elsewhere", "$default"),
        ] {
            assert_eq!(routes.find(method, path).unwrap().route.key(), key, "{method} {path}");
        }
    }

    #[test]
    fn variables_are_bound() {
        let routes = routes(&["GET /v1/contacts/{id}/{rest+}", "$default"]);
        let found = routes.find("GET", "/v1/contacts/a b/x/y").unwrap();
        let parameters: Vec<_> = found.path_parameters.into_iter().collect();
        assert_eq!(parameters, [("id".into(), "a b".into()), ("rest".into(), "x/y".into())]);
        assert!(routes.find("GET", "/v1").unwrap().path_parameters.is_empty());
    }
}
