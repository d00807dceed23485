// Keeps the desk up to date while it is open. Everything works without it.
"use strict";
(() => {
  const body = document.body;
  // A link from a messenger arrives without our cookie; asking again from our
  // own page brings it along.
  if (body.dataset.again) return location.replace(body.dataset.again);
  document.querySelectorAll("textarea[data-limit]").forEach(counted);
  const live = body.dataset.live;
  if (!live) return;
  const status = document.getElementById("verbindung");
  const lines = document.getElementById("zeilen");
  let told = document.getElementById("fortschritt")?.dataset.said;

  function say(words) {
    if (status.textContent !== words) status.textContent = words;
  }

  // How much room is left in a field. It is read aloud with the field, and
  // shown while somebody types.
  function counted(area) {
    const limit = Number(area.dataset.limit);
    const words = document.getElementById(area.id.replace("f-", "zahl-"));
    const write = () => {
      const length = [...area.value.trim()].length;
      words.textContent = length > limit
        ? `${length - limit} Zeichen zu viel`
        : `${length} von ${limit} Zeichen`;
      words.classList.toggle("wrong", length > limit);
    };
    area.addEventListener("input", write);
    write();
  }

  function place(html) {
    const parts = document.createElement("template");
    parts.innerHTML = html;
    for (const part of [...parts.content.children]) {
      const old = document.getElementById(part.id);
      if (!old) lines?.append(part);
      else if (differs(old, part)) replace(old, part);
    }
    announce();
    document.dispatchEvent(new Event("desk:neu"));
  }

  // A part with a form in which somebody may be typing says itself when it has changed.
  function differs(old, part) {
    if (old.dataset.version) return old.dataset.version !== part.dataset.version;
    return strip(old) !== strip(part);
  }

  // The hidden numbers of forms differ from page to page and mean nothing.
  function strip(part) {
    const copy = part.cloneNode(true);
    copy.querySelectorAll("input[type=hidden]").forEach((input) => input.remove());
    copy.querySelectorAll("details").forEach((one) => one.removeAttribute("open"));
    return copy.outerHTML;
  }

  // Whoever is about to press something must not lose their place, nor what they chose.
  function replace(old, part) {
    const focused = old.contains(document.activeElement) ? document.activeElement : null;
    const called = (one) => one.id || one.getAttribute("href") || one.textContent;
    const name = focused && called(focused);
    const cursor = focused?.selectionStart ?? null;
    keep(old, part);
    old.replaceWith(part);
    part.querySelectorAll("textarea[data-limit]").forEach(counted);
    if (!focused) return;
    const again = [...part.querySelectorAll("a, button, input, select, textarea, summary")].find((one) => called(one) === name);
    (again || document.getElementById("inhalt")).focus({ preventScroll: true });
    if (again && cursor !== null) again.setSelectionRange?.(cursor, cursor);
  }

  // What was typed or chosen but not sent, and what was unfolded.
  function keep(old, part) {
    for (const field of old.querySelectorAll("input[id], textarea[id], select[id]")) {
      const now = part.querySelector(`#${CSS.escape(field.id)}`);
      if (now && changed(field)) now.value = field.value;
    }
    const folded = [...part.querySelectorAll("details")];
    old.querySelectorAll("details").forEach((one, index) => folded[index]?.toggleAttribute("open", one.open));
  }

  function changed(field) {
    if (field.matches("select")) return [...field.options].some((one) => one.selected !== one.defaultSelected);
    return field.value !== field.defaultValue;
  }

  // The bar grows every second; it is spoken of once in a quarter. What was said
  // about the click before does not hold any more then.
  function announce() {
    const now = document.getElementById("fortschritt")?.dataset.said;
    if (!now || now === told) return;
    told = now;
    document.getElementById("ansage").textContent = now;
    const note = document.getElementById("meldung");
    if (note === document.activeElement) document.getElementById("inhalt").focus({ preventScroll: true });
    note.hidden = true;
  }

  let patience = 1000;
  function listen() {
    const source = new EventSource(live);
    source.addEventListener("open", () => {
      patience = 1000;
      say("");
    });
    source.addEventListener("neu", (event) => place(event.data));
    source.addEventListener("ende", () => {
      source.close();
      say("Sie wurden nach einer Pause abgemeldet. Sichern Sie Ihren Text, bevor Sie sich neu anmelden.");
    });
    source.addEventListener("weg", () => {
      source.close();
      say("Diese Anfrage ist nicht mehr bei Ihnen. Sichern Sie Ihren Text, bevor Sie die Seite verlassen.");
    });
    source.addEventListener("error", () => {
      say("Die Verbindung ist unterbrochen. Wir versuchen es weiter.");
      if (source.readyState !== EventSource.CLOSED) return;
      setTimeout(listen, patience);
      patience = Math.min(patience * 2, 30000);
    });
    window.addEventListener("pagehide", () => source.close(), { once: true });
  }
  listen();

  // Colleagues with the same request open see that somebody writes.
  const answer = document.getElementById("antworten");
  const field = document.getElementById("text");
  let toldAt = -Infinity;
  field?.addEventListener("input", (event) => {
    if (!field.value.trim() || event.timeStamp - toldAt < 5000) return;
    toldAt = event.timeStamp;
    const token = answer.querySelector("[name=token]").value;
    fetch(body.dataset.writes, { method: "POST", body: new URLSearchParams({ token }) }).catch(() => {});
  });

  // An offered text goes to where the cursor is, and can be changed there.
  document.addEventListener("click", (event) => {
    const words = field && event.target.closest("[data-insert]")?.dataset.insert;
    if (!words) return;
    event.preventDefault();
    const [start, end] = [field.selectionStart, field.selectionEnd];
    field.focus();
    field.setRangeText(start && !/\s$/.test(field.value.slice(0, start)) ? `\n\n${words}` : words, start, end, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });

  // Whether the answer is hard to read: asked once somebody pauses, and kept nowhere.
  const reading = document.getElementById("lesbarkeit");
  let pause = 0;
  field?.addEventListener("input", () => {
    clearTimeout(pause);
    pause = setTimeout(async () => {
      const token = answer.querySelector("[name=token]").value;
      const sent = new URLSearchParams({ token, text: field.value });
      const response = await fetch("/desk/lernen/lesbarkeit", { method: "POST", body: sent }).catch(() => null);
      if (response?.ok && reading) reading.textContent = await response.text();
    }, 1500);
  });

  // A draft outlives a click on another button. It stays in this tab; once it is sent
  // the page that follows has it, either in the conversation or in the field again.
  for (const area of document.querySelectorAll("#text, #note")) {
    const key = `desk-entwurf:${location.pathname}:${area.id}`;
    const draft = sessionStorage.getItem(key);
    if (draft && !area.value.trim()) {
      area.value = draft;
      const folded = area.closest("details");
      if (folded) folded.open = true;
    }
    area.addEventListener("input", () => sessionStorage.setItem(key, area.value));
    area.form.addEventListener("submit", () => sessionStorage.removeItem(key));
  }
  window.addEventListener("pageshow", (event) => event.persisted && location.reload());
})();
