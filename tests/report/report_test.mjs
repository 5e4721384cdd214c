// Guards the page of `weir report` as a person meets it: in headless Chromium, by mouse and by keyboard, wide and narrow, light
// and dark, on paper; nothing is loaded, nothing in the data becomes markup, axe-core has nothing to say.
// Run by `tools/test --stage report`: node report_test.mjs WEIR MODULES OUTPUT
// (the program, the folder with node_modules, where pages and screenshots go). Ends with "N passed, N failed".
import assert from "node:assert/strict";
import {spawnSync} from "node:child_process";
import {mkdirSync, readFileSync, rmSync, statSync, writeFileSync} from "node:fs";
import {createRequire} from "node:module";
import {join, resolve} from "node:path";
import {pathToFileURL} from "node:url";

const [weir, modules, output] = process.argv.slice(2).map(path => resolve(path));
const require = createRequire(join(modules, "package.json"));
const {chromium} = require("playwright-core");
const axeSource = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
rmSync(output, {recursive: true, force: true});
mkdirSync(join(output, "run"), {recursive: true});

function run(codes, ...words) {
  const done = spawnSync(weir, words, {cwd: output, encoding: "utf8"});
  assert.ok(codes.includes(done.status), `weir ${words.join(" ")} ended with ${done.status}:\n${done.stdout.slice(-600)}${done.stderr}`);
  return done.stdout;
}
const write = (path, value) => {
  mkdirSync(join(output, path, ".."), {recursive: true});
  writeFileSync(join(output, path), JSON.stringify(value));
};
const read = path => JSON.parse(readFileSync(join(output, path), "utf8"));

// ---- What there is to show: real findings, and around them what other verbs write.
const subjects = ["block-tail", "one-read-is-all", "crash-abort", "seek-keeps-buffer", "fill-drops-on-block", "close-swallows"].map(name => `mutant.${name}/1`);
run([1], "check", "stream.identity/1", "stream.zstd/1", ...subjects, "--cases", "40", "--jobs", "2", "--engine", "random",
  "--corpus", output, "--findings", "run/findings", "--json", "run/results.json");
const hostile = `</script><script>window.hacked=1</script><img src=x onerror="window.hacked=1">\u2028 & "quotes'`;
const real = read("run/results.json");
const history = (top, seconds) => Array.from({length: 60}, (_, i) => ({
  seconds: (i * seconds) / 59, executions: i * 15000, coverage: Math.round(top * (1 - Math.exp(-i / 12))), corpus: Math.round(40 + 4 * i * (1 - i / 150)),
}));
const targets = ["round_trip", "seek", "faults"].map((name, i) => ({
  name, seconds: 60, executions: 885000, coverage: 1200 + 100 * i, features: 5100, corpus: 183, findings: i, stopped: "", history: history(1200 + 100 * i, 60),
}));
Object.assign(real, {
  verb: "ci", started: "2026-11-28T20:10:00Z", revision: {commit: "8b5cf69c0ffee8b5cf69c0ffee8b5cf69c0ffee1", dirty: true},
  base: {ref: "main", commit: "caeff93caeff93", status: "replayed"}, targets,
  corpus: {files: 371, held: 370, violated: 1, broken: [{path: "corpus/seeds/seek/fails.case", status: "violated", seen: "ends-early"}, {path: "corpus/seeds/seek/none.case", status: "could-not-run", seen: "no process"}], unreadable: [{path: "corpus/broken.case", reason: "line 3: unknown field"}]},
  open: [{path: "corpus/open/old.case", status: "holds-now"}],
});
real.findings.forEach((finding, i) => {
  finding.age = ["new", "older", "unknown"][i % 3];
  finding.confirmed = {runs: 10, failed: i % 5 === 4 ? 7 : 10};
  finding.engine = "random";
});
real.findings[2].known = ["corpus/open/old.case"];
real.findings[1].same_cause = [{...real.findings[0], clause: "first-read", subject: real.findings[1].subject}, {...real.findings[3], clause: "chain", subject: "stream.zstd/1"}];
real.pairs.find(pair => pair.subject === "stream.zstd/1" && pair.clause === "chain").status = "violated";
real.findings.push({...real.findings[0], subject: hostile, expected: hostile, seen: hostile, origin: hostile, path: hostile, reproduce: hostile, case: hostile, age_reason: hostile});
real.pairs.push({subject: hostile, clause: hostile, status: hostile, reason: hostile, engines: {[hostile]: {cases: 3}}});
write("run/results.json", real);
run([0], "kill", "block-tail", "seek-keeps-buffer", "crash-abort", "--engine", "random", "--seed", "1", "--json", "run/kill.json");
write("run/coverage.json", {type: "llvm.coverage.json.export", data: [{files: ["lib/weir/chain.cpp", "lib/weir/file.cpp", "properties/case.cpp"].map((name, i) => ({
  filename: `/somewhere/project/${name}`, summary: {lines: {count: 100, covered: 60 + 18 * i}, branches: {count: 40, covered: 20 + 9 * i}, functions: {count: 9, covered: 9}},
}))}]});
run([0], "report", "run");

