# shellcheck shell=bash disable=SC2154
# The e2e part: the demo page, driven in real browsers.

setup_e2e() {
  need_wasm_tools
  need_browsers
  need_npm
}

run_e2e() {
  local browser
  build_package e2e
  build_demo e2e
  for browser in chromium firefox; do
    # The drivers are here already: selenium must not look for others.
    step "e2e: $browser" env SE_OFFLINE=true SE_AVOID_STATS=true \
      node "$repo/tests/e2e/run.mjs" "$browser"
  done
}
