//! Who holds what until when; campaigns ask one another for numbers; archived ones give back together.

use chrono::TimeDelta;
use numberbank::access::{ManageCampaigns, Role};
use numberbank::campaigns::State;
use numberbank::error::AppError;
use numberbank::kernel::ids::CampaignId;
use numberbank::numbers;

use crate::both;
use crate::launch::{buy, draft, reserve, state};
use crate::support::{Client, TestApp};

const HOME: &str = "/o/our-city";

/// How many numbers it holds; and that the counts are right.
async fn held(app: &TestApp, campaign: CampaignId) -> usize {
    let by = app.allowed::<ManageCampaigns>(Role::Admin).await;
    let (held, kept, counted) = app
        .app()
        .db
        .read(move |conn| {
            let organization = by.organization_id();
            Ok::<_, AppError>((
                numbers::of_campaign(conn, organization, campaign)?.len(),
                numbers::counts(conn, organization, Some("fakeservice"))?,
                numbers::count_all(conn, organization, "fakeservice")?,
            ))
        })
        .await
        .unwrap();
    let some: Vec<_> = kept.iter().filter(|count| count.total() > 0).copied().collect();
    assert_eq!(some, counted, "number_count must equal a full count");
    held
}

/// Asks for numbers of another campaign, on its page; answers the page that follows.
async fn ask(client: &Client, from: CampaignId, to: CampaignId, numbers: &str) -> crate::support::Answer {
    let page = client.get(&format!("{HOME}/reservations/ask?from={from}")).await.ok();
    let id = page.attribute("[name=id]", "value").unwrap();
    let (from, to) = (from.to_string(), to.to_string());
    let sent = [
        ("id", id.as_str()),
        ("from", from.as_str()),
        ("area_code", "313"),
        ("numbers", numbers),
        ("campaign", to.as_str()),
        ("note", "We start first"),
    ];
    client.submit(&format!("{HOME}/reservations/ask"), &sent).await;
    client.submit(&format!("{HOME}/reservations/ask"), &sent).await
}

fn first_ask(page: &crate::support::Answer) -> String {
    page.attributes("a", &["href"]).into_iter().find(|href| href.contains("/reservations/asks/")).unwrap()
}

