//! The application as people meet it: in Chromium, with and without JavaScript, served with its jobs running. Pictures
//! of every step are left in `target/screenshots`.

mod asking;
mod checks;
mod command;
mod driver;
mod journey;
mod panel;
mod people;
#[allow(dead_code)]
mod pictures;
mod spend;
mod trouble;
#[allow(dead_code)]
mod window;

use crate::support::smtp::SmtpServer;
use crate::support::{Backend, Change, TestApp, run_with};

pub use pictures::album;
pub use window::{Browser, with_browser};

/// Walks the journey in a browser with or without JavaScript.
pub async fn journey(album: &'static str, scripts: bool) {
    let live = Change { live: true, ..Change::default() };
    run_with(Backend::Sqlite, live, |app: TestApp| async move {
        with_browser(app.base(), album, scripts, async |browser: &Browser| {
            journey::walk(browser, &app).await
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn the_whole_journey() {
    journey("screenshots/journey", true).await;
}

#[tokio::test]
async fn the_journey_without_javascript() {
    journey("screenshots/without-javascript", false).await;
}

/// Types counts in a browser with or without JavaScript.
async fn panel(album: &'static str, scripts: bool) {
    run_with(Backend::Sqlite, Change::default(), |app: TestApp| async move {
        with_browser(app.base(), album, scripts, async |browser: &Browser| panel::walk(browser, &app).await)
            .await;
    })
    .await;
}

#[tokio::test]
async fn counts_are_predicted_while_they_are_typed() {
    panel("screenshots/panel", true).await;
}

#[tokio::test]
async fn counts_are_predicted_without_javascript() {
    panel("screenshots/panel-without-javascript", false).await;
}

#[tokio::test]
async fn trouble_behind_a_form_is_said_in_words() {
    run_with(Backend::Sqlite, Change::default(), |app: TestApp| async move {
        with_browser(app.base(), "screenshots/trouble", true, async |browser: &Browser| {
            trouble::walk(browser, &app).await
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn people_and_their_mail() {
    let smtp = SmtpServer::start();
    let change = Change { smtp: Some(smtp.url()), ..Change::default() };
    run_with(Backend::Sqlite, change, |app: TestApp| async move {
        with_browser(app.base(), "screenshots/people", true, async |browser: &Browser| {
            people::walk(browser, &app, &smtp).await
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn from_short_to_started_as_two_people() {
    let live = Change { live: true, ..Change::default() };
    run_with(Backend::Sqlite, live, |app: TestApp| async move {
        with_browser(app.base(), "screenshots/asking", true, async |browser: &Browser| {
            asking::walk(browser, &app).await
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn the_viewer_and_the_money() {
    run_with(Backend::Sqlite, Change::default(), |app: TestApp| async move {
        with_browser(app.base(), "screenshots/spend", true, async |browser: &Browser| {
            spend::walk(browser, &app).await
        })
        .await;
    })
    .await;
}
