//! Campaigns: made, edited, filled with contacts, listed, deleted; and by whom.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::TimeDelta;
use numberbank::access::{ManageCampaigns, Role};
use numberbank::campaigns::{self, Campaign, State};
use numberbank::kernel::ids::CampaignId;
use numberbank::numbers;
use serde_json::Value;

use crate::both;
use crate::support::{Answer, Client, TestApp};

const CAMPAIGNS: &str = "/o/our-city/campaigns";

/// Makes a campaign through the page; answers its address.
pub async fn make(client: &Client, name: &str) -> String {
    let answer = client
        .post(CAMPAIGNS, &[("name", name), ("contacts_per_number", "200"), ("strategy", "best")])
        .await
        .is(303);
    answer.location().strip_suffix("/contacts").expect("a campaign begins with its contacts").to_owned()
}

/// The id in a campaign's address.
pub fn id_of(url: &str) -> CampaignId {
    CampaignId::parse(url.rsplit('/').next().unwrap()).unwrap()
}

/// A campaign as it is in the database.
pub async fn stored(app: &TestApp, url: &str) -> Campaign {
    let (id, by) = (id_of(url), app.allowed::<ManageCampaigns>(Role::Admin).await);
    app.app().db.read(move |conn| campaigns::find(conn, by.organization_id(), id)).await.unwrap()
}

/// Uploads a contact file with so many contacts in each area code; answers the page.
pub async fn upload_counts(client: &Client, url: &str, counts: &[(&str, usize)]) -> Answer {
    let mut file = String::from("firstName,lastName,cell\n");
    for (code, count) in counts {
        for n in 0..*count {
            // Exchanges 200 to 999 without the ones that end in 11.
            let exchange = 220 + (n / 10_000) * 2;
            file.push_str(&format!("Ada,Moss,{code}{exchange}{:04}\n", n % 10_000));
        }
    }
    client.upload(&format!("{url}/contacts"), &[], "contacts", "people.csv", file.into_bytes()).await.ok()
}

fn data(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/data/contacts").join(name)).unwrap()
}

async fn upload_gives_the_expected_counts(app: &TestApp, file: &str, expected: &str) -> Answer {
    let admin = app.sign_in(Role::Admin).await;
    let url = make(&admin, "Fall GOTV").await;
    let answer = admin.upload(&format!("{url}/contacts"), &[], "contacts", file, data(file)).await.ok();
    let expected: Value = serde_json::from_slice(&data(expected)).unwrap();
    let (id, by) = (id_of(&url), app.allowed::<ManageCampaigns>(Role::Admin).await);
    let (campaign, needs, rejects) = app
        .app()
        .db
        .read(move |conn| {
            let organization = by.organization_id();
            let needs = campaigns::needs(conn, organization, id)?;
            let rejects = campaigns::rejects(conn, organization, id)?;
            numberbank::db::DbResult::Ok((campaigns::find(conn, organization, id)?, needs, rejects))
        })
        .await
        .unwrap();
    let needs: BTreeMap<String, i64> =
        needs.into_iter().map(|(code, count)| (code.to_string(), count)).collect();
    let rejects: BTreeMap<String, i64> = rejects.into_iter().collect();
    let file_read = campaign.file.unwrap();
    assert_eq!(serde_json::json!(file_read.records), expected["records"]);
    assert_eq!(serde_json::json!(campaign.contacts), expected["valid_unique"]);
    assert_eq!(serde_json::json!(rejects.values().sum::<i64>()), expected["rejected"]);
    assert_eq!(serde_json::json!(rejects), expected["rejects_by_reason"]);
    assert_eq!(serde_json::json!(needs), expected["by_area_code"]);
    assert_eq!(file_read.name, file);
    answer
}

