# Guards `weir fuzz`: with an engine it runs its targets, finds a planted mutant, files it and goes on; without one it says
# what to do.
source "$(dirname "${BASH_SOURCE[0]}")/testing.sh"
mkdir -p no-corpus

usage_error "unknown fuzz target 'sek'; did you mean 'seek'" fuzz sek
usage_error "unknown subject 'stream.zstd/9'" fuzz --subject stream.zstd/9
usage_error 'no such folder' fuzz --corpus missing

# The programs beside it: a result that nobody can read is no result.
target=${WEIR%/*}/fuzz_round_trip
if [[ -x $target ]]; then
  printf 'weir-case 1\nsubject stream.rot13/1\nclause round-trip\n' > held.case
  for mode in --replay --print-case; do
    last_command="fuzz_round_trip $mode, into a full disk"
    "$target" $mode held.case > .out 2> .err
    code=$?
    expect_code 0
    "$target" $mode held.case > /dev/full 2> .err
    code=$?
    expect_code 3
    expect_err 'standard output: No space left'
  done
fi

usage_error "'x'" fuzz --seed x
usage_error 'json: must not be empty' fuzz --json ''
run fuzz seek --budget 2s --corpus no-corpus --json missing/report.json
expect_code 3
expect_one_message

# With AFL++, where its targets are built: they are a build of their own (tools/weir fuzz --engine afl).
usage_error 'engine' fuzz --engine none
run fuzz partial_reads --engine afl --jobs 2 --budget 60s --subject mutant.one-read-is-all/1 --findings afl --seed 7
if grep -q 'the fuzz targets for AFL++ are not built' .err; then
  expect_code 3
  expect_one_message
else
  expect_code 1
  expect_out '^fuzzing 1 target for 60 s, 1 at a time with AFL\+\+, 2 instances, seed 7, subject mutant.one-read-is-all/1$'
  expect_out 'breaks (first-read|short-source-reads|eof-exact|count-bounds)'
  expect "a case was filed" test -n "$(ls afl)"
fi
run fuzz seek --engine afl --plugin "${WEIR_PLUGINS:?the folder of the plug-ins}/rle_bug.so"
expect_code 3
expect_err "AFL\+\+ runs the targets of Weir's own transforms alone"

run fuzz seek --budget 2s --corpus no-corpus --seed 7
if grep -q 'plain replay programs' .err; then
  expect_code 3
  expect_one_message
  expect_err 'tools/weir fuzz'
  finish
  exit
fi
expect_code 0
expect_out '^fuzzing 1 target for 2\.0 s, 1 at a time, seed 7$'
expect_out '^seek +[0-9,]+ '
expect_out '^held: 0 findings, [1-9][0-9,]* executions'

# The result for programs: a file, or all of standard output.
run fuzz seek faults --jobs 1 --budget 2s --corpus no-corpus --seed 7 --json report.json
expect_code 0
expect_out '^held: '
expect 'the report is JSON' is_json report.json
for line in '"verb": "fuzz"' '"exit_code": 0' '"seed": 7' '"budget": 2.0' '"interrupted": false' '"findings": \[\]' \
  '"name": "seek"' '"name": "faults"' '"executions": [1-9]' '"coverage": [1-9]' '"features": [1-9]' '"corpus": [1-9]' \
  '"stopped": ""' '"failure": ""' '"history": \['; do
  expect "the report has $line" grep -qE "^ *$line" report.json
done
run fuzz partial_writes --budget 4s --corpus no-corpus --subject mutant.ignores-count/1 --findings json --json -
expect_code 1
expect 'standard output is JSON' is_json .out
expect_out '^      "clause": "(short-sink-writes|would-block-write)",$'
expect_out '^      "status": "violated",$'
expect_out '^      "findings": [1-9],$'

# A planted mutant is found, shrunk and filed, and the other target runs as well.
run fuzz partial_writes round_trip --budget 12s --corpus no-corpus --subject mutant.ignores-count/1 --findings found
expect_code 1
# Which of the two clauses that it breaks there comes first is chance.
expect_out 'breaks (short-sink-writes|would-block-write)'
expect_out '^round_trip +[0-9,]+ '
expect_out '^violated: [1-9]'
# Without a terminal there is a line now and then.
expect_err '^weir: fuzzing( partial_writes)?( round_trip)?: [0-9.kM]+ executions, [1-9] findings?, [0-2] s left$'
file=$(ls found/*.case 2> /dev/null | head -n 1)
expect 'a .case is filed' test -n "$file"
expect 'the .case has at most 12 lines' test "$(wc -l < "$file")" -le 12
run repro "$file"
expect_code 1
expect_out 'the same as recorded'

# What an earlier run filed stays when it is no larger and still fails, with the comment that somebody gave it. The seed
# fails at once, so that chance has no part in it.
mkdir broken-seed old
printf 'weir-case 1\nsubject mutant.ignores-count/1\nclause short-sink-writes\npayload literal "aa"\nsink take 1\n' \
  > broken-seed/short.case
run repro broken-seed/short.case
expect_code 1
kind=$(sed -n 's/^violated: short-sink-writes: \([a-z-]*\).*/\1/p' .out)
filed=old/mutant.ignores-count-1--short-sink-writes--$kind.case
fuzz_seed() { run fuzz partial_writes --budget 2s --corpus broken-seed --subject mutant.ignores-count/1 --findings old; }
{ echo "# signature short-sink-writes: $kind"; echo '# kept by hand'; cat broken-seed/short.case; } > "$filed"
cp "$filed" kept-by-hand
fuzz_seed
expect_code 1
expect_out "^X mutant.ignores-count/1 breaks short-sink-writes: $kind\$"
expect_out "^  file +$filed\$"
expect 'it was left alone' cmp "$filed" kept-by-hand
# One that fails no more makes room, though it is smaller; and so does a larger one.
grep -vE '^sink|kept by hand' kept-by-hand > "$filed"
fuzz_seed
expect_code 1
expect 'a case that holds was replaced' grep -q '^sink' "$filed"
sed 's/literal "aa"/byte 97 times 30/' kept-by-hand > "$filed"
run repro "$filed"
expect_code 1
fuzz_seed
expect_code 1
expect 'a larger case was replaced' sh -c "! grep -q 'kept by hand' '$filed'"
run repro "$filed"
expect_code 1
expect_out 'the same as recorded'

# A target that is killed has not held.
last_command='fuzz, its target killed'
"$WEIR" fuzz seek --budget 60s --corpus no-corpus > .out 2> .err &
process=$!
wait_for 30 pgrep -P $process fuzz_seek
sleep 1
kill -KILL "$(pgrep -P $process fuzz_seek)"
wait $process
code=$?
expect_code 3
expect_out 'killed from outside \(signal 9\)'

# A budget too small to share.
run fuzz seek faults --jobs 1 --budget 100ms --corpus no-corpus
expect_out '^note: 0\.1 s is less than a second a target; it takes 2\.0 s in all$'

# A finding that cannot be filed leaves its input.
: > a-file
run fuzz partial_writes --budget 4s --corpus no-corpus --subject mutant.ignores-count/1 --findings a-file
expect_code 3
expect_one_message
expect_err "cannot make files in 'a-file': Not a directory"
mkdir taken
for name in $(cd found && ls); do mkdir "taken/$name"; done
run fuzz partial_writes --budget 4s --corpus no-corpus --subject mutant.ignores-count/1 --findings taken
expect_code 1
expect_err '^weir: cannot write the finding'
kept=$(sed -n 's/^weir: its input is kept at //p' .err | head -n 1)
expect 'the input is kept' test -s "$kept"
rm -f "$kept"

# Ctrl-C right after a target broke: what it found is filed. The program is held while the target searches, so that it
# learns of both at once.
last_command='fuzz, ended by Ctrl-C at its first finding'
broken=${kept%/*}
expect 'the inputs have a folder' test -d "$broken"
rm -f "${broken:?}"/*
"$WEIR" fuzz partial_writes --budget 60s --corpus no-corpus --subject mutant.ignores-count/1 --findings kept > .out 2> .err &
process=$!
wait_for 30 pgrep -P $process fuzz_partial
kill -STOP $process
expect 'the target breaks' wait_for 30 sh -c "ls '$broken' | grep -q ."
sleep 0.5 # for the target's last words
kill -INT $process
kill -CONT $process
wait $process
code=$?
expect_code 130
expect_out '^X mutant.ignores-count/1 breaks '
expect 'the finding is kept' sh -c 'ls kept/*.case > /dev/null'
run repro kept/*.case
expect_code 1

# Ctrl-C ends the targets.
last_command='fuzz, ended by Ctrl-C'
"$WEIR" fuzz seek faults --budget 60s --corpus no-corpus > .out 2> .err &
process=$!
expect 'both targets run' wait_for 60 sh -c "[ \$(pgrep -P $process | wc -l) -ge 2 ]"
children=$(pgrep -P $process)
kill -INT $process
wait $process
code=$?
expect_code 130
expect_out '^interrupted'
for child in $children; do expect "target $child is gone" sh -c "! kill -0 $child 2> /dev/null"; done

finish
