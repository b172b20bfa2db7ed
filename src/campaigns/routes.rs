//! The addresses of campaigns.

use actix_web::web as http;
use serde::Deserialize;

use super::contact_file::{self, ContactCounts};
use super::forms::BasicsForm;
use super::model::{Campaign, State};
use super::pages::overview::{HeldCode, OverviewPage};
use super::pages::{
    BasicsFields, BasicsPage, ContactsPage, DeletePage, Head, ListPage, Listed, NewPage, Rejected, Section,
    StartPage, TopCode,
};
use super::{ContactFacts, Filter, ServiceChoice};
use crate::access::{Allowed, ManageCampaigns, ManageOrganization, Section as Rail};
use crate::allocation::{self, Outlook, Pool, Situation, strategies};
use crate::db::Conn;
use crate::error::{AppError, AppResult, FieldErrors};
use crate::kernel::ids::CampaignId;
use crate::kernel::text_enum::TextEnum;
use crate::launch;
use crate::messaging::MessagingService;
use crate::numbers;
use crate::requests;
use crate::reservations;
use crate::spend::forecast::{self, CostCard, Forecast};
use crate::state::App;
use crate::web::{Form, Page, PageResult, Query, Upload, UploadedFile};

/// Campaigns on one page of the list.
const PAGE: usize = 50;

/// The routes of this feature.
pub fn routes(cfg: &mut http::ServiceConfig) {
    cfg.route("/o/{organization}/campaigns", http::get().to(list))
        .route("/o/{organization}/campaigns", http::post().to(create))
        .route("/o/{organization}/campaigns/new", http::get().to(new))
        .route("/o/{organization}/campaigns/contact-file.csv", http::get().to(template))
        .route("/o/{organization}/campaigns/{id}", http::get().to(show))
        .route("/o/{organization}/campaigns/{id}/basics", http::get().to(basics))
        .route("/o/{organization}/campaigns/{id}/basics", http::post().to(update))
        .route("/o/{organization}/campaigns/{id}/contacts", http::get().to(contacts))
        .route("/o/{organization}/campaigns/{id}/contacts", http::post().to(import))
        .route("/o/{organization}/campaigns/{id}/start", http::get().to(review))
        .route("/o/{organization}/campaigns/{id}/delete", http::get().to(confirm_delete))
        .route("/o/{organization}/campaigns/{id}/delete", http::post().to(delete));
}

type By = Allowed<ManageCampaigns>;
type Path = http::Path<(String, CampaignId)>;

#[derive(Deserialize)]
struct Nothing {}

#[derive(Deserialize)]
struct ListQuery {
    #[serde(default)]
    state: String,
    #[serde(default)]
    q: String,
    #[serde(default)]
    before: String,
}

fn known() -> Vec<&'static str> {
    strategies::ALL.iter().map(|strategy| strategy.key()).collect()
}

/// A campaign that has pages: a deleted draft has none.
fn find(conn: &mut Conn, by: &By, id: CampaignId) -> AppResult<Campaign> {
    let campaign = super::find(conn, by.organization_id(), id)?;
    if campaign.is_deleted() { Err(AppError::NotFound) } else { Ok(campaign) }
}

fn head(conn: &mut Conn, by: &By, id: CampaignId, section: Section) -> AppResult<Head> {
    let campaign = find(conn, by, id)?;
    let held = numbers::held_by_area(conn, by.organization_id(), id)?.values().sum();
    Ok(Head::of(by, campaign, held, section))
}

