// A program as one writes it for WebTransport, and what it finds out.

import { echo, EXPECTED } from '../program.js';

/** Uses a session at `url`, whose server is the demo's with its test services. */
export async function useSession(WebTransport, url) {
  const session = new WebTransport(url);
  await session.ready;
  const answers = await Promise.all([1, 2, 3].map(async () => echo(await session.createBidirectionalStream())));
  const dialled = await answerDialled(session, 3);
  session.close({ closeCode: 7, reason: 'done' });
  const { closeCode, reason } = await session.closed;
  const { done } = await session.incomingBidirectionalStreams.getReader().read();
  return JSON.stringify({ answers, dialled, closeCode, reason, done });
}

const [ANSWER] = EXPECTED.split(', ');
export const FOUND = JSON.stringify({
  answers: [ANSWER, ANSWER, ANSWER],
  dialled: 'OK 3\n',
  closeCode: 7,
  reason: 'done',
  done: true,
});

/** Has the server open streams, and echoes them. */
async function answerDialled(session, count) {
  const { readable, writable } = await session.createBidirectionalStream();
  const writer = writable.getWriter();
  await writer.write(new TextEncoder().encode(`DIAL ${count} 1000\n`));
  const incoming = session.incomingBidirectionalStreams.getReader();
  for (let i = 0; i < count; i += 1) {
    const { value } = await incoming.read();
    await value.readable.pipeTo(value.writable);
  }
  incoming.releaseLock();
  const text = await new Response(readable).text();
  await writer.close().catch(() => {});
  return text;
}
