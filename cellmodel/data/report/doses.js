// The dose slider: draws each panel from the run at that dose, and gives the values under the pointer.

const SVG = "http://www.w3.org/2000/svg";
const HEIGHT = 240;
const MARGIN = { left: 56, right: 12, top: 12, bottom: 40 };
const data = JSON.parse(document.getElementById("dose-data").textContent);
const slider = document.getElementById("dose");

const minus = (text) => text.replace("-", "\u2212");
const shown = (value) => (value === null ? "\u2013" : minus(String(Number(value.toPrecision(3)))));
const named = (dose) => `${dose} mM`;

function add(parent, name, attributes, text = "") {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.textContent = text;
  parent.append(made);
  return made;
}

function scale(from, to) {
  return (x) => to[0] + ((x - from[0]) * (to[1] - to[0])) / (from[1] - from[0]);
}

function ticks([low, high], count) {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((part) => part * power >= rough);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, k) => Number(((first + k) * step).toPrecision(6)));
}

function range(curves) {
  const all = curves.flat();
  const [low, high] = [Math.min(...all), Math.max(...all)];
  return [low - 0.04 * (high - low), high + 0.04 * (high - low)];
}

function nearest(times, t) {
  const after = times.findIndex((time) => time >= t);
  if (after <= 0) return after === 0 ? 0 : times.length - 1;
  return times[after] - t < t - times[after - 1] ? after : after - 1;
}

class Panel {
  constructor(root, panel) {
    Object.assign(this, panel);
    this.curves = [this.control, ...this.drug].filter(Boolean);
    this.plot = root.querySelector(".plot");
    this.values = root.querySelector(".values");
    this.remark = root.querySelector(".remark");
    this.body = root.querySelector("tbody");
    this.head = root.querySelector(".dose-name");
    this.body.parentElement.hidden = !this.measures.length;
    this.at = null;
    this.listen();
  }

  listen() {
    this.plot.addEventListener("pointermove", (event) => this.pointAt(event.clientX));
    this.plot.addEventListener("pointerdown", (event) => this.pointAt(event.clientX));
    this.plot.addEventListener("pointerleave", () => this.point(null));
    this.plot.addEventListener("blur", () => this.point(null));
    this.plot.addEventListener("keydown", (event) => this.walk(event));
  }

  draw() {
    this.width = Math.max(240, this.plot.clientWidth);
    const size = { viewBox: `0 0 ${this.width} ${HEIGHT}`, "aria-hidden": "true" };
    this.svg = document.createElementNS(SVG, "svg");
    for (const [key, value] of Object.entries(size)) this.svg.setAttribute(key, value);
    this.times = [this.t[0], this.t[this.t.length - 1]];
    this.x = scale(this.times, [MARGIN.left, this.width - MARGIN.right]);
    this.y = scale(range(this.curves), [HEIGHT - MARGIN.bottom, MARGIN.top]);
    this.drawAxes();
    for (const curve of this.drug.filter(Boolean)) this.line("other", curve);
    if (this.control) this.line("control", this.control);
    this.chosen = add(this.svg, "path", { class: "drug" });
    this.cross = add(this.svg, "g", { class: "cross" });
    this.plot.replaceChildren(this.svg);
    this.show(this.step);
  }

  drawAxes() {
    const [left, right] = [MARGIN.left, this.width - MARGIN.right];
    const bottom = HEIGHT - MARGIN.bottom;
    for (const t of ticks(this.times, this.width / 80)) {
      add(this.svg, "line", { class: "tick", x1: this.x(t), x2: this.x(t), y1: bottom, y2: bottom + 4 });
      add(this.svg, "text", { x: this.x(t), y: bottom + 17, "text-anchor": "middle" }, minus(String(t)));
    }
    for (const value of ticks(range(this.curves), 5)) {
      const y = this.y(value);
      add(this.svg, "line", { class: "grid", x1: left, x2: right, y1: y, y2: y });
      add(this.svg, "text", { x: left - 7, y: y + 4, "text-anchor": "end" }, minus(String(value)));
    }
    add(this.svg, "line", { class: "tick", x1: left, x2: right, y1: bottom, y2: bottom });
    add(this.svg, "text", { x: right, y: HEIGHT - 6, "text-anchor": "end" }, "time (ms)");
    const middle = (MARGIN.top + bottom) / 2;
    const turned = { transform: `rotate(-90 12 ${middle})`, x: 12, y: middle, "text-anchor": "middle" };
    add(this.svg, "text", turned, `${this.quantity} (${this.unit})`);
  }

