//! `/phone-numbers/area/{code}`.

use chrono::TimeDelta;
use numberbank::access::Role;
use numberbank::numbers::Change;

use super::stock::{PAGE, add, change, draft, next_door, reserve, start};
use crate::both;
use crate::support::Answer;

fn numbers(page: &Answer) -> Vec<String> {
    page.all("#numbers tbody .number")
}

both! {
    async fn an_unknown_area_code_is_not_found_in_words(app: TestApp) {
        let admin = app.sign_in(Role::Admin).await;
        for (code, words) in [
            ("999", "999 is not an area code in service in the United States or Canada."),
            ("900", "900 is not tied to a place"),
            ("31", "Enter a three-digit area code, such as 313."),
            ("abc", "Enter a three-digit area code, such as 313."),
            ("876", "876 belongs to Jamaica"),
        ] {
            let page = admin.get(&format!("{PAGE}/area/{code}")).await.is(404);
            assert!(page.text().contains(words), "{code}: {}", page.text());
        }
    }

    async fn an_area_code_without_numbers_teaches(app: TestApp) {
        next_door(&app).await;
        let owner = app.sign_in(Role::Owner).await.get(&format!("{PAGE}/area/313")).await.ok();
        assert!(owner.text().contains("No numbers in 313 yet"));
        assert_eq!(owner.attribute(".empty .button", "href").as_deref(), Some("/o/our-city/orders/new?area_code=313"));
        let admin = app.sign_in(Role::Admin).await.get(&format!("{PAGE}/area/313")).await.ok();
        assert!(admin.text().contains("Ask an owner to buy some."));
        assert_eq!(admin.attribute("main .button", "href"), None);
    }

    async fn it_shows_what_each_number_does_and_for_whom(app: TestApp) {
        let ids = add(&app, "313", 100, 5, 20).await;
        add(&app, "679", 100, 2, 20).await;
        let fall = draft(&app, "Fall GOTV").await;
        reserve(&app, fall, &[("313", 2)]).await;
        let spring = draft(&app, "Spring canvass").await;
        reserve(&app, spring, &[("313", 1)]).await;
        start(&app, spring).await;
        let now = app.app().clock.now();
        change(&app, &ids[3..4], Change::Rest(now + TimeDelta::days(5)), None).await;
        change(&app, &ids[4..], Change::Cordon(now), None).await;
        let page = app.sign_in(Role::Admin).await.get(&format!("{PAGE}/area/313")).await.ok();
        assert_eq!(page.all("h1"), ["313 Detroit, MI"]);
        assert_eq!(
            page.all("#numbers tbody tr td:nth-child(3)"),
            [
                "Reserved for Fall GOTV until tomorrow 09:00",
                "Reserved for Fall GOTV until tomorrow 09:00",
                "In use by Spring canvass",
                "Resting until 27 November",
                "Available cordoned",
            ]
        );
        assert_eq!(page.all("#numbers tbody tr:first-child .num"), ["3 months", "12 December", "$1.15"]);
        assert_eq!(page.all(".figures dd"), ["1", "2", "1", "1", "$5.75"]);
        assert!(page.text().contains("shares its area with 679 Detroit, MI (2)"), "{}", page.text());
        let link = page.attribute("#numbers tbody tr:first-child td a", "href");
        assert_eq!(link, Some(format!("/o/our-city/campaigns/{fall}")));
    }

    async fn it_pages_both_ways_and_says_how_many(app: TestApp) {
        add(&app, "313", 1_000, 120, 20).await;
        add(&app, "248", 1_000, 3, 20).await;
        let admin = app.sign_in(Role::Admin).await;
        let link = |page: &Answer, rel: &str| page.attribute(&format!(".pages a[rel={rel}]"), "href");
        let first = admin.get(&format!("{PAGE}/area/313")).await.ok();
        assert!(first.text().contains("50 of 120 numbers"));
        assert_eq!(link(&first, "prev"), None);
        let second = admin.get(&link(&first, "next").unwrap()).await.ok();
        let third = admin.get(&link(&second, "next").unwrap()).await.ok();
        assert!(third.text().contains("20 of 120 numbers"));
        assert_eq!(link(&third, "next"), None);
        let mut all: Vec<String> = [&first, &second, &third].into_iter().flat_map(numbers).collect();
        let read = all.clone();
        all.sort_unstable();
        all.dedup();
        assert_eq!((all.len(), all), (120, read), "every number once, in order");
        let back = admin.get(&link(&third, "prev").unwrap()).await.ok();
        assert_eq!(numbers(&back), numbers(&second));
        let front = admin.get(&link(&back, "prev").unwrap()).await.ok();
        assert_eq!(numbers(&front), numbers(&first));
        assert_eq!(link(&front, "prev"), None);
        assert!(link(&front, "next").is_some());
    }

    async fn it_filters_by_status_and_searches_numbers_and_labels(app: TestApp) {
        let ids = add(&app, "313", 1_000, 60, 20).await;
        let fall = draft(&app, "Fall GOTV").await;
        reserve(&app, fall, &[("313", 55)]).await;
        let admin = app.sign_in(Role::Admin).await;
        admin.submit(&format!("{PAGE}/{}/label", ids[0]), &[("label", "Front desk")]).await.ok();
        change(&app, &ids[58..], Change::Cordon(app.app().clock.now()), None).await;
        let page = |query: &str| {
            let (admin, path) = (admin.clone(), format!("{PAGE}/area/313?{query}"));
            async move { admin.get(&path).await.ok() }
        };
        assert_eq!(numbers(&page("status=available").await).len(), 5);
        let reserved = page("status=reserved").await;
        assert!(reserved.text().contains("50 of 55 numbers"));
        let next = reserved.attribute(".pages a[rel=next]", "href").unwrap();
        assert_eq!(numbers(&admin.get(&next).await.ok()).len(), 5, "the filter stays when one turns the page");
        assert_eq!(numbers(&page("status=cordoned").await).len(), 2);
        assert_eq!(numbers(&page("q=desk").await), ["(313) 555-1000"]);
        assert_eq!(numbers(&page("q=555-1042").await), ["(313) 555-1042"]);
        assert_eq!(numbers(&page("q=desk&status=available").await), Vec::<String>::new());
        assert!(page("q=nothing").await.text().contains("No number in 313 Detroit, MI passes this search."));
        let odd = page("status=idle&after=x").await;
        assert_eq!((odd.all(".notice-warning").len(), numbers(&odd).len()), (2, 50));
    }
}
