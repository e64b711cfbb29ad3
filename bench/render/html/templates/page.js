"use strict";
(() => {
  const payload = JSON.parse(document.getElementById("payload").textContent);
  const at = (id) => document.getElementById(id);
  const config = {
    background: null,
    font: "system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', sans-serif",
    axis: {
      labelColor: "var(--ink)", titleColor: "var(--ink)", gridColor: "var(--grid)", domainColor: "var(--muted)",
      tickColor: "var(--muted)", labelFontSize: 11, titleFontSize: 12, titleFontWeight: "normal", gridOpacity: 0.8,
    },
    view: { stroke: null },
    lineBreak: "\n",
    text: { fontSize: 11 },
  };
  const options = {
    mode: "vega-lite", renderer: "svg", ast: true, actions: false, defaultStyle: false, config,
    tooltip: { disableDefaultStyle: true },
  };
  let taken = payload.answer.taken;
  let family = null;
  const drawn = new Map();

  function chosen(specs) {
    const place = payload.main.indexOf(`${at("measure").value}/${at("against").value}`);
    const spec = structuredClone(specs[place]);
    const isKept = (name) => {
      const [role, index] = name.split(" ");
      if (role === "trials" && !at("show-trials").checked) return false;
      if (role === "law" && !at("show-laws").checked) return false;
      if (["control", "floor", "ceiling"].includes(role) && !at("show-controls").checked) return false;
      return family === null || !["trials", "series", "law"].includes(role) || index === family;
    };
    spec.layer = spec.layer.filter((layer) => isKept(layer.name));
    spec.layer.forEach((layer) => {
      if (layer.encoding.x && at("scale").value === "linear") layer.encoding.x.scale = { type: "linear", zero: false };
      if (layer.name.startsWith("taken ")) {
        layer.data.values = layer.data.values.filter((value) => value.t0 === taken);
        delete layer.encoding.tooltip;
      }
    });
    return [spec];
  }

  async function draw(figure) {
    const all = payload.specs[figure.id];
    const specs = figure.id === "main" ? chosen(all) : all;
    const plots = [...figure.querySelectorAll(".plot")];
    await Promise.all(plots.map(async (plot, place) => {
      const width = plot.clientWidth || figure.clientWidth || 600;
      const spec = { ...specs[place], width, autosize: { type: "fit-x", contains: "padding" } };
      drawn.get(plot)?.finalize();
      drawn.set(plot, await vegaEmbed(plot, spec, options));
    }));
    figure.dataset.drawn = "yes";
    if (figure.id === "main") {
      const names = new Set(specs[0].layer.map((layer) => layer.name.split(" ").slice(0, 2).join(" ")));
      for (const item of figure.querySelectorAll(".legend li")) {
        item.hidden = !names.has(item.dataset.layer) && !item.querySelector("button");
      }
    }
  }

  function resolved(svg) {
    const style = getComputedStyle(document.documentElement);
    return svg.replace(/var\((--[a-z]+)\)/g, (_, name) => style.getPropertyValue(name).trim());
  }

  async function save(figure) {
    for (const [place, plot] of [...figure.querySelectorAll(".plot")].entries()) {
      const svg = resolved(await drawn.get(plot).view.toSVG());
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
      link.download = `${figure.dataset.title}${place ? `-${place + 1}` : ""}.svg`;
      link.click();
      URL.revokeObjectURL(link.href);
    }
  }

  function markRow() {
    for (const row of document.querySelectorAll("#networks tbody tr")) {
      const isTaken = taken !== "" && row.dataset.network === taken;
      row.classList.toggle("taken", isTaken);
      row.lastElementChild.textContent = isTaken ? "taken" : "";
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
    idle(next);
  }

  if (at("margin")) start();
  markRow();
  for (const id of ["measure", "against", "scale", "show-controls", "show-trials", "show-laws"]) {
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
