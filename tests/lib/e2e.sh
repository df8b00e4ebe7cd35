# shellcheck shell=bash disable=SC2154
# The e2e part: the demo page, and pages that are left, asleep or busy for long, driven in real browsers.

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
    step "e2e: a page that is left, in $browser" env SE_OFFLINE=true SE_AVOID_STATS=true \
      node "$repo/tests/e2e/leaving.mjs" "$browser"
  done
  step "e2e: a browser that sleeps" env SE_OFFLINE=true SE_AVOID_STATS=true \
    node "$repo/tests/e2e/sleeping.mjs"
  # A short form; 1800 seconds are the full one.
  step "e2e: a page of churn" env SE_OFFLINE=true SE_AVOID_STATS=true \
    node "$repo/tests/e2e/churn.mjs" 60
}
