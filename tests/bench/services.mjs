// What the server does on a stream; the first line names it. The same for every contender.
//
//   ECHO              sends back what it reads
//   SOURCE n          sends n bytes of the pattern, or without end for `Infinity`
//   SINK n step mode  reads n bytes of the pattern and reports the count, as 8 bytes, after every `step` and at
//                     the end; `full` compares all bytes, `ends` the first and last of each chunk

import { Checker, piece } from './pattern.mjs';

/** Serves one stream to its end; a failure of the stream ends it. */
export async function serve(stream) {
  let service;
  let line = '';
  await stream.consume((chunk) => {
    if (service) return service(chunk);
    const end = chunk.indexOf(10);
    line += latin1(end < 0 ? chunk : chunk.subarray(0, end));
    if (end < 0) return undefined;
    service = start(stream, line.split(' '));
    const rest = chunk.subarray(end + 1);
    return rest.length > 0 ? service(rest) : undefined;
  });
  await stream.end();
}

function start(stream, [name, size, step, mode]) {
  switch (name) {
    case 'ECHO':
      return (chunk) => stream.write(chunk);
    case 'SOURCE':
      // Its failure is the stream's, which ends `consume` too.
      source(stream, Number(size)).catch(() => {});
      return () => {};
    case 'SINK':
      return sink(stream, Number(size), Number(step), mode === 'full');
    default:
      throw new Error(`no service is called ${name}`);
  }
}

async function source(stream, size) {
  for (let sent = 0; sent < size;) {
    const bytes = piece(sent, size - sent);
    await stream.write(bytes);
    sent += bytes.length;
  }
  await stream.end();
}

function sink(stream, size, step, isFull) {
  const checker = new Checker(isFull);
  let next = Math.min(step, size);
  return (chunk) => {
    checker.add(chunk);
    if (checker.count < next) return undefined;
    next = Math.min(checker.count + step, Math.max(size, checker.count + 1));
    return stream.write(new Uint8Array(new Float64Array([checker.count]).buffer));
  };
}

function latin1(bytes) {
  return String.fromCharCode(...bytes);
}
