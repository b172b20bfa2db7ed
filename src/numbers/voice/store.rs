//! The rows of `voice_request` and `voice_line`, and the voice address of a number.

use diesel::dsl::count_star;
use diesel::prelude::*;

use super::{Line, Outcome, Tally, VoiceRequest};
use crate::db::schema::{owned_phone_number as number, voice_line as line, voice_request as request};
use crate::db::{Conn, DbResult, MultiBackend, Tx};
use crate::kernel::ids::{NumberId, OrganizationId, PersonId, VoiceId};
use crate::kernel::{AreaCode, E164, Moment};
use crate::organizations::connection::Place;
use crate::{load_for_update, on_each};

/// SQLite takes 32,766 bound values a statement; a line has three.
const ROWS_AT_ONCE: usize = 5_000;

type Row = (VoiceId, OrganizationId, Option<String>, PersonId, Moment, Option<Moment>);

fn read((id, organization_id, voice_url, asked_by, asked_at, finished_at): Row) -> VoiceRequest {
    VoiceRequest { id, organization_id, voice_url, asked_by, asked_at, finished_at }
}

pub(super) fn find(
    conn: &mut Conn,
    organization: OrganizationId,
    id: VoiceId,
) -> DbResult<Option<VoiceRequest>> {
    let row: Option<Row> = request::table
        .filter(request::organization_id.eq(organization))
        .filter(request::id.eq(id))
        .first(conn)
        .optional()?;
    Ok(row.map(read))
}

/// The newest request.
pub(super) fn last(conn: &mut Conn, organization: OrganizationId) -> DbResult<Option<VoiceRequest>> {
    let row: Option<Row> = request::table
        .filter(request::organization_id.eq(organization))
        .order((request::asked_at.desc(), request::id.desc()))
        .first(conn)
        .optional()?;
    Ok(row.map(read))
}

/// The newest requests but for this one.
pub(super) fn earlier(conn: &mut Conn, organization: OrganizationId, but: VoiceId) -> DbResult<Vec<VoiceId>> {
    Ok(request::table
        .filter(request::organization_id.eq(organization))
        .filter(request::id.ne(but))
        .order(request::asked_at.desc())
        .select(request::id)
        .limit(5)
        .load(conn)?)
}

fn owned_at<'a>(place: &'a Place) -> number::BoxedQuery<'a, MultiBackend> {
    number::table
        .filter(number::organization_id.eq(place.organization))
        .filter(number::service.eq(&place.service))
        .filter(number::carrier_account.eq(&place.account))
        .filter(number::released_at.is_null())
        .filter(number::lost_at.is_null())
        .filter(number::leaving_at.is_null())
        .into_boxed::<MultiBackend>()
}

/// How many numbers there are, and how many have this address.
pub(super) fn counts(conn: &mut Conn, place: &Place, voice_url: Option<&str>) -> DbResult<(i64, i64)> {
    let owned: i64 = owned_at(place).count().get_result(conn)?;
    let same: i64 = match voice_url {
        Some(url) => owned_at(place).filter(number::voice_url.eq(url)).count().get_result(conn)?,
        None => owned_at(place).filter(number::voice_url.is_null()).count().get_result(conn)?,
    };
    Ok((owned, same))
}

pub(super) fn numbers_at(conn: &mut Conn, place: &Place) -> DbResult<Vec<NumberId>> {
    Ok(owned_at(place).order(number::phone_number).select(number::id).load(conn)?)
}

