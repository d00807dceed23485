// A sound and a notification when a person writes. Both are off until somebody
// switches them on, in this browser. Neither says what it is about.
"use strict";
(() => {
  const KEYS = { ton: "desk-ton", bescheid: "desk-bescheid", heard: "desk-gehoert" };
  const on = (name) => localStorage.getItem(KEYS[name]) === "an";
  let audio = null;

  function ready() {
    audio ??= new AudioContext();
    if (audio.state === "suspended") audio.resume().catch(() => {});
    return audio;
  }

  // Two soft tones, made here: there is no file to fetch.
  function ring() {
    const now = ready().currentTime;
    [660, 880].forEach((pitch, index) => {
      const tone = audio.createOscillator();
      const volume = audio.createGain();
      const start = now + index * 0.18;
      tone.frequency.value = pitch;
      volume.gain.setValueAtTime(0.0001, start);
      volume.gain.exponentialRampToValueAtTime(0.2, start + 0.02);
      volume.gain.exponentialRampToValueAtTime(0.0001, start + 0.35);
      tone.connect(volume).connect(audio.destination);
      tone.start(start);
      tone.stop(start + 0.4);
    });
  }

  function show(words) {
    if (!("Notification" in window) || Notification.permission !== "granted") return;
    try {
      const shown = new Notification(words, { tag: words, lang: "de" });
      shown.addEventListener("click", () => {
        window.focus();
        shown.close();
      });
    } catch {
      // Some phones show notifications of installed applications only.
    }
  }

  // Of several open pages one rings: whichever writes it down first.
  function once(number, then) {
    const check = () => {
      if (Number(localStorage.getItem(KEYS.heard)) >= number) return;
      localStorage.setItem(KEYS.heard, String(number));
      then();
    };
    if (navigator.locks) navigator.locks.request("desk-gehoert", check);
    else check();
  }

  let seen = newest();
  function newest() {
    return Number(document.getElementById("neuestes")?.dataset.news || 0);
  }

  // desk.js tells when parts of the page have been replaced.
  document.addEventListener("desk:neu", () => {
    const number = newest();
    if (number <= seen) return;
    seen = number;
    const words = document.getElementById("neuestes").dataset.words;
    document.getElementById("ansage").textContent = words;
    once(number, () => {
      if (on("ton")) ring();
      if (on("bescheid")) show(words);
    });
  });

  // Browsers let a page sound only after somebody has touched it.
  for (const event of ["pointerdown", "keydown"]) {
    document.addEventListener(event, () => on("ton") && ready(), { once: true });
  }

  const bell = document.getElementById("klingel");
  if (!bell) return;
  for (const name of ["ton", "bescheid"]) {
    const button = document.getElementById(name);
    const draw = () => {
      const active = on(name) && (name === "ton" || Notification.permission === "granted");
      button.setAttribute("aria-pressed", String(active));
    };
    if (name === "bescheid" && !("Notification" in window)) {
      button.hidden = true;
      continue;
    }
    button.addEventListener("click", async () => {
      const wanted = button.getAttribute("aria-pressed") !== "true";
      if (wanted && name === "bescheid" && await Notification.requestPermission() !== "granted") {
        document.getElementById("verbindung").textContent =
          "Ihr Browser erlaubt hier keine Benachrichtigungen. Ändern können Sie das in seinen Einstellungen.";
        return;
      }
      localStorage.setItem(KEYS[name], wanted ? "an" : "aus");
      if (wanted && name === "ton") ring();
      draw();
    });
    draw();
  }
  bell.hidden = false;
})();
