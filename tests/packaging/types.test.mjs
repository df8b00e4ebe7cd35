// The package's types, as a strict TypeScript program sees them.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { installed, run, tool } from './lib/packed.mjs';

// The bindings' own ways of being instantiated, which the entries see to.
const INTERNAL = ['InitInput', 'InitOutput', 'SyncInitInput'];

for (const resolution of ['nodenext', 'bundler']) {
  test(`a program that uses all of it compiles, and wrong ones do not (${resolution})`, async () => {
    const module = resolution === 'bundler' ? ['--module', 'esnext', '--moduleResolution', 'bundler'] : [];
    await run(tool('tsc'), ['--project', 'types', ...module]);
  });
}

test('the entries export every type that is generated from Rust', async () => {
  const generated = await readFile(`${installed}bindings.d.ts`, 'utf8');
  const names = [...generated.matchAll(/^export (?:class|interface|type) (\w+)/gm)].map(([, name]) => name);
  assert.ok(names.length > 5);
  const entries = await readFile(`${installed}exports.d.ts`, 'utf8');
  const missing = names.filter((name) => !INTERNAL.includes(name) && !new RegExp(`\\b${name}\\b`).test(entries));
  assert.deepEqual(missing, []);
});

test('the program uses every member that is generated from Rust', async () => {
  const generated = await readFile(`${installed}bindings.d.ts`, 'utf8');
  const program = await readFile(new URL('./types/program.ts', import.meta.url), 'utf8');
  const classes = generated.slice(generated.indexOf('export class '), generated.indexOf('InitInput'));
  const options = generated.slice(0, generated.indexOf('export class '));
  const members = [
    ...[...classes.matchAll(/^ {4}(?:static |readonly )*(\w+)[(:]/gm)].map(([, name]) => name),
    ...[...options.matchAll(/^ {4}(?:readonly )?(\w+)\??:/gm)].map(([, name]) => name),
  ].filter((name) => !['free', 'constructor'].includes(name));
  assert.ok(members.length > 25);
  const unused = [...new Set(members)].filter((name) => !new RegExp(`\\b${name}\\b`).test(program));
  assert.deepEqual(unused, []);
});
