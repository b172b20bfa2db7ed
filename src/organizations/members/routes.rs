//! `/members`: every change writes its line in the activity log.

use actix_web::web;
use serde::Deserialize;

use super::pages::{LinkPage, MembersPage, RemovePage, invitation_letter, role_choices};
use crate::access::{self, Allowed, Changed, ManageOrganization, Role, Section, Token, WhyReset};
use crate::activity;
use crate::db::Tx;
use crate::error::{AppError, AppResult, FieldErrors};
use crate::jobs;
use crate::kernel::Moment;
use crate::kernel::ids::{InvitationId, PersonId};
use crate::mail;
use crate::organizations;
use crate::state::App;
use crate::web::{Form, Page, PageResult, Site};

/// The routes of this room.
pub(in crate::organizations) fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/o/{organization}/members", web::get().to(members))
        .route("/o/{organization}/members/two-steps", web::post().to(ask_for_two_steps))
        .route("/o/{organization}/members/{person}/role", web::post().to(change_role))
        .route("/o/{organization}/members/{person}/remove", web::get().to(confirm_removal))
        .route("/o/{organization}/members/{person}/remove", web::post().to(remove))
        .route("/o/{organization}/members/{person}/reset-link", web::post().to(make_reset))
        .route("/o/{organization}/invitations", web::get().to(to_members))
        .route("/o/{organization}/invitations", web::post().to(invite))
        .route("/o/{organization}/invitations/{id}/withdraw", web::post().to(withdraw));
}

type By = Allowed<ManageOrganization>;
/// Where the lines of the log lead.
const SUBJECT: &str = "/members";

/// What was typed into the form for an invitation.
struct Typed {
    email: String,
    role: Role,
    errors: FieldErrors,
}

impl Default for Typed {
    fn default() -> Typed {
        Typed { email: String::new(), role: Role::Admin, errors: FieldErrors::new() }
    }
}

async fn page(by: &By, app: &App, typed: Typed) -> AppResult<MembersPage> {
    let (reader, now) = (by.clone(), app.clock.now());
    let (members, invitations, resets, mailed) = app
        .db
        .read(move |conn| {
            let members = access::members(conn, &reader)?;
            let invitations = access::open_invitations(conn, &reader)?;
            let resets = access::open_resets(conn, &reader, now)?;
            let about: Vec<String> = invitations
                .iter()
                .map(|invitation| access::about_invitation(invitation.id))
                .chain(resets.values().map(|id| access::about_reset(*id)))
                .collect();
            let mailed = mail::about(conn, &about)?;
            Ok::<_, AppError>((members, invitations, resets, mailed))
        })
        .await?;
    Ok(MembersPage {
        shell: by.shell(Section::Members),
        now,
        by_mail: app.mailer.is_some(),
        resets,
        mailed,
        action: by.url("/members"),
        invitations_at: by.url("/invitations"),
        me: by.person_id(),
        members,
        invitations,
        owners_in_two_steps: by.organization().owners_in_two_steps,
        errors: typed.errors,
        email: typed.email,
        role_choices: role_choices(typed.role),
    })
}

async fn members(by: By, app: App) -> PageResult {
    Ok(Page::of(&page(&by, &app, Typed::default()).await?))
}

/// Where a reload of a page that answered a form leads.
async fn to_members(by: By) -> PageResult {
    Ok(Page::redirect(by.url("/members")))
}

#[derive(Deserialize)]
struct NewRole {
    role: Role,
}

async fn change_role(
    by: By,
    path: web::Path<(String, PersonId)>,
    form: Form<NewRole>,
    app: App,
) -> PageResult {
    let ((_, person), NewRole { role }) = (path.into_inner(), form.into_inner());
    let (writer, now) = (by.clone(), app.clock.now());
    let done = app
        .db
        .write(move |tx| {
            let Changed { before, withdrawn } = access::change_role(tx, &writer, person, role, now)?;
            record_withdrawn(tx, &writer, &before.person.name, &withdrawn, now)?;
            if before.role != role {
                let (name, was) = (&before.person.name, before.role.words());
                let words = format!("Made {name} {} ({was} before)", role.a_words());
                activity::record(tx, &writer.actor(), "role_changed", SUBJECT, &words, now)?;
            }
            Ok(before)
        })
        .await;
    answer(&by, done.map(|before| format!("{} is {} now.", before.person.name, role.a_words())))
}

