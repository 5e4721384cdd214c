// The page of one run.

const findings = list(data.findings);
const pairs = list(data.pairs);
const clauseOf = new Map(list(data.groups).flatMap(group => list(group.clauses).map(clause => [clause.id, clause])));
// Of the matrix: a fuzz target may have found something in others.
const checked = new Set(pairs.map(pair => pair.clause));
const groups = list(data.groups).map(group => ({...group, clauses: list(group.clauses).filter(clause => checked.has(clause.id))})).filter(group => group.clauses.length);
const clauses = groups.flatMap(group => group.clauses.map(clause => ({...clause, group: group.title})));
const subjects = list(data.subjects);
const pairOf = new Map(pairs.map(pair => [JSON.stringify([pair.subject, pair.clause]), pair]));
const pairAt = (subject, clause) => pairOf.get(JSON.stringify([subject, clause]));
const isOf = (finding, pair) => finding.subject === pair.subject && finding.clause === pair.clause;
// One finding may be that of several clauses.
const findingOf = pair => {
  const at = findings.findIndex(finding => isOf(finding, pair));
  return at >= 0 ? at : findings.findIndex(finding => list(finding.same_cause).some(other => isOf(other, pair)));
};
const isKnown = finding => list(finding.known).length > 0;

// ---- Header

let showStatus = () => {}; // of the matrix

function runHeader() {
  const tally = {};
  for (const pair of pairs) tally[pair.status] = (tally[pair.status] || 0) + 1;
  const known = findings.filter(isKnown).length;
  const news = findings.filter(finding => !isKnown(finding));
  const violated = list(data.corpus_broken).filter(file => file.status === "violated").length;
  const broken = list(data.golden_broken).length;
  const fresh = news.filter(finding => finding.age === "new").length;
  const flaky = news.filter(isFlaky).length;
  const about = {
    held: known ? `What is violated is known: ${plural(known, "finding")}.`
      : pairs.length ? "Every clause that applies held." : `${plural(list(data.targets).length, "fuzz target")} found nothing.`,
    violated: [
      (news.length || !violated && !broken) && `${plural(news.length, "finding")} on ${plural(new Set(news.map(finding => finding.subject)).size, "subject")}` +
        (fresh ? `, ${fresh} new` : "") + (flaky ? `, ${flaky} flaky` : ""),
      violated && `${plural(violated, "case")} of the corpus violated`,
      broken && `${plural(broken, "golden stream")} broken`,
      known && `${known} known`].filter(Boolean).join("; ") + ".",
    interrupted: "The run was interrupted: what it had until then is here.",
    "nothing-ran": "Nothing ran. This says nothing about any transform.",
    "could-not-run": tally.vacuous ? `${plural(tally.vacuous, "clause")} ran without exercising anything, which proves nothing.` : "The run could not do all that it was to do.",
  }[data.verdict];
  const base = data.base || {};
  return h("div.header",
    data.verdict
      ? h(`div.verdict.${["held", "violated"].includes(data.verdict) ? data.verdict : "vacuous"}`,
        sign(["held", "violated"].includes(data.verdict) ? data.verdict : "vacuous"),
        h("div", h("h1", word(data.verdict)[0].toUpperCase() + word(data.verdict).slice(1)), h("p", about)))
      : h("div.verdict", h("h1", "Results")),
    pairs.length ? h("ul.tally", statuses.filter(status => tally[status]).map(status =>
      h("li", sign(status), h("a", {href: "#contract", title: "Show these alone", onclick: event => { event.preventDefault(); showStatus(status); }},
        h("strong", count(tally[status])), ` ${word(status)}${status === "held" && data.verdict === "interrupted" ? " so far" : ""}`)))) : null,
    h("dl.facts",
      fact("Subjects", subjects.length ? count(subjects.length) : ""),
      fact("Clauses", clauses.length ? count(clauses.length) : ""),
      fact("Cases", typeof data.cases === "number" ? count(Math.max(0, data.cases - pairs.reduce((sum, pair) => sum + (pair.discarded || 0), 0))) : ""),
      fact("Executions", count(data.executions)),
      fact("Time", seconds(data.seconds)),
      fact("Seed", typeof data.seed === "number" ? String(data.seed) : ""),
      fact("Revision", commit(data.revision)),
      fact("Base", base.commit || base.ref ? [base.ref, base.commit && base.ref ? " " : "", commit(base)] : ""),
      fact("Shard", data.shard ? `${data.shard.index} of ${data.shard.of}` : ""),
      fact("Started", data.started ? when(data.started) : ""),
      fact("Weir", data.weir)),
    base.status === "could-not-build" && h("div.notice", {role: "note"}, h("strong", "The base revision could not be built"),
      ", so no finding can be called new or older. ", base.reason),
    list(data.errors).length > 0 && h("div.notice.bad", {role: "note"}, h("strong", "What went wrong:"), h("ul", data.errors.map(text => h("li", text)))),
    brokenFiles());
}

// ---- The matrix

function caseText(pair) {
  if (pair.status === "skipped" || pair.status === "not-run") return pair.reason || "";
  return plural(pair.cases || 0, "case");
}
function pairFacts(pair) {
  const engines = Object.entries(pair.engines || {});
  const most = Math.max(1, ...engines.map(([, numbers_]) => numbers_.cases || 0));
  return [
    pair.reason && h("p", pair.reason),
    engines.length ? h("table.engines", h("caption.unseen", "Cases by engine"), h("tbody", engines.map(([name, run]) => h("tr",
      h("th", {scope: "row"}, name),
      h("td", h("span.track", {"aria-hidden": "true"}, h("span.filled", {style: {width: `${(100 * (run.cases || 0)) / most}%`}}))),
      h("td.number", count(run.cases) + (typeof run.of === "number" && run.of !== run.cases ? ` of ${count(run.of)}` : "")))))) : null,
  ];
}

