//! Pictures of the bundled playbooks, for WhatsApp to fetch: anybody may see them.

use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use crate::problem::Problem;

/// Each by its name.
const ASSETS: &[(&str, &str, &[u8])] =
    &[("welcome.png", "image/png", include_bytes!("../../../infra/playbooks/welcome/welcome.png"))];

/// Reads a picture of the bundled playbooks.
#[utoipa::path(
    get,
    path = "/v1/assets/{name}",
    params(("name" = String, Path, description = "Its name: `welcome.png`.")),
    responses(
        (status = 200, description = "The picture.", content_type = "image/png"),
        (status = 404, description = "There is none of that name."),
    ),
    security(()),
    tag = "service"
)]
pub(crate) async fn read(Path(name): Path<String>) -> Result<Response, Problem> {
    let asset = ASSETS.iter().find(|(known, _, _)| *known == name);
    let missing = || Problem::not_found(format!("There is no picture `{name}`."));
    let (_, kind, bytes) = asset.ok_or_else(missing)?;
    Ok(([(header::CONTENT_TYPE, *kind), (header::CACHE_CONTROL, "public, max-age=86400")], *bytes).into_response())
}
