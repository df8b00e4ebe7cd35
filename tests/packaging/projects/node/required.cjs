// node required.cjs URL: from a CommonJS module.
const { Multiplexer } = require('strandmux');

import('../program.js').then(async ({ roundTrip }) => {
  console.log(await roundTrip(Multiplexer, process.argv[2]));
});