async fn list(by: By, query: Query<ListQuery>, app: App) -> PageResult {
    let query = query.into_inner();
    let search = query.q.trim().to_owned();
    let filter = Filter {
        state: State::parse(&query.state),
        search: (!search.is_empty()).then(|| search.clone()),
        before: CampaignId::parse(&query.before).ok(),
    };
    let (reader, read) = (by.clone(), filter.clone());
    let (counts, campaigns, held) = app
        .db
        .read(move |conn| {
            let organization = reader.organization_id();
            let counts = super::by_state(conn, organization, read.search.as_deref())?;
            let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
            let campaigns = super::list(conn, organization, &read, limit)?;
            let ids: Vec<CampaignId> = campaigns.iter().map(|campaign| campaign.id).collect();
            let held = numbers::held_by_campaigns(conn, organization, &ids)?;
            AppResult::Ok((counts, campaigns, held))
        })
        .await?;
    let base = by.url("/campaigns");
    let link = |before: Option<CampaignId>| {
        let mut pairs = url::form_urlencoded::Serializer::new(String::new());
        if let Some(state) = filter.state {
            pairs.append_pair("state", state.as_str());
        }
        if !search.is_empty() {
            pairs.append_pair("q", &search);
        }
        if let Some(before) = before {
            pairs.append_pair("before", before.as_str());
        }
        format!("{base}?{}", pairs.finish())
    };
    let next = (campaigns.len() > PAGE).then(|| link(campaigns.get(PAGE - 1).map(|campaign| campaign.id)));
    let total = match filter.state {
        Some(state) => counts.get(&state).copied().unwrap_or(0),
        None => counts.values().sum(),
    };
    let rows = campaigns.into_iter().take(PAGE).map(|campaign| Listed {
        url: format!("{base}/{}", campaign.id),
        held: held.get(&campaign.id).copied().unwrap_or(0),
        campaign,
    });
    Ok(Page::of(&ListPage {
        shell: by.shell(Rail::Campaigns),
        rows: rows.collect(),
        states: ListPage::choices(&counts, filter.state),
        filtered: filter.state.is_some() || filter.search.is_some(),
        total,
        reservations: by.url("/reservations"),
        first: filter.before.map(|_| link(None)).unwrap_or_default(),
        next: next.unwrap_or_default(),
        search,
        base,
    }))
}

async fn new(by: By, app: App) -> PageResult {
    let form = BasicsForm {
        contacts_per_number: by.organization().contacts_per_number.to_string(),
        strategy: strategies::of(&by.organization().default_strategy).key().to_owned(),
        ..BasicsForm::default()
    };
    Ok(Page::of(&new_page(&by, &app, form, FieldErrors::new()).await?))
}

async fn shared_services(by: &By, app: &App) -> AppResult<Vec<MessagingService>> {
    let who = by.clone();
    app.db.read(move |conn| AppResult::Ok(super::shared_services(conn, who.organization())?)).await
}

async fn new_page(by: &By, app: &App, form: BasicsForm, errors: FieldErrors) -> AppResult<NewPage> {
    let shared = shared_services(by, app).await?;
    Ok(NewPage {
        shell: by.shell(Rail::Campaigns),
        base: by.url("/campaigns"),
        fields: BasicsFields::new(by, form, &shared, errors),
    })
}

async fn create(by: By, form: Form<BasicsForm>, app: App) -> PageResult {
    let form = form.into_inner();
    let basics = match form.parse(by.organization().time_zone, &known()) {
        Ok(basics) => basics,
        Err(errors) => return Ok(Page::of(&new_page(&by, &app, form, errors).await?).status(422)),
    };
    let (who, now, name) = (by.clone(), app.clock.now(), basics.name.clone());
    let (chosen, picker) = (ServiceChoice::parse(&form.messaging_service), form.picker());
    let written = app
        .db
        .write(move |tx| {
            let same = super::same_name(tx, who.organization_id(), &basics.name, None)?;
            let id = super::create(tx, &who, &basics, now)?;
            if let Some(chosen) = chosen {
                super::choose_service(tx, &who, id, chosen)?;
            }
            if let Some(picker) = picker {
                super::choose_picker(tx, &who, id, picker)?;
            }
            AppResult::Ok((id, same))
        })
        .await;
    let (id, same) = match written {
        Ok(written) => written,
        Err(AppError::Invalid(errors)) => {
            return Ok(Page::of(&new_page(&by, &app, form, errors).await?).status(422));
        }
        Err(other) => return Err(other),
    };
    let page = Page::redirect(by.url(&format!("/campaigns/{id}/contacts")));
    Ok(match same {
        0 => page.with_flash("success", format!("{name} is a draft now. Its contacts come next.")),
        _ => page.with_flash("warning", same_name_words(name.as_str())),
    })
}

