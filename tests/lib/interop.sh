# shellcheck shell=bash disable=SC2154
# The interop part: the same client batteries, in Rust and in Node, against the demo server, and load.

setup_interop() {
  need_wasm_tools
  need_npm
}

run_interop() {
  local battery=$target/release/battery
  build_package interop
  build_demo interop
  step "interop: build the battery" \
    cargo build --release -p strandmux-tests --bin battery --bin load
  start_demo interop --tcp 127.0.0.1:0 || return
  step "interop: Rust over WebSocket" "$battery" "ws://$demo_address/mux"
  step "interop: Rust over TCP" "$battery" "tcp://$demo_tcp_address"
  step "interop: Node over WebSocket" \
    node "$repo/tests/interop/battery.mjs" "ws://$demo_address/mux"
  stop_demo
  # A short form: the full one is in tests/src/bin/load/main.rs.
  step "interop: the demo server under load" \
    "$target/release/load" "$target/release/web-demo" 200 10 40
  step "interop: churn in Node" node --expose-gc "$repo/tests/interop/churn.mjs"
}
