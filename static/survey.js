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
  const before = form.elements.before.value;
  const draft = JSON.stringify({ at: Date.now(), before, given: answers() });
  stored((storage) => storage.setItem(PREFIX + form.dataset.draft, draft));
}

// What was begun changes the answers that stood there; once others were sent, it is out of date.
function begun() {
  const before = form.elements.before.value;
  const text = stored((storage) => storage.getItem(PREFIX + form.dataset.draft));
  try {
    const draft = JSON.parse(text);
    if (draft?.before !== before) return null;
    return before !== "0" || Object.keys(draft.given).length ? draft.given : null;
  } catch {
    return null;
  }
}

function carry(name, values) {
  for (const value of values) {
    const field = document.createElement("input");
    Object.assign(field, { type: "hidden", name, value });
    form.prepend(field);
  }
}

// What was emptied stays empty. A choice that was clicked in the mail is newer than what was begun.
function restore(given) {
  const isMeant = (name) => /^q\d+$/.test(name) && name !== form.dataset.chosen;
  for (const field of [...form.elements].filter(({ name }) => isMeant(name))) {
    const values = given[field.name] ?? [];
    if (field.type === "hidden") field.remove();
    else if (field.type === "textarea") field.value = values[0] ?? "";
    else field.checked = values.includes(field.value);
  }
  for (const [name, values] of Object.entries(given)) {
    if (isMeant(name) && !form.elements[name]) carry(name, values);
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
    if (given) {
      restore(given);
      offerToDiscard();
    }
    form.addEventListener("input", keep);
    if (!("fresh" in form.dataset)) keep();
  }
  form.addEventListener("input", showWhatApplies);
  showWhatApplies();
}
