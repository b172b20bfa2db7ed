//! How a page appears: its pictures, wide and narrow, light and dark.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::command::devtools;
use super::window::Browser;

/// A width and a colour scheme.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appearance {
    pub width: u32,
    pub scheme: &'static str,
}

/// The least height of a picture: a screen's.
const SCREEN: u64 = 800;
/// The greatest: longer pages are cut.
const LONGEST: u64 = 12_000;

/// The four of them.
pub const APPEARANCES: [Appearance; 4] = [
    Appearance { width: 1280, scheme: "light" },
    Appearance { width: 1280, scheme: "dark" },
    Appearance { width: 360, scheme: "light" },
    Appearance { width: 360, scheme: "dark" },
];

/// `target/{name}`, empty.
pub fn album(name: &str) -> PathBuf {
    let album = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().join(name);
    let _ = std::fs::remove_dir_all(&album);
    std::fs::create_dir_all(&album).unwrap();
    album
}

impl Browser {
    /// Makes the page appear so.
    pub(super) async fn appear(&self, Appearance { width, scheme }: Appearance) {
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        devtools(&self.client, "Emulation.setEmulatedMedia", json!({ "media": "", "features": features }))
            .await;
        self.resize(width, SCREEN).await;
    }
    async fn resize(&self, width: u32, height: u64) {
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        devtools(&self.client, "Emulation.setDeviceMetricsOverride", metrics).await;
    }
    /// Takes a picture of the whole page as it appears.
    pub(super) async fn picture(&self, name: &str, Appearance { width, scheme }: Appearance) {
        let height = self.ask("return document.documentElement.scrollHeight", vec![]).await;
        self.resize(width, height.as_u64().unwrap_or(SCREEN).clamp(SCREEN, LONGEST)).await;
        let png = self.client.screenshot().await.unwrap();
        std::fs::write(self.album.join(format!("{name}-{width}-{scheme}.png")), png).unwrap();
        self.resize(width, SCREEN).await;
    }
    /// Takes a picture of the page looked at last as it prints, on paper of A4's width.
    pub async fn printed(&self, name: &str) {
        let name = format!("{:02}-{name}", self.shots.get());
        devtools(&self.client, "Emulation.setEmulatedMedia", json!({ "media": "print" })).await;
        self.resize(794, SCREEN).await;
        self.picture(&name, Appearance { width: 794, scheme: "print" }).await;
        self.appear(APPEARANCES[0]).await;
    }
}
