// What every project runs with the package that it has installed.

const TEXT = 'through the package';

/** Connects to the server, has it echo something, and closes. */
export async function roundTrip(Multiplexer, url) {
  const mux = await Multiplexer.connect(url);
  if (!(mux instanceof Multiplexer)) throw new Error('not an instance of the class');
  const answer = await echo(await mux.openStream());
  await mux.close({ code: 1000, reason: 'done' });
  const { code } = await mux.closed;
  return `${answer}, ${code}`;
}

/** What the service ECHO answers on the stream. */
export async function echo({ readable, writable }) {
  const writer = writable.getWriter();
  await writer.write(new TextEncoder().encode(`ECHO\n${TEXT}`));
  await writer.close();
  return new Response(readable).text();
}

/** What comes out if all is well. */
export const EXPECTED = `${TEXT}, 1000`;

/** The URL of the server that the page came from. */
export function sameOrigin() {
  return new URL('/mux', location.href).href.replace(/^http/, 'ws');
}

/** Shows the test what became of the page. */
export async function show(result) {
  document.body.dataset.result = await result.catch((error) => {
    const cause = error.cause ? ` (${error.cause.name}: ${error.cause.message})` : '';
    return `${error.name} ${error.code}: ${error.message}${cause}`;
  });
}