function matrixSection() {
  if (!pairs.length) return null;
  const compact = subjects.length > 9;
  const filter = {text: "", subject: "", clause: "", status: ""};
  const tip = h("div.tip", {role: "tooltip", id: "tip", hidden: true});
  const dialog = h("dialog", {"aria-labelledby": "dialog-title"});
  const outcome = h("p.outcome", {role: "status"});
  const rows = [];
  const label = (pair, subject, clause) => (pair
    ? `${clause.id} on ${subject}: ${word(pair.status)}${caseText(pair) ? ", " + caseText(pair) : ""}`
    : `${clause.id} on ${subject}: not part of this run`);

  function cell(subject, clause) {
    const pair = pairAt(subject, clause.id);
    if (!pair) return h("td.none", {"data-status": ""}, h("button", {type: "button", tabindex: -1, "aria-label": label(null, subject, clause)}));
    const button = h("button", {
      type: "button", tabindex: -1, "aria-label": label(pair, subject, clause),
      onclick: () => openPair(pair, clause),
      onmouseenter: event => showTip(event.currentTarget, pair, clause), onmouseleave: hideTip,
    }, sign(pair.status), compact ? null : h("span", pair.status === "skipped" ? "" : short(pair.cases)));
    return h(`td.${safeClass(pair.status)}`, {"data-status": pair.status}, button);
  }
  const heads = subjects.map(subject => h("th", {scope: "col", class: compact ? "upright" : null}, h("span", breakable(subject))));
  const bodies = groups.map(group => {
    const entries = list(group.clauses).map(clause => {
      const cells = subjects.map(subject => cell(subject, clause));
      const row = h("tr", h("th", {scope: "row"}, h("button", {
        type: "button", tabindex: -1, onclick: () => openClause(clause),
        onmouseenter: event => showTip(event.currentTarget, null, clause), onmouseleave: hideTip,
      }, breakable(clause.id))), cells);
      rows.push({row, clause, cells, group: group.title});
      return row;
    });
    return h("tbody", h("tr.group", h("th", {scope: "rowgroup", colspan: subjects.length + 1}, h("span", group.title))), entries);
  });
  const grid = h("table", {class: compact ? "matrix compact" : "matrix"},
    h("caption.unseen", "Clauses by subjects. Arrow keys move between cells, Enter opens one."),
    h("thead", h("tr", h("td.corner"), heads)), bodies);
  const box = h("div.scroll.matrix-box", {role: "group", "aria-label": "The contract as a matrix"}, grid);

  // One stop for the Tab key; arrows go from cell to cell.
  function visible() {
    return rows.filter(({row}) => !row.hidden).map(({row}) => [...row.children].filter(each => !each.hidden).map(each => each.firstChild));
  }
  function stop(button) {
    grid.querySelectorAll('button[tabindex="0"]').forEach(each => { each.tabIndex = -1; });
    if (button) button.tabIndex = 0;
  }
  grid.addEventListener("keydown", event => {
    const lines = visible();
    const line = lines.findIndex(each => each.includes(document.activeElement));
    if (line < 0) return;
    const at = lines[line].indexOf(document.activeElement);
    const last = lines[line].length - 1;
    const to = {
      ArrowRight: [line, Math.min(at + 1, last)], ArrowLeft: [line, Math.max(at - 1, 0)],
      ArrowDown: [Math.min(line + 1, lines.length - 1), at], ArrowUp: [Math.max(line - 1, 0), at],
      Home: [event.ctrlKey ? 0 : line, 0], End: [event.ctrlKey ? lines.length - 1 : line, last],
    }[event.key];
    if (event.key === "Escape") hideTip();
    if (!to) return;
    event.preventDefault();
    const button = lines[to[0]][to[1]];
    stop(button);
    button.focus();
  });
  grid.addEventListener("focusin", event => {
    stop(event.target);
    if (!event.target.matches(":focus-visible")) return;
    const found = rows.find(({row}) => row.contains(event.target));
    const at = found.cells.findIndex(each => each.contains(event.target));
    showTip(event.target, at < 0 ? null : pairAt(subjects[at], found.clause.id), found.clause);
  });
  grid.addEventListener("focusout", () => hideTip());
  box.addEventListener("scroll", hideTip);

  function showTip(button, pair, clause) {
    tip.replaceChildren(...[
      h("p.tip-title", h("strong", clause.id), pair ? [" on ", breakable(pair.subject)] : null),
      pair ? h("p.state", sign(pair.status), ` ${word(pair.status)}`, caseText(pair) && !pair.reason ? `, ${caseText(pair)}` : "") : h("p", clause.statement || ""),
      ...(pair ? pairFacts(pair) : []),
    ].filter(Boolean));
    tip.hidden = false;
    button.setAttribute("aria-describedby", "tip");
    const place = button.getBoundingClientRect();
    const size = tip.getBoundingClientRect();
    const x = Math.max(8, Math.min(place.left + place.width / 2 - size.width / 2, document.documentElement.clientWidth - size.width - 8));
    const below = place.bottom + 8 + size.height < innerHeight;
    tip.style.left = `${x}px`;
    tip.style.top = `${below ? place.bottom + 8 : Math.max(8, place.top - size.height - 8)}px`;
  }
  function hideTip() {
    tip.hidden = true;
    grid.querySelectorAll("[aria-describedby]").forEach(each => each.removeAttribute("aria-describedby"));
  }
  function openDialog(title, ...children) {
    hideTip();
    dialog.replaceChildren(
      h("div.dialog-head", h("h3", {id: "dialog-title"}, title),
        h("button.close", {type: "button", "aria-label": "Close", onclick: () => dialog.close()}, "×")),
      ...children.flat(Infinity).filter(Boolean));
    dialog.showModal();
  }
  function promise(clause) {
    return [h("p.promise", clause.statement || "This build does not have this clause."), clause.why && h("p.why", h("strong", "Why it matters. "), clause.why)];
  }
  function openClause(clause) {
    openDialog(clause.id, promise(clause), h("ul.states", subjects.map(subject => pairAt(subject, clause.id)).filter(Boolean).map(pair =>
      h("li", sign(pair.status), h("span", breakable(pair.subject)), h("span.dim", `${word(pair.status)}${caseText(pair) ? ", " + caseText(pair) : ""}`)))));
  }
  function openPair(pair, clause) {
    const at = findingOf(pair);
    const named = (title, from) => Object.keys(from || {}).length > 0 && h("div", h("h4", title),
      h("dl.counters", Object.entries(from).map(([name, value]) => h("div", h("dt", name.replaceAll("_", " ")), h("dd", count(value))))));
    openDialog([clause.id, " on ", ...breakable(pair.subject)],
      h("p.state", sign(pair.status), h("span", h("strong", word(pair.status)), !pair.reason && `, ${caseText(pair)}${pair.discarded ? `, ${count(pair.discarded)} more discarded` : ""}${pair.seconds ? `, ${seconds(pair.seconds)}` : ""}`)),
      at >= 0 && h("p", h("button.action", {type: "button", autofocus: true, onclick: () => { dialog.close(); openFinding(at); }}, "Open the finding")),
      pairFacts(pair),
      list(pair.vacuous).length > 0 && h("p", "Nothing counted for: ", pair.vacuous.join(", "), ". A clause that exercised nothing proves nothing."),
      pair.exhaustive_bound && h("p.dim", `Small cases: ${pair.exhaustive_bound}`),
      promise(clause), named("What was exercised", pair.counters), named("Why cases were discarded", pair.discards));
  }

  function apply() {
    const {text} = filter;
    const clauseMatches = clause => [clause.id, clause.statement, clause.group].some(each => String(each || "").toLowerCase().includes(text));
    const bySubject = text && !clauses.some(clauseMatches) && subjects.some(subject => subject.toLowerCase().includes(text));
    const columns = subjects.map(subject => (!filter.subject || subject === filter.subject) && (!bySubject || subject.toLowerCase().includes(text)));
    heads.forEach((head, i) => { head.hidden = !columns[i]; });
    let shown = 0;
    for (const {row, clause, cells, group} of rows) {
      const fits = (!text || bySubject || clauseMatches({...clause, group})) &&
        (!filter.clause || filter.clause === `c:${clause.id}` || filter.clause === `g:${group}`);
      let some = false;
      cells.forEach((each, i) => {
        each.hidden = !columns[i];
        const matches = !filter.status || each.dataset.status === filter.status;
        each.classList.toggle("faint", !matches);
        some = some || (columns[i] && matches);
      });
      row.hidden = !(fits && some);
      if (!row.hidden) shown += 1;
    }
    for (const body of bodies) {
      const lines = [...body.rows];
      lines[0].hidden = lines.slice(1).every(each => each.hidden);
      lines[0].firstChild.colSpan = columns.filter(Boolean).length + 1;
    }
    stop(visible()[0]?.[1] || visible()[0]?.[0]);
    box.classList.toggle("empty", shown === 0);
    outcome.textContent = shown === 0 ? "Nothing matches."
      : `${shown} of ${plural(clauses.length, "clause")}, ${columns.filter(Boolean).length} of ${plural(subjects.length, "subject")}`;
  }
  const present = statuses.filter(status => pairs.some(pair => pair.status === status));
  const tools = h("form.tools", {role: "search", "aria-label": "Filter the matrix", onsubmit: event => event.preventDefault(),
    onreset: () => { Object.keys(filter).forEach(key => { filter[key] = ""; }); apply(); }},
    searcher("Text", "a clause, a word of its promise, a subject", value => { filter.text = value; apply(); }),
    chooser("Subject", [["", "All"], ...subjects.map(subject => [subject, subject])], value => { filter.subject = value; apply(); }),
    chooser("Clause", [["", "All"], ...groups.map(group => ({label: group.title, options: [[`g:${group.title}`, `All of ${group.title}`],
      ...list(group.clauses).map(clause => [`c:${clause.id}`, clause.id])]}))], value => { filter.clause = value; apply(); }),
    chooser("Status", [["", "All"], ...present.map(status => [status, word(status)])], value => { filter.status = value; apply(); }),
    h("button.quiet", {type: "reset"}, "Clear"));
  const skipped = pairs.filter(pair => pair.status === "skipped").length;
  const legend = h("ul.legend", {"aria-label": "Signs"}, present.map(status => h("li", sign(status), word(status))));
  const result = section("contract", "The contract", tools, h("div.between", outcome, legend), box,
    skipped > 0 && h("p.dim", `A clause is skipped where the subject does not claim what it is about; open a cell for the reason.`), tip, dialog);
  apply();
  showStatus = status => {
    tools.reset();
    const select = [...tools.querySelectorAll("select")].pop();
    select.value = filter.status = status;
    apply();
    result.scrollIntoView({block: "start"});
    select.focus({preventScroll: true});
  };
  return result;
}

