// Keeps the page up to date and sends what the person does. Without this script the page still shows the chat as it was opened.
"use strict";

const person = document.body.dataset.person;
const chat = document.getElementById("chat");
const behind = document.getElementById("behind");
const problem = document.getElementById("problem");
const photo = document.getElementById("photo");
const text = document.getElementById("text");

// The chat stays at its end, also when a picture or a film gets its height, until the person scrolls up.
let atEnd = true;
chat.addEventListener("scroll", () => { atEnd = chat.scrollHeight - chat.scrollTop - chat.clientHeight < 80; });
function toEnd() { if (atEnd) chat.scrollTop = chat.scrollHeight; }
chat.addEventListener("load", toEnd, true);
chat.addEventListener("loadedmetadata", toEnd, true);

// Replaces the lines that changed and leaves the others, so that a film goes on playing.
function merge(html) {
  const fresh = document.createElement("div");
  fresh.innerHTML = html;
  const known = new Map([...chat.children].map((line) => [line.dataset.key, line]));
  const focused = document.activeElement && document.activeElement.dataset ? document.activeElement.dataset.tap : undefined;
  // A line that stays is not moved: moving it would stop its film and scroll the chat.
  let next = chat.firstElementChild;
  for (const line of [...fresh.children]) {
    const old = known.get(line.dataset.key);
    known.delete(line.dataset.key);
    if (old && old.dataset.version === line.dataset.version) {
      if (old === next) next = next.nextElementSibling;
      else chat.insertBefore(old, next);
      continue;
    }
    if (old && old === next) next = next.nextElementSibling;
    if (old) old.remove();
    chat.insertBefore(line, next);
    const again = focused === undefined ? null : line.querySelector(`[data-tap="${CSS.escape(focused)}"]`);
    if (again) again.focus();
  }
  for (const gone of known.values()) gone.remove();
  for (const action of chat.querySelectorAll("[data-for]")) setTimeout(() => action.remove(), Number(action.dataset.for));
  toEnd();
}

async function refresh(what) {
  const answer = await fetch(`/${person}/${what}`);
  if (!answer.ok) return;
  const html = await answer.text();
  if (what === "chat") merge(html);
  else behind.innerHTML = html;
}

async function post(path, body) {
  problem.hidden = true;
  // Whoever acts wants to see what follows.
  atEnd = true;
  toEnd();
  try {
    const answer = await fetch(path, { method: "POST", body });
    if (!answer.ok) report((await answer.text()) || `The answer was ${answer.status}.`);
  } catch {
    report("The program behind this page does not answer. Start it again with make run.");
  }
}

function report(what) {
  problem.textContent = what;
  problem.hidden = false;
}

function send(file) {
  const form = new FormData();
  form.append("photo", file, file.name || "photo");
  form.append("caption", text.value);
  if (document.getElementById("as_file").checked) form.append("as_file", "1");
  text.value = "";
  post(`/${person}/photo`, form);
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-tap], [data-say], [data-break]");
  if (!button) return;
  const { tap, message, say, break: fault } = button.dataset;
  button.disabled = true;
  if (tap !== undefined) await post(`/${person}/tap`, new URLSearchParams({ message, data: tap }));
  else if (say !== undefined) await post(`/${person}/say`, new URLSearchParams({ text: say }));
  else await post(`/${person}/break`, new URLSearchParams({ what: fault }));
  button.disabled = false;
  const menu = button.closest(".menu");
  if (menu) menu.open = false;
});

document.getElementById("compose").addEventListener("submit", (event) => {
  event.preventDefault();
  if (!text.value.trim()) return;
  post(`/${person}/say`, new URLSearchParams({ text: text.value }));
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

// A browser keeps few connections to one address, so a page that nobody sees has none.
let events = null;
function listen() {
  if (events) events.close();
  events = null;
  if (document.hidden) return;
  events = new EventSource(`/${person}/events`);
  events.addEventListener("chat", () => refresh("chat"));
  events.addEventListener("behind", () => refresh("behind"));
  events.addEventListener("error", () => report("The program behind this page does not answer. Start it again with make run."));
  events.addEventListener("open", () => { problem.hidden = true; });
}
document.addEventListener("visibilitychange", listen);
listen();
toEnd();
