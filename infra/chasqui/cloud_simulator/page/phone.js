// The phone: who is chosen, what is shown, and what the control endpoints are told.

import { bubble, clockTime, h, summary } from "./messages.js";
import { current, speak, word } from "./words.js";

const $ = (selector) => document.querySelector(selector);
const state = { people: [], person: null, thread: null, skew: 0, log: [], replyTo: null, atEnd: true, bubbles: new Map(), drafts: new Map() };

// ---- talking to the simulator

async function ask(path, body) {
  const options = body === undefined ? {} : { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  const response = await fetch(`/_sim${path}`, options);
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error ?? response.status);
  return answer;
}

/** Does something and says it when it fails. */
async function attempt(action) {
  try {
    const result = await action();
    notice("");
    return result;
  } catch (error) {
    notice(word("error", error.message));
    return undefined;
  }
}

function notice(text) {
  const element = $("#notice");
  element.textContent = text;
  element.hidden = !text;
}

const at = (id, rest = "") => `/people/${encodeURIComponent(id)}${rest}`;
const now = () => Date.now() + state.skew;
const write = (draft) => state.person && attempt(() => ask(at(state.person, "/messages"), draft));

// ---- reading

async function readPeople() {
  const { people, now_ms } = await ask("/people");
  state.people = people;
  state.skew = now_ms - Date.now();
  if (!people.some((person) => person.id === state.person)) state.person = null;
  if (!state.person && people.length) await choose(remembered(people));
  drawPeople();
}

function remembered(people) {
  let last = null;
  try { last = localStorage.getItem("person"); } catch { /* nothing kept */ }
  return people.some((person) => person.id === last) ? last : people[0].id;
}

async function readThread() {
  if (!state.person) { drawThread(); return; }
  const id = state.person;
  const thread = await ask(at(id, "/messages"));
  if (id !== state.person) return;
  state.thread = thread;
  state.skew = thread.now_ms - Date.now();
  drawThread();
}

async function readLog() {
  const [{ calls }, { webhooks }, { faults }] = await Promise.all([ask("/log"), ask("/webhooks"), ask("/faults")]);
  state.log = [...calls.map((call) => ({ ...call, isCall: true })), ...webhooks].sort((a, b) => b.number - a.number).slice(0, 60);
  drawLog(faults.length);
}

async function choose(id) {
  const before = state.person;
  if (before) state.drafts.set(before, $("#text").value);
  state.person = id;
  state.thread = null;
  state.bubbles.clear();
  state.replyTo = null;
  try { localStorage.setItem("person", id); } catch { /* nothing kept */ }
  $("#text").value = state.drafts.get(id) ?? "";
  if (before && before !== id) await attempt(() => ask(at(before), { chat_open: false }));
  await attempt(() => ask(at(id), { chat_open: true }));
  show("phone");
  drawPeople();
  await readThread();
}

// ---- drawing

const initial = (name) => ([...(name ?? "").replace(/^\+/, "")][0] ?? "?").toUpperCase();
const hue = (id) => [...id].reduce((sum, letter) => (sum * 31 + letter.codePointAt(0)) % 360, 7);
const avatar = (person) => h("span", { class: "avatar", style: `--hue:${hue(person.id)}`, "aria-hidden": "true" }, initial(person.name));

function drawPeople() {
  const items = state.people.map((person) => {
    const known = [person.phone ? `+${person.phone}` : person.user_id, person.username ? `@${person.username}` : null].filter(Boolean).join(" · ");
    return h("li", {}, h("button", { type: "button", "aria-current": person.id === state.person ? "true" : null, onclick: () => choose(person.id) },
      avatar(person),
      h("span", { class: "about" }, h("strong", {}, person.name), h("small", {}, person.last ? summary(person.last) : known), person.last ? h("small", { class: "known" }, known) : null),
      h("span", { class: `dot ${person.window.open ? "open" : ""}`, title: word(person.window.open ? "windowOpen" : "windowClosed") })));
  });
  $("#people").replaceChildren(...items);
}

