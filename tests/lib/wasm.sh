# shellcheck shell=bash disable=SC2154
# The wasm part: the browser package's own tests in Node and three browsers.

setup_wasm() {
  need_cargo_tool wasm-pack 0.15.1 "two minutes"
  need_wasm_tools
  need_browsers
  need_webkit
  need_npm
}

run_wasm() {
  local pack=(bash "$repo/tests/lib/some-test-ran" wasm-pack test --mode no-install)
  local node=(env "NODE_PATH=$repo/tests/node_modules")
  # Node 20 has a WebSocket, but only behind a flag.
  if [ "$(node -p 'typeof WebSocket')" = undefined ]; then
    node+=(NODE_ARGS=--experimental-websocket)
  fi

  step "wasm: clippy" cargo clippy -p strandmux-wasm --target wasm32-unknown-unknown \
    --all-targets --all-features -- -D warnings
  build_package wasm
  build_demo wasm && start_demo wasm
  # The tests read it when they are compiled, and leave out what needs a server if there is none.
  [ -z "$demo_group" ] || export STRANDMUX_TEST_URL="ws://$demo_address/mux"
  # The runner's own limits, 20 and 5 seconds, are short for a busy machine.
  export WASM_BINDGEN_TEST_TIMEOUT=120 WASM_BINDGEN_TEST_DRIVER_TIMEOUT=60
  step "wasm: tests in Node" "${node[@]}" "${pack[@]}" --node wasm
  step "wasm: tests in Chromium" "${pack[@]}" --headless --chrome wasm
  step "wasm: tests in Firefox" "${pack[@]}" --headless --firefox wasm
  step "wasm: tests in WebKitGTK" xvfb-run -a \
    "${pack[@]}" --headless --safari --safaridriver "$(command -v WebKitWebDriver)" wasm
  [ -z "$demo_group" ] || stop_demo
  unset STRANDMUX_TEST_URL
}
