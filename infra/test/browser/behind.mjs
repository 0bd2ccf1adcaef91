// Steps about what is behind the chat: the lanes, the queues, the time line, the calls, the table, and the faults.
import { expect, until } from './expect.mjs';
import { draw } from './photo.mjs';
import { FILM_SECS_MAX, Seller } from './seller.mjs';

const LANES = ['webhook', 'generator', 'callback', 'sender', 'refunder', 'sweeper'];
const QUEUES = ['generate', 'send', 'generate-dead', 'send-dead', 'parked'];
const STATES = ['queued', 'submitting', 'generating', 'ready', 'sending', 'delivered'];
const FAULTS = ['kie-slow', 'kie-rejects', 'kie-breaks', 'kie-silent', 'kie-loses-callbacks', 'telegram-429', 'telegram-down', 'telegram-up', 'block',
  'unblock', 'redeliver', 'dynamodb-throttles', 'kill-function', 'skip-minute', 'skip-hour'];
// A skip of an hour computes what happens in it.
const SKIP_SECS_MAX = 30;
// What no page may show: the forms of the bot's token, of a signature, of a sealed address.
const SECRET = /bot\d+:|X-Amz-Signature=\w|\/kie\/v2|local-(token|webhook|kie|callback|llm)-/;

// One order, followed behind the chat.
export async function behind(test, step) {
  const seller = test.shows(await Seller.join(test, 'Vera'));
  const { page } = seller;
  await step('each fault has a button, and a line that says what should happen', async () => {
    await page.locator('details.break summary').click();
    const faults = await page.locator('.fault').evaluateAll((all) => all.map((fault) =>
      ({ name: fault.querySelector('[data-break]').dataset.break, line: fault.querySelector('span').innerText })));
    expect(JSON.stringify(faults.map((fault) => fault.name)) === JSON.stringify(FAULTS), `the faults ${FAULTS}`, faults);
    expect(faults.every((fault) => fault.line.length > 20), 'a line for each', faults);
    await test.shot(seller, 'break');
    await page.locator('details.break summary').click();
  });
  await step('an empty chat begins with Start', async () => {
    await page.locator('#chat [data-say="/start"]').click();
    await seller.tap('accept');
    await seller.untilBalance(2);
  });
  await step('the lanes, the queues and the time line follow an order as it happens', async () => {
    await seller.prepares('reels', await draw(page));
    await seller.tap('confirm:');
    const bars = (lane) => page.locator(`.lane[data-key=${lane}] rect`).count();
    await until('a bar of the generator', () => bars('generator'), (count) => count > 0);
    await until('a message of the job in the queue generate', () => page.locator('[data-queue=generate] .message').count(), (count) => count > 0);
    await seller.gets(1);
    const states = () => page.locator('.time-line b').allInnerTexts();
    await until(`the states ${STATES}`, states, (found) => JSON.stringify(found) === JSON.stringify(STATES));
    for (const lane of LANES.filter((name) => name !== 'refunder')) expect(await bars(lane) > 0, `a bar of the ${lane}`, await bars(lane));
    const queues = await page.locator('[data-queue]').evaluateAll((all) => all.map((queue) => queue.dataset.queue));
    expect(JSON.stringify(queues) === JSON.stringify(QUEUES), `the queues ${QUEUES}`, queues);
    const view = () => page.locator('.lane[data-key=webhook] svg').getAttribute('viewBox');
    const before = await view();
    await until('lanes that move', view, (now) => now !== before, 2);
  });
  await step('a call opens with its request and its answer, the table with its items, and no secret is in them', async () => {
    const call = page.locator('.call', { has: page.locator('.what', { hasText: 'createTask' }) }).first();
    await call.locator('summary').click();
    await call.locator('pre').first().waitFor();
    expect(/callBackUrl/.test(await call.innerText()), 'the body of createTask', await call.innerText());
    await page.locator('#items > summary').click();
    const item = page.locator('#items .item', { hasText: 'PROFILE' });
    await item.locator('summary').click();
    expect(/"balance": 1/.test(await item.innerText()), 'the balance in the item', await item.innerText());
    for (const open of await page.locator('.call > summary').all()) await open.evaluate((summary) => summary.parentElement.setAttribute('open', ''));
    await until('the bodies of all calls', () => page.locator('.call[open] > div:empty').count(), (left) => left === 0);
    const found = (await page.content()).match(SECRET);
    expect(found === null, 'no secret on the page', found?.[0]);
  });
}

// KIE never ends a film. An hour is skipped, so the refund comes now.
export async function skips(test, step) {
  const seller = test.shows(await Seller.join(test, 'Silas'));
  await step('an hour is skipped, and a film that KIE never ends is refunded', async () => {
    await seller.begins();
    const order = await seller.prepares('reels', await draw(seller.page));
    await seller.break('kie-silent');
    await seller.tap('confirm:');
    await seller.untilBalance(2 - order.price);
    await seller.page.locator('.time-line b', { hasText: 'generating' }).waitFor();
    await seller.break('skip-hour');
    await seller.untilBalance(2, SKIP_SECS_MAX);
    await seller.hears(/Your credits? (is|are) back\. Your balance: 2 credits/);
    const clock = await seller.page.locator('.clock').innerText();
    expect(/1 h ahead/.test(clock), 'a clock that is an hour ahead', clock);
    await test.shot(seller, 'skipped');
  });
  await step('after the skip the page answers and a film is made', async () => {
    await seller.say('/start');
    await seller.prepares('reels', await draw(seller.page));
    await seller.tap('confirm:');
    await seller.gets(1);
    await until('a balance of 1', () => seller.balance(), (found) => found === 1, FILM_SECS_MAX);
  });
}
