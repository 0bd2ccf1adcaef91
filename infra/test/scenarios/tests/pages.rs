//! The pages of a seller's videos and operations: ten to a page, every item on exactly one.

#[cfg(test)]
mod pages {
    use std::collections::BTreeSet;

    use domain::{
        catalog::Kind,
        credits::{Credits, Entry},
        ids::JobId,
    };
    use fakes::{film::Detail, kie::Outcome};
    use testkit::environment::{Carrier, Seller, TestEnvironment, Times};

    const USER: i64 = 760_000_001;

    #[tokio::test(start_paused = true)]
    async fn every_video_and_every_operation_is_on_exactly_one_page() {
        let env = TestEnvironment::open(Carrier::InProcess, Times::production(), Detail::Sketch, None)
            .await
            .expect("the sandbox opens");
        let seller = Seller::new(&env, USER, "en", "Olga");
        seller.start().await.unwrap();
        let given =
            |name: &str| domain::credits::grant(seller.user, name, Credits(20), "for the test", env.sandbox().unwrap().now());
        env.table.give(&given("first")).await.unwrap();
        for n in 0..12 {
            let rejected = Outcome::fail("422", "The input or output was flagged as sensitive");
            env.script_kie(seller.user, vec![if n % 4 == 3 { rejected } else { Outcome::success() }]);
            seller.order(Kind::Neurocard).await.unwrap();
            seller.until_over(n + 1).await.unwrap();
            if n == 5 {
                env.table.give(&given("second")).await.unwrap();
            }
        }
        let (mut after, mut jobs, mut sizes) = (None, Vec::<JobId>::new(), Vec::new());
        loop {
            let page = env.table.jobs_after(seller.user, after, 10).await.unwrap();
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            sizes.push(page.len());
            jobs.extend(page.iter().map(|job| job.id));
        }
        assert_eq!((sizes, jobs.iter().collect::<BTreeSet<_>>().len()), (vec![10, 2], 12));
        let (mut after, mut entries, mut sizes) = (None, Vec::<Entry>::new(), Vec::new());
        loop {
            let page = env.table.ledger_page(seller.user, after).await.unwrap();
            assert!(page.entries.is_sorted_by(|newer, older| newer.at >= older.at), "{:?}", page.entries);
            sizes.push(page.entries.len());
            entries.extend(page.entries);
            after = page.more;
            if after.is_none() {
                break;
            }
        }
        let keys = |entries: &[Entry]| entries.iter().map(|entry| entry.key.to_string()).collect::<BTreeSet<_>>();
        let ledger = env.ledger(seller.user).await.unwrap();
        // Ten charges, their settlements and the second grant; then two charges, their settlements, the first grant and the gift.
        assert_eq!((sizes, keys(&entries)), (vec![21, 6], keys(&ledger)));
        assert_eq!(entries.len(), ledger.len());
        // The screens: the list has a button to older videos, and the last page none.
        seller.say("/videos").await.unwrap();
        let older = seller.button("videos:").expect("the first page has a button to older videos");
        seller.tap_data(&older).await.unwrap();
        let page = seller.texts().pop().unwrap();
        assert!(page.contains("2. Neurocard") && !page.contains("3. Neurocard"), "{page}");
        assert_eq!(seller.button("videos:"), None, "the page of older videos replaced the first page");
        seller.tap_data("videos").await.unwrap();
        assert!(seller.texts().pop().unwrap().contains("10. Neurocard"));
        seller.say("/balance").await.unwrap();
        seller.tap_data("money").await.unwrap();
        let older = seller.button("money:").expect("the first page has a button to older operations");
        seller.tap_data(&older).await.unwrap();
        assert!(seller.texts().pop().unwrap().contains("welcome gift"));
    }
}