fn same_name_words(name: &str) -> String {
    format!("Saved. Another campaign is called {name} too: a different name would keep them apart.")
}

async fn show(by: By, path: Path, app: App) -> PageResult {
    let (_, id) = path.into_inner();
    let (who, now) = (by.clone(), app.clock.now());
    let (head, overview) = app
        .db
        .read(move |conn| {
            let head = head(conn, &who, id, Section::Overview)?;
            if head.campaign.state == State::Draft {
                return AppResult::Ok((head, None));
            }
            let organization = who.organization_id();
            let panel = launch::Panel::load(conn, &who, &head.campaign)?;
            let needs = super::needs(conn, organization, id)?;
            let held = numbers::of_campaign(conn, organization, id)?;
            let card = requests::Card::load(conn, &who, &head.campaign)?;
            let actual = forecast::actual(conn, organization, id, now)?;
            Ok((head, Some((panel, needs, held, card, actual))))
        })
        .await?;
    let Some((panel, needs, numbers, card, actual)) = overview else {
        return Ok(Page::redirect(head.to(head.first_unfinished())));
    };
    let monthly = numbers.iter().map(|number| number.monthly_price).sum();
    let (held, elsewhere) = HeldCode::rows(&by, &numbers, &needs);
    let shell = by.shell(Rail::Campaigns);
    let shell = if panel.is_working() { shell.refreshing(3) } else { shell };
    let cost = CostCard::started(&actual, by.times());
    let codes_with_contacts = needs.len();
    Ok(Page::of(&OverviewPage {
        shell,
        head,
        panel,
        card,
        held,
        elsewhere,
        monthly,
        codes_with_contacts,
        cost,
    }))
}

async fn basics(by: By, path: Path, app: App) -> PageResult {
    let (_, id) = path.into_inner();
    let who = by.clone();
    let (head, chosen) = app
        .db
        .read(move |conn| {
            let head = head(conn, &who, id, Section::Basics)?;
            let uses = super::uses(conn, who.organization(), &head.campaign)?;
            let chosen = super::choice(&head.campaign, &uses);
            AppResult::Ok((head, chosen))
        })
        .await?;
    let form = BasicsForm {
        messaging_service: chosen.word(),
        ..BasicsForm::of(&head.campaign, by.organization().time_zone)
    };
    Ok(Page::of(&basics_page(&by, &app, head, form, FieldErrors::new()).await?))
}

async fn basics_page(
    by: &By,
    app: &App,
    head: Head,
    form: BasicsForm,
    errors: FieldErrors,
) -> AppResult<BasicsPage> {
    let only_name = !head.is_draft();
    let shared = shared_services(by, app).await?;
    Ok(BasicsPage {
        shell: by.shell(Rail::Campaigns),
        head,
        fields: BasicsFields { only_name, ..BasicsFields::new(by, form, &shared, errors) },
    })
}

