//! What every page must be, seen by a browser: silent in the console, no wider than the screen, usable with the
//! keyboard, and without a violation that axe-core knows.

use serde_json::{Value, json};

use super::command::{console, devtools};
use super::pictures::{APPEARANCES, Appearance};
use super::window::Browser;

const AXE: &str = include_str!("../data/axe/axe.min.js");

/// Finds what WCAG 2.2 AA forbids; in the dark only contrast can differ.
const VIOLATIONS: &str = r#"
    const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
    const runOnly = arguments[0] === "dark" ? { type: "rule", values: ["color-contrast"] } : { type: "tag", values: tags };
    return axe.run(document, { runOnly, resultTypes: ["violations"] }).then((results) =>
        results.violations.map((one) => `${one.id} (${one.impact}): ${one.help}: ` + one.nodes.slice(0, 4)
            .map((node) => `${node.target.join(" ")} [${node.failureSummary.split("\n").slice(1).join(";").trim()}]`)
            .join(" | ")));
"#;

/// Finds what makes the page scroll sideways.
const TOO_WIDE: &str = r#"
    const root = document.documentElement;
    if (root.scrollWidth <= root.clientWidth) return [];
    const scrolls = (one) => one && one !== document.body
        && (["auto", "scroll", "hidden", "clip"].includes(getComputedStyle(one).overflowX) || scrolls(one.parentElement));
    return [`${root.scrollWidth} px in ${root.clientWidth}`, ...[...document.body.querySelectorAll("*")]
        .filter((one) => one.getBoundingClientRect().right > root.clientWidth + 1 && !scrolls(one.parentElement))
        .slice(0, 3).map((one) => one.outerHTML.slice(0, 120))];
"#;

/// Puts the keyboard at the first thing of the page; answers how many can be reached. Of radio buttons that is one.
const START: &str = r#"
    const reach = "a[href], button:not([disabled]), input:not([type=hidden]):not([disabled]), select:not([disabled]), \
        textarea:not([disabled]), summary";
    const radios = (name) => [...document.querySelectorAll(`input[type=radio][name="${name}"]`)];
    const stop = (one) => one.type !== "radio"
        || one === (radios(one.name).find((other) => other.checked) || radios(one.name)[0]);
    window.reachable = () => [...document.querySelectorAll(reach)]
        .filter((one) => one.checkVisibility() && one.tabIndex >= 0 && stop(one));
    window.scrollTo(0, 0);
    window.reachable()[0].focus();
    return window.reachable().length;
"#;

/// Tells where the keyboard is: which reachable thing, whether that can be seen, whether it is the page's main action.
const WHERE: &str = r#"
    const one = document.activeElement;
    if (!one || one === document.body) return null;
    const outlined = (one) => getComputedStyle(one).outlineStyle !== "none" && parseFloat(getComputedStyle(one).outlineWidth) >= 1;
    const drawn = [...one.querySelectorAll("rect")].some((part) => parseFloat(getComputedStyle(part).strokeWidth) >= 2);
    const box = one.getBoundingClientRect();
    const inside = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth && box.width > 0;
    return [window.reachable().indexOf(one), inside && (outlined(one) || outlined(one.parentElement) || drawn),
        one.matches("main .button-primary"), one.outerHTML.slice(0, 120)];
"#;

impl Browser {
    /// Looks at a page that stands still: pictures, every check, and the keyboard.
    pub async fn look(&self, name: &str) {
        self.glance(name).await;
        if self.scripts {
            self.keyboard().await;
        }
    }

    /// Looks at a page that may change meanwhile: pictures, and what can be checked of it.
    pub async fn glance(&self, name: &str) {
        let shot = self.shots.get() + 1;
        self.shots.set(shot);
        let name = format!("{shot:02}-{name}");
        for appearance in APPEARANCES {
            if !self.scripts && appearance.scheme == "dark" {
                continue;
            }
            self.appear(appearance).await;
            self.wide(appearance).await;
            if self.scripts {
                self.accessible(appearance).await;
            }
            self.picture(&name, appearance).await;
        }
        self.appear(APPEARANCES[0]).await;
        self.silent().await;
    }

    async fn fault(&self, what: &str) {
        let heading = self.ask("return document.querySelector('h1')?.innerText || ''", vec![]).await;
        let fault = format!("{} {heading}: {what}", self.path().await);
        let mut faults = self.faults.borrow_mut();
        if !faults.contains(&fault) {
            faults.push(fault);
        }
    }

    async fn wide(&self, Appearance { width, .. }: Appearance) {
        let found = strings(self.ask(TOO_WIDE, vec![]).await);
        if !found.is_empty() {
            self.fault(&format!("scrolls sideways at {width} px: {}", found.join(" | "))).await;
        }
    }

    async fn accessible(&self, Appearance { width, scheme }: Appearance) {
        if self.ask("return typeof window.axe", vec![]).await == json!("undefined") {
            self.ask(AXE, vec![]).await;
        }
        for violation in strings(self.ask(VIOLATIONS, vec![json!(scheme)]).await) {
            self.fault(&format!("at {width} px, {scheme}: {violation}")).await;
        }
    }

