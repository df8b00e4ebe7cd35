// Errors like those of the classes in Rust: with a `code`.

export function error(code, message, cause) {
  return Object.assign(new Error(message, cause === undefined ? undefined : { cause }), { code });
}