both! {
    async fn a_campaign_is_made_edited_and_deleted(app: TestApp) {
        let admin = app.sign_in(Role::Admin).await;
        let empty = admin.get(CAMPAIGNS).await.ok();
        assert!(empty.text().contains("No campaigns yet"));
        let new = admin.get(&format!("{CAMPAIGNS}/new")).await.ok();
        assert_eq!(new.attribute("#field-contacts_per_number", "value").as_deref(), Some("200"));

        let wrong = admin
            .post(CAMPAIGNS, &[
                ("name", "  "), ("contacts_per_number", "1.5"), ("planned_start", "soon"), ("strategy", "magic"),
            ])
            .await
            .is(422);
        for field in ["name", "contacts_per_number", "planned_start", "strategy"] {
            let link = format!(".error-summary a[href='#field-{field}']");
            assert_eq!(wrong.all(&link).len(), 1, "{field}: {}", wrong.body());
        }
        assert_eq!(wrong.attribute("#field-contacts_per_number", "value").as_deref(), Some("1.5"));
        assert!(admin.get(CAMPAIGNS).await.text().contains("No campaigns yet"));

        let url = make(&admin, "Fall GOTV").await;
        let campaign = stored(&app, &url).await;
        assert_eq!((campaign.state, campaign.ratio, campaign.planned_start), (State::Draft, 200, None));
        // A draft's address leads to the first section that is not done.
        assert!(admin.get(&url).await.is(303).location().ends_with("/contacts"));

        let fields = [
            ("name", "Fall  GOTV 2"), ("contacts_per_number", "250"), ("planned_start", "2026-12-01T09:00"),
            ("strategy", "manual"), ("include_resting", "yes"),
        ];
        admin.post(&format!("{url}/basics"), &fields).await.is(303);
        let campaign = stored(&app, &url).await;
        assert_eq!((campaign.name.as_str(), campaign.ratio), ("Fall GOTV 2", 250));
        assert_eq!((campaign.strategy.as_str(), campaign.include_resting), ("manual", true));
        // Nine o'clock in Detroit.
        assert_eq!(campaign.planned_start, Some("2026-12-01T14:00:00".parse().unwrap()));
        let page = admin.get(&format!("{url}/basics")).await.ok();
        assert_eq!(page.attribute("#field-planned_start", "value").as_deref(), Some("2026-12-01T09:00"));

        let confirm = admin.get(&format!("{url}/delete")).await.ok();
        assert!(confirm.text().contains("Delete this draft?"));
        let list = admin.submit(&format!("{url}/delete"), &[]).await.ok();
        assert!(list.text().contains("The draft is deleted") && list.text().contains("No campaigns yet"));
        for page in ["", "/basics", "/contacts", "/area-codes", "/start", "/delete"] {
            admin.get(&format!("{url}{page}")).await.is(404);
        }
    }

    async fn two_campaigns_of_one_name_are_allowed_and_said(app: TestApp) {
        let admin = app.sign_in(Role::Admin).await;
        make(&admin, "Fall GOTV").await;
        let answer = admin
            .submit(CAMPAIGNS, &[("name", "fall gotv"), ("contacts_per_number", "200"), ("strategy", "best")])
            .await
            .ok();
        assert!(answer.text().contains("Another campaign is called fall gotv too"), "{}", answer.text());
        assert!(admin.get(CAMPAIGNS).await.text().contains("2 campaigns in all"));
    }

    async fn the_list_is_searched_filtered_and_paged(app: TestApp) {
        let admin = app.sign_in(Role::Admin).await;
        for n in 0..53 {
            app.advance(TimeDelta::seconds(1));
            make(&admin, &format!("Campaign {n:02}")).await;
        }
        let first = admin.get(CAMPAIGNS).await.ok();
        let names = |answer: &Answer| answer.all("tbody td:first-child a");
        assert_eq!((names(&first).len(), names(&first)[0].as_str()), (50, "Campaign 52"));
        let next = first.attribute("a[rel=next]", "href").unwrap();
        assert_eq!(names(&admin.get(&next).await.ok()), ["Campaign 02", "Campaign 01", "Campaign 00"]);
        let found = admin.get(&format!("{CAMPAIGNS}?q=PAIGN%2051")).await.ok();
        assert_eq!(names(&found), ["Campaign 51"]);
        let none = admin.get(&format!("{CAMPAIGNS}?q=%25")).await.ok();
        assert!(none.text().contains("No campaign matches"));
        let started = admin.get(&format!("{CAMPAIGNS}?state=started")).await.ok();
        assert!(names(&started).is_empty());
        assert_eq!(names(&admin.get(&format!("{CAMPAIGNS}?state=draft")).await.ok()).len(), 50);
    }

    async fn tiny_gives_the_expected_counts(app: TestApp) {
        let page = upload_gives_the_expected_counts(&app, "tiny.csv", "expected_tiny.json").await;
        assert!(page.text().contains("Every row counts."));
        assert!(page.text().contains("313 Detroit, MI"));
    }

    async fn messy_gives_the_expected_counts_and_shows_rows_once(app: TestApp) {
        let page = upload_gives_the_expected_counts(&app, "messy.csv", "expected_messy.json").await;
        assert!(page.text().contains("A toll-free number: nobody's phone, so nobody to text."));
        assert!(page.text().contains("They are not kept") || page.text().contains("they are not kept"));
        assert!(!page.all("details li code").is_empty());
        // The page one returns to tomorrow says the same, without the rows.
        let admin = app.sign_in(Role::Admin).await;
        let url = admin.get(CAMPAIGNS).await.attribute("tbody a", "href").unwrap();
        let again = admin.get(&format!("{url}/contacts")).await.ok();
        assert_eq!(again.all(".figure dd"), page.all(".figure dd"));
        assert!(again.all("details li code").is_empty());
    }

    async fn statewide_michigan_gives_the_expected_counts(app: TestApp) {
        let (file, expected) = ("statewide_michigan.csv.gz", "expected_statewide_michigan.json");
        upload_gives_the_expected_counts(&app, file, expected).await;
    }

    async fn national_gives_the_expected_counts(app: TestApp) {
        upload_gives_the_expected_counts(&app, "national.csv.gz", "expected_national.json").await;
    }

    async fn a_new_file_replaces_the_counts_and_a_bad_one_does_not(app: TestApp) {
        let admin = app.sign_in(Role::Admin).await;
        let url = make(&admin, "Fall GOTV").await;
        upload_counts(&admin, &url, &[("313", 30), ("248", 20)]).await;
        let before = stored(&app, &url).await;
        assert_eq!(before.contacts, 50);
        for (name, file, words) in [
            ("people.xlsx", b"PK\x03\x04rest".to_vec(), "workbook"),
            ("phones.csv", b"name,phone_x\nAda,3135550142\n".to_vec(), "no column named"),
            ("empty.csv", b"\n".to_vec(), "The file is empty."),
        ] {
            let answer =
                admin.upload(&format!("{url}/contacts"), &[], "contacts", name, file).await.is(422);
            assert!(answer.text().contains(words), "{name}: {}", answer.text());
            assert_eq!(answer.all(".error-summary a[href='#field-contacts']").len(), 1);
        }
        let none = admin.upload(&format!("{url}/contacts"), &[], "contacts", "", Vec::new()).await.is(422);
        assert!(none.text().contains("Choose a contact file."));
        let kept = stored(&app, &url).await;
        assert_eq!((kept.contacts, kept.file), (before.contacts, before.file));

        upload_counts(&admin, &url, &[("989", 7)]).await;
        let (id, by) = (id_of(&url), app.allowed::<ManageCampaigns>(Role::Admin).await);
        let needs =
            app.app().db.read(move |conn| campaigns::needs(conn, by.organization_id(), id)).await.unwrap();
        let needs: Vec<_> = needs.into_iter().map(|(code, count)| (code.to_string(), count)).collect();
        assert_eq!(needs, [("989".to_owned(), 7)]);
    }

    async fn a_campaign_that_left_the_draft_keeps_its_contacts_and_its_basics(app: TestApp) {
        let admin = app.sign_in(Role::Admin).await;
        let url = make(&admin, "Fall GOTV").await;
        upload_counts(&admin, &url, &[("313", 30)]).await;
        let (id, by) = (id_of(&url), app.allowed::<ManageCampaigns>(Role::Admin).await);
        let actor = by.actor();
        app.write(move |tx| {
            campaigns::set_state(tx, &actor, id, State::Draft, State::Starting, by.times().now)?;
            campaigns::set_state(tx, &actor, id, State::Starting, State::Started, by.times().now)
        })
        .await;
        let refused = admin
            .upload(&format!("{url}/contacts"), &[], "contacts", "a.csv", b"cell\n3135550142\n".to_vec())
            .await
            .is(409);
        assert!(refused.text().contains("has started, so its contacts cannot change any more"));
        admin.post(&format!("{url}/area-codes"), &[("action", "plan")]).await.is(409);
        admin.post(&format!("{url}/delete"), &[]).await.is(409);
        admin.get(&format!("{url}/delete")).await.is(409);
        // Only the name may change.
        let renamed = [("name", "Fall GOTV 2026"), ("contacts_per_number", "7"), ("strategy", "manual")];
        admin.post(&format!("{url}/basics"), &renamed).await.is(303);
        let campaign = stored(&app, &url).await;
        assert_eq!(campaign.contacts, 30);
        assert_eq!((campaign.name.as_str(), campaign.ratio), ("Fall GOTV 2026", 200));
        let overview = admin.get(&url).await.ok();
        assert!(overview.text().contains("Started") && overview.text().contains("It holds no numbers"));
        for section in ["/area-codes", "/start"] {
            assert_eq!(admin.get(&format!("{url}{section}")).await.is(303).location(), url);
        }
    }

    async fn a_spend_viewer_reaches_no_campaign_and_nobody_another_organizations(app: TestApp) {
        let admin = app.sign_in(Role::Admin).await;
        let owner = app.sign_in(Role::Owner).await;
        let viewer = app.sign_in(Role::SpendViewer).await;
        app.add_organization("their-city", "Their City").await;
        app.add_person("them@example.org", "Tess Them", &[("their-city", Role::Owner)]).await;
        let them = app.sign_in_as("them@example.org").await;
        let url = make(&admin, "Fall GOTV").await;
        let pages = ["/basics", "/contacts", "/area-codes", "/start", "/delete"];
        let writes = ["/basics", "/area-codes", "/area-codes/extend", "/delete"];
        let foreign = url.replace("our-city", "their-city");
        for page in pages {
            owner.get(&format!("{url}{page}")).await.ok();
            viewer.get(&format!("{url}{page}")).await.is(403);
            them.get(&format!("{url}{page}")).await.is(404);
            them.get(&format!("{foreign}{page}")).await.is(404);
        }
        let fields = [("name", "Theirs"), ("contacts_per_number", "1"), ("strategy", "best"), ("action", "plan")];
        for write in writes {
            viewer.post(&format!("{url}{write}"), &fields).await.is(403);
            them.post(&format!("{foreign}{write}"), &fields).await.is(404);
        }
        let file = || b"cell\n3135550142\n".to_vec();
        let upload = "/contacts";
        viewer.upload(&format!("{url}{upload}"), &[], "contacts", "a.csv", file()).await.is(403);
        them.upload(&format!("{foreign}{upload}"), &[], "contacts", "a.csv", file()).await.is(404);
        for page in ["", "/new", "/contact-file.csv"] {
            viewer.get(&format!("{CAMPAIGNS}{page}")).await.is(403);
        }
        viewer.post(CAMPAIGNS, &fields).await.is(403);
        assert!(them.get("/o/their-city/campaigns").await.ok().text().contains("No campaigns yet"));
        let campaign = stored(&app, &url).await;
        assert_eq!((campaign.name.as_str(), campaign.state), ("Fall GOTV", State::Draft));
    }

    async fn a_deleted_draft_lets_go_of_its_numbers(app: TestApp) {
        super::allocation::stock(&app, &[("313", 5)]).await;
        let admin = app.sign_in(Role::Admin).await;
        let url = make(&admin, "Fall GOTV").await;
        upload_counts(&admin, &url, &[("313", 600)]).await;
        admin.post(&format!("{url}/area-codes"), &[("action", "plan")]).await.is(303);
        assert!(admin.get(&format!("{url}/delete")).await.ok().text().contains("3 numbers it reserved"));
        let list = admin.submit(&format!("{url}/delete"), &[]).await.ok();
        assert!(list.text().contains("its 3 numbers are free again"));
        let by = app.allowed::<ManageCampaigns>(Role::Admin).await;
        let free = app
            .app()
            .db
            .read(move |conn| numbers::counts(conn, by.organization_id(), None))
            .await
            .unwrap();
        assert_eq!((free[0].free(), free[0].reserved), (5, 0));
        super::allocation::counts_are_true(&app).await;
    }
}
