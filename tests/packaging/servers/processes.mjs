// Programs that serve until they are ended.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { cp, mkdir } from 'node:fs/promises';
import { build } from 'esbuild';
import { here, installed, root, tool, work } from '../lib/packed.mjs';

const demo = `${process.env.CARGO_TARGET_DIR ?? `${root}target`}/release/web-demo`;
const program = (name) => `${here}servers/${name}`;

/** How to start each server. */
export const servers = {
  rust: () => serving(demo, ['--port', '0', '--no-build', '--test-services']),
  node: () => serving(process.execPath, [program('node.mjs')]),
  deno: () => serving(tool('deno'), ['run', '--no-lock', '--cached-only', '--allow-net', '--allow-read', program('deno.mjs')]),
  bun: () => serving(tool('bun'), ['run', '--no-install', program('bun.mjs')]),
  'bun-ws': () => serving(tool('bun'), ['run', '--no-install', program('node.mjs')]),
  workerd: () => workerd(),
};

/** workerd with a program; its own is a server and, at `/?server=URL`, a client. */
export async function workerd(entry = program('workerd.mjs')) {
  const directory = `${work}servers/`;
  await mkdir(directory, { recursive: true });
  // As wrangler does it: with this condition, and WebAssembly left to be imported as a module.
  await build({
    entryPoints: [entry],
    outfile: `${directory}main.js`,
    bundle: true,
    format: 'esm',
    conditions: ['workerd'],
    external: ['*.wasm'],
  });
  await cp(`${installed}strandmux.wasm`, `${directory}strandmux.wasm`);
  await cp(`${here}projects/workerd/config.capnp`, `${directory}config.capnp`);
  return serving(tool('workerd'), ['serve', `${directory}config.capnp`, '--control-fd=3'], 3);
}

/** Starts a program; resolves with its `port`, which it prints once it listens, and a way to `end` it. */
async function serving(command, args, descriptor = 1) {
  // The demo says there who comes and goes.
  const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', command === demo ? 'ignore' : 'inherit', 'pipe'] });
  const end = async () => {
    const gone = child.exitCode ?? child.signalCode ?? once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  };
  try {
    const port = await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) => reject(new Error(`${command} ended with ${code ?? signal}`)));
      // Later output is read and dropped.
      for (const each of [1, 3]) {
        createInterface(child.stdio[each]).on('line', (line) => {
          const found = /listening on http:\/\/[^ ]*:(\d+)|"port":(\d+)/.exec(line);
          if (each === descriptor && found) resolve(Number(found[1] ?? found[2]));
        });
      }
    });
    return { port, end };
  } catch (error) {
    await end();
    throw error;
  }
}
