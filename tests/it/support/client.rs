//! A browser without a screen: keeps cookies, says where its forms come from, and checks every page it is shown.

use std::sync::Arc;

use reqwest::cookie::{CookieStore, Jar};
use reqwest::{Method, RequestBuilder};
use scraper::{Html, Selector};

use super::lint;

/// One browser.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    jar: Arc<Jar>,
    base: String,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    status: u16,
    headers: reqwest::header::HeaderMap,
    body: String,
    what: String,
}

/// A client of HTTP to be built: reqwest wants to know who encrypts, also where nothing is encrypted.
pub fn http() -> reqwest::ClientBuilder {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
}

impl Client {
    /// Of the server at this address.
    pub fn new(base: &str) -> Client {
        let jar = Arc::new(Jar::default());
        let http =
            http().cookie_provider(jar.clone()).redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Client { http, jar, base: base.to_owned() }
    }
    /// That was given somebody's cookie.
    pub fn with_cookie(base: &str, cookie: &str) -> Client {
        let client = Client::new(base);
        client.jar.add_cookie_str(cookie, &base.parse().unwrap());
        client
    }
    /// Its cookies for this site, `name=value`.
    pub fn cookie(&self) -> String {
        let cookies = self.jar.cookies(&self.base.parse().unwrap()).unwrap();
        cookies.to_str().unwrap().to_owned()
    }
    /// A request to change before it is sent with [`send`](Self::send).
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.base))
    }
    /// Sends it; a page is checked.
    pub async fn send(&self, request: RequestBuilder) -> Answer {
        let request = request.build().unwrap();
        let what = format!("{} {}", request.method(), request.url().path());
        let fragment =
            request.headers().contains_key("HX-Request") && !request.headers().contains_key("HX-Boosted");
        let response = self.http.execute(request).await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let answer = Answer { status, headers, body: response.text().await.unwrap(), what };
        if answer.header("content-type").starts_with("text/html") {
            let faults = lint::faults(&answer, fragment);
            assert!(
                faults.is_empty(),
                "{} is not well made:\n  {}\n{}",
                answer.what,
                faults.join("\n  "),
                answer.body
            );
        }
        answer
    }
    /// Sends it and looks at nothing.
    pub async fn send_raw(&self, request: RequestBuilder) -> reqwest::Response {
        request.send().await.unwrap()
    }
    /// Opens a page; does not follow redirects.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }
    /// Opens a page and goes where it leads.
    pub async fn open(&self, path: &str) -> Answer {
        let mut answer = self.get(path).await;
        for _ in 0..5 {
            if answer.status != 303 {
                return answer;
            }
            answer = self.get(answer.location()).await;
        }
        panic!("{path} leads nowhere");
    }
    /// As htmx asks for a part of a page.
    pub async fn get_fragment(&self, path: &str, target: &str) -> Answer {
        let request =
            self.request(Method::GET, path).header("HX-Request", "true").header("HX-Target", target);
        self.send(request).await
    }
    /// Sends a form of a page of this site.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.send(self.request(Method::POST, path).header("Origin", &self.base).form(fields)).await
    }
    /// Sends a form and goes where that leads.
    pub async fn submit(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let answer = self.post(path, fields).await;
        if answer.status == 303 { self.open(answer.location()).await } else { answer }
    }
    /// Sends a file beside fields.
    pub async fn upload(
        &self,
        path: &str,
        fields: &[(&str, &str)],
        field: &str,
        name: &str,
        file: Vec<u8>,
    ) -> Answer {
        let mut form = reqwest::multipart::Form::new();
        for (name, value) in fields {
            form = form.text((*name).to_owned(), (*value).to_owned());
        }
        let form =
            form.part(field.to_owned(), reqwest::multipart::Part::bytes(file).file_name(name.to_owned()));
        self.send(self.request(Method::POST, path).header("Origin", &self.base).multipart(form)).await
    }
}

impl Answer {
    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.status
    }
    /// Asserts the status.
    #[track_caller]
    pub fn is(self, status: u16) -> Answer {
        assert_eq!(self.status, status, "{}: {}", self.what, self.body);
        self
    }
    /// Asserts HTTP 200.
    #[track_caller]
    pub fn ok(self) -> Answer {
        self.is(200)
    }
    /// A header, or nothing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
    /// Every value of a header.
    pub fn headers(&self, name: &str) -> Vec<&str> {
        self.headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).collect()
    }
    /// Where it leads.
    pub fn location(&self) -> &str {
        self.header("location")
    }
    /// As it came.
    pub fn body(&self) -> &str {
        &self.body
    }
    /// Its visible text, with single spaces.
    pub fn text(&self) -> String {
        let html = Html::parse_document(&self.body);
        let body = Selector::parse("body").unwrap();
        let text: String = html.select(&body).flat_map(|body| body.text()).collect();
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }
    /// The texts of what a CSS selector finds.
    pub fn all(&self, selector: &str) -> Vec<String> {
        let selector = Selector::parse(selector).unwrap();
        Html::parse_document(&self.body)
            .select(&selector)
            .map(|element| {
                element.text().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
            })
            .collect()
    }
    /// An attribute of the first element a CSS selector finds.
    pub fn attribute(&self, selector: &str, name: &str) -> Option<String> {
        let selector = Selector::parse(selector).unwrap();
        Html::parse_document(&self.body).select(&selector).next()?.attr(name).map(str::to_owned)
    }
    /// The first of these attributes of every element a CSS selector finds.
    pub fn attributes(&self, selector: &str, names: &[&str]) -> Vec<String> {
        let selector = Selector::parse(selector).unwrap();
        Html::parse_document(&self.body)
            .select(&selector)
            .filter_map(|element| names.iter().find_map(|name| element.attr(name)).map(str::to_owned))
            .collect()
    }
}
