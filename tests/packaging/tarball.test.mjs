// What is in the tarball, and what the ecosystem's checkers say about it.

import assert from 'node:assert/strict';
import { readdir, readFile, stat } from 'node:fs/promises';
import { SourceMap } from 'node:module';
import { homedir } from 'node:os';
import { test } from 'node:test';
import { build } from 'esbuild';
import { Multiplexer } from 'strandmux';
import { here, installed, pack, root, run, tool } from './lib/packed.mjs';

const { tarball, description } = await pack();
const manifest = JSON.parse(await readFile(`${installed}package.json`, 'utf8'));

test('it holds the files of the list and no others', async () => {
  const list = await readFile(`${here}contents.txt`, 'utf8');
  assert.deepEqual(description.files.map(({ path }) => path).sort(), list.trim().split('\n'));
});

test('what is installed is what is packed', async () => {
  const names = await readdir(installed);
  assert.deepEqual(names.sort(), description.files.map(({ path }) => path).sort());
  for (const { path, size } of description.files) assert.equal((await stat(installed + path)).size, size, path);
});

test('it could be published', async () => {
  const output = await run('npm', ['publish', '--dry-run', '--json', '--ignore-scripts', '--provenance=false', tarball]);
  const published = JSON.parse(output);
  assert.equal((published.strandmux ?? published).id, `strandmux@${manifest.version}`);
});

test('its version is that of the crate', async () => {
  const cargo = await readFile(`${root}Cargo.toml`, 'utf8');
  assert.equal(manifest.version, /^\[workspace\.package\]\nversion = "(.*)"$/m.exec(cargo)[1]);
});

test('every file that an export names is there, types first', async () => {
  const names = new Set(description.files.map(({ path }) => `./${path}`));
  const check = (entry) => {
    if (typeof entry === 'string') return assert.ok(names.has(entry), entry);
    const conditions = Object.keys(entry);
    if (conditions.includes('types')) assert.equal(conditions[0], 'types');
    assert.equal(conditions.at(-1), 'default');
    Object.values(entry).forEach(check);
  };
  Object.values(manifest.exports).forEach(check);
});

test('no module needs another package', async () => {
  for (const { path } of description.files.filter(({ path }) => path.endsWith('.js'))) {
    const text = await readFile(installed + path, 'utf8');
    for (const [, from] of text.matchAll(/^(?:import|export)\b.*?from '(.*)';$/gm)) {
      assert.match(from, /^(\.\/[a-z-]+\.(js|wasm)|node:fs)$/, path);
    }
  }
});

/** Bundles for a platform without `await` at the top level, which is an error then. */
function withoutAwait(options) {
  const supported = { 'top-level-await': false };
  const external = ['node:fs', '*.wasm'];
  return build({ bundle: true, format: 'esm', write: false, logLevel: 'silent', supported, external, ...options });
}

test('nothing awaits at the top level of a module', async () => {
  const targets = (entry) => (typeof entry === 'string' ? [entry] : Object.values(entry).flatMap(targets));
  const entries = [...new Set(targets(manifest.exports))].filter((path) => path.endsWith('.js'));
  assert.equal(entries.length, 7);
  for (const entry of entries) await withoutAwait({ entryPoints: [installed + entry] });
  // It would be noticed.
  const awaits = { contents: "import './init.js'; await 0;", resolveDir: installed };
  await assert.rejects(withoutAwait({ stdin: awaits }), /Top-level await is not available/);
});

test('it says nothing about the machine that built it', async () => {
  const unwanted = [root, homedir(), process.env.CARGO_HOME, '/registry/src/'].filter((path) => path && path.length > 1);
  for (const { path } of description.files) {
    const text = await readFile(installed + path, 'latin1');
    for (const part of unwanted) assert.ok(!text.includes(part), `${path} contains ${part}`);
  }
});

test('the licences and the README are those of the project', async () => {
  for (const name of ['LICENSE-MIT', 'LICENSE-APACHE']) {
    assert.equal(await readFile(installed + name, 'utf8'), await readFile(root + name, 'utf8'));
  }
  assert.equal(await readFile(`${installed}README.md`, 'utf8'), await readFile(`${root}wasm/README.md`, 'utf8'));
});

test('the WebAssembly names its source map, which brings the sources', async () => {
  const module = await WebAssembly.compile(await readFile(`${installed}strandmux.wasm`));
  const [section] = WebAssembly.Module.customSections(module, 'sourceMappingURL');
  // A length, and the text.
  assert.equal(Buffer.from(section).toString('utf8', 1), 'strandmux.wasm.map');
  assert.deepEqual(WebAssembly.Module.customSections(module, '.debug_line'), []);

  const { version, sources, sourcesContent } = JSON.parse(await readFile(`${installed}strandmux.wasm.map`, 'utf8'));
  assert.equal(version, 3);
  for (const path of ['core/src/proto/connection.rs', 'core/src/mux/driver.rs', 'wasm/src/stream.rs']) {
    assert.ok(sources.includes(path), path);
  }
  assert.equal(sourcesContent.length, sources.length);
  for (const [i, path] of sources.entries()) {
    assert.match(path, /^(core|wasm)\/src\//);
    assert.equal(sourcesContent[i], await readFile(root + path, 'utf8'), path);
  }
});

test('the source map leads from a place in the WebAssembly to the line', async () => {
  const map = new SourceMap(JSON.parse(await readFile(`${installed}strandmux.wasm.map`, 'utf8')));
  const lines = (await readFile(`${root}wasm/src/connect.rs`, 'utf8')).split('\n');
  const asked = [];
  const socket = { addEventListener() {}, removeEventListener() {}, close() {} };
  for (const name of ['send', 'readyState']) {
    const get = () => {
      const offsets = new Error().stack.matchAll(/:wasm-function\[\d+\]:0x([0-9a-f]+)/g);
      const entries = [...offsets].map(([, offset]) => map.findEntry(0, Number.parseInt(offset, 16)));
      const { originalSource, originalLine } = entries.find((entry) => entry.originalSource);
      asked.push([name, originalSource, lines[originalLine].trim()]);
      // 3: it is closed.
      return name === 'send' ? () => {} : 3;
    };
    Object.defineProperty(socket, name, { get });
  }
  assert.throws(() => new Multiplexer(socket), { code: 'socket_closed' });
  assert.deepEqual(asked, [
    ['send', 'wasm/src/connect.rs', 'if !Reflect::get(&socket, &method.into())?.is_function() {'],
    ['readyState', 'wasm/src/connect.rs', 'let state = Reflect::get(&socket, &"readyState".into())?.as_f64();'],
  ]);
});

test("the README's adapter for Bun is the one that is tested with every client", async () => {
  const tested = await readFile(`${here}servers/bun.mjs`, 'utf8');
  const readme = await readFile(`${root}wasm/README.md`, 'utf8');
  for (const part of [/^class ServerSocket.*?^}$/ms, /^  websocket: {$.*?^  },$/ms]) {
    const [shown] = part.exec(tested);
    assert.ok(shown.split('\n').length >= 7 && readme.includes(shown), shown);
  }
});

test('publint has nothing to say', async () => {
  const { publint } = await import('publint');
  const { messages } = await publint({ pkgDir: installed, strict: true });
  assert.deepEqual(messages, []);
});

test('its types are right however it is resolved', async () => {
  await run(tool('attw'), [tarball, '--profile', 'esm-only', '--no-emoji', '--no-color']);
});