function dayName(ms) {
  const day = (time) => new Date(time).toDateString();
  if (day(ms) === day(now())) return word("today");
  if (day(ms) === day(now() - 86_400_000)) return word("yesterday");
  return new Intl.DateTimeFormat(current(), { weekday: "long", day: "numeric", month: "long" }).format(ms);
}

function drawThread() {
  const list = $("#messages");
  const person = state.thread?.person;
  $("#as").replaceChildren(...(person ? [avatar(person), h("span", {}, person.name)] : []));
  for (const control of document.querySelectorAll("#write button, #write textarea, .switches input")) control.disabled = !person;
  if (!person) {
    list.replaceChildren(h("p", { class: "empty" }, word("nobody")));
    return;
  }
  $("#online").checked = person.online;
  $("#open").checked = person.chat_open;
  const visible = state.thread.messages.filter((message) => message.type !== "reaction");
  const drawn = [];
  let day = "";
  for (const message of visible) {
    if (dayName(message.at_ms) !== day) {
      day = dayName(message.at_ms);
      drawn.push(h("p", { class: "day" }, h("span", {}, day)));
    }
    drawn.push(bubbleOf(message));
  }
  if (!visible.length) drawn.push(h("p", { class: "empty" }, word("empty")));
  if (person.typing) drawn.push(h("p", { class: "typing", "aria-label": word("typing") }, h("i"), h("i"), h("i")));
  reconcile(list, drawn);
  if (state.drawnFor !== person.id) state.atEnd = true;
  state.drawnFor = person.id;
  followEnd();
  drawWindow();
  drawQuote();
}

/** The bubble drawn before, unless it changed: a new one would load its pictures and sounds again. */
function bubbleOf(message) {
  const { messages } = state.thread;
  const related = messages.filter((other) => other.id === message.reply_to || (other.type === "reaction" && other.content.message_id === message.id));
  const key = JSON.stringify([current(), message, related]);
  const known = state.bubbles.get(message.id);
  if (known?.key === key) return known.element;
  const element = bubble(message, messages, actions);
  state.bubbles.set(message.id, { key, element });
  return element;
}

/** Keeps the newest message in sight, also when a picture above it takes its size late, unless the reader scrolled up. */
function followEnd() {
  const list = $("#messages");
  if (state.atEnd) list.scrollTop = list.scrollHeight;
}
$("#messages").addEventListener("scroll", ({ target }) => { state.atEnd = target.scrollHeight - target.scrollTop - target.clientHeight < 80; });
$("#messages").addEventListener("load", followEnd, true);

/** Replaces only what changed, so that screen readers hear new messages and videos go on playing. */
function reconcile(list, drawn) {
  drawn.forEach((element, index) => {
    const old = list.children[index];
    if (!old) list.append(element);
    else if (old !== element && !old.isEqualNode(element)) old.replaceWith(element);
  });
  while (list.children.length > drawn.length) list.lastElementChild.remove();
}

function duration(ms) {
  const minutes = Math.max(0, Math.floor(ms / 60_000));
  return minutes >= 60 ? `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min` : `${minutes} min ${String(Math.floor(ms / 1_000) % 60).padStart(2, "0")} s`;
}

