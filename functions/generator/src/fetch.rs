//! The finished video, streamed from KIE to the media store: KIE deletes it.

use std::time::Duration;

use adapters::queues::Queue;
use domain::job::Job;
use journey::{Outcome, Trouble};

use crate::Generator;

/// The most a result without a stated length may be: it has to fit in memory, and Telegram takes no more than 50 MB.
const UNSTATED_LENGTH_MAX_BYTES: usize = 50_000_000;
/// Longest such a result may take to come over.
const FETCH_TIMEOUT: Duration = Duration::from_secs(45);

impl Generator {
    pub(crate) async fn fetch(&self, job: &Job, url: &str) -> Result<Outcome, Trouble> {
        let claimed = job.claim_fetch(self.chain.clock.now(), &self.chain.rules)?;
        self.save(&claimed).await?;
        let video_key = format!("videos/{}/{}.mp4", job.user, job.id);
        match self.bring_video(url, &video_key).await {
            Ok(bytes) => {
                tracing::info!(job = %job.id, bytes, "fetched");
                let moved = claimed.fetched(video_key, self.chain.clock.now(), &self.chain.rules)?;
                self.chain.advance(Queue::Send, &moved).await?;
                Ok(Outcome::Fetched)
            }
            Err(reason) => {
                tracing::warn!(job = %job.id, reason, "the video could not be fetched");
                self.look_again(&claimed).await
            }
        }
    }

    async fn bring_video(&self, url: &str, key: &str) -> Result<u64, String> {
        let download = self.kie.fetch(url).await.map_err(|error| error.to_string())?;
        let sized = download.with_length(UNSTATED_LENGTH_MAX_BYTES, FETCH_TIMEOUT).await;
        let (length, body) = sized.map_err(|error| error.to_string())?;
        if length == 0 {
            return Err("it is empty".into());
        }
        self.media.put(key, "video/mp4", length, body).await.map_err(|error| error.to_string())?;
        Ok(length)
    }
}
