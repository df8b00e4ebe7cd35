// The package as its users get it: packed, and installed from the tarball.

import { execFile } from 'node:child_process';
import { mkdir, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const execute = promisify(execFile);

export const root = fileURLToPath(new URL('../../../', import.meta.url));
export const here = fileURLToPath(new URL('../', import.meta.url));
/** Where everything goes that the tests make. */
export const work = `${root}target/packaging/`;
export const installed = `${here}node_modules/strandmux/`;
/** The first release of the oldest version that is supported. */
export const node20 = `${here}node_modules/node-20/bin/node`;
export const node22 = `${here}node_modules/node-22/bin/node`;

/** Runs a program to its end; what it printed on standard output. */
export async function run(program, args, options = {}) {
  try {
    const { stdout } = await execute(program, args, { cwd: here, maxBuffer: 64 * 1024 * 1024, timeout: 120_000, ...options });
    return stdout;
  } catch (error) {
    throw new Error(`${program} ${args.join(' ')}: ${error.message}\n${error.stdout}\n${error.stderr}`);
  }
}

/** A program of the packages that are installed for the tests. */
export function tool(name) {
  return `${here}node_modules/.bin/${name}`;
}

/** Packs `wasm/pkg`; the tarball's path, and the description that npm gives. */
export async function pack() {
  await mkdir(work, { recursive: true });
  const [description] = JSON.parse(await run('npm', ['pack', '--json', '--pack-destination', work, `${root}wasm/pkg`]));
  return { tarball: `${work}${description.filename}`, description };
}

/** Installs the tarball beside the tools, in place of the one before. */
export async function install(tarball) {
  await rm(installed, { recursive: true, force: true });
  await run('npm', ['install', '--no-save', '--no-audit', '--no-fund', '--offline', tarball]);
}
