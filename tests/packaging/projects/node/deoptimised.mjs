// node deoptimised.mjs: has V8 deoptimise JavaScript while the WebAssembly that it has called runs.
import { setFlagsFromString } from 'node:v8';
import { Multiplexer } from 'strandmux';

setFlagsFromString('--allow-natives-syntax');
const native = (name) => new Function('target', `%${name}(target)`);
const prepare = native('PrepareFunctionForOptimization');
const optimise = native('OptimizeFunctionOnNextCall');
const deoptimise = native('DeoptimizeFunction');

/** One that is open for good. */
class Socket extends EventTarget {
  readyState = 1;
  bufferedAmount = 0;
  binaryType = 'arraybuffer';
  protocol = '';
  send() {}
  close() {}
}

const mux = new Multiplexer(new Socket(), { role: 'client' });
const ignore = () => {};
let onRead = ignore;
const options = {
  get code() {
    onRead();
    return 'not a code';
  },
};
const close = () => mux.close(options);

prepare(mux.close);
prepare(close);
for (let call = 0; call < 2; call += 1) close().catch(ignore);
optimise(close);
close().catch(ignore);
onRead = () => deoptimise(close);
await close().catch(({ code }) => console.log(code));
// The multiplexer still waits for its peer.
process.exit();
