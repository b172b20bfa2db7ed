//! Spend: whose every day of every charge was, on the page, in the file and in the drill-downs.

mod golden;
pub mod history;
pub mod kept;

use numberbank::access::{Role, SeeSpend};
use numberbank::kernel::ids::NumberId;
use numberbank::kernel::{E164, Micros};
use numberbank::ledger::{self, Basis};
use numberbank::numbers::{self, NewNumber, Why};
use numberbank::spend::{self, Heading, Month, Slice, Span, Splits, Table};

use crate::both;
use crate::launch::{buy, draft, reserve};
use crate::support::TestApp;
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
            "November 2026, in UTC, as the carrier bills",
            "charged so far this month",
            "expected for November, +$3.30 against October",
            "forecast for December",
            "idle, 53 % of what was charged",
            "Charged: $2.30 quoted, $2.15 estimated.",
            "$1.15 of renewals are still to come",
            "the 4 numbers you have now",
        ] {
            assert!(text.contains(words), "{words:?} is not in {text}");
        }
        assert_eq!(rows(&page, "campaigns"), [
            ["Fall GOTV", "1.0", "$1.15", "$2.30", "+$0.67", "quoted"],
            ["=HYPERLINK(\"http://evil.example\")", "0.8", "$0.96", "$0.96", "+$0.96", "quoted"],
            ["Idle", "1.2", "$2.34", "$2.34", "+$1.67", "$0.19 quoted, $2.15 estimated"],
        ]);
        assert_eq!(
            page.all("section[aria-labelledby=campaigns] tfoot :is(th, td)"),
            ["All", "3.0", "$4.45", "$5.60", "+$3.30", "$2.30 quoted, $2.15 estimated"]
        );
        assert_eq!(rows(&page, "areas"), [
            ["313 Detroit, MI", "2.0", "$2.30", "$0.19", "$2.30", "+$1.15", "quoted"],
            ["800 Toll-free", "1.0", "$2.15", "$2.15", "$2.15", "+$2.15", "estimated"],
            ["248 Troy, MI", "0.0", "$0.00", "$0.00", "$1.15", "$0.00", ""],
        ].map(|row| row.map(|cell| cell.replace("248 Troy, MI", &place("248")).replace("313 Detroit, MI", &place("313")))));
        assert_eq!(rows(&page, "states"), [
            ["MI Michigan", "2.0", "$2.30", "$0.19", "$3.45", "+$1.15", "quoted"],
            ["Toll-free", "1.0", "$2.15", "$2.15", "$2.15", "+$2.15", "estimated"],
        ]);
        assert_eq!(rows(&page, "providers"), [
            ["Practice", "3.0", "$4.45", "$2.34", "$5.60", "+$3.30", "$2.30 quoted, $2.15 estimated"],
        ].map(|row| row.map(|cell| cell.replace("Practice", practice(&app)))));
        assert_eq!(rows(&page, "kinds"), [
            ["Local", "2.0", "$2.30", "$0.19", "$3.45", "+$1.15", "quoted"],
            ["Toll-free", "1.0", "$2.15", "$2.15", "$2.15", "+$2.15", "estimated"],
        ]);
        assert_eq!(rows(&page, "forecast"), [
            ["Numbers in use renew", "$3.45"],
            ["Numbers reserved for drafts renew", "$0.00"],
            ["Idle numbers renew", "$2.15"],
        ]);
        // A bar leads to what it is made of.
        let bar = page.attribute(".chart a:has(.series-1)", "href").unwrap();
        assert!(bar.contains("/spend/numbers?month=2026-10&campaign="), "{bar}");
    }

    async fn reserved_numbers_are_named_among_the_idle_ones(app: TestApp) {
        buy(&app, &[("313", 3)]).await;
        let viewer = app.sign_in(Role::SpendViewer).await;
        app.run_jobs().await;
        let page = viewer.get("/o/our-city/spend").await.ok();
        assert!(page.text().contains("idle, 100 % of what was charged$3.45"), "{}", page.text());
        let id = draft(&app, "Fall GOTV", &[("313", 300)]).await;
        reserve(&app, id, &[("313", 2)]).await;
        app.run_jobs().await;
        let page = viewer.get("/o/our-city/spend").await.ok();
        let words = "idle, 100 % of what was charged, reserved numbers among them";
        assert!(page.text().contains(words), "{}", page.text());
        assert!(page.text().contains("Numbers reserved for drafts renew$2.30"), "{}", page.text());
    }

    async fn a_past_month_expects_nothing(app: TestApp) {
        november(&app).await;
        let viewer = app.sign_in(Role::SpendViewer).await;
        let page = viewer.get("/o/our-city/spend?month=2026-10").await.ok();
        assert_eq!(page.all(".figures .figure dd"), ["$2.30", "$0.67"]);
        assert!(page.text().contains("charged, +$1.15 against September"), "{}", page.text());
        assert!(!page.text().contains("Expected"), "{}", page.text());
        assert_eq!(rows(&page, "campaigns"), [
            ["Fall GOTV", "1.4", "$1.63", "+$1.63", "quoted"],
            ["Idle", "0.6", "$0.67", "−$0.48", "quoted"],
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
        for path in ["spend.csv?by=colour", "spend.xls", "spend/numbers?state=ZZ", "spend/numbers?area=313&kind=local"] {
            viewer.get(&format!("/o/our-city/{path}")).await.is(404);
        }
        for days in ["from=yesterday&to=2026-11-22", "from=2026-11-31", "from=0001-01-01&to=2026-11-22"] {
            viewer.get(&format!("/o/our-city/spend?{days}")).await.is(400);
        }
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
        assert_eq!(file.body(), "\u{feff}month_utc,kind,campaign,number_months,charges,charged,quoted,billed,estimated,entered,idle,expected_to_come,previous_month\r\n\
            2026-11,campaign,Fall GOTV,1.0,1,1.15,1.15,0.00,0.00,0.00,0.00,1.15,1.632259\r\n\
            2026-11,campaign,\"'=HYPERLINK(\"\"http://evil.example\"\")\",0.8,1,0.958334,0.958334,0.00,0.00,0.00,0.00,0.00,0.00\r\n\
            2026-11,idle,,1.2,2,2.341666,0.191666,0.00,2.15,0.00,2.341666,0.00,0.667741\r\n");
        let file = viewer.get("/o/our-city/spend.csv?month=2026-10&by=area").await.ok();
        assert!(file.body().contains("2026-10,313,\"Detroit, MI\",1.0,1,1.15,1.15,0.00,0.00,0.00,0.370967,0.00,0.00\r\n"), "{}", file.body());
        let file = viewer.get("/o/our-city/spend.csv?by=state").await.ok();
        assert!(file.body().contains("2026-11,MI,Michigan,2.0,2,2.30,"), "{}", file.body());
        let file = viewer.get("/o/our-city/spend.csv?by=month").await.ok();
        assert!(file.body().contains("2026-10,campaign,Fall GOTV,1.4,2,1.632259,"), "{}", file.body());
        // The same as JSON, with the name as it is: nothing there is a formula.
        let file = viewer.get("/o/our-city/spend.json").await.ok();
        assert_eq!(file.header("content-type"), "application/json");
        assert!(file.header("content-disposition").contains("spend-our-city-2026-11-by-campaign.json"));
        let rows: serde_json::Value = serde_json::from_str(file.body()).unwrap();
        assert_eq!(rows[1]["campaign"], "=HYPERLINK(\"http://evil.example\")");
        assert_eq!((&rows[1]["charged"], &rows[1]["charges"]), (&"0.958334".into(), &1.into()));
        // Every charge, cut: what each row is worth adds up to the month.
        let file = viewer.get("/o/our-city/spend/numbers.csv").await.ok();
        assert!(file.body().contains(
            "(313) 555-0102,313,2026-11-15,2026-12-14,1.15,quoted,idle,,2026-11-15,2026-11-19,0.191666\r\n"
        ), "{}", file.body());
        assert_eq!(sum_of_last_column(file.body()), cents(445));
        let file = viewer.get("/o/our-city/spend/numbers.csv?from=2026-11-10&to=2026-11-16").await.ok();
        let days = viewer.get("/o/our-city/spend.csv?from=2026-11-10&to=2026-11-16&by=kind").await.ok();
        let (local, all) = (days.body().lines().nth(1).unwrap(), sum_of_last_column(file.body()));
        let of_kinds: Micros = days.body().lines().skip(1).map(|line| money(line.split(',').nth(4).unwrap())).sum();
        assert!(local.starts_with("2026-11-10/2026-11-16,"), "{local}");
        assert_eq!(of_kinds, all);
    }

    async fn any_days_are_cut_out_of_whatever_pays_for_them(app: TestApp) {
        november(&app).await;
        let viewer = app.sign_in(Role::SpendViewer).await;
        // Number a: floor(1150000*k/30) of its 10 November; number c, of its 28 October, is Fall GOTV's since the 5th.
        let page = viewer.get("/o/our-city/spend?from=2026-11-10&to=2026-11-12").await.ok();
        let text = page.text();
        assert!(text.contains("10 November – 12 November 2026, in UTC"), "{text}");
        assert!(!text.contains("Expected") && !text.contains("orecast for"), "{text}");
        assert!(!text.contains("Twelve months"), "{text}");
        // a: 3/30 of 1.15; c: days 14 to 16 of 31; d: days 10 to 12 of 30 of 2.15.
        assert_eq!(rows(&page, "campaigns"), [
            ["Fall GOTV", "0.2", "$0.23", "quoted"],
            ["Idle", "0.1", "$0.22", "estimated"],
        ]);
        let turned = viewer.get("/o/our-city/spend?from=2026-11-12&to=2026-11-10").await.ok();
        assert_eq!(rows(&turned, "campaigns"), rows(&page, "campaigns"));
        let link = page.attribute("section[aria-labelledby=campaigns] tbody a", "href").unwrap();
        let page = viewer.get(&link).await.ok();
        assert_eq!(page.all("tbody th a"), ["(248) 555-0103", "(313) 555-0101"]);
        assert_eq!(page.all("tbody td:nth-child(4)"), ["$0.11", "$0.12"]);
    }

    async fn a_campaign_has_its_cost_over_time(app: TestApp) {
        let november = november(&app).await;
        let viewer = app.sign_in(Role::SpendViewer).await;
        let page = viewer.get(&format!("/o/our-city/spend/campaigns/{}", november.gotv)).await.ok();
        // c's charge of 28 October is Fall GOTV's from 5 November on: 23 of 31 days.
        assert_eq!(rows(&page, "months"), [
            ["November 2026", "1", "1.0", "$1.15", "quoted"],
            ["October 2026", "2", "1.4", "$1.63", "quoted"],
        ]);
        assert_eq!(page.all(".figures .figure dd"), ["$2.78", "$1.15", "$1.15", "$2.30"]);
        assert_eq!(page.all("section[aria-labelledby=areas] tbody th").len(), 2);
        assert!(page.text().contains("The most was $1.63 in October 2026."), "{}", page.text());
        let file = viewer.get(&format!("/o/our-city/spend/campaigns/{}/months.csv", november.gotv)).await.ok();
        assert!(file.body().contains("Fall GOTV,2026-10,1.4,2,1.632259,1.632259,0.00,0.00\r\n"), "{}", file.body());
        let file = viewer.get(&format!("/o/our-city/spend/campaigns/{}/months.json?by=area", november.gotv)).await.ok();
        let areas: serde_json::Value = serde_json::from_str(file.body()).unwrap();
        assert_eq!(areas.as_array().unwrap().len(), 2);
        let gone = "01930000-0000-7000-8000-0000000000ff";
        viewer.get(&format!("/o/our-city/spend/campaigns/{gone}")).await.is(404);
        viewer.get(&format!("/o/our-city/spend/campaigns/{}/months.csv?by=kind", november.gotv)).await.is(404);
        // A draft cost nothing yet.
        let draft = history::campaign(&app, "Winter").await;
        let page = viewer.get(&format!("/o/our-city/spend/campaigns/{draft}")).await.ok();
        assert!(page.text().contains("It cost nothing yet"), "{}", page.text());
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
        // The admin goes on to the inventory.
        let admin = app.sign_in(Role::Admin).await;
        let page = admin.get(&number).await.ok();
        assert_eq!(page.attribute(".actions a", "href"), Some(format!("/o/our-city/phone-numbers/{}", november.numbers[0])));
        let page = admin.get(&link).await.ok();
        assert_eq!(page.attribute(".actions a", "href"), Some(format!("/o/our-city/spend/campaigns/{}", november.gotv)));
    }

    async fn another_organization_sees_nothing_of_it(app: TestApp) {
        let november = november(&app).await;
        app.add_organization("elsewhere", "Elsewhere").await;
        app.add_person("stranger@example.org", "Sam Stranger", &[("elsewhere", Role::Owner)]).await;
        let stranger = app.sign_in_as("stranger@example.org").await;
        let (number, gotv) = (november.numbers[0], november.gotv);
        for path in [
            "spend",
            "spend.csv",
            "spend.json",
            "spend/numbers",
            "spend/numbers.csv",
            &format!("spend/numbers/{number}"),
            &format!("spend/numbers/{number}/charges.csv"),
            &format!("spend/campaigns/{gotv}"),
            &format!("spend/campaigns/{gotv}/months.csv"),
        ] {
            stranger.get(&format!("/o/our-city/{path}")).await.is(404);
        }
        stranger.get(&format!("/o/elsewhere/spend/numbers/{}", november.numbers[0])).await.is(404);
        stranger.get(&format!("/o/elsewhere/spend/numbers?campaign={gotv}")).await.is(404);
        stranger.get(&format!("/o/elsewhere/spend/campaigns/{gotv}")).await.is(404);
        stranger.get(&format!("/o/elsewhere/spend/campaigns/{gotv}/months.csv")).await.is(404);
        stranger.get(&format!("/o/elsewhere/spend/numbers/{number}/charges.csv")).await.is(404);
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
                let span = Span::Month(Month::of(today).back(back));
                let report = spend::report(conn, &by, span, today)?;
                let charged = report.all.amount();
                for table in [Table::Campaign, Table::Area, Table::State, Table::Provider, Table::Kind] {
                    let parts: Micros = report.lines(table).iter().map(|line| line.part.amount()).sum();
                    assert_eq!(parts, charged, "{span:?} {table}");
                    let idle: Micros = report.lines(table).iter().map(|line| line.part.idle).sum();
                    assert_eq!(idle, report.all.idle, "{span:?} {table}");
                }
                let known: Micros = report.all.sums.by_basis().iter().map(|(_, amount)| *amount).sum();
                assert_eq!(known, charged);
                let all = spend::charges(conn, &by, span, &Slice::All, None, 10_000)?;
                let of = |splits: &Splits, holder| {
                    splits.rows.iter().map(|split| split.worth(span, holder).amount).sum::<Micros>()
                };
                assert_eq!(all.rows.iter().map(|split| split.charge.amount).sum::<Micros>(), charged);
                for line in report.lines(Table::Campaign) {
                    let Heading::Holder(holder) = line.heading else { panic!("{line:?}") };
                    assert_eq!(of(&all, Some(holder)), line.part.amount(), "{span:?} {holder:?}");
                    let some = spend::charges(conn, &by, span, &Slice::Holder(holder), None, 10_000)?;
                    assert_eq!(of(&some, Some(holder)), line.part.amount(), "{span:?} {holder:?}");
                    assert_eq!(i64::try_from(some.rows.len()).unwrap(), line.part.charges);
                }
                for line in report.lines(Table::Area) {
                    let Heading::Area(code) = line.heading else { panic!("{line:?}") };
                    let some = spend::charges(conn, &by, span, &Slice::Area(code), None, 10_000)?;
                    assert_eq!(of(&some, None), line.part.amount());
                }
                // The chart's year says the same of this month as the tables.
                let last = report.months.last().unwrap();
                assert_eq!((Span::Month(last.month), last.all), (span, report.all));
                assert_eq!(report.months.len(), 12);
            }
            Ok::<_, numberbank::error::AppError>(())
        })
        .await
        .unwrap();
    }
}

fn practice(app: &TestApp) -> &'static str {
    app.app().providers.get("fakeservice").unwrap().name()
}

fn money(text: &str) -> Micros {
    Micros::parse_decimal(text).unwrap()
}

fn sum_of_last_column(csv: &str) -> Micros {
    csv.lines().skip(1).map(|line| money(line.rsplit(',').next().unwrap())).sum()
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
