// Many streams on which nothing happens.

const AT_ONCE = 100;

/** Opens `count` streams and keeps them; the page's memory is measured from outside. */
export async function idle(contender, url, { count }) {
  const session = globalThis.idleSession ?? (await contender.connect(url));
  const open = session.openUntouched ?? session.open;
  const streams = globalThis.idleStreams ?? [];
  let left = count;
  const work = async () => {
    while (left > 0) {
      left -= 1;
      streams.push(await open());
    }
  };
  await Promise.all(Array.from({ length: contender.openAtOnce ?? AT_ONCE }, work));
  globalThis.idleSession = session;
  globalThis.idleStreams = streams;
  return streams.length;
}