// ---- Findings

const isFlaky = finding => finding.status === "flaky" || finding.reproduces === false && !finding.unverified ||
  Boolean(finding.confirmed && finding.confirmed.failed < finding.confirmed.runs);
function badges(finding) {
  const {confirmed} = finding;
  return h("span.badges",
    isKnown(finding) && h("span.badge", {title: finding.known.join(", ")}, "known"),
    !isKnown(finding) && finding.age === "new" && h("span.badge.new", {title: finding.age_reason}, "new"),
    !isKnown(finding) && finding.age === "older" && h("span.badge.older", {title: finding.age_reason}, "older"),
    !isKnown(finding) && finding.age === "unknown" && h("span.badge", {title: finding.age_reason}, "age unknown"),
    isFlaky(finding) && h("span.badge.flaky", sign("flaky"), confirmed ? `flaky, ${confirmed.failed} of ${confirmed.runs} runs` : "flaky"),
    confirmed && !isFlaky(finding) && h("span.badge.sure", `${confirmed.failed} of ${confirmed.runs} runs`),
    finding.unverified && h("span.badge", "not run again"));
}

const cards = [];
function findingCard(finding, index) {
  const body = h("div.body", {id: `finding-${index + 1}-body`, hidden: true});
  const button = h("button", {type: "button", "aria-expanded": "false", "aria-controls": body.id, onclick: () => toggle(index)},
    sign(isFlaky(finding) ? "flaky" : "violated"),
    h("span.what", h("span.subject", breakable(finding.subject || "?")), h("span.dim", " breaks "), h("span.clause", breakable(finding.clause || "?")),
      h("span.kind", finding.kind || "")),
    badges(finding), h("span.chevron", {"aria-hidden": "true"}));
  const card = h("article.finding", {id: `finding-${index + 1}`, "aria-label": `${finding.subject} breaks ${finding.clause}`},
    h("h3", button), h("p.peek", finding.expected && [h("span", "expected "), h("b.good", finding.expected), h("span", ", seen ")], h("b.bad", finding.seen || finding.kind || "")), body);
  cards.push({card, button, body, finding, index});
  return card;
}
function fillCard(entry) {
  if (!entry.body.hasChildNodes()) entry.body.append(...findingBody(entry.finding).flat(Infinity).filter(Boolean));
}
function setOpen(entry, open) {
  if (open) fillCard(entry);
  entry.body.hidden = !open;
  entry.button.setAttribute("aria-expanded", String(open));
  entry.card.classList.toggle("open", open);
  // What broke the promise stands at the end of a long strip.
  entry.body.querySelectorAll(".calls").forEach(strip => { strip.parentElement.scrollLeft = strip.parentElement.scrollWidth; });
}
function toggle(index) {
  const entry = cards.find(each => each.index === index);
  const open = entry.body.hidden;
  setOpen(entry, open);
  try { history.replaceState(null, "", open ? `#finding-${index + 1}` : "#findings"); } catch { /* a page without an address */ }
}
function openFinding(index) {
  const entry = cards.find(each => each.index === index);
  if (!entry) return;
  entry.card.hidden = false;
  setOpen(entry, true);
  entry.card.scrollIntoView({block: "start"});
  entry.button.focus({preventScroll: true});
}

