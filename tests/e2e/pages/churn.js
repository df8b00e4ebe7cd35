// Connections and streams that come and go, and end in every way. `churn(seconds)` gives how many cycles there were.

/** The memory of the WebAssembly, once it is there. */
let memory;
for (const name of ['instantiate', 'instantiateStreaming']) {
  const original = WebAssembly[name];
  WebAssembly[name] = async (...parameters) => {
    const result = await original.apply(WebAssembly, parameters);
    memory = (result.instance ?? result).exports.memory;
    return result;
  };
}
const { Multiplexer } = await import('/strandmux/index.js');
const { endings, giveUp } = await import('/endings.mjs');

const BULK = 100_000;
const url = `ws://${location.host}/mux`;
const encoder = new TextEncoder();

async function call(mux, line) {
  const stream = await mux.openStream();
  const writer = stream.writable.getWriter();
  await writer.write(encoder.encode(`${line}\n`));
  writer.releaseLock();
  return stream;
}

async function echo(mux, end) {
  const stream = await call(mux, 'ECHO');
  const writer = stream.writable.getWriter();
  await writer.write(new Uint8Array(1_000));
  writer.releaseLock();
  const reader = stream.readable.getReader();
  for (let got = 0; got < 1_000; ) got += (await reader.read()).value.length;
  reader.releaseLock();
  await end(stream);
}

async function download(mux) {
  const stream = await call(mux, `SOURCE ${BULK}`);
  let got = 0;
  for await (const bytes of stream.readable) got += bytes.length;
  if (got !== BULK) throw new Error(`${got} bytes of ${BULK}`);
  await stream.close();
}

/** Without the stream objects. */
async function upload(mux) {
  const stream = await mux.openStream();
  await stream.write(encoder.encode('SINK\n'));
  await stream.write(new Uint8Array(BULK));
  await stream.closeWrite();
  const receipt = new TextDecoder().decode(await stream.read(1_000));
  if (!receipt.startsWith(`${BULK} `)) throw new Error(receipt);
  await stream.close();
}

async function cycle(lasting, number) {
  const mux = await Multiplexer.connect(url);
  const signal = new AbortController();
  for (const wait of [mux.acceptStream({ signal: signal.signal }), mux.closed]) wait.catch(() => {});
  for (const end of endings) await Promise.all([mux, lasting].map((one) => echo(one, end)));
  await Promise.all([download(mux), upload(lasting)]);
  await Promise.all([mux, lasting].map((one) => giveUp(one, encoder.encode('ECHO\n'))));
  signal.abort();
  // Every third becomes garbage. Who waits for a stream would keep it.
  if (number % 3 === 0) return;
  mux.acceptStream().catch(() => {});
  await mux.close();
}

const lasting = await Multiplexer.connect(url);
let cycles = 0;

globalThis.churn = async (seconds) => {
  const end = performance.now() + seconds * 1_000;
  while (performance.now() < end) await cycle(lasting, (cycles += 1));
  return cycles;
};
globalThis.wasmMemory = () => memory.buffer.byteLength;
globalThis.ready = true;