// Fifty findings, each with all that a finding can have.
const originals = read("run/results.json").findings.slice(0, -1);
const fifty = Array.from({length: 50}, (_, i) => ({...originals[i % originals.length], path: `findings/${i}.case`}));
write("fifty/results.json", {...real, findings: fifty, pairs: real.pairs.slice(0, -1)});
run([0], "report", "fifty");

for (let i = 1; i <= 24; ++i) {
  write(`nightly/run-${i}/results.json`, {...real, started: undefined, cases: 1e6 + i * 31000, seconds: 60 + (i % 5), pairs: real.pairs.slice(0, -1),
    findings: originals.filter((_, k) => (k + i) % 7 < 2 && k < 12 + (i % 3)), targets: targets.map(each => ({...each, coverage: each.coverage + 12 * i}))});
}
run([0], "report", "--trend", "nightly");

// ---- The browser
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
const address = path => pathToFileURL(join(output, path.split("#")[0])).href + path.replace(/^[^#]*/, "");
let passed = 0, failed = 0;
async function test(name, options, body) {
  const context = await browser.newContext({viewport: {width: 1280, height: 900}, reducedMotion: "reduce", ...options});
  const page = await context.newPage();
  const trouble = [];
  page.on("console", message => { if (["error", "warning"].includes(message.type())) trouble.push(message.text()); });
  page.on("pageerror", error => trouble.push(String(error)));
  page.on("request", request => { if (!/^(file|data):/.test(request.url()) || request.resourceType() !== "document" && request.url().startsWith("file:")) trouble.push(`asked for ${request.url()}`); });
  try {
    await body(page);
    assert.deepEqual(trouble, [], "the browser complains");
    passed += 1;
    console.log(`passed  ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED  ${name}\n${error.stack}`);
    await page.screenshot({path: join(output, `failed-${failed}.png`)}).catch(() => {});
  } finally {
    await context.close();
  }
}
const shot = (page, name, options = {}) => page.screenshot({path: join(output, `${name}.png`), ...options});
const visible = (page, selector) => page.locator(`${selector}:visible`).count();
async function accessible(page, what, within = "html") {
  await page.evaluate(axeSource);
  const {violations, passes} = await page.evaluate(where => axe.run(where, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}), within);
  assert.ok(passes.length > 5, "axe-core looked at nothing");
  assert.deepEqual(violations.map(each => `${what}: ${each.id}: ${each.nodes.slice(0, 3).map(node => node.target.join(" ") + " " + node.failureSummary).join(" | ")}`), []);
}

await test("the matrix has a cell for each clause and subject", {}, async page => {
  await page.goto(address("run/report.html"));
  const ran = real.pairs.filter(pair => pair.subject !== hostile);
  assert.equal(await page.locator(".matrix td[data-status]:not([data-status='']) button").count(), ran.length + 1);
  for (const status of ["held", "violated", "skipped"]) {
    assert.equal(await page.locator(`.matrix td[data-status="${status}"]`).count(), ran.filter(pair => pair.status === status).length, status);
  }
  assert.match(await page.locator("h1").textContent(), /Violated/);
  assert.ok((await page.locator(".facts").textContent()).includes("8b5cf69c0ffe"));
  await page.locator('.matrix button[aria-label^="round-trip on stream.zstd/1"]').hover();
  assert.match(await page.locator("#tip").textContent(), /random/);
  await shot(page, "light-top");
  await shot(page, "light", {fullPage: true});
});

await test("data stays data", {}, async page => {
  await page.goto(address("run/report.html"));
  assert.equal(await page.evaluate(() => window.hacked), undefined);
  assert.equal(await page.locator("img").count(), 0);
  const cards = page.locator(".finding");
  await cards.last().scrollIntoViewIfNeeded();
  await page.evaluate(count => openFinding(count - 1), real.findings.length);
  const card = page.locator(`#finding-${real.findings.length}`);
  assert.ok((await card.textContent()).includes("<img src=x onerror="));
  assert.match(await card.textContent(), /cannot be read by this build/);
  assert.equal(await page.evaluate(() => window.hacked), undefined);
});

await test("the matrix is filtered by text, subject, clause and status", {}, async page => {
  await page.goto(address("run/report.html"));
  const tools = page.locator("#contract .tools");
  const rows = () => visible(page, ".matrix tbody tr:not(.group)");
  const all = await rows();
  await tools.locator("input").fill("seek");
  const some = await rows();
  assert.ok(some > 0 && some < all, `${some} of ${all}`);
  assert.match(await page.locator("#contract .outcome").textContent(), new RegExp(`^${some} of ${all} clauses`));
  await tools.locator("input").fill("no such thing");
  assert.equal(await rows(), 0);
  assert.equal(await page.locator("#contract .outcome").textContent(), "Nothing matches.");
  await tools.locator("button").click();
  assert.equal(await rows(), all);
  const selects = tools.locator("select");
  await selects.nth(0).selectOption("stream.zstd/1");
  assert.equal(await visible(page, ".matrix thead th"), 1);
  await selects.nth(2).selectOption("skipped");
  assert.equal(await rows(), real.pairs.filter(pair => pair.subject === "stream.zstd/1" && pair.status === "skipped").length);
  await tools.locator("button").click();
  await selects.nth(1).selectOption("c:round-trip");
  assert.equal(await rows(), 1);
});

await test("the numbers at the top lead to their cells", {}, async page => {
  await page.goto(address("run/report.html"));
  await page.locator(".tally a", {hasText: "violated"}).click();
  assert.equal(await page.locator("#contract select").last().inputValue(), "violated");
  assert.ok(await visible(page, '.matrix td[data-status="violated"]:not(.faint)') > 0);
  for (const row of await page.locator(".matrix tbody tr:not(.group):visible").all()) {
    assert.ok(await row.locator('td[data-status="violated"]').count() > 0, "every row that is shown has one");
  }
});

await test("a cell is opened by keyboard and leads to its finding", {}, async page => {
  await page.goto(address("run/report.html"));
  const stops = page.locator('.matrix button[tabindex="0"]');
  assert.equal(await stops.count(), 1, "the matrix is one stop for Tab");
  const finding = real.findings[0];
  await stops.focus();
  await page.keyboard.press("Control+Home");
  const lines = await page.locator(".matrix tbody tr:not(.group) th").allTextContents();
  for (let i = 0; i < lines.indexOf(finding.clause); ++i) await page.keyboard.press("ArrowDown");
  for (let i = 0; i <= real.subjects.indexOf(finding.subject); ++i) await page.keyboard.press("ArrowRight");
  assert.ok((await page.evaluate(() => document.activeElement.getAttribute("aria-label"))).startsWith(`${finding.clause} on ${finding.subject}: violated`));
  assert.equal(await page.locator("#tip").isVisible(), true);
  await page.keyboard.press("Enter");
  assert.equal(await page.locator("dialog").isVisible(), true);
  await shot(page, "dialog");
  await accessible(page, "dialog");
  await page.keyboard.press("Escape");
  assert.equal(await page.locator("dialog").isVisible(), false);
  await page.keyboard.press("Enter");
  await page.locator("dialog .action").click();
  assert.equal(await page.locator("#finding-1-body").isVisible(), true);
});

await test("a finding is opened by mouse", {}, async page => {
  await page.goto(address("run/report.html"));
  const index = real.findings.findIndex(finding => finding.clause === "seek-model" || finding.kind === "ends-early");
  const card = page.locator(`#finding-${index + 1}`);
  const button = card.locator("h3 button");
  await button.click();
  assert.equal(await button.getAttribute("aria-expanded"), "true");
  assert.ok(await card.locator(".lanes .piece").count() > 0, "the bytes are drawn");
  assert.equal(await card.locator(".calls .call.broke").count(), 1, "the call that broke it is marked");
  assert.ok(await card.locator(".hex .differs, .hex .stop").count() > 0, "both sides stand in hexadecimal");
  assert.ok((await card.locator(".panel:visible code").textContent()).startsWith("weir-case 1"));
  const tabs = card.locator('[role="tab"]');
  for (const [name, text] of [["Trace", "sink below"], ["Reproduce", "repro"], ["As a GoogleTest", "#include <gtest/gtest.h>"], ["In words", "1."]]) {
    await tabs.filter({hasText: name}).click();
    assert.ok((await card.locator(".panel:visible").textContent()).includes(text), name);
  }
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await tabs.filter({hasText: "Smallest case"}).click();
  await card.locator(".panel:visible .copy").click();
  await card.locator(".copy", {hasText: "Copied"}).first().waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), real.findings[index].case);
  assert.ok(page.url().endsWith(`#finding-${index + 1}`));
  await card.screenshot({path: join(output, "finding-light.png")});
  await button.click();
  assert.equal(await card.locator(".body").isVisible(), false);
});

