// The package's types, as a strict TypeScript program sees them.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { installed, run, tool } from './lib/packed.mjs';

for (const resolution of ['nodenext', 'bundler']) {
  test(`a program that uses all of it compiles, and wrong ones do not (${resolution})`, async () => {
    const module = resolution === 'bundler' ? ['--module', 'esnext', '--moduleResolution', 'bundler'] : [];
    await run(tool('tsc'), ['--project', 'types', ...module]);
  });
}

test('a server compiles without the types of browsers', async () => {
  await run(tool('tsc'), ['--project', 'types/node']);
});

test('the entries export every type that is generated from Rust', async () => {
  const generated = await readFile(`${installed}bindings.d.ts`, 'utf8');
  const names = [...generated.matchAll(/^export (?:class|interface|type) (\w+)/gm)].map(([, name]) => name);
  assert.ok(names.length > 5);
  const entries = await readFile(`${installed}exports.d.ts`, 'utf8');
  const missing = names.filter((name) => !new RegExp(`\\b${name}\\b`).test(entries));
  assert.deepEqual(missing, []);
});

/** The bodies of the classes and interfaces in the text. */
function bodiesOf(declarations, kind) {
  return [...declarations.matchAll(new RegExp(`^export ${kind} .*? {\\n(.*?)^}`, 'gms'))].map(([, body]) => body).join('');
}

/** The members in a body, each with how a program uses it. */
function* membersOf(body) {
  const text = body.replace(/\/\*\*.*?\*\//gs, '');
  for (const [, name] of text.matchAll(/^ +(?:(?:static|readonly|get|private) )*(\w+|\[Symbol\.\w+\])\??[(:]/gm)) {
    if (name !== 'constructor') yield name;
  }
}

for (const [file, least] of [['bindings.d.ts', 65], ['webtransport.d.ts', 35]]) {
  test(`the program uses every member of ${file}`, async () => {
    const declarations = await readFile(`${installed}${file}`, 'utf8');
    const program = await readFile(new URL('./types/program.ts', import.meta.url), 'utf8');
    // A member of a class is asked of an object, that of an interface can also be put into one, or taken out of it.
    const uses = [
      ...[...membersOf(bodiesOf(declarations, 'class'))].map((name) => [name, name.startsWith('[') ? escaped(name) : `\\.${name}\\b`]),
      ...[...membersOf(bodiesOf(declarations, 'interface'))].map((name) => [name, name.startsWith('[') ? escaped(name) : `(\\.|[{,] |^ +)${name}\\b`]),
    ];
    assert.ok(uses.length >= least, `${uses.length} members`);
    const unused = uses.filter(([, use]) => !new RegExp(use, 'm').test(program)).map(([name]) => name);
    assert.deepEqual(unused, []);
  });
}

function escaped(text) {
  return text.replace(/[[\].]/g, '\\$&');
}
