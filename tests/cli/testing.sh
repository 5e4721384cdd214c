# What the tests of the command line share. A test sources this file, calls `run` and then says what it expects.
# WEIR is the program under test.
set -u
export LC_ALL=C
unset COLUMNS NO_COLOR WEIR_SUBJECT WEIR_PLUGIN WEIR_COMMAND
WEIR=${WEIR:?the path of the program under test}
WEIR=$(cd "$(dirname "$WEIR")" && pwd)/$(basename "$WEIR")
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
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

# is_json FILE: a complete JSON value and nothing behind it. A parser of its own: a bare system has none.
is_json() {
  awk '
    function bad(what) { if (!broken) { broken = 1; print "not JSON at byte " at ": " what } }
    function blank() { while (substr(text, at, 1) ~ /[ \t\r\n]/ && at <= size) at++ }
    function string_value(   c) {
      if (substr(text, at, 1) != "\"") return bad("a string is missing")
      for (at++; at <= size; at++) {
        c = substr(text, at, 1)
        if (c == "\\") { at++; continue }
        if (c == "\"") { at++; return }
        if (c == "\n" || c == "\t") return bad("a control character in a string")
      }
      bad("a string without end")
    }
    function value(   c, close_mark) {
      blank(); if (broken) return
      c = substr(text, at, 1)
      if (c == "\"") return string_value()
      if (c == "{" || c == "[") {
        close_mark = c == "{" ? "}" : "]"
        at++; blank()
        if (substr(text, at, 1) == close_mark) { at++; return }
        while (!broken) {
          if (close_mark == "}") {
            blank(); string_value(); blank()
            if (substr(text, at, 1) != ":") return bad("a colon is missing")
            at++
          }
          value(); blank()
          c = substr(text, at, 1); at++
          if (c == close_mark) return
          if (c != ",") return bad("a comma is missing")
        }
        return
      }
      if (match(substr(text, at, 40), /^(true|false|null|-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?)/)) {
        at += RLENGTH
        return
      }
      bad("no value")
    }
    { text = text $0 "\n" }
    END {
      size = length(text); at = 1
      value(); blank()
      if (!broken && at <= size) bad("more behind the value")
      exit broken
    }' "$1"
}

# is_xml FILE: every element is closed in order, by a small scanner.
is_xml() {
  awk '
    { text = text $0 "\n" }
    END {
      depth = 0
      while (match(text, /<[^>]*>/)) {
        tag = substr(text, RSTART, RLENGTH)
        between = substr(text, 1, RSTART - 1)
        if (between ~ /&/ && between !~ /&(amp|lt|gt|quot|#10);/) { print "a bare & in: " between; exit 1 }
        text = substr(text, RSTART + RLENGTH)
        if (tag ~ /^<\?/ || tag ~ /\/>$/) continue
        if (tag ~ /^<\//) {
          name = substr(tag, 3, length(tag) - 3)
          if (open[depth] != name) { print "closes " name " within " open[depth]; exit 1 }
          depth--
          continue
        }
        name = substr(tag, 2, length(tag) - 2); sub(/ .*/, "", name)
        open[++depth] = name
      }
      if (depth != 0) { print "open at the end: " open[depth]; exit 1 }
      if (text ~ /[<>]/) { print "a bare < or >"; exit 1 }
    }' "$1"
}

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
