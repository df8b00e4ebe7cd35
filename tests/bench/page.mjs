// What a page runs: the workloads, over the contender that it was built with.

import './contenders/with-resolvers.mjs';

import { downloadRate, uploadRate } from './workloads/bulk.mjs';
import { crowd } from './workloads/crowd.mjs';
import { pings, pipelined } from './workloads/small.mjs';
import { beside } from './workloads/beside.mjs';
import { cycles } from './workloads/cycle.mjs';
import { idle } from './workloads/idle.mjs';
import { steady } from './workloads/steady.mjs';
import { firstAnswer, firstStream } from './workloads/first.mjs';

const workloads = {
  downloadRate, uploadRate, crowd, pings, pipelined, beside, cycles, idle, steady, firstAnswer, firstStream,
};

/** Makes `globalThis.run` of a contender. */
export function offer(contender, settings) {
  contender.setup?.(settings);
  globalThis.run = (workload, url, options) => workloads[workload](contender, url, options);
}