function findingsSection() {
  if (!pairs.length && !findings.length && !data.verdict) return null;
  if (!findings.length) return section("findings", "Findings", h("p.calm", sign("held"), " Nothing was found."));
  const order = {new: 0, unknown: 1, undefined: 1, older: 2};
  const sorted = findings.map((finding, index) => ({finding, index}))
    .sort((a, b) => isKnown(a.finding) - isKnown(b.finding) || (order[a.finding.age] ?? 1) - (order[b.finding.age] ?? 1) || a.index - b.index);
  const filter = {text: "", subject: "", clause: "", state: ""};
  const outcome = h("p.outcome", {role: "status"});
  const holder = h("div.findings", sorted.map(({finding, index}) => findingCard(finding, index)));
  const unique = key => [...new Set(findings.flatMap(finding => [finding, ...list(finding.same_cause)]).map(each => each[key]).filter(Boolean))].sort();
  const states = {known: isKnown, new: f => f.age === "new", older: f => f.age === "older", confirmed: f => !isFlaky(f), flaky: isFlaky};
  function apply() {
    let shown = 0;
    for (const {card, finding} of cards) {
      const text = [finding.subject, finding.clause, finding.kind, finding.expected, finding.seen, finding.case, finding.path, finding.origin,
        ...list(finding.same_cause).flatMap(other => [other.subject, other.clause, other.kind, other.case])].join("\n").toLowerCase();
      const has = (key, value) => !value || [finding, ...list(finding.same_cause)].some(each => each[key] === value);
      card.hidden = !((!filter.text || text.includes(filter.text)) && has("subject", filter.subject) && has("clause", filter.clause) && (!filter.state || states[filter.state](finding)));
      if (!card.hidden) shown += 1;
    }
    outcome.textContent = shown === 0 ? "Nothing matches." : `${shown} of ${plural(findings.length, "finding")}`;
  }
  const present = Object.keys(states).filter(state => findings.some(states[state]));
  const tools = h("form.tools", {role: "search", "aria-label": "Filter the findings", onsubmit: event => event.preventDefault(),
    onreset: () => { Object.keys(filter).forEach(key => { filter[key] = ""; }); apply(); }},
    searcher("Text", "in names, words and cases", value => { filter.text = value; apply(); }),
    chooser("Subject", [["", "All"], ...unique("subject").map(each => [each, each])], value => { filter.subject = value; apply(); }),
    chooser("Clause", [["", "All"], ...unique("clause").map(each => [each, each])], value => { filter.clause = value; apply(); }),
    chooser("State", [["", "All"], ...present.map(each => [each, each])], value => { filter.state = value; apply(); }),
    h("button.quiet", {type: "reset"}, "Clear"));
  const causes = list(data.shared_causes).map(cause => {
    const start = findings.findIndex(finding => finding.path === cause.start_with && cause.start_with);
    return h("li", h("strong", plural(list(cause.clauses).length, "clause")), " fail on ", breakable(cause.subject || "?"), " with ", h("code", cause.kind || "?"), ", probably for one cause. ",
      start >= 0 && h("a", {href: `#finding-${start + 1}`, onclick: event => { event.preventDefault(); openFinding(start); }}, `Start with ${findings[start].clause}`));
  });
  apply();
  return section("findings", "Findings", causes.length ? h("ul.causes", causes) : null, tools, h("div.between", outcome), holder);
}

