// What the cases assert, on every platform.

export function ok(condition, message) {
  if (!condition) throw new Error(message);
}

export function equal(actual, expected, what = 'value') {
  ok(actual === expected, `${what}: ${show(actual)} in place of ${show(expected)}`);
}

export function equalBytes(actual, expected) {
  equal(String(actual), String(expected), 'bytes');
}

export async function expectCode(promise, code) {
  const error = await promise.then(() => undefined, (error) => error);
  ok(error instanceof Error, `expected ${code}, but it succeeded`);
  ok(error.code === code, `expected ${code}, got ${error.code}: ${error.message}`);
}

export function delay(millis) {
  return new Promise((resolve) => setTimeout(resolve, millis));
}

function show(value) {
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > 200 ? `${text.slice(0, 200)}...` : text;
}
