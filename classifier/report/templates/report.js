"use strict";
// The rows come from the data element and are only ever set as text. Without this script all but the table still reads.
(() => {
  const PAGE = 50;
  const data = JSON.parse(document.getElementById("data").textContent);
  const size = data.text.length;
  const wide = data.labels.length;
  const find = (selector, from = document) => from.querySelector(selector);
  const form = find(".filters");
  const body = find(".rows tbody");
  const state = { rows: [], page: 0, column: "", down: false };

  const cell = (name, row) => data[name].values[data[name].codes[row]];
  const pairOf = row => cell("pair", row);
  const sureness = row => data.p[row * wide + data.label[row]];

  // --- filter and sort

  // For every different value whether it passes: a hundred thousand rows then cost a look-up each.
  const passing = (values, test) => Uint8Array.from(values, value => (test(value) ? 1 : 0));

  function filter() {
    const wanted = Object.fromEntries(new FormData(form));
    const words = wanted.text.trim().toLowerCase();
    const actors = (wanted.pair || "").toUpperCase().split(/[^\p{L}\p{N}_]+/u).filter(Boolean);
    const dates = passing(data.date.values, day =>
      (!wanted.from && !wanted.to) || (day && (!wanted.from || day >= wanted.from) && (!wanted.to || day <= wanted.to)));
    const pairs = passing(data.pair.values, pair => {
      const sides = pair.toUpperCase().split("–");
      return actors.every(actor => sides.includes(actor));
    });
    const sources = passing(data.source.values, source => source.toLowerCase().includes(words));
    const ids = passing(data.id.values, id => id.toLowerCase().includes(words));
    const labels = passing(data.labels.keys(), at =>
      wanted.label === "" || (wanted.label === "stance" ? data.stance[at] : String(at) === wanted.label));
    const rows = [];
    for (let row = 0; row < size; row++) {
      if (!labels[data.label[row]] || !dates[data.date.codes[row]] || !pairs[data.pair.codes[row]]) continue;
      if (wanted.uncertain !== "" && data.uncertain[row] !== Number(wanted.uncertain)) continue;
      if (words && !sources[data.source.codes[row]] && !ids[data.id.codes[row]] && !data.text[row].toLowerCase().includes(words)) continue;
      rows.push(row);
    }
    state.rows = rows;
    sort();
  }

  const sortKeys = {
    date: row => data.date.codes[row],
    label: row => data.label[row],
    sure: sureness,
    pair: pairOf,
    source: row => data.source.codes[row],
    text: row => data.text[row],
  };

  function sort() {
    const key = sortKeys[state.column];
    if (key) {
      const keys = new Map(state.rows.map(row => [row, key(row)]));
      const sign = state.down ? -1 : 1;
      state.rows.sort((a, b) => {
        const x = keys.get(a), y = keys.get(b);
        return x < y ? -sign : x > y ? sign : a - b;
      });
    }
    state.page = 0;
    draw();
  }

  function sortBy(header) {
    const column = header.dataset.sort;
    state.down = state.column === column ? !state.down : column === "sure";
    state.column = column;
    for (const other of document.querySelectorAll(".rows th")) other.removeAttribute("aria-sort");
    header.setAttribute("aria-sort", state.down ? "descending" : "ascending");
    filter();
  }

  // --- draw

  function element(name, className, text) {
    const made = document.createElement(name);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  }

  const isWord = char => char !== undefined && /[\p{L}\p{N}_]/u.test(char);

  // The sentence with its deciding words marked; they are listed in reading order.
  function sentence(row) {
    const made = element("td", "text");
    const text = data.text[row];
    let at = 0;
    for (const word of data.because[row].split("; ").filter(Boolean)) {
      let start = text.indexOf(word, at);
      while (start >= 0 && (isWord(text[start - 1]) || isWord(text[start + word.length]))) start = text.indexOf(word, start + 1);
      if (start < 0) continue;
      made.append(text.slice(at, start), element("mark", "", word));
      at = start + word.length;
    }
    made.append(text.slice(at), element("small", "", cell("id", row) + ", sentence " + data.sentence_no[row]));
    return made;
  }

  function line(row) {
    const label = data.labels[data.label[row]];
    const made = element("tr", "label-" + data.label[row]);
    made.append(
      element("td", "date", cell("date", row)),
      element("td", "label", label),
      element("td", "sure", Math.round(sureness(row) / 100) + " %" + (data.uncertain[row] ? " ?" : "")),
      element("td", "pair", pairOf(row)),
      element("td", "source", cell("source", row)),
      sentence(row));
    if (data.uncertain[row]) find(".sure", made).title = "uncertain: under the model’s threshold";
    return made;
  }

  function draw() {
    const first = state.page * PAGE;
    const last = Math.min(first + PAGE, state.rows.length);
    body.replaceChildren(...state.rows.slice(first, last).map(line));
    const number = value => value.toLocaleString("en");
    find("#count").textContent = last
      ? `${number(first + 1)}–${number(last)} of ${number(state.rows.length)} sentences` + (state.rows.length < size ? ` (${number(size)} in all)` : "")
      : "No sentence passes these filters.";
    find("#back").disabled = !first;
    find("#on").disabled = last === state.rows.length;
    find("#download").disabled = !last;
  }

  // --- download

  // What a spreadsheet would run as a formula gets an apostrophe in front, as in every file that stance writes.
  const neutral = text => (/^{{ formula }}/.test(text) ? "'" + text : text);
  const quoted = text => (/[",\r\n]/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text);

  function download() {
    const names = ["id", "date", "source", "sentence_no", "paragraph", "start", "end", "text", "label", "uncertain"];
    const ends = ["actors", "source_actor", "target_actor", "because", "language"];
    const header = [...names, ...data.labels.map(label => "p_" + label), ...ends];
    const lines = state.rows.map(row => [
      cell("id", row), cell("date", row), cell("source", row),
      data.sentence_no[row], data.paragraph[row], data.start[row], data.end[row], data.text[row],
      data.labels[data.label[row]], data.uncertain[row] ? "true" : "false",
      ...data.labels.map((_, at) => data.p[row * wide + at] / 10000),
      cell("actors", row), cell("source_actor", row), cell("target_actor", row), data.because[row], cell("language", row),
    ]);
    const csv = [header, ...lines].map(cells =>
      cells.map(value => quoted(typeof value === "string" ? neutral(value) : String(value))).join(",") + "\n");
    const link = element("a");
    link.href = URL.createObjectURL(new Blob(["\ufeff", ...csv], { type: "text/csv" }));
    link.download = data.name.replace(/\.\w+$/, "") + "-selection.csv";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }

  // --- charts

  function readable(chart) {
    const plot = find(".plot", chart);
    const cursor = find(".cursor", plot);
    const points = [...chart.querySelectorAll("tbody tr")];
    let at = points.length - 1;
    const show = place => {
      at = Math.max(0, Math.min(points.length - 1, place));
      const [name, tension, interval, stances, articles, before, p] = [...points[at].cells].map(each => each.textContent);
      for (const end of ["x1", "x2"]) cursor.setAttribute(end, points[at].dataset.x + "%");
      find(".readout", chart).textContent = `${name}: ${tension} ${interval}, ${stances} stances in ${articles} articles` +
        (before ? `; weeks before ${before}, p = ${p}`.replace("= <", "<") : "");
    };
    plot.addEventListener("pointermove", event => {
      const box = find("svg", plot).getBoundingClientRect();
      const x = (100 * (event.clientX - box.left)) / box.width;
      const far = points.map(point => Math.abs(point.dataset.x - x));
      show(far.indexOf(Math.min(...far)));
    });
    plot.addEventListener("focus", () => show(at));
    plot.addEventListener("keydown", event => {
      const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: points.length - 1 }[event.key];
      if (to === undefined || event.target !== plot) return;
      event.preventDefault();
      show(to);
    });
  }

  // --- wiring

  function jump(values) {
    form.reset();
    for (const [name, value] of Object.entries(values)) form.elements[name].value = value;
    filter();
    find("#sentences").scrollIntoView();
    form.elements[Object.keys(values)[0]].focus({ preventScroll: true });
  }

  let waiting;
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(filter, 120);
  });
  form.addEventListener("submit", event => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(filter));
  for (const header of document.querySelectorAll(".rows th")) find("button", header).addEventListener("click", () => sortBy(header));
  find("#back").addEventListener("click", () => { state.page--; draw(); });
  find("#on").addEventListener("click", () => { state.page++; draw(); });
  find("#download").addEventListener("click", download);
  for (const button of document.querySelectorAll("[data-pair]")) button.addEventListener("click", () => jump({ pair: button.dataset.pair }));
  for (const button of document.querySelectorAll("[data-from]")) {
    button.addEventListener("click", () => jump({ from: button.dataset.from, to: button.dataset.to }));
  }
  document.querySelectorAll(".chart").forEach(readable);
  filter();
})();