function drawWindow() {
  $("#now").textContent = new Intl.DateTimeFormat(current(), { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", second: "2-digit" }).format(now());
  $("#now").dateTime = new Date(now()).toISOString();
  const element = $("#window");
  const person = state.thread?.person;
  if (!person) { element.textContent = ""; return; }
  const left = (person.window.expires_at_ms ?? 0) - now();
  const open = left > 0;
  element.classList.toggle("open", open);
  element.classList.toggle("soon", open && left < 3_600_000);
  const text = open ? word("windowLeft", clockTime(person.window.expires_at_ms), duration(left)) : word(person.window.expires_at_ms ? "windowClosed" : "windowNever");
  if (element.textContent !== text) element.textContent = text;
}

function drawQuote() {
  const element = $("#quote");
  const message = state.thread?.messages.find((other) => other.id === state.replyTo);
  element.hidden = !message;
  if (!message) return;
  element.replaceChildren(h("span", {}, h("b", {}, word(message.from === "person" ? "you" : "business")), summary(message).slice(0, 90)),
    h("button", { type: "button", "aria-label": word("cancel"), onclick: () => { state.replyTo = null; drawQuote(); } }, "×"));
}

function drawLog(planned) {
  const faults = Object.entries(FAULTS).map(([name, fault]) => h("button", { type: "button", onclick: () => attempt(() => ask("/faults", fault)).then(readLog) }, word("faultNames")[name]));
  $("#faults").replaceChildren(...faults, h("span", { class: "planned", role: "status" }, planned ? word("planned", planned) : ""));
  const open = new Set([...document.querySelectorAll("#log details[open]")].map((element) => element.dataset.number));
  const entries = state.log.map((entry) => {
    const status = entry.isCall ? entry.status : entry.attempts.at(-1)?.status;
    const good = status === 200;
    const about = entry.isCall ? describeCall(entry) : describeWebhook(entry);
    const detail = h("details", { "data-number": entry.number, open: open.has(String(entry.number)) },
      h("summary", {},
        h("span", { class: `way ${entry.isCall ? "in" : "out"}` }, entry.isCall ? "→" : "←"),
        h("span", { class: "what" }, about),
        h("span", { class: `code ${good ? "good" : "bad"}` }, status ?? "–"),
        h("time", {}, clockTime(entry.at_ms))),
      h("pre", {}, JSON.stringify(entry.isCall ? { request: entry.body, response: entry.response, fault: entry.fault } : { attempts: entry.attempts, body: tryJson(entry.body) }, null, 1)));
    return h("li", {}, detail);
  });
  $("#log").replaceChildren(...(entries.length ? entries : [h("li", { class: "hint" }, word("nothingYet"))]));
}

const tryJson = (text) => { try { return JSON.parse(text); } catch { return text; } };

function describeCall({ method, path, body }) {
  const what = body?.status ? "read" : body?.interactive?.type ?? body?.template?.name ?? body?.type;
  return what ? `${method} ${what}` : `${method} ${path.split("/").slice(3).join("/") || path}`;
}

function describeWebhook({ body }) {
  const changes = (tryJson(body)?.entry ?? []).flatMap?.((entry) => entry.changes ?? []) ?? [];
  const words = changes.flatMap(({ field, value }) => [...(value.messages ?? []).map((message) => message.type), ...(value.statuses ?? []).map((status) => status.status)].concat(value.messages || value.statuses ? [] : [field]));
  return `${word("webhook")} ${words.join(", ")}`;
}

// ---- what people do

const FAULTS = {
  timeout_before: { kind: "timeout_before" }, timeout_after: { kind: "timeout_after" }, reset_after: { kind: "reset_after" }, http_500_after: { kind: "http_500_after" },
  rate: { kind: "error", code: 131056 }, token: { kind: "error", code: 190 }, fail_later: { kind: "fail_later", code: 131026 }, delay: { kind: "delay", ms: 3000 },
};

const actions = {
  tap: (message, id) => write({ tap: { message_id: message.id, id } }),
  location: (message) => askLocation(message.id),
  contact: (message) => {
    const { name, phone } = state.thread.person;
    return write({ contacts: [{ name: { formatted_name: name, first_name: name }, phones: phone ? [{ phone: `+${phone}`, wa_id: phone, type: "CELL" }] : [], origin: "contact_request" }], reply_to: message.id });
  },
  played: (message) => attempt(() => ask("/statuses", { message_id: message.id, status: "played" })),
  reply: (message) => { state.replyTo = message.id; drawQuote(); $("#text").focus(); },
  react: (message) => {
    const emoji = ["👍", "❤️", "😂", "😮", "😢", "🙏"].map((symbol) => h("button", { type: "button", "aria-label": symbol, onclick: () => { closeDialog(); write({ reaction: { message_id: message.id, emoji: symbol } }); } }, symbol));
    const none = h("button", { type: "button", "aria-label": word("removed"), onclick: () => { closeDialog(); write({ reaction: { message_id: message.id, emoji: "" } }); } }, "⌫");
    openDialog(word("react"), h("div", { class: "emoji" }, emoji, none));
  },
  list: (message) => {
    const { action } = message.content;
    const sections = action.sections.map((section) => h("fieldset", {}, section.title ? h("legend", {}, section.title) : null,
      section.rows.map((row) => h("label", { class: "option" },
        h("span", {}, h("strong", {}, row.title), row.description ? h("small", {}, row.description) : null),
        h("input", { type: "radio", name: "row", value: row.id, required: true })))));
    openDialog(action.button, h("form", { onsubmit: (event) => {
      event.preventDefault();
      const chosen = new FormData(event.target).get("row");
      closeDialog();
      actions.tap(message, chosen);
    } }, sections, buttons()));
  },
  flow: () => {
    const text = h("textarea", { rows: 6, "aria-label": word("openFlow") });
    text.value = '{\n  "answer": "…"\n}';
    openDialog(word("openFlow"), h("form", { onsubmit: (event) => { event.preventDefault(); closeDialog(); write({ flow: tryJson(text.value) }); } }, text, buttons()));
  },
};

const buttons = () => h("p", { class: "actions" }, h("button", { type: "button", class: "plain", onclick: closeDialog }, word("cancel")), h("button", { type: "submit" }, word("send")));

function openDialog(title, content) {
  const dialog = $("#dialog");
  dialog.replaceChildren(h("h2", { id: "dialog-title" }, title), content);
  dialog.showModal();
}

function closeDialog() { $("#dialog").close(); }

function askLocation(replyTo) {
  const field = (name, label, value, type = "text") => h("label", {}, label, h("input", { name, value, type, step: "any", required: type === "number" }));
  openDialog(word("sendLocation"), h("form", { class: "fields", onsubmit: (event) => {
    event.preventDefault();
    const form = new FormData(event.target);
    const location = { latitude: Number(form.get("latitude")), longitude: Number(form.get("longitude")) };
    if (form.get("name")) location.name = form.get("name");
    closeDialog();
    write({ location, ...(replyTo ? { reply_to: replyTo } : {}) });
  } }, field("latitude", word("latitude"), "4.6097", "number"), field("longitude", word("longitude"), "-74.0817", "number"), field("name", word("place"), "Bogotá"), buttons()));
}

function attach(kind) {
  toggleAttachments(false);
  if (kind === "location") { askLocation(); return; }
  const input = $("#file");
  input.accept = { image: "image/png,image/jpeg", audio: "audio/*", sticker: "image/webp", document: "" }[kind];
  input.onchange = async () => {
    const [file] = input.files;
    input.value = "";
    if (!file) return;
    const bytes = await new Promise((resolve, reject) => {
      const reader = new FileReader();
      reader.onload = () => resolve(reader.result.split(",")[1]);
      reader.onerror = () => reject(reader.error);
      reader.readAsDataURL(file);
    });
    const draft = { base64: bytes, mime_type: file.type || "application/octet-stream" };
    if (kind === "document") draft.filename = file.name;
    if (kind === "audio") draft.voice = true;
    const caption = $("#text").value.trim();
    if (caption && (kind === "image" || kind === "document")) { draft.caption = caption; $("#text").value = ""; }
    write({ [kind]: draft });
  };
  input.click();
}

function toggleAttachments(open = $("#attachments").hidden) {
  $("#attachments").hidden = !open;
  $("#attach").setAttribute("aria-expanded", String(open));
}

const text = $("#text");
function grow() { text.style.height = "auto"; text.style.height = `${Math.min(text.scrollHeight, 120)}px`; }
text.addEventListener("input", grow);
text.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); $("#write").requestSubmit(); }
});
$("#write").addEventListener("submit", (event) => {
  event.preventDefault();
  const body = text.value.trim();
  if (!body) return;
  text.value = "";
  grow();
  write({ text: body, ...(state.replyTo ? { reply_to: state.replyTo } : {}) }).then((sent) => { if (!sent) text.value = body; });
  state.replyTo = null;
  drawQuote();
});
$("#attach").addEventListener("click", () => toggleAttachments());
$("#attachments").addEventListener("click", (event) => { const kind = event.target.closest("[data-attach]")?.dataset.attach; if (kind) attach(kind); });
$("#online").addEventListener("change", (event) => attempt(() => ask(at(state.person), { online: event.target.checked })));
$("#open").addEventListener("change", (event) => attempt(() => ask(at(state.person), { chat_open: event.target.checked })));
$("#add").addEventListener("submit", async (event) => {
  event.preventDefault();
  const [phone, name] = [$("#add-phone").value.trim(), $("#add-name").value.trim()];
  const hidden = $("#add-hidden").checked;
  const added = await attempt(() => ask("/people", { phone: phone || null, hides_phone: hidden, ...(name ? { name } : {}) }));
  if (!added) return;
  event.target.reset();
  await readPeople();
  await choose(added.id);
});