function findingBody(finding) {
  const detail = finding.detail || {};
  const clause = clauseOf.get(finding.clause);
  const origin = [finding.origin && `Found by ${finding.origin}`,
    typeof finding.shrink_evaluations === "number" && `shrunk in ${count(finding.shrink_evaluations)} evaluations${finding.shrunk_fully === false ? " (not to the end)" : ""}`].filter(Boolean).join(", ");
  const entries = [];
  if (finding.case) entries.push(["Smallest case", () => code(finding.case, "the case")]);
  if (list(detail.steps).length) entries.push(["Trace", () => traceTable(detail)]);
  if (finding.reproduce) {
    entries.push(["Reproduce", () => [code(finding.reproduce, "the command"),
      finding.path && h("p.dim", "The file: ", h("code", finding.path)),
      detail.replay && h("p.dim", `When this page was made, this build ran the case again: ${detail.replay}.`)]]);
  }
  if (detail.test) entries.push(["As a GoogleTest", () => code(detail.test, "the test")]);
  if (detail.recipe) entries.push(["In words", () => code(detail.recipe, "the steps in words")]);
  const others = list(finding.same_cause);
  if (others.length) entries.push([`Same cause (${others.length})`, () => h("ul.plain.others", others.map(other => h("li",
    h("p", h("strong", other.clause || "?"), other.subject !== finding.subject && [" of ", breakable(other.subject || "?")], ": ", other.kind || ""),
    other.case && code(other.case, `the case of ${other.clause}`),
    other.reproduce && code(other.reproduce, `the command for ${other.clause}`))))]);
  if (finding.report) entries.push(["What it wrote", () => code(finding.report, "what the process wrote before it was lost")]);
  return [
    clause && clause.statement && h("p.promise", clause.statement),
    h("dl.sides", finding.expected && h("div.good", h("dt", "Expected"), h("dd", finding.expected)),
      h("div.bad", h("dt", "Seen"), h("dd", finding.seen || finding.kind || ""))),
    detail.replay_same === false && h("div.notice", {role: "note"}, h("strong", "This build says otherwise. "), `When this page was made the case was run again: ${detail.replay}.`),
    bytesDrawing(finding, detail), callsDrawing(detail), hexView(detail),
    detail.note && h("p.notice", detail.note),
    entries.length ? tabs("Forms of this finding", entries) : null,
    h("p.dim.origin", [origin, finding.age_reason && (finding.age === "unknown" ? `Age unknown: ${finding.age_reason}` : `${finding.age === "older" ? "Older" : "New"}: ${finding.age_reason}`), isKnown(finding) && `Known: ${finding.known.join(", ")}`].filter(Boolean).join(". ")),
  ];
}

function traceTable(detail) {
  const steps = list(detail.steps);
  const rows = [];
  let before = 0;
  for (const step of steps) {
    if (step.step > before + 1) rows.push(h("tr.gap", h("td", {colspan: 4}, `${count(step.step - before - 1)} more steps`)));
    before = step.step;
    if (!step.who) {
      rows.push(h("tr.gap", h("td", {colspan: 4}, `${step.step}  ${step.call}`)));
    } else {
      rows.push(h("tr", {class: step.step === detail.broke ? "broke" : step.state},
        h("th", {scope: "row"}, step.step === detail.broke && h("span", {"aria-label": "here it breaks:"}, "▶ "), step.step),
        h("td", step.who), h("td", h("code", step.call)), h("td", h("code", step.result))));
    }
  }
  if (detail.died) rows.push(h("tr.broke", h("td", {colspan: 4}, "The call that followed did not return.")));
  return [scroller("The trace", h("table.trace", h("caption.unseen", "The calls in their order"),
    h("thead", h("tr", ["Step", "Who", "Call", "Result"].map(name => h("th", {scope: "col"}, name)))), h("tbody", rows))),
  detail.broke && detail.steps_total > detail.broke && h("p.dim", `${plural(detail.steps_total - detail.broke, "later step")} left out.`)];
}

