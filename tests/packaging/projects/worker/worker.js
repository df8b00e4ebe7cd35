import { Multiplexer } from '/strandmux/index.js';

let mux;

onmessage = async ({ data }) => {
  if (data !== 'close') {
    mux = await Multiplexer.connect(data);
    const { readable, writable } = await mux.openStream();
    postMessage({ readable, writable }, [readable, writable]);
    return;
  }
  await mux.close();
  postMessage((await mux.closed).code);
};