await test("what has the same cause is with its finding, what is known comes last", {}, async page => {
  await page.goto(address("run/report.html"));
  await page.locator('.matrix button[aria-label^="chain on stream.zstd/1"]').click();
  await page.locator("dialog .action").click();
  const card = page.locator("#finding-2");
  assert.equal(await card.locator(".body").isVisible(), true);
  await card.locator('[role="tab"]', {hasText: "Same cause (2)"}).click();
  const panel = card.locator(".panel:visible");
  assert.match(await panel.textContent(), /first-read: .*chain of stream\.zstd\/1: /s);
  assert.ok((await panel.textContent()).includes(real.findings[3].case));
  await accessible(page, "same cause", "#finding-2");
  await card.screenshot({path: join(output, "same-cause.png")});
  const last = page.locator(".finding").last();
  assert.equal(await last.getAttribute("id"), "finding-3");
  assert.equal(await last.locator(".badge").first().textContent(), "known");
  assert.match(await page.locator(".verdict").textContent(), /; 1 case of the corpus violated; 1 known\./);
  assert.match(await page.locator("#corpus").textContent(), /corpus\/seeds\/seek\/fails\.case ends-early/);
  assert.equal(await last.locator(".badge.new, .badge.older").count(), 0, "what is known is not new as well");
  await page.locator("#findings select").last().selectOption("known");
  assert.equal(await visible(page, ".finding"), 1);
});

