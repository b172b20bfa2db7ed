//! E-mails: invitations, links for a new password, news for owners, and what becomes of them.

use std::process::{Command, Stdio};

use chrono::TimeDelta;
use numberbank::access::{self, Notice, Role};

use crate::both;
use crate::people::{link_on, log, signs_in};
use crate::support::smtp::SmtpServer;
use crate::support::{Answer, Backend, Change, Client, PASSWORD, TestApp, run_with};

const INVITE: &str = "/o/our-city/invitations";
const MEMBERS: &str = "/o/our-city/members";
const NORA: [(&str, &str); 2] = [("email", "nora@example.org"), ("role", "ADMIN")];
const NEW: &str = "four other good words";
const SET: [(&str, &str); 2] = [("password", NEW), ("password_again", NEW)];

/// Runs a test with a mail server, on one database.
async fn with_mail<F: Future<Output = ()>>(backend: Backend, test: impl FnOnce(TestApp, SmtpServer) -> F) {
    let smtp = SmtpServer::start();
    let change = Change { smtp: Some(smtp.url()), ..Change::default() };
    run_with(backend, change, |app| test(app, smtp)).await;
}

/// Runs each test with a mail server, on both databases.
macro_rules! by_mail {
    ($(async fn $name:ident($app:ident: TestApp, $smtp:ident: SmtpServer) $body:block)+) => {$(
        async fn $name($app: TestApp, $smtp: SmtpServer) $body
        mod $name {
            #[tokio::test]
            async fn sqlite() {
                super::with_mail(super::Backend::Sqlite, super::$name).await;
            }
            #[tokio::test]
            async fn postgres() {
                super::with_mail(super::Backend::Postgres, super::$name).await;
            }
        }
    )+};
}

async fn members(owner: &Client) -> String {
    owner.get(MEMBERS).await.ok().text()
}

/// What the database says of e-mails and jobs.
async fn stored(app: &TestApp) -> String {
    let mut all = Vec::new();
    for (table, column) in [
        ("job_request", "payload"),
        ("job_request", "unique_key"),
        ("job_request", "message"),
        ("mail_message", "about"),
        ("mail_message", "sealed"),
        ("mail_message", "words"),
        ("activity", "words"),
    ] {
        all.extend(app.texts(table, column).await);
    }
    all.join("\n")
}

async fn reset_link(app: &TestApp, owner: &Client) -> Answer {
    let admin = app.person_id("admin@example.org").await;
    owner.post(&format!("{MEMBERS}/{admin}/reset-link"), &[]).await.ok()
}

async fn ask(app: &TestApp, email: &str) -> Answer {
    app.client().post("/login/forgot", &[("email", email)]).await
}

