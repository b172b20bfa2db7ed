//! The rows of `charge` and `assignment`.

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Date, Text};

use super::model::{Assignment, Basis, Charge};
use crate::db::dialect::sum_big;
use crate::db::schema::{assignment, charge};
use crate::db::{Conn, DbResult, Tx};
use crate::kernel::ids::{AssignmentId, CampaignId, ChargeId, NumberId, OrganizationId};
use crate::kernel::{Micros, Moment};
use crate::on_each;

/// SQLite takes 32,766 bound values a statement; an assignment has five, a charge seven.
const ROWS_AT_ONCE: usize = 4_000;

#[derive(Insertable)]
#[diesel(table_name = charge)]
#[diesel(treat_none_as_default_value = false)]
struct NewCharge {
    id: ChargeId,
    organization_id: OrganizationId,
    number_id: NumberId,
    period_start: NaiveDate,
    period_end: NaiveDate,
    amount: Micros,
    basis: Basis,
}

/// A column an array: thousands of rows are seven values to PostgreSQL, and not as many to be parsed.
const INSERT_CHARGES: &str = "\
    INSERT INTO charge (id, organization_id, number_id, period_start, period_end, amount, basis) \
    SELECT * FROM UNNEST($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (number_id, period_start) DO NOTHING";

/// Inserts charges; a number that is charged for that day already keeps the charge it has.
pub(super) fn insert_charges(tx: &mut Tx, new: &[(OrganizationId, Charge)]) -> DbResult<()> {
    match &mut **tx {
        Conn::Postgres(conn) => {
            let of = |(_, charge): &(_, Charge)| *charge;
            diesel::sql_query(INSERT_CHARGES)
                .bind::<Array<Text>, _>(new.iter().map(|one| of(one).id).collect::<Vec<_>>())
                .bind::<Array<Text>, _>(new.iter().map(|(organization, _)| *organization).collect::<Vec<_>>())
                .bind::<Array<Text>, _>(new.iter().map(|one| of(one).number_id).collect::<Vec<_>>())
                .bind::<Array<Date>, _>(new.iter().map(|one| of(one).period_start).collect::<Vec<_>>())
                .bind::<Array<Date>, _>(new.iter().map(|one| of(one).period_end).collect::<Vec<_>>())
                .bind::<Array<BigInt>, _>(new.iter().map(|one| of(one).amount).collect::<Vec<_>>())
                .bind::<Array<Text>, _>(new.iter().map(|one| of(one).basis).collect::<Vec<_>>())
                .execute(conn)?;
        }
        Conn::Sqlite(conn) => {
            for some in new.chunks(ROWS_AT_ONCE) {
                let rows: Vec<NewCharge> = some
                    .iter()
                    .map(|(organization_id, charge)| NewCharge {
                        id: charge.id,
                        organization_id: *organization_id,
                        number_id: charge.number_id,
                        period_start: charge.period_start,
                        period_end: charge.period_end,
                        amount: charge.amount,
                        basis: charge.basis,
                    })
                    .collect();
                diesel::insert_into(charge::table)
                    .values(&rows)
                    .on_conflict((charge::number_id, charge::period_start))
                    .do_nothing()
                    .execute(conn)?;
            }
        }
    }
    Ok(())
}

#[derive(Insertable)]
#[diesel(table_name = assignment)]
struct NewAssignment {
    id: AssignmentId,
    organization_id: OrganizationId,
    number_id: NumberId,
    campaign_id: CampaignId,
    started_at: Moment,
}

pub(super) fn insert_assignments(
    tx: &mut Tx,
    organization: OrganizationId,
    campaign: CampaignId,
    numbers: &[NumberId],
    now: Moment,
) -> DbResult<()> {
    let rows: Vec<NewAssignment> = numbers
        .iter()
        .map(|&number_id| NewAssignment {
            id: AssignmentId::new(),
            organization_id: organization,
            number_id,
            campaign_id: campaign,
            started_at: now,
        })
        .collect();
    for rows in rows.chunks(ROWS_AT_ONCE) {
        on_each!(**tx, conn => diesel::insert_into(assignment::table).values(rows).execute(conn))?;
    }
    Ok(())
}

pub(super) fn close_assignments(
    tx: &mut Tx,
    organization: OrganizationId,
    numbers: &[NumberId],
    now: Moment,
) -> DbResult<()> {
    diesel::update(
        assignment::table
            .filter(assignment::organization_id.eq(organization))
            .filter(assignment::number_id.eq_any(numbers.to_vec()))
            .filter(assignment::ended_at.is_null()),
    )
    .set(assignment::ended_at.eq(now))
    .execute(&mut **tx)?;
    Ok(())
}

pub(super) fn charges_of(
    conn: &mut Conn,
    organization: OrganizationId,
    number: NumberId,
) -> DbResult<Vec<Charge>> {
    let rows: Vec<_> = charge::table
        .filter(charge::organization_id.eq(organization))
        .filter(charge::number_id.eq(number))
        .order(charge::period_start.desc())
        .select((
            charge::id,
            charge::number_id,
            charge::period_start,
            charge::period_end,
            charge::amount,
            charge::basis,
        ))
        .load(conn)?;
    Ok(rows
        .into_iter()
        .map(|(id, number_id, period_start, period_end, amount, basis)| Charge {
            id,
            number_id,
            period_start,
            period_end,
            amount,
            basis,
        })
        .collect())
}

pub(super) fn first_day(conn: &mut Conn, organization: OrganizationId) -> DbResult<Option<NaiveDate>> {
    Ok(charge::table
        .filter(charge::organization_id.eq(organization))
        .select(diesel::dsl::min(charge::period_start))
        .first(conn)?)
}

pub(super) fn charged(
    conn: &mut Conn,
    organization: OrganizationId,
    from: NaiveDate,
    until: NaiveDate,
) -> DbResult<Micros> {
    let sum: i64 = charge::table
        .filter(charge::organization_id.eq(organization))
        .filter(charge::period_start.ge(from))
        .filter(charge::period_start.lt(until))
        .select(sum_big("charge.amount"))
        .get_result(conn)?;
    Ok(Micros::new(sum))
}

pub(super) fn assignments_of(
    conn: &mut Conn,
    organization: OrganizationId,
    number: NumberId,
) -> DbResult<Vec<Assignment>> {
    let rows: Vec<_> = assignment::table
        .filter(assignment::organization_id.eq(organization))
        .filter(assignment::number_id.eq(number))
        .order(assignment::started_at)
        .select((
            assignment::number_id,
            assignment::campaign_id,
            assignment::started_at,
            assignment::ended_at,
        ))
        .load(conn)?;
    Ok(rows
        .into_iter()
        .map(|(number_id, campaign_id, started_at, ended_at)| Assignment {
            number_id,
            campaign_id,
            started_at,
            ended_at,
        })
        .collect())
}
