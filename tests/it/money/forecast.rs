//! What a campaign's pages say of its cost, before and after its start.

use numberbank::access::Role;

use super::pass;
use crate::both;
use crate::launch::{buy, draft, reserve};

both! {
    async fn a_draft_says_what_it_will_cost_and_a_started_one_what_it_has(app: TestApp) {
        buy(&app, &[("313", 3)]).await;
        // 1,000 contacts at 200 a number want five.
        let id = draft(&app, "Fall GOTV", &[("313", 1_000)]).await;
        let admin = app.sign_in(Role::Admin).await;
        let start = format!("/o/our-city/campaigns/{id}/start");
        let page = admin.get(&start).await.ok();
        let rows = page.all("#cost ~ .table-wrap tr").join("|");
        for part in ["Numbers you own already3$3.45", "Numbers to buy2$2.30", "Together5$5.75"] {
            assert!(rows.contains(part), "{part}: {rows}");
        }
        assert!(page.text().contains("Buying 2 numbers costs $2.30 at once"), "{}", page.text());

        buy(&app, &[("313", 2)]).await;
        reserve(&app, id, &[("313", 5)]).await;
        assert!(admin.get(&start).await.ok().text().contains("this campaign adds nothing to the bill"));
        admin.submit(&start, &[]).await.ok();
        app.run_jobs().await;
        let overview = format!("/o/our-city/campaigns/{id}");
        // Started on the day the numbers were bought: all their days are its.
        let rows = admin.get(&overview).await.ok().all("#cost ~ .table-wrap tr").join("|");
        for part in [
            "Forecast at its start, 22 November: numbers it needed, a month5$5.75",
            "Now: numbers it holds, a month5$5.75",
            "Now against the forecast0$0.00",
            "Its days of what was charged in November 2026–$5.75",
            "Charged to it in all$5.75",
        ] {
            assert!(rows.contains(part), "{part}: {rows}");
        }
        pass(&app, 31, 31).await;
        let admin = app.sign_in(Role::Admin).await;
        let rows = admin.get(&overview).await.ok().all("#cost ~ .table-wrap tr").join("|");
        assert!(rows.contains("December 2026–$5.75") && rows.contains("Charged to it in all$11.50"), "{rows}");
    }

    async fn what_was_forecast_at_the_start_stays_beside_what_it_costs(app: TestApp) {
        buy(&app, &[("313", 4)]).await;
        // Four numbers carry 1,000 contacts at 250 each, which is warned of; it wants five.
        let id = draft(&app, "Fall GOTV", &[("313", 1_000)]).await;
        reserve(&app, id, &[("313", 4)]).await;
        let admin = app.sign_in(Role::Admin).await;
        admin.submit(&format!("/o/our-city/campaigns/{id}/start"), &[]).await.ok();
        app.run_jobs().await;
        let spend = format!("/o/our-city/spend/campaigns/{id}");
        let rows = async || {
            let viewer = app.sign_in(Role::SpendViewer).await;
            viewer.get(&spend).await.ok().all("#cost ~ .table-wrap tr").join("|")
        };
        let forecast = "Forecast at its start, 22 November: numbers it needed, a month5$5.75|of which were still to be bought1$1.15";
        let found = rows().await;
        assert!(found.contains(forecast), "{found}");
        assert!(found.ends_with("Now: numbers it holds, a month4$4.60|Now against the forecast−1−$1.15"), "{found}");
        // The price rises and the organization buys more: what was forecast is what was forecast.
        let (world, _) = app.at_carrier();
        world.set_price(super::code("313"), numberbank::kernel::Micros::from_cents(200)).unwrap();
        super::buy_at_price(&app, "313", 3, 200).await;
        pass(&app, 1, 1).await;
        let found = rows().await;
        assert!(found.contains(forecast), "{found}");
        assert!(found.ends_with("Now: numbers it holds, a month4$8.00|Now against the forecast−1+$2.25"), "{found}");
        assert_eq!(app.texts("start_forecast", "campaign_id").await, [id.to_string()]);
    }
}
