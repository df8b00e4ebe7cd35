// The server's own statistics, one JSON line a second from the service FEED.

import * as format from './format.js';
import { setText } from './frame.js';

export function setUpFeed(connection) {
  const root = document.getElementById('feed');
  const list = document.getElementById('feed-list');
  const cells = new Map();
  let lines = 0;

  connection.addEventListener('state', () => {
    if (connection.state.name === 'open') follow();
    else root.dataset.state = 'stale';
  });

  async function follow() {
    let call;
    try {
      call = await connection.call('FEED');
      for await (const line of call.lines()) show(line);
    } catch {
      // The connection's end ends the feed with it, and the connection says so itself.
    } finally {
      call?.close();
    }
  }

  function show(line) {
    lines += 1;
    root.dataset.state = 'live';
    root.dataset.lines = lines;
    for (const [name, value] of flatten(JSON.parse(line))) {
      let cell = cells.get(name);
      if (!cell) cells.set(name, (cell = addCell(list, name)));
      setText(cell, present(name, value));
    }
  }
}

function addCell(list, name) {
  const pair = document.createElement('div');
  const cell = document.createElement('dd');
  cell.dataset.name = name;
  pair.append(Object.assign(document.createElement('dt'), { textContent: label(name) }), cell);
  list.append(pair);
  return cell;
}

/** Whatever the server reports is shown, so that a new number there needs no change here. */
function* flatten(value, path = []) {
  if (value === null || typeof value !== 'object') yield [path.join('_'), value];
  else for (const [key, inner] of Object.entries(value)) yield* flatten(inner, [...path, key]);
}

function label(name) {
  const words = name.replaceAll('_', ' ').replace(/ ms$/, '');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function present(name, value) {
  if (typeof value !== 'number') return String(value);
  if (name === 'uptime_ms') return format.duration(value / 1000);
  if (name.startsWith('bytes_')) return format.bytes(value);
  return format.count(value);
}
