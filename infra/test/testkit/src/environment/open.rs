//! Opens the test environments that run in one process.

use std::sync::Arc;

use bytes::Bytes;
use fakes::film::{self, Detail};
use sandbox::{BUCKET, Carrier, Chance, Opening, Sandbox, SeededBug, Times, queue_url};

use super::test_environment::{Backend, TestEnvironment};

impl TestEnvironment {
    /// Opens a sandbox with real time and random ids.
    ///
    /// # Errors
    /// A service, a fake or a function did not start; the text says which one.
    pub async fn open(carrier: Carrier, times: Times, detail: Detail, bug: Option<SeededBug>) -> Result<Self, String> {
        Self::over(Opening { carrier, bug, ..Opening::new(Chance::real(), times, detail) }).await
    }

    /// Opens a sandbox without sockets, with production's times. Its fake KIE enforces KIE's rate limit for createTask.
    ///
    /// # Errors
    /// A service, a fake or a function did not start; the text says which one.
    pub async fn open_limited() -> Result<Self, String> {
        Self::over(Opening::new(Chance::real(), Times::production(), Detail::Sketch).limited()).await
    }

    /// Opens a sandbox without sockets. The same seed gives the same run. `more_settings` extend and override the settings.
    ///
    /// # Errors
    /// A service, a fake or a function did not start; the text says which one.
    pub async fn open_seeded(seed: u64, times: Times, more_settings: &[(&str, &str)]) -> Result<Self, String> {
        let opening = Opening::new(Chance::seeded(seed), times, Detail::Sketch);
        Self::over(opening.with_settings(more_settings.iter().copied())).await
    }

    /// Opens a sandbox whose outside services are fakes.
    ///
    /// # Errors
    /// A service, a fake or a function did not start; the text says which one.
    pub async fn over(opening: Opening<'_>) -> Result<Self, String> {
        let photo = match opening.detail {
            Detail::Sketch => Bytes::from_static(film::sketch_photo()),
            Detail::Demo | Detail::Smooth => Bytes::from_static(film::sample_photo()),
        };
        let sandbox = Sandbox::open(opening).await?;
        let (Some(telegram), Some(kie), Some(llm)) = (sandbox.telegram.clone(), sandbox.kie.clone(), sandbox.llm.clone()) else {
            return Err("a test environment needs fakes of Telegram, KIE and the prompt writer".to_owned());
        };
        let setup = sandbox.setup();
        Ok(Self {
            telegram,
            kie,
            llm,
            table: sandbox.table.clone(),
            media: sandbox.media.clone(),
            times: sandbox.times.clone(),
            photo,
            s3: setup.aws().s3_client(setup.wire()),
            sqs: setup.aws().sqs_client(setup.wire()),
            bucket: BUCKET.to_owned(),
            parked_queue_url: queue_url("parked"),
            backend: Backend::Sandbox(Arc::new(sandbox)),
        })
    }
}
