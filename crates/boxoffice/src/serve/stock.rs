//! Loads what the house starts with (demo house, house file), then lets the server say ready.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::Context as _;
use boxoffice_api::v1::house::HouseFile;
use boxoffice_server::app::App;
use boxoffice_server::{demo_house, house_file};
use tokio::sync::watch;

use crate::settings::Settings;

/// How long the views may take to catch up before the start is given up.
const VIEWS_WAIT: Duration = Duration::from_secs(600);

/// What the house starts with.
pub(super) struct Stock {
    has_demo: bool,
    file: Option<HouseFile>,
}

impl Stock {
    /// Reads the house file, if one is set, and makes nothing of it yet.
    pub(super) fn read(settings: &Settings) -> anyhow::Result<Self> {
        let file = settings.house.as_deref().map(house_file::read);
        Ok(Self {
            has_demo: settings.demo_house,
            file: file.transpose()?,
        })
    }

    /// Starts the loading. On a failure `end` is set, and the server stops rather than stay
    /// unready.
    pub(super) fn start(
        self,
        app: Arc<App>,
        end: watch::Sender<bool>,
    ) -> anyhow::Result<JoinHandle<anyhow::Result<()>>> {
        let Self { has_demo, file } = self;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let thread = std::thread::Builder::new()
            .name("stock".into())
            .spawn(move || {
                let result = runtime.block_on(async {
                    if has_demo {
                        let counts = demo_house::fill(&app.house).await?;
                        tracing::info!(
                            made = counts.made,
                            found = counts.found,
                            "the demo house is there"
                        );
                    }
                    if let Some(file) = &file {
                        let counts = house_file::load(&app.house, file).await?;
                        tracing::info!(
                            made = counts.made,
                            found = counts.found,
                            "the house file is loaded"
                        );
                    }
                    let newest = app.house.feed.newest();
                    let caught_up = app.views.reached(newest, VIEWS_WAIT).await;
                    caught_up.map_err(|_| anyhow::anyhow!("the views did not catch up"))?;
                    app.set_ready();
                    tracing::info!(position = newest.0, "ready");
                    anyhow::Ok(())
                });
                if result.is_err() {
                    end.send_replace(true);
                }
                result.context("the server stops because what it starts with could not be loaded")
            })?;
        Ok(thread)
    }
}