await test("a finding is opened by keyboard, and by its address", {}, async page => {
  await page.goto(address("run/report.html#finding-2"));
  assert.equal(await page.locator("#finding-2-body").isVisible(), true);
  await page.locator("#finding-3 h3 button").focus();
  await page.keyboard.press("Enter");
  assert.equal(await page.locator("#finding-3-body").isVisible(), true);
  const tab = page.locator("#finding-3 [role=tab]").first();
  await tab.focus();
  await page.keyboard.press("ArrowRight");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Trace");
  assert.equal(await page.locator("#finding-3 .trace").isVisible(), true);
  await page.keyboard.press("End");
  await page.keyboard.press("ArrowRight");
  assert.equal(await tab.getAttribute("aria-selected"), "true");
});

await test("findings are filtered", {}, async page => {
  await page.goto(address("run/report.html"));
  const tools = page.locator("#findings .tools");
  await tools.locator("select").nth(2).selectOption("new");
  assert.equal(await visible(page, ".finding"), real.findings.filter(finding => finding.age === "new").length);
  await tools.locator("select").nth(2).selectOption("flaky");
  const flaky = await visible(page, ".finding");
  assert.equal(flaky, await page.locator(".badge.flaky:visible").count());
  await tools.locator("button").click();
  await tools.locator("input").fill(real.findings[0].clause);
  assert.ok(await visible(page, ".finding") > 0 && await visible(page, ".finding") < real.findings.length);
});

await test("search, kill matrix, source coverage and corpus are shown", {}, async page => {
  await page.goto(address("run/report.html"));
  assert.equal(await page.locator("#search .chart svg").count(), 9);
  assert.match(await page.locator("#search .chart svg").first().getAttribute("aria-label"), /^Coverage: from 0 to 1,1\d\d/);
  assert.equal(await page.locator("#kill tbody tr").count(), 3);
  assert.match(await page.locator("#coverage tbody").first().textContent(), /All.*78\.0 %/);
  assert.ok((await page.locator("#corpus").textContent()).includes("holds now"));
  await page.locator("#search").scrollIntoViewIfNeeded();
  await shot(page, "search");
});

