// What a visitor of the demo page goes through, and what must be true at each step.

import assert from 'node:assert/strict';
import { Key } from 'selenium-webdriver';
import { makeFile, SIZES } from './files.mjs';

const MIB = 1024 * 1024;
// The console's and the feed's stream are open whenever the connection is.
const STANDING_STREAMS = '2';
// The four uploads that are running when the server dies.
const VICTIMS = 4;

export function journey({ page, server, browser, directory, screenshot }) {
  let files;

  return [
    ['the page connects', async () => {
      await page.open(server.url);
      await page.untilData('connection', 'state', 'open');
      await page.until('the console and the feed', async () => (await page.text('streams-open')) === STANDING_STREAMS);
    }],

    ['every control can be reached and seen from the keyboard', async () => {
      const reached = [];
      // From the last control on, the focus leaves the page for the browser's own.
      for (let id = ''; id !== 'download-start' && reached.length < 20; reached.push(id)) {
        await page.driver.switchTo().activeElement().sendKeys(Key.TAB);
        const [outline, focused] = await page.driver.executeScript(
          'const e = document.activeElement; return [getComputedStyle(e).outlineStyle, e.id]',
        );
        id = focused;
        assert.notEqual(outline, 'none', `#${id} shows no focus`);
      }
      const controls = ['connection-action', 'drop-zone', 'console-ping', 'console-input', 'download-size', 'download-start'];
      assert.deepEqual(controls.filter((id) => !reached.includes(id)), []);
    }],

    ['a typed line comes back', async () => {
      await page.type('hello');
      await page.until('the echo', async () => (await page.items('console-log')).at(-1)?.state === 'echoed');
    }],

    ['the server\'s statistics arrive every second', async () => {
      await page.until('three lines', async () => Number((await page.data('feed')).lines) >= 3);
      assert.equal((await page.data('feed')).state, 'live');
    }],

    ['the idle page looks right in light and dark', async () => {
      for (const scheme of ['dark', 'light']) {
        await browser.setScheme(page.driver, scheme);
        const dark = 'return matchMedia("(prefers-color-scheme: dark)").matches';
        assert.equal(await page.driver.executeScript(dark), scheme === 'dark');
        await screenshot(`idle-${scheme}`);
      }
    }],

    [`${SIZES.length} files arrive whole while the console answers`, async () => {
      files = await Promise.all(SIZES.map((size) => makeFile(directory, size)));
      const before = await page.data('console');
      await page.choose(files);
      await page.until('a large upload under way', async () => {
        const rows = await page.uploads();
        return rows.length === files.length && Number(rows.at(-1).sent) > 0;
      });
      await page.type('typed beside twenty uploads');
      await browser.setScheme(page.driver, 'dark');
      await screenshot('uploading-dark');
      await browser.setScheme(page.driver, 'light');
      await screenshot('uploading-light');
      const rows = await page.until('the end of every upload', async () => {
        const rows = await page.uploads();
        return rows.every(({ state }) => ['verified', 'mismatch', 'failed'].includes(state)) && rows;
      });
      for (const [i, { name, size, hash }] of files.entries()) {
        assert.deepEqual(
          { name: rows[i].name, state: rows[i].state, code: rows[i].code, sent: Number(rows[i].sent), hash: rows[i].hash },
          { name, state: 'verified', code: '', sent: size, hash },
        );
      }
      const typed = (await page.items('console-log')).at(-1);
      assert.equal(typed.state, 'echoed');
      assert.equal(typed.busy, 'true', 'the line was typed while uploads ran');
      const beside = Number((await page.data('console')).roundTripsBusy) - Number(before.roundTripsBusy);
      assert.ok(beside >= 3, `${beside} round trips beside the uploads`);
      await page.until('the uploads\' streams to end', async () => (await page.text('streams-open')) === STANDING_STREAMS);
      await screenshot('uploaded');
    }],

    ['64 MiB are downloaded and verified', async () => {
      await page.click('download-start');
      await page.until('the end of the download', async () => {
        const { state } = await page.data('download');
        return state && state !== 'receiving';
      });
      const { state, received } = await page.data('download');
      assert.deepEqual({ state, received }, { state: 'verified', received: String(64 * MIB) });
    }],

    ['a dropped file arrives', async () => {
      await page.click('uploads-clear');
      await page.drop('dropped.txt', 'dropped');
      await page.until('the upload to be verified', async () => (await page.uploads())[0]?.state === 'verified');
      assert.equal((await page.uploads())[0].name, 'dropped.txt');
    }],

    ['a hash that differs is marked, and the upload can be retried', async () => {
      await page.click('uploads-clear');
      await page.breakHashes(true);
      await page.drop('mistaken.txt', 'mistaken');
      await page.until('the mismatch', async () => (await page.uploads())[0]?.state === 'mismatch');
      await screenshot('mismatch-light');
      await page.breakHashes(false);
      await page.actOnUpload(0);
      await page.until('the upload to be verified', async () => (await page.uploads())[0].state === 'verified');
    }],

    ['an upload can be cancelled', async () => {
      await page.click('uploads-clear');
      await page.choose([files.at(-1)]);
      await page.until('the upload to run', async () => Number((await page.uploads())[0]?.sent) > 0);
      await page.actOnUpload(0);
      await page.until('its end', async () => (await page.uploads())[0].state === 'failed');
      assert.equal((await page.uploads())[0].code, 'cancelled');
      await page.click('uploads-clear');
    }],

    ['every transfer fails with its code when the server is killed', async () => {
      await page.driver.executeScript('document.getElementById("download-size").value = 4096');
      await page.click('download-start');
      for (let i = 0; i < VICTIMS; i += 1) await page.choose([files.at(-1)]);
      await page.until('all transfers under way', async () => {
        const rows = await page.uploads();
        const { received } = await page.data('download');
        return rows.length === VICTIMS && rows.every(({ sent }) => Number(sent) > 0) && Number(received) > 0;
      });
      await server.kill();
      const rows = await page.until('every upload to end', async () => {
        const rows = await page.uploads();
        return rows.every(({ state }) => !['waiting', 'sending', 'checking'].includes(state)) && rows;
      });
      for (const { state, code, text } of rows) {
        assert.deepEqual({ state, code }, { state: 'failed', code: 'multiplexer_closed' });
        assert.ok(text.includes('multiplexer_closed'), 'the code can be read');
      }
      await page.untilData('download', 'state', 'failed');
      assert.equal((await page.data('download')).code, 'multiplexer_closed');
    }],

    ['the page says that the connection is lost, and why', async () => {
      await page.until('the wait for the next attempt', async () => (await page.data('connection')).state === 'waiting');
      assert.match((await page.data('connection')).code, /^[a-z_]+$/);
      await page.until('no stream to be open', async () => (await page.text('streams-open')) === '0');
      await page.type('is anyone there');
      await page.until('the line to be lost', async () => (await page.items('console-log')).at(-1).state === 'lost');
      await screenshot('disconnected-light');
      await browser.setScheme(page.driver, 'dark');
      await screenshot('disconnected-dark');
    }],

    ['the page connects again once the server is back', async () => {
      await server.start();
      await page.untilData('connection', 'state', 'open');
      await page.until('the console and the feed', async () => (await page.text('streams-open')) === STANDING_STREAMS);
      await page.type('hello again');
      await page.until('the echo', async () => (await page.items('console-log')).at(-1).state === 'echoed');
    }],

    ['a failed upload can be retried, and a new one made', async () => {
      await page.actOnUpload(0);
      await page.choose([files[15]]);
      const rows = await page.until('both to end', async () => {
        const rows = await page.uploads();
        return [rows[0], rows.at(-1)].every(({ state }) => ['verified', 'mismatch', 'failed'].includes(state)) && rows;
      });
      assert.deepEqual([rows[0].state, rows[0].hash], ['verified', files.at(-1).hash]);
      assert.deepEqual([rows.at(-1).state, rows.at(-1).hash], ['verified', files[15].hash]);
      await screenshot('reconnected-dark');
    }],

    ['the visitor can disconnect and connect', async () => {
      await page.click('connection-action');
      await page.untilData('connection', 'state', 'closed');
      await page.until('no stream to be open', async () => (await page.text('streams-open')) === '0');
      await page.click('connection-action');
      await page.untilData('connection', 'state', 'open');
    }],

    ['a narrow window holds everything', async () => {
      await page.driver.manage().window().setRect({ width: 500, height: 1600 });
      const overflow = 'return document.documentElement.scrollWidth - document.documentElement.clientWidth';
      assert.equal(await page.driver.executeScript(overflow), 0, 'nothing may stick out');
      await screenshot('narrow-dark');
    }],

    ['nothing went wrong unseen', async () => {
      assert.deepEqual(await page.errors(), []);
      assert.deepEqual(await browser.complaints(page.driver), []);
    }],
  ];
}
