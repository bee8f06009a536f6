// Everything the page says, in Spanish and English.

const es = {
  clock: "Reloj", customHours: "Horas que avanzar", advance: "Avanzar", language: "Idioma", views: "Vistas",
  people: "Personas", phone: "Teléfono", log: "Registro", number: "Número", name: "Nombre", add: "Añadir",
  withoutNumber: "Sin número visible (solo id de usuario)", phoneState: "Estado del teléfono", online: "Encendido", chatOpen: "Chat abierto",
  conversation: "Conversación", attach: "Adjuntar", send: "Enviar", message: "Mensaje", image: "Imagen", document: "Documento",
  audio: "Audio", location: "Ubicación", sticker: "Sticker", video: "Video", contacts: "Contacto",
  faults: "Fallos", faultsHint: "Le ocurre al próximo envío de Chasqui.",
  windowOpen: "Ventana abierta", windowLeft: (time, left) => `Ventana hasta ${time} · ${left}`,
  windowClosed: "Ventana cerrada: solo plantillas", windowNever: "Aún no ha escrito: solo plantillas", typing: "escribiendo…",
  nobody: "Añade un número para empezar a conversar.", empty: "Escribe «hola» para empezar.",
  you: "Tú", business: "Chasqui", today: "Hoy", yesterday: "Ayer", template: "Plantilla",
  ticks: { clock: "en camino", one: "enviado", two: "entregado", blue: "leído", failed: "no entregado" },
  ticksOut: { clock: "en camino", one: "avisando a Chasqui", two: "recibido por Chasqui", blue: "leído por Chasqui", failed: "Chasqui no lo recibió" },
  notArrived: "No llegó al teléfono", waiting: "Espera a que se encienda el teléfono", react: "Reaccionar", reply: "Responder", cancel: "Cancelar",
  sendLocation: "Enviar ubicación", sendContact: "Compartir mi número", openFlow: "Respuesta del formulario (JSON)",
  latitude: "Latitud", longitude: "Longitud", place: "Lugar", openMap: "Ver en el mapa", unknownType: (type) => `Mensaje de tipo «${type}»`,
  removed: "Reacción retirada", noWebhook: (reason) => `El webhook no respondió a la verificación: ${reason}`,
  error: (what) => `No se pudo: ${what}`, nothingYet: "Nada todavía.", webhook: "webhook",
  faultNames: { timeout_before: "Sin respuesta, no sale", timeout_after: "Sin respuesta, sí sale", reset_after: "Conexión cortada, sí sale", http_500_after: "Error 500, sí sale", rate: "Demasiados mensajes (131056)", token: "Token vencido (190)", fail_later: "Falla después (131026)", delay: "Tarda 3 s" },
  planned: (count) => `${count} fallo(s) en espera`,
};

const en = {
  clock: "Clock", customHours: "Hours to advance", advance: "Advance", language: "Language", views: "Views",
  people: "People", phone: "Phone", log: "Log", number: "Number", name: "Name", add: "Add",
  withoutNumber: "No visible number (user id only)", phoneState: "State of the phone", online: "Switched on", chatOpen: "Chat open",
  conversation: "Conversation", attach: "Attach", send: "Send", message: "Message", image: "Image", document: "Document",
  audio: "Audio", location: "Location", sticker: "Sticker", video: "Video", contacts: "Contact",
  faults: "Faults", faultsHint: "Happens to the next message Chasqui sends.",
  windowOpen: "Window open", windowLeft: (time, left) => `Window until ${time} · ${left}`,
  windowClosed: "Window closed: templates only", windowNever: "Has not written yet: templates only", typing: "typing…",
  nobody: "Add a number to start a conversation.", empty: "Write “hello” to begin.",
  you: "You", business: "Chasqui", today: "Today", yesterday: "Yesterday", template: "Template",
  ticks: { clock: "on its way", one: "sent", two: "delivered", blue: "read", failed: "not delivered" },
  ticksOut: { clock: "on its way", one: "telling Chasqui", two: "received by Chasqui", blue: "read by Chasqui", failed: "Chasqui did not receive it" },
  notArrived: "Did not reach the phone", waiting: "Waits for the phone to be switched on", react: "React", reply: "Reply", cancel: "Cancel",
  sendLocation: "Send location", sendContact: "Share my number", openFlow: "Answer of the form (JSON)",
  latitude: "Latitude", longitude: "Longitude", place: "Place", openMap: "Open the map", unknownType: (type) => `Message of type “${type}”`,
  removed: "Reaction removed", noWebhook: (reason) => `The webhook did not pass the handshake: ${reason}`,
  error: (what) => `Did not work: ${what}`, nothingYet: "Nothing yet.", webhook: "webhook",
  faultNames: { timeout_before: "No answer, not sent", timeout_after: "No answer, but sent", reset_after: "Connection cut, but sent", http_500_after: "Error 500, but sent", rate: "Too many messages (131056)", token: "Token expired (190)", fail_later: "Fails later (131026)", delay: "Takes 3 s" },
  planned: (count) => `${count} fault(s) waiting`,
};

const all = { es, en };
let language = remembered() ?? (navigator.language.startsWith("en") ? "en" : "es");

function remembered() {
  try { return localStorage.getItem("language"); } catch { return null; }
}

/** The language in use: `es` or `en`. */
export const current = () => language;

/** A word, a list of words, or a sentence to be filled in. */
export const word = (key, ...values) => {
  const found = (all[language] ?? es)[key];
  return typeof found === "function" ? found(...values) : found;
};

/** Changes the language and every element marked with `data-word` or `data-label`. */
export function speak(next = language) {
  language = next in all ? next : "es";
  try { localStorage.setItem("language", language); } catch { /* a private window keeps nothing */ }
  document.documentElement.lang = language;
  for (const element of document.querySelectorAll("[data-word]")) element.textContent = word(element.dataset.word);
  for (const element of document.querySelectorAll("[data-label]")) element.setAttribute("aria-label", word(element.dataset.label));
  for (const element of document.querySelectorAll("[data-hint]")) element.setAttribute("placeholder", word(element.dataset.hint));
  for (const button of document.querySelectorAll("[data-language]")) button.setAttribute("aria-pressed", String(button.dataset.language === language));
}
