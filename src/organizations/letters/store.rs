//! The rows of `said_once` and `letter_refusal`.

use diesel::prelude::*;

use crate::db::schema::{letter_refusal, said_once};
use crate::db::{Conn, DbResult, Tx};
use crate::kernel::Moment;
use crate::kernel::ids::{OrganizationId, PersonId};
use crate::on_each;

pub(super) fn say_once(
    tx: &mut Tx,
    organization: OrganizationId,
    about: &str,
    now: Moment,
) -> DbResult<bool> {
    let row =
        (said_once::organization_id.eq(organization), said_once::about.eq(about), said_once::said_at.eq(now));
    let inserted = on_each!(**tx, conn => diesel::insert_into(said_once::table)
        .values(row)
        .on_conflict((said_once::organization_id, said_once::about))
        .do_nothing()
        .execute(conn))?;
    Ok(inserted == 1)
}

pub(super) fn refusing(conn: &mut Conn, organization: OrganizationId) -> DbResult<Vec<PersonId>> {
    Ok(letter_refusal::table
        .filter(letter_refusal::organization_id.eq(organization))
        .select(letter_refusal::person_id)
        .load(conn)?)
}

pub(super) fn refuse(
    tx: &mut Tx,
    organization: OrganizationId,
    person: PersonId,
    now: Moment,
) -> DbResult<()> {
    let row = (
        letter_refusal::organization_id.eq(organization),
        letter_refusal::person_id.eq(person),
        letter_refusal::refused_at.eq(now),
    );
    on_each!(**tx, conn => diesel::insert_into(letter_refusal::table)
        .values(row)
        .on_conflict((letter_refusal::organization_id, letter_refusal::person_id))
        .do_nothing()
        .execute(conn))?;
    Ok(())
}

pub(super) fn accept(tx: &mut Tx, organization: OrganizationId, person: PersonId) -> DbResult<()> {
    diesel::delete(
        letter_refusal::table
            .filter(letter_refusal::organization_id.eq(organization))
            .filter(letter_refusal::person_id.eq(person)),
    )
    .execute(&mut **tx)?;
    Ok(())
}