both! {
    async fn everyone_sees_who_holds_what_until_when(app: TestApp) {
        buy(&app, &[("313", 6), ("248", 2)]).await;
        let admin = app.sign_in(Role::Admin).await;
        let page = admin.get(&format!("{HOME}/reservations")).await.ok();
        assert!(page.text().contains("Nothing is reserved"), "{}", page.text());
        let fall = draft(&app, "Fall GOTV", &[("313", 600)]).await;
        reserve(&app, fall, &[("313", 4), ("248", 2)]).await;
        let page = admin.get(&format!("{HOME}/reservations")).await.ok();
        let text = page.text();
        assert!(text.contains("6 numbers reserved by 1 campaign") && text.contains("4 in 313 Detroit, MI"), "{text}");
        assert!(text.contains("reserved by Adam Admin") && !text.contains("lapses soon"), "{text}");

        // Six days on it lapses within a day: warned of, and put off in one click.
        app.advance(TimeDelta::hours(150));
        let admin = app.sign_in(Role::Admin).await;
        let list = format!("{HOME}/reservations");
        assert!(admin.get(&list).await.ok().text().contains("lapses soon"));
        let page = admin.get(&format!("{HOME}/campaigns/{fall}/start")).await.ok();
        assert!(page.text().contains("Then the numbers are free for others."), "{}", page.text());
        let before = state(&app, fall).await.hold_until.unwrap();
        let page = admin.submit(&format!("{HOME}/reservations/{fall}/extend"), &[]).await.ok();
        assert!(page.text().contains("Reserved until") && !page.text().contains("lapses soon"), "{}", page.text());
        assert!(state(&app, fall).await.hold_until.unwrap() > before);

        // Lapsed: the page says so, and one click reserves again.
        app.advance(TimeDelta::days(8));
        app.run_clock_jobs().await;
        let admin = app.sign_in(Role::Admin).await;
        assert_eq!(held(&app, fall).await, 0);
        let page = admin.get(&format!("{HOME}/campaigns/{fall}/area-codes")).await.ok();
        assert!(page.text().contains("lapsed before it started") && page.text().contains("Reserve again"), "{}", page.text());
        assert!(page.text().contains("Reserve again: 4 in 313, 2 in 248"), "{}", page.text());
        // Exactly what it held, though the planner would take three of 313.
        let codes = format!("{HOME}/campaigns/{fall}/area-codes");
        let page = admin.submit(&codes, &[("action", "again")]).await.ok();
        assert!(page.text().contains("Reserved again what lapsed: 6 numbers."), "{}", page.text());
        assert_eq!(held(&app, fall).await, 6);
        admin.post(&codes, &[("action", "again")]).await.is(409);

        // Lapsed once more; somebody took some of it, so it is planned anew with what there is.
        app.advance(TimeDelta::days(8));
        app.run_clock_jobs().await;
        let admin = app.sign_in(Role::Admin).await;
        let spring = draft(&app, "Spring", &[("248", 200)]).await;
        reserve(&app, spring, &[("248", 1)]).await;
        let page = admin.submit(&codes, &[("action", "again")]).await.ok();
        assert!(page.text().contains("so it was planned anew. Reserved 3 numbers"), "{}", page.text());
        assert_eq!((held(&app, fall).await, held(&app, spring).await), (3, 1));
        let page = admin.get(&format!("{HOME}/campaigns/{fall}/area-codes")).await.ok();
        assert!(!page.text().contains("Reserve again"), "{}", page.text());
    }

    async fn who_reserved_is_named_and_not_who_made_the_campaign(app: TestApp) {
        buy(&app, &[("313", 6), ("248", 3)]).await;
        let (admin, owner) = (app.sign_in(Role::Admin).await, app.sign_in(Role::Owner).await);
        let fall = draft(&app, "Fall GOTV", &[("313", 1_000), ("248", 200)]).await;
        let (codes, list) = (format!("{HOME}/campaigns/{fall}/area-codes"), format!("{HOME}/reservations"));
        // An admin made it, an owner let the planner reserve.
        owner.submit(&codes, &[("action", "plan")]).await.ok();
        let by = async || admin.get(&list).await.ok().all("tbody th .under");
        assert_eq!(by().await, ["reserved by Olive Owner"]);
        // Each with what they reserved; who let one go and took it again reserved it.
        admin.submit(&codes, &[("action", "save"), ("numbers-248", "3")]).await.ok();
        owner.submit(&codes, &[("action", "save"), ("numbers-248", "2")]).await.ok();
        assert_eq!(by().await, ["reserved by Olive Owner (6), Adam Admin (1)"]);
        owner.submit(&codes, &[("action", "save"), ("numbers-248", "0")]).await.ok();
        owner.submit(&codes, &[("action", "save"), ("numbers-248", "1")]).await.ok();
        assert_eq!(by().await, ["reserved by Olive Owner"]);
        // Where no life says who, the campaign's maker is named.
        app.sql("UPDATE number_event SET person_id = NULL").await;
        assert_eq!(by().await, ["made by Adam Admin"]);
    }

    async fn a_campaign_gives_another_what_it_asked_for_or_keeps_it_with_words(app: TestApp) {
        buy(&app, &[("313", 6)]).await;
        let (fall, spring) = (draft(&app, "Fall GOTV", &[("313", 1200)]).await, draft(&app, "Spring", &[("313", 800)]).await);
        reserve(&app, fall, &[("313", 6)]).await;
        let admin = app.sign_in(Role::Admin).await;
        for wrong in ["0", "7", "x"] {
            assert_eq!(ask(&admin, fall, spring, wrong).await.status(), 422, "{wrong}");
        }
        let page = ask(&admin, fall, spring, "4").await.ok();
        assert_eq!(page.text().matches("Spring asks Fall GOTV for 4 numbers in 313").count(), 1, "{}", page.text());
        // It stands on the page of who holds them; the other one is told that it was asked.
        let page = admin.get(&format!("{HOME}/campaigns/{fall}/start")).await.ok();
        assert!(page.text().contains("Spring asks for 4 numbers in 313 of this campaign."), "{}", page.text());
        let url = first_ask(&page);
        let page = admin.get(&format!("{HOME}/campaigns/{spring}/area-codes")).await.ok();
        assert!(page.text().contains("Fall GOTV was asked to give 4 numbers in 313."), "{}", page.text());
        // The same once more is not asked.
        assert_eq!(ask(&admin, fall, spring, "2").await.status(), 422);

        admin.post(&format!("{url}/keep"), &[("answer", "")]).await.is(422);
        admin.submit(&format!("{url}/keep"), &[("answer", "We start today.")]).await.ok();
        let page = admin.get(&format!("{HOME}/campaigns/{spring}/area-codes")).await.ok();
        assert!(page.text().contains("Fall GOTV keeps 4 numbers in 313: “We start today.”"), "{}", page.text());
        assert_eq!((held(&app, fall).await, held(&app, spring).await), (6, 0));

        let page = ask(&admin, fall, spring, "4").await.ok();
        let url = first_ask(&page);
        // Given twice at once they change hands once, and only there.
        let (give, other) = (format!("{url}/give"), app.sign_in(Role::Owner).await);
        let (one, two) = tokio::join!(admin.post(&give, &[]), other.post(&give, &[]));
        assert_eq!((one.status(), two.status()), (303, 303));
        assert_eq!((held(&app, fall).await, held(&app, spring).await), (2, 4));
        assert!(state(&app, spring).await.hold_until.is_some());
        let page = admin.get(&url).await.ok();
        assert!(page.text().contains("gave 4 numbers in 313 of Fall GOTV to Spring"), "{}", page.text());
        let log = other.get(&format!("{HOME}/activity")).await.ok().text();
        for deed in ["Asked Fall GOTV to give 4 numbers in 313 to Spring", "Gave 4 numbers in 313 of Fall GOTV to Spring"] {
            assert!(log.contains(deed), "{deed}: {log}");
        }

        // What is no draft any more gives nothing.
        let url = first_ask(&ask(&admin, fall, spring, "1").await.ok());
        admin.submit(&format!("{HOME}/campaigns/{spring}/delete"), &[]).await.ok();
        let page = admin.submit(&format!("{url}/give"), &[]).await.ok();
        assert!(page.text().contains("Spring was deleted meanwhile"), "{}", page.text());
        assert_eq!(held(&app, fall).await, 2);
    }

    async fn archived_campaigns_give_back_together(app: TestApp) {
        buy(&app, &[("313", 40)]).await;
        let admin = app.sign_in(Role::Admin).await;
        let list = format!("{HOME}/archived");
        assert!(admin.get(&list).await.ok().text().contains("No archived campaign holds numbers"));
        let mut ids = Vec::new();
        for (name, count) in [("Spring", 10), ("Summer", 20)] {
            let id = draft(&app, name, &[("313", 200 * usize::try_from(count).unwrap())]).await;
            reserve(&app, id, &[("313", count)]).await;
            admin.submit(&format!("{HOME}/campaigns/{id}/start"), &[]).await.ok();
            app.run_jobs().await;
            admin.submit(&format!("{HOME}/campaigns/{id}/archive"), &[]).await.ok();
            ids.push(id);
        }
        let page = admin.get(&list).await.ok();
        assert!(page.text().contains("30 numbers · $34.50 a month"), "{}", page.text());
        assert!(page.text().contains("Summer (20), Spring (10)"), "{}", page.text());
        let mut sent: Vec<(String, String)> = vec![("id".into(), page.attribute("[name=id]", "value").unwrap())];
        sent.extend(page.attributes("[name=seen]", &["value"]).into_iter().map(|seen| ("seen".to_owned(), seen)));
        let fields = |count: &str| {
            let mut fields = sent.clone();
            fields.push(("count".into(), count.into()));
            fields
        };
        let refs = |fields: &[(String, String)]| -> Vec<(String, String)> { fields.to_vec() };
        let post = async |count: &str| {
            let fields = refs(&fields(count));
            let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            admin.post(&list, &fields).await
        };
        assert!(post("29").await.is(422).text().contains("Type 30 to confirm."));
        let url = post("30").await.is(303).location().to_owned();
        assert_eq!(post("30").await.is(303).location(), url, "sent twice it is one");
        // One of them gives back by itself before the job comes to it: the other goes on, and both outcomes are said.
        admin.submit(&format!("{HOME}/campaigns/{}/give-back", ids[0]), &[]).await.ok();
        app.run_jobs().await;
        let page = admin.get(&url).await.ok();
        assert!(page.text().contains("1 of 2 campaigns gave back 20 numbers"), "{}", page.text());
        assert!(page.text().contains("not given back This campaign is closed."), "{}", page.text());
        for id in ids {
            assert_eq!((state(&app, id).await.state, held(&app, id).await), (State::Closed, 0));
        }
        assert!(admin.get(&list).await.ok().text().contains("No archived campaign holds numbers"));
    }
}
