"use strict";
// Rows that are folded to their titles: a new one opens by itself, the others by keyboard, too.
(() => {
  const TITLE = ".form-group h3.cursor-pointer strong";

  const reach = (title) => {
    title.tabIndex = 0;
    title.setAttribute("role", "button");
  };

  // Its fields are seen some frames later only.
  const begin = (row, frames) => {
    const field = row.querySelector("select, input:not([type=hidden])");
    field?.focus({ preventScroll: true });
    if (field === document.activeElement) row.scrollIntoView();
    else if (frames) requestAnimationFrame(() => begin(row, frames - 1));
  };

  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll(TITLE).forEach(reach);
  });

  document.addEventListener("formset:added", ({ target: row }) => {
    const title = row.querySelector("h3.cursor-pointer strong");
    if (!title) return;
    reach(title);
    // What folds it must have seen the new row first.
    setTimeout(() => {
      title.click();
      begin(row, 60);
    });
  });

  document.addEventListener("keydown", (event) => {
    if (!event.target.matches?.(TITLE) || !["Enter", " "].includes(event.key)) return;
    event.preventDefault();
    event.target.click();
  });
})();
