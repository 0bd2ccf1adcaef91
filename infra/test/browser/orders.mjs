// Steps that order: films, and refunds.
import { expect, until } from './expect.mjs';
import { measure } from './film.mjs';
import { distance, draw } from './photo.mjs';
import { FILM_SECS_MAX, Seller } from './seller.mjs';

const BEN = 700000002;
const SECS_OFF_MAX = 0.3;
const SHAPE_OFF_MAX = 0.01;
const SHORT_SIDE_MIN_PX = 540;
// Of 441. The film zooms into the photo and a band of light passes over it; a random colour is some 150 away.
const COLOUR_DISTANCE_MAX = 45;
// Of 255, the mean of all pixels.
const PICTURES_DIFFER_MIN = 1;
// Three tries to send the film fail within seconds of its making, which other films may slow down.
const REFUND_SECS_MAX = 120;

// Ben orders a Reels and one more of the same product.
export async function ben(test, step) {
  let seller, photo, order;
  await step('the page opens, /start answers, the terms are accepted', async () => {
    seller = test.shows(await Seller.open(test, BEN));
    await seller.begins();
  });
  await step('a photo gets the summary of a Reels', async () => {
    photo = await draw(seller.page);
    order = await seller.prepares('reels', photo);
    expect(order.secs > 0 && order.shape === '9:16', 'a summary with 9:16 and the seconds', order.text);
    await test.shot(seller, 'summary');
  });
  await step('the status message changes while the film is made', async () => {
    await watchStatus(seller);
    await seller.tap('confirm:');
    await seller.hears(/Reels: being made/);
    await seller.makes();
    await test.shot(seller, 'making');
    await seller.gets(1);
    const texts = await until('a status message that says that the film is ready', () => seller.page.evaluate(() => window.statusTexts),
      (all) => /ready, see below/.test(all.at(-1)));
    expect(texts.length >= 3, 'a status message that changes twice or more', texts);
  });
  await step('the film plays, and is as the summary promised', async () => {
    await seller.untilBalance(2 - order.price);
    await checkFilm(await seller.gets(1), order, photo);
    await test.shot(seller, 'delivered');
  });
  await step('the button under the film orders one more', async () => {
    await seller.tap('again:');
    await seller.button('confirm:').click();
    await seller.untilBalance(2 - 2 * order.price);
    await checkFilm(await seller.gets(2), order, photo);
    await seller.page.emulateMedia({ colorScheme: 'dark' });
    await test.shot(seller, 'dark');
  });
}

// Collects the texts of the message that says how far an order is.
async function watchStatus(seller) {
  await seller.page.evaluate(() => {
    window.statusTexts = [];
    let key;
    const read = () => {
      for (const line of document.querySelectorAll('#chat article.bot')) {
        const text = line.querySelector('.text')?.innerText ?? '';
        if (key === undefined && /order accepted/.test(text)) key = line.dataset.key;
        if (line.dataset.key === key && window.statusTexts.at(-1) !== text) window.statusTexts.push(text);
      }
    };
    new MutationObserver(read).observe(document.getElementById('chat'), { childList: true, subtree: true, characterData: true });
  });
}

export async function checkFilm(video, order, photo) {
  const film = await measure(video);
  expect(film.played >= 0.3, 'a film that plays', film);
  expect(Math.abs(film.duration - order.secs) <= SECS_OFF_MAX, `${order.secs} s as in the summary, ${SECS_OFF_MAX} s more or less`, film);
  const [wide, high] = order.shape.split(':').map(Number);
  expect(Math.abs(film.width / film.height / (wide / high) - 1) <= SHAPE_OFF_MAX, `the shape ${order.shape}`, film);
  expect(Math.min(film.width, film.height) >= SHORT_SIDE_MIN_PX, `a shorter side of ${SHORT_SIDE_MIN_PX} or more`, film);
  expect(film.differences.every((much) => much >= PICTURES_DIFFER_MIN), 'pictures that differ from each other', film);
  const off = distance(film.mean, photo.mean);
  expect(off <= COLOUR_DISTANCE_MAX, `the photo's colour ${photo.mean} (hue ${photo.hue}) within ${COLOUR_DISTANCE_MAX}`, { ...film, off });
  if (process.env.VERBOSE) console.log(JSON.stringify({ ...film, off, photo: photo.mean }));
}

// Telegram is down from when the film is being made until its delivery has been given up.
export async function telegramDown(test, step) {
  await step('a film that Telegram does not take is refunded, and the seller reads it when Telegram is up', async () => {
    const seller = test.shows(await Seller.join(test, 'Dora'));
    await seller.begins();
    const order = await seller.prepares('reels', await draw(seller.page));
    await seller.tap('confirm:');
    // The bot reads the photo from Telegram first. An outage before that would fail the order in another way.
    await seller.hears(/Reels: being made/, FILM_SECS_MAX);
    await seller.break('telegram-down');
    await seller.chat.getByText('Telegram is down').waitFor();
    await seller.untilBalance(2 - order.price);
    await seller.untilBalance(2, REFUND_SECS_MAX);
    const ledger = await seller.page.locator('#behind').innerText();
    expect(/refund/i.test(ledger), 'a refund in the ledger', ledger);
    await test.shot(seller, 'telegram-down');
    await seller.break('telegram-up');
    await seller.hears(/Your credits? (is|are) back\. Your balance: 2 credits/);
    await seller.button('finished:').waitFor();
    expect(await seller.films().count() === 0, 'no film in the chat', await seller.lines());
    await test.shot(seller, 'refund');
  });
}

// KIE refuses the photo.
export async function kieRejects(test, step) {
  await step('a photo that KIE rejects is refunded', async () => {
    const seller = test.shows(await Seller.join(test, 'Karl'));
    await seller.begins();
    const order = await seller.prepares('reels', await draw(seller.page));
    await seller.break('kie-rejects');
    await seller.tap('confirm:');
    await seller.untilBalance(2 - order.price);
    await seller.hears(/Your credits? (is|are) back\. Your balance: 2 credits/, FILM_SECS_MAX);
    await seller.untilBalance(2);
    expect(await seller.films().count() === 0, 'no film in the chat', await seller.lines());
  });
}
