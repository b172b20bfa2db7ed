//! `/setup`: there is such a page while there is no organization.

use actix_session::Session;
use actix_web::{HttpRequest, web};
use serde::Deserialize;

use super::pages::{SetupPage, Typed};
use super::{set_up, slug_of};
use crate::access::{self, NewPerson, Passwords, SecretField, SignInLimits};
use crate::error::{AppError, AppResult, FieldErrors};
use crate::organizations::NewOrganization;
use crate::providers::fakeservice;
use crate::state::App;
use crate::web::{Form, Page, PageResult, Query, Site};

/// The routes of this room.
pub(in crate::organizations) fn routes(config: &mut web::ServiceConfig) {
    config.route("/setup", web::get().to(form)).route("/setup", web::post().to(make));
}

#[derive(Deserialize)]
struct Link {
    #[serde(default)]
    token: String,
}

async fn only_when_empty(app: &App) -> AppResult<()> {
    match app.db.read(crate::organizations::any).await? {
        true => Err(AppError::NotFound),
        false => Ok(()),
    }
}

async fn form(query: Query<Link>, app: App) -> PageResult {
    only_when_empty(&app).await?;
    let typed = Typed { token: query.into_inner().token, ..Typed::default() };
    Ok(Page::of(&SetupPage::new(FieldErrors::new(), typed)))
}

#[derive(Deserialize)]
struct First {
    token: String,
    organization: String,
    #[serde(default)]
    slug: String,
    time_zone: String,
    name: String,
    email: String,
    password: SecretField,
    password_again: SecretField,
}

async fn make(
    form: Form<First>,
    request: HttpRequest,
    session: Session,
    app: App,
    site: web::Data<Site>,
    limits: web::Data<SignInLimits>,
    passwords: web::Data<Passwords>,
) -> PageResult {
    only_when_empty(&app).await?;
    limits.count(&site.client_address(&request))?;
    let First { token, organization, slug, time_zone, name, email, password, password_again } =
        form.into_inner();
    let typed = Typed { token, organization, slug, time_zone, name, email };
    let made = async {
        let slug = match typed.slug.trim() {
            "" => slug_of(&typed.organization),
            slug => slug.to_owned(),
        };
        let (organization, person) = checked(&typed, &slug, (password, password_again), &passwords).await?;
        let (token, now) = (typed.token.clone(), app.clock.now());
        let owner = app.db.write(move |tx| set_up(tx, &token, &organization, &person, now)).await?;
        Ok((slug, owner))
    };
    match made.await {
        Ok((slug, owner)) => {
            access::begin_session(&app, &session, owner).await?;
            tracing::info!(person = %owner, slug, "set up the first organization");
            let words =
                "Numberbank is set up. Numbers here are for practice: no real numbers, no real money.";
            Ok(Page::redirect(format!("/o/{slug}")).with_flash("success", words))
        }
        Err(AppError::Invalid(errors)) => Ok(Page::of(&SetupPage::new(errors, typed)).status(422)),
        Err(other) => Err(other),
    }
}

/// Every fault of every field at once.
async fn checked(
    typed: &Typed,
    slug: &str,
    (password, again): (SecretField, SecretField),
    passwords: &Passwords,
) -> AppResult<(NewOrganization, NewPerson)> {
    // What is made of an empty name is not a fault of its own.
    let unnamed = typed.organization.trim().is_empty() && slug.is_empty();
    let slug = if unnamed { "none" } else { slug };
    // Without a slug there is no account either, but only the slug is asked for.
    let account = if slug.is_empty() { "none" } else { slug };
    let organization =
        NewOrganization::new(slug, &typed.organization, fakeservice::KEY, account, &typed.time_zone);
    let same = password.as_again(&again);
    let password = password.into_inner();
    let person = NewPerson::prepare(typed.email.clone(), typed.name.clone(), password, passwords).await;
    let mut errors = FieldErrors::new();
    // Both have a name.
    let organization = sorted(organization, &mut errors, |field| match field {
        "name" => "organization",
        other => other,
    })?;
    let person = sorted(person, &mut errors, |field| field)?;
    sorted(same, &mut errors, |field| field)?;
    match (organization, person) {
        (Some(organization), Some(person)) if errors.is_empty() => Ok((organization, person)),
        _ => Err(AppError::Invalid(errors)),
    }
}

/// Puts what is wrong with a part beside its fields.
fn sorted<T>(
    part: AppResult<T>,
    errors: &mut FieldErrors,
    field_of: impl Fn(&str) -> &str,
) -> AppResult<Option<T>> {
    match part {
        Ok(part) => Ok(Some(part)),
        Err(AppError::Invalid(faults)) => {
            faults.iter().for_each(|(field, words)| errors.add(field_of(field), words));
            Ok(None)
        }
        Err(other) => Err(other),
    }
}
