//! The HTTP API of the template: the routes of all functions, and how often each may be called.

use super::error::TemplateError;
use super::node::Node;
use super::scope::Scope;
use super::stack::{Function, HttpApi, Route, Source, Throttle};

pub(super) fn read(scope: &Scope<'_>, functions: &[Function]) -> Result<HttpApi, TemplateError> {
    let mut api = HttpApi::default();
    for function in functions {
        for source in &function.sources {
            let Source::Http { method, path } = source else { continue };
            let route =
                Route { method: method.clone(), path: path.clone(), function: function.name.clone(), throttle: None };
            if let Some(other) = api.routes.iter().find(|other| other.key() == route.key()) {
                let reason = format!("route {} already belongs to function {}", route.key(), other.function);
                return Err(TemplateError::at(format!("{}.Events", function.logical_id), reason));
            }
            api.routes.push(route);
        }
    }
    let resources = scope.resources_of("AWS::Serverless::HttpApi")?;
    if let [_, second, ..] = resources.as_slice() {
        return Err(TemplateError::at(&second.id, "is a second HTTP API; this machine has one address"));
    }
    for resource in &resources {
        let properties = resource.properties()?;
        for unsupported in ["Auth", "DefinitionBody", "DefinitionUri", "CorsConfiguration"] {
            if let Some(node) = properties.get(unsupported)? {
                return Err(node.error("is not honoured on this machine; let the functions do it"));
            }
        }
        throttle_routes(&properties, &mut api.routes)?;
    }
    Ok(api)
}

fn throttle_routes(properties: &Node<'_>, routes: &mut [Route]) -> Result<(), TemplateError> {
    if let Some(default) = properties.get("DefaultRouteSettings")? {
        let throttle = throttle(&default)?;
        routes.iter_mut().for_each(|route| route.throttle = throttle);
    }
    let Some(settings) = properties.get("RouteSettings")? else { return Ok(()) };
    for (key, node) in settings.entries()? {
        let route = routes.iter_mut().find(|route| route.key() == key);
        let route = route.ok_or_else(|| node.error(format!("no function has a route {key:?}")))?;
        route.throttle = throttle(&node)?.or(route.throttle);
    }
    Ok(())
}

/// Zero refuses everything, as in API Gateway; absence means no throttle of its own.
fn throttle(node: &Node<'_>) -> Result<Option<Throttle>, TemplateError> {
    let rate = node.get("ThrottlingRateLimit")?.map(|rate| rate.number::<f64>()).transpose()?;
    let burst = node.get("ThrottlingBurstLimit")?.map(|burst| burst.number::<f64>()).transpose()?;
    Ok(rate.map(|rate| Throttle { rate, burst: burst.unwrap_or(rate) }))
}
