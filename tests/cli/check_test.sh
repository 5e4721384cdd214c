# Guards `weir check`: what it runs, what it says of a broken transform, its reports, its exit codes, and Ctrl-C.
source "$(dirname "${BASH_SOURCE[0]}")/testing.sh"
mkdir no-corpus

# A clause that holds.
run check stream.rot13/1 --clause round-trip --cases 300 --corpus no-corpus
expect_code 0
expect_out '^held +stream\.rot13/1 round-trip: '
expect_out 'exhausted ([0-9,]+) of \1 small cases'
expect_out 'random +300 cases, seed 1'
expect_out '^held: 1 clause on 1 subject'
expect 'plain lines have no escape sequences' sh -c '! grep -q "$(printf "\033")" .out .err'

# Skips have their reason.
run check stream.zstd/1 --clause seek-model --clause round-trip --cases 50 --corpus no-corpus
expect_out '^skipped +stream\.zstd/1 seek-model: .+'

# A broken transform.
run check mutant.ignores-count/1 --clause short-sink-writes --budget 20s --corpus no-corpus --json out.json \
  --junit out.xml --findings found
expect_code 1
expect_out 'breaks short-sink-writes'
expect_out '^  promise  '
expect_out '^  expected  '
expect_out '^  seen  '
expect_out '^    weir-case 1$'
file=$(ls found/*.case 2> /dev/null | head -n 1)
expect 'a .case is filed' test -n "$file"
expect_out "reproduce +$WEIR repro found/"
expect 'the .case has at most 12 lines' test "$(wc -l < "$file")" -le 12
expect 'the JSON report is JSON' is_json out.json
expect 'the JSON report names the clause' grep -q '"clause": "short-sink-writes"' out.json
expect 'the JSON report has the exit code' grep -q '"exit_code": 1' out.json
expect 'the JUnit report is XML' is_xml out.xml
expect 'the JUnit report counts the failure' grep -q '<testsuites name="weir" tests="1" failures="1"' out.xml
run repro "$file"
expect_code 1
expect_out 'violated: .*the same as recorded'
no_leftovers

# Chains are subjects: by name, in a case, and drawn.
run check chain.crc32c+rot13/1 --clause round-trip --clause seek-model --cases 50 --corpus no-corpus
expect_code 0
expect_out '^held +chain\.crc32c\+rot13/1 seek-model: '
printf '%s\n' 'weir-case 1' 'subject chain.rot13+zstd/1' 'clause round-trip' 'payload text 100' > chain.case
run repro chain.case
expect_code 0
run check chain.rot13+none/1
expect_code 2
expect_one_message
expect_err "in 'chain.rot13\+none/1': unknown subject 'stream.none/1'"
run check --chains 4 --seed 5 --clause truncation --engine random --cases 50 --corpus no-corpus
expect_code 0
expect_out '1 clause on 4 subjects'
grep -o 'chain\.[^ ,:]*' .out > drawn
run check --chains 4 --seed 5 --clause round-trip --engine random --cases 50 --corpus no-corpus
expect 'the seed draws the chains' test "$(grep -o 'chain\.[^ ,:]*' .out | sort -u)" = "$(sort -u drawn)"
run check stream.rot13/1 --chains 1 --clause round-trip --cases 50 --corpus no-corpus
expect_out '1 clause on 2 subjects'
for bad in 0 x 1001; do
  run check --chains $bad
  expect_code 2
done
run check stream.rot13/1 --prove --chains 2
expect_code 2

# The first finding is enough where that is asked for. (Two workers may find something at the same moment: both is kept.)
run check mutant.ignores-count/1 --budget 60s --jobs 1 --fail-fast --corpus no-corpus --findings first
expect_code 1
expect_err '^violated mutant.ignores-count/1 short-sink-writes: .*, after [0-9.]+ s$'
expect 'one finding is filed' test "$(ls first | wc -l)" = 1

# Clauses that fail in the same way probably do for one cause, and the contract's first is where to start.
run check mutant.ignores-count/1 --clause would-block-write --clause short-sink-writes --cases 300 --corpus no-corpus \
  --json out.json --findings causes
expect_code 1
expect_out '^violated: 2 findings'
kinds=$(sed -n 's/^X .* breaks .*: //p' .out | sort -u | wc -l)
first=$(ls causes/*--short-sink-writes--*.case)
if [[ $kinds -eq 1 ]]; then
  expect_out "^2 clauses fail on mutant.ignores-count/1 with [a-z-]+, probably for one cause: start with short-sink-writes \\($first\\)\$"
  expect 'the JSON report says it too' grep -q "\"start_with\": \"$first\"" out.json
else
  fail 'the two clauses do not fail in the same way'
fi
expect 'the JSON report is JSON' is_json out.json
run check mutant.ignores-count/1 --clause short-sink-writes --cases 300 --corpus no-corpus --findings causes
expect_code 1
expect_no_out 'for one cause'

# The table keeps within the width that there is, however many subjects there are.
subjects='stream.identity/1 stream.rot13/1 stream.zstd/1 mutant.ignores-count/1'
for columns in 80 60 30; do
  last_command="check of four subjects in $columns columns"
  # shellcheck disable=SC2086
  COLUMNS=$columns "$WEIR" check $subjects --clause round-trip --clause seek-model --cases 5 --engine random \
    --corpus no-corpus --findings table > .out 2> .err < /dev/null
  code=$?
  blocks=2
  if [[ $columns -lt 60 ]]; then blocks=4; fi
  expect "$blocks blocks" test "$(grep -c '^  round-trip ' .out)" = $blocks
  # Up to what is wrapped by rules of its own.
  sed '/^Skipped/,$d' .out > table.txt
  expect 'the table has something in it' test -s table.txt
  expect "no row is longer than $columns" test -z "$(awk -v most=$columns 'length($0) > most' table.txt)"
  if [[ $columns -ge 60 ]]; then
    for subject in $subjects; do
      expect "$subject has a column" test "$(grep -c "^ .* $subject\b" table.txt)" = 1
    done
  fi
done

# Reports on standard output have it for themselves.
run check stream.identity/1 --clause round-trip --cases 20 --corpus no-corpus --json -
expect_code 0
expect 'the JSON on standard output is JSON' is_json .out
run check stream.identity/1 --clause round-trip --cases 20 --corpus no-corpus --junit -
expect_code 0
expect 'the XML on standard output is XML' is_xml .out

# The same seed gives the same run, whatever the number of jobs; another seed another one.
numbers() { sed -E '/seconds"|"seed"/d' "$1"; }
run check stream.rot13/1 stream.zstd/1 --clause truncation --clause round-trip --clause short-sink-writes \
  --engine random --cases 200 --corpus no-corpus --jobs 1 --json one.json
run check stream.rot13/1 stream.zstd/1 --clause truncation --clause round-trip --clause short-sink-writes \
  --engine random --cases 200 --corpus no-corpus --jobs 2 --json two.json
expect 'one job and two give the same numbers' cmp -s <(numbers one.json) <(numbers two.json)
run check stream.rot13/1 stream.zstd/1 --clause truncation --clause round-trip --clause short-sink-writes \
  --engine random --cases 200 --corpus no-corpus --seed 2 --json three.json
expect 'another seed gives other numbers' test "$(numbers one.json)" != "$(numbers three.json)"

# Every fault point, and nothing where there is none.
run check stream.rot13/1 --clause source-fault --clause round-trip --engine sweep --corpus no-corpus --json out.json
expect_code 0
expect_out '^held +stream\.rot13/1 source-fault: ([0-9,]+) cases \(swept \1 of \1\)$'
expect_out '^skipped +stream\.rot13/1 round-trip: nothing to sweep$'
expect_out '^  sweep +swept ([0-9,]+) of \1 fault points$'
expect 'the JSON report says that it is complete' grep -q '"sweep_complete": true' out.json
run check mutant.fault-is-end/1 --clause source-fault --engine sweep --corpus no-corpus --findings swept
expect_code 1
expect_out 'found by sweep, case [0-9]+'
run repro swept/*.case
expect_code 1

# What would run, and for how long.
run check stream.rot13/1 --clause round-trip --clause sink-fault --dry-run --corpus no-corpus
expect_code 0
expect_out '^round-trip +1 +[0-9,]+  up to '
expect 'the plan fits 80 columns' test "$(awk 'length($0) > 80' .out | wc -l)" = 0
expect_out '^sweep: every fault point of [1-9][0-9]* streams in 1 pair '
expect_out '^exhaustive: [0-9,]+ cases in 2 pairs, about '
expect_no_out '^held'
usage_error 'dry-run' check --dry-run --json out.json
run check stream.rot13/1 --clause round-trip --engine exhaustive --corpus no-corpus
expect_code 0
expect 'the estimate stands first' sh -c "head -n 1 .out | grep -q '^exhaustive: .* about '"

# What the cases were made of.
run check stream.rot13/1 --clause round-trip --clause source-fault --cases 1500 --corpus no-corpus --stats --json out.json
expect_code 0
expect_out '^    9 B to 64 B +[0-9,]+ +[0-9.]+ %'
expect_out '^  source-fault: [0-9,]+ cases; .*faults [0-9,]+.*; discarded: '
expect_out '^warning: more than half of the cases of source-fault were discarded'
expect 'the JSON report has them too' grep -q '"payload_sizes"' out.json
expect 'the JSON report is JSON' is_json out.json
run check stream.rot13/1 --clause round-trip --engine exhaustive --corpus no-corpus --stats
expect_out '^warning: no case crossed 128'
run check stream.rot13/1 --clause round-trip --cases 20 --corpus no-corpus
expect_no_out 'payload size|^warning'

# Payloads of real files.
head -c 1000000 "$WEIR" > program # which is too long whole, unoptimised
run check stream.zstd/1 --clause round-trip --cases 100 --corpus no-corpus --payload program --payload "$here/testing.sh" \
  --json out.json
expect_code 0
expect_out '^  payloads    [1-9][0-9,]* of [0-9,]+ cases took pieces of 2 payload files$'
expect 'the JSON report counts the same' test "$(sed -n 's/.*"file_payloads": //p' out.json)" = \
  "$(sed -n '/"payload_files"/,/}/s/.*"cases": //p' out.json)"
expect 'the JSON report is JSON' is_json out.json
run check stream.zstd/1 --clause round-trip --cases 20 --corpus no-corpus
expect_no_out 'payload file'
usage_error 'missing' check --payload missing
usage_error 'cannot take payloads' check --payload .
: > empty
usage_error 'cannot take payloads' check --payload empty

# Names that do not exist.
usage_error "unknown subject 'stream.zstd/2'; did you mean 'stream.zstd/1'" check stream.zstd/2
usage_error "no subject matches 'stream\.y\*'; .*weir list" check 'stream.zstd*' 'stream.y*'
run check 'stream.z*' 'mutant.one-read-*' --engine random --clause round-trip --cases 20 --json -
expect_code 0
expect_out 'stream\.zstd-seekable/1'
expect_out 'mutant\.one-read-is-all/1'
expect_no_out 'stream\.rot13/1'
# A pattern is for command lines: as a subject's name in a file it names nothing, and nothing crashes or passes over it.
mkdir -p pattern/regressions pattern/open
printf 'weir-case 1\nsubject stream.z*\nclause round-trip\npayload literal "a"\n' > pattern/regressions/p.case
usage_error "p\.case: unknown subject 'stream\.z\*'" repro pattern/regressions/p.case
usage_error "p\.case: unknown subject 'stream\.z\*'" shrink pattern/regressions/p.case
usage_error "unknown subject 'stream\.z\*'" repro --subject 'stream.z*' pattern/regressions/p.case
usage_error "unknown subject 'stream\.z\*'" check stream.rot13/1 --interop 'stream.z*'
usage_error "p\.case: unknown subject" check --corpus pattern
run corpus lint pattern
expect_code 1
expect_out 'p\.case'
run ci stream.rot13/1 --clause round-trip --no-fuzz --budget 20s --cases 20 --corpus pattern --out pattern-out
expect_code 2
expect_err "p\.case: unknown subject"
mv pattern/regressions/p.case pattern/open
run ci stream.rot13/1 --clause round-trip --no-fuzz --budget 20s --cases 20 --corpus pattern --out pattern-out
expect_code 2
expect_err "p\.case: unknown subject"
usage_error "did you mean 'mutant.ignores-count/1'" check mutant.ignore-count/1
usage_error "unknown clause 'roundtrip'; did you mean 'round-trip'" check --clause roundtrip
usage_error "unknown engine 'randon'; did you mean 'random'" check --engine randon
usage_error "unknown group 'sek'; did you mean 'seek'" check --group sek
usage_error 'prove runs the whole contract: no --group' check --prove stream.rot13/1 --group seek
run check stream.rot13/1 --group seek --clause round-trip --engine random --cases 10
expect_code 0
expect_out 'stream.rot13/1 seek-model:'
expect_out 'stream.rot13/1 round-trip:'
expect_no_out 'truncation'
usage_error 'weir fuzz' check --engine guided

# Nothing ran, or nothing was proven.
run check stream.rot13/1 --clause round-trip --engine replay --corpus no-corpus
expect_code 3
expect_out 'nothing ran'
run check stream.zstd/1 --clause seek-model --cases 10 --corpus no-corpus
expect_code 3
expect_out 'nothing ran'

# A corpus that is missing, or has a file that is no case of this build.
usage_error 'no such folder' check --corpus missing
mkdir stale-corpus
printf 'weir-case 9\nsubject stream.rot13/1\nclause round-trip\n' > stale-corpus/old.case
usage_error 'old\.case:1: stale' check --corpus stale-corpus

# A case of the corpus that names what there is not would never run again.
mkdir lost-corpus
printf 'weir-case 1\nsubject stream.rot13/1\nclause round-tripp\n' > lost-corpus/lost.case
for verb in check fuzz; do
  usage_error "lost\.case: unknown clause 'round-tripp'; did you mean 'round-trip'" $verb --corpus lost-corpus
done
printf 'weir-case 1\nsubject stream.rot14/1\nclause round-trip\n' > lost-corpus/lost.case
usage_error "lost\.case: unknown subject 'stream.rot14/1'" check --corpus lost-corpus
printf 'weir-case 1\n' > lost-corpus/lost.case
usage_error 'lost\.case:1: no subject line' check --corpus lost-corpus

# The corpus is replayed first.
mkdir corpus
printf 'weir-case 1\nsubject   stream.rot13/1\nclause    round-trip\npayload   literal "Weir"\n' > corpus/one.case
run check stream.rot13/1 --clause round-trip --engine replay --corpus corpus
expect_out 'replay +1 of 1 cases of the corpus'

# Two reports need two places.
ln -s out.json link.json
for place in 'out.json out.json' 'out.json ./out.json' 'link.json out.json' '- -'; do
  usage_error 'the same place' check --json "${place% *}" --junit "${place#* }"
done
: > out.json
usage_error 'the same place' check --json link.json --junit out.json
usage_error 'json' check --json ''
usage_error 'junit' check --junit ''
usage_error 'findings' check --findings ''
usage_error 'corpus' check --corpus ''

# Reports and findings that cannot be written.
run check stream.rot13/1 --clause round-trip --cases 5 --corpus no-corpus --json missing/out.json
expect_code 3
expect_one_message
expect_err 'missing/out.json'
run check stream.rot13/1 --clause round-trip --cases 5 --corpus no-corpus --junit .
expect_code 3
run check stream.rot13/1 --clause round-trip --cases 300 --corpus no-corpus --json /dev/full
expect_code 3
expect_err 'No space left'
: > a-file
ln -s nowhere dangling
for place in a-file a-file/below dangling; do
  run check mutant.ignores-count/1 --clause short-sink-writes --cases 300 --corpus no-corpus --findings "$place"
  expect_code 3
  expect_one_message
  expect_err "cannot make files in '$place': No"
done
run check stream.rot13/1 --clause round-trip --cases 5 --corpus no-corpus --findings not/yet/there
expect_code 0
expect 'a folder for nothing is not made' test ! -e not
# One that could not be seen to fail before.
mkdir taken
for name in $(cd causes && ls); do mkdir "taken/$name"; done
run check mutant.ignores-count/1 --clause short-sink-writes --cases 300 --corpus no-corpus --findings taken
expect_code 1
expect_err '^weir: .*taken'
expect_out 'not written'

# Ctrl-C: what was found is kept, nobody is left running.
last_command='check, ended by Ctrl-C'
"$WEIR" check mutant.ignores-count/1 stream.zstd/1 --budget 60s --corpus no-corpus --findings kept$$ > .out 2> .err &
process=$!
wait_for 30 sh -c "ls kept$$/*.case"
wait_for 30 grep -q violated .err
kill -INT $process
wait $process
code=$?
expect_code 130
expect_out 'interrupted'
expect 'the finding is kept' sh -c "ls kept$$/*.case > /dev/null"
sleep 0.2
expect 'no worker is left' sh -c "! ps -eo args 2> /dev/null | grep -v grep | grep -q -- '--findings kept$$'"

finish
