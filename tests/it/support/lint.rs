//! What every page must be: HTML without errors, labelled, linked, and free of inline style and script.

use std::collections::HashSet;

use scraper::{ElementRef, Html, Selector};

use super::client::Answer;

/// What is wrong with a page, or with a part of one.
pub fn faults(answer: &Answer, fragment: bool) -> Vec<String> {
    let mut faults = content(answer.body(), fragment);
    headers(answer, &mut faults);
    faults
}

fn content(body: &str, fragment: bool) -> Vec<String> {
    let mut faults = Vec::new();
    let html = match body.trim_start() {
        // Rows alone are no HTML; htmx puts them into a table, and so do we.
        rows if fragment && (rows.starts_with("<tbody") || rows.starts_with("<tr")) => {
            Html::parse_fragment(&format!("<table>{rows}</table>"))
        }
        part if fragment => Html::parse_fragment(part),
        _ => Html::parse_document(body),
    };
    faults.extend(html.errors.iter().map(|error| format!("HTML: {error}")));
    if !fragment {
        document(&html, &mut faults);
    }
    ids(&html, fragment, &mut faults);
    inline(&html, &mut faults);
    controls(&html, &mut faults);
    pictures(&html, &mut faults);
    let text: String = html.root_element().text().collect();
    for leak in ["{{", "}}", "{%", "Some(", "None)"] {
        if text.contains(leak) {
            faults.push(format!("the text has {leak}"));
        }
    }
    faults
}

fn all<'html>(html: &'html Html, selector: &str) -> Vec<ElementRef<'html>> {
    html.select(&Selector::parse(selector).unwrap()).collect()
}

fn show(element: &ElementRef<'_>) -> String {
    element.html().chars().take(160).collect()
}

fn has_name(element: &ElementRef<'_>) -> bool {
    let says = |name: &str| element.attr(name).is_some_and(|text| !text.trim().is_empty());
    says("aria-label") || says("aria-labelledby") || element.text().any(|text| !text.trim().is_empty())
}

fn headers(answer: &Answer, faults: &mut Vec<String>) {
    let policy = answer.header("content-security-policy");
    for part in ["default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'"] {
        if !policy.contains(part) || policy.contains("unsafe") {
            faults.push(format!("the Content-Security-Policy has no {part}: {policy}"));
        }
    }
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
        ("cache-control", "no-store"),
        ("content-type", "text/html; charset=utf-8"),
    ] {
        if answer.header(name) != value {
            faults.push(format!("{name} is {:?}", answer.header(name)));
        }
    }
    if !answer.headers("vary").join(",").to_lowercase().contains("hx-request") {
        faults.push("Vary does not name HX-Request".into());
    }
}

fn document(html: &Html, faults: &mut Vec<String>) {
    let titles: Vec<String> = all(html, "head > title").iter().map(|title| title.text().collect()).collect();
    match titles.as_slice() {
        [title] if title.ends_with(" · Numberbank") && !title.starts_with(" ·") => {}
        _ => faults.push(format!("the title is {titles:?}")),
    }
    if all(html, "html[lang=en]").is_empty() {
        faults.push("the page does not say its language".into());
    }
    for (selector, what) in [("h1", "<h1>"), ("main", "<main>")] {
        let count = all(html, selector).len();
        if count != 1 {
            faults.push(format!("there are {count} {what}"));
        }
    }
}

fn ids(html: &Html, fragment: bool, faults: &mut Vec<String>) {
    let mut ids = HashSet::new();
    for element in all(html, "[id]") {
        let id = element.attr("id").unwrap_or_default();
        if id.is_empty() || !ids.insert(id) {
            faults.push(format!("the id {id:?} is empty or not unique: {}", show(&element)));
        }
    }
    if fragment {
        return; // may name what is on the page around it
    }
    for name in ["for", "aria-labelledby", "aria-describedby", "aria-controls", "form", "list"] {
        for element in all(html, &format!("[{name}]")) {
            for id in element.attr(name).unwrap_or_default().split_whitespace() {
                if !ids.contains(id) {
                    faults.push(format!("{name} names {id:?}, which is not there: {}", show(&element)));
                }
            }
        }
    }
    for link in all(html, "a[href^='#']") {
        let id = link.attr("href").unwrap_or_default().trim_start_matches('#');
        if !ids.contains(id) {
            faults.push(format!("a link leads to {id:?}, which is not there: {}", show(&link)));
        }
    }
}

