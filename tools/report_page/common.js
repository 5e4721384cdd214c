// What both kinds of page share. Everything that comes from results goes through text nodes and attributes: none of it is
// ever parsed as HTML.

const data = JSON.parse(document.getElementById("data").textContent);
const svgSpace = "http://www.w3.org/2000/svg";

// h("p.note", {title: "..."}, "text", child, ...): an element with classes, attributes, listeners ("onclick") and children.
function h(what, ...rest) {
  const [tag, ...classes] = what.split(".");
  return fill(document.createElement(tag), classes, rest);
}
function s(what, ...rest) {
  const [tag, ...classes] = what.split(".");
  return fill(document.createElementNS(svgSpace, tag), classes, rest);
}
function fill(element, classes, rest) {
  if (classes.length) element.setAttribute("class", classes.join(" "));
  for (const item of rest.flat(Infinity)) {
    if (item === null || item === undefined || item === false) continue;
    if (item instanceof Node) {
      element.append(item);
    } else if (typeof item === "object") {
      for (const [name, value] of Object.entries(item)) {
        if (value === null || value === undefined || value === false) continue;
        if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
        else if (name === "style") Object.entries(value).forEach(([k, v]) => element.style.setProperty(k, v));
        else element.setAttribute(name, value === true ? "" : String(value));
      }
    } else {
      element.append(document.createTextNode(String(item)));
    }
  }
  return element;
}

const list = value => (Array.isArray(value) ? value : []);
const numbers = new Intl.NumberFormat("en-GB", {maximumFractionDigits: 1});
const count = value => (typeof value === "number" ? numbers.format(value) : "");
const plural = (value, noun) => `${count(value)} ${noun}${value === 1 ? "" : "s"}`;
function short(value) {
  if (typeof value !== "number") return "";
  for (const [unit, size] of [["G", 1e9], ["M", 1e6], ["k", 1e3]]) {
    if (value >= size) return (value / size >= 100 ? Math.round(value / size) : (value / size).toFixed(1).replace(".0", "")) + unit;
  }
  return String(Math.round(value));
}
function seconds(value) {
  if (typeof value !== "number") return "";
  if (value < 0.0095) return `${(value * 1000).toFixed(1)} ms`;
  if (value < 1) return `${Math.round(value * 1000)} ms`;
  if (value < 60) return `${numbers.format(value)} s`;
  const whole = Math.round(value);
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  return hours ? `${hours} h ${String(minutes).padStart(2, "0")} min` : `${minutes} min ${String(whole % 60).padStart(2, "0")} s`;
}
const percent = part => (part && part.count ? (100 * part.covered) / part.count : null);
function when(text) {
  const time = new Date(text);
  if (isNaN(time)) return String(text);
  return time.toISOString().replace("T", " ").slice(0, 16) + " UTC";
}

// A sign for a status: its shape says it without its colour. Decoration: words always stand beside it or in a label.
function sign(status) {
  return s(`svg.sign.${safeClass(status)}`, {"aria-hidden": "true", width: 16, height: 16}, s("use", {href: `#s-${safeClass(status)}`}));
}
const statuses = ["violated", "vacuous", "not-run", "held", "skipped"];
const safeClass = status => ([...statuses, "flaky", "weir"].includes(status) ? status : "not-run");
const words = {"not-run": "not run", "nothing-ran": "nothing ran", "could-not-run": "could not run"};
const word = status => words[status] || status || "unknown";

// Names with dots and slashes may be broken there, but for a version.
function breakable(name) {
  return String(name).split(/(?<=[.+~-])|(?<=\/)(?!\d+$)/).flatMap((part, i) => (i ? [h("wbr"), part] : [part]));
}

let said = null;
function say(text) {
  said.textContent = "";
  said.textContent = text;
}

