// Checks files for CI systems against published schemas: SchemaStore's for workflows and actions of GitHub (in
// @action-validator/core), GitLab's own (in gitlab-ci-local), Kubernetes' (in kubernetes-models).
// usage: node schemas.mjs MODULES ROOT    MODULES: the folder with those packages
// Each file has to pass, and each kind of file, once spoilt, to fail: a schema that lets everything through checks nothing.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';

const [modules, root] = process.argv.slice(2);
const require = createRequire(join(modules, 'index.js'));
const actions = require('@action-validator/core');
const yaml = require('js-yaml');
const Ajv = require('ajv');
const { Job } = require('kubernetes-models/batch/v1');
const { schema } = await import(pathToFileURL(join(modules, 'gitlab-ci-local/src/schema/schema.js')));
const gitlab = new Ajv({ strict: false, allErrors: true, validateFormats: false }).compile(schema);

// Each returns what is wrong, a line each.
const checks = {
  workflow: (text) => actions.validateWorkflow(text).errors.map((e) => JSON.stringify(e)),
  action: (text) => actions.validateAction(text).errors.map((e) => JSON.stringify(e)),
  gitlab: (text) => (gitlab(yaml.load(text)) ? [] : gitlab.errors.map((e) => `${e.instancePath} ${e.message}`)),
  kubernetes: (text) =>
    yaml.loadAll(text).flatMap((value) => {
      if (value?.apiVersion !== 'batch/v1' || value?.kind !== 'Job') return ['not a Job of batch/v1'];
      try {
        new Job(value).validate();
        return [];
      } catch (error) {
        return [error.message];
      }
    }),
};
// What is no longer right, by kind: a slip that happens.
const slips = {
  workflow: [/^( +)runs-on:/m, '$1run-on:'],
  action: [/using: composite/, 'using: composit'],
  gitlab: [/^( +)script:/m, '$1skript:'],
  kubernetes: [/^( +)containers:/m, '$1container:'],
};

function kind(path) {
  if (/(^|\/)action\.yml$/.test(path)) return 'action';
  if (/^\.github\/workflows\/|\/github[^/]*\.yml$/.test(path)) return 'workflow';
  if (/\/gitlab[^/]*\.yml$/.test(path)) return 'gitlab';
  if (/\/kubernetes[^/]*\.yaml$/.test(path)) return 'kubernetes';
  return null;
}

function files(folder) {
  return readdirSync(folder)
    .map((name) => join(folder, name))
    .flatMap((path) => (statSync(path).isDirectory() ? files(path) : [path]))
    .filter((path) => /\.ya?ml$/.test(path));
}

let passed = 0;
let failed = 0;
function test(name, problems) {
  if (problems.length === 0) {
    passed += 1;
    return;
  }
  failed += 1;
  console.log(`FAILED ${name}`);
  for (const problem of problems) console.log(`  ${problem}`);
}

const seen = new Set();
for (const path of [...files(join(root, '.github')), ...files(join(root, 'examples/ci'))].sort()) {
  const name = relative(root, path);
  const which = kind(name);
  if (which === null) {
    test(name, ['no schema is known for it: what is it?']);
    continue;
  }
  seen.add(which);
  const text = readFileSync(path, 'utf8');
  test(name, checks[which](text));
  const spoilt = text.replace(...slips[which]);
  test(`${name}, spoilt`, spoilt !== text && checks[which](spoilt).length > 0 ? [] : ['the schema has nothing against it']);
}
for (const which of Object.keys(checks)) test(which, seen.has(which) ? [] : ['there is no such file']);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);
