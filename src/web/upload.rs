//! Files that people send: spooled to a nameless temporary file while they arrive, never held in memory.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};

use actix_multipart::{Field, Multipart};
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use futures_util::StreamExt;
use futures_util::future::LocalBoxFuture;
use serde::de::DeserializeOwned;
use tokio::sync::mpsc;

use super::{form, gate, origin};
use crate::error::{AppError, AppResult};

/// The most bytes a file may have, as sent.
const FILE_LIMIT: u64 = 200 * 1024 * 1024;
/// The most bytes a text field may have.
const TEXT_LIMIT: usize = 16 * 1024;
/// The most parts a form may have.
const PART_LIMIT: usize = 32;

/// Another limit than [`FILE_LIMIT`], for tests of it.
struct FileLimit(u64);

/// A form with a file, that a page of this site sent as `multipart/form-data`.
#[derive(Debug)]
pub struct Upload {
    fields: Vec<(String, String)>,
    files: BTreeMap<String, UploadedFile>,
}

/// One file of it. Reading it blocks: do that on the blocking pool. Dropping it deletes it.
#[derive(Debug)]
pub struct UploadedFile {
    name: String,
    size: u64,
    file: File,
}

impl Upload {
    /// Takes the file of this field; `None` when none was chosen.
    pub fn file(&mut self, field: &str) -> Option<UploadedFile> {
        self.files.remove(field).filter(|file| file.size > 0 || !file.name.is_empty())
    }
    /// The text of a field.
    pub fn text(&self, field: &str) -> Option<&str> {
        self.fields.iter().find(|(name, _)| name == field).map(|(_, text)| text.as_str())
    }
    /// The text fields as a form.
    ///
    /// # Errors
    /// [`AppError::BadRequest`] as with [`Form`](super::Form).
    pub fn form<T: DeserializeOwned>(&self) -> AppResult<T> {
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.fields).finish();
        form::parse(query.as_bytes())
    }
}

impl UploadedFile {
    /// The name it had where it came from, without folders. Never a path to use.
    pub fn name(&self) -> &str {
        &self.name
    }
    /// How many bytes it has.
    pub fn size(&self) -> u64 {
        self.size
    }
}

impl Read for UploadedFile {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.file.read(buffer)
    }
}

impl Seek for UploadedFile {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        self.file.seek(to)
    }
}

impl FromRequest for Upload {
    type Error = AppError;
    type Future = LocalBoxFuture<'static, AppResult<Upload>>;
    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let mut payload = payload.take();
        Box::pin(async move {
            origin::check(&request)?;
            gate::passed(&request).await;
            let multipart = Multipart::from_request(&request, &mut payload).await.map_err(not_whole)?;
            let limit = request.app_data::<FileLimit>().map_or(FILE_LIMIT, |limit| limit.0);
            read(multipart, limit).await
        })
    }
}

fn not_whole(error: impl std::fmt::Display) -> AppError {
    tracing::info!(%error, "an upload was not understood");
    AppError::BadRequest("The file did not arrive whole. Try again.".into())
}

async fn read(mut parts: Multipart, limit: u64) -> AppResult<Upload> {
    let mut upload = Upload { fields: Vec::new(), files: BTreeMap::new() };
    let mut count = 0;
    while let Some(part) = parts.next().await {
        let mut part = part.map_err(not_whole)?;
        count += 1;
        if count > PART_LIMIT {
            return Err(AppError::BadRequest("The form has more fields than we take.".into()));
        }
        let name = part.name().unwrap_or_default().to_owned();
        let filename = part.content_disposition().and_then(|disposition| disposition.get_filename());
        match filename.map(base_name) {
            Some(filename) => {
                let (file, size) = spool(&mut part, limit).await?;
                upload.files.insert(name, UploadedFile { name: filename, size, file });
            }
            None => {
                let text = part
                    .bytes(TEXT_LIMIT)
                    .await
                    .map_err(|_| AppError::BadRequest("A field is longer than we take.".into()))?
                    .map_err(not_whole)?;
                let text = String::from_utf8(text.to_vec()).map_err(not_whole)?;
                upload.fields.push((name, text));
            }
        }
    }
    Ok(upload)
}

