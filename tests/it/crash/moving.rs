//! By hand: an adopted messaging service, numbers put into it and taken out again, and their voice address.

use numberbank::numbers::{Number, Status};
use numberbank::providers::{Addresses, ClientRef, NewService};

use super::{Journey, Outcome, must};
use crate::services::{PAGE, services};

const CONNECTION: &str = "/o/our-city/settings/connection";
const VOICE: &str = "/o/our-city/voice";

impl Journey<'_> {
    /// An OWNER adopts a messaging service, puts in what is free, takes it out again, and sets a voice address; again
    /// for what was refused.
    pub(super) async fn moves(&self) -> Outcome {
        let ((world, account), seed) = (self.app.at_carrier(), self.schedule.seed);
        let new = NewService {
            name: format!("Main line {seed}"),
            client_ref: ClientRef::new(format!("console:{seed}")),
            addresses: Addresses { inbound_url: Some("https://texts.example/in".into()), status_url: None },
            area_code_geomatch: true,
            sticky_sender: true,
        };
        let remote = world.create_service(&account, &new).unwrap().id;
        for round in 0.. {
            must(round < 30, || "the messaging service is never seen".into())?;
            if round > 3 {
                self.schedule.calm();
            }
            self.owner().await.post(&format!("{PAGE}/look"), &[]).await.is(303);
            self.settle(false).await?;
            if self.owner().await.get(PAGE).await.ok().body().contains(remote.as_str()) {
                break;
            }
        }
        self.owner().await.submit(&format!("{PAGE}/adopt"), &[("service", remote.as_str())]).await.ok();
        let adopted =
            services(self.app).await.into_iter().find(|one| one.remote_id.as_ref() == Some(&remote));
        let into = adopted.ok_or("it is not adopted")?.id.to_string();
        self.move_all(&into, Status::Available, Status::Attached).await?;
        self.compare("putting numbers in").await?;
        self.move_all("out", Status::Attached, Status::Available).await?;
        self.compare("taking numbers out").await?;
        // Over HTTP the form would have to carry the secret again.
        if account.id == "our-city" {
            self.sets_voice(&format!("https://voice.example.org/{seed}")).await?;
        }
        Ok(())
    }

    async fn doing(&self, status: Status) -> Vec<Number> {
        self.numbers().await.into_iter().filter(|one| one.status() == status).collect()
    }

    async fn move_all(&self, to: &str, from: Status, end: Status) -> Outcome {
        let all = self.doing(from).await.len();
        for round in 0..30 {
            let left = self.doing(from).await;
            self.schedule.note(format!("moves {} {to}", left.len()));
            if left.is_empty() {
                let done = self.doing(end).await.len();
                return must(done >= all, || format!("{done} of {all} are {end:?}"));
            }
            if round > 3 {
                self.schedule.calm();
            }
            let chosen: String = left.iter().map(|number| format!("&number={}", number.id)).collect();
            let page = self.owner().await.get(&format!("{PAGE}/move?to={to}{chosen}")).await.ok();
            let hidden = |attribute: &str| page.attributes("form.confirm input[type=hidden]", &[attribute]);
            let (names, values, count) = (hidden("name"), hidden("value"), left.len().to_string());
            let mut fields: Vec<(&str, &str)> =
                names.iter().map(String::as_str).zip(values.iter().map(String::as_str)).collect();
            fields.push(("count", &count));
            let answer = self.owner().await.post(&format!("{PAGE}/move"), &fields).await.is(303);
            self.settle(false).await?;
            let page = self.owner().await.get(answer.location()).await.ok();
            let kept = self.doing(from).await.len();
            // Whatever was not done is said there, number by number.
            must(
                kept == 0 || page.text().contains(&left[0].phone_number.national()) || kept < left.len(),
                || format!("{kept} were not moved, and nobody is told: {}", page.text()),
            )?;
        }
        Err(format!("the numbers are never moved {to}"))
    }

    async fn sets_voice(&self, url: &str) -> Outcome {
        let owner = self.owner().await;
        owner.submit(CONNECTION, &[("account", "our-city"), ("voice_url", url)]).await.ok();
        for round in 0..30 {
            let books = self.app.books();
            let left = books.numbers.iter().filter(|number| number.voice_url.as_deref() != Some(url)).count();
            let unknown =
                self.numbers().await.iter().filter(|one| one.voice_url.as_deref() != Some(url)).count();
            self.schedule.note(format!("{left} numbers lack the voice address, {unknown} in our books"));
            if left == 0 && unknown == 0 {
                return Ok(());
            }
            if round > 3 {
                self.schedule.calm();
            }
            let owner = self.owner().await;
            let page = owner.get(VOICE).await.ok();
            let value =
                |name: &str| page.attribute(&format!("input[name={name}]"), "value").unwrap_or_default();
            let (id, owned, to) = (value("id"), value("owned"), value("voice_url"));
            let fields = [
                ("id", id.as_str()),
                ("owned", owned.as_str()),
                ("voice_url", to.as_str()),
                ("count", owned.as_str()),
            ];
            let answer = owner.post(VOICE, &fields).await;
            must(answer.status() == 303, || format!("the voice address cannot be set: {}", answer.text()))?;
            self.settle(false).await?;
        }
        Err("the voice address is never set".into())
    }
}
