//! What is predicted while somebody types, before anything is saved.

use numberbank::access::Role;

use super::{by_code, campaign, figures, form, held, save, send, stock};
use crate::both;
use crate::campaigns::id_of;
use crate::support::{Answer, Client};

/// Sends the form as htmx does while somebody types.
async fn typing(client: &Client, origin: &str, url: &str, fields: &[(String, String)]) -> Answer {
    let request = client
        .request(reqwest::Method::POST, &format!("{url}/area-codes/prediction"))
        .header("Origin", origin)
        .header("HX-Request", "true")
        .header("HX-Target", "outcome")
        .form(fields);
    client.send(request).await
}

both! {
    async fn typing_changes_the_prediction_and_saves_nothing(app: TestApp) {
        stock(&app, &[("313", 12), ("248", 9), ("947", 3)]).await;
        let admin = app.sign_in(Role::Admin).await;
        let url = campaign(&admin, "Fall GOTV", &[("313", 2_000), ("248", 1_400), ("947", 200)]).await;
        save(&admin, &url, &[("313", "10")]).await.ok();
        let page = admin.get(&format!("{url}/area-codes")).await.ok();
        // 2,000 on ten numbers, and 1,600 from elsewhere on them too.
        assert_eq!(figures(&page), ["3,600", "10 of 18", "55 %", "360"]);
        assert_eq!(page.all("#load-313"), ["360"]);
        let typed = form(&page, &[("248", "8"), ("313", "11")], ("action", "save"));
        let fragment = typing(&admin, app.base(), &url, &typed).await.ok();
        assert!(fragment.body().trim_start().starts_with("<div class=\"stack\" id=\"outcome\""), "{}", fragment.body());
        let text = fragment.text();
        assert!(text.contains("Predicted for what you typed: 19 numbers. Nothing is saved yet."), "{text}");
        assert!(text.contains("Can start as it is."), "{text}");
        // 248 carries its overlay: 1,600 on eight.
        assert_eq!(fragment.all("#figures dd"), ["3,600", "19 of 18", "94 %", "200"]);
        assert_eq!(fragment.attribute("#figures", "hx-swap-oob").as_deref(), Some("true"));
        assert_eq!((fragment.all("#load-313"), fragment.all("#load-248")), (vec!["182".into()], vec!["200".into()]));
        assert!(fragment.all("#why-248")[0].ends_with("8 numbers for 1,400 contacts; carries its overlay 947 too"));
        assert_eq!(fragment.all("#why-947"), ["left out: its overlay 248 carries it"]);
        // What cannot be read yet counts as it was; nobody is told off while typing.
        let half = form(&page, &[("248", ""), ("313", "x")], ("action", "save"));
        let fragment = typing(&admin, app.base(), &url, &half).await.ok();
        assert_eq!(fragment.all("#figures dd"), ["3,600", "10 of 18", "55 %", "360"]);
        assert_eq!(held(&app, id_of(&url)).await, by_code(&[("313", 10)]));

        // Without scripts a button does it, and keeps what was typed.
        let predicted = form(&page, &[("248", "8"), ("313", "11")], ("action", "predict"));
        let page = send(&admin, &url, &predicted).await.ok();
        assert_eq!(figures(&page), ["3,600", "19 of 18", "94 %", "200"]);
        assert_eq!(page.attribute("#field-numbers-248", "value").as_deref(), Some("8"));
        assert!(page.text().contains("Nothing is saved yet."));
        assert_eq!(held(&app, id_of(&url)).await, by_code(&[("313", 10)]));
        let again = form(&page, &[], ("action", "save"));
        let page = send(&admin, &url, &again).await.ok();
        assert!(page.text().contains("Saved: 19 numbers are reserved."), "{}", page.text());
        assert_eq!(held(&app, id_of(&url)).await, by_code(&[("248", 8), ("313", 11)]));
        let wrong = form(&page, &[("313", "1.5")], ("action", "predict"));
        let page = send(&admin, &url, &wrong).await.is(422);
        assert_eq!(page.attribute("#field-numbers-313", "value").as_deref(), Some("1.5"));
    }

    async fn what_it_would_cost_is_what_the_carrier_asks(app: TestApp) {
        // Bought when numbers were cheap; what is missing costs what the carrier asks today.
        stock(&app, &[("313", 2)]).await;
        app.sql("UPDATE owned_phone_number SET monthly_price = 10000").await;
        app.sql("UPDATE number_count SET monthly_cost = 20000").await;
        let admin = app.sign_in(Role::Admin).await;
        let url = campaign(&admin, "Fall GOTV", &[("313", 1_000)]).await;
        let page = admin.get(&format!("{url}/area-codes")).await.ok();
        assert!(page.text().contains("Ask for 3 numbers · $3.45 a month"), "{}", page.text());
    }
}
