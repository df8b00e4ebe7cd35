# shellcheck shell=bash disable=SC2154
# The native part: style, documentation, every feature combination, every native test.

setup_native() {
  need_target thumbv7em-none-eabi
  need_cargo_tool cargo-hack 0.6.46 "half a minute"
  need_cargo_tool cargo-deny 0.20.2 "five minutes"
  need_command valgrind valgrind
  need_miri
  need_oldest_rust
}

run_native() {
  local embedded=(cargo check -p strandmux --no-default-features --target thumbv7em-none-eabi)
  # Workspaces of their own, with lock files of their own.
  local folder apart=(tests/fuzz tests/loom tests/bench/native)
  local deny_apart=(cargo deny --locked --config "$repo/deny.toml")

  step "native: lock file is current" cargo metadata --locked --format-version 1
  step "native: format" cargo fmt --all --check
  step "native: clippy" cargo clippy --workspace --all-targets --all-features -- -D warnings
  step "native: oldest compiler of the dependencies" node "$repo/tests/lib/oldest-compiler.mjs"
  # In a target directory of its own, as another compiler would rebuild everything in the common one.
  ! has_oldest_rust || step "native: the library with the oldest compiler" \
    env CARGO_TARGET_DIR="$target/oldest" \
    cargo "+$(oldest_rust)" check --locked -p strandmux --all-features
  step "native: licences, versions and sources of the dependencies" \
    cargo deny --locked check licenses bans sources
  for folder in "${apart[@]}"; do
    # They use only some of what is allowed, and two versions of a crate cost nobody anything there.
    step "native: licences and sources of the dependencies of $folder" \
      "${deny_apart[@]}" --manifest-path "$repo/$folder/Cargo.toml" check licenses bans sources \
      -A license-not-encountered -A license-exception-not-encountered -A unmatched-skip -A unnecessary-skip -A duplicate
  done
  if has_advisories; then
    for folder in . "${apart[@]}"; do
      # The database is here now.
      step "native: advisories on the dependencies of $folder" \
        "${deny_apart[@]}" --offline --manifest-path "$repo/$folder/Cargo.toml" check advisories
    done
  fi
  step "native: documentation" \
    env RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --workspace --all-features
  step "native: protocol alone" cargo check -p strandmux --no-default-features
  step "native: protocol on bare metal" "${embedded[@]}"
  step "native: handles on bare metal" "${embedded[@]}" --features mux
  step "native: every adapter for bare metal" \
    "${embedded[@]}" --features embedded-io-async,memory,websocket
  # Three at a time, as adapters know nothing of each other. In a target directory of its own, because other flags
  # would rebuild everything in the common one. Not --no-dev-deps, which edits Cargo.toml while it runs: this
  # resolver keeps dev-dependencies apart anyway.
  step "native: feature powerset" \
    env RUSTFLAGS="${RUSTFLAGS:-} -D warnings" CARGO_TARGET_DIR="$target/powerset" \
    cargo hack check -p strandmux --feature-powerset --depth 3 --keep-going
  step "native: tests" cargo test --workspace --all-features
  # In target directories of their own, as both build everything with flags of theirs.
  step "native: every order in which threads take the lock" \
    env CARGO_TARGET_DIR="$target/loom" \
    cargo test --release --manifest-path "$repo/tests/loom/Cargo.toml"
  ! has_miri || step "native: unit tests of the library in Miri" \
    env CARGO_TARGET_DIR="$target/miri" cargo +nightly miri test -p strandmux --lib --features memory
  # `tests/lib/instructions write` writes the table anew, when a change is meant.
  step "native: instructions for each message" "$repo/tests/lib/instructions"
  step "native: the benchmark's arithmetic" bash -c 'node --test "$0"/*.test.mjs' "$repo/tests/bench/test"
}
