// The demo server as a child process that can be killed and started again on the same port.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const target = process.env.CARGO_TARGET_DIR ?? `${root}target`;
const program = process.env.STRANDMUX_DEMO ?? `${target}/release/web-demo`;

export class DemoServer {
  #child;
  port = 0;

  /** Starts the server and resolves once it listens. */
  async start() {
    const child = spawn(program, ['--port', String(this.port), '--no-build', '--test-services'], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#child = child;
    const failed = new Promise((_, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) => reject(new Error(`the server ended with ${code ?? signal}`)));
    });
    // It is killed in the end, and then nobody waits for it to listen any more.
    failed.catch(() => {});
    this.port = await Promise.race([listening(child.stdout), failed]);
  }

  get url() {
    return `http://127.0.0.1:${this.port}/`;
  }

  /** Ends the server at once, without a chance to say goodbye. */
  async kill() {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }
}

/** The port from the line `listening on http://HOST:PORT`; later output is read and dropped. */
function listening(stdout) {
  return new Promise((resolve) => {
    createInterface(stdout).on('line', (line) => {
      const found = /listening on http:\/\/[^ ]*:(\d+)/.exec(line);
      if (found) resolve(Number(found[1]));
    });
  });
}