/// The invitations that end because whoever made them is an owner no more.
fn record_withdrawn(tx: &mut Tx, by: &By, maker: &str, emails: &[String], now: Moment) -> AppResult<()> {
    for email in emails {
        let words = format!("Withdrew the invitation of {email}, which {maker} had made");
        activity::record(tx, &by.actor(), "invitation_withdrawn", SUBJECT, &words, now)?;
    }
    Ok(())
}

async fn confirm_removal(by: By, path: web::Path<(String, PersonId)>, app: App) -> PageResult {
    let (_, person) = path.into_inner();
    let reader = by.clone();
    let (members, invitations) = app
        .db
        .read(move |conn| {
            let members = access::members(conn, &reader)?;
            Ok::<_, AppError>((members, access::open_invitations(conn, &reader)?))
        })
        .await?;
    let owners = members.iter().filter(|member| member.role == Role::Owner).count();
    let member = members.into_iter().find(|member| member.person.id == person).ok_or(AppError::NotFound)?;
    let last = member.role == Role::Owner && owners == 1;
    let refusal = if last {
        format!(
            "{} is the only owner, and an organization always keeps one. Make somebody else an owner first.",
            member.person.name
        )
    } else {
        String::new()
    };
    Ok(Page::of(&RemovePage {
        shell: by.shell(Section::Members),
        organization: by.organization().name.clone(),
        members: by.url("/members"),
        action: by.url(&format!("/members/{person}/remove")),
        is_me: person == by.person_id(),
        invitations: invitations
            .into_iter()
            .filter(|invitation| invitation.inviter == person)
            .map(|invitation| invitation.email)
            .collect(),
        member,
        refusal,
    }))
}

#[derive(Deserialize)]
struct Nothing {}

async fn remove(by: By, path: web::Path<(String, PersonId)>, _: Form<Nothing>, app: App) -> PageResult {
    let (_, person) = path.into_inner();
    let (writer, now) = (by.clone(), app.clock.now());
    let done = app
        .db
        .write(move |tx| {
            let Changed { before, withdrawn } = access::remove_member(tx, &writer, person, now)?;
            record_withdrawn(tx, &writer, &before.person.name, &withdrawn, now)?;
            let words = format!("Removed {}, {}", before.person.name, before.role.words());
            activity::record(tx, &writer.actor(), "member_removed", SUBJECT, &words, now)?;
            Ok(before)
        })
        .await;
    match done {
        // Who removed themselves has no members' page to go back to.
        Ok(_) if person == by.person_id() => {
            let words = format!("You no longer work in {}.", by.organization().name);
            Ok(Page::redirect("/account").with_flash("success", words))
        }
        done => answer(&by, done.map(|before| format!("{} is no longer a member.", before.person.name))),
    }
}

#[derive(Deserialize)]
struct NewInvitation {
    email: String,
    role: Role,
}

async fn invite(by: By, form: Form<NewInvitation>, site: web::Data<Site>, app: App) -> PageResult {
    let NewInvitation { email, role } = form.into_inner();
    let (writer, typed, token, now) = (by.clone(), email.clone(), Token::new(), app.clock.now());
    let link = site.link(&format!("/invitations/{}", token.expose()));
    let (app_, to_send) = (app.clone(), link.clone());
    let done = app
        .db
        .write(move |tx| {
            let invited = access::invite(tx, &writer, &email, role, &token, now)?;
            let letter = invitation_letter(&writer, &invited, role, &to_send)?;
            mail::enqueue(tx, &app_, &letter, now)?;
            let words = format!("Invited {} as {}", invited.email, role.words());
            activity::record(tx, &writer.actor(), "member_invited", SUBJECT, &words, now)?;
            Ok(invited.email)
        })
        .await;
    jobs::wake(&app);
    match done {
        Ok(email) => Ok(Page::of(&LinkPage {
            shell: by.shell(Section::Members),
            by_mail: app.mailer.is_some(),
            members: by.url("/members"),
            title: format!("Invitation for {email}"),
            lead: format!(
                "Whoever opens this link joins {} as {}. It holds once, and for seven days.",
                by.organization().name,
                role.words()
            ),
            link,
            email,
        })),
        Err(AppError::Invalid(errors)) => {
            Ok(Page::of(&page(&by, &app, Typed { email: typed, role, errors }).await?).status(422))
        }
        Err(other) => Err(other),
    }
}

