// Puts the chat on a town's own page:
//   <script src="https://…/widget.js" defer></script>
// Nothing is loaded and nothing is stored before somebody opens it.
"use strict";
(() => {
  const script = document.currentScript;
  if (!script || window.kleinstadtHotline) return;
  window.kleinstadtHotline = true;
  const origin = new URL(script.src).origin;
  const label = script.dataset.label || "Fragen? Schreiben Sie uns";
  const narrow = window.matchMedia("(max-width: 520px), (max-height: 480px)");
  const still = "2147483000";

  function make(name, style, parent) {
    const made = document.createElement(name);
    Object.assign(made.style, style);
    parent.append(made);
    return made;
  }

  function start() {
    const button = make("button", {
      position: "fixed", right: "16px", bottom: "16px", zIndex: still, minHeight: "48px",
      padding: "12px 20px", border: "2px solid #ffffff", borderRadius: "26px",
      background: "#0b5a68", color: "#ffffff", font: "600 16px/1.3 system-ui, sans-serif",
      cursor: "pointer", boxShadow: "0 2px 12px rgba(0, 0, 0, 0.3)",
    }, document.body);
    button.type = "button";
    button.textContent = label;
    button.setAttribute("aria-expanded", "false");

    let panel, frame;

    function build() {
      panel = make("section", {
        position: "fixed", zIndex: still, flexDirection: "column", overflow: "hidden",
        background: "#ffffff", border: "1px solid #6b7c82",
        boxShadow: "0 8px 32px rgba(0, 0, 0, 0.3)",
      }, document.body);
      panel.id = "kleinstadt-hotline";
      panel.setAttribute("aria-label", "Chat der Hotline");
      const close = make("button", {
        alignSelf: "flex-end", minHeight: "44px", padding: "8px 16px", border: "0",
        background: "#ffffff", color: "#0a5564", cursor: "pointer",
        font: "600 15px/1.3 system-ui, sans-serif",
      }, panel);
      close.type = "button";
      close.textContent = "Chat schließen";
      close.addEventListener("click", () => show(false));
      frame = make("iframe", { flex: "1", width: "100%", border: "0", minHeight: "0" }, panel);
      frame.title = "Chat der Hotline";
      frame.referrerPolicy = "no-referrer";
      frame.src = `${origin}/rahmen`;
      button.setAttribute("aria-controls", panel.id);
      narrow.addEventListener("change", fit);
      fit();
    }

    function fit() {
      const small = narrow.matches;
      Object.assign(panel.style, small
        ? { inset: "0", width: "auto", height: "auto", borderRadius: "0" }
        : { inset: "auto 16px 80px auto", width: "400px", height: "min(640px, calc(100vh - 110px))", borderRadius: "14px" });
    }

    function show(open) {
      if (!panel) build();
      panel.style.display = open ? "flex" : "none";
      button.setAttribute("aria-expanded", String(open));
      (open ? frame : button).focus();
    }

    button.addEventListener("click", () => show(button.getAttribute("aria-expanded") !== "true"));
    window.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && panel && panel.style.display === "flex") show(false);
    });
    window.addEventListener("message", (event) => {
      const ours = frame && event.source === frame.contentWindow && event.origin === origin;
      if (ours && event.data === "hotline:close") show(false);
    });
  }

  if (document.body) start();
  else document.addEventListener("DOMContentLoaded", start);
})();
