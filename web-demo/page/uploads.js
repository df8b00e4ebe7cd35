// The list of uploads: files come in by choice or by drop, each becomes a row and a stream.

import * as format from './format.js';
import { parts, schedule, setText } from './frame.js';
import { Upload } from './upload.js';

// More than this wait for their turn: each running one holds a piece of its file in memory.
const AT_ONCE = 32;
const HASH_SHOWN = 16;
const WORDS = {
  waiting: 'Waiting',
  sending: 'Sending',
  checking: 'Checking',
  verified: 'Verified',
  mismatch: 'Mismatch',
  failed: 'Failed',
};

export function setUpUploads(connection, announce) {
  const list = document.getElementById('upload-list');
  const template = document.getElementById('upload-row');
  const uploads = new Map();
  let running = 0;

  takeFiles((files) => {
    for (const file of files) add(file);
    startWaiting();
  });
  connection.addEventListener('state', startWaiting);
  document.getElementById('uploads-clear').addEventListener('click', () => {
    for (const [upload, row] of uploads) {
      if (!upload.isOver) continue;
      row.remove();
      uploads.delete(upload);
    }
    schedule(summarise);
  });

  function add(file) {
    const row = template.content.firstElementChild.cloneNode(true);
    const part = parts(row);
    const paint = () => paintRow(row, part, upload);
    const upload = new Upload(file, connection, () => {
      schedule(paint);
      schedule(summarise);
    });
    uploads.set(upload, row);
    row.dataset.name = file.name;
    part.name.textContent = file.name;
    part.name.title = file.name;
    part.progress.setAttribute('aria-label', `Upload of ${file.name}`);
    part.progress.max = Math.max(1, file.size);
    part.action.addEventListener('click', () => act(upload));
    list.append(row);
    upload.onChange();
  }

  function act(upload) {
    if (upload.state === 'waiting') return remove(upload);
    if (!upload.isOver) return upload.cancel();
    if (upload.state === 'verified') return remove(upload);
    upload.reset();
    startWaiting();
  }

  function remove(upload) {
    uploads.get(upload).remove();
    uploads.delete(upload);
    schedule(summarise);
  }

  async function startWaiting() {
    for (const upload of uploads.keys()) {
      if (connection.state.name !== 'open' || running >= AT_ONCE) return;
      if (upload.state === 'waiting') start(upload);
    }
  }

  async function start(upload) {
    running += 1;
    await upload.run();
    running -= 1;
    startWaiting();
    if (running === 0) announce(`Uploads finished. ${tally()}`);
  }

  function tally() {
    const numbers = {};
    for (const { state } of uploads.keys()) numbers[state] = (numbers[state] ?? 0) + 1;
    const words = Object.keys(WORDS).filter((state) => numbers[state]).map((state) => `${numbers[state]} ${state}`);
    return words.join(', ');
  }

  function summarise() {
    let size = 0;
    let rate = 0;
    for (const upload of uploads.keys()) {
      size += upload.file.size;
      if (upload.state === 'sending') rate += upload.rate.value ?? 0;
    }
    const summary = document.getElementById('uploads-summary');
    const files = `${uploads.size} ${uploads.size === 1 ? 'file' : 'files'}, ${format.bytes(size)}`;
    const speed = rate > 0 ? `  ·  ${format.rate(rate)}` : '';
    setText(summary, uploads.size === 0 ? 'Each file travels on a stream of its own.' : `${files}  ·  ${tally()}${speed}`);
    document.getElementById('uploads-clear').hidden = ![...uploads.keys()].some((upload) => upload.isOver);
  }
}

/** Calls `take` with the files chosen, or dropped anywhere on the page. */
function takeFiles(take) {
  const input = document.getElementById('file-input');
  const zone = document.getElementById('drop-zone');
  zone.addEventListener('click', () => input.click());
  input.addEventListener('change', () => {
    take([...input.files]);
    // So that choosing the same file once more is a change again.
    input.value = '';
  });

  const carriesFiles = (event) => event.dataTransfer?.types.includes('Files');
  addEventListener('dragover', (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = 'copy';
    zone.dataset.over = '';
  });
  // Without a related target the pointer has left the window, not just an element in it.
  addEventListener('dragleave', (event) => event.relatedTarget ?? delete zone.dataset.over);
  addEventListener('drop', (event) => {
    delete zone.dataset.over;
    if (!carriesFiles(event)) return;
    event.preventDefault();
    take([...event.dataTransfer.files]);
  });
}

function paintRow(row, part, upload) {
  const { state, file, sent, rate, hash, answer, code, message } = upload;
  row.dataset.state = state;
  row.dataset.sent = sent;
  row.dataset.hash = hash ?? '';
  row.dataset.code = code ?? '';
  part.progress.value = upload.isOver && file.size === 0 ? 1 : sent;
  setText(part.state, WORDS[state]);
  setText(part.size, state === 'sending' ? `${format.bytes(sent)} of ${format.bytes(file.size)}` : format.bytes(file.size));
  setText(part.rate, state === 'failed' ? '' : format.rate(rate?.value));
  setText(part.detail, detail(upload));
  part.detail.title = [hash && `here: ${hash}`, answer && `server: ${answer}`, message].filter(Boolean).join('\n');
  const action = { verified: 'Remove', mismatch: 'Retry', failed: 'Retry', waiting: 'Remove' }[state] ?? 'Cancel';
  setText(part.action, action);
  part.action.setAttribute('aria-label', `${action}: ${file.name}`);
}

function detail({ state, hash, answer, code }) {
  if (state === 'failed') return code;
  if (state === 'mismatch') return `here ${hash.slice(0, HASH_SHOWN)}…, server ${answer || 'said nothing'}`;
  return hash ? `${hash.slice(0, HASH_SHOWN)}…` : '';
}
