# shellcheck shell=bash disable=SC2154
# The fuzz part: every target for a while, from the saved inputs. FUZZ_SECONDS is how long for all of them together.
#
# What `cargo fuzz run --sanitizer none` does, in few words, so that nothing is to be installed for it. There is no
# unsafe code here that a sanitizer would look after. In the end it reports what of the core the inputs reach; for the rest,
# run a target with -runs=0 -print_coverage=1.

setup_fuzz() {
  :
}

run_fuzz() {
  local file name names=() seconds=${FUZZ_SECONDS:-60} host binaries
  local names_of_addresses=$target/fuzz/symbolize.o corpus
  local coverage=(--cfg fuzzing -Cpasses=sancov-module -Cdebug-assertions -Ccodegen-units=1 -Clink-dead-code)
  coverage+=("-Clink-arg=$names_of_addresses")
  for name in level=4 inline-8bit-counters pc-table trace-compares; do
    coverage+=("-Cllvm-args=-sanitizer-coverage-$name")
  done
  for file in "$repo"/tests/fuzz/fuzz_targets/*.rs; do
    names+=("$(basename "$file" .rs)")
  done
  host=$(rustc -vV | sed -n 's/^host: //p')
  binaries=$target/fuzz/$host/release

  mkdir -p "$target/fuzz"
  cc -c -O1 -o "$names_of_addresses" "$repo/tests/fuzz/symbolize.c" || return
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
  for name in "${names[@]}"; do
    corpus=("$target/fuzz/corpus/$name" "$repo/tests/fuzz/seeds/$name")
    printf 'what of the core the inputs of %s reach:\n' "$name"
    fuzz_coverage "$binaries/$name" "${corpus[@]}"
    report "fuzz: coverage of $name" $? 0
  done
}

# fuzz_coverage PROGRAM CORPUS...: how many of the branches of each module of the core its inputs reach. Of a generic
# function that was compiled for several types, the one that is reached most counts, as only one is in use; what is only
# there to print things does not count.
fuzz_coverage() {
  local program=$1 report
  report=$("$@" -runs=0 -print_coverage=1 2>&1) || return
  # "COVERED_FUNC: hits: 4 edges: 3/5 ADDRESS ..." of each function, and the same with UNCOVERED.
  report=$(sed -n 's/^[A-Z]*COVERED_FUNC: hits: [0-9]* edges: \([0-9]*\)\/\([0-9]*\) \(0x[0-9a-f]*\) .*/\1 \2 \3/p' <<<"$report")
  [ -n "$report" ] || return
  # Names and places take turns.
  paste -d ' ' <(cut -d ' ' -f 1,2 <<<"$report") \
    <(cut -d ' ' -f 3 <<<"$report" | addr2line -f -C -e "$program" | sed -n 'p;n') |
    awk '
      $3 ~ /^<?strandmux::/ && !/core::fmt/ {
        name = $0; sub(/^[0-9]+ [0-9]+ /, "", name)
        if (!(name in all) || $1 > reached[name]) { reached[name] = $1; all[name] = $2 }
      }
      END {
        for (name in all) {
          match(name, /strandmux::(proto::)?[a-z_]+/)
          module = substr(name, RSTART + 11, RLENGTH - 11)
          sum[module] += all[name]; part[module] += reached[name]
          whole += all[name]; seen += reached[name]
        }
        if (!whole) exit 1
        for (module in sum)
          printf "%5d of %5d  %3d %%  %s\n", part[module], sum[module], 100 * part[module] / sum[module], module | "sort -k 6"
        close("sort -k 6")
        printf "%5d of %5d  %3d %%  in all\n", seen, whole, 100 * seen / whole
      }'
}