function copyButton(text, what) {
  const label = h("span", "Copy");
  return h("button.copy", {
    type: "button",
    "aria-label": `Copy ${what}`,
    onclick: async event => {
      let done = true;
      try {
        await navigator.clipboard.writeText(text);
      } catch {
        const area = h("textarea", {readonly: true, "aria-hidden": "true"});
        area.value = text;
        event.target.closest("div, section, article").append(area);
        area.select();
        done = document.execCommand("copy");
        area.remove();
        event.target.closest("button").focus();
      }
      label.textContent = done ? "Copied" : "Not copied";
      say(done ? `Copied ${what}` : `Could not copy ${what}`);
      setTimeout(() => { label.textContent = "Copy"; }, 1500);
    },
  }, label);
}
function code(text, what) {
  return h("div.code",
    copyButton(text, what),
    h("pre", {tabindex: 0, role: "group", "aria-label": what[0].toUpperCase() + what.slice(1)}, h("code", text)));
}
function scroller(label, ...children) {
  return h("div.scroll", {tabindex: 0, role: "group", "aria-label": label}, ...children);
}

// Tabs: [[name, make]]: arrows, Home and End move. Content is made when it is first shown.
let serial = 0;
function tabs(label, entries) {
  const id = `tabs-${++serial}`;
  const buttons = entries.map(([name], i) => h("button", {
    type: "button", role: "tab", id: `${id}-tab-${i}`, "aria-controls": `${id}-panel-${i}`,
    onclick: () => choose(i),
    onkeydown: event => {
      const last = entries.length - 1;
      const to = {ArrowRight: i === last ? 0 : i + 1, ArrowLeft: i ? i - 1 : last, Home: 0, End: last}[event.key];
      if (to === undefined) return;
      event.preventDefault();
      choose(to);
      buttons[to].focus();
    },
  }, name));
  const panels = entries.map(([name], i) => h("div.panel", {
    role: "tabpanel", id: `${id}-panel-${i}`, "aria-labelledby": `${id}-tab-${i}`, "data-name": name,
  }));
  function choose(chosen) {
    buttons.forEach((button, i) => {
      button.setAttribute("aria-selected", i === chosen);
      button.tabIndex = i === chosen ? 0 : -1;
      panels[i].hidden = i !== chosen;
    });
    make(chosen);
  }
  function make(i) {
    if (!panels[i].hasChildNodes()) fill(panels[i], [], [entries[i][1]()]);
  }
  choose(0);
  const element = h("div.tabs", h("div.tablist", {role: "tablist", "aria-label": label}, buttons), panels);
  element.makeAll = () => entries.forEach((_, i) => make(i));
  return element;
}

// A labelled <select> of [value, text] or {label, options}.
function chooser(label, options, change) {
  const option = ([value, text]) => h("option", {value}, text);
  return h("label.field", h("span", label), h("select", {onchange: event => change(event.target.value)},
    options.map(each => (Array.isArray(each) ? option(each) : h("optgroup", {label: each.label}, each.options.map(option))))));
}
function searcher(label, placeholder, change) {
  return h("label.field.grow", h("span", label), h("input", {type: "search", placeholder, oninput: event => change(event.target.value.trim().toLowerCase())}));
}

// A chart of [[x, y], ...]: `bars` or a line over an area. What it shows is said in words, too.
function chart({title, points, format = count, x, bars, colour = "water", labels}) {
  const width = 300, height = 84;
  const ys = points.map(point => point[1]);
  const most = Math.max(...ys);
  const top = most > 0 ? most : 1;
  const left = bars ? 0 : Math.min(...points.map(point => point[0]), 0);
  const right = Math.max(...points.map(point => point[0])) || 1;
  const px = value => ((value - left) / (right - left || 1)) * width;
  const py = value => height - (value / top) * (height - 4);
  const shapes = [];
  if (bars) {
    const step = width / points.length;
    points.forEach(([, y], i) => shapes.push(s("rect.bar", {
      x: i * step + step * 0.12, width: step * 0.76, y: py(y), height: Math.max(height - py(y), y > 0 ? 1.5 : 0),
    }, s("title", `${labels ? labels[i] + ": " : ""}${format(y)}`))));
  } else {
    const line = points.map(([px_, y], i) => `${i ? "L" : "M"}${px(px_).toFixed(2)} ${py(y).toFixed(2)}`).join("");
    const first = px(points[0][0]).toFixed(2), last = px(points[points.length - 1][0]).toFixed(2);
    shapes.push(s("path.area", {d: `${line}L${last} ${height}L${first} ${height}Z`}), s("path.line", {d: line}));
    if (points.length === 1) shapes.push(s("circle.dot", {cx: first, cy: py(ys[0]), r: 3}));
  }
  const newest = ys[ys.length - 1];
  return h(`figure.chart.${colour}`,
    h("figcaption", h("span", title), h("strong", format(newest))),
    h("div.plot",
      s("svg", {viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none", role: "img",
        "aria-label": `${title}: from ${format(ys[0])} to ${format(newest)}, at most ${format(most)}, over ${x.words}`},
      s("path.grid", {d: `M0 ${py(top)}H${width}M0 ${py(top / 2)}H${width}M0 ${height}H${width}`}), shapes)),
    h("div.axis", {"aria-hidden": "true"}, h("span", x.from), most !== newest && h("span", `at most ${format(most)}`), h("span", x.to)));
}

