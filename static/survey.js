// What a survey's form does more comfortably with a script: it works without any of this.
// A question with a condition is hidden until it applies; what is begun is kept on this device, and
// nowhere else, until it is sent.
"use strict";

const PREFIX = "klartext-survey:";
const KEPT_MS = 30 * 24 * 60 * 60 * 1000;

const form = document.querySelector("form.survey");
const sent = document.querySelector("[data-sent]");

// A private window, or a full device, may refuse.
function stored(work) {
  try {
    return work(window.localStorage);
  } catch {
    return null;
  }
}

function forget(draft) {
  stored((storage) => storage.removeItem(PREFIX + draft));
}

function forgetOldOnes() {
  stored((storage) => {
    for (const key of Object.keys(storage).filter((one) => one.startsWith(PREFIX))) {
      const { at } = JSON.parse(storage.getItem(key)) ?? {};
      if (!(Date.now() - at < KEPT_MS)) storage.removeItem(key);
    }
  });
}

function answers() {
  const given = {};
  for (const [name, value] of new FormData(form)) {
    if (/^q\d+$/.test(name) && value) (given[name] ??= []).push(value);
  }
  return given;
}

function showWhatApplies() {
  const given = answers();
  for (const question of form.querySelectorAll("[data-of]")) {
    const said = given[question.dataset.of] ?? [];
    question.hidden = !JSON.parse(question.dataset.after).some((value) => said.includes(value));
    // Whoever sees it need not be told when it is asked.
    question.querySelector(".condition").hidden = true;
  }
}

function keep() {
  const draft = JSON.stringify({ at: Date.now(), given: answers() });
  stored((storage) => storage.setItem(PREFIX + form.dataset.draft, draft));
}

function begun() {
  const text = stored((storage) => storage.getItem(PREFIX + form.dataset.draft));
  try {
    return JSON.parse(text)?.given ?? null;
  } catch {
    return null;
  }
}

function carry(name, values) {
  for (const old of form.querySelectorAll(`input[type=hidden][name="${name}"]`)) old.remove();
  for (const value of values) {
    const field = document.createElement("input");
    Object.assign(field, { type: "hidden", name, value });
    form.prepend(field);
  }
}

// A choice that was clicked in the mail is newer than what was begun.
function restore(given) {
  const chosen = form.dataset.chosen;
  for (const [name, values] of Object.entries(given)) {
    if (!/^q\d+$/.test(name) || name === chosen) continue;
    const fields = [...form.querySelectorAll(`[name="${name}"]:not([type=hidden])`)];
    if (!fields.length) carry(name, values);
    for (const field of fields) {
      if (field.type === "textarea") field.value = values[0];
      else field.checked = values.includes(field.value);
    }
  }
}

function offerToDiscard() {
  const notice = document.getElementById("restored");
  notice.hidden = false;
  notice.querySelector("button").addEventListener("click", () => {
    forget(form.dataset.draft);
    window.location.replace(window.location.pathname);
  });
}

forgetOldOnes();
if (sent) forget(sent.dataset.sent);
if (form) {
  if (form.dataset.draft) {
    const given = "fresh" in form.dataset ? begun() : null;
    if (given && Object.keys(given).length) {
      restore(given);
      offerToDiscard();
    }
    form.addEventListener("input", keep);
    if (!("fresh" in form.dataset)) keep();
  }
  form.addEventListener("input", showWhatApplies);
  showWhatApplies();
}
