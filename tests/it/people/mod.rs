//! People: their passwords, their second step, how they are invited, how they come back, and the first of them.

mod account;
mod invitations;
mod members;
mod resets;
mod setup;
mod two_steps;

use crate::support::{Answer, Client, TestApp};

/// A browser that tries to sign in, and what it is told.
pub async fn try_to_sign_in(app: &TestApp, email: &str, password: &str) -> (Client, Answer) {
    let client = app.client();
    let answer = client.post("/login", &[("email", email), ("password", password)]).await;
    (client, answer)
}

/// Whether this password signs somebody in.
pub async fn signs_in(app: &TestApp, email: &str, password: &str) -> bool {
    let (_, answer) = try_to_sign_in(app, email, password).await;
    match answer.status() {
        303 => true,
        422 => false,
        other => panic!("{other}: {}", answer.body()),
    }
}

/// The path of the link that a page shows once.
pub fn link_on(app: &TestApp, page: &Answer) -> String {
    let link = page.all("[data-copy] code").remove(0);
    link.strip_prefix(app.base()).expect("a link of this site").to_owned()
}

/// What the activity log says, the newest first.
pub async fn log(app: &TestApp) -> Vec<String> {
    app.texts("activity", "words").await.into_iter().rev().collect()
}
