//! Labels, cordons and rests.

use chrono::TimeDelta;
use numberbank::access::Role;
use numberbank::numbers::{Change, Status};

use super::stock::{PAGE, add, change, counts, draft, find, reserve, start};
use crate::both;

both! {
    async fn labels_have_sixty_characters_at_most_and_keep_what_was_typed(app: TestApp) {
        let id = add(&app, "313", 100, 1, 20).await[0];
        let admin = app.sign_in(Role::Admin).await;
        let path = format!("{PAGE}/{id}/label");
        let fits = "é".repeat(60);
        let page = admin.submit(&path, &[("label", &format!("  {fits} "))]).await.ok();
        assert!(page.text().contains("Labelled (313) 555-0100."));
        assert_eq!(find(&app, id).await.label, fits);
        let long = "é".repeat(61);
        let page = admin.post(&path, &[("label", &long)]).await.is(422);
        assert_eq!(page.attribute("#field-label", "value"), Some(long));
        assert_eq!(page.attribute(".error-summary a", "href").as_deref(), Some("#field-label"));
        assert!(page.all("#field-label-error")[0].contains("A label has at most 60 characters."));
        assert_eq!(find(&app, id).await.label, fits, "nothing was written");
        let page = admin.submit(&path, &[("label", &fits)]).await.ok();
        assert!(page.text().contains("The label is as it was."));
        assert_eq!(page.all(".timeline li").len(), 2, "that is no event");
        admin.submit(&path, &[("label", " ")]).await.ok();
        assert_eq!(find(&app, id).await.label, "");
        let markup = admin.submit(&path, &[("label", "<b>\"x\"&")]).await.ok();
        assert_eq!(markup.attribute("#field-label", "value").as_deref(), Some("<b>\"x\"&"));
    }

    async fn a_cordoned_number_is_out_of_the_supply_and_back(app: TestApp) {
        let ids = add(&app, "313", 100, 3, 20).await;
        let admin = app.sign_in(Role::Admin).await;
        let path = format!("{PAGE}/{}/mark", ids[0]);
        let page = admin.submit(&path, &[("mark", "cordon")]).await.ok();
        assert!(page.text().contains("Cordoned (313) 555-0100.") && page.text().contains("Available cordoned"));
        let count = counts(&app).await[0];
        assert_eq!((count.available, count.cordoned, count.free()), (3, 1, 2));
        let fall = draft(&app, "Fall GOTV").await;
        reserve(&app, fall, &[("313", 2)]).await;
        assert_eq!(find(&app, ids[0]).await.status(), Status::Available, "a reservation passes it by");
        let again = admin.submit(&path, &[("mark", "cordon")]).await.ok();
        assert!(again.text().contains("(313) 555-0100 is as it was: only numbers that are open"));
        assert_eq!(again.all(".timeline li").len(), 2);
        admin.submit(&path, &[("mark", "uncordon")]).await.ok();
        assert_eq!(counts(&app).await[0].free(), 1);
        let activity = admin.get("/o/our-city/activity").await.ok().all("tbody tr td:nth-child(3)");
        let of_it: Vec<_> = activity.into_iter().filter(|line| line.contains("555-0100")).collect();
        assert_eq!(of_it, ["Opened for new contacts (313) 555-0100", "Cordoned (313) 555-0100"]);
    }

    async fn only_available_numbers_go_to_rest(app: TestApp) {
        let ids = add(&app, "313", 100, 2, 20).await;
        let fall = draft(&app, "Fall GOTV").await;
        reserve(&app, fall, &[("313", 1)]).await;
        start(&app, fall).await;
        let admin = app.sign_in(Role::Admin).await;
        let (busy, free) = (format!("{PAGE}/{}/mark", ids[0]), format!("{PAGE}/{}/mark", ids[1]));
        let page = admin.submit(&busy, &[("mark", "rest"), ("days", "3")]).await.ok();
        assert!(page.text().contains("only available numbers can be sent to rest"));
        assert_eq!(page.attribute("#field-days", "name"), None, "and it is not offered");
        for wrong in ["0", "366", "-1", "1.5", "ten", "99999999999999999999"] {
            let page = admin.post(&free, &[("mark", "rest"), ("days", wrong)]).await.is(422);
            assert_eq!(page.attribute("#field-days", "value").as_deref(), Some(wrong));
            assert!(page.all("#field-days-error")[0].contains("from 1 to 365"), "{wrong}");
        }
        let page = admin.submit(&free, &[("mark", "rest"), ("days", "3")]).await.ok();
        assert!(page.text().contains("Resting until 25 November"));
        let count = counts(&app).await[0];
        assert_eq!((count.available, count.resting), (0, 1));
        assert_eq!(find(&app, ids[1]).await.facts.resting_until, Some(app.app().clock.now() + TimeDelta::days(3)));
        admin.submit(&free, &[("mark", "end_rest")]).await.ok();
        assert_eq!(counts(&app).await[0].available, 1);
        admin.post(&free, &[("mark", "sell")]).await.is(400);
    }

    async fn several_are_marked_at_once_and_the_others_are_named(app: TestApp) {
        let ids = add(&app, "313", 100, 5, 20).await;
        let now = app.app().clock.now();
        change(&app, &ids[..1], Change::Cordon(now), None).await;
        let admin = app.sign_in(Role::Admin).await;
        let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
        let path = format!("{PAGE}/area/313/marks?status=available");
        let chosen = |extra: &[(&'static str, &'static str)]| {
            let mut fields: Vec<(String, String)> =
                ids[..4].iter().map(|id| ("number".to_owned(), id.clone())).collect();
            fields.extend(extra.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
            fields
        };
        let send = |fields: Vec<(String, String)>| {
            let (admin, path) = (admin.clone(), path.clone());
            async move {
                let fields: Vec<(&str, &str)> = fields.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
                admin.post(&path, &fields).await
            }
        };
        let answer = send(chosen(&[("mark", "cordon")])).await.is(303);
        assert_eq!(answer.location(), format!("{PAGE}/area/313?status=available"), "back to the same view");
        let page = admin.get(answer.location()).await.ok();
        assert!(page.text().contains(
            "Cordoned 3 numbers in 313 Detroit, MI. 1 was left as it was: only numbers that are open"
        ), "{}", page.text());
        assert_eq!(counts(&app).await[0].cordoned, 4);
        send(chosen(&[("mark", "label"), ("label", "Front desk")])).await.is(303);
        assert_eq!(admin.get(&format!("{PAGE}/area/313?q=front")).await.ok().all("#numbers tbody tr").len(), 4);
        let long: &'static str = "0123456789012345678901234567890123456789012345678901234567890";
        let wrong = send(chosen(&[("mark", "label"), ("label", long)])).await.is(422);
        assert_eq!(wrong.attribute("#field-label", "value").as_deref(), Some(long));
        assert_eq!(wrong.all("#numbers input[name=number][checked]").len(), 4, "the choice is kept");
        let none = send(vec![("mark".into(), "cordon".into())]).await.is(422);
        assert!(none.text().contains("Choose one or more numbers first."));
        let activity = admin.get("/o/our-city/activity").await.ok();
        assert_eq!(
            activity.all("tbody tr td:nth-child(3)"),
            ["Labelled 4 numbers in 313 Detroit, MI “Front desk”", "Cordoned 3 numbers in 313 Detroit, MI"]
        );
        assert_eq!(activity.attribute("tbody a", "href"), Some(format!("{PAGE}/area/313")));
    }

    async fn viewers_mark_nothing(app: TestApp) {
        let id = add(&app, "313", 100, 1, 20).await[0];
        let viewer = app.sign_in(Role::SpendViewer).await;
        let number = id.to_string();
        viewer.post(&format!("{PAGE}/{id}/mark"), &[("mark", "cordon")]).await.is(403);
        viewer.post(&format!("{PAGE}/{id}/label"), &[("label", "Mine")]).await.is(403);
        viewer.post(&format!("{PAGE}/area/313/marks"), &[("mark", "cordon"), ("number", &number)]).await.is(403);
        let now = find(&app, id).await;
        assert_eq!((now.facts.cordoned_at, now.label.as_str()), (None, ""));
    }
}
