/* The search page: finds sections by their words; the index is a script beside this one, so it works from a file too. */
"use strict";
(() => {
  const STOP = new Set("a an and are as at be but by did do does each for from had has have how in into is it its of on or that the their there they this to was were what when where which who whom with".split(" "));
  const normal = (term) => {
    const word = term.toLowerCase().normalize("NFD").replace(/[\u0300-\u036f]/g, "");
    if (STOP.has(word)) return null;
    return word.length > 4 ? word.replace(/(?:ings?|ed|es|s|ures?)$/, "") : word;
  };
  const sections = HANOI_SECTIONS.map((section, id) => ({ id, ...section }));
  const index = new MiniSearch({
    fields: ["t", "s", "x", "y", "q"], storeFields: ["u", "t", "s", "x"], processTerm: normal,
    searchOptions: { boost: { t: 4, q: 4, s: 3, y: 0.3 }, boostDocument: (id, term, { u }) => weight(u),
      prefix: (term) => term.length > 3, fuzzy: (term) => term.length > 5 ? 0.15 : false },
  });
  index.addAll(sections);

  const form = document.getElementById("search-form");
  const list = document.getElementById("search-results");
  const count = document.getElementById("search-count");
  form.q.value = new URLSearchParams(location.search).get("q") ?? "";
  form.addEventListener("submit", (event) => { event.preventDefault(); find(); });
  form.q.addEventListener("input", find);
  find();
  form.q.focus();

  function find() {
    const asked = form.q.value.trim();
    const found = asked ? ranked(index.search(asked)).slice(0, 30) : [];
    list.replaceChildren(...found.map(entry));
    count.textContent = !asked ? "" : found.length ? `${found.length === 30 ? "The best 30" : found.length} of ${sections.length} sections` : "Nothing found.";
    const address = new URL(location);
    asked ? address.searchParams.set("q", asked) : address.searchParams.delete("q");
    try { history.replaceState(null, "", address); } catch {}
  }

  // A chapter before its methods and before the front page; its opening, which asks and answers its question, before the rest.
  function weight(address) {
    return (/^book\/(methods-|index)/.test(address) ? 0.4 : 1) * (address.includes("#") ? 1 : 2);
  }

  // A page that speaks of it in several places goes before one that names it once: its next two sections count half.
  function ranked(hits) {
    const page = (hit) => hit.u.split("#")[0], scores = new Map(); // the best first, as the hits are
    for (const hit of hits) scores.set(page(hit), [...scores.get(page(hit)) ?? [], hit.score]);
    const rank = (hit) => {
      const [best, second = 0, third = 0] = scores.get(page(hit));
      return hit.score * (1 + (second + third) / 2 / best);
    };
    return hits.map((hit) => ({ ...hit, rank: rank(hit) })).sort((one, other) => other.rank - one.rank || one.id - other.id);
  }

  function entry(hit) {
    const item = document.createElement("li"), link = document.createElement("a"), text = document.createElement("p");
    link.href = hit.u;
    link.textContent = hit.s ? `${hit.t}: ${hit.s}` : hit.t;
    text.textContent = around(hit.x, Object.keys(hit.match));
    item.append(link, text);
    return item;
  }

  function around(text, terms) {
    const low = text.toLowerCase();
    const at = Math.min(...terms.map((term) => low.indexOf(term)).filter((place) => place >= 0), Infinity);
    const from = at === Infinity ? 0 : Math.max(0, at - 70);
    return (from ? "… " : "") + text.slice(from, from + 200) + (text.length > from + 200 ? " …" : "");
  }
})();
