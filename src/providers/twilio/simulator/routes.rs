//! The simulator's address: everything that comes in goes to [`State`]; answers are sent, cut short or withheld.

use std::any::Any;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::body::{BodyStream, SizedStream};
use actix_web::dev::{Extensions, ServerHandle};
use actix_web::http::StatusCode;
use actix_web::http::header::{AUTHORIZATION, CONTENT_TYPE};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use futures_util::stream;

use super::control;
use super::request::{Ending, Reply, Request, pairs};
use super::state::State;

/// A server that answers until it is dropped.
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    handle: ServerHandle,
}

impl Server {
    /// Stops it; requests under way may end.
    pub async fn stop(&self) {
        self.handle.stop(true).await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The command is sent by the call itself; nobody waits for it.
        drop(self.handle.stop(false));
    }
}

/// Listens and answers, on threads of its own.
///
/// # Errors
/// When the address cannot be had.
pub fn listen(address: SocketAddr, state: Arc<State>) -> std::io::Result<Server> {
    let listener = TcpListener::bind(address)?;
    let address = listener.local_addr()?;
    let state = web::Data::from(state);
    let server = HttpServer::new(move || {
        App::new()
            .app_data(state.clone())
            .app_data(web::PayloadConfig::new(1 << 20))
            .default_service(web::to(answer))
    })
    .on_connect(keep_socket)
    // Longer than clients keep idle connections, or a request and the end of one would cross.
    .keep_alive(Duration::from_secs(120))
    .shutdown_timeout(1)
    .workers(2)
    .disable_signals()
    .listen(listener)?
    .run();
    let handle = server.handle();
    tokio::spawn(server);
    Ok(Server { address, handle })
}

/// A second handle on a connection, to close it under the server.
struct Socket(TcpStream);

#[cfg(unix)]
fn keep_socket(connection: &dyn Any, data: &mut Extensions) {
    use std::os::fd::AsFd;
    let stream = connection.downcast_ref::<actix_web::rt::net::TcpStream>();
    if let Some(Ok(second)) = stream.map(|stream| stream.as_fd().try_clone_to_owned()) {
        data.insert(Socket(second.into()));
    }
}

/// Elsewhere a withheld answer is one that breaks off after its head.
#[cfg(not(unix))]
fn keep_socket(_: &dyn Any, _: &mut Extensions) {}

async fn answer(http: HttpRequest, body: web::Bytes, state: web::Data<State>) -> HttpResponse {
    let begun = Instant::now();
    let request = read(&http, &body);
    if request.path.starts_with(control::PREFIX) {
        let reply = web::block(move || control::answer(&state, &request)).await;
        return send(&http, reply.unwrap_or_else(|_| Reply::hung_up()));
    }
    state.begin();
    let request = Arc::new(request);
    let mut reply = worked(&state, &request).await;
    state.end(&request, &mut reply, begun.elapsed());
    send(&http, reply)
}

async fn worked(state: &web::Data<State>, request: &Arc<Request>) -> Reply {
    let (known, asked) = (state.clone(), Arc::clone(request));
    let admitted = match web::block(move || known.admit(&asked)).await {
        Ok(Ok(admitted)) => admitted,
        Ok(Err(reply)) => return reply,
        Err(_) => return Reply::hung_up(),
    };
    if !admitted.delay.is_zero() {
        tokio::time::sleep(admitted.delay).await;
    }
    let (known, asked) = (state.clone(), Arc::clone(request));
    let done = web::block(move || known.perform(admitted, &asked)).await;
    done.unwrap_or_else(|_| Reply::hung_up())
}

fn read(http: &HttpRequest, body: &[u8]) -> Request {
    let header = |name| http.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media = header(CONTENT_TYPE).split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    Request {
        method: http.method().as_str().to_owned(),
        path: http.path().to_owned(),
        query: pairs(http.query_string().as_bytes()),
        authorization: Some(header(AUTHORIZATION).to_owned()).filter(|text| !text.is_empty()),
        content_type: media,
        body: body.to_vec(),
        base: format!("http://{}", http.connection_info().host()),
    }
}

fn send(http: &HttpRequest, reply: Reply) -> HttpResponse {
    let broken = || std::io::Error::other("closed on purpose");
    if reply.ending == Ending::HungUp {
        if let Some(Socket(socket)) = http.conn_data::<Socket>() {
            let _ = socket.shutdown(Shutdown::Both);
        }
        return HttpResponse::Ok().body(BodyStream::new(stream::iter([Err::<web::Bytes, _>(broken())])));
    }
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = HttpResponse::build(status);
    for header in reply.headers {
        response.insert_header(header);
    }
    match (reply.body, reply.ending) {
        (body, _) if body.is_empty() => response.finish(),
        (body, Ending::Truncated) => {
            let half = web::Bytes::from(body.as_bytes()[..body.len() / 2].to_vec());
            let length = u64::try_from(body.len()).unwrap_or(u64::MAX);
            let parts = stream::iter([Ok(half), Err(broken())]);
            response.content_type(reply.content_type).body(SizedStream::new(length, parts))
        }
        (body, _) => response.content_type(reply.content_type).body(body),
    }
}
