# shellcheck shell=bash disable=SC2154
# Steps and the processes behind them, for tests/run. Sourced; expects $repo and $logs.

passed=0
failed=0
# The process groups under way, to be ended however the run ends.
groups=()

end_groups() {
  local group
  for group in "${groups[@]}"; do
    kill -- "-$group" 2>/dev/null
  done
  groups=()
}

# launch LOG COMMAND...: starts a command in the background, as a process group of its own so that
# ending it ends its children too, and sets $launched to its id.
launch() {
  local log=$1
  shift
  set -m
  "$@" >"$log" 2>&1 </dev/null &
  launched=$!
  set +m
  groups+=("$launched")
}

# finish ID: waits for what was launched; its status.
finish() {
  local status=0 group remaining=()
  wait "$1" 2>/dev/null || status=$?
  for group in "${groups[@]}"; do
    [ "$group" = "$1" ] || remaining+=("$group")
  done
  groups=("${remaining[@]}")
  return "$status"
}

log_of() {
  printf '%s/%s.log' "$logs" "${1//[^A-Za-z0-9._-]/_}"
}

# report NAME STATUS SECONDS: counts a finished step and shows the log of a failed one.
report() {
  local log reason="status $2"
  if [ "$2" -eq 0 ]; then
    passed=$((passed + 1))
    printf 'ok    %s (%d s)\n' "$1" "$3"
    return 0
  fi
  failed=$((failed + 1))
  log=$(log_of "$1")
  [ "$2" -ne 124 ] || reason="timed out"
  printf 'FAIL  %s (%d s, %s)\n' "$1" "$3" "$reason"
  printf -- '----- the last 400 lines of %s -----\n' "${log#"$repo/"}"
  tail -n 400 "$log" | sed 's/^/  | /'
  printf -- '-----\n'
  return 1
}

# step NAME COMMAND...: runs one external command with a time limit of $STEP_TIMEOUT seconds.
step() {
  local name=$1 start=$SECONDS status=0
  shift
  printf 'run   %s\n' "$name"
  # In the background, so that an interrupt reaches this shell at once and not after the command.
  launch "$(log_of "$name")" timeout --kill-after=10 "${STEP_TIMEOUT:-1800}" "$@"
  finish "$launched" || status=$?
  report "$name" "$status" $((SECONDS - start))
}
