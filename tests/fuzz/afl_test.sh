#!/usr/bin/env bash
# tools/afl_engine: a search with AFL++ finds a planted mutant and keeps inputs that any engine reads. BIN holds the targets of the
# afl preset and their mutator, ENGINE is tools/afl_engine.
set -euo pipefail
: "${BIN:?}" "${ENGINE:?}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() {
  echo "FAILED: $*"
  cat "$work/log"
  exit 1
}
run() { # run CODE COMMAND...
  local wanted=$1 code=0
  shift
  "$@" >"$work/log" 2>&1 || code=$?
  [[ $code == "$wanted" ]] || fail "$* ended with $code, not $wanted"
}
mutator=$BIN/libweir_afl_mutator.so subject=mutant.one-read-is-all/1

# The first input that breaks the target ends the search; it is a case, and breaks it again.
mkdir "$work/broken"
run 77 "$ENGINE" --mutator "$mutator" --instances 2 "$BIN/fuzz_partial_reads" "$work/corpus" "-artifact_prefix=$work/broken/" \
  -max_total_time=120 -timeout=10 -seed=1 "--subject=$subject"
grep -q 'weir: violated ' "$work/log" || fail "no violation"
grep -q "Test unit written to $work/broken/crash-" "$work/log" || fail "the input is not named"
broken=("$work"/broken/crash-*)
run 0 "$BIN/fuzz_partial_reads" --subject "$subject" --print-case "${broken[0]}"
grep -q "^subject *$subject" "$work/log" || fail "the input is no case of the subject"
run 1 "$BIN/fuzz_partial_reads" --subject "$subject" --replay "${broken[0]}"
[[ ! -e $work/corpus.afl ]] || fail "the shared folder was left behind"

# What is kept is named by its content, and read by the next search.
run 0 "$ENGINE" --mutator "$mutator" "$BIN/fuzz_round_trip" "$work/kept" -max_total_time=8 -seed=1
grep -qE '^#[0-9]+.*cov: [1-9][0-9]* ft: .*corp: [1-9]' "$work/log" || fail "no numbers on the way"
grep -qE '^stat::number_of_executed_units: [1-9]' "$work/log" || fail "no number at the end"
kept=("$work"/kept/*)
((${#kept[@]} > 1)) || fail "nothing was kept"
for file in "${kept[@]}"; do
  [[ ${file##*/} == "$(sha1sum <"$file" | cut -d ' ' -f 1)" ]] || fail "$file is not named by its content"
done
run 0 "$BIN/fuzz_round_trip" --replay "$work/kept"

# An end by a signal keeps what was found; after one that left no time for that the next search finds it.
for signal in TERM KILL; do
  rm -rf "$work/ended"
  "$ENGINE" --mutator "$mutator" "$BIN/fuzz_round_trip" "$work/ended" -seed=1 >"$work/log" 2>&1 &
  engine=$!
  for ((i = 0; i < 600; ++i)); do
    grep -qE '^#[0-9]+.*corp: ([2-9]|[1-9][0-9])' "$work/log" && break
    sleep 0.1
  done
  queue=()
  if [[ $signal == KILL ]]; then
    kill -KILL "$engine"
    wait "$engine" || true
    for ((i = 0; i < 200; ++i)); do # its afl-fuzz ends with it
      pgrep -f "$work/ended.afl" >/dev/null || break
      sleep 0.1
    done
    ! pgrep -f "$work/ended.afl" || fail "afl-fuzz goes on without the engine"
    queue=("$work"/ended.afl/out/main/queue/id:*)
    ((${#queue[@]} > 1)) || fail "nothing is left of a search that was killed"
    mapfile -t queue < <(sha1sum "${queue[@]}" | cut -d ' ' -f 1)
    run 0 "$ENGINE" "$BIN/fuzz_round_trip" "$work/ended" -max_total_time=10 -seed=1
  else
    kill "-$signal" "$engine"
    wait "$engine" || true
  fi
  kept=("$work"/ended/*)
  ((${#kept[@]} > 1)) || fail "a search that was ended by $signal kept nothing"
  for name in "${queue[@]}"; do
    [[ -s $work/ended/$name ]] || fail "$name of a search that was killed is lost"
  done
  [[ ! -e $work/ended.afl ]] || fail "the shared folder was left behind"
done
# So does the input that broke the target there, as one in the corpus does.
mkdir -p "$work/left.afl/out/main/crashes" "$work/known"
: >"$work/left.afl/made-by-afl-engine"
cp "${broken[0]}" "$work/left.afl/out/main/crashes/id:000000,sig:06"
cp "${broken[0]}" "$work/known/x"
for name in left known; do
  run 77 "$ENGINE" --mutator "$mutator" "$BIN/fuzz_partial_reads" "$work/$name" "-artifact_prefix=$work/$name-" -max_total_time=10 \
    "--subject=$subject"
  cmp "${broken[0]}" "$work/$name"-crash-* || fail "the input that broke the target is lost"
  grep -q 'weir: violated ' "$work/log" || fail "no violation"
done
[[ -z $(ls "$work/left") ]] || fail "what breaks the target is in its corpus"

# What is there already is somebody's.
mkdir -p "$work/mine.afl" && echo precious >"$work/mine.afl/notes"
run 1 "$ENGINE" "$BIN/fuzz_seek" "$work/mine" -max_total_time=1
grep -q 'mine.afl is where AFL++ is to work, and no search made it' "$work/log" || fail "no message"
[[ -s $work/mine.afl/notes ]] || fail "somebody's folder was removed"
mkdir "$work/busy.afl" && : >"$work/busy.afl/made-by-afl-engine"
(
  flock 9
  run 1 "$ENGINE" "$BIN/fuzz_seek" "$work/busy" -max_total_time=1
) 9>>"$work/busy.afl/made-by-afl-engine"
grep -q 'another search works in .*busy.afl' "$work/log" || fail "no message"

# Without the mutator bytes are changed, which is allowed.
run 0 "$ENGINE" "$BIN/fuzz_seek" "$work/bytes" -max_total_time=5 -seed=1

# As a service looks at such a target; one that is linked to something else does not pass.
mkdir "$work/out"
cp "$BIN/fuzz_seek" "$work/out"
only=(--only startup --only instrumentation --only relocation)
run 0 "${ENGINE%/*}/oss_fuzz_check" --engine afl --sanitizer none "${only[@]}" "$work/out"
printf '#!/bin/sh\n# LLVMFuzzerTestOneInput\n' >"$work/out/fuzz_none"
chmod +x "$work/out/fuzz_none"
run 1 "${ENGINE%/*}/oss_fuzz_check" --engine afl --sanitizer none "${only[@]}" "$work/out"
grep -q '^FAIL  instrumentation' "$work/log" || fail "a script passes for a target"

run 2 "$ENGINE" "$BIN/fuzz_seek"
grep -q 'name a program and the folder of its corpus' "$work/log" || fail "no message"
run 2 "$ENGINE" --instances none "$BIN/fuzz_seek" "$work/none"
run 2 "$ENGINE" "$BIN/fuzz_seek" "$work/none" -max_total_time=soon
run 1 "$ENGINE" "$BIN/fuzz_nothing" "$work/none" -max_total_time=1
grep -q 'there is no .*fuzz_nothing' "$work/log" || fail "no message"
run 1 "$ENGINE" "$(type -P true)" "$work/none" -max_total_time=20
grep -q 'afl-fuzz (main) ended' "$work/log" || fail "what is no target is not said"
run 1 "$ENGINE" --mutator "$mutator" "$BIN/fuzz_seek" "$work/none" -max_total_time=20 --subject=no.such/1