// The bytes: payload and reader on one scale, the encoded stream on another.
const laneNames = {writer: "Writer", sink: "Sink below", source: "Source below", reader: "Reader"};
const stateWords = {short: "short", block: "would block", fault: "fails", lie: "claims too much", end: "the end"};
function bytesDrawing(finding, detail) {
  const {payload} = detail;
  const lanes = detail.lanes || {};
  if (!payload) return null;
  const reach = names => Math.max(0, ...names.flatMap(name => list(lanes[name]).map(piece => Math.max(piece.from, piece.to))));
  const plain = Math.max(payload.size, reach(["writer", "reader"]), 1);
  const encoded = Math.max(reach(["sink", "source"]), 1);
  const track = (size, ...children) => h("div.track-line", {style: {"--size": size}}, children);
  const at = (value, size) => `${Math.max(0, Math.min(100, (100 * value) / size))}%`;
  const lane = (name, hint, ...children) => h("div.lane", h("div.lane-name", name, hint && h("span", hint)), children);

  const bytes = [];
  if (payload.size > 0 && payload.size <= 24) {
    for (let i = 0; i < payload.size; ++i) {
      const value = parseInt(payload.head.slice(2 * i, 2 * i + 2), 16);
      bytes.push(h("span.byte", {style: {left: at(i, plain), width: at(1, plain)}}, value > 32 && value < 127 ? String.fromCharCode(value) : payload.head.slice(2 * i, 2 * i + 2)));
    }
  } else {
    let from = 0;
    list(payload.segments).forEach((segment, i) => {
      bytes.push(h(`span.segment.s${i % 3}`, {style: {left: at(from, plain), width: at(segment.size, plain)}, title: `${segment.label}, ${plural(segment.size, "byte")}`}, h("span", segment.label)));
      from += segment.size;
    });
  }
  const writes = list(detail.writes).filter(write => write.what === "flush" || write.at < payload.size).map(write => h(`span.cut.${write.what === "flush" ? "flush" : "write"}`,
    {style: {left: at(write.at, plain)}, title: write.what === "flush" ? `a flush at ${write.at}` : `a write ends at ${write.at}`}, write.what === "flush" ? "flush" : null));
  const parted = detail.hex ? detail.hex.at : null;
  const mark = parted === null ? null : h("span.parted", {style: {left: at(parted, plain)}}, h("span", {class: parted / plain > 0.6 ? "left" : null}, `they part at byte ${count(parted)}`));

  // Calls that move nothing are pins; several at one place stand beside each other.
  function pieces(name, size) {
    const pins = new Map();
    const isPin = piece => piece.to === piece.from && (piece.step === detail.broke ||
      ["block", "fault", "end", "lie"].includes(piece.state) || ["flush", "seek"].includes(piece.call));
    const atPlace = new Map();
    list(lanes[name]).filter(isPin).forEach(piece => atPlace.set(piece.from, (atPlace.get(piece.from) || 0) + 1));
    return list(lanes[name]).map(piece => {
      const broke = piece.step === detail.broke;
      const words_ = `step ${piece.step}: ${piece.calls > 1 ? `${count(piece.calls)} calls of ` : ""}${piece.call}${piece.from !== piece.to ? `, bytes ${count(Math.min(piece.from, piece.to))} to ${count(Math.max(piece.from, piece.to))}` : ""}${stateWords[piece.state] ? `, ${stateWords[piece.state]}` : ""}`;
      if (piece.call === "seek" && piece.from !== piece.to) {
        return h("span", {class: `seek ${piece.to < piece.from ? "back" : "forth"}${broke ? " broke" : ""}`, title: words_,
          style: {left: at(Math.min(piece.from, piece.to), size), width: at(Math.abs(piece.to - piece.from), size)}});
      }
      if (piece.to > piece.from) {
        return h("span", {class: `piece ${piece.state}${broke ? " broke" : ""}${piece.to - piece.from < size / 150 ? " thin" : ""}`, title: words_,
          style: {left: at(piece.from, size), width: at(piece.to - piece.from, size)}}, h("span", piece.state === "short" ? "short" : count(piece.to - piece.from), piece.calls > 1 && ` in ${count(piece.calls)} calls`));
      }
      if (!isPin(piece)) return null;
      const before = pins.get(piece.from) || 0;
      pins.set(piece.from, before + 1);
      const more = atPlace.get(piece.from) - 5;
      if (before > 5 && more > 1 && !broke) return null;
      const text = before === 5 && more > 1 ? `${more} more` : broke ? "✗" : piece.state === "block" ? "block" : piece.state === "fault" ? "fault" : piece.state === "end" ? "end" : piece.state === "lie" ? "lie" : piece.call;
      return h("span", {class: `pin ${piece.state}${broke ? " broke" : ""}${piece.from / size > 0.85 ? " left" : ""}`, title: words_, style: {left: at(piece.from, size), "--nth": before}}, text);
    });
  }
  const drawn = name => (list(lanes[name]).length ? pieces(name, ["writer", "reader"].includes(name) ? plain : encoded) : null);
  const below = ["sink", "source"].filter(name => list(lanes[name]).length);
  const damage = (finding.case || "").split("\n").find(line => line.startsWith("damage "));
  const shown = ["writer", "sink", "source", "reader"].filter(name => list(lanes[name]).length).map(name => laneNames[name].toLowerCase());
  return h("figure.drawing",
    h("figcaption", h("h4", "The bytes")),
    h("div.lanes", {role: "img", "aria-label": `The payload of ${plural(payload.size, "byte")}${list(detail.writes).length ? `, cut by ${plural(detail.writes.length, "operation")} of the writer` : ""}, and what ${shown.join(", ") || "nobody"} did with it${parted === null ? "" : `; both sides part at byte ${parted}`}. The trace has it in words.`},
      h("div.scale",
        lane("Payload", plural(payload.size, "byte"), track(plain, bytes, writes, payload.size === 0 && h("span.empty", "empty"))),
        drawn("writer") && lane("Writer", "wrote", track(plain, drawn("writer"))),
        drawn("reader") && lane("Reader", "got", track(plain, drawn("reader"))), mark && h("div.over", mark)),
      below.length ? h("div.scale.encoded",
        drawn("sink") && lane("Sink below", "took", track(encoded, drawn("sink"))),
        damage && h("div.lane", h("div.lane-name", "Damage"), h("code.damage", damage.slice(7).trim())),
        drawn("source") && lane("Source below", "gave", track(encoded, drawn("source")))) : null),
    detail.lanes_cut && h("p.dim", "Only the first calls of a long run are drawn."));
}

// The calls, from left to right, a lane for each who makes them.
function callsDrawing(detail) {
  const all = list(detail.steps);
  if (!all.length) return null;
  // Of calls that repeat each other the first and the last are enough.
  const same = (a, b) => a && b && a.lane === b.lane && a.call === b.call && a.result === b.result;
  const told = all.filter((step, i) => !(same(all[i - 1], step) && same(all[i + 1], step) && step.step !== detail.broke));
  const most = 26;
  const steps = told.length > most ? [...told.slice(0, 6), ...told.slice(told.length - most + 6)] : told;
  const rows = ["writer", "sink", "source", "reader"].filter(name => steps.some(step => step.lane === name));
  const cells = rows.map((name, i) => h("span.who", {style: {"grid-row": i + 2, "grid-column": 1}}, laneNames[name]));
  cells.push(h("span.who", {style: {"grid-row": 1, "grid-column": 1}}));
  rows.forEach((_, i) => cells.push(h("span.rail", {style: {"grid-row": i + 2, "grid-column": "2 / -1"}})));
  let column = 1;
  let before = steps[0].step - 1;
  for (const step of steps) {
    column += 1;
    if (step.step > before + 1) {
      cells.push(h("span.pause", {style: {"grid-row": `2 / ${rows.length + 2}`, "grid-column": column}}, `${count(step.step - before - 1)} more`));
      column += 1;
    }
    before = step.step;
    const broke = step.step === detail.broke;
    cells.push(h("span.number", {class: broke ? "number broke" : "number", style: {"grid-row": 1, "grid-column": column}}, step.step));
    if (broke) cells.push(h("span.column", {style: {"grid-row": `2 / ${rows.length + 2}`, "grid-column": column}}));
    if (!step.lane) {
      cells.push(h("span.pause", {style: {"grid-row": `2 / ${rows.length + 2}`, "grid-column": column}}, step.who ? `${step.call}: ${step.result}` : step.call));
    } else {
      cells.push(h("span", {class: `call ${step.state}${broke ? " broke" : ""}`, style: {"grid-row": rows.indexOf(step.lane) + 2, "grid-column": column}},
        h("b", step.call), h("span", step.result)));
    }
  }
  if (detail.died) {
    column += 1;
    cells.push(h("span.pause.broke", {style: {"grid-row": `2 / ${rows.length + 2}`, "grid-column": column}}, "the next call did not return"));
  }
  const strip = h("div.calls", {role: "img", "aria-label": `The last calls as a timeline, ${plural(steps.length, "step")}. The trace has them in words.`,
    style: {"grid-template-columns": `max-content repeat(${column - 1}, max-content)`}}, cells);
  return h("figure.drawing", h("figcaption", h("h4", "The calls")), scroller("The calls as a timeline", strip));
}

