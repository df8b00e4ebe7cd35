# shellcheck shell=bash disable=SC2154
# Steps and background servers for tests/run. Sourced; expects $repo and $logs.

passed=0
failed=0
# What is under way, to be ended whatever way the run ends.
children=()

end_children() {
  local pid
  for pid in "${children[@]}"; do
    kill "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
  children=()
}

log_of() {
  printf '%s/%s.log' "$logs" "${1//[^A-Za-z0-9._-]/_}"
}

# report NAME STATUS SECONDS: counts a finished step and shows the log of a failed one.
report() {
  local log
  log=$(log_of "$1")
  if [ "$2" -eq 0 ]; then
    passed=$((passed + 1))
    printf 'ok    %s (%d s)\n' "$1" "$3"
    return 0
  fi
  failed=$((failed + 1))
  local why="status $2"
  [ "$2" -ne 124 ] || why="timed out"
  printf 'FAIL  %s (%d s, %s)\n' "$1" "$3" "$why"
  printf -- '----- the last 400 lines of %s -----\n' "${log#"$repo/"}"
  tail -n 400 "$log" 2>/dev/null | sed 's/^/  | /' || true
  printf -- '-----\n'
  return 1
}

# step NAME COMMAND...: runs one external command with a time limit of STEP_TIMEOUT seconds.
# It runs in the background so that an interrupt reaches this shell at once, not after the command.
step() {
  local name=$1 start=$SECONDS status=0 log pid
  shift
  log=$(log_of "$name")
  printf 'run   %s\n' "$name"
  timeout --kill-after=10 "${STEP_TIMEOUT:-1800}" "$@" >"$log" 2>&1 </dev/null &
  pid=$!
  children+=("$pid")
  wait "$pid" || status=$?
  unset "children[-1]"
  report "$name" "$status" $((SECONDS - start))
}