    /// The console said nothing since the last time; that this very page was answered with a refusal is no fault.
    pub(super) async fn silent(&self) {
        let here = self.client.current_url().await.unwrap();
        for entry in console(&self.client).await {
            let text = entry["message"].as_str().unwrap_or_default();
            let refused = ["403", "404", "409", "422", "502"]
                .iter()
                .any(|status| text.contains(&format!("status of {status}")));
            if !(refused && entry["source"] == "network" && text.starts_with(here.as_str())) {
                self.fault(&format!("the console says {text}")).await;
            }
        }
    }

    /// Everything can be reached with Tab, and one sees where one is; `/` goes to the search; Esc closes what opened.
    async fn keyboard(&self) {
        let reachable = self.ask(START, vec![]).await.as_u64().unwrap();
        // There and back: from here on it is the keyboard that moves.
        self.key("Tab", 9, "").await;
        self.shifted_tab().await;
        let mut reached = vec![false; usize::try_from(reachable).unwrap()];
        let (mut main_action, mut steps, mut last) = (false, 0, None);
        loop {
            let Some(here) = self.ask(WHERE, vec![]).await.as_array().cloned() else { break };
            let what = here[3].as_str().unwrap_or_default().to_owned();
            if here[1] != json!(true) {
                self.fault(&format!("one does not see that the keyboard is at {what}")).await;
            }
            main_action |= here[2] == json!(true);
            if let Some(index) = here[0].as_u64().and_then(|index| usize::try_from(index).ok()) {
                // A date is one field of several stops; anything else that comes again ends the round.
                if reached.get(index).is_none_or(|reached| *reached) && last != Some(index) {
                    break;
                }
                reached[index] = true;
                last = Some(index);
            }
            steps += 1;
            if steps > 2 * reached.len() + 40 {
                self.fault(&format!("the keyboard is caught at {what}")).await;
                break;
            }
            self.key("Tab", 9, "").await;
        }
        for (index, _) in reached.iter().enumerate().filter(|(_, reached)| !**reached) {
            let script = "return window.reachable()[arguments[0]]?.outerHTML.slice(0, 160)";
            let what = self.ask(script, vec![json!(index)]).await;
            self.fault(&format!("the keyboard does not reach {what}")).await;
        }
        let has_one = "return document.querySelector('main .button-primary:not([disabled])')?.checkVisibility() || false";
        if !main_action && self.ask(has_one, vec![]).await == json!(true) {
            self.fault("Tab does not reach the main action").await;
        }
        self.search_key().await;
        self.escape_key().await;
    }

    async fn search_key(&self) {
        let script =
            "document.activeElement.blur(); return document.querySelector('[data-search]')?.value ?? null";
        let Value::String(before) = self.ask(script, vec![]).await else { return };
        self.key("/", 191, "/").await;
        let script = "const one = document.activeElement; return [one.matches('[data-search]'), one.value]";
        if self.ask(script, vec![]).await != json!([true, before]) {
            self.fault("/ does not go to the search").await;
        }
    }

    async fn escape_key(&self) {
        let script = "return [...document.querySelectorAll('[data-dialog], details.menu > summary')]\
            .filter((one) => one.checkVisibility()).length";
        let openers = self.ask(script, vec![]).await.as_u64().unwrap();
        for opener in 0..openers {
            let script = "const opener = [...document.querySelectorAll('[data-dialog], details.menu > summary')]\
                .filter((one) => one.checkVisibility())[arguments[0]]; opener.focus(); opener.click();\
                window.opener_ = opener; return document.querySelector('dialog[open], details.menu[open]') !== null";
            let opened = self.ask(script, vec![json!(opener)]).await;
            self.key("Escape", 27, "").await;
            let script = "const [opened] = arguments; return opened \
                && document.querySelector('dialog[open], details.menu[open]') === null \
                && document.activeElement === window.opener_ || window.opener_.outerHTML.slice(0, 120)";
            let closed = self.ask(script, vec![opened]).await;
            if closed != json!(true) {
                self.fault(&format!("Esc does not close what {closed} opens and go back to it")).await;
            }
        }
    }

    /// Presses a key.
    pub async fn key(&self, key: &str, code: u32, text: &str) {
        self.press_key(json!({ "key": key, "windowsVirtualKeyCode": code, "text": text })).await;
    }
    async fn shifted_tab(&self) {
        self.press_key(json!({ "key": "Tab", "windowsVirtualKeyCode": 9, "modifiers": 8 })).await;
    }
    async fn press_key(&self, mut press: Value) {
        let writes = press["text"].as_str().is_some_and(|text| !text.is_empty());
        press["type"] = json!(if writes { "keyDown" } else { "rawKeyDown" });
        devtools(&self.client, "Input.dispatchKeyEvent", press.clone()).await;
        press["type"] = json!("keyUp");
        devtools(&self.client, "Input.dispatchKeyEvent", press).await;
    }
}

fn strings(value: Value) -> Vec<String> {
    serde_json::from_value(value).unwrap()
}
