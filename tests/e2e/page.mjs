// The demo page as a test sees it, by the names that the head of its index.html lists.

import { By, Key } from 'selenium-webdriver';

// Nothing that works comes near this, however slow the machine; it only keeps a hang from lasting.
const PATIENCE_MS = 90_000;
const POLL_MS = 50;

export class Page {
  constructor(driver) {
    this.driver = driver;
  }

  open(url) {
    return this.driver.get(url);
  }

  find(id) {
    return this.driver.findElement(By.id(id));
  }

  /** The data-attributes of an element. */
  data(id) {
    return this.driver.executeScript('return { ...document.getElementById(arguments[0]).dataset }', id);
  }

  text(id) {
    return this.driver.executeScript('return document.getElementById(arguments[0]).textContent', id);
  }

  /** The rows of the upload list, or the lines of the console's log: their data and their text. */
  items(id) {
    return this.driver.executeScript(
      'return Array.from(document.getElementById(arguments[0]).children, (e) => ({ ...e.dataset, text: e.textContent }))',
      id,
    );
  }

  uploads() {
    return this.items('upload-list');
  }

  errors() {
    return this.driver.executeScript('return window.pageErrors');
  }

  /** Resolves with the first truthy value of `question`; `what` says what never came. */
  async until(what, question) {
    let seen;
    await this.driver.wait(async () => (seen = await question()), PATIENCE_MS, `waited in vain for ${what}`, POLL_MS);
    return seen;
  }

  async untilData(id, name, value) {
    return this.until(`#${id} to have data-${name}="${value}"`, async () => (await this.data(id))[name] === value);
  }

  async choose(files) {
    await this.find('file-input').sendKeys(files.map(({ path }) => path).join('\n'));
  }

  /** Drops a file of this text anywhere on the page. */
  drop(name, text) {
    return this.driver.executeScript(
      `const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([arguments[1]], arguments[0]));
      document.body.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }))`,
      name,
      text,
    );
  }

  /** Has the page compute wrong hashes, or right ones again. */
  async breakHashes(broken) {
    const state = String(broken);
    // A script of the page's own, because a driver's scripts may run in a world with modules of its own.
    await this.driver.executeScript(
      `const script = document.createElement('script');
      script.type = 'module';
      script.textContent = \`
        import { Hasher } from '/hasher.js';
        Hasher.prototype.rightDigest ??= Hasher.prototype.digest;
        Hasher.prototype.digest = \${arguments[0]} ? async () => '0'.repeat(64) : Hasher.prototype.rightDigest;
        document.body.dataset.brokenHashes = \${arguments[0]};
      \`;
      document.head.append(script)`,
      state,
    );
    const read = 'return document.body.dataset.brokenHashes';
    await this.until('the hashes to change', async () => (await this.driver.executeScript(read)) === state);
  }

  async type(text) {
    await this.find('console-input').sendKeys(text, Key.ENTER);
  }

  click(id) {
    return this.driver.executeScript('document.getElementById(arguments[0]).click()', id);
  }

  /** Presses the button of the upload number `index`. */
  actOnUpload(index) {
    return this.driver.executeScript(
      'document.getElementById("upload-list").children[arguments[0]].querySelector("[data-part=action]").click()',
      index,
    );
  }
}
