// Single keys for those who answer all morning. They rest while somebody types,
// and can be switched off altogether.
"use strict";
(() => {
  const OFF = "desk-tasten";
  const sheet = document.getElementById("tasten");
  const field = document.getElementById("suche");

  function move(step) {
    const links = [...document.querySelectorAll("#liste .first a")];
    if (!links.length) return;
    const place = links.indexOf(document.activeElement);
    const next = place < 0 ? (step > 0 ? 0 : links.length - 1) : place + step;
    links[Math.min(Math.max(next, 0), links.length - 1)].focus();
  }

  function open() {
    if (!sheet.open) sheet.showModal();
  }

  const keys = {
    j: () => move(1),
    k: () => move(-1),
    r: () => document.getElementById("text")?.focus(),
    n: () => {
      const notes = document.getElementById("notieren");
      if (!notes) return;
      notes.open = true;
      document.getElementById("note").focus();
    },
    v: () => document.querySelector("[data-insert]")?.focus(),
    // From a colleague nothing is taken by a single key: they may have been faster just now.
    c: () => {
      const claim = document.querySelector("[data-key=c]");
      if (claim) claim.click();
      else document.querySelector("[data-key=t]")?.focus();
    },
    x: () => document.querySelector("[data-key=x]")?.focus(),
    "/": () => {
      if (field) field.focus();
      else location.assign("/desk#suche");
    },
    "?": open,
  };

  const typing = (element) => element.closest("input, textarea, select, [contenteditable]");

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (typing(event.target) || sheet.open) return;
    const inList = event.target.closest("#liste .first");
    const key = { ArrowDown: inList && "j", ArrowUp: inList && "k" }[event.key] || event.key;
    if (!Object.hasOwn(keys, key)) return;
    if (key !== "?" && localStorage.getItem(OFF) === "aus") return;
    event.preventDefault();
    keys[key]();
  });

  document.querySelectorAll("[data-keys]").forEach((link) => link.addEventListener("click", (event) => {
    event.preventDefault();
    open();
  }));
  document.getElementById("tasten-zu").addEventListener("click", () => sheet.close());
  const off = document.getElementById("tasten-aus");
  const draw = () => {
    off.textContent = localStorage.getItem(OFF) === "aus" ? "Tasten einschalten" : "Tasten ausschalten";
  };
  off.addEventListener("click", () => {
    localStorage.setItem(OFF, localStorage.getItem(OFF) === "aus" ? "an" : "aus");
    draw();
  });
  draw();
  if (location.hash === "#suche") field?.focus();
})();
