"use strict";
// Keeps the progress of a broadcast current; without it the page shows what it was drawn with.
(() => {
  const panel = document.querySelector("[data-progress]");
  const stale = panel.querySelector("[data-stale]");
  const drawn = {};

  const put = (name, html) => {
    const part = panel.querySelector(`[data-part="${name}"]`);
    // Whoever has the keyboard on a link keeps it.
    if (drawn[name] === html || part.contains(document.activeElement)) return;
    drawn[name] = part.innerHTML = html;
  };

  const look = async () => {
    if (document.hidden) return true;
    try {
      const answer = await fetch(panel.dataset.progress, { signal: AbortSignal.timeout(10000) });
      // A redirect leads to the log-in page.
      if (!answer.ok || answer.redirected) throw new Error(answer.status);
      const now = await answer.json();
      Object.entries(now.parts).forEach(([name, html]) => put(name, html));
      stale.hidden = true;
      // Other buttons are offered now.
      if (now.state !== panel.dataset.state) location.reload();
      return !now.is_over;
    } catch {
      stale.hidden = false;
      return true;
    }
  };

  const go = async () => {
    if (await look()) setTimeout(go, 1000);
  };
  setTimeout(go, 1000);
})();
