//! Requests that are approved without anybody looking at them.

use super::*;

/// What a limit was set to, by an owner on its page.
async fn set(owner: &Client, dollars: &str) {
    owner.submit(&format!("{HOME}/requests/limit"), &[("monthly", dollars)]).await.ok();
}

both! {
    async fn requests_within_the_limit_are_approved_by_themselves(app: TestApp) {
        let (admin, owner) = (app.sign_in(Role::Admin).await, app.sign_in(Role::Owner).await);
        let limit = format!("{HOME}/requests/limit");
        admin.get(&limit).await.is(403);
        admin.post(&limit, &[("monthly", "1000")]).await.is(403);
        for wrong in ["", "-1", "x", "1000000"] {
            owner.post(&limit, &[("monthly", wrong)]).await.is(422);
        }
        // Off by default: it waits.
        let first = draft(&app, "First", &[("313", 1000)]).await;
        let url = ask(&admin, first, "").await;
        app.run_jobs().await;
        assert_eq!(request(&app, id_of(&url)).await.status, requests::Status::Open);
        admin.submit(&format!("{url}/withdraw"), &[]).await.ok();

        set(&owner, "10.00").await;
        // 5 numbers at $1.15 fit, twice they do not: $11.50.
        let url = ask(&admin, first, "").await;
        app.run_jobs().await;
        let done = request(&app, id_of(&url)).await;
        assert_eq!(done.status, requests::Status::Approved);
        assert_eq!(held(&app, first).await, 5);
        let page = admin.get(&url).await.ok();
        assert!(page.text().contains("Approved automatically, within the limit of $10.00 a month that Olive Owner set"), "{}", page.text());
        let log = owner.get(&format!("{HOME}/activity")).await.ok().text();
        assert!(log.contains("Approved automatically: 5 numbers in 313 for First, $5.75 a month, within the limit of $10.00 a month that Olive Owner set"), "{log}");

        let second = draft(&app, "Second", &[("248", 1000)]).await;
        let url = ask(&admin, second, "").await;
        app.run_jobs().await;
        assert_eq!(request(&app, id_of(&url)).await.status, requests::Status::Open);
        let page = owner.get(&url).await.ok();
        assert!(page.text().contains("$5.75 a month were approved within the limit of $10.00 this month already"), "{}", page.text());
        assert_eq!(held(&app, second).await, 0);
        // An owner's own approval does not count against it: 3 numbers fit still.
        approve(&owner, &url).await;
        let third = draft(&app, "Third", &[("734", 600)]).await;
        let url = ask(&admin, third, "").await;
        app.run_jobs().await;
        assert_eq!(request(&app, id_of(&url)).await.status, requests::Status::Approved);
        // A new month begins anew.
        app.advance(TimeDelta::days(9));
        let (admin, owner) = (app.sign_in(Role::Admin).await, app.sign_in(Role::Owner).await);
        let fourth = draft(&app, "Fourth", &[("517", 1000)]).await;
        let url = ask(&admin, fourth, "").await;
        app.run_jobs().await;
        assert_eq!(request(&app, id_of(&url)).await.status, requests::Status::Approved);
        drop(owner);
    }

    async fn many_at_once_never_pass_the_limit(app: TestApp) {
        let (admin, owner) = (app.sign_in(Role::Admin).await, app.sign_in(Role::Owner).await);
        set(&owner, "12").await;
        let mut asked = Vec::new();
        for nth in 0..4 {
            let campaign = draft(&app, &format!("Campaign {nth}"), &[("313", 1000)]).await;
            asked.push(id_of(&ask(&admin, campaign, "").await));
        }
        // Four instances weigh them at the same time.
        tokio::join!(app.run_jobs(), app.run_jobs(), app.run_jobs(), app.run_jobs());
        let mut approved = 0;
        for id in asked {
            approved += usize::from(request(&app, id).await.status == requests::Status::Approved);
        }
        assert_eq!(approved, 2, "2 × $5.75 are within $12.00");
        // Of two orders in one area code the one may have waited for the other.
        for _ in 0..3 {
            app.advance(TimeDelta::seconds(5));
            app.run_jobs().await;
        }
        assert_eq!(bought(&app).await, (2, 10));
    }

    async fn a_limit_ends_with_the_ownership_of_who_set_it(app: TestApp) {
        let second = app.add_owner("second@example.org").await;
        set(&second, "100").await;
        app.sql("UPDATE membership SET role = 'ADMIN' WHERE person_id IN (SELECT id FROM person WHERE email = 'second@example.org')").await;
        let (admin, owner) = (app.sign_in(Role::Admin).await, app.sign_in(Role::Owner).await);
        let campaign = draft(&app, "Fall GOTV", &[("313", 1000)]).await;
        let url = ask(&admin, campaign, "").await;
        app.run_jobs().await;
        let page = owner.get(&url).await.ok();
        assert!(page.text().contains("Whoever set the limit for automatic approval is no owner any more."), "{}", page.text());
        assert_eq!(bought(&app).await.0, 0);
        let page = owner.get(&format!("{HOME}/requests/limit")).await.ok();
        assert!(page.text().contains("who set the limit is no owner any more"), "{}", page.text());
    }

    async fn what_the_carrier_has_too_few_of_waits_for_an_owner(app: TestApp) {
        let (admin, owner) = (app.sign_in(Role::Admin).await, app.sign_in(Role::Owner).await);
        set(&owner, "100").await;
        app.world().set_stock(AreaCode::parse("313").unwrap(), 3).unwrap();
        let campaign = draft(&app, "Fall GOTV", &[("313", 1000)]).await;
        let url = ask(&admin, campaign, "").await;
        app.run_jobs().await;
        let page = owner.get(&url).await.ok();
        assert!(page.text().contains("The carrier has only 3 of the 5 numbers."), "{}", page.text());
        assert_eq!(bought(&app).await.0, 0);
    }
}
