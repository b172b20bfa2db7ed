//! The files under `static/`, compiled in, at addresses that change with their content.

use std::collections::HashMap;
use std::sync::LazyLock;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use rust_embed::{EmbeddedFile, RustEmbed};

use crate::error::AppError;

#[derive(RustEmbed)]
#[folder = "static/"]
struct Static;

/// Compiled-in files never change; in a debug build they are read from the disk, where they may.
static HASHES: LazyLock<HashMap<String, String>> = LazyLock::new(|| {
    Static::iter().filter_map(|path| Some((path.to_string(), hash(&Static::get(&path)?)))).collect()
});

/// The address of a file under `static/`, such as `css/base.css`.
pub fn asset(path: &str) -> String {
    match current_hash(path) {
        Some(hash) => format!("/static/{hash}/{path}"),
        None => {
            tracing::error!(path, "a page names a static file that is not there");
            format!("/static/missing/{path}")
        }
    }
}

fn current_hash(path: &str) -> Option<String> {
    if cfg!(debug_assertions) { Static::get(path).map(|file| hash(&file)) } else { HASHES.get(path).cloned() }
}

fn hash(file: &EmbeddedFile) -> String {
    file.metadata.sha256_hash()[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Serves them.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/static/{hash}/{path:.+}", web::get().to(serve))
        .route("/static/{hash}/{path:.+}", web::head().to(serve));
}

async fn serve(request: HttpRequest, path: web::Path<(String, String)>) -> Result<HttpResponse, AppError> {
    let (asked, path) = path.into_inner();
    let file = Static::get(&path).ok_or(AppError::NotFound)?;
    let hash = hash(&file);
    let tag = format!("W/\"{hash}\"");
    // During a deployment, a page of one version may ask an instance of another: answer, but let nobody keep it.
    let keep = if asked == hash { "public, max-age=31536000, immutable" } else { "no-cache" };
    let known = request.headers().get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    if known.is_some_and(|known| known.split(',').any(|one| one.trim() == tag)) {
        return Ok(HttpResponse::NotModified()
            .insert_header((header::ETAG, tag))
            .insert_header((header::CACHE_CONTROL, keep))
            .finish());
    }
    Ok(HttpResponse::Ok()
        .content_type(with_charset(file.metadata.mimetype()))
        .insert_header((header::ETAG, tag))
        .insert_header((header::CACHE_CONTROL, keep))
        .body(file.data.into_owned()))
}

fn with_charset(kind: &str) -> String {
    let is_text = kind.starts_with("text/") || kind == "image/svg+xml";
    if is_text { format!("{kind}; charset=utf-8") } else { kind.to_owned() }
}
