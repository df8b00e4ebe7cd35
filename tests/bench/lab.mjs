// The laboratory of one row: a browser, the contenders' servers and pages, and rounds in which they take turns.

import puppeteer from 'puppeteer-core';
import { contenders } from './contenders/index.mjs';
import { Server, native, within } from './processes.mjs';

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
  // Only one page is in front at a time, and it is always the one that measures.
  '--disable-background-timer-throttling',
  '--disable-backgrounding-occluded-windows',
  '--disable-renderer-backgrounding',
];

const START_MS = 60_000;

const program = new URL('server.mjs', import.meta.url).pathname;

const kinds = {
  node: (name) => Server.start(process.execPath, [program, name]),
  /** Without the native half of `ws`. */
  'node-alone': (name) => Server.start(process.execPath, [program, name], { WS_NO_BUFFER_UTIL: '1' }),
  rust: (name) => Server.start(native('server'), [name]),
};

export class Lab {
  #browser;
  #servers = new Map();
  #others = [];

  /** `only`, if given, are the contenders that take part. */
  constructor({ only, rounds, isShort, log }) {
    this.only = only;
    this.isShort = isShort;
    this.wantedRounds = rounds;
    this.log = log;
  }

  async browser() {
    this.#browser ??= await puppeteer.launch({
      executablePath: '/usr/bin/chromium',
      args: flags,
      // Who watches the network is sent every message of every WebSocket, which costs more than the messages do.
      networkEnabled: false,
      protocolTimeout: 0,
    });
    return this.#browser;
  }

  /** A contender's server, of one of the `kinds`; the same one for the whole row. */
  async server(name, kind = 'node') {
    const key = `${kind} ${name}`;
    if (!this.#servers.has(key)) {
      const started = kinds[kind](name);
      this.#servers.set(key, started);
      started.catch(() => this.#servers.delete(key));
    }
    return this.#servers.get(key);
  }

  /** A server of a contender that has served nobody yet, for the caller to stop. */
  freshServer(name, kind) {
    return kinds[kind](name);
  }

  /** A process that ends with the row. */
  async start(command, args) {
    const server = await Server.start(command, args);
    this.#others.push(server);
    return server;
  }

  /** A new page of a contender, in a browser profile of its own, ready to run workloads. */
  async page(name) {
    const host = await this.server(name);
    const context = await (await this.browser()).createBrowserContext();
    try {
      const page = await context.newPage();
      await page.goto(host.origin);
      await page.addScriptTag({ type: 'module', content: `import '/bundle/${name}.js';` });
      await page.waitForFunction(() => globalThis.run !== undefined, { timeout: START_MS });
      return { page, context };
    } catch (error) {
      await context.close();
      throw error;
    }
  }

  /** Runs a workload in a page of its own. `port` is where the socket goes, if not to the page's own server. */
  async measure(name, workload, options = {}, { port, seconds = 60 } = {}) {
    const { page, context } = await this.page(name);
    try {
      return await this.runIn(page, name, workload, options, { port, seconds });
    } finally {
      await context.close();
    }
  }

  async runIn(page, name, workload, options, { port, seconds }) {
    const url = `ws://127.0.0.1:${port ?? (await this.server(name)).port}/ws`;
    const running = page.evaluate((what, where, how) => globalThis.run(what, where, how), workload, url, options);
    return within(seconds * 1e3, `${workload} of ${name}`, running);
  }

  /**
   * Lets contenders take turns: in each round everyone once, each time another first. Returns what they
   * reached, `undefined` for a round that failed, and why those failed that did. Who failed twice running takes no
   * further part: most failures are a wait that came to its limit.
   */
  async rounds(names, count, measure) {
    const taking = names.filter((name) => this.#takesPart(name));
    const results = Object.fromEntries(taking.map((name) => [name, []]));
    const failures = {};
    const failuresRunning = Object.fromEntries(taking.map((name) => [name, 0]));
    const rounds = this.wantedRounds ?? count;
    for (let round = 0; round < rounds; round += 1) {
      for (let turn = 0; turn < taking.length; turn += 1) {
        const name = taking[(turn + round) % taking.length];
        if (failuresRunning[name] === 2) continue;
        try {
          results[name][round] = await measure(name);
          failuresRunning[name] = 0;
          this.log(`  ${name}: ${brief(results[name][round])}`);
        } catch (error) {
          failures[name] = error.message.split('\n')[0];
          failuresRunning[name] += 1;
          this.log(`  ${name}: failed: ${failures[name]}`);
        }
      }
    }
    return { results, failures, rounds };
  }

  /** Those that run outside of a browser are few: they always do. */
  #takesPart(name) {
    const contender = contenders[name];
    if (!contender) return true;
    return this.only ? this.only.includes(name) : !(this.isShort && contender.isExtra);
  }

  async close() {
    const started = await Promise.allSettled(this.#servers.values());
    const servers = [...started.map(({ value }) => value), ...this.#others].filter((server) => server);
    await Promise.all(servers.map((server) => server.stop()));
    await this.#browser?.close();
  }
}

function brief(value) {
  const text = JSON.stringify(value);
  return text.length > 100 ? `${text.slice(0, 100)}...` : text;
}
