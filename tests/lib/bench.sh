# shellcheck shell=bash disable=SC2154
# The bench part: measures beside the bare WebSocket and other libraries. Not one of the default parts, because
# its figures mean something on an otherwise idle machine only.

setup_bench() {
  need_wasm_tools
  need_command chromium chromium
  need_rivals
}

run_bench() {
  local manifest=$repo/tests/bench/native/Cargo.toml options=()
  [ -z "$is_short" ] || options+=(--short)
  build_package bench
  step "bench: its own tests" cargo test --locked --manifest-path "$manifest" --lib
  step "bench: build the native half" cargo build --locked --release --manifest-path "$manifest" || return
  # In full it takes longer than any other step.
  STEP_TIMEOUT=${BENCH_TIMEOUT:-10800} step "bench: measure" node "$repo/tests/bench/run.mjs" "${options[@]}"
}