fn inline(html: &Html, faults: &mut Vec<String>) {
    for element in all(html, "style, script:not([src]), [style]") {
        faults.push(format!("inline style or script: {}", show(&element)));
    }
    for element in all(html, "*") {
        for (name, value) in element.value().attrs() {
            if name.starts_with("on")
                || name.starts_with("hx-on")
                || value.trim_start().starts_with("javascript:")
            {
                faults.push(format!("inline script in {name}: {}", show(&element)));
            }
        }
    }
}

fn controls(html: &Html, faults: &mut Vec<String>) {
    let labelled: HashSet<&str> =
        all(html, "label[for]").iter().filter_map(|label| label.attr("for")).collect();
    for field in all(html, "input, select, textarea") {
        let kind = field.attr("type").unwrap_or("text");
        if field.value().name() == "input" && matches!(kind, "hidden" | "submit" | "button" | "image") {
            continue;
        }
        let by_id = field.attr("id").is_some_and(|id| labelled.contains(id));
        let inside =
            field.ancestors().filter_map(ElementRef::wrap).any(|parent| parent.value().name() == "label");
        let by_itself = ["aria-label", "aria-labelledby"].iter().any(|name| field.attr(name).is_some());
        if !by_id && !inside && !by_itself {
            faults.push(format!("a field without a label: {}", show(&field)));
        }
    }
    for element in all(html, "button, a[href], summary, label") {
        if !has_name(&element) {
            faults.push(format!("nothing to read on {}", show(&element)));
        }
    }
    for link in all(html, "a[href='']") {
        faults.push(format!("a link to nowhere: {}", show(&link)));
    }
    for form in all(html, "form") {
        let method = form.attr("method").unwrap_or_default();
        let action = form.attr("action").unwrap_or_default();
        if !matches!(method, "get" | "post") || !action.starts_with('/') {
            faults.push(format!("a form needs a method and an action here: {}", show(&form)));
        }
    }
}

fn pictures(html: &Html, faults: &mut Vec<String>) {
    for image in all(html, "img:not([alt])") {
        faults.push(format!("an image without words: {}", show(&image)));
    }
    for picture in all(html, "svg") {
        let title = Selector::parse("title").unwrap();
        let hidden = picture.attr("aria-hidden") == Some("true");
        let named = picture.attr("aria-label").is_some_and(|label| !label.is_empty())
            || picture.attr("aria-labelledby").is_some()
            || picture.select(&title).next().is_some();
        if !hidden && !named {
            faults.push(format!("a picture without words: {}", show(&picture)));
        }
    }
}

#[test]
fn a_bad_page_is_told_its_faults() {
    let page = |title: &str, main: &str| {
        format!(
            "<!doctype html><html lang=en><head><title>{title}</title></head><body><main><h1>Hm</h1>{main}</main></body></html>"
        )
    };
    assert_eq!(content(&page("Fine · Numberbank", "<p>Fine</p>"), false), Vec::<String>::new());
    for (main, fault) in [
        ("<div><span></div>", "HTML:"),
        ("<p id=a></p><p id=a></p>", "not unique"),
        ("<label for=b>B</label>", "which is not there"),
        ("<a href='#b'>B</a>", "which is not there"),
        ("<p style='color: red'>B</p>", "inline style"),
        ("<script>1</script>", "inline style or script"),
        ("<p onclick='b()'>B</p>", "inline script"),
        ("<input type=text name=b>", "without a label"),
        ("<select name=b></select>", "without a label"),
        ("<button></button>", "nothing to read"),
        ("<a href='/'></a>", "nothing to read"),
        ("<form method=post></form>", "needs a method and an action"),
        ("<form action='https://evil.example/' method=post></form>", "needs a method and an action"),
        ("<img src='/x.png'>", "image without words"),
        ("<svg></svg>", "picture without words"),
        ("<h1>Two</h1>", "there are 2 <h1>"),
        ("<p>Some(3) left</p>", "the text has"),
    ] {
        let found = content(&page("Fine · Numberbank", main), false);
        assert!(found.iter().any(|found| found.contains(fault)), "{main}: {found:?}");
    }
    assert!(!content(&page(" · Numberbank", ""), false).is_empty());
    assert!(!content(&page("Fine", ""), false).is_empty());
}
