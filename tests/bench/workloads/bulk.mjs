// One stream at full speed, in one direction.

import { download, upload, warm } from './connect.mjs';

/** Bytes a second of `size` bytes, from the request to the last byte. */
export async function downloadRate(contender, url, { size }) {
  const session = await warm(contender, url);
  return size / (await download(session, size));
}

/** Bytes a second of `size` bytes, from the first to the server's report of the last. */
export async function uploadRate(contender, url, { size }) {
  const session = await warm(contender, url);
  return size / (await upload(session, size));
}
