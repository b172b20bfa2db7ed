//! A local HTTP server with scripted answers, good and bad.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

use url::Url;

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Request {
    pub method: String,
    pub path: String,
    pub query: Vec<(String, String)>,
    pub form: Vec<(String, String)>,
    pub headers: Vec<(String, String)>,
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
    /// A value of the form or of the query.
    pub fn value(&self, name: &str) -> Option<&str> {
        let found = self.form.iter().chain(&self.query).find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }
    /// Its method and the end of its path.
    pub fn is(&self, method: &str, ending: &str) -> bool {
        self.method == method && self.path.ends_with(ending)
    }
}

/// What is answered.
#[derive(Debug, Clone)]
pub enum Reply {
    /// A status and a body of JSON.
    Json(u16, String),
    /// The same with more header lines.
    Headed(u16, String, &'static str),
    /// A page of something in between.
    Html(u16),
    /// The head, and half of the body.
    Half(String),
    /// Nothing: the connection is closed.
    Nothing,
    /// Nothing, ever.
    Never,
}

/// A refusal in Twilio's form.
pub fn refusal(status: u16, code: u32) -> Reply {
    let body = serde_json::json!({ "code": code, "message": "Its words", "more_info": "", "status": status });
    Reply::Json(status, body.to_string())
}

type Script = dyn Fn(&Request, usize) -> Reply + Send + Sync;

/// The server; it ends with this.
pub struct Server {
    pub url: Url,
    seen: Arc<Mutex<Vec<Request>>>,
    over: Arc<AtomicBool>,
    _alive: Sender<()>,
}

impl Server {
    /// Answers by the request and by its number, from 0.
    pub fn start(script: impl Fn(&Request, usize) -> Reply + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let (seen, over): (Arc<Mutex<Vec<Request>>>, _) = (Arc::default(), Arc::new(AtomicBool::new(false)));
        let (alive, ended) = channel();
        let ended = Arc::new(Mutex::new(ended));
        let (requests, stop, script) = (Arc::clone(&seen), Arc::clone(&over), Arc::new(script));
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if stop.load(Ordering::SeqCst) {
                    return;
                }
                let (requests, ended, script) =
                    (Arc::clone(&requests), Arc::clone(&ended), Arc::clone(&script));
                std::thread::spawn(move || serve(stream, &requests, &ended, &*script));
            }
        });
        Server { url, seen, over, _alive: alive }
    }
    /// What came so far.
    pub fn seen(&self) -> Vec<Request> {
        self.seen.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.url.socket_addrs(|| None).unwrap()[0]);
    }
}

fn serve(stream: TcpStream, seen: &Mutex<Vec<Request>>, ended: &Mutex<Receiver<()>>, script: &Script) {
    let Some(request) = read(&stream) else { return };
    let nth = {
        let mut seen = seen.lock().unwrap();
        seen.push(request.clone());
        seen.len() - 1
    };
    let reply = script(&request, nth);
    let mut out = &stream;
    let mut write = |status: u16, kind: &str, more: &str, body: &str| {
        let head = format!(
            "HTTP/1.1 {status} Said\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n{more}\r\n",
            body.len()
        );
        let _ = out.write_all(head.as_bytes()).and_then(|()| out.write_all(body.as_bytes()));
    };
    let id = "Twilio-Request-Id: RQ0123\r\n";
    match reply {
        Reply::Json(204, _) => write(204, "application/json", id, ""),
        Reply::Json(status, body) => write(status, "application/json", id, &body),
        Reply::Headed(status, body, more) => {
            write(status, "application/json", &format!("{id}{more}\r\n"), &body)
        }
        Reply::Html(status) => {
            write(status, "text/html", "", "<html><body>Something in between</body></html>")
        }
        Reply::Half(body) => {
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
            let half = &body.as_bytes()[..body.len() / 2];
            let _ = out.write_all(head.as_bytes()).and_then(|()| out.write_all(half));
        }
        Reply::Nothing => {}
        Reply::Never => drop(ended.lock().map(|ended| ended.recv())),
    }
    let _ = stream.shutdown(Shutdown::Both);
}

fn read(stream: &TcpStream) -> Option<Request> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        match line.trim_end().split_once(": ") {
            Some((name, value)) => headers.push((name.to_owned(), value.to_owned())),
            None => break,
        }
    }
    let mut request = Request { method, path: String::new(), query: Vec::new(), form: Vec::new(), headers };
    let length = request.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let url = Url::parse("http://local").unwrap().join(&target).ok()?;
    request.path = url.path().to_owned();
    request.query = url.query_pairs().into_owned().collect();
    request.form = url::form_urlencoded::parse(&body).into_owned().collect();
    Some(request)
}
