// Writes the source map of a module that wasm-bindgen has made: node source-map.mjs MODULE ROOT > MAP
//
// The compiler leaves line tables in the module (https://dwarfstd.org/doc/DWARF4.pdf, section 6.2), which only native
// debuggers read and which keep wasm-opt from optimising. A source map (https://tc39.es/ecma426/) does neither: in one for
// WebAssembly the whole module is one line, and the columns are offsets in it.
//
// Only files below ROOT are sources, and the map brings their text. What was inlined from elsewhere, the standard library for
// instance, counts to the line that it was inlined into.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const CODE_SECTION = 10;
const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

const [module, root] = process.argv.slice(2);
const { lines, code } = sections(readFileSync(module));
if (!lines) throw new Error(`${module} has no line tables`);

/** Indices by path, of the files below the root. */
const sources = new Map();
const mappings = encode(functions(lines).sort(([one], [other]) => one.address - other.address));
const paths = [...sources.keys()];
const sourcesContent = paths.map((path) => readFileSync(join(root, path), 'utf8'));
process.stdout.write(JSON.stringify({ version: 3, sources: paths, sourcesContent, names: [], mappings }));

/** Reads little-endian numbers and strings. */
function reader(bytes, at = 0) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const self = {
    at,
    u8: () => view.getUint8(self.at++),
    u16: () => view.getUint16((self.at += 2) - 2, true),
    u32: () => view.getUint32((self.at += 4) - 4, true),
    i8: () => view.getInt8(self.at++),
    /** LEB128, of values far below 2^53. */
    leb: (isSigned = false) => {
      let [value, scale, byte] = [0, 1, 0];
      do {
        byte = self.u8();
        value += (byte & 0x7f) * scale;
        scale *= 0x80;
      } while (byte & 0x80);
      return isSigned && byte & 0x40 ? value - scale : value;
    },
    /** Up to a zero, which is consumed. */
    string: () => {
      const end = bytes.indexOf(0, self.at);
      const text = bytes.toString('utf8', self.at, end);
      self.at = end + 1;
      return text;
    },
  };
  return self;
}

/** The line tables of a module, and where its code begins. */
function sections(bytes) {
  const input = reader(bytes, 8);
  const found = {};
  while (input.at < bytes.length) {
    const kind = input.u8();
    const end = input.leb() + input.at;
    if (kind === CODE_SECTION) found.code = input.at;
    if (kind === 0) {
      const start = input.leb() + input.at;
      if (bytes.toString('utf8', input.at, start) === '.debug_line') found.lines = bytes.subarray(start, end);
    }
    input.at = end;
  }
  return found;
}

/** The rows of every function: `{ address, line, column, source }`, without `source` where there is none. */
function functions(table) {
  const input = reader(table);
  const found = [];
  while (input.at < table.length) {
    const end = input.u32() + input.at;
    const version = input.u16();
    if (version !== 4) throw new Error(`line tables of version ${version} are not understood`);
    const program = input.u32() + input.at;
    const header = readHeader(input);
    input.at = program;
    while (input.at < end) found.push(readSequence(input, header));
  }
  return found;
}

function readHeader(input) {
  const header = { step: input.u8() };
  // The most operations in an instruction, and whether rows are statements.
  input.at += 2;
  Object.assign(header, { lineBase: input.i8(), lineRange: input.u8(), lengths: [0] });
  for (let opcodes = input.u8(); header.lengths.length < opcodes;) header.lengths.push(input.u8());
  const directories = [''];
  for (let name = input.string(); name; name = input.string()) directories.push(name);
  header.files = [undefined];
  for (let name = input.string(); name; name = input.string()) {
    header.files.push(sourceOf(join(directories[input.leb()], name)));
    // Its time and length.
    input.leb();
    input.leb();
  }
  return header;
}

/** The index of a source; undefined for a file that is not below the root. */
function sourceOf(path) {
  if (!sources.has(path)) {
    if (path.startsWith('/') || !existsSync(join(root, path))) return undefined;
    sources.set(path, sources.size);
  }
  return sources.get(path);
}

/** The rows of one function, up to where it ends. */
function readSequence(input, { step, lineBase, lineRange, lengths, files }) {
  const rows = [];
  let [address, file, line, column] = [0, 1, 1, 0];
  const row = () => rows.push({ address, line, column, source: line > 0 ? files[file] : undefined });
  const advance = (special) => (address += Math.floor(special / lineRange) * step);
  for (;;) {
    const opcode = input.u8();
    if (opcode >= lengths.length) {
      const special = opcode - lengths.length;
      advance(special);
      line += lineBase + (special % lineRange);
      row();
      continue;
    }
    switch (opcode) {
      case 0: {
        const end = input.leb() + input.at;
        const extended = input.u8();
        if (extended === 1) return rows;
        if (extended === 2) address = input.u32();
        input.at = end;
        break;
      }
      case 1: row(); break;
      case 2: address += input.leb() * step; break;
      case 3: line += input.leb(true); break;
      case 4: file = input.leb(); break;
      case 5: column = input.leb(); break;
      case 8: advance(255 - lengths.length); break;
      case 9: address += input.u16(); break;
      // Of no interest here.
      default: for (let i = 0; i < lengths[opcode]; i++) input.leb();
    }
  }
}

/** The mappings of functions in ascending order. */
function encode(functions) {
  const segments = [];
  let previous = [0, 0, 0, 0];
  for (const rows of functions) {
    const own = rows.filter(({ source }) => source !== undefined);
    // What comes before its first own row is not the previous function's.
    if (own[0] !== rows[0]) own.unshift({ address: rows[0].address });
    // Of several rows at one address the last one counts.
    const last = own.filter(({ address }, i) => own[i + 1]?.address !== address);
    for (const { address, source, line, column } of last) {
      const fields = [address + code];
      if (source !== undefined) fields.push(source, line - 1, Math.max(column - 1, 0));
      segments.push(fields.map((field, i) => vlq(field - previous[i])).join(''));
      previous = [...fields, ...previous.slice(fields.length)];
    }
  }
  return segments.join(',');
}

function vlq(value) {
  let rest = value < 0 ? -value * 2 + 1 : value * 2;
  let text = '';
  do {
    const digit = rest & 0x1f;
    rest >>>= 5;
    text += BASE64[rest > 0 ? digit | 0x20 : digit];
  } while (rest > 0);
  return text;
}