by_mail! {
    async fn an_invitation_arrives_with_a_link_that_works(app: TestApp, smtp: SmtpServer) {
        let owner = app.sign_in(Role::Owner).await;
        assert!(members(&owner).await.contains("They are sent a link by e-mail"));
        let page = owner.post(INVITE, &NORA).await.ok();
        assert!(page.text().contains("It is on its way to nora@example.org by e-mail"), "{}", page.text());
        let shown = link_on(&app, &page);
        let token = shown.rsplit('/').next().unwrap();
        assert!(members(&owner).await.contains("An e-mail to nora@example.org is on its way."));
        assert_eq!(app.texts("mail_message", "sealed").await.len(), 1);
        assert!(!stored(&app).await.contains(token), "{}", stored(&app).await);
        app.run_jobs().await;
        let letters = smtp.letters();
        assert_eq!(letters.len(), 1);
        let letter = &letters[0];
        assert_eq!((letter.from.as_str(), letter.to.as_str()), ("numbers@example.org", "nora@example.org"));
        assert_eq!(letter.header("Subject"), "Invitation to Our City on Numberbank");
        assert!(letter.header("From").contains("Numberbank"), "{}", letter.data);
        assert_eq!(letter.header("Auto-Submitted"), "auto-generated");
        assert!(letter.text().contains("Olive Owner invites you to work in Our City on Numberbank"));
        assert_eq!(letter.link(app.base()), shown);
        assert!(!stored(&app).await.contains(token));
        assert!(app.texts("mail_message", "sealed").await.is_empty(), "what was sent is kept");
        assert!(members(&owner).await.contains("E-mailed to nora@example.org just now."));
        app.advance(TimeDelta::minutes(3));
        assert!(members(&owner).await.contains("E-mailed to nora@example.org 3 minutes ago."));
        let join = [("name", "Nora New"), ("password", NEW), ("password_again", NEW)];
        let page = app.client().submit(&letter.link(app.base()), &join).await.ok();
        assert_eq!(page.all(".notice-success"), ["Welcome to Our City. You are an admin here."]);
    }

    async fn an_owners_link_for_a_new_password_arrives(app: TestApp, smtp: SmtpServer) {
        let owner = app.sign_in(Role::Owner).await;
        let shown = link_on(&app, &reset_link(&app, &owner).await);
        assert!(!stored(&app).await.contains(shown.rsplit('/').next().unwrap()));
        app.run_jobs().await;
        let letter = smtp.letters().remove(0);
        assert_eq!((letter.to.as_str(), letter.link(app.base())), ("admin@example.org", shown.clone()));
        assert!(letter.text().contains("Olive Owner, an owner of Our City, made a link"), "{}", letter.text());
        assert!(letter.text().contains("24 hours"));
        assert!(members(&owner).await.contains("E-mailed to admin@example.org just now."));
        app.client().post(&shown, &SET).await.is(303);
        assert!(!members(&owner).await.contains("E-mailed"), "the link is used");
    }

    async fn what_is_not_taken_now_is_tried_again_and_sent_once(app: TestApp, smtp: SmtpServer) {
        let owner = app.sign_in(Role::Owner).await;
        smtp.answer(&["451 4.7.1 Greylisted, come back later."]);
        owner.post(INVITE, &NORA).await.ok();
        app.run_jobs().await;
        let text = members(&owner).await;
        let words = "Not e-mailed to nora@example.org yet: the mail server did not take it now: 4.7.1 Greylisted, \
                     come back later (451). Numberbank tries again.";
        assert!(text.contains(words), "{text}");
        app.advance(TimeDelta::seconds(59));
        app.run_jobs().await;
        assert!(smtp.letters().is_empty(), "it was tried again too soon");
        // Nor is it lost when nobody answers, or when nobody accepts our sign-in.
        smtp.hang_up(1);
        app.advance(TimeDelta::seconds(1));
        app.run_jobs().await;
        assert!(members(&owner).await.contains("yet: the mail server cannot be reached"));
        smtp.answer(&["530 5.7.0 Authentication required"]);
        app.advance(TimeDelta::minutes(5));
        app.run_jobs().await;
        assert!(members(&owner).await.contains("yet: the mail server does not accept our sign-in"));
        app.advance(TimeDelta::minutes(15));
        app.run_jobs().await;
        assert_eq!(smtp.letters().len(), 1);
        assert!(members(&owner).await.contains("E-mailed to nora@example.org just now."));
        app.advance(TimeDelta::days(1));
        app.run_jobs().await;
        assert_eq!(smtp.letters().len(), 1);
    }

    async fn what_is_refused_is_said_on_the_members_page(app: TestApp, smtp: SmtpServer) {
        let owner = app.sign_in(Role::Owner).await;
        smtp.answer(&["550 5.1.1 No such user here.", "550 5.1.1 Gone."]);
        let shown = link_on(&app, &owner.post(INVITE, &NORA).await.ok());
        reset_link(&app, &owner).await;
        app.run_jobs().await;
        let text = members(&owner).await;
        for words in [
            "The e-mail to nora@example.org could not be sent: the mail server refused it: 5.1.1 No such user here \
             (550). Invite them again and copy the link instead.",
            "The e-mail to admin@example.org could not be sent: the mail server refused it: 5.1.1 Gone (550). Make a \
             link again and copy it instead.",
        ] {
            assert!(text.contains(words), "{text}");
        }
        assert!(app.texts("mail_message", "sealed").await.is_empty());
        app.advance(TimeDelta::hours(20));
        app.run_jobs().await;
        assert!(smtp.letters().is_empty());
        // The link itself holds.
        app.client().get(&shown).await.ok();
    }

    async fn after_half_a_day_of_trying_it_is_given_up_in_words(app: TestApp, smtp: SmtpServer) {
        let owner = app.sign_in(Role::Owner).await;
        smtp.answer(&["451 4.3.0 Ill"; 40]);
        owner.post(INVITE, &NORA).await.ok();
        let mut hours = 0;
        loop {
            app.run_jobs().await;
            let text = members(&owner).await;
            if text.contains("could not be sent") {
                assert!(text.contains("did not take it now: 4.3.0 Ill (451)"), "{text}");
                break;
            }
            assert!(text.contains("Numberbank tries again"), "{text}");
            hours += 1;
            assert!(hours < 40, "it is tried for ever");
            app.advance(TimeDelta::hours(1));
        }
        assert!(hours >= 8, "it was given up after {hours} hours");
        assert!(app.texts("mail_message", "sealed").await.is_empty() && smtp.letters().is_empty());
    }

    async fn what_is_withdrawn_is_not_sent(app: TestApp, smtp: SmtpServer) {
        let owner = app.sign_in(Role::Owner).await;
        smtp.answer(&["451 4.3.0 Ill", "451 4.3.0 Ill"]);
        owner.post(INVITE, &NORA).await.ok();
        reset_link(&app, &owner).await;
        app.run_jobs().await;
        let page = owner.get(MEMBERS).await.ok();
        owner.submit(&page.attribute("form[action$=withdraw]", "action").unwrap(), &[]).await.ok();
        let again = link_on(&app, &reset_link(&app, &owner).await);
        app.advance(TimeDelta::hours(1));
        app.run_jobs().await;
        let letters = smtp.letters();
        assert_eq!(letters.len(), 1, "only the link that took the place of the other");
        assert_eq!(letters[0].link(app.base()), again);
    }

    async fn who_forgot_the_password_asks_for_a_link(app: TestApp, smtp: SmtpServer) {
        let admin = app.sign_in(Role::Admin).await;
        let login = app.client().get("/login").await.ok();
        assert_eq!(login.attribute("a[href='/login/forgot']", "href").as_deref(), Some("/login/forgot"));
        let page = app.client().get("/login/forgot").await.ok();
        assert_eq!(page.all("button[type=submit]"), ["Send the link"]);
        // The same answer whether there is somebody or not.
        let known = ask(&app, " Admin@Example.org").await.ok();
        let unknown = ask(&app, "nobody@example.org").await.ok();
        assert_eq!(known.body().replace("admin@", "nobody@"), unknown.body());
        assert!(known.text().contains("If somebody signs in with admin@example.org, a link"), "{}", known.text());
        assert!(ask(&app, "admin").await.is(422).all("#field-email-error")[0].contains("Give an e-mail address"));
        app.run_jobs().await;
        let letters = smtp.letters();
        assert_eq!(letters.len(), 1);
        assert_eq!(letters[0].to, "admin@example.org");
        let link = letters[0].link(app.base());
        assert!(!stored(&app).await.contains(link.rsplit('/').next().unwrap()));
        assert_eq!(log(&app).await, ["Sent Adam Admin a link for a new password, asked for at sign-in"]);
        admin.get("/account").await.ok();
        app.client().post(&link, &SET).await.is(303);
        admin.get("/account").await.is(303);
        assert!(signs_in(&app, "admin@example.org", NEW).await);
        assert_eq!(app.client().get(&link).await.is(410).all("h1"), ["This link was used"]);
        assert_eq!(log(&app).await[0], "Set a new password by a link");
        // Another holds an hour.
        ask(&app, "admin@example.org").await.ok();
        app.run_jobs().await;
        let link = smtp.letters()[1].link(app.base());
        app.advance(TimeDelta::hours(1) - TimeDelta::seconds(1));
        app.client().get(&link).await.ok();
        app.advance(TimeDelta::seconds(1));
        assert_eq!(app.client().post(&link, &SET).await.is(410).all("h1"), ["This link is too old"]);
    }

    async fn nobodys_mailbox_is_filled(app: TestApp, smtp: SmtpServer) {
        for _ in 0..5 {
            let page = ask(&app, "admin@example.org").await.ok();
            assert_eq!(page.all("h1"), ["Look into your mailbox"]);
            app.run_jobs().await;
        }
        assert_eq!(smtp.letters().len(), 3);
        app.advance(TimeDelta::minutes(20));
        ask(&app, "admin@example.org").await.ok();
        app.run_jobs().await;
        assert_eq!(smtp.letters().len(), 4);
        // Only the newest link holds.
        let links: Vec<String> = smtp.letters().iter().map(|letter| letter.link(app.base())).collect();
        for old in &links[..3] {
            app.client().get(old).await.is(410);
        }
        app.client().get(&links[3]).await.ok();
        // Who was disabled gets none.
        app.sql("UPDATE person SET disabled_at = created_at WHERE email = 'viewer@example.org'").await;
        ask(&app, "viewer@example.org").await.ok();
        app.run_jobs().await;
        assert_eq!(smtp.letters().len(), 4);
    }

    async fn owners_and_only_owners_are_written_to(app: TestApp, smtp: SmtpServer) {
        app.add_owner("second@example.org").await;
        app.add_organization("elsewhere", "Elsewhere").await;
        app.add_person("other@example.org", "Other Owner", &[("elsewhere", Role::Owner)]).await;
        let by = app.allowed::<access::ManageOrganization>(Role::Owner).await;
        let (state, now) = (app.app().clone(), app.app().clock.now());
        let notice = Notice {
            about: "order/1".into(),
            subject: "An order needs you".into(),
            text: "Two numbers were not bought.\n".into(),
            useful_until: now + TimeDelta::days(3),
        };
        let written = app
            .write(move |tx| access::write_to_owners(tx, &state, by.organization_id(), &notice, now))
            .await;
        assert_eq!(written, 2);
        app.run_jobs().await;
        let mut to: Vec<String> = smtp.letters().into_iter().map(|letter| letter.to).collect();
        to.sort();
        assert_eq!(to, ["owner@example.org", "second@example.org"]);
    }
}

