//! With a real Telegram the page has no chat, and nothing of people but their ids.

use super::*;

/// What a person of this test writes.
const WRITTEN: &str = "a text that no page may show";

/// A page without chats: its people write to the fake, which the page does not know.
async fn page() -> Browser {
    let fake = Sandbox::open(Opening::new(Chance::real(), Times::run(), Detail::Sketch)).await.unwrap();
    let telegram = fake.telegram.clone().unwrap();
    let person = telegram.person(BEN, "en", "Benjamin");
    let mut app = App::of(fake, Skips::open(None).unwrap().paused(), 8787);
    app.chats = None;
    assert!(person.say("/start").await.taken());
    person.say(WRITTEN).await;
    Browser(Arc::new(app))
}

#[tokio::test(start_paused = true)]
async fn there_is_no_chat_no_fault_of_telegram_and_no_text_of_a_person() {
    let page = page().await;
    let html = page.text(&format!("/{BEN}")).await;
    for absent in ["id=\"chat\"", "id=\"compose\"", "telegram-down", "block", "redeliver", "skip-hour", "Benjamin", WRITTEN] {
        assert!(!html.contains(absent), "{absent} is on the page: {html}");
    }
    for present in ["kie-rejects", "dynamodb-throttles", "kill-function", "…00000002", "class=\"card lanes\"", "PutItem"] {
        assert!(html.contains(present), "{present} is not on the page: {html}");
    }
    assert_eq!(page.get(&format!("/{BEN}/chat")).await.0, StatusCode::NOT_FOUND);
    assert_eq!(page.post("say", "text=hello").await, StatusCode::NOT_FOUND);
    assert_eq!(page.post("break", "what=telegram-down").await, StatusCode::BAD_REQUEST);
    assert_eq!(page.post("break", "what=skip-minute").await, StatusCode::BAD_REQUEST);
}

#[tokio::test(start_paused = true)]
async fn bodies_and_items_show_names_and_sizes_only() {
    let page = page().await;
    let mut all = page.text(&format!("/{BEN}/items")).await;
    assert!(all.contains("PROFILE") && all.contains("balance: 1 bytes"), "{all}");
    for call in page.0.calls.latest(BEN, usize::MAX) {
        all.push_str(&page.text(&format!("/{BEN}/call/{}", call.number)).await);
    }
    assert!(all.contains("update_id: ") && !all.contains("Benjamin") && !all.contains(WRITTEN), "{all}");
}

#[tokio::test(start_paused = true)]
async fn before_the_first_account_the_page_says_what_to_do() {
    let opening = Opening { telegram: Outside::Real, ..Opening::new(Chance::real(), Times::run(), Detail::Sketch) };
    let page = Browser::of(opening).await;
    assert_eq!(page.get("/").await.0, StatusCode::SEE_OTHER);
    let html = page.text("/0").await;
    assert!(html.contains("Write to the bot in Telegram."), "{html}");
    assert_eq!(page.get("/7").await.0, StatusCode::NOT_FOUND);
}
