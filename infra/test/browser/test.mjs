// Plays sellers on the page of `make run`, in a real Chromium: node test.mjs <program> <folder for its data> <folder of screenshots>
// Prints a line for each step. Ends at the first step that fails, with what was expected and a screenshot.
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { start } from './machine.mjs';
import { behind, skips } from './behind.mjs';
import { ben, kieRejects, telegramDown } from './orders.mjs';
import { anna, badFiles, keyboard, phone } from './screens.mjs';

const [program, folder, pictures] = process.argv.slice(2);
const { chromium } = createRequire(join(process.env.BROWSER_TOOLS, 'package.json'))('playwright-core');

// Some sellers at a time: each film takes seconds of a core.
const SELLERS = [telegramDown, ben, keyboard, phone, anna, kieRejects, badFiles, behind];
const AT_ONCE = 3;
// Skipped time passes for all, so its seller comes when the others have ended.
const LAST = [skips];
const ALL_SECS_MAX = 600;
// Without a sandbox, because a container has none to give: Chromium opens only the page of this machine. It asks the network for nothing.
const CHROMIUM_ARGS = ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync'];

const began = Date.now();
const secs = (since) => `${((Date.now() - since) / 1000).toFixed(1)} s`;
// What the pages did that a page of this machine must not do.
const complaints = [];
let passed = 0;

function watch(page, address) {
  page.on('console', (message) => { if (message.type() === 'error') complaints.push(`console: ${message.text()} (${message.location().url})`); });
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('request', (request) => {
    if (!request.url().startsWith(`${address}/`) && !/^(data|blob):/.test(request.url())) complaints.push(`a request to ${request.url()}`);
  });
  page.on('requestfailed', (request) => {
    // A player drops the part of a film that it no longer needs, and a page that closes drops what it waits for.
    if (request.failure()?.errorText !== 'net::ERR_ABORTED') complaints.push(`${request.url()}: ${request.failure()?.errorText}`);
  });
}

async function play(test, sellers) {
  const waiting = [...sellers];
  let isOver = false;
  const one = async () => {
    for (let seller = waiting.shift(); seller && !isOver; seller = waiting.shift()) {
      const own = { ...test, page: null, shows(person) { own.page = person.page; return person; } };
      try {
        await seller(own, async (name, act) => {
          const since = Date.now();
          try {
            await act();
          } catch (error) {
            error.step ??= `${name} (${secs(since)})`;
            throw error;
          }
          if (isOver) return;
          passed += 1;
          console.log(`ok      ${name} (${secs(since)})`);
        });
        await own.page.context().close();
      } catch (error) {
        // The others fail too when the browser is closed; only the first failure counts.
        if (isOver) return;
        isOver = true;
        error.page = own.page;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
}

async function main(ends) {
  const machine = await start(program, folder);
  ends.push(() => machine.stop());
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM, args: CHROMIUM_ARGS, handleSIGINT: false, handleSIGTERM: false, handleSIGHUP: false,
  });
  ends.push(() => browser.close());
  mkdirSync(pictures, { recursive: true });
  const test = {
    browser,
    address: machine.address,
    watch: (page) => { page.setDefaultTimeout(30_000); watch(page, machine.address); },
    shot: (seller, name) => seller.page.screenshot({ path: join(pictures, `${name}.png`) }),
  };
  const late = setTimeout(() => { console.error(`browser: expected all steps within ${ALL_SECS_MAX} s`); end(ends, 1); }, ALL_SECS_MAX * 1000);
  try {
    await play(test, SELLERS);
    await play(test, LAST);
    const step = 'the pages ask only this machine, and report no error';
    if (complaints.length > 0) throw Object.assign(new Error(`expected no complaint, found ${complaints.length}`), { step });
    passed += 1;
    console.log(`ok      ${step}`);
  } catch (error) {
    if (isEnding) return; // a signal closed the browser: no step failed
    const picture = join(pictures, 'failed.png');
    const hasPicture = await error.page?.screenshot({ path: picture }).then(() => true, () => false);
    console.log(`FAILED  ${error.step ?? 'start'}`);
    console.log(`        ${error.message}`);
    if (hasPicture) console.log(`        screenshot: ${picture}`);
    if (complaints.length > 0) console.log(`        the pages complained: ${complaints.join('; ')}`);
    if (machine.errors()) console.log(`        the program wrote: ${machine.errors()}`);
    throw error;
  } finally {
    clearTimeout(late);
  }
}

let isEnding = false;
// Ends the browser and the program, whatever happened.
async function end(ends, code, signal) {
  if (isEnding) return;
  isEnding = true;
  for (const stop of ends.reverse()) await stop().catch((error) => console.error(`browser: ${error.message}`));
  if (signal) console.error(`browser: stopped by ${signal}`);
  console.log(`browser: ${secs(began)}`);
  if (!signal) console.log(`${passed} passed, ${code === 0 ? 0 : 1} failed`);
  process.exit(code);
}
const ends = [];
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => end(ends, 1, signal));
main(ends).then(() => end(ends, 0), (error) => { if (!error.step) console.error(error); end(ends, 1); });
