// Steps about the page itself: keyboard, phone, language and colours, and files that are no photo.
import { expect } from './expect.mjs';
import { checkFilm } from './orders.mjs';
import { draw } from './photo.mjs';
import { Seller } from './seller.mjs';

const ANNA = 700000001;
const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
const TABS_MAX = 120;
const CHOOSER_TRIES = 4;
const CHOOSER_MS = 3000;
// Of text that is not large (WCAG 2.2, level AA).
const CONTRAST_MIN = 4.5;

// Orders a Neurocard with Tab and Enter only.
export async function keyboard(test, step) {
  await step('a Neurocard is ordered by the keyboard alone, and the focus is always visible', async () => {
    const seller = test.shows(await Seller.join(test, 'Keith'));
    const { page } = seller;
    // The form of a new person was used with the mouse. The chat is opened again, so nothing has the focus.
    await page.reload();
    await tabTo(page, '#text');
    await page.keyboard.type('/start');
    await page.keyboard.press('Enter');
    for (const data of ['accept', 'make:neurocard']) {
      await seller.button(data).waitFor();
      await tabTo(page, `[data-tap^="${data}"]`);
      await page.keyboard.press('Enter');
    }
    await seller.hears(/Send one photo of the product/);
    const photo = await draw(page, 900, 900);
    await tabTo(page, '#photo');
    const chooser = await openChooser(page);
    await chooser.setFiles({ name: photo.name, mimeType: photo.mimeType, buffer: photo.buffer });
    await seller.button('confirm:').waitFor();
    const secs = Number((await seller.hears(/📐/)).match(/, (\d+) s/)?.[1]);
    await tabTo(page, '[data-tap^="confirm:"]');
    await page.keyboard.press('Enter');
    // A Neurocard has the shape of the photo.
    await checkFilm(await seller.gets(1), { secs, shape: '1:1' }, photo);
  });
}

// Chromium sometimes drops the file chooser of one of several pages, although the field was clicked. A person would press Enter again.
async function openChooser(page) {
  for (let tries = 1; ; tries += 1) {
    const opened = page.waitForEvent('filechooser', { timeout: CHOOSER_MS }).catch((error) => error);
    await page.keyboard.press('Enter');
    const chooser = await opened;
    if (!(chooser instanceof Error)) return chooser;
    expect(tries < CHOOSER_TRIES, `a file chooser within ${CHOOSER_TRIES} presses of Enter`, chooser.message);
  }
}

async function tabTo(page, selector) {
  const passed = [];
  for (let count = 0; count < TABS_MAX; count += 1) {
    await page.keyboard.press('Tab');
    const focus = await page.evaluate(focused, selector);
    passed.push(focus.name);
    expect(focus.isVisible, `a visible focus on the way to ${selector}`, focus.name);
    if (focus.isIt) return;
  }
  expect(false, `${selector} within ${TABS_MAX} presses of Tab`, passed);
}

// Runs in the browser: which element has the focus, and whether a person sees that.
function focused(selector) {
  const element = document.activeElement;
  const outlined = (shown) => {
    const style = getComputedStyle(shown);
    return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0;
  };
  // The paper clip has the outline of the file field, which is transparent. The controls of a film draw their own.
  const label = element.closest('label');
  const isVisible = element === document.body || element.tagName === 'VIDEO' || outlined(element) || (label !== null && outlined(label));
  return { isIt: element.matches(selector), isVisible, name: `<${element.localName}> ${element.id || element.textContent.slice(0, 30)}` };
}

export async function phone(test, step) {
  await step('a phone shows all of it, and orders by touch', async () => {
    const seller = test.shows(await Seller.join(test, 'Pia', PHONE));
    const { page } = seller;
    await fits(page);
    await seller.say('/start');
    await seller.button('accept').tap();
    await seller.button('make:reels').tap();
    const photo = await draw(page);
    const order = await seller.sends(photo);
    await test.shot(seller, 'phone-summary');
    await seller.button('confirm:').tap();
    const film = await seller.gets(1);
    await checkFilm(film, order, photo);
    await film.scrollIntoViewIfNeeded();
    const box = await film.boundingBox();
    expect(box.x >= 0 && box.x + box.width <= 390 && box.width > 100, 'a film within the width of the phone', box);
    await fits(page);
    await test.shot(seller, 'phone');
  });
}

