// The echo console: everything goes through one long-lived stream, typed lines and pings alike, and
// comes back in order, so the oldest line without an answer is the one that an arriving line answers.

import { Chart } from './chart.js';
import * as format from './format.js';
import { schedule, setText } from './frame.js';

const PING_MS = 250;
// A stalled echo is measured by the pings that already wait; more of them would only add load.
const PINGS_AT_ONCE = 4;
const LOG_LINES = 200;
// Enough for steady percentiles, few enough that they follow what is going on: half a minute.
const RECENT = 120;

export function setUpConsole(connection) {
  const root = document.getElementById('console');
  const form = document.getElementById('console-form');
  const input = document.getElementById('console-input');
  const log = document.getElementById('console-log');
  const pings = document.getElementById('console-ping');
  const chart = new Chart(document.getElementById('console-chart'));
  const recent = [];
  let call;
  let waiting = [];
  let pingNumber = 0;
  let roundTrips = { all: 0, busy: 0 };

  connection.addEventListener('state', () => {
    if (connection.state.name === 'open') converse();
  });
  setInterval(() => {
    if (!pings.checked || !call || waiting.length >= PINGS_AT_ONCE) return;
    pingNumber += 1;
    send(`ping ${pingNumber}`);
  }, PING_MS);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (input.value === '') return;
    send(input.value, addLine(log, input.value));
    input.value = '';
  });
  schedule(paint);

  async function converse() {
    let code = 'stream_closed';
    try {
      call = await connection.call('ECHO');
      for await (const line of call.lines()) receive(line);
    } catch (error) {
      code = format.codeOf(error);
    }
    call?.close();
    call = undefined;
    for (const { entry } of waiting) if (entry) settle(entry, 'lost', code);
    waiting = [];
  }

  function send(text, entry) {
    if (!call) return settle(entry, 'lost', 'not_connected');
    waiting.push({ text, entry, at: performance.now(), busy: connection.isBusy });
    // A failed write ends the stream, and the end of the stream settles every line that waits.
    call.writeText(`${text}\n`).catch(() => {});
  }

  function receive(line) {
    const { text, entry, at, busy } = waiting.shift();
    const ms = performance.now() - at;
    if (entry) settle(entry, line === text ? 'echoed' : 'wrong', format.milliseconds(ms), busy);
    roundTrips.all += 1;
    if (busy) roundTrips.busy += 1;
    recent.push(ms);
    if (recent.length > RECENT) recent.shift();
    chart.add({ ms, busy, typed: Boolean(entry) });
    schedule(paint);
  }

  function paint() {
    root.dataset.roundTrips = roundTrips.all;
    root.dataset.roundTripsBusy = roundTrips.busy;
    const sorted = recent.toSorted((a, b) => a - b);
    const at = (share) => (sorted.length ? format.milliseconds(sorted[Math.floor(share * (sorted.length - 1))]) : '–');
    setText(document.getElementById('console-last'), recent.length ? format.milliseconds(recent.at(-1)) : '–');
    setText(document.getElementById('console-median'), at(0.5));
    setText(document.getElementById('console-p95'), at(0.95));
    setText(document.getElementById('console-count'), format.count(roundTrips.all));
  }
}

function addLine(log, text) {
  const entry = document.createElement('li');
  entry.dataset.state = 'sent';
  entry.append(
    Object.assign(document.createElement('span'), { className: 'said', textContent: text }),
    Object.assign(document.createElement('span'), { className: 'outcome', textContent: '…' }),
  );
  log.append(entry);
  if (log.children.length > LOG_LINES) log.firstElementChild.remove();
  log.scrollTop = log.scrollHeight;
  return entry;
}

function settle(entry, state, outcome, busy = false) {
  if (!entry) return;
  entry.dataset.state = state;
  entry.dataset.busy = busy;
  entry.lastElementChild.textContent = state === 'wrong' ? `came back different, ${outcome}` : outcome;
}
