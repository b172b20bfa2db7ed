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
            "Forecast: numbers its contacts want, a month5$5.75",
            "Now: numbers it holds, a month5$5.75",
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
}
