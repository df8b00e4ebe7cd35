// Processes that the bench starts: each says on which port it listens, and ends with this one.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const START_MS = 60_000;

export const root = fileURLToPath(new URL('../../', import.meta.url));
export const target = process.env.CARGO_TARGET_DIR ?? `${root}target`;

/** A program of `native/`. */
export const native = (name) => `${target}/release/${name}`;

export class Server {
  /** Starts a program that prints `listening on PORT`, and resolves once it does. `env` is added to the environment. */
  static async start(command, args, env = {}) {
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, ...env } });
    const server = new Server(child);
    const gone = once(child, 'exit').then(([code, signal]) => {
      throw new Error(`${command} ended with ${code ?? signal}`);
    });
    try {
      server.port = await within(START_MS, 'the server to listen', Promise.race([listening(child.stdout), gone]));
    } catch (error) {
      child.kill('SIGKILL');
      throw error;
    } finally {
      gone.catch(() => {});
    }
    return server;
  }

  constructor(child) {
    this.child = child;
  }

  get origin() {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Bytes of memory that the process has in use. */
  async memory() {
    const status = await readFile(`/proc/${this.child.pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)[1]) * 1024;
  }

  async stop() {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await gone;
  }
}

function listening(stdout) {
  return new Promise((resolve) => {
    createInterface(stdout).on('line', (text) => {
      const found = /^listening on (\d+)$/.exec(text);
      if (found) resolve(Number(found[1]));
    });
  });
}

/** The lines of JSON that a program prints before it ends well. */
export async function run(command, args, milliseconds) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = [];
  createInterface(child.stdout).on('line', (text) => lines.push(JSON.parse(text)));
  try {
    const [code, signal] = await within(milliseconds, `${command} to end`, once(child, 'close'));
    if (code !== 0) throw new Error(`${command} ended with ${code ?? signal}`);
  } finally {
    child.kill('SIGKILL');
  }
  return lines;
}

/** `promise`, or a rejection that says what took longer than `milliseconds`. */
export async function within(milliseconds, what, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${milliseconds} ms for ${what}`)), milliseconds);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
