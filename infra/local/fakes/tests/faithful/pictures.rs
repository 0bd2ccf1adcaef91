//! Photos, albums and files that people send.

use bytes::Bytes;
use fakes::film::{Photo, photo_of};
use fakes::server::call;
use fakes::telegram::{Delivery, Telegram};
use http::Request;
use serde_json::{Value, json};

use crate::bot::{TOKEN, api, telegram};

fn photos(count: u32) -> Vec<Bytes> {
    (0..count).map(|number| Bytes::from(photo_of(100 + number, 100))).collect()
}

async fn download(telegram: &Telegram, file_id: &Value) -> Bytes {
    let (_, file) = api(telegram, "getFile", json!({"file_id": file_id})).await;
    let link = format!("/file/bot{TOKEN}/{}", file["result"]["file_path"].as_str().unwrap());
    call(telegram.router(), Request::get(link).body(Bytes::new()).unwrap()).await.unwrap().into_body()
}

#[tokio::test(start_paused = true)]
async fn a_photo_may_have_a_caption() {
    let (telegram, bot) = telegram();
    let ann = telegram.person(7, "en", "Ann");
    ann.send_photo_with_caption(photo_of(640, 480), "A mug").await;
    ann.send_photo(photo_of(640, 480)).await;
    let (with, without) = (bot.got(0)["message"].clone(), bot.got(1)["message"].clone());
    assert_eq!((&with["caption"], with["photo"].as_array().unwrap().len()), (&json!("A mug"), 3));
    assert_eq!((without.get("caption"), without.get("media_group_id")), (None, None));
    assert_eq!(telegram.transcript(7), "person: [photo] A mug\nperson: [photo]\n");
}

#[tokio::test(start_paused = true)]
async fn each_photo_of_an_album_is_an_update_in_order_with_the_same_group() {
    let (telegram, bot) = telegram();
    let ann = telegram.person(7, "en", "Ann");
    // The first delivery fails once, and the later ones wait for it.
    bot.answer(500, "");
    let deliveries = ann.send_album_with_caption(photos(3), "Mugs").await;
    assert!(deliveries.iter().all(Delivery::taken));
    assert_eq!(deliveries.iter().map(|delivery| delivery.statuses.len()).collect::<Vec<_>>(), [2, 1, 1]);
    let got: Vec<Value> = (1..4).map(|index| bot.got(index)).collect();
    let field = |name: &str| -> Vec<Value> { got.iter().map(|update| update["message"][name].clone()).collect() };
    let widths: Vec<&Value> = got.iter().map(|update| &update["message"]["photo"][1]["width"]).collect();
    assert_eq!(widths, [&json!(100), &json!(101), &json!(102)]);
    assert_eq!(field("caption"), [json!("Mugs"), json!(null), json!(null)]);
    let group = field("media_group_id");
    assert!(group[0].as_str().unwrap().bytes().all(|byte| byte.is_ascii_digit()));
    assert!(group.iter().all(|id| *id == group[0]));
    let ids: Vec<i64> = field("message_id").iter().map(|id| id.as_i64().unwrap()).collect();
    assert!(ids[1] == ids[0] + 1 && ids[2] == ids[1] + 1, "{ids:?}");
    let updates: Vec<i64> = deliveries.iter().map(|delivery| delivery.update_id).collect();
    assert!(updates[1] == updates[0] + 1 && updates[2] == updates[1] + 1, "{updates:?}");
}

#[tokio::test(start_paused = true)]
async fn photos_beyond_an_album_are_further_albums_and_a_single_photo_is_no_album() {
    let (telegram, bot) = telegram();
    let ann = telegram.person(7, "en", "Ann");
    assert_eq!(ann.send_album(photos(13)).await.len(), 13);
    ann.send_album(photos(1)).await;
    let groups: Vec<Value> = (0..14).map(|index| bot.got(index)["message"]["media_group_id"].clone()).collect();
    assert!(groups[..10].iter().all(|id| *id == groups[0]));
    assert!(groups[10..13].iter().all(|id| *id == groups[10] && id.is_string()));
    assert_ne!(groups[0], groups[10]);
    assert_eq!(groups[13], json!(null));
}

#[tokio::test(start_paused = true)]
async fn a_picture_sent_as_a_file_comes_with_a_small_copy() {
    let (telegram, bot) = telegram();
    let ann = telegram.person(7, "en", "Ann");
    let picture = photo_of(800, 400);
    ann.send_document(picture.clone(), "image/jpeg", "mug.jpg").await;
    let document = bot.got(0)["message"]["document"].clone();
    let thumbnail = &document["thumbnail"];
    assert_eq!((&thumbnail["width"], &thumbnail["height"]), (&json!(320), &json!(160)));
    let copy = download(&telegram, &thumbnail["file_id"]).await;
    assert_eq!(thumbnail["file_size"], json!(copy.len()));
    assert_eq!(Photo::decode(&copy).unwrap().size(), (320, 160));
    assert_eq!(download(&telegram, &document["file_id"]).await, picture, "the file itself is untouched");
    ann.send_document(photo_of(60, 40), "image/jpeg", "tiny.jpg").await;
    assert_eq!(bot.got(1)["message"]["document"]["thumbnail"]["width"], json!(60), "nothing is made larger");
    ann.send_document(&b"%PDF-1.7"[..], "image/png", "card.png").await;
    assert_eq!(bot.got(2)["message"]["document"].get("thumbnail"), None);
}