function hexView(detail) {
  const {hex} = detail;
  if (!hex) return null;
  const pairsOf = text => (text.match(/../g) || []);
  const expected = pairsOf(hex.expected);
  const seen = pairsOf(hex.seen);
  const side = (title, bytes, other, end) => {
    const rows = [];
    const lines = Math.max(1, Math.ceil((bytes.length + (end ? 1 : 0)) / 16));
    for (let line = 0; line < lines; ++line) {
      const cells = [];
      let text = [];
      for (let i = line * 16; i < line * 16 + 16; ++i) {
        const place = hex.from + i;
        if (i < bytes.length) {
          const differs = place === hex.at || place > hex.at && i < other.length && bytes[i] !== other[i] && bytes[i] !== "..";
          const value = parseInt(bytes[i], 16);
          cells.push(h("span", {class: differs ? "differs" : null}, bytes[i]));
          text.push(h("span", {class: differs ? "differs" : null}, value > 31 && value < 127 ? String.fromCharCode(value) : "·"));
        } else if (i === bytes.length && end) {
          cells.push(h("span.stop", end));
        }
      }
      rows.push(h("div.hex-line", h("span.offset", (hex.from + line * 16).toString(16).padStart(6, "0")), h("span.hex-bytes", cells), h("span.ascii", text)));
    }
    return h("div.side", h("h5", title), h("div.hex", rows));
  };
  const complete = hex.from + expected.length >= hex.of;
  return h("figure.drawing", h("figcaption", h("h4", `Where they part: byte ${count(hex.at)} of ${count(hex.of)}`)),
    scroller("Both sides in hexadecimal", h("div.sides-hex",
      side("Expected: the payload", expected, seen, complete ? "end" : null),
      side("Seen by the reader", seen, expected, hex.ended ? "end" : hex.failed ? "error" : null))));
}

// ---- The rest

function searchSection() {
  const targets = list(data.targets);
  if (!targets.length) return null;
  return section("search", "Guided search", h("div.targets", targets.map(target => {
    const history_ = list(target.history);
    const series = key => history_.filter(point => typeof point[key] === "number").map(point => [point.seconds, point[key]]);
    const charts = [["coverage", "Coverage", "water"], ["executions", "Executions", "slate"], ["corpus", "Corpus", "moss"]].map(([key, title, colour]) => {
      const points = series(key);
      if (!points.length) return null;
      const end = points[points.length - 1][0];
      return chart({title, points, colour, format: value => (value >= 1e6 ? short(value) : count(value)), x: {from: "0 s", to: seconds(end), words: seconds(end)}});
    });
    return h("article.target", h("h3", target.name || "?"),
      h("p.dim", [typeof target.seconds === "number" && seconds(target.seconds), typeof target.executions === "number" && `${short(target.executions)} executions`,
        typeof target.coverage === "number" && `coverage ${count(target.coverage)}`, typeof target.features === "number" && `${count(target.features)} features`,
        typeof target.corpus === "number" && `corpus ${count(target.corpus)}`].filter(Boolean).join(" · ")),
      target.findings > 0 && h("p.bad-text", sign("violated"), ` ${plural(target.findings, "finding")}`),
      target.failure && h("p.notice.bad", target.failure),
      target.stopped && typeof target.stopped === "string" && h("p.dim", `Stopped: ${target.stopped}`),
      charts.some(Boolean) ? h("div.charts", charts) : h("p.dim", "No history was kept."));
  })));
}

const fates = {killed: ["held", "killed"], "killed-by-other": ["vacuous", "killed by another clause"], survived: ["violated", "survived"], beyond: ["skipped", "declared out of reach"],
  "no-case": ["not-run", "no case applies"], failed: ["vacuous", "could not run"], skipped: ["skipped", "skipped"]};
