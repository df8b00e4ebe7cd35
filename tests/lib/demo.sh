# shellcheck shell=bash disable=SC2034,SC2154
# The demo server as the other end of browser and battery tests. Sourced; expects $target and steps.sh.

demo_name=
demo_start=
demo_group=
demo_address=
demo_tcp_address=

# build_package PART and build_demo PART: steps that are quick where another part has done them.
build_package() {
  step "$1: build the package" bash "$repo/wasm/build.sh"
}

build_demo() {
  step "$1: build the demo" cargo build --release -p web-demo
}

# start_demo PART OPTION...: starts the demo server on free ports and sets $demo_address (host:port) and,
# given --tcp, $demo_tcp_address. It is a step that ends with stop_demo, or here if it does not start.
start_demo() {
  local log status=0
  demo_name="$1: demo server"
  demo_start=$SECONDS
  log=$(log_of "$demo_name")
  shift
  printf 'run   %s\n' "$demo_name"
  # Pages of the test runners have other origins than the server; the end to end tests see to the check.
  launch "$log" "$target/release/web-demo" --host 127.0.0.1 --port 0 --no-build --test-services \
    --allow-origin '*' "$@"
  demo_group=$launched
  demo_address=$(listening_address "$log" http) || status=1
  case " $* " in
    *" --tcp "*) demo_tcp_address=$(listening_address "$log" tcp) || status=1 ;;
  esac
  [ "$status" -eq 0 ] || stop_demo "$status"
}

# listening_address LOG SCHEME: the address from the line that the server prints once it listens.
listening_address() {
  local address tries
  for ((tries = 0; tries < 300; tries++)); do
    address=$(sed -n "s|^.*listening on $2://\([0-9.:]*\).*\$|\1|p" "$1" | head -n 1)
    if [ -n "$address" ]; then
      printf '%s\n' "$address"
      return
    fi
    kill -0 "$demo_group" 2>/dev/null || return
    sleep 0.1
  done
  return 1
}

# stop_demo [STATUS]: ends the server; the step failed if it had ended by itself or one of its tasks panicked.
stop_demo() {
  local status=${1:-0}
  kill -0 "$demo_group" 2>/dev/null || status=1
  # At once: it has no state to save, and open connections would hold up a graceful end.
  kill -KILL -- "-$demo_group" 2>/dev/null
  finish "$demo_group"
  demo_group=
  ! grep -q 'panicked at' "$(log_of "$demo_name")" || status=1
  report "$demo_name" "$status" $((SECONDS - demo_start))
}
