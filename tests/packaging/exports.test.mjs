// What the WebAssembly exports. An export whose only result is an object can end the process in Node 20 and 22, when V8
// deoptimises the JavaScript that has called it: see `wasm/src/exported.rs`.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { installed, node20, node22, run } from './lib/packed.mjs';

test('no export returns an object and nothing else', async () => {
  setFlagsFromString('--experimental-wasm-type-reflection');
  const module = await WebAssembly.compile(await readFile(`${installed}strandmux.wasm`));
  const functions = WebAssembly.Module.exports(module).filter(({ kind }) => kind === 'function');
  const returning = (isWanted) => functions.filter(({ type }) => isWanted(type.results)).map(({ name }) => name);
  assert.ok(returning((results) => results.length === 3).includes('stream_read'));
  assert.deepEqual(returning((results) => results.length === 1 && /ref/.test(results[0])), []);
});

for (const [name, node] of Object.entries({ 'Node 20': node20, 'Node 22': node22, 'this Node': process.execPath })) {
  test(`${name} deoptimises a caller of the package`, async () => {
    assert.equal(await run(node, ['projects/node/deoptimised.mjs']), 'invalid_option\n');
  });
}
