# What the tests of the command line share. A test sources this file, calls `run` and then says what it expects.
# WEIR is the program under test.
set -u
export LC_ALL=C
unset COLUMNS NO_COLOR WEIR_SUBJECT WEIR_PLUGIN WEIR_COMMAND
WEIR=${WEIR:?the path of the program under test}
WEIR=$(cd "$(dirname "$WEIR")" && pwd)/$(basename "$WEIR")
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
failures=0
checks=0

# fail TEXT: one failed expectation, with what the program did.
fail() {
  failures=$((failures + 1))
  local frame=0
  while [[ ${BASH_SOURCE[frame]} == */testing.sh ]]; do frame=$((frame + 1)); done
  echo "FAILED ${BASH_SOURCE[frame]##*/}:${BASH_LINENO[frame - 1]}: $1"
  echo "  command: weir ${last_command-}"
  echo "  exit code: ${code-}"
  if [[ -s $work/.out ]]; then sed 's/^/  out| /' "$work/.out" | head -n 15; fi
  if [[ -s $work/.err ]]; then sed 's/^/  err| /' "$work/.err" | head -n 15; fi
}

# run ARGUMENT...: runs weir; leaves its exit code in $code, what it said in .out and .err.
run() {
  last_command=$*
  "$WEIR" "$@" > "$work/.out" 2> "$work/.err" < /dev/null
  code=$?
}

expect_code() {
  checks=$((checks + 1))
  [[ $code -eq $1 ]] || fail "exit code $code instead of $1"
}
expect_out() {
  checks=$((checks + 1))
  grep -qE -e "$1" "$work/.out" || fail "standard output lacks /$1/"
}
expect_no_out() {
  checks=$((checks + 1))
  ! grep -qE -e "$1" "$work/.out" || fail "standard output has /$1/"
}
expect_err() {
  checks=$((checks + 1))
  grep -qE -e "$1" "$work/.err" || fail "standard error lacks /$1/"
}
# One clear message: a single line that begins with the program's name.
expect_one_message() {
  checks=$((checks + 1))
  local lines
  lines=$(wc -l < "$work/.err")
  if [[ $lines -ne 1 ]] || ! grep -q '^weir: ' "$work/.err"; then
    fail "standard error is not one line that begins with 'weir: '"
  fi
}
# has_terminals: whether what is drawn on a terminal can be looked at. tools/test says where it cannot.
has_terminals() {
  script -qec true /dev/null > /dev/null 2>&1 < /dev/null && return
  echo 'script gets no pseudo-terminal here: what is drawn on one is not looked at'
  return 1
}
# expect TEXT COMMAND...: the command succeeds.
expect() {
  local text=$1
  shift
  checks=$((checks + 1))
  "$@" || fail "$text"
}
# usage_error PATTERN ARGUMENT...: exit code 2, one message that matches, nothing on standard output.
usage_error() {
  local pattern=$1
  shift
  run "$@"
  expect_code 2
  expect_err "$pattern"
  expect_one_message
  checks=$((checks + 1))
  [[ ! -s $work/.out ]] || fail "a refused command printed something"
}
no_leftovers() {
  checks=$((checks + 1))
  local left
  left=$(find "$work" -name '.weir-*' -o -name '*.tmp')
  [[ -z $left ]] || fail "left behind: $left"
}

# is_json FILE: a complete JSON value and nothing behind it.
is_json() {
  python3 -I -c 'import json, sys
def refuse(name): raise ValueError(name)
json.load(open(sys.argv[1], encoding="utf-8"), parse_constant=refuse)' "$1"
}
# is_xml FILE: well-formed, and nothing behind it.
is_xml() { python3 -I -c 'import sys, xml.etree.ElementTree as xml; xml.parse(sys.argv[1])' "$1"; }

# wait_for SECONDS COMMAND...: until the command succeeds.
wait_for() {
  local tries=$(($1 * 20))
  shift
  while ((tries-- > 0)); do
    "$@" > /dev/null 2>&1 && return 0
    sleep 0.05
  done
  return 1
}

# Ends the test.
finish() {
  echo "$checks expectations, $failures failed"
  [[ $checks -gt 0 && $failures -eq 0 ]] || exit 1
}
