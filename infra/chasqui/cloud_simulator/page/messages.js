// Draws one message as a bubble. Text is never taken as HTML.

import { current, word } from "./words.js";

/** Makes an element: `h("p", {class: "x", onclick}, "text", child)`. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

const MARKS = [[/```([\s\S]+?)```/, "code"], [/\*(\S(?:[^*\n]*\S)?)\*/, "strong"], [/_(\S(?:[^_\n]*\S)?)_/, "em"], [/~(\S(?:[^~\n]*\S)?)~/, "s"], [/(https?:\/\/[^\s]+[^\s.,;:!?)])/, "a"]];

/** Text with WhatsApp's marks (*bold*, _italic_, ~struck~, ```code```) and links. */
export function formatted(text) {
  let first = null;
  for (const [pattern, tag] of MARKS) {
    const found = pattern.exec(text);
    // A mark inside a word (snake_case, 2*3*4) is not a mark.
    const inWord = found && tag !== "a" && (/[\p{L}\p{N}]/u.test(text[found.index - 1] ?? "") || /[\p{L}\p{N}]/u.test(text[found.index + found[0].length] ?? ""));
    if (found && !inWord && (!first || found.index < first.found.index)) first = { found, tag };
  }
  if (!first) return [text];
  const { found, tag } = first;
  const inner = tag === "a" ? h("a", { href: found[1], target: "_blank", rel: "noopener noreferrer" }, found[1]) : h(tag, {}, tag === "code" ? found[1] : formatted(found[1]));
  return [text.slice(0, found.index), inner, ...formatted(text.slice(found.index + found[0].length))];
}

/** One line that stands for a message in a list or a quote, without WhatsApp's marks. */
export function summary(message) {
  const element = h("span", {}, formatted(plainSummary(message) ?? ""));
  return element.textContent;
}

function plainSummary(message) {
  const { type, content = {}, rendered } = message;
  if (rendered) return rendered.body;
  if (type === "text") return content.body;
  if (type === "button") return content.text;
  if (type === "reaction") return content.emoji ?? word("removed");
  if (type === "interactive") {
    return content.body?.text ?? content.button_reply?.title ?? content.list_reply?.title ?? content.nfm_reply?.response_json ?? "";
  }
  const icons = { image: "🖼️", video: "🎬", audio: "🎤", document: "📄", sticker: "✨", location: "📍", contacts: "👤" };
  if (type in icons) return `${icons[type]} ${content?.caption || content?.filename || content?.name || word(type)}`;
  return word("unknownType", type);
}

export const clockTime = (ms) => new Intl.DateTimeFormat(current(), { hour: "2-digit", minute: "2-digit" }).format(ms);

const TICKS = {
  clock: '<circle cx="8" cy="8" r="5.5"/><path d="M8 5v3l2 1.5"/>',
  one: '<path d="M4 8.5l3 3 6-7"/>',
  two: '<path d="M1.5 8.5l3 3 6-7M7.5 11l.5.5 6-7"/>',
  blue: '<path d="M1.5 8.5l3 3 6-7M7.5 11l.5.5 6-7"/>',
  failed: '<path d="M8 4v5M8 11.5v.5"/><circle cx="8" cy="8" r="6.5"/>',
};

function ticks(message) {
  const label = word(message.from === "person" ? "ticksOut" : "ticks")[message.ticks];
  const icon = h("span", { class: `ticks ${message.ticks}`, role: "img", "aria-label": label, title: label });
  // The drawings are constants of this file.
  icon.innerHTML = `<svg viewBox="0 0 16 16" aria-hidden="true">${TICKS[message.ticks]}</svg>`;
  return icon;
}

const source = (file) => file.link ?? `/_sim/media/${encodeURIComponent(file.id)}`;

function media(kind, file) {
  const address = source(file);
  const name = file.filename ?? word(kind);
  if (kind === "image") return h("a", { href: address, target: "_blank", rel: "noopener noreferrer", class: "picture" }, h("img", { src: address, alt: file.caption ?? word("image") }));
  if (kind === "sticker") return h("img", { src: address, alt: word("sticker"), class: "sticker" });
  if (kind === "video") return h("video", { src: address, controls: true, preload: "metadata" });
  if (kind === "audio") return h("audio", { src: address, controls: true, preload: "metadata" });
  return h("a", { class: "file", href: address, target: "_blank", rel: "noopener noreferrer" }, h("span", { class: "sheet", "aria-hidden": "true" }, (name.split(".").pop() ?? "").slice(0, 4).toUpperCase()), h("span", {}, name));
}

function place(content) {
  const { latitude, longitude, name, address } = content;
  const where = `https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=16/${latitude}/${longitude}`;
  return h("a", { class: "place", href: where, target: "_blank", rel: "noopener noreferrer", "aria-label": `${word("openMap")}: ${name ?? `${latitude}, ${longitude}`}` },
    h("span", { class: "map", "aria-hidden": "true" }, h("span", { class: "pin" })),
    h("strong", {}, name ?? word("location")), address ? h("span", {}, address) : null, h("small", {}, `${Number(latitude).toFixed(4)}, ${Number(longitude).toFixed(4)}`));
}

function card(contact) {
  const phones = (contact.phones ?? []).map((phone) => h("small", {}, phone.phone ?? phone.wa_id ?? ""));
  return h("div", { class: "card" }, h("span", { class: "avatar", "aria-hidden": "true" }, (contact.name?.formatted_name ?? "?").slice(0, 1)), h("span", {}, h("strong", {}, contact.name?.formatted_name ?? "?"), ...phones));
}

