# shellcheck shell=bash disable=SC2154
# The proxies part: nginx and HAProxy with TLS between the clients and the demo server.

setup_proxies() {
  # Both are where only root looks for programs.
  PATH=$PATH:/usr/sbin
  need_command nginx nginx-light
  need_command haproxy haproxy
  need_command openssl openssl
  need_wasm_tools
  need_npm
}

run_proxies() {
  local battery=$target/release/battery
  build_package proxies
  build_demo proxies
  step "proxies: build the clients" \
    cargo build --release -p strandmux-tests --bin battery --bin proxies
  start_demo proxies || return
  step "proxies: through nginx and HAProxy" \
    "$target/release/proxies" "$demo_address" "$battery" \
    "$repo/tests/interop/battery.mjs" "$target/proxies"
  stop_demo
}