both! {
    async fn without_a_mail_server_people_hand_links_on(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        assert!(members(&owner).await.contains("no e-mail is sent here"));
        let page = owner.post(INVITE, &NORA).await.ok();
        assert!(page.text().contains("Copy this link and send it to nora@example.org yourself"));
        app.client().get(&link_on(&app, &page)).await.ok();
        let page = app.client().get("/login/forgot").await.ok();
        assert!(page.text().contains("Ask an owner of your organization") && page.all("form").is_empty());
        ask(&app, "admin@example.org").await.is(409);
        app.run_jobs().await;
        assert!(app.texts("mail_message", "id").await.is_empty());
        let kinds = app.texts("job_request", "kind").await;
        assert!(!kinds.iter().any(|kind| kind.starts_with("mail.") || kind.starts_with("access.")), "{kinds:?}");
        assert!(signs_in(&app, "admin@example.org", PASSWORD).await);
    }
}

/// The program, told nothing but this.
fn told(arguments: &[&str], environment: &[(&str, &str)]) -> (bool, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_numberbank"));
    command.args(arguments).env_clear().envs(environment.iter().copied()).stdin(Stdio::null());
    let output = command.output().unwrap();
    let words = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(words).unwrap())
}

#[test]
fn the_console_tries_the_mail_server() {
    let smtp = SmtpServer::start();
    let url = smtp.url();
    let test = ["mail", "test", "--to", "you@example.org"];
    let environment =
        [("NUMBERBANK_SMTP_URL", url.as_str()), ("NUMBERBANK_MAIL_FROM", "numbers@example.org")];
    let (done, words) = told(&test, &environment);
    assert!(done && words.contains("took the e-mail to you@example.org"), "{words}");
    assert_eq!(smtp.letters()[0].header("Subject"), "A test of Numberbank");
    smtp.answer(&["550 5.7.1 Relaying denied"]);
    let (done, words) = told(&test, &environment);
    let refusal = "could not be sent: the mail server refused it: 5.7.1 Relaying denied (550)";
    assert!(!done && words.contains(refusal), "{words}");
    let (done, words) = told(&test, &[]);
    assert!(!done && words.contains("no mail server is set"), "{words}");
    let (done, words) = told(&test, &environment[..1]);
    assert!(!done && words.contains("NUMBERBANK_MAIL_FROM must be set"), "{words}");
}
