// A script for the page of each contender, with all that it needs in one file.

import { build } from 'esbuild';
import { contenders } from './contenders/index.mjs';
import { root } from './processes.mjs';

export async function bundle() {
  for (const [name, { file, settings }] of Object.entries(contenders)) {
    const contents = `import { offer } from './page.mjs';
      import * as contender from './contenders/${file}';
      offer(contender, ${JSON.stringify(settings ?? {})});`;
    await build({
      stdin: { contents, resolveDir: new URL('.', import.meta.url).pathname },
      outfile: `${root}target/bench/bundle/${name}.js`,
      bundle: true,
      format: 'esm',
      platform: 'browser',
      target: 'chrome120',
      minify: true,
      logLevel: 'error',
      external: ['node:*'],
    });
  }
}
