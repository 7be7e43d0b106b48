"use strict";
// Copies what a button stands for; where the browser forbids it, the text beside it is selected.
(() => {
  if (window.ktCopies) return;
  window.ktCopies = true;

  const select = (button) => {
    const text = button.closest(".kt-post").querySelector(".kt-said");
    getSelection().selectAllChildren(text);
  };

  document.addEventListener("click", async ({ target }) => {
    const button = target.closest?.("[data-copy]");
    if (!button) return;
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.nextElementSibling.textContent = `✓ ${button.dataset.done} · `;
    } catch {
      select(button);
    }
  });
})();