// No line is wider than the screen, and the composer is on it.
async function fits(page) {
  const sizes = await page.evaluate(() => {
    const composer = document.getElementById('compose').getBoundingClientRect();
    const { scrollWidth } = document.documentElement;
    return { scrollWidth, width: innerWidth, height: innerHeight, scrolled: scrollY, top: composer.top, bottom: composer.bottom };
  });
  expect(sizes.scrollWidth <= sizes.width, 'a page that does not scroll sideways', sizes);
  expect(sizes.top >= 0 && sizes.bottom <= sizes.height + 1, 'a composer on the screen', sizes);
}

// Anna's chat is in Russian. Ben's screenshots are in English.
export async function anna(test, step) {
  await step('the chat is in Russian, and its text is readable in light and dark colours', async () => {
    const seller = test.shows(await Seller.open(test, ANNA, { colorScheme: 'light' }));
    await seller.begins();
    const order = await seller.prepares('reels', await draw(seller.page));
    expect(/Ваш баланс/.test(order.text), 'a summary in Russian', order.text);
    const brightness = {};
    for (const [scheme, name] of [['light', 'russian'], ['dark', 'russian-dark']]) {
      await seller.page.emulateMedia({ colorScheme: scheme });
      await test.shot(seller, name);
      const parts = await seller.page.evaluate(contrasts, ['article.bot .text', 'article.bot footer', '.own footer', '.keys button', 'nav [aria-current]', 'aside h3']);
      const dim = parts.filter((part) => part.contrast < CONTRAST_MIN);
      expect(dim.length === 0, `text with a contrast of ${CONTRAST_MIN} or more in ${scheme} colours`, dim);
      brightness[scheme] = parts[0].behind;
    }
    expect(brightness.dark < 0.2 && brightness.light > 0.8, 'a dark page that is dark and a light page that is light', brightness);
  });
}

// Runs in the browser: the contrast of the text of each part with what is behind it (WCAG 2.2, contrast ratio).
function contrasts(parts) {
  const numbers = (colour) => colour.match(/[\d.]+/g).map(Number);
  const luminance = (colour) => {
    const [red, green, blue] = colour.map((value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  // The colour behind an element: its own background over that of the elements around it.
  const behind = (element) => {
    if (!element) return [255, 255, 255];
    const [red, green, blue, alpha = 1] = numbers(getComputedStyle(element).backgroundColor);
    if (alpha === 1) return [red, green, blue];
    return behind(element.parentElement).map((value, at) => value * (1 - alpha) + [red, green, blue][at] * alpha);
  };
  return parts.map((part) => {
    const element = document.querySelector(part);
    const [back, text] = [luminance(behind(element)), luminance(numbers(getComputedStyle(element).color).slice(0, 3))];
    const contrast = (Math.max(back, text) + 0.05) / (Math.min(back, text) + 0.05);
    return { part, contrast: Math.round(contrast * 100) / 100, behind: Math.round(back * 100) / 100 };
  });
}

// Files that are no photo are dropped onto the page.
export async function badFiles(test, step) {
  const seller = await Seller.join(test, 'Fay');
  await step('dropped files that are no photo are refused in plain words', async () => {
    test.shows(seller);
    await seller.begins();
    await seller.tap('make:reels');
    await seller.hears(/Send one photo of the product/);
    await drop(seller.page, 'huge.jpg', 'image/jpeg', { head: '/9j/4A==', size: 25_000_000 });
    await seller.hears(/too large.*up to 20 MB/);
    await drop(seller.page, 'price.pdf', 'application/pdf', { head: btoa('%PDF-1.7'), size: 5000 });
    await seller.hears(/can't use this file/);
    await test.shot(seller, 'refused');
    await seller.untilBalance(2);
  });
  // The bot opens a photo only when it is paid for, so this file is refused later, and the credit comes back.
  await step('a dropped JPEG that is cut off is refused when it is opened, and refunded', async () => {
    const photo = await draw(seller.page);
    await drop(seller.page, 'broken.jpg', 'image/jpeg', { head: photo.buffer.subarray(0, 400).toString('base64'), size: 0 });
    await seller.tap('confirm:');
    await seller.hears(/can't use this file[^]*Your credit is back\. Your balance: 2 credits/);
    await seller.untilBalance(2);
    const ledger = await seller.page.locator('#behind').innerText();
    expect(/refund/i.test(ledger), 'a refund in the ledger', ledger);
  });
}

const drop = (page, name, type, content) => page.evaluate(({ name, type, content }) => {
  const head = Uint8Array.from(atob(content.head), (letter) => letter.charCodeAt(0));
  const files = new DataTransfer();
  files.items.add(new File([head, new Uint8Array(content.size).fill(0x55)], name, { type }));
  document.getElementById('chat').dispatchEvent(new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer: files }));
}, { name, type, content });
