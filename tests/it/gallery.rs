//! Every page and state as a picture, wide and narrow, light and dark, and on paper, for people to look at:
//!
//! ```text
//! cargo test --test it gallery -- --ignored
//! ```
//!
//! writes `target/gallery/index.html`. The pages are those of the demonstration, with half a year of data; the states
//! without data come from the browser's journey.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

use numberbank::access::Role;
use numberbank::app::{self, Parts};
use numberbank::config::{Purpose, Settings};
use numberbank::demo::{self, Demo};

use crate::browser::{Browser, album, with_browser};

const HOME: &str = "/o/great-lakes-votes";

#[tokio::test]
#[ignore = "draws pictures for people: cargo test --test it gallery -- --ignored"]
async fn gallery() {
    album("gallery");
    crate::browser::journey("gallery/beginning", true).await;
    let dir = tempfile::tempdir().unwrap();
    let settings = Settings::read(Purpose::Command, |_| None).unwrap();
    let mut demo = demo::prepare(dir.path(), settings).await.unwrap();
    demo.settings.listen.set_port(0);
    let parts = Parts { job_workers: 1, ..demo::parts(&demo).unwrap() };
    let application = app::build(demo.settings.clone(), parts).await.unwrap();
    let (base, stop) = (format!("http://127.0.0.1:{}", application.port()), application.stop_handle());
    let server = tokio::spawn(application.run());
    with_browser(&base, "gallery/half-a-year", true, async |browser: &Browser| tour(browser, &demo).await)
        .await;
    stop.at_once().await;
    server.await.unwrap().unwrap();
    let index = index(&["beginning", "half-a-year"].map(|part| (part, album_of(part))));
    std::fs::write(album_of("index.html"), index).unwrap();
}

/// Where a part of the gallery is.
fn album_of(part: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().join("gallery").join(part)
}

async fn sign_in(browser: &Browser, demo: &Demo, role: Role) {
    let person = demo.sign_ins.iter().find(|person| person.role == role).unwrap();
    browser.sign_in_with(&person.email, &person.password).await;
    browser.see_element(".rail").await;
}

async fn page(browser: &Browser, path: &str, name: &str) {
    browser.goto(&format!("{HOME}{path}")).await;
    browser.see_element("h1").await;
    browser.glance(name).await;
    browser.printed(name).await;
}

async fn tour(browser: &Browser, demo: &Demo) {
    sign_in(browser, demo, Role::Owner).await;
    inventory(browser).await;
    orders(browser).await;
    campaigns(browser).await;
    for (path, name) in [
        ("/spend", "spend"),
        ("/spend?month=2020-01", "spend-of-long-ago"),
        ("/spend/numbers", "charges"),
        ("/activity", "activity"),
        ("/practice", "practice"),
        ("/settings", "settings"),
        ("/members", "members"),
        ("/no-such-page", "no-such-page"),
    ] {
        page(browser, path, name).await;
    }
    browser.goto(&format!("{HOME}/members")).await;
    browser.fill("Their e-mail address", "new@example.org").await;
    browser.click("Make the link").await;
    browser.see("/invitations/").await;
    browser.glance("invitation-link").await;
    browser.goto(&format!("{HOME}/members")).await;
    browser.click("Remove Demo viewer").await;
    browser.see_element(".confirm").await;
    browser.glance("remove-member").await;
    for (path, name) in [("/account", "account"), ("/account/two-steps", "two-steps")] {
        browser.goto(path).await;
        browser.glance(name).await;
    }
    browser.goto("/account").await;
    browser.sign_out().await;
    sign_in(browser, demo, Role::Admin).await;
    page(browser, "/phone-numbers", "inventory-of-an-admin").await;
    page(browser, "/members", "members-are-the-owners").await;
}

async fn inventory(browser: &Browser) {
    for (path, name) in [
        ("/phone-numbers", "inventory"),
        ("/phone-numbers?state=MI&sort=total&order=desc", "inventory-of-a-state"),
        ("/phone-numbers?q=313555", "inventory-found-numbers"),
        ("/phone-numbers?q=Honolulu", "inventory-found-nothing"),
        ("/phone-numbers/area/313", "area-code"),
        ("/phone-numbers/area/907", "area-code-without-numbers"),
        ("/phone-numbers/area/999", "no-such-area-code"),
        ("/phone-numbers/release?area_code=303", "release-confirm"),
        ("/phone-numbers/release?area_code=313", "release-nothing"),
    ] {
        page(browser, path, name).await;
    }
    for (code, name) in [("313", "number-in-use"), ("303", "number-available")] {
        browser.goto(&format!("{HOME}/phone-numbers/area/{code}")).await;
        browser.press("#numbers tbody .number").await;
        browser.see("Its life").await;
        browser.glance(name).await;
    }
}

