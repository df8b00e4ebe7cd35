// How large the package is for those who load it, and that it does not grow unseen.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { here, installed } from './lib/packed.mjs';

const ceilings = JSON.parse(await readFile(`${here}size.json`, 'utf8'));

/** Raw, and as servers send it. */
function sizes(bytes) {
  const params = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY };
  return {
    raw: bytes.length,
    gzip: gzipSync(bytes, { level: 9 }).length,
    brotli: brotliCompressSync(bytes, { params }).length,
  };
}

/** An entry as a bundler leaves it. */
async function bundled(entry) {
  const options = { bundle: true, minify: true, format: 'esm', write: false, external: ['node:fs', '*.wasm'] };
  const { outputFiles } = await build({ ...options, entryPoints: [`${installed}${entry}`] });
  return outputFiles[0].contents;
}

const measured = {
  'strandmux.wasm': sizes(await readFile(`${installed}strandmux.wasm`)),
  'index.js': sizes(await bundled('index.js')),
  'slim.js': sizes(await bundled('slim.js')),
  'webtransport.js': sizes(await bundled('webtransport.js')),
};
for (const [name, { raw, gzip, brotli }] of Object.entries(measured)) {
  console.log(`${name}: ${raw} bytes, ${gzip} with gzip, ${brotli} with brotli (JavaScript minified with what it imports)`);
}

/** What a page loads: the WebAssembly, and the JavaScript of an entry. */
function total(entry) {
  const [wasm, script] = [measured['strandmux.wasm'], measured[entry]];
  return Object.fromEntries(Object.keys(wasm).map((how) => [how, wasm[how] + script[how]]));
}
const { raw, gzip, brotli } = total('index.js');
console.log(`strandmux.wasm and index.js: ${raw} bytes, ${gzip} with gzip, ${brotli} with brotli`);

for (const [name, ceiling] of Object.entries(ceilings)) {
  test(`${name} is within ${ceiling} bytes with gzip`, () => {
    assert.ok(measured[name].gzip <= ceiling, `${measured[name].gzip} bytes`);
    // One that is far from what it limits limits nothing.
    assert.ok(measured[name].gzip >= ceiling * 0.7, `${measured[name].gzip} bytes: lower the ceiling in size.json`);
  });
}
