//! Tests of the stored form of a job.

use super::samples::*;

#[test]
fn every_stage_reads_back_from_its_json_as_it_was_written() {
    let leased = queued().claim_preparation(at(3), &rules()).unwrap();
    let check = held(2).reopened_by_check(at(400), &rules()).unwrap().job;
    let unshown = Job { unshown: Some(2), due_at: Some(at(9)), ..delivered() };
    let unpaid = failed(Notified::Yes).arrived_unpaid().unwrap();
    for job in
        every_stage().into_iter().chain([check, unshown, unpaid, leased, failed(Notified::Yes), failed(Notified::Unreachable)])
    {
        let json = serde_json::to_string(&job).unwrap();
        assert_eq!(serde_json::from_str::<Job>(&json).unwrap(), job);
    }
}

#[test]
fn a_job_is_stored_like_this() {
    insta::assert_snapshot!(serde_json::to_string_pretty(&every_stage()).unwrap());
}
