//! Invitations in the database.

use diesel::prelude::*;

use crate::access::role::Role;
use crate::db::schema::{invitation, membership, organization, person};
use crate::db::{Conn, DbResult, Tx};
use crate::kernel::Moment;
use crate::kernel::ids::{InvitationId, OrganizationId, PersonId};
use crate::load_for_update;

/// An invitation as its link finds it.
#[derive(Debug, Clone, Queryable)]
pub(super) struct Row {
    pub(super) id: InvitationId,
    pub(super) organization: OrganizationId,
    pub(super) organization_name: String,
    pub(super) slug: String,
    pub(super) email: String,
    pub(super) role: Role,
    pub(super) invited_by: String,
    pub(super) expires_at: Moment,
    pub(super) accepted_at: Option<Moment>,
    pub(super) withdrawn_at: Option<Moment>,
}

pub(super) fn by_token(conn: &mut Conn, token_hash: &str) -> DbResult<Option<Row>> {
    Ok(invitation::table
        .inner_join(organization::table)
        .inner_join(person::table)
        .filter(invitation::token_hash.eq(token_hash))
        .select((
            invitation::id,
            invitation::organization_id,
            organization::name,
            organization::slug,
            invitation::email,
            invitation::role,
            person::name,
            invitation::expires_at,
            invitation::accepted_at,
            invitation::withdrawn_at,
        ))
        .first(conn)
        .optional()?)
}

/// Nobody else accepts or withdraws it until the transaction ends.
pub(super) fn lock(tx: &mut Tx, token_hash: &str) -> DbResult<()> {
    let _: Vec<InvitationId> = load_for_update!(
        &mut **tx,
        invitation::table.filter(invitation::token_hash.eq(token_hash)).select(invitation::id)
    )?;
    Ok(())
}

/// An invitation nobody has taken up yet.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct OpenInvitation {
    /// Its id.
    pub id: InvitationId,
    /// Who is invited.
    pub email: String,
    /// As what.
    pub role: Role,
    /// Who invited them.
    pub inviter: PersonId,
    /// Their name.
    pub invited_by: String,
    /// Until when its link holds; it may be over.
    pub expires_at: Moment,
}

pub(super) fn open(conn: &mut Conn, organization: OrganizationId) -> DbResult<Vec<OpenInvitation>> {
    Ok(invitation::table
        .inner_join(person::table)
        .filter(invitation::organization_id.eq(organization))
        .filter(invitation::accepted_at.is_null())
        .filter(invitation::withdrawn_at.is_null())
        .order((invitation::created_at, invitation::id))
        .select((
            invitation::id,
            invitation::email,
            invitation::role,
            invitation::invited_by,
            person::name,
            invitation::expires_at,
        ))
        .load(conn)?)
}

pub(super) fn withdraw(
    tx: &mut Tx,
    organization: OrganizationId,
    id: InvitationId,
    now: Moment,
) -> DbResult<Option<String>> {
    Ok(diesel::update(
        invitation::table
            .filter(invitation::id.eq(id))
            .filter(invitation::organization_id.eq(organization))
            .filter(invitation::accepted_at.is_null())
            .filter(invitation::withdrawn_at.is_null()),
    )
    .set(invitation::withdrawn_at.eq(now))
    .returning(invitation::email)
    .get_result(&mut **tx)
    .optional()?)
}

/// Withdraws the open ones of an address, so that another may take their place.
pub(super) fn withdraw_of(
    tx: &mut Tx,
    organization: OrganizationId,
    email: &str,
    now: Moment,
) -> DbResult<Vec<InvitationId>> {
    Ok(diesel::update(
        invitation::table
            .filter(invitation::organization_id.eq(organization))
            .filter(invitation::email.eq(email))
            .filter(invitation::accepted_at.is_null())
            .filter(invitation::withdrawn_at.is_null()),
    )
    .set(invitation::withdrawn_at.eq(now))
    .returning(invitation::id)
    .get_results(&mut **tx)?)
}

/// Withdraws the open ones that somebody made.
pub(super) fn withdraw_by(
    tx: &mut Tx,
    organization: OrganizationId,
    invited_by: PersonId,
    now: Moment,
) -> DbResult<Vec<(InvitationId, String)>> {
    Ok(diesel::update(
        invitation::table
            .filter(invitation::organization_id.eq(organization))
            .filter(invitation::invited_by.eq(invited_by))
            .filter(invitation::accepted_at.is_null())
            .filter(invitation::withdrawn_at.is_null()),
    )
    .set(invitation::withdrawn_at.eq(now))
    .returning((invitation::id, invitation::email))
    .get_results(&mut **tx)?)
}

/// A row to write.
pub(super) struct NewRow<'a> {
    pub(super) organization: OrganizationId,
    pub(super) email: &'a str,
    pub(super) role: Role,
    pub(super) token_hash: &'a str,
    pub(super) invited_by: PersonId,
    pub(super) now: Moment,
    pub(super) expires_at: Moment,
}

pub(super) fn insert(tx: &mut Tx, new: &NewRow<'_>) -> DbResult<InvitationId> {
    let id = InvitationId::new();
    diesel::insert_into(invitation::table)
        .values((
            invitation::id.eq(id),
            invitation::organization_id.eq(new.organization),
            invitation::email.eq(new.email),
            invitation::role.eq(new.role),
            invitation::token_hash.eq(new.token_hash),
            invitation::invited_by.eq(new.invited_by),
            invitation::created_at.eq(new.now),
            invitation::expires_at.eq(new.expires_at),
        ))
        .execute(&mut **tx)?;
    Ok(id)
}

pub(super) fn accept(tx: &mut Tx, id: InvitationId, person: PersonId, now: Moment) -> DbResult<()> {
    diesel::update(invitation::table.find(id))
        .set((invitation::accepted_at.eq(now), invitation::accepted_by.eq(person)))
        .execute(&mut **tx)?;
    Ok(())
}

/// What the person with this address is in an organization, if they are a member.
pub(super) fn role_of(conn: &mut Conn, organization: OrganizationId, email: &str) -> DbResult<Option<Role>> {
    Ok(membership::table
        .inner_join(person::table)
        .filter(membership::organization_id.eq(organization))
        .filter(person::email.eq(email))
        .select(membership::role)
        .first(conn)
        .optional()?)
}