async fn orders(browser: &Browser) {
    page(browser, "/orders", "orders").await;
    browser.press("main table a").await;
    browser.see("What became of each").await;
    browser.glance("order-partial").await;
    for (code, count, name) in [("313", "30", "buy-many-confirm"), ("907", "900", "buy-too-many")] {
        browser.goto(&format!("{HOME}/orders/new?area_code={code}&count={count}")).await;
        browser.click("See what it costs").await;
        browser.see_one_of(&["Type 30 to confirm", "There is a problem"]).await;
        browser.glance(name).await;
    }
    weather(browser, "Account suspended").await;
    browser.goto(&format!("{HOME}/orders/new?area_code=248&count=2")).await;
    browser.click("See what it costs").await;
    browser.see("There is a problem").await;
    browser.glance("buy-while-suspended").await;
    weather(browser, "Slow").await;
    browser.goto(&format!("{HOME}/orders/new?area_code=248&count=3")).await;
    browser.click("See what it costs").await;
    browser.click("Buy 3 numbers").await;
    browser.see("of 3 bought").await;
    browser.glance("order-at-work").await;
    page(browser, "/phone-numbers", "inventory-while-buying").await;
    weather(browser, "Sunny").await;
}

async fn campaigns(browser: &Browser) {
    page(browser, "/campaigns", "campaigns").await;
    let paths = browser
        .ask("return [...document.querySelectorAll('main table a')].map((one) => one.pathname)", vec![]);
    let paths: Vec<String> = serde_json::from_value(paths.await).unwrap();
    let [draft, started, archived] = paths.as_slice() else { panic!("{paths:?}") };
    for (path, name) in [
        (format!("{draft}/basics"), "campaign-basics"),
        (format!("{draft}/contacts"), "campaign-contacts"),
        (format!("{draft}/area-codes"), "campaign-area-codes"),
        (format!("{draft}/start"), "campaign-start"),
        (format!("{draft}/delete"), "campaign-delete"),
        (started.clone(), "campaign-started"),
        (archived.clone(), "campaign-archived"),
        (format!("{archived}/give-back"), "campaign-give-back"),
    ] {
        page(browser, path.strip_prefix(HOME).unwrap(), name).await;
    }
}

async fn weather(browser: &Browser, name: &str) {
    browser.goto(&format!("{HOME}/practice")).await;
    browser.tick(name).await;
    browser.click("Set the weather").await;
    browser.see(&format!("The weather is {name} now")).await;
}

/// A page of all pictures: a row a state.
fn index(parts: &[(&str, std::path::PathBuf)]) -> String {
    let mut html = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Gallery</title>\
        <style>body{font:14px system-ui;margin:24px;background:#eee}section{display:flex;gap:12px;align-items:flex-start;\
        overflow-x:auto;padding-bottom:12px}img{display:block;height:480px;background:#fff;border:1px solid #ccc}</style>\n"
        .to_owned();
    for (part, album) in parts {
        writeln!(html, "<h1>{part}</h1>").unwrap();
        let files = std::fs::read_dir(album).unwrap().flatten();
        let files: BTreeSet<String> = files.filter_map(|file| file.file_name().into_string().ok()).collect();
        let states: BTreeSet<&str> = files.iter().filter_map(|file| file.rsplitn(3, '-').nth(2)).collect();
        for state in states {
            writeln!(html, "<h2>{state}</h2><section>").unwrap();
            for appearance in ["1280-light", "1280-dark", "360-light", "360-dark", "794-print"] {
                let file = format!("{state}-{appearance}.png");
                if files.contains(&file) {
                    let path = format!("{part}/{file}");
                    writeln!(html, "<a href=\"{path}\"><img src=\"{path}\" alt=\"{state}, {appearance}\" loading=\"lazy\"></a>")
                        .unwrap();
                }
            }
            html.push_str("</section>\n");
        }
    }
    html
}
