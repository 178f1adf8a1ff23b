/* The filter of the claims ledger, by text, status and topic. Without this script the page is the full list.
   A filtered view has an address of its own (?status=disputed&topic=personnel&text=kim); a link to a claim wins over it. */
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const lines = [...document.querySelectorAll(".ledger-line")];
  const claims = [...document.querySelectorAll(".ledger-claim")].map((card) => ({
    card,
    text: plain(card.textContent),
    status: code(card, "status-"),
    topic: code(card, "topic-"),
    words: { status: label(card, ".ledger-status"), topic: label(card, ".ledger-topic") },
  }));
  if (!claims.length) return;

  const form = make("form", { className: "ledger-filter", autocomplete: "off" });
  form.setAttribute("role", "search");
  form.setAttribute("aria-label", "Filter the claims");
  const fields = { text: make("input", { type: "search", name: "text" }), status: choices("status"), topic: choices("topic") };
  const titles = { text: "Words", status: "Status", topic: "Topic" };
  for (const [name, field] of Object.entries(fields)) {
    const holder = make("label", { textContent: titles[name] });
    holder.append(field);
    form.append(holder);
  }
  const clear = make("button", { type: "button", textContent: "Show all claims" });
  const count = make("output", {});
  form.append(clear, count);
  lines[0].before(form);

  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  clear.addEventListener("click", () => { reset(); fields.text.focus(); });
  addEventListener("hashchange", reveal);

  const asked = new URLSearchParams(location.search);
  for (const [name, field] of Object.entries(fields)) field.value = asked.get(name) ?? "";
  for (const name of ["status", "topic"]) if (fields[name].selectedIndex < 0) fields[name].value = "";
  apply();
  reveal();

  function apply() {
    const wanted = plain(fields.text.value).split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const claim of claims) {
      const fits = (!fields.status.value || claim.status === fields.status.value)
        && (!fields.topic.value || claim.topic === fields.topic.value)
        && wanted.every((word) => claim.text.includes(word));
      claim.card.hidden = !fits;
      shown += fits;
    }
    for (const line of lines) line.hidden = !line.querySelector(".ledger-claim:not([hidden])");
    count.textContent = `${shown} of ${claims.length} claims shown`;
    const address = new URL(location);
    for (const [name, field] of Object.entries(fields)) {
      if (field.value) address.searchParams.set(name, field.value);
      else address.searchParams.delete(name);
    }
    if (address.href !== location.href) history.replaceState(history.state, "", address);
  }

  function reset() {
    for (const field of Object.values(fields)) field.value = "";
    apply();
  }

  function reveal() {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target?.matches(".ledger-claim, .ledger-line")) return;
    if (target.closest("[hidden]")) reset();
    target.scrollIntoView();
  }

  function choices(kind) {
    const field = make("select", { name: kind });
    const found = new Map();
    for (const claim of claims) found.set(claim[kind], (found.get(claim[kind]) ?? 0) + 1);
    field.append(make("option", { value: "", textContent: `All (${claims.length})` }));
    for (const [value, number] of [...found].sort((one, other) => other[1] - one[1] || one[0].localeCompare(other[0]))) {
      const words = claims.find((claim) => claim[kind] === value).words[kind];
      field.append(make("option", { value, textContent: `${words} (${number})` }));
    }
    return field;
  }

  function code(card, start) {
    return [...card.classList].find((name) => name.startsWith(start)).slice(start.length);
  }

  function label(card, selector) {
    return card.querySelector(selector).textContent;
  }

  function plain(text) {
    return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  }

  function make(tag, properties) {
    return Object.assign(document.createElement(tag), properties);
  }
});
