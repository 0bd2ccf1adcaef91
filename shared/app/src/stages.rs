//! The dispatcher: the one place that reads [`Job::next`] and calls what handles the job's stage.

use adapters::queues::Queue;
use domain::{
    classify::{Class, Diagnosis},
    job::{EndReason, Idle, Job, Next, Prepared, TaskId},
    job_message::JobMessage,
};

use crate::{Found, HandlerError, Jobs, Outcome, Settlements};

/// How a stage ended.
pub type StageResult = Result<Outcome, HandlerError>;

/// What a function does with a job whose stage another function owns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ForeignStage {
    /// The job is left alone, because a message for it is on the owner's queue already.
    Leave,
    /// The job is requeued to its owner, because its message may be lost or is a dead letter.
    Requeue,
}

/// The stages of a job, as one function handles them.
///
/// A function implements the stages that it owns. By default a stage goes to its owner as [`Self::FOREIGN_STAGE`] says. Every
/// function ends jobs, notifies users and shows the ends.
pub trait Stages: Sync {
    /// What this function does with a job whose stage it does not implement.
    const FOREIGN_STAGE: ForeignStage;

    /// The job service.
    fn jobs(&self) -> &Jobs;

    /// The service that ends jobs and notifies their users.
    fn settlements(&self) -> &Settlements;

    /// Finds the job of a queue message and handles its stage.
    ///
    /// # Errors
    /// [`HandlerError`]: the job is unchanged, or the sweeper finds it when it is due.
    fn dispatch_message(&self, message: &JobMessage) -> impl Future<Output = StageResult> + Send {
        async move {
            match self.jobs().find(message).await? {
                Found::Nothing => Ok(Outcome::NoSuchJob),
                Found::Superseded => Ok(Outcome::Superseded),
                Found::Job(job) => self.dispatch(&job).await,
            }
        }
    }

    /// Handles the stage that a job is in now.
    ///
    /// # Errors
    /// [`HandlerError`]: the job is unchanged, or the sweeper finds it when it is due.
    fn dispatch(&self, job: &Job) -> impl Future<Output = StageResult> + Send {
        async move {
            let jobs = self.jobs();
            match job.next(jobs.clock.now(), &jobs.rules) {
                Next::Nothing(idle) => self.idle(job, idle).await,
                Next::Prepare => self.prepare(job).await,
                Next::Submit(prepared) => self.submit(job, &prepared).await,
                Next::Poll(task) => self.poll(job, &task).await,
                Next::Send => self.send(job).await,
                Next::Hold => jobs.hold(job).await,
                Next::Recheck => self.recheck(job).await,
                Next::End(class, because) => self.end(job, class, because).await,
                Next::Notify => self.notify(job).await,
                Next::ShowEnd => Ok(self.settlements().show_end(job).await),
            }
        }
    }

    /// The job needs nothing now.
    fn idle(&self, _job: &Job, idle: Idle) -> impl Future<Output = StageResult> + Send {
        std::future::ready(Ok(idle.into()))
    }

    /// The job needs its photo and its prompt. Owner: the generator.
    fn prepare(&self, job: &Job) -> impl Future<Output = StageResult> + Send {
        self.hand_over(Queue::Generate, job)
    }

    /// The job needs a task at KIE. Owner: the generator.
    fn submit(&self, job: &Job, _prepared: &Prepared) -> impl Future<Output = StageResult> + Send {
        self.hand_over(Queue::Generate, job)
    }

    /// The job's task needs a poll. Owner: the generator.
    fn poll(&self, job: &Job, _task: &TaskId) -> impl Future<Output = StageResult> + Send {
        self.hand_over(Queue::Generate, job)
    }

    /// The job's video needs to be sent. Owner: the sender.
    fn send(&self, job: &Job) -> impl Future<Output = StageResult> + Send {
        self.hand_over(Queue::Send, job)
    }

    /// The seller of the job's held film needs to be checked. Owner: the sender.
    fn recheck(&self, job: &Job) -> impl Future<Output = StageResult> + Send {
        self.hand_over(Queue::Send, job)
    }

    /// The job needs to be refunded.
    fn end(&self, job: &Job, class: Class, _because: EndReason) -> impl Future<Output = StageResult> + Send {
        async move { self.settlements().end(job, &Diagnosis::of(class)).await }
    }

    /// The job's user needs to be notified of the refund.
    fn notify(&self, job: &Job) -> impl Future<Output = StageResult> + Send {
        self.settlements().claim_and_notify(job)
    }

    /// Handles a stage that another function owns. `owner` is that function's queue.
    fn hand_over(&self, owner: Queue, job: &Job) -> impl Future<Output = StageResult> + Send {
        async move {
            match Self::FOREIGN_STAGE {
                ForeignStage::Leave => Ok(Outcome::NotMine),
                ForeignStage::Requeue => self.jobs().requeue(owner, job).await,
            }
        }
    }
}
