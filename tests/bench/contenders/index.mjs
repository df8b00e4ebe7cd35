// Who takes part: the file, what `setup` in it is given, and what the report calls it. Extras are left out in short.

export const contenders = {
  bare: { file: 'bare.mjs', title: 'WebSocket' },
  'bare-streams': { file: 'bare-streams.mjs', title: 'WebSocket + WHATWG streams', isExtra: true },
  strandmux: { file: 'strandmux.mjs', title: 'strandmux', isOurs: true },
  'strandmux-direct': { file: 'strandmux-direct.mjs', title: 'strandmux, read() and write()', isOurs: true },
  qmux: { file: 'qmux.mjs', title: 'qmux', isRival: true },
  'qmux-ponyfill': { file: 'qmux.mjs', settings: { isPonyfill: true }, title: 'qmux, plain WebSocket', isRival: true, isExtra: true },
  'qmux-16m': { file: 'qmux.mjs', settings: { window: 16 * 1024 * 1024 }, title: 'qmux, 16 MiB windows', isRival: true },
  yamux: { file: 'yamux.mjs', title: 'libp2p yamux', isRival: true },
  mplex: { file: 'mplex.mjs', title: 'libp2p mplex', isRival: true },
  capnweb: { file: 'capnweb.mjs', title: 'capnweb', isRival: true },
};

export const rivals = Object.keys(contenders).filter((name) => contenders[name].isRival);
export const everyone = Object.keys(contenders);
