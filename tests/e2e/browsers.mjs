// The browsers that the page is driven in, headless, with the settings the package's own tests use.

import { readFileSync } from 'node:fs';
import { Builder, Browser, logging } from 'selenium-webdriver';
import chrome from 'selenium-webdriver/chrome.js';
import firefox from 'selenium-webdriver/firefox.js';

const settings = JSON.parse(readFileSync(new URL('../../wasm/webdriver.json', import.meta.url), 'utf8'));

export const browsers = {
  chromium: {
    start() {
      const options = new chrome.Options();
      options.setChromeBinaryPath('/usr/bin/chromium');
      options.addArguments('--headless=new', ...settings['goog:chromeOptions'].args);
      const logs = new logging.Preferences();
      logs.setLevel(logging.Type.BROWSER, logging.Level.SEVERE);
      options.setLoggingPrefs(logs);
      return new Builder()
        .forBrowser(Browser.CHROME)
        .setChromeOptions(options)
        .setChromeService(new chrome.ServiceBuilder('/usr/bin/chromedriver'))
        .build();
    },

    setScheme(driver, scheme) {
      const features = [{ name: 'prefers-color-scheme', value: scheme }];
      return driver.sendDevToolsCommand('Emulation.setEmulatedMedia', { features });
    },

    /** What the browser itself reported, but for connections that failed while there was no server. */
    async complaints(driver) {
      const entries = await driver.manage().logs().get(logging.Type.BROWSER);
      return entries.map(({ message }) => message).filter((message) => !message.includes('WebSocket connection to'));
    },
  },

  firefox: {
    start() {
      const options = new firefox.Options();
      options.setBinary('/usr/bin/firefox-esr');
      options.addArguments('-headless');
      for (const [name, value] of Object.entries(settings['moz:firefoxOptions'].prefs)) options.setPreference(name, value);
      // System access is what lets a test change a preference while the browser runs.
      return new Builder()
        .forBrowser(Browser.FIREFOX)
        .setFirefoxOptions(options)
        .setFirefoxService(new firefox.ServiceBuilder('geckodriver').addArguments('--allow-system-access'))
        .build();
    },

    async setScheme(driver, scheme) {
      await driver.setContext(firefox.Context.CHROME);
      try {
        const set = 'Services.prefs.setIntPref("layout.css.prefers-color-scheme.content-override", arguments[0])';
        await driver.executeScript(set, scheme === 'dark' ? 0 : 1);
      } finally {
        await driver.setContext(firefox.Context.CONTENT);
      }
    },

    complaints: async () => [],
  },
};