function killSection() {
  const {kill} = data;
  if (!kill) return null;
  const rows = list(kill.rows);
  const columns = [...new Set(rows.flatMap(row => [...(row.default ? ["default"] : []), ...list(row.hunts).map(hunt => huntName(hunt))]))];
  function huntName(hunt) {
    return (hunt.engine || "?") + (typeof hunt.seed === "number" ? ` ${hunt.seed}` : "");
  }
  const cell = hunt => {
    if (!hunt) return h("span.dim", "");
    const [status, words_] = fates[hunt.fate] || ["not-run", hunt.fate || "?"];
    const what = hunt.fate === "killed" || hunt.fate === "killed-by-other" ? `${plural(hunt.cases || 0, "case")}, ${seconds(hunt.seconds)}` : words_;
    return h("span.hunt", {title: [words_, hunt.kind, hunt.why].filter(Boolean).join(": ")}, sign(status), h("span.unseen", `${words_}, `), what);
  };
  const body = table(`${plural(rows.length, "row")}: mutants, and who finds them`, [{name: "Mutant"}, {name: "Clause"}, ...columns.map(name => ({name}))],
    rows.map(row => [[breakable(row.name || "?"), row.bug && h("span.bug", row.bug)], row.primary || "", ...columns.map(name => cell(name === "default" ? row.default : list(row.hunts).find(hunt => huntName(hunt) === name)))]), {hide: true});
  const text = searcher("Text", "a mutant, a clause, what is wrong with it", value => {
    [...body.querySelectorAll("tbody tr")].forEach((line, i) => {
      line.hidden = value !== "" && ![rows[i].name, rows[i].primary, rows[i].bug].some(each => String(each || "").toLowerCase().includes(value));
    });
  });
  const sticks = list(kill.yardsticks);
  return section("kill", "Kill matrix",
    h("p", `${plural(kill.mutants || rows.length, "planted bug")}: a contract that notices them all is worth something. `,
      list(kill.engines).map(engine => `${engine.engine}: ${count(engine.killed)} of ${count(engine.able)}`).join(" · "), kill.interrupted && " (interrupted)"),
    list(kill.problems).length > 0 && h("div.notice.bad", {role: "note"}, h("ul", kill.problems.map(problem => h("li", problem)))),
    sticks.length > 0 && [h("h3", "Yardsticks: other tests, with as much time"), h("div.yardsticks", sticks.map(stick => h("div.stick",
      h("span.stick-name", {title: stick.spirit}, stick.name || "?"),
      stick.left_out || stick.failure ? h("span.dim", stick.left_out || stick.failure)
        : meter((100 * (stick.killed || 0)) / (stick.of || 1), `${count(stick.killed)} of ${count(stick.of)}`),
      list(stick.accused).length > 0 && h("span.bad-text", `kills the correct ${stick.accused.join(", ")}`))))],
    h("h3", "Mutants"), h("form.tools", {role: "search", "aria-label": "Filter the mutants", onsubmit: event => event.preventDefault()}, text), body);
}

function coverageSection() {
  const files = list(data.coverage);
  if (!files.length) return null;
  const sum = (entries, key) => entries.reduce((total, file) => ({count: total.count + ((file[key] || {}).count || 0), covered: total.covered + ((file[key] || {}).covered || 0)}), {count: 0, covered: 0});
  const cell = part => (percent(part) === null ? h("span.dim", "none") : meter(percent(part), `${percent(part).toFixed(1)} %`, true));
  const of = part => (part && part.count ? `${count(part.covered)} / ${count(part.count)}` : "");
  const row = (name, entry) => [name, cell(entry.lines), of(entry.lines), cell(entry.branches), of(entry.branches)];
  const columns = [{name: "File"}, {name: "Lines"}, {name: "Covered", number: true}, {name: "Branches"}, {name: "Covered", number: true}];
  const folders = new Map();
  for (const file of files) {
    const folder = file.name.includes("/") ? file.name.slice(0, file.name.lastIndexOf("/")) : "";
    folders.set(folder, [...(folders.get(folder) || []), file]);
  }
  const totals = entries => ({lines: sum(entries, "lines"), branches: sum(entries, "branches")});
  return section("coverage", "Source coverage",
    table("By folder", [{name: "Folder"}, ...columns.slice(1)], [row(h("strong", "All"), totals(files)),
      ...[...folders].sort((a, b) => (a[0] < b[0] ? -1 : 1)).map(([folder, entries]) => row(breakable(folder || "."), totals(entries)))], {hide: true}),
    h("details.more", h("summary", `${plural(files.length, "file")}, the least covered first`),
      table("By file", columns, [...files].sort((a, b) => (percent(a.lines) ?? 101) - (percent(b.lines) ?? 101)).map(file => row(breakable(file.name), file)), {hide: true})));
}

function corpusSection() {
  const corpus = data.corpus || {};
  const golden = data.golden || {};
  const lists = [
    [list(data.open), "Known to be violated (corpus/open)", each => [h("code", each.path || "?"), ` ${word(String(each.status || "").replaceAll("-", " "))}`]],
    [list(data.corpus_broken), "Did not hold", each => [h("code", each.path || "?"), ` ${each.seen || each.status || ""}`]],
    [list(data.unreadable), "Could not be read", each => [h("code", each.path || "?"), ` ${each.reason || ""}`]],
    [list(data.golden_broken), "Golden streams that are read otherwise than before", each => [h("code", each.path || "?"), ` guards ${each.guards || "?"}; ${each.seen || ""}`]],
    [list(data.hints), "Hints", each => [each.text || ""]],
  ].filter(([entries]) => entries.length);
  const numbers_ = [typeof corpus.files === "number" && plural(corpus.files, "file"), typeof corpus.held === "number" && `${count(corpus.held)} held`,
    typeof corpus.violated === "number" && `${count(corpus.violated)} violated`, golden.streams > 0 && `${count(golden.held)} of ${plural(golden.streams, "golden stream")} held`].filter(Boolean);
  if (!numbers_.length && !lists.length) return null;
  return section("corpus", "Corpus and hints", numbers_.length ? h("p", numbers_.join(" · ")) : null,
    lists.map(([entries, title, show_]) => [h("h3", title), h("ul.plain", entries.map(each => h("li", show_(each || {}))))]));
}

show(runHeader(), [matrixSection(), findingsSection(), searchSection(), killSection(), coverageSection(), corpusSection()]);
const linked = /^#finding-(\d+)$/.exec(location.hash);
if (linked) openFinding(Number(linked[1]) - 1);
addEventListener("hashchange", () => {
  const to = /^#finding-(\d+)$/.exec(location.hash);
  if (to) openFinding(Number(to[1]) - 1);
});

// On paper there is nothing to open: all of it is shown, and put back afterwards.
let opened = [];
addEventListener("beforeprint", () => {
  opened = cards.filter(entry => !entry.card.hidden && entry.body.hidden);
  opened.forEach(entry => setOpen(entry, true));
  document.querySelectorAll(".finding.open .tabs").forEach(each => each.makeAll && each.makeAll());
});
addEventListener("afterprint", () => opened.forEach(entry => setOpen(entry, false)));