async fn withdraw(by: By, path: web::Path<(String, InvitationId)>, _: Form<Nothing>, app: App) -> PageResult {
    let (_, id) = path.into_inner();
    let (writer, now) = (by.clone(), app.clock.now());
    let done = app
        .db
        .write(move |tx| {
            let email = access::withdraw_invitation(tx, &writer, id, now)?;
            let words = format!("Withdrew the invitation of {email}");
            activity::record(tx, &writer.actor(), "invitation_withdrawn", SUBJECT, &words, now)?;
            Ok(email)
        })
        .await;
    answer(&by, done.map(|email| format!("The invitation of {email} is withdrawn.")))
}

async fn make_reset(
    by: By,
    path: web::Path<(String, PersonId)>,
    _: Form<Nothing>,
    site: web::Data<Site>,
    app: App,
) -> PageResult {
    let (_, person) = path.into_inner();
    let (writer, token, now) = (by.clone(), Token::new(), app.clock.now());
    let link = site.link(&format!("/reset/{}", token.expose()));
    let (app_, to_send) = (app.clone(), link.clone());
    let why =
        WhyReset::MadeBy { owner: by.person_name().to_owned(), organization: by.organization().name.clone() };
    let done = app
        .db
        .write(move |tx| {
            let made = access::make_reset(tx, &writer, person, &token, now)?;
            let letter = access::reset_letter(&made, Some(writer.organization_id()), &to_send, &why)?;
            mail::enqueue(tx, &app_, &letter, now)?;
            let words = format!("Made a link for a new password of {}", made.person.name);
            activity::record(tx, &writer.actor(), "reset_link_made", SUBJECT, &words, now)?;
            Ok(made.person)
        })
        .await;
    jobs::wake(&app);
    match done {
        Ok(member) => Ok(Page::of(&LinkPage {
            shell: by.shell(Section::Members),
            by_mail: app.mailer.is_some(),
            members: by.url("/members"),
            title: format!("A new password for {}", member.name),
            lead: format!(
                "Whoever opens this link chooses a new password for {}. It holds once, and for 24 hours. Nothing \
                 changes until then.",
                member.name
            ),
            link,
            email: member.email,
        })),
        Err(error) => answer(&by, Err(error)),
    }
}

#[derive(Deserialize)]
struct TwoSteps {
    #[serde(default)]
    ask: bool,
}

async fn ask_for_two_steps(by: By, form: Form<TwoSteps>, app: App) -> PageResult {
    let TwoSteps { ask } = form.into_inner();
    let (writer, now) = (by.clone(), app.clock.now());
    let done = app
        .db
        .write(move |tx| {
            if organizations::ask_owners_for_two_steps(tx, writer.organization_id(), ask)? {
                let words = if ask {
                    "Asked owners to sign in in two steps"
                } else {
                    "Left it to owners whether they sign in in two steps"
                };
                activity::record(tx, &writer.actor(), "two_steps_asked", SUBJECT, words, now)?;
            }
            Ok(())
        })
        .await;
    let words = if ask {
        "Owners sign in in two steps from their next click."
    } else {
        "Owners may sign in with their password alone."
    };
    answer(&by, done.map(|()| words.to_owned()))
}

/// What cannot be done as things stand is said on the page it was asked on.
fn answer(by: &By, done: Result<String, AppError>) -> PageResult {
    let page = Page::redirect(by.url("/members"));
    match done {
        Ok(words) => Ok(page.with_flash("success", words)),
        Err(AppError::Conflict(why)) => Ok(page.with_flash("danger", why)),
        Err(other) => Err(other),
    }
}
