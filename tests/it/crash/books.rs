//! Three books: our inventory, our ledger, and what the carrier has. They must say the same.

use std::collections::{BTreeMap, BTreeSet};

use diesel::sql_types::{BigInt, Date, Nullable, Text, Timestamp};
use diesel::{QueryableByName, RunQueryDsl};
use numberbank::access::{Role, SeeNumbers};
use numberbank::db::DbError;
use numberbank::error::AppError;
use numberbank::kernel::clock::next_month;
use numberbank::ledger::model::worth_of_days;
use numberbank::numbers;

use crate::support::TestApp;

#[derive(QueryableByName, Debug)]
struct Held {
    #[diesel(sql_type = Text)]
    service_id: String,
    #[diesel(sql_type = Text)]
    phone_number: String,
    #[diesel(sql_type = BigInt)]
    released: i64,
    #[diesel(sql_type = Nullable<Text>)]
    pool: Option<String>,
    #[diesel(sql_type = BigInt)]
    in_use: i64,
    #[diesel(sql_type = BigInt)]
    assigned: i64,
}

const HELD: &str = "SELECT n.service_id, n.phone_number, \
    CAST(CASE WHEN n.released_at IS NULL THEN 0 ELSE 1 END AS BIGINT) AS released, s.service_sid AS pool, \
    CAST(CASE WHEN n.hold = 'in_use' THEN 1 ELSE 0 END AS BIGINT) AS in_use, \
    (SELECT COUNT(*) FROM assignment a WHERE a.number_id = n.id AND a.ended_at IS NULL) AS assigned \
    FROM owned_phone_number n LEFT JOIN messaging_service s ON s.id = n.messaging_service_id";

#[derive(QueryableByName)]
struct Charged {
    #[diesel(sql_type = Text)]
    service_id: String,
    #[diesel(sql_type = Date)]
    day: chrono::NaiveDate,
    #[diesel(sql_type = BigInt)]
    amount: i64,
}

const CHARGED: &str = "SELECT n.service_id, c.period_start AS day, c.amount AS amount FROM charge c \
    JOIN owned_phone_number n ON n.id = c.number_id";

#[derive(QueryableByName)]
struct Adopted {
    #[diesel(sql_type = Text)]
    service_id: String,
    #[diesel(sql_type = Timestamp)]
    at: chrono::NaiveDateTime,
}

const ADOPTED: &str = "SELECT n.service_id, MIN(e.at) AS at FROM number_event e \
    JOIN owned_phone_number n ON n.id = e.number_id WHERE e.kind = 'adopted' GROUP BY n.service_id";

#[derive(QueryableByName)]
struct Job {
    #[diesel(sql_type = Text)]
    kind: String,
}

/// Says where the books differ; nothing is left half done.
pub async fn compare(app: &TestApp) -> Result<(), String> {
    let by = app.allowed::<SeeNumbers>(Role::Owner).await;
    let (held, charged, adopted, jobs, counts, counted) = app
        .app()
        .db
        .read(move |conn| {
            let organization = by.organization_id();
            let counts = numbers::counts(conn, organization, None)?;
            Ok::<_, AppError>((
                diesel::sql_query(HELD).load::<Held>(conn).map_err(DbError::from)?,
                diesel::sql_query(CHARGED).load::<Charged>(conn).map_err(DbError::from)?,
                diesel::sql_query(ADOPTED).load::<Adopted>(conn).map_err(DbError::from)?,
                diesel::sql_query("SELECT kind FROM job_request WHERE status IN ('queued', 'running')")
                    .load::<Job>(conn)
                    .map_err(DbError::from)?,
                counts.into_iter().filter(|count| count.total() > 0).collect::<Vec<_>>(),
                numbers::count_all(conn, organization, &by.organization().service)?,
            ))
        })
        .await
        .unwrap();
    let world = app.books();

    let id_of = |id: &str, number: &str| (id.to_owned(), number.to_owned());
    let ours = |released: i64| {
        let of = held.iter().filter(move |one| one.released == released);
        of.map(|one| id_of(&one.service_id, &one.phone_number)).collect::<BTreeSet<_>>()
    };
    let owned: BTreeSet<_> =
        world.numbers.iter().map(|one| id_of(one.id.as_str(), &one.phone_number.to_string())).collect();
    let gone: BTreeSet<_> =
        world.released.iter().map(|(one, _)| id_of(one.id.as_str(), &one.phone_number.to_string())).collect();
    same("numbers", &ours(0), &owned)?;
    same("released numbers", &ours(1), &gone)?;
    if held.len() != world.sales() {
        return Err(format!("we know of {} sales, the carrier of {}", held.len(), world.sales()));
    }

    let in_pools: BTreeSet<_> = held
        .iter()
        .filter(|one| one.released == 0)
        .filter_map(|one| Some(id_of(&one.service_id, one.pool.as_deref()?)))
        .collect();
    let members: BTreeSet<_> = world
        .members
        .iter()
        .flat_map(|(pool, members)| members.iter().map(|one| id_of(one.as_str(), pool.as_str())))
        .collect();
    same("members of messaging services", &in_pools, &members)?;

    for one in &held {
        if one.assigned != one.in_use {
            return Err(format!(
                "{} is in use {} times and assigned {} times",
                one.phone_number, one.in_use, one.assigned
            ));
        }
    }
    // What was adopted is charged from its adoption on: the days left of the month that the carrier charged before.
    let adopted_on = |id: &str| adopted.iter().find(|one| one.service_id == id).map(|one| one.at.date());
    let theirs = world.charges.iter().filter_map(|one| {
        let (id, month) = (one.number.as_str().to_owned(), (one.day, next_month(one.day)));
        match adopted_on(&id) {
            None => Some((id, one.day, one.amount.get())),
            Some(day) if day >= month.1 => None,
            Some(day) if day > month.0 => {
                let (gone, days) = ((day - month.0).num_days(), (month.1 - month.0).num_days());
                Some((id, day, (one.amount - worth_of_days(one.amount, gone, days)).get()))
            }
            Some(_) => Some((id, one.day, one.amount.get())),
        }
    });
    let charges = by_number(charged.iter().map(|one| (one.service_id.clone(), one.day, one.amount)));
    let billed = by_number(theirs);
    same("charges", &charges, &billed)?;

    if counts != counted {
        return Err(format!("the counts say {counts:?}, the numbers {counted:?}"));
    }
    if !jobs.is_empty() {
        return Err(format!("left open: {:?}", jobs.iter().map(|job| &job.kind).collect::<Vec<_>>()));
    }
    Ok(())
}

/// A charge may be there twice: as a set that would not show.
fn by_number(
    charges: impl Iterator<Item = (String, chrono::NaiveDate, i64)>,
) -> BTreeSet<(String, chrono::NaiveDate, i64, usize)> {
    let mut seen: BTreeMap<_, usize> = BTreeMap::new();
    charges
        .map(|(number, day, amount)| {
            let times = seen.entry((number.clone(), day)).or_default();
            *times += 1;
            (number, day, amount, *times)
        })
        .collect()
}

fn same<T: Ord + std::fmt::Debug>(
    what: &str,
    ours: &BTreeSet<T>,
    theirs: &BTreeSet<T>,
) -> Result<(), String> {
    let (only_ours, only_theirs): (Vec<_>, Vec<_>) =
        (ours.difference(theirs).collect(), theirs.difference(ours).collect());
    if only_ours.is_empty() && only_theirs.is_empty() {
        return Ok(());
    }
    Err(format!("{what}: only we have {only_ours:?}, only the carrier has {only_theirs:?}"))
}
