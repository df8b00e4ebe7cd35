# shellcheck shell=bash disable=SC2154
# The package part: the npm package as its users get it, packed, checked, installed and run where they run it.

setup_package() {
  need_wasm_tools
  need_browsers
  need_npm
  need_packaging
}

run_package() {
  local packaging=$repo/tests/packaging
  # Every step is bounded by itself, as a hang would be by nobody else.
  local node=(env SE_OFFLINE=true SE_AVOID_STATS=true node --test --test-reporter=spec --test-timeout=300000)
  build_package package
  build_demo package
  step "package: install the tarball" node "$packaging/install.mjs"
  step "package: tarball" "${node[@]}" "$packaging/tarball.test.mjs"
  step "package: types" "${node[@]}" "$packaging/types.test.mjs"
  step "package: size" "${node[@]}" "$packaging/size.test.mjs" && grep 'with gzip, ' "$(log_of "package: size")"
  # Node 20 has a WebSocket, but only behind a flag.
  step "package: loading" "${node[@]}" --experimental-websocket "$packaging/loading.test.mjs"
  step "package: disposal" "${node[@]}" --experimental-websocket "$packaging/disposal.test.mjs"
  step "package: WebTransport" "${node[@]}" --experimental-websocket "$packaging/webtransport.test.mjs"
  step "package: exports" "${node[@]}" "$packaging/exports.test.mjs"
  step "package: platforms" "${node[@]}" "$packaging/platforms.test.mjs"
  step "package: pages" "${node[@]}" "$packaging/pages.test.mjs"
  step "package: README" "${node[@]}" "$packaging/readme.test.mjs"
}