pub(super) fn insert(
    tx: &mut Tx,
    organization: OrganizationId,
    id: VoiceId,
    voice_url: Option<&str>,
    person: PersonId,
    now: Moment,
) -> DbResult<()> {
    diesel::insert_into(request::table)
        .values((
            request::id.eq(id),
            request::organization_id.eq(organization),
            request::voice_url.eq(voice_url),
            request::asked_by.eq(person),
            request::asked_at.eq(now),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

#[derive(Insertable)]
#[diesel(table_name = line)]
struct NewLine {
    voice_id: VoiceId,
    number_id: NumberId,
    status: Outcome,
}

pub(super) fn insert_lines(tx: &mut Tx, id: VoiceId, numbers: &[NumberId]) -> DbResult<()> {
    let rows: Vec<NewLine> = numbers
        .iter()
        .map(|&number_id| NewLine { voice_id: id, number_id, status: Outcome::Asked })
        .collect();
    for rows in rows.chunks(ROWS_AT_ONCE) {
        on_each!(**tx, conn => diesel::insert_into(line::table).values(rows).execute(conn))?;
    }
    Ok(())
}

/// Ends what earlier requests still wait for.
pub(super) fn replace_open(
    tx: &mut Tx,
    organization: OrganizationId,
    reason: &str,
    now: Moment,
) -> DbResult<()> {
    let open = request::table
        .filter(request::organization_id.eq(organization))
        .filter(request::finished_at.is_null())
        .select(request::id);
    let ids: Vec<VoiceId> = open.load(&mut **tx)?;
    let lines =
        line::table.filter(line::voice_id.eq_any(ids.clone())).filter(line::status.eq(Outcome::Asked));
    diesel::update(lines)
        .set((line::status.eq(Outcome::Failed), line::reason.eq(reason), line::finished_at.eq(now)))
        .execute(&mut **tx)?;
    diesel::update(request::table.filter(request::id.eq_any(ids)))
        .set(request::finished_at.eq(now))
        .execute(&mut **tx)?;
    Ok(())
}

pub(super) fn ask_failed_again(tx: &mut Tx, id: VoiceId) -> DbResult<i64> {
    let failed = line::table.filter(line::voice_id.eq(id)).filter(line::status.eq(Outcome::Failed));
    let again = diesel::update(failed)
        .set((
            line::status.eq(Outcome::Asked),
            line::reason.eq(None::<String>),
            line::provider_code.eq(None::<String>),
            line::finished_at.eq(None::<Moment>),
        ))
        .execute(&mut **tx)?;
    diesel::update(request::table.find(id))
        .set(request::finished_at.eq(None::<Moment>))
        .execute(&mut **tx)?;
    Ok(i64::try_from(again).unwrap_or(i64::MAX))
}

pub(super) fn tally(conn: &mut Conn, id: VoiceId) -> DbResult<Tally> {
    let rows: Vec<(Outcome, i64)> = line::table
        .filter(line::voice_id.eq(id))
        .group_by(line::status)
        .select((line::status, count_star()))
        .load(conn)?;
    let mut tally = Tally::default();
    for (outcome, count) in rows {
        match outcome {
            Outcome::Asked => tally.asked = count,
            Outcome::Done => tally.done = count,
            Outcome::Failed => tally.failed = count,
        }
    }
    Ok(tally)
}

/// The next numbers that the carrier is to be asked for.
pub(super) fn next_asked(
    conn: &mut Conn,
    id: VoiceId,
    after: Option<E164>,
    most: i64,
) -> DbResult<Vec<(NumberId, E164)>> {
    let mut asked = line::table
        .inner_join(number::table)
        .filter(line::voice_id.eq(id))
        .filter(line::status.eq(Outcome::Asked))
        .into_boxed::<MultiBackend>();
    if let Some(after) = after {
        asked = asked.filter(number::phone_number.gt(after));
    }
    Ok(asked
        .order(number::phone_number)
        .select((line::number_id, number::phone_number))
        .limit(most)
        .load(conn)?)
}

/// A slice of a request's numbers: what failed first, then what waits.
pub(super) fn lines(conn: &mut Conn, id: VoiceId, from: i64, most: i64) -> DbResult<Vec<Line>> {
    type Row = (NumberId, E164, AreaCode, Outcome, Option<String>, Option<String>);
    let rows: Vec<Row> = line::table
        .inner_join(number::table)
        .filter(line::voice_id.eq(id))
        // "failed", "done", "asked": backwards by the alphabet.
        .order((line::status.desc(), number::phone_number))
        .offset(from)
        .limit(most)
        .select((
            line::number_id,
            number::phone_number,
            number::area_code,
            line::status,
            line::reason,
            line::provider_code,
        ))
        .load(conn)?;
    Ok(rows
        .into_iter()
        .map(|(number_id, phone_number, area_code, outcome, reason, provider_code)| Line {
            number_id,
            phone_number,
            area_code,
            outcome,
            reason,
            provider_code,
        })
        .collect())
}

/// Settles a line that is still asked; `false` when it was settled before.
pub(super) fn settle(
    tx: &mut Tx,
    id: VoiceId,
    number: NumberId,
    refused: Option<(&str, Option<&str>)>,
    now: Moment,
) -> DbResult<bool> {
    let outcome = if refused.is_none() { Outcome::Done } else { Outcome::Failed };
    let open = line::table
        .filter(line::voice_id.eq(id))
        .filter(line::number_id.eq(number))
        .filter(line::status.eq(Outcome::Asked));
    let changed = diesel::update(open)
        .set((
            line::status.eq(outcome),
            line::reason.eq(refused.map(|(words, _)| words)),
            line::provider_code.eq(refused.and_then(|(_, code)| code)),
            line::finished_at.eq(now),
        ))
        .execute(&mut **tx)?;
    Ok(changed == 1)
}

/// Writes down which address a number has at the carrier.
pub(super) fn write_voice_url(
    tx: &mut Tx,
    organization: OrganizationId,
    id: NumberId,
    voice_url: Option<&str>,
) -> DbResult<()> {
    diesel::update(number::table.filter(number::organization_id.eq(organization)).filter(number::id.eq(id)))
        .set(number::voice_url.eq(voice_url))
        .execute(&mut **tx)?;
    Ok(())
}

/// Marks a request finished when none of its lines is open. It is locked first: two transactions that settle its last
/// two lines side by side do not see each other, and neither would find itself the last.
pub(super) fn finish(tx: &mut Tx, id: VoiceId, now: Moment) -> DbResult<()> {
    let _: Vec<VoiceId> =
        load_for_update!(**tx, request::table.filter(request::id.eq(id)).select(request::id))?;
    let open = line::table.filter(line::voice_id.eq(id)).filter(line::status.eq(Outcome::Asked));
    if !diesel::select(diesel::dsl::exists(open)).get_result::<bool>(&mut **tx)? {
        diesel::update(request::table.find(id).filter(request::finished_at.is_null()))
            .set(request::finished_at.eq(now))
            .execute(&mut **tx)?;
    }
    Ok(())
}
