"use strict";
// The communities of a batch: searched, sorted, filtered, compared. What is asked stands in the address, so that the page
// in the other language, or a link sent to somebody, shows the same.
document.addEventListener("DOMContentLoaded", () => {
  const { all, places, columns, units } = JSON.parse(document.getElementById("communities").textContent);
  const [ID, NAME, FOLDER, PLACES, CELLS] = [0, 1, 2, 3, 4];
  const language = page.lang.slice(0, 2);
  const SHOWN = 7, STEP = 100, MOST = 6;
  const by = id => document.getElementById(id);
  const state = new URLSearchParams(location.hash.slice(1));
  const collator = new Intl.Collator(page.lang, { numeric: true });
  let limit = STEP;

  // A printed cell as a number to sort by; a dash, a star or an empty cell is none.
  const numberOf = cell => {
    const found = /^<?−?[\d,]+(\.\d+)?/.exec(cell);
    return found ? Number(found[0].replace("<", "").replace("−", "-").replaceAll(",", "")) : NaN;
  };
  const listed = units.map(unit => ({
    unit,
    text: [unit[ID], unit[NAME], ...unit[PLACES]].join("\n").toLowerCase(),
    numbers: unit[CELLS].map(numberOf),
  }));
  const chosen = new Set(state.getAll("with").slice(0, MOST));

  const name = text => element("bdi", { textContent: text });
  const title = unit => {
    const made = element("th", { scope: "row" });
    made.append(unit[FOLDER] ? element("a", { href: `${unit[FOLDER]}/index.${language}.html` }, name(unit[NAME])) : name(unit[NAME]));
    const id = unit[NAME] === unit[ID] ? [] : [unit[ID]];
    const about = [...id, ...(unit[FOLDER] ? [] : [words.site_no_page])].join(" · ");
    if (about) made.append(element("small", {}, name(about)));
    return made;
  };
  const value = cell => {
    const [estimate, ...interval] = cell.split(" (");
    const made = element("td", { className: "value" }, estimate);
    if (interval.length) made.append(element("small", {}, ` (${interval.join(" (")}`));
    return made;
  };

  // The first columns, and the one that is asked for.
  const shownColumns = () => {
    const first = [...columns.keys()].slice(0, SHOWN);
    const asked = [state.get("indicator"), state.get("sort")].filter(one => one && columns[one]).map(Number);
    return [...new Set([...first, ...asked])];
  };

  const sorts = () => [["name", element("span", {}, by("list-title").textContent)],
    ...places.map((place, i) => [`place${i}`, element("span", {}, place)]),
    ...shownColumns().map(i => [String(i), element("span", {}, columns[i][0], element("small", {}, columns[i][1]))])];

  function found() {
    const search = (state.get("search") ?? "").toLowerCase().split(/\s+/).filter(Boolean);
    const asked = places.map((_, i) => state.get(`place${i}`));
    const [indicator, least, most] = ["indicator", "least", "most"].map(key => state.get(key));
    const [low, high] = [least ? Number(least) : -Infinity, most ? Number(most) : Infinity];
    const isLimited = indicator && (least || most);
    const fits = listed.filter(one =>
      search.every(part => one.text.includes(part))
      && asked.every((place, i) => !place || one.unit[PLACES][i] === place)
      && (!isLimited || (one.numbers[indicator] >= low && one.numbers[indicator] <= high)));
    const sort = state.get("sort"), turned = state.get("turned") ? -1 : 1;
    if (sort === "name") fits.sort((a, b) => turned * collator.compare(a.unit[NAME], b.unit[NAME]));
    else if (sort?.startsWith("place")) fits.sort((a, b) => turned * collator.compare(a.unit[PLACES][sort.slice(5)], b.unit[PLACES][sort.slice(5)]));
    else if (sort) fits.sort((a, b) => {
      const [x, y] = [a.numbers[sort], b.numbers[sort]];
      return Number.isNaN(x) - Number.isNaN(y) || (Number.isNaN(x) ? 0 : turned * (y - x));
    });
    return fits;
  }

  // A list that is made anew keeps the place of a reader who uses keys.
  const boxOf = unit => [...by("list").querySelectorAll("input")].find(one => one.dataset.id === unit[ID]);

  function row({ unit }) {
    const box = element("input", { type: "checkbox", checked: chosen.has(unit[ID]) });
    box.setAttribute("aria-label", words.site_compare_one.replace("{community}", unit[NAME]));
    box.disabled = !box.checked && chosen.size >= MOST;
    box.onchange = () => {
      box.checked ? chosen.add(unit[ID]) : chosen.delete(unit[ID]);
      show();
      boxOf(unit)?.focus();
    };
    box.dataset.id = unit[ID];
    return element("tr", {}, title(unit), element("td", {}, element("label", {}, box)),
      ...unit[PLACES].map(place => element("td", {}, name(place))),
      ...shownColumns().map(i => value(unit[CELLS][i])));
  }

  function heading([key, label]) {
    const made = element("th", { scope: "col", className: /^\d/.test(key) ? "value" : "" });
    const isSorted = state.get("sort") === key;
    const isRising = isSorted && (/^\d/.test(key) ? state.has("turned") : !state.has("turned"));
    if (isSorted) made.setAttribute("aria-sort", isRising ? "ascending" : "descending");
    const button = element("button", { type: "button" }, label, isSorted ? (isRising ? " ↑" : " ↓") : " ↕");
    button.onclick = () => {
      if (isSorted && !state.has("turned")) state.set("turned", "1"); else state.delete("turned");
      state.set("sort", key);
      show();
      [...by("list").tHead.querySelectorAll("button")].find(one => one.dataset.key === key)?.focus();
    };
    button.dataset.key = key;
    made.append(button);
    return made;
  }

  function compare() {
    const own = units.filter(unit => chosen.has(unit[ID]));
    by("compare").hidden = by("to-compare").hidden = !own.length;
    by("to-compare").textContent = `${by("compare-title").textContent} (${own.length}/${MOST}) ↓`;
    const heads = own.map(unit => element("th", { scope: "col", className: "value" }, name(unit[NAME]),
      element("small", {}, name(unit[NAME] === unit[ID] ? "" : unit[ID]))));
    by("compared").tHead.replaceChildren(
      element("tr", {}, element("td"), element("th", { scope: "col", className: "value" }, all), ...heads));
    const ofPlaces = places.map((place, i) => element("tr", {}, element("th", { scope: "row" }, place), element("td"),
      ...own.map(unit => element("td", { className: "value" }, name(unit[PLACES][i])))));
    const ofCells = columns.map(([label, time, city], i) => element("tr", {}, element("th", { scope: "row" }, label, element("small", {}, time)),
      value(city), ...own.map(unit => value(unit[CELLS][i]))));
    by("compared").tBodies[0].replaceChildren(...ofPlaces, ...ofCells);
  }

  function show() {
    const fits = found();
    by("list").tHead.replaceChildren(element("tr", {}, ...sorts().map(heading)));
    by("list").tHead.rows[0].cells[0].after(element("th", { scope: "col", textContent: by("compare-title").textContent }));
    by("list").tBodies[0].replaceChildren(...fits.slice(0, limit).map(row));
    by("more").hidden = fits.length <= limit;
    const count = new Intl.NumberFormat("en");
    by("shown").textContent = fits.length
      ? words.site_shown.replace("{shown}", count.format(Math.min(limit, fits.length))).replace("{count}", count.format(fits.length))
      : words.site_none;
    compare();
    state.delete("with");
    chosen.forEach(one => state.append("with", one));
    for (const key of [...state.keys()]) if (!state.get(key)) state.delete(key);
    history.replaceState(null, "", `#${state}`);
    document.querySelectorAll(".languages a").forEach(link => { link.hash = `#${state}`; });
  }

  const asked = [["search", by("search")], ["indicator", by("indicator")], ["least", by("least")], ["most", by("most")],
    ...places.map((_, i) => [`place${i}`, document.querySelector(`[data-place="${i}"]`)])].filter(([, control]) => control);
  places.forEach((_, i) => {
    const counts = new Map();
    units.forEach(unit => { if (unit[PLACES][i]) counts.set(unit[PLACES][i], (counts.get(unit[PLACES][i]) ?? 0) + 1); });
    const options = [...counts].sort(([a], [b]) => collator.compare(a, b));
    asked.find(([key]) => key === `place${i}`)[1].append(...options.map(([place, count]) => element("option", { value: place, textContent: `${place} (${count})` })));
  });
  asked.forEach(([key, control]) => {
    control.value = state.get(key) ?? "";
    control.addEventListener("input", () => { state.set(key, control.value); limit = STEP; show(); });
  });
  by("filters").addEventListener("submit", event => event.preventDefault());
  by("filters").addEventListener("reset", () => {
    [...state.keys()].forEach(key => state.delete(key));
    limit = STEP;
    setTimeout(show);
  });
  by("more").onclick = () => {
    const first = limit;
    limit += STEP;
    show();
    by("list").tBodies[0].rows[first].querySelector("a, input").focus();
  };
  by("to-compare").onclick = () => { by("compare").scrollIntoView(); by("clear").focus({ preventScroll: true }); };
  by("clear").onclick = () => { chosen.clear(); show(); by("search").focus(); };
  const plain = () => [["id", by("list-title").textContent, ...places, ...columns.map(([label, time]) => time ? `${label} (${time})` : label)],
    ...found().map(({ unit }) => [unit[ID], unit[NAME], ...unit[PLACES], ...unit[CELLS]])];
  by("list").parentNode.after(tools("communities", plain));
  by("compared").parentNode.after(tools("compared", () => cellsOf(by("compared"))));
  by("site").hidden = false;
  show();
});
