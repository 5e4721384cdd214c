# Guards `weir kill` and `weir check --prove`: the matrix, its exit codes and its JSON, on a few mutants. The whole matrix is in
# mutants_slow_test.sh.
source "$(dirname "${BASH_SOURCE[0]}")/testing.sh"

# Killed by every engine.
run kill ignores-count mutant.one-read-is-all/1 --engine exhaustive --engine random --seed 1 --seed 2 --json out.json
expect_code 0
expect_out '^ +ignores-count +short-sink-writes +[0-9]+ +[0-9]+ '
expect_out '^ +one-read-is-all +short-source-reads '
expect_out '^exhaustive +2 of 2'
expect_out '^random +2 of 2, with each of 2 seeds'
expect_out '^proven: 2 mutants, 2 clauses'
expect 'the table fits 100 columns' awk 'length($0) > 100 { exit 1 }' .out
expect 'the JSON is JSON' is_json out.json
expect 'the JSON has the exit code' grep -q '"exit_code": 0' out.json
expect 'the JSON has the fates' grep -q '"fate": "killed"' out.json
expect 'the JSON has the smallest case' grep -q '"smallest": "weir-case 1' out.json

# The default engines have a time to the kill; the guided one is there or says where it is.
run kill block-is-end --cases 2000
expect_code 0
expect_out '^default +1 of 1; median [0-9.]+ m?s, slowest'
expect_out '^guided +(1 of 1|this build has no fuzzing engine; `tools/weir --fuzz-build kill` has one)'
expect_out '^smallest case +operations median [0-9]+, at most [0-9]+; payload bytes median [0-9]+'

# Too few cases are a survivor, with what is known of it.
run kill seek-keeps-buffer --engine random --seed 1 --cases 1
expect_code 1
expect_out 'MISSED|other'
expect_out '^X seek-keeps-buffer, random, seed 1: survives seek-model over 1 cases: (never$|never reached|reached [0-9]+)'
expect_out '^not proven: '

# What is declared out of reach is tried all the same.
run kill block-tail --engine exhaustive
expect_code 0
expect_out '^ +block-tail +round-trip +beyond '

# Crashes and hangs are kills, and a correct subject is not accused.
run kill crash-abort stream.identity/1 --engine random --seed 1 --cases 300
expect_code 0
expect_out '^ +crash-abort '
expect_out '^ +stream.identity/1 +holds over [0-9,]+ cases'

# Yardsticks, beside it; those that are fuzz programs are there or say where they are.
run kill ignores-count crash-abort --engine random --seed 1 --yardsticks --json yard.json
expect_code 0
expect_out 'Weir 2 of 2, iotest-style 1, RapidCheck round trip 1, zstd-style round trip 1'
expect_out '^  libFuzzer round trip +(1  properties|-  this build has no fuzzing engine)'
expect 'the JSON says which clause noticed' grep -q '"ignores-count": "[a-z-]*: [a-z-]*"' yard.json
expect_out 'properties/yardsticks/iotest_reader.cpp'
expect 'the JSON names what each kills' grep -q '"crash-abort": "signal 6"' yard.json
expect 'the JSON is JSON' is_json yard.json

# A report on standard output has it for itself.
run kill ignores-count --engine random --seed 1 --json -
expect_code 0
expect 'the JSON is JSON' is_json .out

# Interrupted, it says what it has; the report is whole.
"$WEIR" kill --engine random --seed 1 --json cut.json > .out 2> .err < /dev/null &
pid=$!
sleep 3
kill -INT $pid
wait $pid
code=$?
last_command='kill --engine random --seed 1 --json cut.json, interrupted'
expect_code 130
expect_out '^interrupted: [0-9]+ mutants'
expect 'the JSON is JSON' is_json cut.json
expect 'the JSON says so' grep -q '"interrupted": true' cut.json
expect 'the JSON has the exit code' grep -q '"exit_code": 130' cut.json

# Each engine alone.
for engine in exhaustive sweep random; do
  run kill crash-abort lie-is-end close-swallows --engine $engine --seed 1
  expect_code 0
  expect_out "^$engine +[123] of [123]"
done

# Would the contract notice?
run check --prove stream.rot13/1 --cases 1000
expect_code 0
expect_out '^writer-drops-last-byte +round-trip +[0-9]+  ends-early'
expect_out '^reader-seeks-one-off +seek-'
expect_out '^proven: ([0-9]+) of \1 faults noticed; without a fault it holds over'
run check --prove stream.zstd/1 --cases 1000
expect_code 0
expect_out '^reader-seeks-one-off +does not apply +claims no seekable'
run check --prove mutant.ignores-count/1 --cases 300
expect_code 1
expect_out '^violated: mutant.ignores-count/1 breaks '

usage_error "unknown subject 'ignores-cuont'" kill ignores-cuont
usage_error "unknown engine 'replay'" kill --engine replay
usage_error 'stream.rot13/1 has no planted bug .*`weir check stream.rot13/1`' kill stream.rot13/1
usage_error 'seed' kill --seed -1
usage_error 'excludes|--cases' kill --cases 5 --budget 1s
usage_error '--prove needs the name of a subject' check --prove
usage_error '--prove runs the whole contract: no --clause' check --prove stream.identity/1 --clause round-trip
for option in --jobs --findings --corpus; do
  usage_error "excludes.*check --help" check --prove stream.identity/1 $option 1
done
no_leftovers

finish
