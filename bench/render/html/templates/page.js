"use strict";
(() => {
  const payload = JSON.parse(document.getElementById("payload").textContent);
  const at = (id) => document.getElementById(id);
  const config = {
    background: null,
    font: "system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', sans-serif",
    axis: {
      labelColor: "var(--ink)", titleColor: "var(--ink)", gridColor: "var(--grid)", domainColor: "var(--muted)",
      tickColor: "var(--muted)", labelFontSize: 12, titleFontSize: 13, titleFontWeight: "normal", gridOpacity: 0.8,
    },
    axisX: { titleAnchor: "end", titleAlign: "right" },
    view: { stroke: null },
    lineBreak: "\n",
    text: { fontSize: 12 },
  };
  const options = {
    mode: "vega-lite", renderer: "svg", ast: true, actions: false, defaultStyle: false, config,
    tooltip: { disableDefaultStyle: true },
  };
  let taken = payload.answer.taken;
  let family = null;
  const drawn = new Map();

  const view = () => `${at("measure").value}/${at("against").value}`;
  const isReference = (layer) => ["control", "floor", "ceiling"].includes(layer.name.split(" ")[0]);

  // The range of what is drawn of networks, so that far controls do not flatten it. They remain in the legend.
  function rangeOf(spec) {
    const columns = spec.layer.filter((layer) => !isReference(layer) && layer.encoding.y)
      .flatMap((layer) => ["y", "low", "high"].map((name) => spec.datasets[layer.data.name][name] ?? []));
    const values = columns.flat().filter((value) => value !== null);
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const margin = 0.05 * (high - low) || 0.05;
    return [low - margin, high + margin];
  }

  function chosen(specs) {
    const spec = structuredClone(specs[payload.main.indexOf(view())]);
    const isKept = (name) => {
      const [role, index] = name.split(" ");
      if (role === "trials" && !at("show-trials").checked) return false;
      if (role === "law" && !at("show-laws").checked) return false;
      return family === null || !["trials", "series", "law"].includes(role) || index === family;
    };
    spec.layer = spec.layer.filter((layer) => isKept(layer.name)
      && (at("show-controls").checked || !isReference(layer)));
    const range = rangeOf(spec);
    spec.layer.forEach((layer) => {
      if (at("zoom").checked && layer.encoding.y) {
        layer.encoding.y.scale = { ...layer.encoding.y.scale, domain: range, nice: false };
        layer.mark.clip = isReference(layer);
      }
      if (layer.encoding.x && at("scale").value === "linear") layer.encoding.x.scale = { type: "linear", zero: false };
      if (layer.name.startsWith("taken ")) {
        delete layer.encoding.tooltip;
        layer.transform = [{ filter: { field: "t0", equal: String(taken) } }];
      }
    });
    return [spec];
  }

  const specsOf = (figure) => (figure.id === "main" ? chosen(payload.specs.main) : payload.specs[figure.id]);

  function rowsOf(columns) {
    const names = Object.keys(columns);
    return columns[names[0]].map((_, place) => Object.fromEntries(names.map((name) => [name, columns[name][place]])));
  }

  function withRows(spec) {
    if (!spec.datasets) return spec;
    const rows = Object.entries(spec.datasets).map(([name, columns]) => [name, rowsOf(columns)]);
    return { ...spec, datasets: Object.fromEntries(rows) };
  }

  async function draw(figure) {
    const specs = specsOf(figure);
    const plots = [...figure.querySelectorAll(".plot")];
    await Promise.all(plots.map(async (plot, place) => {
      const width = plot.clientWidth || figure.clientWidth || 600;
      const square = specs[place].usermeta?.square ? { height: Math.min(width, 420) } : {};
      const spec = { ...withRows(specs[place]), ...square, width, autosize: { type: "fit-x", contains: "padding" } };
      drawn.get(plot)?.finalize();
      drawn.set(plot, await vegaEmbed(plot, spec, options));
    }));
    figure.dataset.drawn = "yes";
    if (figure.querySelector(".numbers").open) showNumbers(figure);
    if (figure.id === "main") showLegend(figure, specs[0]);
  }

  function showLegend(figure, spec) {
    const names = new Set(spec.layer.map((layer) => layer.name.split(" ").slice(0, 2).join(" ")));
    for (const legend of figure.querySelectorAll(".legend")) {
      legend.hidden = !legend.dataset.views.split(" ").includes(view());
      for (const item of legend.children) {
        const isDrawn = names.has(item.dataset.layer) && (taken !== null || item.dataset.layer !== "taken 0");
        item.hidden = !isDrawn && !item.querySelector("button");
      }
    }
  }

  function numbersOf(figure) {
    const titles = [...figure.querySelectorAll(".panel-title")].map((title) => title.textContent.trim());
    const rows = specsOf(figure).flatMap((spec, panel) => (spec.usermeta?.numbers ?? []).flatMap((numbers) =>
      rowsOf(spec.datasets[numbers.data]).map((row) => {
        const named = { panel: titles[panel] ?? "", series: numbers.series };
        for (const [column, title] of Object.entries(numbers.columns)) {
          const names = spec.usermeta.names[column];
          named[title] = names ? names[Math.round(row[column])].replaceAll("\n", " ") : row[column];
        }
        return named;
      })));
    const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))]
      .filter((column) => rows.some((row) => (row[column] ?? "") !== ""));
    return { columns, rows };
  }

  const MOST_ROWS = 500;

  function showNumbers(figure) {
    const { columns, rows } = numbersOf(figure);
    const table = document.createElement("table");
    const head = table.createTHead().insertRow();
    for (const column of columns) {
      const cell = document.createElement("th");
      cell.scope = "col";
      cell.textContent = column;
      head.append(cell);
    }
    const body = table.createTBody();
    for (const row of rows.slice(0, MOST_ROWS)) {
      const line = body.insertRow();
      for (const column of columns) {
        const cell = line.insertCell();
        cell.textContent = row[column] ?? "";
        cell.className = typeof row[column] === "number" ? "right" : "left";
      }
    }
    const rest = document.createElement("p");
    rest.textContent = rows.length > MOST_ROWS ? `The first ${MOST_ROWS} of ${rows.length} rows; the CSV has all.` : "";
    figure.querySelector(".numbers .scroll").replaceChildren(table, rest);
  }

  // A text that a spreadsheet would run as a formula is preceded by an apostrophe, as in the study's other CSV files.
  function csvOf({ columns, rows }) {
    const cell = (value) => {
      if (typeof value !== "string") return String(value ?? "");
      const text = /^([=@\t\r]|[+-](?![\d.]+$))/.test(value) ? `'${value}` : value;
      return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
    };
    return [columns, ...rows.map((row) => columns.map((column) => row[column]))]
      .map((line) => `${line.map(cell).join(",")}\n`).join("");
  }

  function download(text, kind, name) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: kind }));
    link.download = name;
    link.click();
    URL.revokeObjectURL(link.href);
  }

  function resolved(svg) {
    const style = getComputedStyle(document.documentElement);
    return svg.replace(/var\((--[a-z]+)\)/g, (_, name) => style.getPropertyValue(name).trim());
  }

  async function save(figure) {
    for (const [place, plot] of [...figure.querySelectorAll(".plot")].entries()) {
      const svg = resolved(await drawn.get(plot).view.toSVG());
      download(svg, "image/svg+xml", `${figure.dataset.file}${place ? `-${place + 1}` : ""}.svg`);
    }
  }

  function markRow() {
    for (const row of document.querySelectorAll("#networks tbody tr")) {
      const isTaken = row.dataset.entry === String(taken);
      row.classList.toggle("taken", isTaken);
      row.querySelector(".badge").textContent = isTaken ? "taken" : "";
    }
  }

  function write(element, parts) {
    element.replaceChildren(...parts.map((part, place) => {
      const text = document.createTextNode(part);
      if (place % 2 === 0) return text;
      const code = document.createElement("code");
      code.append(text);
      return code;
    }));
  }

  function say(asked) {
    at("topics").replaceChildren(...asked.topics.map(([topic, parts]) => {
      const box = document.createElement("div");
      box.className = "topic";
      const [name, text] = [document.createElement("dt"), document.createElement("dd")];
      name.textContent = topic;
      write(text, parts);
      box.append(name, text);
      return box;
    }));
    taken = asked.taken;
    markRow();
    if (at("main")) draw(at("main"));
  }

  const points = (margin) => `${Number((100 * margin).toPrecision(6))} points`;

  function start() {
    const slider = at("margin");
    const own = payload.margins.findIndex((asked) => asked.value === payload.answer.value);
    const show = () => {
      const asked = payload.margins[slider.value];
      at("margin-value").textContent = points(asked.value);
      slider.setAttribute("aria-valuetext", points(asked.value));
      at("own").textContent = Number(slider.value) === own ? ""
        : `The study's own margin is ${points(payload.answer.value)}; the answer above is for ${points(asked.value)}.`;
    };
    slider.value = own;
    show();
    slider.addEventListener("input", () => { show(); say(payload.margins[slider.value]); });
    if (!at("price")) return;
    const price = () => {
      const asked = payload.prices[at("cost").value][at("price").value];
      at("price-value").textContent = `${asked.value} points`;
      at("price").setAttribute("aria-valuetext", `${asked.value} points per ${at("cost").value}`);
      write(at("priced"), asked.topics[0][1]);
    };
    price();
    at("price").addEventListener("input", price);
    at("cost").addEventListener("input", price);
  }

  const idle = (work) => (window.requestIdleCallback ?? ((f) => setTimeout(f, 1)))(work);
  const queue = [...document.querySelectorAll("figure.chart")];
  async function next() {
    const figure = queue.shift();
    if (!figure) { document.documentElement.dataset.ready = "yes"; return; }
    await draw(figure);
    if (performance.getEntriesByName("first drawing").length === 0) performance.mark("first drawing");
    idle(next);
  }

  if (at("margin")) start();
  markRow();
  for (const id of ["measure", "against", "scale", "show-controls", "show-trials", "show-laws", "zoom"]) {
    at(id)?.addEventListener("input", () => draw(at("main")));
  }
  for (const button of document.querySelectorAll("button.family")) {
    button.addEventListener("click", () => {
      const index = button.dataset.family.split(" ")[1];
      family = family === index ? null : index;
      for (const other of document.querySelectorAll("button.family")) {
        other.setAttribute("aria-pressed", String(other.dataset.family === `series ${family}`));
      }
      draw(at("main"));
    });
  }
  for (const button of document.querySelectorAll("button.csv")) {
    const figure = button.closest("figure");
    button.addEventListener("click", () => download(csvOf(numbersOf(figure)), "text/csv", `${figure.dataset.file}.csv`));
  }
  for (const numbers of document.querySelectorAll("details.numbers")) {
    numbers.addEventListener("toggle", () => { if (numbers.open) showNumbers(numbers.closest("figure")); });
  }
  for (const button of document.querySelectorAll("button.svg")) {
    button.addEventListener("click", () => save(button.closest("figure")));
  }
  for (const chapter of document.querySelectorAll("details.chapter")) {
    chapter.addEventListener("toggle", () => { if (chapter.open) chapter.querySelectorAll("figure.chart").forEach(draw); });
  }
  let width = innerWidth;
  addEventListener("resize", () => {
    if (innerWidth === width) return;
    width = innerWidth;
    for (const figure of document.querySelectorAll("figure.chart[data-drawn]")) if (figure.offsetParent) draw(figure);
  });
  const opened = [];
  addEventListener("beforeprint", () => {
    for (const chapter of document.querySelectorAll("details.chapter:not([open])")) { chapter.open = true; opened.push(chapter); }
  });
  addEventListener("afterprint", () => { for (const chapter of opened.splice(0)) chapter.open = false; });
  next();
})();
