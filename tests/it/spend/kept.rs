//! Months that are kept: what the page reads of them is what charges, assignments and rests say, to the micro and to
//! the byte, whatever happens and whoever adds up.

use chrono::TimeDelta;
use diesel::sql_types::Text;
use diesel::{QueryableByName, RunQueryDsl};
use numberbank::access::{Allowed, Role, SeeSpend};
use numberbank::app::kinds;
use numberbank::db::DbError;
use numberbank::error::AppError;
use numberbank::jobs::Runner;
use numberbank::kernel::ids::NumberId;
use numberbank::kernel::{E164, Micros};
use numberbank::ledger::{self, Basis};
use numberbank::numbers::{self, Change, NewNumber, Why, touched};
use numberbank::spend::attribution::Holder;
use numberbank::spend::{self, Month, Report, Slice, Span, Table};

use super::history::{actor, campaign, cents, day, moment, random_history};
use crate::both;
use crate::support::TestApp;
use crate::support::load::{Size, fill};

/// Everything is added up while the page is made.
const NOW: i64 = 1_000_000;
/// Nothing is.
const KEPT: i64 = -1;

async fn report(app: &TestApp, span: Span, on_the_spot: i64) -> Report {
    let (by, today): (Allowed<SeeSpend>, _) = (app.allowed(Role::SpendViewer).await, app.app().clock.today());
    app.app().db.read(move |conn| spend::report_with(conn, &by, span, today, on_the_spot)).await.unwrap()
}

/// Everything that a report says of money.
fn said(report: &Report) -> String {
    let tables = [Table::Campaign, Table::Area, Table::State, Table::Provider, Table::Kind];
    let lines: Vec<_> = tables.iter().map(|table| report.lines(*table)).collect();
    format!("{:?} {:?} {:?} {:?} {lines:?}", report.all, report.previous, report.months, report.forecast)
}

/// The rows that are kept, but for when and how often they were made.
pub async fn rows(app: &TestApp) -> Vec<String> {
    #[derive(QueryableByName)]
    struct Line {
        #[diesel(sql_type = Text)]
        line: String,
    }
    let columns = [
        ("spend_part", "month, face, value, quoted, billed, estimated, idle, number_time, charges"),
        (
            "spend_cell",
            "month, position, holder, campaign_id, area_code, service, kind, quoted, billed, estimated, number_time, charges",
        ),
        ("spend_days", "month, face, value, days, gaps"),
        ("spend_outlook", "face, value, month, to_come, next_month, numbers"),
    ];
    app.app()
        .db
        .read(move |conn| {
            let mut all = Vec::new();
            for (table, columns) in columns {
                let texts: Vec<String> = columns
                    .split(", ")
                    .map(|column| format!("COALESCE(CAST({column} AS TEXT), '')"))
                    .collect();
                let sql = format!("SELECT {} AS line FROM {table} ORDER BY 1", texts.join(" || ' ' || "));
                let rows: Vec<Line> = diesel::sql_query(sql).load(conn)?;
                all.extend(rows.into_iter().map(|row| format!("{table} {}", row.line)));
            }
            Ok::<_, DbError>(all)
        })
        .await
        .unwrap()
}

/// The number that was released.
async fn released(app: &TestApp) -> NumberId {
    #[derive(QueryableByName)]
    struct Released {
        #[diesel(sql_type = Text)]
        id: NumberId,
    }
    let sql = "SELECT id FROM owned_phone_number WHERE released_at IS NOT NULL";
    let row: Released = app
        .app()
        .db
        .read(move |conn| Ok::<_, DbError>(diesel::sql_query(sql).get_result(conn)?))
        .await
        .unwrap();
    row.id
}

type Deed = Box<dyn Fn(&mut numberbank::db::Tx) -> Result<(), AppError> + Send + Sync>;

async fn notes(app: &TestApp) -> usize {
    let organization = actor(app).await.organization();
    app.app().db.read(move |conn| touched::of(conn, organization)).await.unwrap().len()
}

fn months() -> impl Iterator<Item = Span> {
    let now = Month::of(day("2026-11-22"));
    (0..14).map(move |back| Span::Month(now.back(back)))
}