// A table that the browser's find and a screen reader can follow. columns: [{name, number}], rows: arrays of cells.
function table(caption, columns, rows, options = {}) {
  return scroller(caption, h("table.data",
    h("caption", {class: options.hide ? "unseen" : null}, caption),
    h("thead", h("tr", columns.map(column => h("th", {scope: "col", class: column.number ? "number" : null}, column.name)))),
    h("tbody", rows.map(cells => h("tr", cells.map((cell, i) => i === 0
      ? h("th", {scope: "row"}, cell) : h("td", {class: columns[i].number ? "number" : null}, cell)))))));
}
function meter(value, words_, judged) {
  return h("span.meter", h("span.track", {"aria-hidden": "true"},
    h("span.filled", {class: `filled ${!judged ? "" : value >= 90 ? "good" : value >= 70 ? "fair" : "poor"}`, style: {width: `${Math.max(0, Math.min(100, value))}%`}})),
  h("span.value", words_));
}

function section(id, title, ...children) {
  return h("section", {id, "aria-labelledby": `${id}-title`}, h("h2", {id: `${id}-title`}, title), ...children);
}
const fact = (name, ...value) => (value.flat().some(part => part !== "" && part !== null && part !== undefined && part !== false)
  ? h("div.fact", h("dt", name), h("dd", ...value)) : null);
const commit = revision => (revision && revision.commit
  ? [h("code", {title: revision.commit}, revision.commit.slice(0, 12)), revision.dirty && h("span.dirty", " with changes")] : "");

function themeSwitch() {
  const root = document.documentElement;
  let chosen = "auto";
  try { chosen = localStorage.getItem("weir-theme") || "auto"; } catch { /* kept from storing: as the system says */ }
  const set = theme => {
    root.dataset.theme = theme;
    try { localStorage.setItem("weir-theme", theme); } catch { /* likewise */ }
  };
  if (!["auto", "light", "dark"].includes(chosen)) chosen = "auto";
  root.dataset.theme = chosen;
  return h("fieldset.themes", h("legend.unseen", "Colours"), ["auto", "light", "dark"].map(theme => h("label",
    h("input", {type: "radio", name: "theme", value: theme, checked: theme === chosen, onchange: () => set(theme)}),
    h("span", theme[0].toUpperCase() + theme.slice(1)))));
}

// Puts the page together: a header, a bar of links, the sections that there are.
function show(header, sections) {
  said = h("p.unseen", {role: "status", "aria-live": "polite"});
  const there = sections.filter(Boolean);
  const links = there.map(each => h("a", {href: `#${each.id}`}, each.querySelector("h2").firstChild.textContent));
  const page = document.getElementById("page");
  page.replaceChildren(
    h("header", h("div.top", h("div.brand", s("svg.logo", {"aria-hidden": "true", width: 30, height: 30}, s("use", {href: "#s-weir"})), h("span", "Weir")), themeSwitch()), header),
    h("nav", {"aria-label": "Sections"}, links),
    h("main", {id: "main", tabindex: -1}, there),
    said);
}
const brokenFiles = () => (list(data.broken).length
  ? h("div.notice.bad", {role: "note"}, h("strong", "Some files could not be read, so this page lacks what is in them:"), h("ul", data.broken.map(text => h("li", text))))
  : null);
