//! A browser as a person uses it: links, buttons and fields by the words on them, and waiting until something is there.

use std::cell::{Cell, RefCell};
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use fantoccini::Client;
use fantoccini::elements::{Element, ElementRef};
use fantoccini::error::CmdError;
use futures_util::FutureExt;
use serde_json::{Value, json};

use super::{driver, pictures};
use crate::support::PASSWORD;

/// How long something may take to appear, on a machine that has much else to do: a test that succeeds never waits for it.
const PATIENCE: Duration = Duration::from_secs(120);
/// How often to look whether it is there.
const GLANCE: Duration = Duration::from_millis(40);

/// One browser with one page.
pub struct Browser {
    pub(super) client: Client,
    base: String,
    /// Whether pages get JavaScript.
    pub(super) scripts: bool,
    /// Where its pictures go.
    pub(super) album: PathBuf,
    pub(super) shots: Cell<usize>,
    /// What is wrong with the pages looked at: told together, when the browser closes.
    pub(super) faults: RefCell<Vec<String>>,
}

/// Opens a browser for a test. Pictures go to `target/{album}`, emptied first. Closes it however the test ends; then
/// fails if a page looked at had a fault.
pub async fn with_browser(base: &str, album: &str, scripts: bool, test: impl AsyncFnOnce(&Browser)) {
    let browser = Browser {
        client: driver::open(scripts).await,
        base: base.to_owned(),
        scripts,
        album: pictures::album(album),
        shots: Cell::new(0),
        faults: RefCell::default(),
    };
    let outcome = AssertUnwindSafe(test(&browser)).catch_unwind().await;
    if outcome.is_err() {
        // As far as it can still be said.
        let _ = browser
            .client
            .screenshot()
            .await
            .map(|png| std::fs::write(browser.album.join("failed.png"), png));
    }
    let _ = browser.client.clone().close().await;
    if let Err(panic) = outcome {
        std::panic::resume_unwind(panic);
    }
    let faults = browser.faults.take();
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

/// Finds a link, a button or the heading of something that opens, by the words on it or said of it.
const BY_WORDS: &str = r#"
    const words = arguments[0];
    const clean = (text) => (text || "").replace(/\s+/g, " ").trim();
    const all = [...document.querySelectorAll("dialog[open] *, *")]
        .filter((one) => one.matches("a[href], button, summary") && one.checkVisibility() && !one.disabled);
    const says = (one) => [clean(one.getAttribute("aria-label")), clean(one.innerText), clean(one.textContent)];
    return all.find((one) => says(one).includes(words))
        || all.find((one) => says(one).some((text) => text.startsWith(words))) || null;
"#;

/// Finds a field by its label.
const BY_LABEL: &str = r#"
    const [words, nth] = arguments;
    const clean = (text) => (text || "").replace(/\s+/g, " ").trim();
    const labels = [...document.querySelectorAll("label")].filter((label) => label.control && label.checkVisibility());
    const labelled = [...document.querySelectorAll("[aria-label]")]
        .filter((one) => one.matches("input, select, textarea") && one.checkVisibility());
    const found = [
        ...labels.filter((label) => clean(label.textContent) === words).map((label) => label.control),
        ...labelled.filter((one) => clean(one.getAttribute("aria-label")) === words),
    ];
    return found[nth] || null;
"#;

impl Browser {
    /// Goes to a path of the application.
    pub async fn goto(&self, path: &str) {
        self.client.goto(&format!("{}{path}", self.base)).await.unwrap();
    }
    /// The path it is at, with the query.
    pub async fn path(&self) -> String {
        let url = self.client.current_url().await.unwrap();
        url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()))
    }
    /// Loads the page again.
    pub async fn reload(&self) {
        self.client.refresh().await.unwrap();
    }
    /// Follows the link or presses the button with these words.
    pub async fn click(&self, words: &str) {
        self.patiently(&format!("a link or button {words:?}"), async || {
            let Some(element) = self.element(BY_WORDS, vec![json!(words)]).await? else { return Ok(false) };
            element.click().await.map(|()| true)
        })
        .await;
    }
    /// Types into the field with this label, in place of what is there.
    pub async fn fill(&self, label: &str, text: &str) {
        self.fill_nth(label, 0, text).await;
    }
    /// Types into one of several fields with this label.
    pub async fn fill_nth(&self, label: &str, nth: usize, text: &str) {
        self.patiently(&format!("a field {label:?}"), async || {
            let Some(element) = self.element(BY_LABEL, vec![json!(label), json!(nth)]).await? else {
                return Ok(false);
            };
            element.clear().await?;
            element.send_keys(text).await.map(|()| true)
        })
        .await;
    }
    /// Chooses a file of this machine.
    pub async fn upload(&self, label: &str, file: &Path) {
        let file = file.canonicalize().unwrap();
        self.patiently(&format!("a field {label:?}"), async || {
            let Some(element) = self.element(BY_LABEL, vec![json!(label), json!(0)]).await? else {
                return Ok(false);
            };
            element.send_keys(&file.display().to_string()).await.map(|()| true)
        })
        .await;
    }
    /// Chooses from a list, or ticks a box, or picks one of several.
    pub async fn choose(&self, label: &str, option: &str) {
        self.patiently(&format!("a field {label:?} with {option:?}"), async || {
            let Some(element) = self.element(BY_LABEL, vec![json!(label), json!(0)]).await? else {
                return Ok(false);
            };
            element.select_by_label(option).await.map(|()| true)
        })
        .await;
    }
    /// Clicks on a box or a radio button.
    pub async fn tick(&self, label: &str) {
        self.patiently(&format!("a box {label:?}"), async || {
            let Some(element) = self.element(BY_LABEL, vec![json!(label), json!(0)]).await? else {
                return Ok(false);
            };
            element.click().await.map(|()| true)
        })
        .await;
    }
    /// Clicks on what a CSS selector finds first.
    pub async fn press(&self, selector: &str) {
        self.patiently(&format!("an element {selector}"), async || {
            let script = "return document.querySelector(arguments[0])";
            let Some(element) = self.element(script, vec![json!(selector)]).await? else { return Ok(false) };
            element.click().await.map(|()| true)
        })
        .await;
    }
    /// Waits until the page says this.
    pub async fn see(&self, words: &str) {
        self.patiently(&format!("the words {words:?}"), async || Ok(self.words().await?.contains(words)))
            .await;
    }
    /// Waits until the page says one of these; answers which.
    pub async fn see_one_of<'words>(&self, choices: &[&'words str]) -> &'words str {
        let seen = Cell::new(None);
        self.patiently(&format!("one of {choices:?}"), async || {
            let words = self.words().await?;
            seen.set(choices.iter().find(|choice| words.contains(**choice)).copied());
            Ok(seen.get().is_some())
        })
        .await;
        seen.get().unwrap()
    }
    /// Waits until the page's heading is this.
    pub async fn see_heading(&self, words: &str) {
        let script = "return document.querySelector('h1')?.innerText.replace(/\\s+/g, ' ').trim() || ''";
        self.patiently(&format!("the heading {words:?}"), async || {
            Ok(self.client.execute(script, vec![]).await? == json!(words))
        })
        .await;
    }
    /// Waits until a CSS selector finds something.
    pub async fn see_element(&self, selector: &str) {
        self.patiently(&format!("an element {selector}"), async || {
            let script = "return document.querySelector(arguments[0]) !== null";
            Ok(self.client.execute(script, vec![json!(selector)]).await? == json!(true))
        })
        .await;
    }
    /// Everything the page says now.
    pub async fn text(&self) -> String {
        self.words().await.unwrap()
    }
    /// The texts of what a CSS selector finds.
    pub async fn all(&self, selector: &str) -> Vec<String> {
        let script = "return [...document.querySelectorAll(arguments[0])].map((one) => one.innerText.trim())";
        let found = self.client.execute(script, vec![json!(selector)]).await.unwrap();
        serde_json::from_value(found).unwrap()
    }
    /// What a script answers; it works on pages without JavaScript too.
    pub async fn ask(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.client.execute(script, arguments).await.unwrap_or_else(|error| panic!("{script}: {error}"))
    }
    /// Signs in on the page that asks for it.
    pub async fn sign_in(&self, email: &str) {
        self.sign_in_with(email, PASSWORD).await;
    }
    /// Signs in with another password than the tests'.
    pub async fn sign_in_with(&self, email: &str, password: &str) {
        self.goto("/login").await;
        self.fill("E-mail address", email).await;
        self.fill("Password", password).await;
        self.click("Sign in").await;
    }
    /// Signs out from the menu of the person.
    pub async fn sign_out(&self) {
        self.press(".person > summary").await;
        self.click("Sign out").await;
        self.see_heading("Sign in").await;
    }

    async fn words(&self) -> Result<String, CmdError> {
        let script = "return (document.body?.innerText || '').replace(/[\\s\\u00a0]+/g, ' ')";
        Ok(self.client.execute(script, vec![]).await?.as_str().unwrap_or_default().to_owned())
    }
    async fn element(&self, script: &str, arguments: Vec<Value>) -> Result<Option<Element>, CmdError> {
        let found = self.client.execute(script, arguments).await?;
        let id = found.as_object().and_then(|found| found.values().next()?.as_str().map(str::to_owned));
        Ok(id.map(|id| Element::from_element_id(self.client.clone(), ElementRef::from(id))))
    }
    /// Tries until it is so. The page may change under a try: that is no error.
    pub(super) async fn patiently(
        &self,
        what: &str,
        mut attempt: impl AsyncFnMut() -> Result<bool, CmdError>,
    ) {
        let start = Instant::now();
        let mut last = String::new();
        loop {
            match attempt().await {
                Ok(true) => return,
                Ok(false) => {}
                Err(error) => last = error.to_string(),
            }
            if start.elapsed() > PATIENCE {
                let (path, text) = (self.path().await, self.words().await.unwrap_or_default());
                panic!("{path} does not come to have {what}. {last}\nIt says: {text}");
            }
            tokio::time::sleep(GLANCE).await;
        }
    }
}