fn base_name(sent: &str) -> String {
    let last = sent.rsplit(['/', '\\']).next().unwrap_or_default();
    last.chars().filter(|letter| !letter.is_control()).take(200).collect()
}

/// Writes the part on the blocking pool while it arrives; the bounded channel slows the sender to the disk's pace.
async fn spool(part: &mut Field, limit: u64) -> AppResult<(File, u64)> {
    let (chunks, mut arriving) = mpsc::channel::<web::Bytes>(8);
    let writer = tokio::task::spawn_blocking(move || -> std::io::Result<File> {
        let mut file = tempfile::tempfile()?;
        while let Some(chunk) = arriving.blocking_recv() {
            file.write_all(&chunk)?;
        }
        file.rewind()?;
        Ok(file)
    });
    let mut size = 0;
    let mut fault = None;
    while let Some(chunk) = part.next().await {
        let chunk = match chunk {
            Ok(chunk) => chunk,
            Err(error) => {
                fault = Some(not_whole(error));
                break;
            }
        };
        size += chunk.len() as u64;
        if size > limit {
            let most = limit / 1024 / 1024;
            fault = Some(AppError::BadRequest(format!(
                "The file is larger than {most} MB. Compress it with gzip, or split it."
            )));
            break;
        }
        if chunks.send(chunk).await.is_err() {
            // The writer failed; it says why below.
            break;
        }
    }
    drop(chunks);
    let file = writer
        .await
        .map_err(|error| AppError::Internal(format!("writing an upload: {error}")))?
        .map_err(|error| AppError::Internal(format!("writing an upload: {error}")))?;
    fault.map_or(Ok((file, size)), Err)
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::{App, HttpResponse, test};

    async fn describe(mut upload: Upload) -> AppResult<HttpResponse> {
        let mut file = upload.file("contacts").ok_or(AppError::NotFound)?;
        let mut content = String::new();
        file.read_to_string(&mut content).map_err(|error| AppError::Internal(error.to_string()))?;
        let lines = content.lines().count();
        let form: Vec<(String, String)> = upload.form()?;
        Ok(HttpResponse::Ok().body(format!("{} {} {lines} {form:?}", file.name(), file.size())))
    }

    async fn send(origin: &str, file: &str, limit: u64) -> (u16, String) {
        let service = App::new().app_data(FileLimit(limit)).route("/", web::post().to(describe));
        let service = test::init_service(service).await;
        let part = |disposition: &str, body: &str| {
            format!("--x\r\nContent-Disposition: form-data; {disposition}\r\n\r\n{body}\r\n")
        };
        let body = part("name=\"contacts\"; filename=\"lists/people.csv\"", file)
            + &part("name=\"ratio\"", "200 & more")
            + "--x--\r\n";
        let request = test::TestRequest::post()
            .insert_header(("Host", "numbers.example"))
            .insert_header(("Origin", origin))
            .insert_header(("Content-Type", "multipart/form-data; boundary=x"))
            .set_payload(body)
            .to_request();
        let response = test::call_service(&service, request).await;
        let status = response.status().as_u16();
        (status, String::from_utf8(test::read_body(response).await.to_vec()).unwrap())
    }

    #[actix_web::test]
    async fn a_file_arrives_whole_beside_its_fields() {
        let file = "3135550142\n".repeat(100_000);
        let (status, words) = send("https://numbers.example", &file, FILE_LIMIT).await;
        assert_eq!(status, 200);
        assert_eq!(words, "people.csv 1100000 100000 [(\"ratio\", \"200 & more\")]");
    }

    #[actix_web::test]
    async fn a_file_too_large_or_from_elsewhere_is_refused() {
        assert_eq!(send("https://numbers.example", "3135550142\n", 10).await.0, 400);
        assert_eq!(send("https://evil.example", "3135550142\n", FILE_LIMIT).await.0, 400);
    }
}
