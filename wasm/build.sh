#!/usr/bin/env bash
# Builds the npm package `strandmux` into wasm/pkg, after installing the tools that are missing.
set -euo pipefail

repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
tools=$repo/target/tools
pkg=$repo/wasm/pkg
target=${CARGO_TARGET_DIR:-$repo/target}
case $target in /*) ;; *) target=$PWD/$target ;; esac
# Has to be the version of the wasm-bindgen crate.
wasm_bindgen=0.2.130
# Debian's binaryen (108) writes modules that validate and then die when instantiated.
binaryen=132.0.0
binaryen_oldest=120
wasm_opt=(-Oz)

usage() {
  cat <<'HELP'
Usage: wasm/build.sh [--force | --tools-only | --check-tools | --print-path]

Builds the browser package into wasm/pkg, unless nothing it is made of has changed.

  --force        build in any case
  --tools-only   install the tools that are missing, and stop
  --check-tools  install nothing; the exit status says whether all tools are there
  --print-path   print the directories to prepend to PATH in order to use the same tools
HELP
}

say() {
  printf 'wasm/build.sh: %s\n' "$*" >&2
}

has_toolchain() {
  cargo --version >/dev/null 2>&1
}

has_target() {
  rustup target list --installed 2>/dev/null | grep -qx wasm32-unknown-unknown
}

has_wasm_bindgen() {
  [ "$(wasm-bindgen --version 2>/dev/null)" = "wasm-bindgen $wasm_bindgen" ] &&
    command -v wasm-bindgen-test-runner >/dev/null
}

has_wasm_opt() {
  local version
  version=$(wasm-opt --version 2>/dev/null | sed -n 's/^wasm-opt version \([0-9][0-9]*\).*/\1/p')
  [ "${version:-0}" -ge "$binaryen_oldest" ]
}

check_tools() {
  has_toolchain && has_target && has_wasm_bindgen && has_wasm_opt
}

# Runs in a background process and replaces it, so that `jobs -p` names cargo itself. Without a common
# target directory, in which each would wait for the other.
install_crate() {
  exec env -u CARGO_TARGET_DIR cargo install --root "$tools" --quiet "$@"
}

install_tools() {
  local started=() job
  if ! has_toolchain; then
    local channel
    channel=$(sed -n 's/^channel = "\(.*\)"$/\1/p' "$repo/rust-toolchain.toml")
    say "installing Rust $channel, about a minute"
    rustup toolchain install "$channel" --no-self-update --profile minimal
  fi
  if ! has_target; then
    say "adding the target wasm32-unknown-unknown, a few seconds"
    rustup target add wasm32-unknown-unknown
  fi
  if ! has_wasm_bindgen; then
    say "installing wasm-bindgen-cli $wasm_bindgen, about three minutes"
    # Not --locked: its lock file names a dependency that registries no longer serve.
    install_crate --version "$wasm_bindgen" wasm-bindgen-cli &
    started+=("$!")
  fi
  if ! has_wasm_opt; then
    say "installing wasm-opt of binaryen $binaryen, half a minute"
    npm install --prefix "$tools/node" --no-audit --no-fund --no-save --silent \
      "binaryen@$binaryen" >&2 &
    started+=("$!")
  fi
  for job in "${started[@]}"; do
    wait "$job"
  done
  hash -r
  check_tools || {
    say "a tool is still missing or of another version, in spite of the installation"
    return 1
  }
}

# A digest of everything the package is made of, this script included.
sources() {
  cd "$repo"
  find Cargo.toml Cargo.lock rust-toolchain.toml LICENSE-* core wasm \
    \( -path wasm/pkg -o -path '*/tests' -o -name node_modules -o -name target \) -prune \
    -o -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum
}

is_current() {
  [ -f "$pkg/package.json" ] && [ -f "$pkg/index.js" ] && [ -f "$pkg/strandmux.wasm" ] &&
    [ "$(cat "$pkg/.sources" 2>/dev/null)" = "$1" ]
}

# The bindings in Rust, with no path of this machine in them.
compile() {
  local flags=${RUSTFLAGS:-} crates
  # So that the directories below exist.
  (cd "$repo" && cargo fetch --quiet --locked --target wasm32-unknown-unknown) >&2
  flags+=" --remap-path-prefix=$repo=strandmux"
  for crates in "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*; do
    flags+=" --remap-path-prefix=$crates=crates"
  done
  (cd "$repo" && CARGO_TARGET_DIR=$target RUSTFLAGS=$flags \
    cargo build --profile wasm --lib -p strandmux-wasm --target wasm32-unknown-unknown) >&2
}

# The package as it is published: the bindings, the modules written by hand, and what else belongs to it.
# wasm-opt takes the source map along in place of the line tables, which keep it from optimising.
assemble() {
  local directory=$1 map=$1/strandmux.wasm.map
  wasm-bindgen --target web --keep-debug --omit-default-module-path --out-name bindings --out-dir "$directory" \
    "$target/wasm32-unknown-unknown/wasm/strandmux_wasm.wasm"
  node "$repo/wasm/source-map.mjs" "$directory/bindings_bg.wasm" "$repo" >"$map"
  wasm-opt "${wasm_opt[@]}" --strip-dwarf --input-source-map "$map" "$directory/bindings_bg.wasm" \
    -o "$directory/strandmux.wasm" --output-source-map "$map" --output-source-map-url "${map##*/}"
  rm "$directory/bindings_bg.wasm" "$directory/bindings_bg.wasm.d.ts"
  # The bindings' own ways of being instantiated are for the modules here, and name types that only browsers have.
  sed '/^export type InitInput /,$d' "$directory/bindings.d.ts" >"$directory/bindings.d.ts.cut"
  mv "$directory/bindings.d.ts.cut" "$directory/bindings.d.ts"
  cp "$repo"/wasm/js/* "$repo"/LICENSE-* "$repo/wasm/README.md" "$directory"
}

# Built aside and then swapped in: a failed build leaves the package as it was.
build() {
  local fresh=$repo/target/wasm-pkg
  compile
  rm -rf "$fresh"
  assemble "$fresh"
  printf '%s\n' "$1" >"$fresh/.sources"
  rm -rf "$pkg"
  mv "$fresh" "$pkg"
}

mode=build
while [ $# -gt 0 ]; do
  case $1 in
    --force | --tools-only | --check-tools | --print-path) mode=${1#--} ;;
    -h | --help)
      usage
      exit 0
      ;;
    *)
      usage >&2
      exit 2
      ;;
  esac
  shift
done

if [ "$mode" = print-path ]; then
  printf '%s\n' "$tools/bin:$tools/node/node_modules/.bin"
  exit 0
fi

# Inside the repository, where rust-toolchain.toml chooses the toolchain.
cd "$repo"
export PATH="$tools/bin:$tools/node/node_modules/.bin:$PATH"
if [ "$mode" = check-tools ]; then
  check_tools
  exit
fi

# One run at a time: others would install the same tools and write the same package.
mkdir -p "$tools"
exec 9>"$tools/.lock"
! command -v flock >/dev/null || flock 9
trap 'kill $(jobs -p) 2>/dev/null || true' EXIT

install_tools
if [ "$mode" = tools-only ]; then
  exit 0
fi

digest=$(sources)
if [ "$mode" != force ] && is_current "$digest"; then
  say "wasm/pkg is up to date"
else
  build "$digest"
  say "built wasm/pkg, $(wc -c <"$pkg/strandmux.wasm") bytes of wasm"
fi
