// Comfort on top of a page that works without it: sending without reloading,
// new lines as they come. Loaded by the chat, also in a frame.
"use strict";
(() => {
  const body = document.body;
  const framed = body.classList.contains("framed");
  remember();

  const form = document.getElementById("schreiben");
  if (!form) return;
  const lines = document.getElementById("zeilen");
  const field = document.getElementById("text");
  const status = document.getElementById("verbindung");
  const live = body.dataset.live;
  const attached = document.getElementById("angehaengt");
  let cursor = body.dataset.cursor || "";
  let source;
  document.documentElement.classList.add("js");
  field.addEventListener("input", fit);
  form.elements.files.addEventListener("change", list);
  if (field.value) fit();
  list();

  // Enter sends, as in every chat; with Shift it is a new line.
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
  if (!live) return;  // the first message opens the chat and loads the page

  // One after the other, and the field is free for the next thought at once.
  let queue = Promise.resolve();
  document.addEventListener("submit", (event) => {
    const sent = event.target;
    if (!sent.matches("#schreiben, .choices")) return;
    event.preventDefault();
    if (sent.dataset.busy || (sent === form && !field.value.trim() && !chosen())) return;
    const data = new FormData(sent, event.submitter);
    const files = form.elements.files.files;
    if (sent === form) clear();
    else sent.dataset.busy = "1";
    renew(sent);
    queue = queue.then(() => send(sent, data, files));
  });

  async function send(sent, data, files) {
    data.set("nach", cursor);
    if (source?.readyState === EventSource.OPEN) data.set("live", "1");
    try {
      // Not sent.action: that is the button of this name.
      const answer = await fetch(sent.getAttribute("action"), { method: "POST", body: data, headers: { "X-Hotline": "1" } });
      if (answer.redirected) return location.assign(answer.url);
      const html = await answer.text();
      if (answer.headers.get("X-Hotline") === "1") place(html);
      else problem(said(html));
      if (!answer.ok) return restore(sent, data, files);
      problem("");
      say("");
    } catch {
      say("Keine Verbindung. Ihre Nachricht ist noch nicht angekommen; bitte senden Sie sie gleich noch einmal.");
      restore(sent, data, files);
    } finally {
      delete sent.dataset.busy;
    }
  }

  function clear() {
    form.reset();
    fit();
    list();
    field.focus();
  }

  // A new number for the form: the next message is another one.
  function renew(sent) {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    sent.elements.id.value = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  // What did not arrive comes back into the field, with its old number, so that
  // trying again cannot count twice.
  function restore(sent, data, files) {
    sent.elements.id.value = data.get("id");
    if (sent !== form) return;
    field.value = [data.get("text"), field.value].filter(Boolean).join("\n");
    if (!chosen()) form.elements.files.files = files;
    fit();
    list();
  }

  // What a whole page of ours says that came instead of a part.
  function said(html) {
    const page = new DOMParser().parseFromString(html, "text/html");
    return page.querySelector("main p")?.textContent || "Das hat nicht geklappt. Bitte versuchen Sie es noch einmal.";
  }

  function chosen() {
    return form.elements.files.files.length > 0;
  }

  // The field grows with what is typed, and the clip tells what hangs on it.
  function fit() {
    field.style.height = "auto";
    field.style.height = `${Math.min(field.scrollHeight + 2, innerHeight / 3)}px`;
  }

  function list() {
    const names = [...form.elements.files.files].map((file) => file.name);
    attached.textContent = names.length ? `Angehängt: ${names.join(", ")}` : "";
  }

  function problem(words) {
    const shown = document.getElementById("problem");
    shown.textContent = words;
    shown.hidden = !words;
    if (!words) field.removeAttribute("aria-invalid");
  }

  function say(words) {
    if (status.textContent !== words) status.textContent = words;
  }

  // Somebody writes an answer. It goes with the answer, or by itself.
  function hint(words) {
    const shown = document.getElementById("schreibt");
    if (shown.textContent !== words) shown.textContent = words;
  }

  // Every part knows its place by its id, so seeing one twice changes nothing.
  function place(html) {
    const parts = document.createElement("template");
    parts.innerHTML = html;
    let first = null;
    const near = scrollY + 2 * innerHeight > document.documentElement.scrollHeight;
    for (const part of [...parts.content.children]) {
      const old = document.getElementById(part.id);
      if (part.id === "auswahl") replaceChoices(old, part);
      else if (old && old.outerHTML === part.outerHTML) continue;
      else if (old) old.replaceWith(part);
      else if (part.localName === "li") {
        insert(part);
        if (!first || part.classList.contains("yours")) first = part;
      }
    }
    document.querySelector(".welcome")?.remove();
    if (first && (near || first.classList.contains("yours"))) show(first);
  }

  // All that is new, with its choices; if that is too much, from its beginning.
  function show(first) {
    const choices = document.getElementById("auswahl");
    (choices.hidden ? lines.lastElementChild : choices).scrollIntoView({ block: "end" });
    if (first.getBoundingClientRect().top < 0) first.scrollIntoView({ block: "start" });
  }

  function insert(part) {
    const number = (line) => Number(line.id.slice(1));
    const next = [...lines.children].find((line) => number(line) > number(part));
    lines.insertBefore(part, next || null);
  }

  // An answer to what was sent can be overtaken by what came in meanwhile.
  function replaceChoices(old, part) {
    if (Number(part.dataset.newest) < Number(old.dataset.newest)) return;
    const labels = (section) => [...section.querySelectorAll(".choice")].map((choice) => choice.textContent + choice.value).join("\n");
    if (labels(old) === labels(part)) return void (old.dataset.newest = part.dataset.newest);
    const inside = old.contains(document.activeElement);
    part.querySelector("details")?.toggleAttribute("open", Boolean(old.querySelector("details[open]")));
    old.replaceWith(part);
    if (inside) (part.hidden ? field : part).focus({ preventScroll: true });
  }

  // New lines. The browser comes back by itself after a short break and tells
  // the last id it saw; when it has given up, we come back with our own.
  let patience = 1000;
  function listen() {
    source = new EventSource(`${live}?nach=${encodeURIComponent(cursor)}`);
    source.addEventListener("open", () => {
      patience = 1000;
      say("");
    });
    source.addEventListener("neu", (event) => {
      cursor = event.lastEventId || cursor;
      place(event.data);
    });
    source.addEventListener("schreibt", (event) => hint(event.data));
    source.addEventListener("ende", () => {
      source.close();
      hint("");
      say("Dieses Gespräch wurde auf diesem Gerät beendet. Bitte laden Sie die Seite neu.");
    });
    source.addEventListener("error", () => {
      hint("");
      say("Die Verbindung ist unterbrochen. Wir versuchen es weiter.");
      if (source.readyState !== EventSource.CLOSED) return;
      setTimeout(listen, patience);
      patience = Math.min(patience * 2, 30000);
    });
    window.addEventListener("pagehide", () => source.close(), { once: true });
  }
  listen();
  // A page that comes back from the browser's memory has no connection any more.
  window.addEventListener("pageshow", (event) => event.persisted && location.reload());

  // In a frame the address of the chat is its key. The frame starts anew when
  // people move on to another page of the town, so it remembers the address;
  // where a browser forbids that, a cookie for this frame alone may do.
  function remember() {
    if (!framed) return;
    window.addEventListener("keydown", (event) => {
      if (event.key === "Escape") parent.postMessage("hotline:close", "*");
    });
    try {
      const start = location.pathname === "/rahmen";
      const known = sessionStorage.getItem("hotline");
      if (body.classList.contains("ended")) sessionStorage.removeItem("hotline");
      else if (!start && body.dataset.live) sessionStorage.setItem("hotline", location.pathname);
      else if (start && known && !location.hash) {
        sessionStorage.removeItem("hotline");
        location.replace(known);
      }
    } catch {
      // Nothing is kept for this frame.
    }
  }
})();
