// A seller with a page of their own. Each is a browser context of its own, because a browser keeps only six connections to one address.
import { until } from './expect.mjs';

const VIEWPORT = { width: 1180, height: 840 };
// A film takes ten seconds on an idle machine. Other films, and a compiler, may share its cores.
export const FILM_SECS_MAX = 150;

export class Seller {
  constructor(page, test) {
    this.page = page;
    this.test = test;
    this.chat = page.locator('#chat');
  }

  // Opens the chat of a person who is there from the start.
  static async open(test, id, options = {}) {
    const context = await test.browser.newContext({ viewport: VIEWPORT, ...options });
    const page = await context.newPage();
    test.watch(page);
    await page.goto(`${test.address}/${id}`);
    return new Seller(page, test);
  }

  // Adds a person by the page's form.
  static async join(test, name, options = {}) {
    const seller = await Seller.open(test, '', options);
    const { page } = seller;
    await page.getByText('+ person').click();
    await page.locator('form[action="/people"] [name=name]').fill(name);
    await page.locator('form[action="/people"] [name=language]').selectOption('en');
    await page.locator('form[action="/people"] button').click();
    await page.locator('nav [aria-current=page]', { hasText: name }).waitFor();
    return seller;
  }

  async say(text) {
    await this.page.locator('#text').fill(text);
    await this.page.locator('#text').press('Enter');
  }

  // The newest button whose data begins like this.
  button(data) {
    return this.page.locator(`[data-tap^="${data}"]`).last();
  }

  async tap(data) {
    await this.button(data).click();
  }

  // The faults are folded up until they are needed.
  async break(fault) {
    const faults = this.page.locator('details.break');
    if (await faults.getAttribute('open') === null) await faults.locator('summary').click();
    await this.page.locator(`[data-break="${fault}"]`).click();
  }

  async send(photo) {
    await this.page.locator('#photo').setInputFiles({ name: photo.name, mimeType: photo.mimeType, buffer: photo.buffer });
  }

  // Waits until the bot has written this, and returns the whole message.
  async hears(words, secsMax = 30) {
    const message = this.page.locator('article.bot', { hasText: words }).last();
    await until(`a message of the bot with ${words}`, () => this.lines(), (lines) => lines.some((line) => line.match(words)), secsMax);
    return message.locator('.text').innerText();
  }

  // What the bot wrote, the newest last.
  lines() {
    return this.page.locator('article.bot').evaluateAll((all) => all.map((line) => line.querySelector('.bubble').innerText.trim()));
  }

  // The sum of the ledger, as the page shows it beside the chat.
  async balance() {
    return Number(await this.page.locator('[data-balance]').getAttribute('data-balance'));
  }

  async untilBalance(credits, secsMax = 30) {
    await until(`a balance of ${credits} in the ledger`, () => this.balance(), (found) => found === credits, secsMax);
  }

  // From /start to the menu.
  async begins() {
    await this.say('/start');
    await this.tap('accept');
    await this.button('make:reels').waitFor();
    await this.untilBalance(2);
  }

  // From the menu to the summary of an order, which it returns: what the bot promises.
  async prepares(kind, photo) {
    await this.tap(`make:${kind}`);
    return this.sends(photo);
  }

  async sends(photo) {
    await this.hears(/Send one photo of the product|Пришлите одно фото/);
    await this.send(photo);
    await this.button('confirm:').waitFor();
    const text = await this.hears(/📐/);
    return { text, shape: text.match(/\d+:\d+/)?.[0], secs: Number(text.match(/, (\d+) /)?.[1]), price: Number(text.match(/: (\d+) /)?.[1]) };
  }

  // Waits until the fake KIE says how far a film is, and returns the percentage.
  async makes() {
    const percent = async () => Number((await this.page.locator('#making').innerText()).match(/making the film: (\d+) %/)?.[1]);
    return until('the progress of the film at KIE', percent, (found) => found > 0 && found <= 100, FILM_SECS_MAX);
  }

  films() {
    return this.page.locator('article.bot video');
  }

  // Waits for a film, and returns its <video>.
  async gets(number) {
    await until(`film ${number}`, () => this.films().count(), (count) => count >= number, FILM_SECS_MAX);
    return this.films().nth(number - 1);
  }

  async close() {
    await this.page.context().close();
  }
}
