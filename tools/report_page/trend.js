// The page of many runs.

const runs = list(data.runs);
const newest = runs[runs.length - 1];
const nameOf = run => (run.started ? when(run.started) : run.name);

function trendHeader() {
  const verdict = ["held", "violated"].includes(newest.verdict) ? newest.verdict : "vacuous";
  return h("div.header",
    h(`div.verdict.${verdict}`, sign(verdict), h("div", h("h1", `Last run: ${word(newest.verdict)}`),
      h("p", `${plural(runs.length, "run")}, ${nameOf(runs[0])}${runs.length > 1 ? ` to ${nameOf(newest)}` : ""}.`))),
    h("dl.facts", fact("Findings now", count(list(newest.findings).length)), fact("Cases", count(newest.cases)), fact("Time", seconds(newest.seconds)),
      fact("Revision", commit(newest.revision)), fact("Order", data.timed ? "by time" : "by name")),
    brokenFiles());
}

function chartsSection() {
  // Runs without the number are left out, and the axis ends at the last one that has it.
  const series = (title, value, options = {}) => {
    const kept = runs.filter(run => typeof value(run) === "number");
    if (!kept.length) return null;
    const labels = kept.map(nameOf);
    const x = {from: labels[0], to: labels[labels.length - 1], words: plural(kept.length, "run")};
    return chart({title, points: kept.map((run, i) => [i, value(run)]), x, labels, ...options});
  };
  return section("overview", "Over time", h("div.charts.wide",
    series("Findings", run => list(run.findings).length, {bars: true, colour: "rust"}),
    series("Clauses that held", run => run.states && (run.states.held || 0), {bars: true, colour: "moss"}),
    series("Cases", run => run.cases, {format: short}),
    series("Coverage, all targets", run => run.coverage),
    series("Executions", run => run.executions, {format: short, colour: "slate"}),
    series("Corpus", run => run.corpus, {colour: "moss"}),
    series("Time", run => run.seconds, {format: seconds, colour: "slate"})));
}

// Each finding, with the runs that had it: by their places.
const lives = new Map();
runs.forEach((run, at) => list(run.findings).forEach(finding => {
  const key = JSON.stringify([finding.subject, finding.clause, finding.kind]);
  if (!lives.has(key)) lives.set(key, {...finding, first: at, seen: new Set()});
  lives.get(key).seen.add(at);
}));

function lifeSection() {
  if (!lives.size) return section("findings", "Findings", h("p.calm", sign("held"), " No run found anything."));
  const rows = [...lives.values()].sort((a, b) => Math.max(...b.seen) - Math.max(...a.seen) || a.first - b.first);
  const looked = (row, at) => row.seen.has(at) || !list(runs[at].unlooked).includes(`${row.subject} ${row.clause}`);
  const isOpen = row => row.seen.has(runs.length - 1);
  const isGone = row => !isOpen(row) && looked(row, runs.length - 1);
  const now = row => (isOpen(row) ? [sign("violated"), " there"] : isGone(row) ? [sign("held"), " gone"] : [sign("not-run"), " not run"]);
  const body = table("Findings and the runs that had them", [{name: "Finding"}, {name: "Now"}, {name: "In the runs, the oldest first"}, {name: "First"}, {name: "Last"}],
    rows.map(row => [[h("span.subject", breakable(row.subject || "?")), " ", h("span.clause", breakable(row.clause || "?")), " ", h("span.kind", row.kind || "")],
      h("span.state", now(row)),
      h("span.life", {role: "img", "aria-label": `in ${row.seen.size} of ${plural(runs.length, "run")}`}, runs.map((run, i) => h("span", {class: row.seen.has(i) ? "on" : looked(row, i) ? null : "unlooked", title: nameOf(run) + (looked(row, i) ? "" : ", not run")}))),
      nameOf(runs[row.first]), nameOf(runs[Math.max(...row.seen)])]), {hide: true});
  const text = searcher("Text", "a subject, a clause, a kind", value => {
    [...body.querySelectorAll("tbody tr")].forEach((line, i) => {
      line.hidden = value !== "" && ![rows[i].subject, rows[i].clause, rows[i].kind].some(each => String(each || "").toLowerCase().includes(value));
    });
  });
  return section("findings", "Findings", h("p", `${plural(rows.filter(isOpen).length, "finding")} in the last run, ${count(rows.filter(isGone).length)} gone.`),
    h("form.tools", {role: "search", "aria-label": "Filter the findings", onsubmit: event => event.preventDefault()}, text), body);
}

function runsSection() {
  return section("runs", "Runs", table("The runs, the newest first",
    [{name: "Run"}, {name: "Verdict"}, {name: "Started"}, {name: "Revision"}, {name: "Findings", number: true}, {name: "First seen", number: true}, {name: "Cases", number: true}, {name: "Coverage", number: true}, {name: "Time", number: true}],
    runs.map((run, at) => [breakable(run.name), h("span.state", sign(["held", "violated"].includes(run.verdict) ? run.verdict : "vacuous"), ` ${word(run.verdict)}`),
      run.started ? when(run.started) : "", h("span", commit(run.revision)), count(list(run.findings).length), count([...lives.values()].filter(life => life.first === at).length),
      count(run.cases || run.executions), count(run.coverage), seconds(run.seconds)]).reverse(), {hide: true}));
}

show(trendHeader(), [chartsSection(), lifeSection(), runsSection()]);
