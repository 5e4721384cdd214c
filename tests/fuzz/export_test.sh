#!/usr/bin/env bash
# What a fuzz target writes for engines and services: seeds of its own cases alone, and a dictionary. TARGET is fuzz_round_trip.
set -euo pipefail
: "${TARGET:?}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() {
  echo "FAILED: $*"
  cat "$work/log"
  exit 1
}
run() { # run CODE ARGUMENT...
  local wanted=$1 code=0
  shift
  "$TARGET" "$@" >"$work/log" 2>&1 || code=$?
  [[ $code == "$wanted" ]] || fail "$* ended with $code, not $wanted"
}
mkdir -p "$work/cases/more"
written() { printf 'weir-case 1\nsubject stream.rot13/1\nclause %s\npayload %s\n' "$1" "$2"; }
written round-trip 'literal "a"' >"$work/cases/own.case"
written round-trip 'literal "b"' >"$work/cases/more/own.case" # of the same name
written seek-model 'literal "c"' >"$work/cases/other.case"    # of another target

run 0 --export "$work/seeds" "$work/cases"
[[ $(ls "$work/seeds") == $'own\nown-again' ]] || fail "wrong seeds: $(ls "$work/seeds")"
cmp -s "$work/seeds/own" "$work/seeds/own-again" && fail "one seed was written twice"
run 0 --replay "$work/seeds"
grep -q '^2 files: 2 held' "$work/log" || fail "the seeds do not replay"

# Named by itself, a case of another target is an error; so is a folder of nothing else.
run 2 --export "$work/named" "$work/cases/own.case" "$work/cases/other.case"
grep -q 'other.case: is not a case of this target (seek-model on stream.rot13/1)' "$work/log" || fail "no message"
mkdir "$work/others"
mv "$work/cases/other.case" "$work/others/"
run 3 --export "$work/none" "$work/others"
grep -q 'every case is of another target' "$work/log" || fail "no message"
echo broken >"$work/cases/broken.case"
run 2 --export "$work/broken" "$work/cases"

# Every clause of the target on every subject is an entry: four bytes, with a line above that says which.
run 0 --dictionary
grep -A1 '^# round-trip on stream.rot13/1$' "$work/log" | grep -qE '^"(\\x[0-9a-f]{2}){4}"$' || fail "no entry for round-trip"
[[ $(grep -c '^#' "$work/log") == $(grep -c '^"' "$work/log") ]] || fail "entries and lines differ"
[[ $(grep '^"' "$work/log" | sort | uniq -d) == "" ]] || fail "an entry stands twice"
grep -q seek-model "$work/log" && fail "a clause of another target"
exit 0