async fn update(by: By, path: Path, form: Form<BasicsForm>, app: App) -> PageResult {
    let (_, id) = path.into_inner();
    let (who, zone) = (by.clone(), by.organization().time_zone);
    let head = app.db.read(move |conn| head(conn, &who, id, Section::Basics)).await?;
    let sent = form.into_inner();
    let form = if head.is_draft() {
        sent
    } else {
        // Of a campaign that has left the draft only the name changes, and only the name is on the page.
        BasicsForm { name: sent.name, ..BasicsForm::of(&head.campaign, zone) }
    };
    let basics = match form.parse(zone, &[known(), vec![head.campaign.strategy.as_str()]].concat()) {
        Ok(basics) => basics,
        Err(errors) => {
            return Ok(Page::of(&basics_page(&by, &app, head, form, errors).await?).status(422));
        }
    };
    let (who, now, name) = (by.clone(), app.clock.now(), basics.name.clone());
    let url = if head.is_draft() { head.url.clone() } else { by.url(&format!("/campaigns/{id}")) };
    let (chosen, picker) = (ServiceChoice::parse(&form.messaging_service), form.picker());
    let written = app
        .db
        .write(move |tx| {
            let before = super::lock(tx, who.organization_id(), id)?;
            let same = super::same_name(tx, who.organization_id(), &basics.name, Some(id))?;
            let after = super::update(tx, &who, id, &basics)?;
            if before.planned_start != after.planned_start {
                allocation::hold_anew(tx, &who.actor(), id, now)?;
            }
            if let Some(chosen) = chosen {
                super::choose_service(tx, &who, id, chosen)?;
            }
            if let Some(picker) = picker {
                super::choose_picker(tx, &who, id, picker)?;
            }
            AppResult::Ok(same)
        })
        .await;
    let same = match written {
        Ok(same) => same,
        Err(AppError::Invalid(errors)) => {
            return Ok(Page::of(&basics_page(&by, &app, head, form, errors).await?).status(422));
        }
        Err(other) => return Err(other),
    };
    let page = Page::redirect(url);
    Ok(match same {
        0 => page.with_flash("success", "Saved."),
        _ => page.with_flash("warning", same_name_words(name.as_str())),
    })
}

async fn template(_: By) -> PageResult {
    let rows = "firstName,lastName,cell,zip,external_id\r\nAda,Moss,(313) 555-0142,48201,1001\r\n";
    Ok(Page::csv("contacts.csv", rows.to_owned()))
}

/// The contacts page; `counts` are those of a file that was just counted, whose samples are shown this once.
async fn contacts_page(
    by: &By,
    id: CampaignId,
    app: &App,
    error: String,
    counts: Option<ContactCounts>,
) -> AppResult<ContactsPage> {
    let who = by.clone();
    let (head, needs, rejects) = app
        .db
        .read(move |conn| {
            let head = head(conn, &who, id, Section::Contacts)?;
            let organization = who.organization_id();
            let needs = super::needs(conn, organization, id)?;
            AppResult::Ok((head, needs, super::rejects(conn, organization, id)?))
        })
        .await?;
    Ok(ContactsPage {
        shell: by.shell(Rail::Campaigns),
        head,
        template_url: by.url("/campaigns/contact-file.csv"),
        error,
        rejected: Rejected::of(&rejects, counts.as_ref()),
        rejected_rows: rejects.iter().map(|(_, rows)| rows).sum(),
        top: TopCode::of(&needs),
        codes: needs.len(),
        read_as: counts.map(|counts| {
            let zipped = if counts.compressed { ", compressed with gzip" } else { "" };
            format!(
                "Read as {}{zipped}; numbers from the column “{}”.",
                counts.encoding.name(),
                counts.cell_column
            )
        }),
    })
}

async fn contacts(by: By, path: Path, app: App) -> PageResult {
    let (_, id) = path.into_inner();
    Ok(Page::of(&contacts_page(&by, id, &app, String::new(), None).await?))
}

async fn import(by: By, path: Path, mut upload: Upload, app: App) -> PageResult {
    let (_, id) = path.into_inner();
    let who = by.clone();
    // Before a large file is read for nothing.
    app.db.read(move |conn| find(conn, &who, id)?.state.must_be_draft("contacts")).await?;
    let counted = match upload.file("contacts") {
        Some(file) => count(file).await?,
        None => Err("Choose a contact file.".to_owned()),
    };
    let (name, counts) = match counted {
        Ok(counted) => counted,
        Err(words) => return Ok(Page::of(&contacts_page(&by, id, &app, words, None).await?).status(422)),
    };
    let (who, now, facts) = (by.clone(), by.times().now, ContactFacts::of(&name, &counts));
    app.db.write(move |tx| super::import_contacts(tx, &who, id, &facts, now)).await?;
    Ok(Page::of(&contacts_page(&by, id, &app, String::new(), Some(counts)).await?))
}

