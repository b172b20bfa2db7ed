//! A status is a sentence of the database and a function of the program: they must agree on every number there can
//! be.

use diesel::connection::SimpleConnection;
use numberbank::access::Role;
use numberbank::db::DbError;
use numberbank::kernel::ids::{CampaignId, NumberId, ServiceId};
use numberbank::kernel::text_enum::TextEnum;
use numberbank::numbers::{self, Filter, Status};

use super::stock::{draft, owner};
use crate::both;

/// One number for every combination of facts the schema admits: how it is held, its service, its rest, its cordon,
/// its leaving, its loss.
fn every_number(organization: &str, campaign: CampaignId, service: ServiceId) -> Vec<String> {
    let mut rows = Vec::new();
    let at = |there: bool| if there { "'2026-11-01 12:00:00'" } else { "NULL" };
    for hold in ["", "reserved", "in_use"] {
        for bits in 0..32u32 {
            let fact = |bit: u32| bits & (1 << bit) != 0;
            if !hold.is_empty() && fact(1) {
                continue; // A held number never rests: a CHECK.
            }
            let held =
                if hold.is_empty() { "NULL, NULL".to_owned() } else { format!("'{campaign}', '{hold}'") };
            let pool = if fact(0) { format!("'{service}'") } else { "NULL".to_owned() };
            let line = rows.len();
            rows.push(format!(
                "('{}', '{organization}', 'fakeservice', 'our-city', 'PN{line}', '+1313555{line:04}', '313', 'local', \
                 1150000, '2026-08-01 12:00:00', '2026-12-01', {held}, {pool}, {}, {}, {}, {})",
                NumberId::new(),
                at(fact(1)),
                at(fact(2)),
                at(fact(3)),
                at(fact(4)),
            ));
        }
    }
    rows
}

both! {
    async fn filters_find_exactly_the_numbers_of_a_status(app: TestApp) {
        let organization = owner(&app).await.organization_id();
        let (campaign, service) = (draft(&app, "Fall GOTV").await, ServiceId::new());
        let rows = every_number(organization.as_str(), campaign, service);
        let total = rows.len();
        assert_eq!(total, 32 + 16 + 16);
        let insert = format!(
            "INSERT INTO messaging_service (id, organization_id, service, carrier_account, name, origin, room, created_at)
             VALUES ('{service}', '{organization}', 'fakeservice', 'our-city', 'Pool', 'made', 400, '2026-08-01 12:00:00');
             INSERT INTO owned_phone_number (id, organization_id, service, carrier_account, service_id, phone_number,
                area_code, kind, monthly_price, bought_at, renews_on, campaign_id, hold, messaging_service_id,
                resting_until, cordoned_at, leaving_at, lost_at) VALUES {}",
            rows.join(", "),
        );
        app.write(move |tx| Ok(tx.batch_execute(&insert).map_err(DbError::from)?)).await;
        let mut found = 0;
        for status in Status::ALL {
            let filter = Filter { status: Some(*status), ..Filter::default() };
            let of_status = app
                .app()
                .db
                .read(move |conn| {
                    let counted = numbers::how_many(conn, organization, &filter)?;
                    let listed = numbers::list(conn, organization, &filter, 1_000)?;
                    assert_eq!(usize::try_from(counted.count).unwrap(), listed.len());
                    Ok::<_, DbError>(listed)
                })
                .await
                .unwrap();
            assert!(!of_status.is_empty(), "{status}");
            for number in &of_status {
                assert_eq!(number.facts.status(), *status, "{:?}", number.facts);
            }
            found += of_status.len();
        }
        assert_eq!(found, total, "every number has one status");
        let counted = app
            .app()
            .db
            .read(move |conn| numbers::count_all(conn, organization, "fakeservice"))
            .await
            .unwrap();
        assert_eq!(counted.iter().map(numbers::Count::total).sum::<i64>(), i64::try_from(total).unwrap());
        app.sign_in(Role::Admin).await.get("/o/our-city/phone-numbers/area/313").await.ok();
    }
}
