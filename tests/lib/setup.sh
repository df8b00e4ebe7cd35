# shellcheck shell=bash disable=SC2154
# Installs what the chosen parts need and this machine lacks. Sourced; expects $repo, $tools and steps.sh.
#
# Parts say what they need with the need_* functions; install_needs then does it all, side by side.

apt_packages=()
cargo_tools=()
# Each folder with a lock file, and what its installation takes.
npm_needed=()
wasm_needed=

# need_command COMMAND PACKAGE: a command that a Debian package brings.
need_command() {
  command -v "$1" >/dev/null || case " ${apt_packages[*]} " in
    *" $2 "*) ;;
    *) apt_packages+=("$2") ;;
  esac
}

# need_cargo_tool CRATE VERSION DURATION: a crate's program, in any version already at hand.
need_cargo_tool() {
  command -v "$1" >/dev/null || case " ${cargo_tools[*]}" in
    *" $1 "*) ;;
    *) cargo_tools+=("$1 $2 $3") ;;
  esac
}

# need_target TRIPLE: a compilation target of the pinned toolchain.
need_target() {
  rustup target list --installed | grep -qx "$1" && return
  setup_job "setup: target $1" "about a few seconds" rustup target add "$1"
  finish_jobs
}

# What drives the three browsers.
need_browsers() {
  need_command chromium chromium
  need_command chromedriver chromium-driver
  need_command firefox-esr firefox-esr
  need_cargo_tool geckodriver 0.37.1 "two minutes"
}

# WebKitGTK has no headless mode, so it comes with a display.
need_webkit() {
  need_command WebKitWebDriver webkit2gtk-driver
  need_command xvfb-run xvfb
  need_command xauth xauth
}

# need_npm_of FOLDER DURATION: the packages that the lock file in a folder of the repository names.
need_npm_of() {
  case "|${npm_needed[*]}" in
    *"$1|"*) ;;
    *) npm_needed+=("$1|$2") ;;
  esac
}

need_npm() {
  need_npm_of tests "about ten seconds"
}

# The bundlers, checkers and platforms that the package is tried with.
need_packaging() {
  need_npm_of tests/packaging "about a minute, 700 MB"
}

# What is measured beside strandmux.
need_rivals() {
  need_npm_of tests/bench "about ten seconds"
}

need_wasm_tools() {
  wasm_needed=1
}

# The toolchain that rust-toolchain.toml names: rustup does not fetch it by itself where that is switched off.
need_toolchain() {
  local channel
  channel=$(sed -n 's/^channel = "\(.*\)"$/\1/p' "$repo/rust-toolchain.toml")
  if ! cargo fmt --version >/dev/null 2>&1 || ! cargo clippy --version >/dev/null 2>&1; then
    setup_job "setup: Rust $channel" "about a minute" \
      rustup toolchain install "$channel" --no-self-update --profile minimal \
      --component clippy --component rustfmt
    finish_jobs
  fi
}

has_llvm_tools() {
  rustup component list --installed | grep -q '^llvm-tools'
}

# What reads the counters of programs that the compiler has instrumented.
need_llvm_tools() {
  has_llvm_tools && return
  printf 'run   setup: llvm-tools: about half a minute\n'
  timeout 300 rustup component add llvm-tools >"$(log_of "setup: llvm-tools")" 2>&1
  has_llvm_tools || printf 'skip  setup: llvm-tools cannot be installed\n'
}

has_miri() {
  cargo +nightly miri --version >/dev/null 2>&1
}

# The nightly toolchain with Miri, any that is at hand. Nightlies come and go, so its lack is no failure.
need_miri() {
  has_miri && return
  printf 'run   setup: Miri: about a minute\n'
  timeout 300 rustup toolchain install nightly --no-self-update --profile minimal \
    --component miri --component rust-src >"$(log_of "setup: Miri")" 2>&1
  has_miri || printf 'skip  setup: no nightly toolchain with Miri can be installed\n'
}

# The oldest compiler that the workspace promises to build with.
oldest_rust() {
  sed -n 's/^rust-version = "\(.*\)"$/\1.0/p' "$repo/Cargo.toml"
}

has_oldest_rust() {
  cargo "+$(oldest_rust)" --version >/dev/null 2>&1
}

# Where only the pinned compiler can be had, that the library builds with an older one is left to clippy.
need_oldest_rust() {
  has_oldest_rust && return
  printf 'run   setup: Rust %s: about half a minute\n' "$(oldest_rust)"
  timeout 300 rustup toolchain install "$(oldest_rust)" --no-self-update --profile minimal \
    >"$(log_of "setup: oldest Rust")" 2>&1
  has_oldest_rust || printf 'skip  setup: Rust %s cannot be installed\n' "$(oldest_rust)"
}

# Fetches the database of advisories on crates. It is not in a registry, so its lack is no failure.
has_advisories() {
  timeout 120 cargo deny --locked fetch db >"$(log_of "setup: advisories")" 2>&1 && return
  printf 'skip  native: the database of advisories cannot be fetched\n'
  return 1
}

# Id, start time and name of each job under way.
jobs_running=()

# setup_job NAME DURATION COMMAND...: starts a command beside the others.
setup_job() {
  local name=$1
  printf 'run   %s: %s\n' "$name" "$2"
  shift 2
  launch "$(log_of "$name")" "$@"
  jobs_running+=("$launched $SECONDS $name")
}

finish_jobs() {
  local job pid start name status
  for job in "${jobs_running[@]}"; do
    read -r pid start name <<<"$job"
    status=0
    finish "$pid" || status=$?
    report "$name" "$status" $((SECONDS - start))
  done
  jobs_running=()
}

install_packages() {
  local sudo=()
  [ "$(id -u)" -eq 0 ] || sudo=(sudo)
  "${sudo[@]}" apt-get update &&
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive \
      apt-get install -y --no-install-recommends "${apt_packages[@]}"
}

install_cargo_tools() {
  local tool crate version status=0
  for tool in "${cargo_tools[@]}"; do
    read -r crate version _ <<<"$tool"
    cargo install --locked --root "$tools" --version "$version" "$crate" || status=1
  done
  return "$status"
}

# npm_is_current DIRECTORY and install_npm DIRECTORY: the packages that its lock file names.
npm_is_current() {
  cmp -s "$1/package-lock.json" "$1/node_modules/.installed-lock.json"
}

install_npm() {
  (cd "$1" && npm ci --no-audit --no-fund) &&
    cp "$1/package-lock.json" "$1/node_modules/.installed-lock.json"
}

install_needs() {
  local entry folder
  if [ ${#apt_packages[@]} -gt 0 ]; then
    setup_job "setup: Debian packages (${apt_packages[*]})" "about a minute" install_packages
    # A linker is what everything else is built with.
    command -v cc >/dev/null || finish_jobs
  fi
  for entry in "${npm_needed[@]}"; do
    folder=${entry%%|*}
    npm_is_current "$repo/$folder" ||
      setup_job "setup: npm packages of $folder" "${entry#*|}" install_npm "$repo/$folder"
  done
  if [ -n "$wasm_needed" ] && ! bash "$repo/wasm/build.sh" --check-tools; then
    setup_job "setup: wasm tools" "about five minutes" bash "$repo/wasm/build.sh" --tools-only
  fi
  if [ ${#cargo_tools[@]} -gt 0 ]; then
    local tool name names=() duration
    for tool in "${cargo_tools[@]}"; do
      read -r name _ duration <<<"$tool"
      names+=("$name ($duration)")
    done
    setup_job "setup: cargo tools" "${names[*]}, one after the other" install_cargo_tools
  fi
  finish_jobs
}
