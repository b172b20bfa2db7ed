//! `/phone-numbers/{id}`.

use chrono::TimeDelta;
use numberbank::access::Role;
use numberbank::kernel::ids::NumberId;
use numberbank::numbers::Change;

use super::stock::{PAGE, add, change, draft, find, next_door, reserve, start};
use crate::both;

both! {
    async fn a_number_tells_its_whole_life(app: TestApp) {
        let id = add(&app, "313", 142, 1, 20).await[0];
        let fall = draft(&app, "Fall GOTV").await;
        reserve(&app, fall, &[("313", 1)]).await;
        app.advance(TimeDelta::days(2));
        start(&app, fall).await;
        app.advance(TimeDelta::days(30));
        let until = app.app().clock.now() + TimeDelta::days(7);
        change(&app, &[id], Change::GiveBack(Some(until)), Some(fall)).await;
        app.advance(TimeDelta::days(1));
        let admin = app.sign_in(Role::Admin).await;
        admin.submit(&format!("{PAGE}/{id}/label"), &[("label", "Front desk")]).await.ok();
        let page = admin.get(&format!("{PAGE}/{id}")).await.ok();
        assert_eq!(page.all("h1"), ["(313) 555-0142"]);
        assert!(page.text().contains("Front desk · 313 Detroit, MI"));
        assert_eq!(page.all(".facts .status"), ["Resting until 31 December"]);
        assert!(page.all(".facts dd").contains(&"12 December".to_owned()), "renews on");
        assert_eq!(
            page.all(".timeline li > p:first-of-type"),
            [
                "Labelled “Front desk”",
                "Given back by Fall GOTV",
                "Taken into use by Fall GOTV",
                "Reserved for Fall GOTV",
                "Bought",
            ]
        );
        assert_eq!(page.all(".timeline .hint")[..2], ["by Adam Admin", "by Olive Owner · for a test"]);
        assert_eq!(
            page.all(".strip title"),
            [
                "Idle, 14 August to 22 November",
                "Reserved for Fall GOTV, 22 November to 24 November",
                "In use by Fall GOTV, 24 November to 24 December",
                "Resting, 24 December to 25 December",
            ]
        );
        assert_eq!(page.all(".more tbody tr:first-child td")[0], "Resting");
        assert!(page.text().contains("$1.15 in all"));
        assert!(page.text().contains("14 August to 13 September"), "{}", page.text());
    }

    async fn other_peoples_numbers_do_not_exist(app: TestApp) {
        let theirs = next_door(&app).await;
        let mine = add(&app, "313", 100, 1, 20).await[0];
        let owner = app.sign_in(Role::Owner).await;
        for path in [format!("{theirs}"), format!("{}", NumberId::new()), "nonsense".to_owned()] {
            let page = owner.get(&format!("{PAGE}/{path}")).await.is(404);
            assert!(!page.text().contains("(313) 555-9999"), "{path}");
        }
        for (path, fields) in [("label", [("label", "Mine")]), ("mark", [("mark", "cordon")])] {
            owner.post(&format!("{PAGE}/{theirs}/{path}"), &fields).await.is(404);
        }
        let marked = [("mark", "cordon"), ("number", &theirs.to_string()), ("number", &mine.to_string())];
        owner.submit(&format!("{PAGE}/area/313/marks"), &marked).await.ok();
        let neighbour = app.sign_in_as("neighbour@example.org").await;
        let page = neighbour.get(&format!("/o/next-door/phone-numbers/{theirs}")).await.ok();
        assert!(page.text().contains("Their own label") && !page.text().contains("cordoned"), "left alone");
        neighbour.get(&format!("/o/next-door/phone-numbers/{mine}")).await.is(404);
        assert!(find(&app, mine).await.facts.cordoned_at.is_some());
    }

    async fn a_released_number_keeps_its_page_and_takes_no_marks(app: TestApp) {
        let ids = add(&app, "313", 100, 2, 20).await;
        app.sql("UPDATE owned_phone_number SET released_at = '2026-11-20 12:00:00' WHERE phone_number = '+13135550100';
            UPDATE number_count SET available = 1, monthly_cost = 1150000").await;
        let owner = app.sign_in(Role::Owner).await;
        let page = owner.get(&format!("{PAGE}/{}", ids[0])).await.ok();
        assert!(page.text().contains("You gave this number back to the carrier 20 November 07:00."));
        assert_eq!(page.all("main form"), Vec::<String>::new());
        owner.post(&format!("{PAGE}/{}/mark", ids[0]), &[("mark", "cordon")]).await.is(303);
        assert_eq!(find(&app, ids[0]).await.facts.cordoned_at, None);
        let list = owner.get(&format!("{PAGE}?q=5550100")).await.ok();
        assert!(list.text().contains("No area code, place, number or label matches"));
    }
}