  line(kind, curve) {
    return add(this.svg, "path", { class: kind, d: this.path(curve) });
  }

  path(curve) {
    const points = curve.map((value, k) => `${this.x(this.t[k]).toFixed(1)} ${this.y(value).toFixed(1)}`);
    return `M${points.join("L")}`;
  }

  show(step) {
    this.step = step;
    const curve = this.drug[step];
    this.chosen.setAttribute("d", curve ? this.path(curve) : "");
    this.head.textContent = named(data.doses[step]);
    this.remark.textContent = this.notes[step];
    this.body.replaceChildren(...this.measures.map((measure) => this.row(measure)));
    this.point(this.at);
  }

  row({ label, unit, control, drug }) {
    const row = document.createElement("tr");
    const head = document.createElement("th");
    head.scope = "row";
    head.textContent = unit ? `${label} (${unit})` : label;
    const value = drug[this.step];
    const ratio = control && value !== null ? `\u00d7${shown(value / control)}` : "\u2013";
    row.append(head);
    for (const text of [shown(control), shown(value), ratio]) {
      const cell = row.insertCell();
      cell.className = "num";
      cell.textContent = text;
    }
    return row;
  }

  pointAt(clientX) {
    const box = this.svg.getBoundingClientRect();
    const x = ((clientX - box.left) / box.width) * this.width;
    const t = scale([MARGIN.left, this.width - MARGIN.right], this.times)(x);
    this.point(nearest(this.t, t));
  }

  walk(event) {
    const last = this.t.length - 1;
    const start = this.at ?? 0;
    const goal = { ArrowLeft: start - 1, ArrowRight: start + 1, Home: 0, End: last }[event.key];
    if (goal === undefined) return;
    event.preventDefault();
    this.point(Math.min(last, Math.max(0, goal)));
  }

  point(at) {
    this.at = at;
    this.cross.replaceChildren();
    this.values.textContent = "";
    if (at === null) return;
    const x = this.x(this.t[at]);
    add(this.cross, "line", { x1: x, x2: x, y1: MARGIN.top, y2: HEIGHT - MARGIN.bottom });
    const parts = [`${minus(this.t[at].toFixed(2))} ms`];
    const drug = [named(data.doses[this.step]), this.drug[this.step], "drug"];
    for (const [name, curve, kind] of [["control", this.control, "control"], drug]) {
      if (!curve) continue;
      add(this.cross, "circle", { class: kind, cx: x, cy: this.y(curve[at]), r: 3.5 });
      parts.push(`${name} ${shown(curve[at])} ${this.unit}`);
    }
    this.values.textContent = parts.join(" \u00b7 ");
  }
}

const panels = data.panels.map((panel, k) => new Panel(document.getElementById(`dose-panel-${k}`), panel));

function choose() {
  const step = Number(slider.value);
  const text = named(data.doses[step]);
  slider.setAttribute("aria-valuetext", text);
  document.getElementById("dose-shown").textContent = text;
  for (const panel of panels) panel.show(step);
}

const watcher = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const panel = panels.find(({ plot }) => plot === target);
    if (panel.width !== Math.max(240, target.clientWidth)) panel.draw();
  }
});
for (const panel of panels) {
  panel.step = Number(slider.value);
  panel.draw();
  watcher.observe(panel.plot);
}
slider.addEventListener("input", choose);
choose();
