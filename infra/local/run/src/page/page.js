// Keeps the page up to date and sends what the person does. Without this script the page still shows all of it as it was opened.
"use strict";

const BEHIND_MS = 250;
const LANES_MS = 100;

const person = document.body.dataset.person;
// Of a real Telegram the page has no chat.
const chat = document.getElementById("chat");
const making = document.getElementById("making");
const problem = document.getElementById("problem");
const photo = document.getElementById("photo");
const text = document.getElementById("text");

// The chat stays at its end, also when a picture or a film gets its height, until the person scrolls up.
let atEnd = true;
function toEnd() { if (chat && atEnd) chat.scrollTop = chat.scrollHeight; }
if (chat) {
  chat.addEventListener("scroll", () => { atEnd = chat.scrollHeight - chat.scrollTop - chat.clientHeight < 80; });
  chat.addEventListener("load", toEnd, true);
  chat.addEventListener("loadedmetadata", toEnd, true);
}

// Replaces the parts that changed and leaves the others, so that a film goes on playing and an opened call stays open. A part keeps its
// key, and its version changes with its content; a part with data-merge has parts of its own.
function merge(into, fresh) {
  const known = new Map([...into.children].map((part) => [part.dataset.key, part]));
  // A part that stays is not moved: moving it would stop its film and scroll the page.
  let next = into.firstElementChild;
  for (const part of [...fresh.children]) {
    const old = known.get(part.dataset.key);
    known.delete(part.dataset.key);
    if (old && (old.dataset.merge !== undefined || old.dataset.version === part.dataset.version)) {
      if (old.dataset.merge !== undefined) {
        for (const { name, value } of part.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
        merge(old, part);
      }
      if (old === next) next = next.nextElementSibling;
      else into.insertBefore(old, next);
      continue;
    }
    if (old && old === next) next = next.nextElementSibling;
    if (old) old.remove();
    into.insertBefore(part, next);
  }
  for (const gone of known.values()) gone.remove();
}

function parsed(html) {
  const fresh = document.createElement("div");
  fresh.innerHTML = html;
  return fresh;
}

// A tap often takes its button away. The focus goes to the same button, else to the newest line, so that the next Tab goes on from there.
function mergeChat(html) {
  const focused = chat.contains(document.activeElement) ? document.activeElement : null;
  merge(chat, parsed(html));
  if (focused && focused !== chat && !chat.contains(focused)) {
    const same = focused.dataset.tap && [...chat.querySelectorAll("[data-tap]")].findLast((button) => button.dataset.tap === focused.dataset.tap);
    const newest = [...chat.querySelectorAll("article")].at(-1);
    if (newest) newest.tabIndex = -1;
    (same || newest || chat).focus({ preventScroll: true });
  }
  for (const action of chat.querySelectorAll("[data-for]")) setTimeout(() => action.remove(), Number(action.dataset.for));
  toEnd();
}

async function refresh(what) {
  const answer = await fetch(what === "shared" ? "/shared" : `/${person}/${what}`);
  if (!answer.ok) return;
  const html = await answer.text();
  if (what === "chat") mergeChat(html);
  else merge(document.getElementById(what), parsed(html));
  if (what === "shared") lanesAt = performance.now();
}

// Refreshes one after the other, and not too often: what came meanwhile is in the next one.
const waiting = {};
async function behind(what) {
  if (waiting[what]) { waiting[what] = "again"; return; }
  waiting[what] = "once";
  try {
    await refresh(what);
    await new Promise((resolve) => setTimeout(resolve, BEHIND_MS));
  } catch { /* The program has stopped; the events say so. */ }
  const again = waiting[what] === "again";
  waiting[what] = undefined;
  if (again) behind(what);
}

// The bars lie at the time since the start of the program. The part of the drawing that is seen moves with the time.
let lanesAt = performance.now();
function moveLanes() {
  const lanes = document.querySelector("#shared .lanes");
  if (!lanes || document.hidden) return;
  const { now, span, unit } = lanes.dataset;
  const left = (Number(now) + performance.now() - lanesAt - Number(span)) / Number(unit);
  for (const bars of lanes.querySelectorAll("svg")) bars.setAttribute("viewBox", `${left.toFixed(1)} 0 ${Number(span) / Number(unit)} 10`);
}
setInterval(moveLanes, LANES_MS);

// What is closed costs nothing: an opened part asks for its content.
document.addEventListener("toggle", async ({ target }) => {
  const place = target.matches("details[data-load]") ? target : target.querySelector(":scope > [data-load]");
  if (!target.open || !place) return;
  const into = place === target ? target.lastElementChild : place;
  try {
    const answer = await fetch(place.dataset.load);
    if (answer.ok) into.innerHTML = await answer.text();
  } catch { /* The program has stopped; the events say so. */ }
}, true);

async function post(path, body) {
  problem.hidden = true;
  try {
    const answer = await fetch(path, { method: "POST", body });
    if (!answer.ok) report((await answer.text()) || `The answer was ${answer.status}.`);
    return answer.ok;
  } catch {
    report("The program behind this page does not answer. Start it again with make run.");
    return false;
  }
}

function report(what) {
  problem.textContent = what;
  problem.hidden = false;
}

// Whoever acts in the chat wants to see what follows.
function act(path, body) {
  atEnd = true;
  toEnd();
  return post(path, body);
}

function send(file) {
  const form = new FormData();
  form.append("photo", file, file.name || "photo");
  form.append("caption", text.value);
  if (document.getElementById("as_file").checked) form.append("as_file", "1");
  text.value = "";
  act(`/${person}/photo`, form);
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-tap], [data-say], [data-break]");
  // A button that works keeps the focus, so it is not disabled.
  if (!button || button.ariaBusy === "true") return;
  const { tap, message, say, break: fault } = button.dataset;
  button.ariaBusy = "true";
  if (tap !== undefined) await act(`/${person}/tap`, new URLSearchParams({ message, data: tap }));
  else if (say !== undefined) await act(`/${person}/say`, new URLSearchParams({ text: say }));
  else if (await post(`/${person}/break`, new URLSearchParams({ what: fault }))) {
    button.dataset.done = "";
    setTimeout(() => { delete button.dataset.done; }, 2500);
  }
  button.ariaBusy = "false";
  const menu = button.closest(".menu");
  if (menu) menu.open = false;
});

