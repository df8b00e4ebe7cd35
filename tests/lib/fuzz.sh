# shellcheck shell=bash disable=SC2154
# The fuzz part: every target for a while, from the saved inputs. FUZZ_SECONDS is how long for all of them together.
#
# What `cargo fuzz run --sanitizer none` does, in few words, so that nothing is to be installed for it. There is no
# unsafe code here that a sanitizer would look after. In the end it reports what of the protocol the inputs reach.

setup_fuzz() {
  need_llvm_tools
}

run_fuzz() {
  local file name names=() seconds=${FUZZ_SECONDS:-60} host binaries
  local coverage=(--cfg fuzzing -Cpasses=sancov-module -Cdebug-assertions -Ccodegen-units=1 -Clink-dead-code)
  for name in level=4 inline-8bit-counters pc-table trace-compares; do
    coverage+=("-Cllvm-args=-sanitizer-coverage-$name")
  done
  for file in "$repo"/tests/fuzz/fuzz_targets/*.rs; do
    names+=("$(basename "$file" .rs)")
  done
  host=$(rustc -vV | sed -n 's/^host: //p')
  binaries=$target/fuzz/$host/release

  # With the target named, so that only what is fuzzed is built with the flags.
  step "fuzz: build" env "RUSTFLAGS=${coverage[*]}" "CARGO_TARGET_DIR=$target/fuzz" cargo build \
    --manifest-path "$repo/tests/fuzz/Cargo.toml" --release --target "$host" --bins || return
  for name in "${names[@]}"; do
    mkdir -p "$target/fuzz/corpus/$name" "$target/fuzz/artifacts"
    # What is found new goes into the first directory, what fails into the artifacts.
    step "fuzz: $name" "$binaries/$name" "$target/fuzz/corpus/$name" "$repo/tests/fuzz/seeds/$name" \
      -max_total_time=$((seconds / ${#names[@]})) -max_len=2048 -timeout=60 -print_final_stats=1 \
      -artifact_prefix="$target/fuzz/artifacts/$name-"
  done
  has_llvm_tools || return
  step "fuzz: coverage" bash "$repo/tests/lib/fuzz-coverage" "$target/fuzz" && cat "$(log_of "fuzz: coverage")"
}
