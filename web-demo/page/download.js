// A download from the service SOURCE, whose byte i is i mod 251: every byte is checked on arrival.

import * as format from './format.js';
import { schedule, setText } from './frame.js';
import { Rate } from './rate.js';

const PERIOD = 251;
const MIB = 1024 * 1024;

export function setUpDownload(connection, announce) {
  const root = document.getElementById('download');
  const form = document.getElementById('download-form');
  const size = document.getElementById('download-size');
  const button = document.getElementById('download-start');
  const progress = document.getElementById('download-progress');
  const state = document.getElementById('download-state');
  const detail = document.getElementById('download-detail');
  let total = 0;
  let received = 0;
  let rate;
  let current;

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (current) current.abort();
    else run();
  });
  connection.addEventListener('state', paint);
  paint();

  async function run() {
    total = Math.round(size.valueAsNumber * MIB);
    received = 0;
    rate = new Rate();
    current = new AbortController();
    show('receiving', '');
    let call;
    try {
      call = await connection.call(`SOURCE ${total}`, { signal: current.signal });
      current.signal.addEventListener('abort', () => call.close());
      await receive(call);
      rate.finish();
      if (received === total) show('verified', `${format.count(total)} bytes, each as expected`);
      else show('mismatch', `${format.count(received)} bytes instead of ${format.count(total)}`);
    } catch (error) {
      rate.finish();
      if (error instanceof WrongByte) show('mismatch', error.message);
      else show('failed', current.signal.aborted ? 'cancelled' : format.codeOf(error));
    } finally {
      current = undefined;
      call?.close();
      schedule(paint);
      announce(`Download: ${root.dataset.state}`);
    }
  }

  async function receive(call) {
    for (let chunk; (chunk = await call.read()); schedule(paint)) {
      check(chunk, received);
      received += chunk.length;
      rate.add(chunk.length);
    }
  }

  function show(name, text) {
    root.dataset.state = name;
    root.dataset.received = received;
    root.dataset.code = name === 'failed' ? text : '';
    setText(detail, text);
    schedule(paint);
  }

  function paint() {
    const name = root.dataset.state;
    root.dataset.received = received;
    setText(button, current ? 'Cancel' : 'Download');
    button.disabled = !current && connection.state.name !== 'open';
    progress.max = Math.max(1, total);
    progress.value = name === 'verified' ? progress.max : received;
    const words = { receiving: 'Receiving', verified: 'Verified', mismatch: 'Mismatch', failed: 'Failed' };
    setText(state, words[name] ?? '');
    if (name === 'receiving') setText(detail, `${format.bytes(received)} of ${format.bytes(total)}`);
    setText(document.getElementById('download-rate'), name === 'failed' ? '' : format.rate(rate?.value));
  }
}

class WrongByte extends Error {}

/** Compares a chunk that begins at byte `start` of the ramp. */
function check(chunk, start) {
  let expected = start % PERIOD;
  for (let i = 0; i < chunk.length; i += 1) {
    if (chunk[i] !== expected) throw new WrongByte(`byte ${start + i} is ${chunk[i]}, not ${expected}`);
    expected = expected === PERIOD - 1 ? 0 : expected + 1;
  }
}