/// Counts a file on the blocking pool; the inner error is for the person.
async fn count(file: UploadedFile) -> AppResult<Result<(String, ContactCounts), String>> {
    let name = if file.name().is_empty() { "contacts.csv".to_owned() } else { file.name().to_owned() };
    let counted = tokio::task::spawn_blocking(move || contact_file::count(file, |_| {}))
        .await
        .map_err(|error| AppError::Internal(format!("counting a contact file: {error}")))?;
    Ok(match counted {
        Ok(counts) => Ok((name, counts)),
        Err(error) => {
            tracing::info!(?error, "a contact file was refused");
            Err(error.to_string())
        }
    })
}

async fn review(by: By, path: Path, app: App) -> PageResult {
    start_page(&by, path.into_inner().1, &app, launch::Agreed::offered(), FieldErrors::new()).await
}

/// Review and start, with what was ticked and what is missing.
///
/// # Errors
/// As reading the campaign.
pub async fn start_page(
    by: &Allowed<ManageCampaigns>,
    id: CampaignId,
    app: &App,
    agreed: launch::Agreed,
    errors: FieldErrors,
) -> PageResult {
    let who = by.clone();
    let (head, checks, situation, panel, card, notes) = app
        .db
        .read(move |conn| {
            let head = head(conn, &who, id, Section::Start)?;
            let checks = launch::checks(conn, &who, &head.campaign)?;
            let situation = Situation::read(conn, who.organization(), &head.campaign)?;
            let panel = launch::Panel::load(conn, &who, &head.campaign)?;
            let card = requests::Card::load(conn, &who, &head.campaign)?;
            let notes = reservations::Notes::load(conn, &who, &head.campaign, head.held, false)?;
            AppResult::Ok((head, checks, situation, panel, card, notes))
        })
        .await?;
    if !head.is_draft() {
        return Ok(Page::redirect(head.url));
    }
    let zone = by.organization().time_zone.name().replace('_', " ");
    let status = if errors.is_empty() { 200 } else { 422 };
    let shell = by.shell(Rail::Campaigns);
    let outlook = Outlook::of(&situation);
    let cost = CostCard::draft(&Forecast::of(&outlook, forecast::price(app, by).await));
    let page = StartPage {
        // Where scripts are off, what arrives is seen all the same.
        shell: if card.poll().is_some() { shell.refreshing(5) } else { shell },
        card,
        notes,
        checks,
        outlook,
        cost,
        panel,
        zone,
        may_settings: by.may::<ManageOrganization>(),
        settings_url: by.url("/settings/connection"),
        to_put_in: situation.pool().map_or(head.held, |pool| pool.to_put_in(situation.held())),
        sharing: situation.pool().and_then(Pool::words),
        head,
        agreed,
        errors,
    };
    Ok(Page::of(&page).status(status))
}

async fn confirm_delete(by: By, path: Path, app: App) -> PageResult {
    let (_, id) = path.into_inner();
    let who = by.clone();
    let head = app.db.read(move |conn| head(conn, &who, id, Section::Basics)).await?;
    if !head.is_draft() {
        return Err(AppError::Conflict("Only a draft can be deleted.".into()));
    }
    Ok(Page::of(&DeletePage { shell: by.shell(Rail::Campaigns), head }))
}

async fn delete(by: By, path: Path, _: Form<Nothing>, app: App) -> PageResult {
    let (_, id) = path.into_inner();
    let (who, now) = (by.clone(), app.clock.now());
    let gone = app
        .db
        .write(move |tx| {
            find(tx, &who, id)?;
            super::delete_draft(tx, &who, id, now)
        })
        .await?;
    let words = match gone {
        0 => "The draft is deleted.".to_owned(),
        1 => "The draft is deleted; its number is free again.".to_owned(),
        gone => format!("The draft is deleted; its {gone} numbers are free again."),
    };
    Ok(Page::redirect(by.url("/campaigns")).with_flash("success", words))
}
