// The projects with a bundler, built as their users build them: without a plugin for WebAssembly.

import { cp, mkdir, rm } from 'node:fs/promises';
import nodeResolve from '@rollup/plugin-node-resolve';
import esbuild from 'esbuild';
import { rollup } from 'rollup';
import { build as viteBuild, createServer } from 'vite';
import webpack from 'webpack';
import { here, installed, work } from './packed.mjs';

const project = (name) => `${here}projects/${name}/`;
const output = (name) => `${work}${name}/`;

/** Each builds into a directory of its own, and returns it. */
export const builders = {
  async vite() {
    const out = output('vite');
    await viteBuild({ ...viteConfig(), base: './', build: { outDir: out, emptyOutDir: true } });
    return out;
  },

  async webpack() {
    const out = output('webpack');
    const compiler = webpack({
      mode: 'production',
      context: project('webpack'),
      entry: './main.js',
      output: { path: out, filename: 'main.js', clean: true },
      experiments: { outputModule: true },
    });
    const stats = await new Promise((resolve, reject) => {
      compiler.run((error, stats) => (error ? reject(error) : resolve(stats)));
    });
    if (stats.hasErrors() || stats.hasWarnings()) throw new Error(stats.toString());
    await cp(`${project('webpack')}index.html`, `${out}index.html`);
    return out;
  },

  // Neither of the next two touches `new URL(...)`: the file is copied to where the bundle is.
  async esbuild() {
    const out = await fresh('esbuild');
    const { warnings } = await esbuild.build({ ...esbuildOptions('esbuild', out), minify: true });
    if (warnings.length > 0) throw new Error(JSON.stringify(warnings));
    await cp(`${installed}strandmux.wasm`, `${out}strandmux.wasm`);
    return out;
  },

  async rollup() {
    const out = await fresh('rollup');
    const onwarn = (warning) => {
      throw new Error(warning.message);
    };
    const bundle = await rollup({ input: `${project('rollup')}main.js`, plugins: [nodeResolve()], onwarn });
    await bundle.write({ file: `${out}main.js`, format: 'es' });
    await bundle.close();
    await cp(`${installed}strandmux.wasm`, `${out}strandmux.wasm`);
    return out;
  },

  async 'esbuild-inline'() {
    const out = await fresh('esbuild-inline');
    await esbuild.build({ ...esbuildOptions('esbuild-inline', out), loader: { '.wasm': 'binary' } });
    return out;
  },
};

/** Vite's own server, as during development. */
export async function viteServer(headers) {
  const config = viteConfig();
  const server = await createServer({ ...config, server: { ...config.server, port: 0, host: '127.0.0.1', ...headers } });
  await server.listen();
  return server;
}

function viteConfig() {
  return {
    configFile: false,
    root: project('vite'),
    cacheDir: `${work}vite-cache`,
    logLevel: 'warn',
    server: { fs: { allow: [here] } },
  };
}

function esbuildOptions(name, out) {
  return { entryPoints: [`${project(name)}main.js`], outfile: `${out}main.js`, bundle: true, format: 'esm', logLevel: 'silent' };
}

/** An empty directory with the project's page. */
async function fresh(name) {
  const out = output(name);
  await rm(out, { recursive: true, force: true });
  await mkdir(out, { recursive: true });
  await cp(`${project(name)}index.html`, `${out}index.html`);
  return out;
}
