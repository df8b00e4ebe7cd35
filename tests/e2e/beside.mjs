// The pages in `pages/`, and the package, served beside the demo server, in a browser.

import { fileURLToPath } from 'node:url';
import { Site } from '../packaging/lib/site.mjs';
import { DemoServer } from './server.mjs';

const path = (name) => fileURLToPath(new URL(name, import.meta.url));
const folders = [
  { path: '/strandmux/', directory: path('../../wasm/pkg') },
  { path: '/', directory: path('pages') },
];

/** The browser's driver, the address of the pages, and what ends it all. */
export async function besideDemo(browser) {
  const demo = new DemoServer();
  await demo.start();
  const site = new Site(folders, demo.port);
  await site.start();
  const driver = await browser.start();
  const stop = async () => {
    await driver.quit();
    await site.stop();
    await demo.kill();
  };
  return { driver, url: site.url, stop };
}