if (chat) {
  document.getElementById("compose").addEventListener("submit", (event) => {
    event.preventDefault();
    if (!text.value.trim()) return;
    act(`/${person}/say`, new URLSearchParams({ text: text.value }));
    text.value = "";
  });
  photo.addEventListener("change", () => {
    for (const file of photo.files) send(file);
    photo.value = "";
  });
  document.addEventListener("paste", (event) => {
    for (const file of event.clipboardData.files) send(file);
  });
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    document.body.classList.add("drop");
  });
  document.addEventListener("dragleave", () => document.body.classList.remove("drop"));
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    document.body.classList.remove("drop");
    for (const file of event.dataTransfer.files) send(file);
  });
}

function showMaking(html) {
  const fresh = parsed(html).firstElementChild;
  // The same bar goes on, so that it does not begin again with each step.
  const [old, now] = [[...making.children], [...fresh.children]];
  if (old.length !== now.length) making.replaceChildren(...now);
  else now.forEach((line, at) => {
    old[at].firstElementChild.textContent = line.firstElementChild.textContent;
    const [bar, value] = [old[at].lastElementChild, line.lastElementChild.getAttribute("value")];
    if (value === null) bar.removeAttribute("value");
    else bar.setAttribute("value", value);
  });
  toEnd();
}

// A browser keeps few connections to one address, so a page that is not seen has none.
let events = null;
function listen() {
  if (events) events.close();
  events = null;
  if (document.hidden) return;
  events = new EventSource(`/${person}/events`);
  events.addEventListener("chat", () => refresh("chat").catch(() => {}));
  events.addEventListener("behind", () => behind("behind"));
  events.addEventListener("shared", () => behind("shared"));
  events.addEventListener("making", ({ data }) => { if (making) showMaking(data); });
  events.addEventListener("error", () => report("The program behind this page does not answer. Start it again with make run."));
  events.addEventListener("open", () => { problem.hidden = true; });
}
document.addEventListener("visibilitychange", listen);
listen();
toEnd();