await test("dark", {colorScheme: "dark"}, async page => {
  await page.goto(address("run/report.html#finding-1"));
  const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  assert.equal(ground, "rgb(15, 20, 24)");
  await accessible(page, "dark");
  await shot(page, "dark", {fullPage: true});
  await page.locator(".themes input[value=light]").check();
  assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), "rgb(244, 246, 247)");
  await page.reload();
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), "light", "the choice is kept");
});

await test("light is accessible, with findings open and every tab", {colorScheme: "light"}, async page => {
  await page.goto(address("run/report.html"));
  await page.evaluate(() => {
    for (let i = 0; i < 6; ++i) setOpen(cards[i], true);
    document.querySelectorAll("details").forEach(each => { each.open = true; });
  });
  await accessible(page, "light");
  for (const name of ["Trace", "Reproduce", "As a GoogleTest", "In words"]) {
    await page.locator(".finding.open").first().locator('[role="tab"]', {hasText: name}).click();
    await accessible(page, name, ".finding.open .tabs");
  }
});

await test("a narrow screen needs no sideways scrolling", {viewport: {width: 360, height: 740}, hasTouch: true}, async page => {
  await page.goto(address("run/report.html#finding-1"));
  for (let i = 2; i < 6; ++i) await page.locator(`#finding-${i} h3 button`).tap();
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 360);
  const heights = await page.locator(".matrix tbody tr:not(.group) th button").evaluateAll(each => each.map(button => button.offsetHeight));
  heights.pop(); // the hostile one
  assert.ok(Math.max(...heights) < 70, "names of clauses are not broken into letters");
  await page.locator(".matrix-box").screenshot({path: join(output, "narrow-matrix.png")});
  await accessible(page, "narrow");
  await page.evaluate(() => scrollTo(0, 0));
  await shot(page, "narrow-top");
  await page.locator("#finding-1").screenshot({path: join(output, "narrow-finding.png")});
  await page.goto(address("nightly/trend.html"));
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 360);
});

await test("on paper all findings are open", {}, async page => {
  await page.goto(address("run/report.html"));
  await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
  await page.emulateMedia({media: "print"});
  assert.equal(await visible(page, ".finding .body"), real.findings.length);
  assert.equal(await visible(page, ".tools"), 0);
  assert.ok(await visible(page, ".panel .trace") > 0, "tabs are all there");
  assert.equal(/.{0,40}(undefined|NaN|\[object |\bnull\b)/.exec(await page.locator("#page").textContent())?.[0], undefined);
  await page.evaluate(() => dispatchEvent(new Event("afterprint")));
  assert.equal(await visible(page, ".finding .body"), 0);
  const pdf = await page.pdf({path: join(output, "print.pdf"), format: "A4"});
  assert.ok(pdf.length > 50000);
});

await test("fifty findings: under 5 MB", {}, async page => {
  const bytes = statSync(join(output, "fifty/report.html")).size;
  await page.goto(address("fifty/report.html"));
  const opened = await page.evaluate(() => performance.getEntriesByType("navigation")[0].loadEventEnd);
  console.log(`        ${(bytes / 1e6).toFixed(2)} MB, opened in ${Math.round(opened)} ms`);
  assert.equal(await page.locator(".finding").count(), 50);
  assert.ok(bytes < 5e6, `${bytes} bytes`);
});

await test("many runs over time", {}, async page => {
  await page.goto(address("nightly/trend.html"));
  assert.equal(await page.locator("#runs tbody tr").count(), 24);
  assert.equal(await page.locator("#runs tbody th").first().textContent(), "run-24", "10 comes after 9");
  assert.equal(await page.locator("#overview .chart").count(), 7);
  const findings = await page.locator("#findings tbody tr").count();
  assert.ok(findings > 3);
  const firstSeen = await page.locator("#runs tbody tr td:nth-of-type(5)").allTextContents();
  assert.equal(firstSeen.reduce((sum, text) => sum + Number(text), 0), findings, "each is seen for the first time once");
  await page.locator("#findings input").fill("no such thing");
  assert.equal(await visible(page, "#findings tbody tr"), 0);
  await page.locator("#findings input").fill("");
  await accessible(page, "trend");
  await shot(page, "trend", {fullPage: true});
});

await browser.close();
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