both! {
    async fn what_is_kept_is_what_is_added_up_on_the_spot(app: TestApp) {
        random_history(&app).await;
        let mut before = Vec::new();
        for span in months() {
            let there = report(&app, span, NOW).await;
            assert!(there.as_of.is_none() && !there.missing);
            before.push(said(&there));
            // Nothing is kept yet, and nothing is said that is not known.
            let kept = report(&app, span, KEPT).await;
            assert!(kept.missing && kept.all.amount() == Micros::ZERO, "{span:?}");
        }
        app.run_clock_jobs().await;
        assert_eq!(notes(&app).await, 0);
        for (span, before) in months().zip(before) {
            let kept = report(&app, span, KEPT).await;
            assert!(kept.as_of.is_none() && !kept.missing, "{span:?}");
            assert_eq!(said(&kept), before, "{span:?}");
        }
    }

    async fn any_days_of_what_is_kept_are_those_cut_on_the_spot(app: TestApp) {
        random_history(&app).await;
        // From a day to the end of a year and a half, over many months that are taken as a whole.
        let mut spans = vec![Span::days(day("2025-09-01"), day("2027-01-31")), Span::days(day("2024-01-01"), day("2024-02-09"))];
        for step in 0..24 {
            let first = day("2025-10-04") + TimeDelta::days(step * 17);
            for days in [0, 1, 13, 29, 44, 100] {
                spans.push(Span::days(first, first + TimeDelta::days(days)));
            }
        }
        let mut before = Vec::new();
        for span in &spans {
            before.push(said(&report(&app, *span, NOW).await));
        }
        let kept = report(&app, spans[0], KEPT).await;
        assert!(kept.missing && kept.all.amount() == Micros::ZERO);
        app.run_clock_jobs().await;
        for (span, before) in spans.iter().zip(before) {
            let kept = report(&app, *span, KEPT).await;
            assert!(kept.as_of.is_none() && !kept.missing, "{span:?}");
            assert_eq!(said(&kept), before, "{span:?}");
        }
        // What somebody touches since is said, and shows when it was added up again.
        let organization = actor(&app).await.organization();
        app.write(move |tx| Ok(touched::held(tx, organization, moment("2026-05-20T00:00:00"))?)).await;
        let as_of = async |from: &str, to: &str| report(&app, Span::days(day(from), day(to)), KEPT).await.as_of;
        assert!(as_of("2026-05-25", "2026-06-07").await.is_some());
        assert_eq!(as_of("2026-03-10", "2026-03-23").await, None);
    }

    async fn charges_of_many_numbers_are_listed_in_their_order(app: TestApp) {
        // More than are put in order for a page; one of the numbers was released since.
        let many = Size { numbers: 12_000, area_codes: 20, started: 3, held: 50, drafts: 2, orders: 1, lines: 1, deeds: 1, people: 1, seed: 7 };
        fill(&app, many).await;
        app.sql(
            "UPDATE owned_phone_number SET released_at = '2026-11-20 10:00:00' WHERE id = (SELECT MIN(id) FROM owned_phone_number \
             WHERE hold IS NULL AND messaging_service_id IS NULL AND resting_until IS NULL AND cordoned_at IS NULL); \
             UPDATE number_count SET available = available - 1, monthly_cost = monthly_cost - 1150000 \
             WHERE area_code = (SELECT area_code FROM owned_phone_number WHERE released_at IS NOT NULL)",
        )
        .await;
        let by: Allowed<SeeSpend> = app.allowed(Role::SpendViewer).await;
        let span = Span::days(day("2026-11-01"), day("2026-11-22"));
        let list = async |slice: Slice, limit: usize| {
            let (mut all, mut after) = (Vec::new(), None);
            loop {
                let (by, slice) = (by.clone(), slice.clone());
                let page = app.app().db.read(move |conn| spend::charges(conn, &by, span, &slice, after, limit)).await.unwrap();
                assert!(page.rows.len() <= limit);
                all.extend(page.rows.iter().map(|row| (row.phone_number, row.charge.id, row.charge.number_id)));
                after = page.next;
                if after.is_none() {
                    return all;
                }
            }
        };
        let all = list(Slice::All, 5_000).await;
        assert_eq!(all.len(), 12_000);
        assert!(all.windows(2).all(|pair| pair[0] < pair[1]));
        let (a_tenth, of_campaign) = (Slice::Area(many.busiest()), many.campaigns()[0].clone());
        assert_eq!(list(a_tenth, 500).await.len(), 1_200);
        let holder = Slice::Holder(Holder::parse(&of_campaign).unwrap());
        let held = list(holder, 20).await;
        assert_eq!(held.len(), 50);
        assert!(held.windows(2).all(|pair| pair[0] < pair[1]));
        // The one that was released is among all, and idle.
        let idle = list(Slice::Holder(Holder::Idle), 5_000).await;
        let released = released(&app).await;
        assert!([&all, &idle].iter().all(|list| list.iter().any(|(_, _, id)| *id == released)));
    }

    async fn added_up_again_it_is_the_same_to_the_byte(app: TestApp) {
        random_history(&app).await;
        app.run_clock_jobs().await;
        let first = rows(&app).await;
        assert!(first.len() > 100, "{}", first.len());
        let by = actor(&app).await;
        let organization = by.organization();
        // Everything, twice; by two instances at once.
        app.write(move |tx| Ok(touched::held(tx, organization, moment("2025-01-01T00:00:00"))?)).await;
        app.run_clock_jobs().await;
        assert_eq!((rows(&app).await, notes(&app).await), (first.clone(), 0));
        app.write(move |tx| Ok(touched::held(tx, organization, moment("2025-01-01T00:00:00"))?)).await;
        let instances = [0, 1].map(|_| Runner::new(app.app().clone(), kinds()));
        let runs = instances.map(|instance| {
            tokio::spawn(async move {
                instance.enqueue_due().await.unwrap();
                while instance.run_one().await.unwrap() {}
            })
        });
        for run in runs {
            run.await.unwrap();
        }
        assert_eq!((rows(&app).await, notes(&app).await), (first.clone(), 0));
        // Thrown away altogether, it comes back.
        app.sql("DELETE FROM spend_outlook; DELETE FROM spend_days; DELETE FROM spend_cell; DELETE FROM spend_part; DELETE FROM spend_month").await;
        app.write(move |tx| Ok(touched::held(tx, organization, moment("2026-11-22T00:00:00"))?)).await;
        app.run_clock_jobs().await;
        assert_eq!(rows(&app).await, first);
    }

    async fn whatever_happens_touches_the_months_it_changes(app: TestApp) {
        let (by, organization) = (actor(&app).await, actor(&app).await.organization());
        let gotv = campaign(&app, "Fall GOTV").await;
        let id = NumberId::new();
        let now = app.app().clock.now();
        let in_month = |month: &str| Span::Month(Month::parse(month).unwrap());
        // Each deed: what is kept is of before it and says of when it is; what is added up now is of after it.
        let deeds: Vec<(&str, Deed)> = vec![
            ("bought", Box::new(move |tx| {
                let phone = E164::parse("+13135550101").unwrap();
                let new = NewNumber {
                    id,
                    service: "fakeservice".to_owned(),
                    carrier_account: "our-city".to_owned(),
                    service_id: "PN1".to_owned(),
                    phone_number: phone,
                    area_code: phone.area_code().unwrap(),
                    monthly_price: cents(115),
                    bought_at: now,
                    renews_on: day("2026-12-22"),
                    order_id: None,
                    label: String::new(),
                    voice_url: None,
                };
                numbers::add(tx, &by, &new, now, Why::default())?;
                Ok(ledger::first_charge(tx, &by, id, now.date(), cents(115), Basis::Quoted)?)
            })),
            ("reserved", Box::new(move |tx| {
                Ok(numbers::change(tx, &by, &[id], Change::Reserve(gotv), now, Why::default(), |_| true).map(drop)?)
            })),
            ("used", Box::new(move |tx| {
                numbers::change(tx, &by, &[id], Change::Use(gotv), now, Why::default(), |_| true)?;
                Ok(ledger::begin_use(tx, &by, gotv, &[id], now)?)
            })),
            ("given back", Box::new(move |tx| {
                let later = now + TimeDelta::days(3);
                ledger::end_use(tx, &by, &[id], later)?;
                let change = Change::GiveBack(Some(later + TimeDelta::days(7)));
                Ok(numbers::change(tx, &by, &[id], change, later, Why::default(), |_| true).map(drop)?)
            })),
            ("released", Box::new(move |tx| {
                let later = now + TimeDelta::days(4);
                Ok(numbers::released(tx, &by, id, later, Why::default()).map(drop)?)
            })),
        ];
        let span = in_month("2026-11");
        let mut last = said(&report(&app, span, NOW).await);
        for (what, deed) in deeds {
            app.run_clock_jobs().await;
            assert_eq!(said(&report(&app, span, KEPT).await), last, "before it was {what}");
            app.advance(TimeDelta::minutes(5));
            app.write(move |tx| deed(tx)).await;
            assert!(notes(&app).await > 0, "{what}");
            let fresh = report(&app, span, NOW).await;
            assert_ne!(said(&fresh), last, "{what} changes nothing");
            assert_eq!(fresh.as_of, None);
            if what != "bought" {
                let kept = report(&app, span, KEPT).await;
                assert_eq!(said(&kept), last, "{what}");
                assert_eq!(kept.as_of, Some(app.app().clock.now() - TimeDelta::minutes(5)), "{what}");
            }
            last = said(&fresh);
        }
        app.run_clock_jobs().await;
        // A late charge of a month long settled.
        let settled = said(&report(&app, in_month("2026-05"), KEPT).await);
        app.write(move |tx| Ok(ledger::first_charge(tx, &by, id, day("2026-05-03"), cents(115), Basis::Billed)?)).await;
        app.run_clock_jobs().await;
        let may = report(&app, in_month("2026-05"), KEPT).await;
        assert_ne!(said(&may), settled);
        assert_eq!((may.all.sums.billed, may.all.charges), (cents(115), 1));
        assert_eq!(app.app().db.read(move |conn| touched::spans(conn, organization)).await.unwrap(), []);
    }

    async fn a_large_organization_sees_of_when_its_figures_are(app: TestApp) {
        // More charges than are added up while somebody waits.
        let many = Size { numbers: 12_000, area_codes: 20, started: 3, held: 50, drafts: 2, orders: 1, lines: 1, deeds: 1, people: 1, seed: 7 };
        fill(&app, many).await;
        let by = actor(&app).await;
        let viewer = app.sign_in(Role::SpendViewer).await;
        let page = viewer.get("/o/our-city/spend").await.ok();
        assert!(page.text().contains("being added up for the first time"), "{}", page.text());
        let fortnight = "/o/our-city/spend?from=2026-11-03&to=2026-11-22";
        let page = viewer.get(fortnight).await.ok();
        assert!(page.text().contains("being added up for the first time"), "{}", page.text());
        app.run_clock_jobs().await;
        let page = viewer.get(fortnight).await.ok();
        assert_eq!(page.attribute("#being-added-up", "class"), None, "{}", page.text());
        let now = report(&app, Span::days(day("2026-11-03"), day("2026-11-22")), NOW).await;
        assert_eq!(page.all(".figures .figure dd")[0], now.total().dollars_and_cents());
        let page = viewer.get("/o/our-city/spend").await.ok();
        let figures = page.all(".figures .figure dd");
        assert_eq!(page.attribute("#being-added-up", "class"), None, "{}", page.text());
        assert_eq!(figures[2], "$13,801.15", "12,000 numbers renew in December, and one is being bought");
        // Somebody takes one number out of service: the figures stand, and say of when they are.
        app.advance(TimeDelta::minutes(7));
        let now = app.app().clock.now();
        let id = NumberId::parse(&many.number()).unwrap();
        app.write(move |tx| Ok(ledger::end_use(tx, &by, &[id], now - TimeDelta::days(10))?)).await;
        let page = viewer.get("/o/our-city/spend").await.ok();
        // 15:00 UTC in Detroit.
        assert!(page.text().contains("As of 10:00."), "{}", page.text());
        assert_eq!(page.all(".figures .figure dd"), figures);
        app.run_clock_jobs().await;
        let page = viewer.get("/o/our-city/spend").await.ok();
        assert_eq!(page.attribute("#being-added-up", "class"), None);
        assert_ne!(page.all(".figures .figure dd"), figures, "a number more was idle");
    }
}
