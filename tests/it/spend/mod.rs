//! Spend: whose every day of every charge was, on the page, in the file and in the drill-downs.

mod history;

use numberbank::access::{Role, SeeSpend};
use numberbank::kernel::ids::NumberId;
use numberbank::kernel::{E164, Micros};
use numberbank::ledger::{self, Basis};
use numberbank::numbers::{self, NewNumber, Why};
use numberbank::spend::{self, Month, Slice, Splits, Year};

use crate::both;
use history::{actor, cents, day, moment, november, random_history};

/// The cells of a table's rows, head and foot left out.
fn rows(page: &crate::support::Answer, section: &str) -> Vec<Vec<String>> {
    let cells = page.all(&format!("section[aria-labelledby={section}] tbody :is(th, td)"));
    let heads = page.all(&format!("section[aria-labelledby={section}] thead th")).len();
    cells.chunks(heads).map(<[String]>::to_vec).collect()
}

both! {
    async fn a_month_says_who_spent_what(app: TestApp) {
        november(&app).await;
        let viewer = app.sign_in(Role::SpendViewer).await;
        let page = viewer.get("/o/our-city/spend").await.ok();
        assert_eq!(page.all(".figures .figure dd"), ["$4.45", "$5.60", "$5.60", "$2.34"]);
        let text = page.text();
        for words in [
            "November 2026 in UTC, as the carrier bills",
            "charged so far this month",
            "expected for the whole month",
            "idle, 53 % of what was charged",
            "$2.30 quoted, $2.15 estimated",
            "$1.15 of renewals are still to come in November",
            "the 4 numbers you have now",
        ] {
            assert!(text.contains(words), "{words:?} is not in {text}");
        }
        assert_eq!(rows(&page, "campaigns"), [
            ["Fall GOTV", "1.0", "$1.15", "$2.30", "+$0.67"],
            ["=HYPERLINK(\"http://evil.example\")", "0.8", "$0.96", "$0.96", "+$0.96"],
            ["Idle", "1.2", "$2.34", "$2.34", "+$1.67"],
        ]);
        assert_eq!(page.all("section[aria-labelledby=campaigns] tfoot :is(th, td)"), ["All", "3.0", "$4.45", "$5.60", "+$3.30"]);
        assert_eq!(rows(&page, "areas"), [
            ["313 Detroit, MI", "2", "$2.30", "$0.19", "$2.30", "+$1.15"],
            ["800 Toll-free", "1", "$2.15", "$2.15", "$2.15", "+$2.15"],
            ["248 Troy, MI", "0", "$0.00", "$0.00", "$1.15", "$0.00"],
        ].map(|row| row.map(|cell| cell.replace("248 Troy, MI", &place("248")).replace("313 Detroit, MI", &place("313")))));
    }

    async fn a_past_month_expects_nothing(app: TestApp) {
        november(&app).await;
        let viewer = app.sign_in(Role::SpendViewer).await;
        let page = viewer.get("/o/our-city/spend?month=2026-10").await.ok();
        assert_eq!(page.all(".figures .figure dd"), ["$2.30", "$5.60", "$0.67"]);
        assert!(!page.text().contains("Expected"), "{}", page.text());
        assert_eq!(rows(&page, "campaigns"), [
            ["Fall GOTV", "1.4", "$1.63", "+$1.63"],
            ["Idle", "0.6", "$0.67", "−$0.48"],
        ]);
        let earlier = page.attribute("a[rel=prev]", "href").unwrap();
        assert_eq!(earlier, "/o/our-city/spend?month=2026-09");
        assert_eq!(page.attribute("a[rel=next]", "href").as_deref(), Some("/o/our-city/spend?month=2026-11"));
        // Nothing was charged before August.
        let page = viewer.get("/o/our-city/spend?month=2026-08").await.ok();
        assert_eq!(page.attribute("a[rel=prev]", "href"), None);
        let this_month = viewer.get("/o/our-city/spend?month=2026-11").await.ok();
        assert_eq!(this_month.attribute("a[rel=next]", "href"), None);
    }

    async fn a_month_that_is_none_or_has_not_begun_is_refused(app: TestApp) {
        let viewer = app.sign_in(Role::SpendViewer).await;
        for month in ["2026-13", "november", "2026-12", "9999-12", "2026-11-01"] {
            for path in ["spend", "spend.csv", "spend/numbers"] {
                viewer.get(&format!("/o/our-city/{path}?month={month}")).await.is(400);
            }
        }
        viewer.get("/o/our-city/spend?month=").await.ok();
        viewer.get("/o/our-city/spend.csv?by=colour").await.is(404);
    }

    async fn an_empty_report_teaches(app: TestApp) {
        let page = app.sign_in(Role::SpendViewer).await.get("/o/our-city/spend").await.ok();
        assert!(page.text().contains("Nothing was charged yet"), "{}", page.text());
        assert_eq!(page.attribute(".empty a", "href"), None);
        let page = app.sign_in(Role::Owner).await.get("/o/our-city/spend").await.ok();
        assert_eq!(page.attribute(".empty a", "href").as_deref(), Some("/o/our-city/orders/new"));
    }

    async fn the_file_has_the_pages_figures_and_no_formula(app: TestApp) {
        november(&app).await;
        let viewer = app.sign_in(Role::SpendViewer).await;
        let file = viewer.get("/o/our-city/spend.csv").await.ok();
        assert_eq!(file.header("content-type"), "text/csv; charset=utf-8");
        assert!(file.header("content-disposition").contains("spend-our-city-2026-11-by-campaign.csv"));
        assert_eq!(file.body(), "\u{feff}month_utc,kind,campaign,number_months,charged,expected_to_come,previous_month\r\n\
            2026-11,campaign,Fall GOTV,1.0,1.15,1.15,1.632259\r\n\
            2026-11,campaign,\"'=HYPERLINK(\"\"http://evil.example\"\")\",0.8,0.958334,0.00,0.00\r\n\
            2026-11,idle,,1.2,2.341666,0.00,0.667741\r\n");
        let file = viewer.get("/o/our-city/spend.csv?month=2026-10&by=area").await.ok();
        assert!(file.body().contains("2026-10,313,\"Detroit, MI\",1,1.15,0.00,0.00,0.370967\r\n"), "{}", file.body());
    }

    async fn the_drill_down_ends_at_a_number_and_its_days(app: TestApp) {
        let november = november(&app).await;
        let viewer = app.sign_in(Role::SpendViewer).await;
        let page = viewer.get("/o/our-city/spend").await.ok();
        let link = page.attribute("section[aria-labelledby=campaigns] tbody a", "href").unwrap();
        assert_eq!(link, format!("/o/our-city/spend/numbers?month=2026-11&campaign={}", november.gotv));
        let page = viewer.get(&link).await.ok();
        assert_eq!(page.all("tbody th a"), ["(313) 555-0101"]);
        let number = page.attribute("tbody th a", "href").unwrap();
        assert_eq!(number, format!("/o/our-city/spend/numbers/{}", november.numbers[0]));
        let page = viewer.get(&number).await.ok();
        assert_eq!(page.all("tbody tr:not(.group) :is(th, td)").chunks(4).map(<[String]>::to_vec).collect::<Vec<_>>(), [
            ["Fall GOTV", "10 November – 9 December 2026", "30", "$1.15"],
            ["Idle", "10 October – 19 October 2026", "10", "$0.370967"],
            ["Fall GOTV", "20 October – 9 November 2026", "21", "$0.779033"],
        ]);
        assert_eq!(page.all(".figures .figure dd"), ["$2.30", "$0.37", "$1.15"]);
        // A campaign that had a number between two midnights had it on no day.
        let page = viewer.get(&format!("/o/our-city/spend/numbers/{}", november.numbers[1])).await.ok();
        assert_eq!(page.all("tbody tr:not(.group) :is(th, td)").chunks(4).map(<[String]>::to_vec).collect::<Vec<_>>(), [
            ["Idle", "15 November – 19 November 2026", "5", "$0.191666"],
            ["=HYPERLINK(\"http://evil.example\")", "20 November – 14 December 2026", "25", "$0.958334"],
        ]);
        assert_eq!(page.attribute(".actions a", "href"), None, "a viewer has no inventory");
        // What was idle, and what is in an area code.
        let page = viewer.get("/o/our-city/spend/numbers?month=2026-11&campaign=idle").await.ok();
        assert_eq!(page.all("tbody th a"), ["(313) 555-0102", "(800) 555-0104"]);
        let page = viewer.get("/o/our-city/spend/numbers?month=2026-10&area=248").await.ok();
        assert_eq!(page.all("tbody th a"), ["(248) 555-0103"]);
        assert!(page.text().contains("Idle 8 days, Fall GOTV 23 days"), "{}", page.text());
        let page = viewer.get(&format!("/o/our-city/spend/numbers?month=2026-10&campaign={}", november.recall)).await;
        assert!(page.ok().text().contains("No such charges"));
        // The admin goes on to the inventory and the campaign.
        let admin = app.sign_in(Role::Admin).await;
        let page = admin.get(&number).await.ok();
        assert_eq!(page.attribute(".actions a", "href"), Some(format!("/o/our-city/phone-numbers/{}", november.numbers[0])));
        let page = admin.get(&link).await.ok();
        assert_eq!(page.attribute(".actions a", "href"), Some(format!("/o/our-city/campaigns/{}", november.gotv)));
    }

    async fn another_organization_sees_nothing_of_it(app: TestApp) {
        let november = november(&app).await;
        app.add_organization("elsewhere", "Elsewhere").await;
        app.add_person("stranger@example.org", "Sam Stranger", &[("elsewhere", Role::Owner)]).await;
        let stranger = app.sign_in_as("stranger@example.org").await;
        for path in ["spend", "spend.csv", "spend/numbers", &format!("spend/numbers/{}", november.numbers[0])] {
            stranger.get(&format!("/o/our-city/{path}")).await.is(404);
        }
        stranger.get(&format!("/o/elsewhere/spend/numbers/{}", november.numbers[0])).await.is(404);
        stranger.get(&format!("/o/elsewhere/spend/numbers?campaign={}", november.gotv)).await.is(404);
        let page = stranger.get("/o/elsewhere/spend").await.ok();
        assert!(page.text().contains("Nothing was charged yet"));
        let file = stranger.get("/o/elsewhere/spend.csv?by=area").await.ok();
        assert_eq!(file.body().lines().count(), 1, "{}", file.body());
    }

    async fn a_long_list_pages_without_losing_or_repeating(app: TestApp) {
        // The same number bought, released and bought again in one month stands on both sides of a page's end.
        let by = actor(&app).await;
        app.write(move |tx| {
            for index in 0..120i64 {
                let phone = E164::parse(&format!("+1313555{:04}", index / 3)).unwrap();
                let id = NumberId::new();
                let new = NewNumber {
                    id,
                    service: "fakeservice".to_owned(),
                    carrier_account: format!("account {}", index % 3),
                    service_id: format!("PN{id}"),
                    phone_number: phone,
                    area_code: phone.area_code().unwrap(),
                    monthly_price: cents(115),
                    bought_at: moment("2026-11-02T10:00:00"),
                    renews_on: day("2026-12-02"),
                    order_id: None,
                    label: String::new(),
                    voice_url: None,
                };
                numbers::add(tx, &by, &new, new.bought_at, Why::default())?;
                ledger::first_charge(tx, &by, id, day("2026-11-02"), cents(115), Basis::Quoted)?;
            }
            Ok(())
        })
        .await;
        let viewer = app.sign_in(Role::SpendViewer).await;
        let mut next = Some("/o/our-city/spend/numbers?month=2026-11&area=313".to_owned());
        let (mut seen, mut sizes) = (Vec::new(), Vec::new());
        while let Some(path) = next {
            let page = viewer.get(&path).await.ok();
            let links = links(&page);
            sizes.push(links.len());
            seen.extend(links);
            next = page.attribute("a[rel=next]", "href");
        }
        assert_eq!(sizes, [50, 50, 20]);
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 120);
    }

    async fn the_report_is_the_sum_of_its_numbers(app: TestApp) {
        random_history(&app).await;
        let by = app.allowed::<SeeSpend>(Role::SpendViewer).await;
        let today = day("2026-11-22");
        app.app().db.read(move |conn| {
            for back in 0..13 {
                let month = Month::of(today).back(back);
                let report = spend::report(conn, &by, month, today, Year::Always)?;
                let again = spend::report(conn, &by, month, today, Year::Never)?;
                assert_eq!((&report.shares, &report.areas), (&again.shares, &again.areas));
                let parts: Micros = report.shares.iter().map(|share| share.charged.amount).sum();
                assert_eq!(parts, report.charged.amount, "{month}");
                assert_eq!(report.areas.iter().map(|area| area.charged).sum::<Micros>(), parts);
                assert_eq!(report.areas.iter().map(|area| area.idle).sum::<Micros>(), report.idle().amount);
                assert_eq!(report.by_basis.iter().map(|(_, amount)| *amount).sum::<Micros>(), parts);
                let all = spend::charges(conn, &by, month, Slice::All, None, 10_000)?;
                let of = |splits: &Splits, holder| {
                    splits.rows.iter().map(|split| split.of(holder).amount).sum::<Micros>()
                };
                assert_eq!(all.rows.iter().map(|split| split.charge.amount).sum::<Micros>(), parts);
                for share in &report.shares {
                    assert_eq!(of(&all, share.holder), share.charged.amount, "{month} {:?}", share.holder);
                    let slice = share.holder.map_or(Slice::Idle, Slice::Campaign);
                    let some = spend::charges(conn, &by, month, slice, None, 10_000)?;
                    assert_eq!(of(&some, share.holder), share.charged.amount, "{month} {slice:?}");
                    let held = |split: &&spend::Split| split.stretches.iter().any(|stretch| stretch.holder == share.holder);
                    assert_eq!(some.rows.len(), all.rows.iter().filter(held).count());
                }
                assert_eq!((report.months.len(), again.months.len()), (12, 0));
                // The chart's year says the same of this month as the table.
                let last = report.months.last().unwrap();
                assert_eq!((last.month, last.tally.charged()), (month, report.charged));
            }
            Ok::<_, numberbank::error::AppError>(())
        })
        .await
        .unwrap();
    }
}

fn links(page: &crate::support::Answer) -> Vec<String> {
    page.body()
        .split("class=\"number\" href=\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap().to_owned())
        .collect()
}

fn place(code: &str) -> String {
    let info = numberbank::kernel::AreaCode::parse(code).unwrap().info();
    format!("{code} {}", info.place_and_region())
}
