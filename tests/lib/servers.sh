# shellcheck shell=bash disable=SC2154
# The servers part: every client against every server, in Rust and JavaScript.

setup_servers() {
  need_wasm_tools
  need_browsers
  need_npm
  need_packaging
}

run_servers() {
  local packaging=$repo/tests/packaging server
  build_package servers
  build_demo servers
  step "servers: build the battery" cargo build --release -p strandmux-tests --bin battery
  step "servers: install the tarball" node "$packaging/install.mjs"
  for server in rust node deno bun bun-ws workerd; do
    step "servers: every client at $server" env SE_OFFLINE=true SE_AVOID_STATS=true \
      node "$packaging/servers/matrix.mjs" --servers "$server"
  done
}
