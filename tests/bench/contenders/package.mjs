// The package under test, from wasm/pkg: the page is served it, Node reads it.

const isNode = typeof process !== 'undefined';
const entry = isNode ? new URL('../../../wasm/pkg/node.js', import.meta.url) : new URL('/pkg/index.js', location);

// No count of a page's memory includes WebAssembly's, so a page keeps hold of it.
if (!isNode) {
  for (const name of ['instantiate', 'instantiateStreaming']) {
    const original = WebAssembly[name];
    WebAssembly[name] = async (...given) => {
      const made = await original.apply(WebAssembly, given);
      const { memory } = (made.instance ?? made).exports;
      globalThis.wasmBytes = () => memory.buffer.byteLength;
      return made;
    };
  }
}

export const { Multiplexer } = await import(entry);
