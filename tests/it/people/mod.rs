//! People: their passwords, their second step, how they are invited, how they come back, and the first of them.

mod account;
mod two_steps;

use crate::support::{Client, TestApp};

/// A browser that tries to sign in, and what it is told.
pub async fn try_to_sign_in(app: &TestApp, email: &str, password: &str) -> (Client, crate::support::Answer) {
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
