/* The reader chooses how experts are counted: sentence, picture and row follow. The values are those of the table on the page.
   A way of counting has an address of its own (?who=and+legislators); what it does not name is as in the book. */
"use strict";
document.addEventListener("DOMContentLoaded", () => {
  const page = document.getElementById("specifications");
  const form = page.querySelector("form"), picture = page.querySelector(".spec-picture");
  const choices = page.dataset.choices.split(" ");
  const ways = [...page.querySelectorAll("tbody tr")].map((row) => ({
    row,
    options: choices.map((_, place) => row.cells[place].textContent),
    ...Object.fromEntries([...row.querySelectorAll("[data-is]")].map((cell) => [cell.dataset.is, Number(cell.textContent)])),
  }));
  const known = new Map(ways.map((way) => [way.options.join("|"), way]));
  const bySize = [...ways].sort((one, other) => one.small - other.small);
  const jumps = { first: ways[0], lowest: bySize[0], highest: bySize.at(-1) };

  const asked = new URLSearchParams(location.search);
  choose(choices.map((name, place) => asked.get(name) ?? ways[0].options[place]));
  for (const hidden of document.querySelectorAll(".with-script")) hidden.hidden = false;
  show();
  form.addEventListener("change", show);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("click", ({ target }) => {
    if (!target.dataset.jump) return;
    choose(jumps[target.dataset.jump].options);
    show();
  });

  function choose(options) {
    choices.forEach((name, place) => {
      const radio = [...form[name]].find((one) => one.value === options[place]);
      if (radio) radio.checked = true;
    });
  }

  function show() {
    const options = choices.map((name) => form[name].value);
    const way = known.get(options.join("|"));
    const values = { ...way, rank: ways.filter((other) => other.small < way.small).length };
    for (const slot of page.querySelectorAll("[data-value]")) {
      const value = values[slot.dataset.value];
      slot.textContent = "round" in slot.dataset ? Math.round(value) : value;
    }
    for (const name of ["small", "low", "high"]) picture.style.setProperty(`--${name}`, way[name]);
    for (const share of page.querySelectorAll(".spec-share")) {
      const place = choices.indexOf(share.dataset.option);
      const other = known.get(options.with(place, share.parentElement.querySelector("input").value).join("|"));
      share.textContent = `${Math.round(other.small)}%`;
    }
    page.querySelector("[aria-current]")?.removeAttribute("aria-current");
    way.row.setAttribute("aria-current", "true");
    way.row.closest(".wide-table").scrollTop = way.row.offsetTop - page.querySelector("thead").offsetHeight;
    const address = new URL(location);
    choices.forEach((name, place) => {
      if (options[place] === ways[0].options[place]) address.searchParams.delete(name);
      else address.searchParams.set(name, options[place]);
    });
    try { if (address.href !== location.href) history.replaceState(history.state, "", address); } catch {}
  }
});
