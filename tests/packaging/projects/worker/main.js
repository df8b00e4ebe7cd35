// The page uses a stream of a multiplexer that lives in a worker.

import { echo, sameOrigin, show } from '/program.js';

const worker = new Worker('./worker.js', { type: 'module' });

function answer() {
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = (event) => reject(new Error(event.message));
  });
}

async function all() {
  worker.postMessage(sameOrigin());
  const stream = await answer();
  const text = await echo(stream);
  worker.postMessage('close');
  return `${text}, ${await answer()}`;
}

show(all());
