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
    return copy.outerHTML;
  }

  // Whoever is about to press something must not lose their place.
  function replace(old, part) {
    const focused = old.contains(document.activeElement) ? document.activeElement : null;
    const name = focused && (focused.getAttribute("href") || focused.textContent);
    old.replaceWith(part);
    part.querySelectorAll("textarea[data-limit]").forEach(counted);
    if (!focused) return;
    const again = [...part.querySelectorAll("a, button")].find((one) => (one.getAttribute("href") || one.textContent) === name);
    (again || document.getElementById("inhalt")).focus({ preventScroll: true });
  }

  // The bar grows every second; it is spoken of once in a quarter. What was said
  // about the click before does not hold any more then.
  function announce() {
    const now = document.getElementById("fortschritt")?.dataset.said;
    if (!now || now === told) return;
    told = now;
    document.getElementById("ansage").textContent = now;
    document.getElementById("meldung").hidden = true;
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
    source.addEventListener("error", () => {
      say("Die Verbindung ist unterbrochen. Wir versuchen es weiter.");
      if (source.readyState !== EventSource.CLOSED) return;
      setTimeout(listen, patience);
      patience = Math.min(patience * 2, 30000);
    });
    window.addEventListener("pagehide", () => source.close(), { once: true });
  }
  listen();
  window.addEventListener("pageshow", (event) => event.persisted && location.reload());
})();
