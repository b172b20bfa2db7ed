//! Coming in by an invitation.

use chrono::TimeDelta;
use numberbank::access::Role;

use super::{link_on, log, signs_in};
use crate::both;
use crate::support::{Client, PASSWORD, TestApp};

const INVITE: &str = "/o/our-city/invitations";
const JOIN: [(&str, &str); 3] = [
    ("name", "Nora New"),
    ("password", "four other good words"),
    ("password_again", "four other good words"),
];

async fn invite(app: &TestApp, owner: &Client, email: &str, role: &str) -> String {
    link_on(app, &owner.post(INVITE, &[("email", email), ("role", role)]).await.ok())
}

both! {
    async fn somebody_new_comes_in_once(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        let link = invite(&app, &owner, " Nora@Example.org ", "ADMIN").await;
        let page = owner.get("/o/our-city/members").await.ok();
        assert_eq!(page.all("[aria-label=Invitations] tbody th"), ["nora@example.org"]);
        let token = link.rsplit('/').next().unwrap().to_owned();
        assert!(!page.body().contains(&token), "the link is shown once");
        for (table, column) in [("invitation", "token_hash"), ("activity", "words")] {
            assert!(!app.texts(table, column).await.iter().any(|text| text.contains(&token)), "{table}");
        }
        let nora = app.client();
        let page = nora.get(&link).await.ok();
        assert!(page.text().contains("Olive Owner invited nora@example.org as admin"), "{}", page.text());
        let page = nora.submit(&link, &JOIN).await.ok();
        assert_eq!(page.all(".person summary"), ["Nora New"]);
        assert_eq!(page.all(".notice-success"), ["Welcome to Our City. You are an admin here."]);
        nora.get("/o/our-city/members").await.is(403);
        assert!(signs_in(&app, "nora@example.org", "four other good words").await);
        let page = owner.get("/o/our-city/members").await.ok();
        assert!(page.text().contains("Nora New") && page.all("[aria-label=Invitations]").is_empty());
        assert_eq!(log(&app).await, ["Joined as admin", "Invited nora@example.org as admin"]);
        // The link is used up, for whoever opens it.
        for client in [app.client(), nora] {
            assert_eq!(client.get(&link).await.is(410).all("h1"), ["This invitation was used"]);
        }
        let page = app.client().submit(&link, &JOIN).await.is(410);
        assert_eq!(page.all("h1"), ["This invitation was used"]);
    }

    async fn what_is_wrong_is_said_beside_its_field(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        for (email, words) in [
            ("nora", "Give an e-mail address"),
            ("admin@example.org", "admin@example.org is an admin here already"),
        ] {
            let page = owner.post(INVITE, &[("email", email), ("role", "ADMIN")]).await.is(422);
            assert!(page.all("#field-email-error")[0].contains(words), "{:?}", page.all("#field-email-error"));
            assert_eq!(page.attribute("#field-email", "value").as_deref(), Some(email));
        }
        assert!(app.texts("invitation", "id").await.is_empty());
        owner.post(INVITE, &[("email", "nora@example.org"), ("role", "KING")]).await.is(400);
        let link = invite(&app, &owner, "nora@example.org", "ADMIN").await;
        let fields = [("name", " "), ("password", "short"), ("password_again", "short")];
        let page = app.client().post(&link, &fields).await.is(422);
        assert_eq!(page.attributes(".error-summary a", &["href"]), ["#field-name", "#field-password"]);
        app.client().get(&link).await.ok();
        // An address that belongs to somebody who was disabled is said to be taken.
        app.sql("UPDATE person SET disabled_at = created_at WHERE email = 'viewer@example.org'").await;
        app.sql("DELETE FROM membership WHERE role = 'SPEND_VIEWER'").await;
        let taken = invite(&app, &owner, "viewer@example.org", "ADMIN").await;
        let page = app.client().post(&taken, &JOIN).await.is(422);
        assert!(page.all(".error-summary li")[0].contains("viewer@example.org already"));
        app.client().get("/invitations/there-never-was-such-a-link").await.is(404);
        app.client().post("/invitations/there-never-was-such-a-link", &JOIN).await.is(404);
    }

    async fn who_signs_in_already_joins_with_a_click(app: TestApp) {
        app.add_organization("elsewhere", "Elsewhere").await;
        app.add_person("mary@example.org", "Mary Many", &[("elsewhere", Role::Owner)]).await;
        let owner = app.sign_in(Role::Owner).await;
        let link = invite(&app, &owner, "mary@example.org", "SPEND_VIEWER").await;
        // Not as somebody new: the account is hers.
        let stranger = app.client();
        let page = stranger.get(&link).await.ok();
        assert!(page.all("input[type=password]").is_empty());
        stranger.submit(&link, &JOIN).await.ok();
        assert!(!signs_in(&app, "mary@example.org", "four other good words").await);
        let sign_in = page.attribute("a.button-primary", "href").unwrap();
        assert_eq!(sign_in, format!("/login?next={}", link.replace('/', "%2F")));
        // Somebody else is told whose it is, and cannot take it.
        let admin = app.sign_in(Role::Admin).await;
        assert!(admin.get(&link).await.ok().text().contains("You are signed in as admin@example.org"));
        admin.submit(&format!("{link}/join"), &[]).await.ok();
        assert!(app.texts("invitation", "accepted_by").await.is_empty());

        let form = stranger.get(&sign_in).await.ok();
        let next = form.attribute("input[name=next]", "value").unwrap();
        let fields = [("email", "mary@example.org"), ("password", PASSWORD), ("next", next.as_str())];
        let page = stranger.submit("/login", &fields).await.ok();
        assert_eq!(page.all("h1"), ["Join Our City"]);
        let page = stranger.submit(&format!("{link}/join"), &[]).await.ok();
        assert_eq!(page.all(".notice-success"), ["Welcome to Our City. You are a spend viewer here."]);
        stranger.get("/o/our-city/members").await.is(403);
        stranger.get("/o/elsewhere/members").await.ok();
        assert_eq!(stranger.get(&format!("{link}/join")).await.is(303).location(), link);
    }

    async fn an_invitation_holds_seven_days_and_until_another(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        let old = invite(&app, &owner, "nora@example.org", "ADMIN").await;
        let new = invite(&app, &owner, "nora@example.org", "SPEND_VIEWER").await;
        let page = app.client().get(&old).await.is(410);
        assert_eq!(page.all("h1"), ["This invitation does not hold any more"]);
        app.advance(TimeDelta::days(7) - TimeDelta::seconds(1));
        app.client().get(&new).await.ok();
        app.advance(TimeDelta::seconds(1));
        assert_eq!(app.client().get(&new).await.is(410).all("h1"), ["This invitation is too old"]);
        app.client().submit(&new, &JOIN).await.is(410);
        assert!(app.sign_in(Role::Owner).await.get("/o/our-city/members").await.ok().text().contains("too old"));
    }

    async fn a_withdrawn_invitation_opens_nothing(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        let link = invite(&app, &owner, "nora@example.org", "ADMIN").await;
        let page = owner.get("/o/our-city/members").await.ok();
        let withdraw = page.attribute("form[action$=withdraw]", "action").unwrap();
        // Nor may another organization's owner, or an admin.
        app.add_organization("elsewhere", "Elsewhere").await;
        app.add_person("other@example.org", "Other Owner", &[("elsewhere", Role::Owner)]).await;
        let other = app.sign_in_as("other@example.org").await;
        other.post(&withdraw.replace("our-city", "elsewhere"), &[]).await.is(404);
        app.sign_in(Role::Admin).await.post(&withdraw, &[]).await.is(403);
        app.client().get(&link).await.ok();
        let page = owner.submit(&withdraw, &[]).await.ok();
        assert_eq!(page.all(".notice-success"), ["The invitation of nora@example.org is withdrawn."]);
        app.client().submit(&link, &JOIN).await.is(410);
        assert_eq!(log(&app).await[0], "Withdrew the invitation of nora@example.org");
    }

    async fn two_who_open_one_link_at_once_are_one_member(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        let link = invite(&app, &owner, "nora@example.org", "ADMIN").await;
        let (one, other) = (app.client(), app.client());
        let (first, second) = tokio::join!(one.post(&link, &JOIN), other.post(&link, &JOIN));
        let places = [first.location().to_owned(), second.location().to_owned()];
        assert_eq!(places.iter().filter(|place| *place == "/o/our-city").count(), 1, "{places:?}");
        assert_eq!(app.texts("person", "email").await.iter().filter(|email| email.starts_with("nora")).count(), 1);
    }

    async fn an_old_invitation_changes_no_role(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        app.add_person("mary@example.org", "Mary Many", &[]).await;
        let link = invite(&app, &owner, "mary@example.org", "SPEND_VIEWER").await;
        let now = app.app().clock.now();
        let mary = app.person_id("mary@example.org").await;
        app.write(move |tx| numberbank::access::add_membership(tx, "our-city", mary, Role::Owner, now)).await;
        let client = app.sign_in_as("mary@example.org").await;
        let page = client.submit(&format!("{link}/join"), &[]).await.ok();
        assert_eq!(page.all(".notice-success"), ["You are an owner of Our City already."]);
        client.get("/o/our-city/members").await.ok();
    }

    async fn only_owners_invite(app: TestApp) {
        for role in [Role::Admin, Role::SpendViewer] {
            let client = app.sign_in(role).await;
            client.post(INVITE, &[("email", "nora@example.org"), ("role", "OWNER")]).await.is(403);
        }
        assert!(app.texts("invitation", "id").await.is_empty());
    }
}
