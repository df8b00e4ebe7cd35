// Puts the page together; what each panel does is in the module of its name.

import './errors.js';
import { init } from '/pkg/index.js';
import { Connection } from './connection.js';
import { setUpConsole } from './console.js';
import { setUpDownload } from './download.js';
import { setUpFeed } from './feed.js';
import { showStatus } from './status.js';
import { showStrands } from './strands.js';
import { setUpUploads } from './uploads.js';

const url = new URL('/mux', location.href);
url.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
const connection = new Connection(url.href);

showStatus(connection, announce);
showStrands(connection);
setUpUploads(connection, announce);
setUpConsole(connection);
setUpDownload(connection, announce);
setUpFeed(connection);

try {
  await init();
  connection.start();
} catch (error) {
  connection.fail(error);
}

/** Says `text` to screen readers. */
function announce(text) {
  document.getElementById('announcer').textContent = text;
}
