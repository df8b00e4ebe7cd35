// A page that is left with a connection open, and may be kept by the browser.

import { Multiplexer } from '/strandmux/index.js';

const url = `ws://${location.host}/mux`;
let persisted = false;
let state = 'new';
let mux;
let stream;
let reading;
/** What the connection's end was for those who wait. */
let ended;

addEventListener('pageshow', (event) => {
  persisted = event.persisted;
});

/** A stream that echoes `text`. */
async function echo(over, text) {
  const call = await over.openStream();
  await call.write(new TextEncoder().encode(`ECHO\n${text}`));
  assertEcho(await call.read(1_000), text);
  return call;
}

function assertEcho(bytes, text) {
  const got = new TextDecoder().decode(bytes);
  if (got !== text) throw new Error(`${text} came back as ${got}`);
}

globalThis.start = async () => {
  mux = await Multiplexer.connect(url);
  stream = await echo(mux, 'before');
  reading = stream.read(1_000).catch((error) => error);
  ended = mux.closed.then(
    ({ code }) => `closed with ${code}`,
    (error) => error.code,
  );
  return (state = 'left');
};

globalThis.state = () => ({ state, persisted });

/** That the old connection works, or what its end was. Everything that waited must tell the same. */
globalThis.outcome = async () => {
  const works = stream.write(new TextEncoder().encode('after')).then(async () => {
    assertEcho(await reading, 'after');
    return 'works';
  });
  const outcome = await Promise.any([works, ended]);
  if (outcome !== 'works') {
    const error = await reading;
    if (error?.code !== 'multiplexer_closed') throw new Error(`the read ended with ${error}`);
    const refused = await mux.openStream().catch((error) => error.code);
    if (refused !== 'multiplexer_closed') throw new Error(`the open ended with ${refused}`);
  }
  return outcome;
};

globalThis.connectAgain = async () => {
  const another = await Multiplexer.connect(url);
  await echo(another, 'hello');
  await another.close();
  return 'again';
};
globalThis.ready = true;
