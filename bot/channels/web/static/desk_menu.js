// Closes the menu of the desk by Escape and by a press beside it. It opens without this.
"use strict";
(() => {
  const menu = document.querySelector("details.menu");
  if (!menu) return;
  document.addEventListener("keydown", (press) => {
    if (press.key !== "Escape" || !menu.open) return;
    const inside = menu.contains(document.activeElement);
    menu.open = false;
    if (inside) menu.querySelector("summary").focus();
  });
  document.addEventListener("click", (press) => {
    if (!menu.contains(press.target)) menu.open = false;
  });
  // Whoever tabs on is not covered by it.
  menu.addEventListener("focusout", (left) => {
    if (left.relatedTarget && !menu.contains(left.relatedTarget)) menu.open = false;
  });
})();