const advance = (hours) => attempt(async () => { await ask("/clock", { advance_ms: Math.round(hours * 3_600_000) }); await everything(); });
$("#clock").addEventListener("click", (event) => { const { hours } = event.target.dataset; if (hours) advance(Number(hours)); });
$("#clock").addEventListener("submit", (event) => { event.preventDefault(); const hours = Number($("#hours").value); if (hours) advance(hours); $("#hours").value = ""; });

function show(view) {
  $("main").dataset.view = view;
  for (const tab of document.querySelectorAll("[data-view]:not(main)")) tab.setAttribute("aria-pressed", String(tab.dataset.view === view));
}
document.querySelector(".tabs").addEventListener("click", (event) => { if (event.target.dataset.view) show(event.target.dataset.view); });
document.querySelector(".language").addEventListener("click", (event) => { if (event.target.dataset.language) { speak(event.target.dataset.language); everything(); } });

// ---- staying up to date

const later = (read) => {
  let waiting = false;
  return () => {
    if (waiting) return;
    waiting = true;
    setTimeout(() => { waiting = false; attempt(read); }, 60);
  };
};
const soon = { people: later(readPeople), thread: later(readThread), log: later(readLog) };

async function everything() {
  const status = await ask("/status");
  $("#business").textContent = status.line.display_phone_number;
  $(".avatar.business").textContent = "C";
  await attempt(async () => { await readPeople(); await readThread(); await readLog(); });
  if (status.handshake.state === "failed" && status.webhook_url) notice(word("noWebhook", status.handshake.reason));
}

const events = new EventSource("/_sim/events");
events.onopen = () => everything();
events.onmessage = ({ data }) => {
  const { kind, person } = JSON.parse(data);
  if (kind === "everything" || kind === "clock" || kind === "status") { everything(); return; }
  soon.log();
  if (kind === "log") return;
  soon.people();
  if (!person || person === state.person) soon.thread();
};
setInterval(drawWindow, 1_000);
setInterval(() => { if (state.thread?.person.typing) soon.thread(); }, 5_000);

// A closed page reads nothing more.
addEventListener("pagehide", () => { if (state.person) navigator.sendBeacon(`/_sim${at(state.person)}`, JSON.stringify({ chat_open: false })); });

speak();
show("phone");
