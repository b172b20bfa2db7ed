//! The rows of `api_token`.

use chrono::TimeDelta;
use diesel::prelude::*;

use crate::db::schema::{api_token, person};
use crate::db::{Conn, DbResult, Tx};
use crate::kernel::Moment;
use crate::kernel::ids::{ApiTokenId, OrganizationId, PersonId};

/// A token as people see it: never the token itself.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct ApiToken {
    /// Its id.
    pub id: ApiTokenId,
    /// What it is for.
    pub name: String,
    /// Its first characters.
    pub hint: String,
    /// Who made it.
    pub made_by: String,
    /// When.
    pub made_at: Moment,
    /// When it was last used, to the minute.
    pub used_at: Option<Moment>,
    /// Since when nothing is answered to it.
    pub revoked_at: Option<Moment>,
}

#[derive(Insertable)]
#[diesel(table_name = api_token)]
pub(super) struct NewToken<'a> {
    pub(super) id: ApiTokenId,
    pub(super) organization_id: OrganizationId,
    pub(super) name: &'a str,
    pub(super) scope: &'a str,
    pub(super) token_hash: &'a str,
    pub(super) hint: &'a str,
    pub(super) made_by: PersonId,
    pub(super) made_at: Moment,
}

pub(super) fn insert(tx: &mut Tx, new: &NewToken<'_>) -> DbResult<()> {
    diesel::insert_into(api_token::table).values(new).execute(&mut **tx)?;
    Ok(())
}

pub(super) fn all(conn: &mut Conn, organization: OrganizationId) -> DbResult<Vec<ApiToken>> {
    Ok(api_token::table
        .inner_join(person::table)
        .filter(api_token::organization_id.eq(organization))
        .order((api_token::made_at.desc(), api_token::id.desc()))
        .select((
            api_token::id,
            api_token::name,
            api_token::hint,
            person::name,
            api_token::made_at,
            api_token::used_at,
            api_token::revoked_at,
        ))
        .load(conn)?)
}

pub(super) fn revoke(tx: &mut Tx, organization: OrganizationId, id: ApiTokenId, now: Moment) -> DbResult<()> {
    diesel::update(api_token::table)
        .filter(api_token::organization_id.eq(organization))
        .filter(api_token::id.eq(id))
        .filter(api_token::revoked_at.is_null())
        .set(api_token::revoked_at.eq(now))
        .execute(&mut **tx)?;
    Ok(())
}

/// A token that holds: whose it is, and when it was last used.
pub(super) fn holding(
    conn: &mut Conn,
    token_hash: &str,
    scope: &str,
) -> DbResult<Option<(ApiTokenId, OrganizationId, Option<Moment>)>> {
    Ok(api_token::table
        .filter(api_token::token_hash.eq(token_hash))
        .filter(api_token::scope.eq(scope))
        .filter(api_token::revoked_at.is_null())
        .select((api_token::id, api_token::organization_id, api_token::used_at))
        .first(conn)
        .optional()?)
}

/// It was used. Written at most once a minute, whatever asks how often.
pub(super) fn used(tx: &mut Tx, id: ApiTokenId, now: Moment) -> DbResult<()> {
    let minute = now - TimeDelta::minutes(1);
    diesel::update(api_token::table.find(id))
        .filter(api_token::used_at.is_null().or(api_token::used_at.le(minute)))
        .set(api_token::used_at.eq(now))
        .execute(&mut **tx)?;
    Ok(())
}

pub(super) fn any(conn: &mut Conn, organization: OrganizationId, scope: &str) -> DbResult<bool> {
    let holding = api_token::table
        .filter(api_token::organization_id.eq(organization))
        .filter(api_token::scope.eq(scope))
        .filter(api_token::revoked_at.is_null());
    Ok(holding.count().get_result::<i64>(conn)? > 0)
}
