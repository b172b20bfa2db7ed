//! The rows of `mail_message`.

use std::collections::BTreeMap;

use diesel::prelude::*;

use super::{Letter, MailStatus, Mailed};
use crate::db::schema::mail_message as m;
use crate::db::{Conn, DbResult, Tx};
use crate::kernel::Moment;
use crate::kernel::ids::MailId;

/// A letter on its way.
#[derive(Debug, Clone, Queryable)]
pub(super) struct Waiting {
    pub(super) recipient: String,
    pub(super) sealed: Option<String>,
    pub(super) useful_until: Moment,
}

pub(super) fn insert(tx: &mut Tx, id: MailId, letter: &Letter, sealed: &str, now: Moment) -> DbResult<()> {
    diesel::insert_into(m::table)
        .values((
            m::id.eq(id),
            m::organization_id.eq(letter.organization),
            m::about.eq(&letter.about),
            m::recipient.eq(&letter.to),
            m::sealed.eq(sealed),
            m::status.eq(MailStatus::Waiting),
            m::created_at.eq(now),
            m::useful_until.eq(letter.useful_until),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// `None` when it was sent, given up, dropped or forgotten.
pub(super) fn waiting(conn: &mut Conn, id: MailId) -> DbResult<Option<Waiting>> {
    Ok(m::table
        .find(id)
        .filter(m::status.eq(MailStatus::Waiting))
        .select((m::recipient, m::sealed, m::useful_until))
        .first(conn)
        .optional()?)
}

/// Says why it was not sent yet.
pub(super) fn say(tx: &mut Tx, id: MailId, words: &str) -> DbResult<()> {
    diesel::update(m::table.find(id).filter(m::status.eq(MailStatus::Waiting)))
        .set(m::words.eq(words))
        .execute(&mut **tx)?;
    Ok(())
}

/// It is over: what it said is erased.
pub(super) fn end(
    tx: &mut Tx,
    id: MailId,
    status: MailStatus,
    words: Option<&str>,
    now: Moment,
) -> DbResult<()> {
    diesel::update(m::table.find(id).filter(m::status.eq(MailStatus::Waiting)))
        .set((m::status.eq(status), m::sealed.eq(None::<String>), m::words.eq(words), m::ended_at.eq(now)))
        .execute(&mut **tx)?;
    Ok(())
}

pub(super) fn drop_about(tx: &mut Tx, about: &[String], now: Moment) -> DbResult<()> {
    diesel::update(
        m::table.filter(m::about.eq_any(about.to_vec())).filter(m::status.eq(MailStatus::Waiting)),
    )
    .set((
        m::status.eq(MailStatus::Dropped),
        m::sealed.eq(None::<String>),
        m::words.eq(None::<String>),
        m::ended_at.eq(now),
    ))
    .execute(&mut **tx)?;
    Ok(())
}

type Row = (String, String, MailStatus, Option<String>, Moment, Option<Moment>);

pub(super) fn about(conn: &mut Conn, about: &[String]) -> DbResult<BTreeMap<String, Mailed>> {
    let rows: Vec<Row> = m::table
        .filter(m::about.eq_any(about.to_vec()))
        .order(m::id)
        .select((m::about, m::recipient, m::status, m::words, m::created_at, m::ended_at))
        .load(conn)?;
    // The ids are in the order of their making: the last one of a thing stays.
    Ok(rows
        .into_iter()
        .map(|(about, to, status, words, created_at, ended_at)| {
            let at = ended_at.unwrap_or(created_at);
            (about, Mailed { to, status, words: words.unwrap_or_default(), at })
        })
        .collect())
}

pub(super) fn forget_ended(tx: &mut Tx, before: Moment) -> DbResult<usize> {
    Ok(diesel::delete(m::table.filter(m::ended_at.lt(before))).execute(&mut **tx)?)
}