const paragraph = (text, name = "body") => (text ? h("p", { class: name }, formatted(text)) : null);

function head(header) {
  if (!header) return null;
  if (header.type === "text") return paragraph(header.text, "head");
  if (header.type === "location") return place(header.location);
  return media(header.type, header[header.type]);
}

/** The parts of a bubble and the buttons below it. */
function parts(message, act) {
  const { type, content, rendered } = message;
  if (rendered) {
    const buttons = rendered.buttons.map((button) => {
      if (button.type === "URL") return h("a", { class: "choice", href: button.url, target: "_blank", rel: "noopener noreferrer" }, "↗ ", button.text);
      if (button.type === "QUICK_REPLY") return h("button", { type: "button", class: "choice", onclick: () => act.tap(message, button.payload) }, button.text);
      return h("span", { class: "choice still" }, button.text ?? button.code ?? button.type);
    });
    return [[h("small", { class: "label" }, word("template")), head(rendered.header), paragraph(rendered.body), paragraph(rendered.footer, "foot")], buttons];
  }
  switch (type) {
    case "text": return [[paragraph(content.body)], []];
    case "image": case "video": case "audio": case "document": case "sticker": return [[media(type, content), paragraph(content.caption)], []];
    case "location": return [[place(content)], []];
    case "contacts": return [content.map(card), []];
    case "button": return [[paragraph(content.text)], []];
    case "interactive": return interactive(message, act);
    default: return [[h("p", { class: "body" }, word("unknownType", type)), h("pre", {}, JSON.stringify(content, null, 1))], []];
  }
}

function interactive(message, act) {
  const { content } = message;
  const answer = content.button_reply ?? content.list_reply;
  if (answer) return [[paragraph(answer.title), paragraph(answer.description, "foot")], []];
  if (content.nfm_reply) return [[h("pre", {}, content.nfm_reply.response_json)], []];
  const bubble = [head(content.header), paragraph(content.body?.text), paragraph(content.footer?.text, "foot")];
  const button = (text, onclick) => h("button", { type: "button", class: "choice", onclick }, text);
  const { action = {} } = content;
  switch (content.type) {
    case "button": return [bubble, action.buttons.map(({ reply }) => button(reply.title, () => act.tap(message, reply.id)))];
    case "list": return [bubble, [button(`☰ ${action.button}`, () => act.list(message))]];
    case "cta_url": return [bubble, [h("a", { class: "choice", href: action.parameters.url, target: "_blank", rel: "noopener noreferrer" }, "↗ ", action.parameters.display_text)]];
    case "location_request_message": return [bubble, [button(`📍 ${word("sendLocation")}`, () => act.location(message))]];
    case "request_contact_info": return [bubble, [button(word("sendContact"), () => act.contact(message))]];
    case "flow": return [bubble, [button(action.parameters.flow_cta, () => act.flow(message))]];
    default: return [bubble, []];
  }
}

/** A bubble with everything around it. `act` holds what taps do; `context` the other messages. */
export function bubble(message, context, act) {
  const mine = message.from === "person";
  const quoted = message.reply_to && context.find((other) => other.id === message.reply_to);
  const reactions = [...new Map(context.filter((other) => other.type === "reaction" && other.content.message_id === message.id && other.on_phone).map((other) => [other.from, other.content.emoji])).values()].filter(Boolean);
  const [inside, buttons] = parts(message, act);
  const failed = message.state === "failed";
  const reason = failed ? h("p", { class: "reason" }, mine ? word("ticksOut").failed : word("notArrived"), message.error ? ` · ${message.error.code} ${message.error.title}` : "") : null;
  const waiting = !failed && !message.on_phone ? h("p", { class: "reason calm" }, word("waiting")) : null;
  const tools = !failed && message.on_phone
    ? h("span", { class: "tools" },
        mine ? null : h("button", { type: "button", "aria-label": word("react"), title: word("react"), onclick: (event) => act.react(message, event.currentTarget) }, "☺"),
        h("button", { type: "button", "aria-label": word("reply"), title: word("reply"), onclick: () => act.reply(message) }, "↩"))
    : null;
  const element = h("article", { class: ["message", mine ? "mine" : "theirs", message.type, failed ? "failed" : "", message.on_phone ? "" : "absent"].join(" "), "data-id": message.id },
    h("div", { class: "row" },
      h("div", { class: "bubble" },
        h("span", { class: "hidden" }, `${word(mine ? "you" : "business")}: `),
        quoted ? h("blockquote", { class: "quote" }, h("b", {}, word(quoted.from === "person" ? "you" : "business")), summary(quoted).slice(0, 120)) : null,
        inside,
        h("span", { class: "meta" }, h("time", { datetime: new Date(message.at_ms).toISOString() }, clockTime(message.at_ms)), ticks(message))),
      tools),
    buttons.length ? h("div", { class: "choices" }, buttons) : null,
    reactions.length ? h("div", { class: "reactions", "aria-label": word("react") }, reactions.join(" ")) : null,
    reason, waiting);
  // A voice message tells `played` once; the event of a player does not bubble.
  if (!mine && message.content?.voice && message.state !== "played") element.addEventListener("play", () => act.played(message), { capture: true, once: true });
  return element;
}
