# Guards the life of a finding in the repository: open cases in `weir check`, `corpus promote`, and what looks after the files:
# `corpus stats`, `lint`, `minimise`, `merge`. Nothing is lost, nothing is overwritten, and every complaint is one that a person
# can act on.
source "$(dirname "${BASH_SOURCE[0]}")/testing.sh"

# put FILE LINE...: a case with these lines.
put() {
  local file=$1
  shift
  mkdir -p "${file%/*}"
  printf 'weir-case 1\n' > "$file"
  printf '%s\n' "$@" >> "$file"
}
held() { put "$1" 'subject stream.rot13/1' 'clause round-trip' "payload literal \"$2\""; }
broken() { # a mutant that takes a short read for the end
  put "$1" '# signature short-source-reads: ends-early' 'subject mutant.one-read-is-all/1' 'clause short-source-reads' \
    'payload literal "aa"' 'source give 1'
}
mutant=mutant.one-read-is-all/1
check() { run check "$mutant" --clause short-source-reads --engine replay --corpus "$@"; }

# Without the folder, and with an empty one, all is as before.
held c/seeds/round_trip/a.case a
put c/regressions/ok.case "subject $mutant" 'clause short-source-reads' 'payload literal "a"'
check c
expect_code 0
expect_no_out 'open'
mkdir c/open
check c
expect_code 0
expect_no_out 'open'

# What is known to be violated is one line, not a failure.
broken c/open/one.case
check c --json out.json --junit out.xml
expect_code 0
expect_out '^  open +1 case known to be violated: c/open/one.case$'
expect_out '^  replay +1 of 1 cases'
expect 'the JSON report is JSON' is_json out.json
expect 'the JSON report has it' grep -q '"status": "violated",$' out.json
expect 'the JUnit report is XML' is_xml out.xml
expect 'the JUnit report skips it' sh -c 'grep -A 1 "name=\"c/open/one.case\"" out.xml | grep -q "<skipped message=\"known to be violated\"/>"'
# Those of other subjects and clauses are left alone.
run check stream.rot13/1 --clause round-trip --engine replay --corpus c
expect_code 0
expect_no_out '^  open'
# Where an engine finds the same, that is said.
run check "$mutant" --clause short-source-reads --engine exhaustive --engine replay --corpus c
expect_code 1
expect_out 'note: short-source-reads: ends-early on mutant.one-read-is-all/1 is known: c/open/one.case'

# It holds again: said, with the command that moves it.
put c/open/two.case '# signature short-source-reads: ends-early' "subject $mutant" 'clause short-source-reads' \
  'payload literal "b"'
check c --json out.json
expect_code 0
expect_out '^  open +c/open/two.case holds now: .*corpus promote c/open/two.case$'
expect 'the JSON report has it' grep -q '"status": "holds-now"' out.json
# It is violated, but not as anybody knew: that is a failure.
sed -i 's/ends-early/decoded-bytes-differ/' c/open/one.case
check c --json out.json --junit out.xml
expect_code 1
expect_out 'c/open/one.case is violated in another way than recorded: short-source-reads: ends-early, not short-source-reads: dec'
expect_out '^violated: 0 findings; 1 open case violated in another way; '
expect 'the JUnit report is XML' is_xml out.xml
expect 'the JUnit report counts it' grep -q '<testsuite name="open cases" tests="2" failures="1"' out.xml
sed -i 's/decoded-bytes-differ/ends-early/' c/open/one.case
# One that nobody can read is an error, as elsewhere in a corpus.
echo weir-case 9 > c/open/stale.case
check c
expect_code 2
expect_err 'c/open/stale.case:1: stale'
rm c/open/stale.case

# Promote: what holds goes to the regressions, what does not stays.
run corpus promote c/open/two.case c/open/one.case
expect_code 1
expect_out '^c/open/two.case -> c/regressions/two.case \(held 5 times\)$'
expect_err 'c/open/one.case stays where it is: violated: short-source-reads: ends-early; .*--to open'
expect_one_message
expect 'it was moved' test ! -e c/open/two.case -a -e c/regressions/two.case
expect 'the other stays' test -e c/open/one.case
# Never over a file that is there, nor beside one that says the same.
held c/open/ok.case z
run corpus promote c/open/ok.case
expect_code 2
expect_err 'c/open/ok.case stays where it is: c/regressions/ok.case is there already'
expect 'nothing was moved' test -e c/open/ok.case
mv c/regressions/ok.case c/regressions/other-name.case
put c/open/ok.case "subject $mutant" 'clause short-source-reads' 'payload literal "a"'
run corpus promote c/open/ok.case
expect_code 2
expect_err 'c/regressions/other-name.case is the same case'
run corpus promote c/regressions/two.case
expect_code 2
expect_err 'it is there already'
rm c/open/ok.case
# A finding becomes an open case, with a record of how it fails.
broken found/new.case
sed -i '/^#/d; s/"aa"/"abc"/' found/new.case
run corpus promote --to open --corpus c found/new.case
expect_code 0
expect_out '^found/new.case -> c/open/new.case \(violated: short-source-reads: ends-early\)$'
expect 'the record is there' grep -q '^# signature short-source-reads: ends-early$' c/open/new.case
expect 'it was moved' test ! -e found/new.case
# The record is of how it fails now.
broken found/otherwise.case
sed -i 's/ends-early/decoded-bytes-differ/; s/"aa"/"abcd"/; 1a # ticket 123\n# found by random, seed 42\n# seen      other bytes' \
  found/otherwise.case
run corpus promote --to open --corpus c found/otherwise.case
expect_code 0
expect_out '^found/otherwise.case -> c/open/otherwise.case \(violated: short-source-reads: ends-early; it was short-source-reads: decoded-bytes-differ\)$'
expect 'what else stands there stays' grep -qx '# ticket 123' c/open/otherwise.case
expect 'where it came from, too' test "$(grep 'found by' c/open/otherwise.case)" = '# found by random, seed 42'
expect 'what was seen is of today' test "$(grep '^# seen ' c/open/otherwise.case)" = '# seen      a clean end'
expect 'the record is that of today' sh -c '[ "$(grep -c signature c/open/otherwise.case)" = 1 ] && grep -q "^# signature short-source-reads: ends-early$" c/open/otherwise.case'
check c
expect_code 0
rm c/open/otherwise.case
held found/fine.case q
run corpus promote --to open --corpus c found/fine.case
expect_code 2
expect_err 'it holds, so there is nothing open'
# So does a regression that does not hold for now.
broken c/regressions/again.case
sed -i 's/"aa"/"aab"/' c/regressions/again.case
run corpus promote --to open c/regressions/again.case
expect_code 0
expect_out '^c/regressions/again.case -> c/open/again.case '
rm c/open/again.case
# From within a folder, and where the clause has nothing to say.
(cd c/open && "$WEIR" corpus promote --to open new.case) > .out 2> .err
code=$?
expect_code 2
expect_err 'it is there already'
put c/open/none.case 'subject stream.zstd/1' 'clause seek-over-partial' 'reads read 1'
run corpus promote c/open/none.case
expect_code 3
expect_err 'c/open/none.case stays where it is: '
rm c/open/none.case
usage_error 'no-such.case' corpus promote no-such.case
usage_error 'regressions,open' corpus promote --to seeds c/open/new.case
usage_error 'file' corpus promote
# A full disk, a file in the way.
mkdir -p blocked/open
: > blocked/regressions
held blocked/open/x.case x
run corpus promote blocked/open/x.case
expect_code 3
expect_one_message
expect 'it stays' test -e blocked/open/x.case
no_leftovers

# Stats.
run corpus stats c --json out.json
expect_code 0
expect_out '^c: 5 files, [0-9]+ B: 5 cases, 0 golden streams$'
expect_out '^regressions +2 '
expect_out '^seeds/round_trip +1 '
expect_out '^short-source-reads +4 '
expect_out '^stream.rot13/1 +1 '
expect_out '^payload +.*1 B to 8 B 5'
expect_out '^kinds +.*short 2'
expect_out '^without a case  '
expect_out 'eof-sticky'
expect 'it is JSON' is_json out.json
expect 'the clauses are there' grep -q '"short-source-reads": {' out.json
run corpus stats c --json -
cp .out out.json
expect 'on standard output it is alone' is_json out.json
printf 'weir-case 1\nno such line\n' > c/seeds/round_trip/bad.case
run corpus stats c
expect_code 0
expect_out '^seeds/round_trip +2 .* 1 unreadable$'
rm c/seeds/round_trip/bad.case
mkdir empty
run corpus stats empty
expect_code 3
expect_err "'empty' is empty"
usage_error 'no such folder' corpus stats missing
run corpus stats c --json no/such/folder/x.json
expect_code 3
expect_err 'no/such/folder/x.json'
for verb in stats lint; do
  run corpus $verb c --json /dev/full
  expect_code 3
  expect_err '/dev/full.*No space left'
done

# Lint: each kind of problem, one line each.
lint() {
  run corpus lint l "$@"
}
held l/seeds/round_trip/a.case a
broken l/open/one.case
printf 'what this is\n' > l/README.md
lint
expect_code 0
expect_out '^clean: 0 problems in 3 files$'
held l/regressions/twin.case a
printf 'weir-case 1\nno such line\n' > l/seeds/round_trip/torn.case
held l/seeds/seek/wrong-target.case b
held l/seeds/sek/no-target.case c
held l/seeds/direct.case d
broken l/seeds/partial_reads/mutant.case
put l/regressions/no-clause.case 'subject stream.rot13/1' 'clause no-such-clause'
put l/regressions/no-subject.case 'subject stream.rto13/1' 'clause round-trip'
put l/regressions/not-applying.case 'subject stream.zstd/1' 'clause seek-over-partial' 'payload literal "q"'
{
  printf 'weir-case 1\nsubject stream.rot13/1\nclause round-trip\npayload literal "'
  head -c 70000 /dev/zero | tr '\0' x
  printf '"\n'
} > l/regressions/huge.case
sed 's/"aa"/"aab"/' l/open/one.case > l/regressions/violated.case
held l/open/holds.case e
held l/golden/case.case f
printf 'x\n' > l/regressions/stray.txt
ln -s nowhere l/regressions/dangling.case
mkfifo l/regressions/pipe.case
ln -s pipe.case l/regressions/to-pipe.case
lint --json out.json
expect_code 1
expect_out '^l/seeds/round_trip/a.case: duplicate: the same as l/regressions/twin.case$'
expect_out '^l/seeds/round_trip/torn.case: unreadable: line 2: '
expect_out '^l/seeds/seek/wrong-target.case: unreachable: the fuzz target seek never runs round-trip: it belongs to seeds/round_trip/$'
expect_out "^l/seeds/sek/no-target.case: unreachable: no fuzz target is called 'sek': it belongs to seeds/round_trip/\$"
expect_out "^l/seeds/direct.case: unreachable: no fuzz target is called ''"
expect_out '^l/seeds/partial_reads/mutant.case: unreachable: the fuzz target partial_reads never runs mutant'
expect_out "^l/regressions/no-clause.case: unreachable: unknown clause 'no-such-clause'"
expect_out "^l/regressions/no-subject.case: unreachable: unknown subject 'stream.rto13/1'"
expect_out '^l/regressions/not-applying.case: unreachable: seek-over-partial does not run on stream.zstd/1: '
expect_out '^l/regressions/huge.case: oversized: 68.* KiB, more than 64.* KiB'
expect_out '^l/regressions/violated.case: misplaced: it is violated \(ends-early\): .*corpus promote --to open l/regressions/violated.case$'
expect_out '^l/open/holds.case: misplaced: it holds: .*corpus promote l/open/holds.case$'
expect_out '^l/regressions/dangling.case: unreadable: cannot read .*No such file'
expect_out '^l/golden/case.case: misplaced: a case belongs below'
expect_out '^l/regressions/stray.txt: unreachable: neither .case nor .golden'
expect_out '^to mend: [0-9]+ problems in 18 files$'
expect 'it is JSON' is_json out.json
expect 'the JSON has them all' test "$(grep -c '"kind"' out.json)" = "$(grep -c '^l/' .out)"
# Golden streams.
run corpus freeze stream.rot13/1 --output g
expect_code 0
run corpus lint g
expect_code 0
golden=$(echo g/golden/*/stream.rot13-1/one-byte.golden)
cp "$golden" g/golden/copy.golden
mkdir g/regressions
sed 's/^guards .*/guards another/' "$golden" > g/regressions/astray.golden
run corpus lint g
expect_code 1
expect_out '^g/golden/.*: duplicate: the same as g/golden/'
expect_out '^g/golden/copy.golden: misplaced: it was written by .*, so it belongs below golden/'
expect_out '^g/regressions/astray.golden: misplaced: a golden stream belongs below golden'
run corpus lint empty
expect_code 3
expect_err "'empty' is empty"
usage_error 'no such folder' corpus lint missing
# The project's own.
run corpus lint "$WEIR_SOURCE_DIR/corpus"
expect_code 0
expect_out '^clean: 0 problems'

# Minimise: what shows nothing new goes, and nothing else.
mkdir -p m/seeds/partial_reads
for size in 1 2 3; do
  put m/seeds/partial_reads/give-$size.case 'subject stream.rot13/1' 'clause short-source-reads' 'payload literal "aaaa"' \
    "source give $size"
done
cp m/seeds/partial_reads/give-3.case m/seeds/partial_reads/twin.case
put m/seeds/partial_reads/longer.case 'subject stream.rot13/1' 'clause short-source-reads' 'payload literal "bbbb"' \
  'source give 1'
put m/seeds/partial_reads/other.case 'subject stream.zstd/1' 'clause short-source-reads' 'payload literal "aaaa"' \
  'source give 1'
broken m/seeds/partial_reads/violated.case
held m/regressions/r1.case a
held m/regressions/r2.case b
broken m/open/one.case
cp -r m before
run corpus minimise m --by counters --dry-run
expect_code 0
expect_out '^kept     m/seeds/partial_reads/violated.case: it is violated$'
expect_out '^to drop  m/seeds/partial_reads/twin.case: the same as m/seeds/partial_reads/give-3.case$'
expect_out '^to drop  m/seeds/partial_reads/longer.case: all that it shows is shown by m/seeds/partial_reads/give-1.case$'
expect_out '^would drop [0-9]+ of 7 seeds by operations, calls, answers and counters, [0-9]+ left; regressions, open cases'
expect 'a dry run changes nothing' diff -r m before
run corpus minimise m --by counters
expect_code 0
expect_out '^dropped  m/seeds/partial_reads/twin.case'
expect 'what was said to go is gone' test ! -e m/seeds/partial_reads/twin.case -a ! -e m/seeds/partial_reads/longer.case
expect 'another subject stays' test -e m/seeds/partial_reads/other.case
expect 'the violated one stays' test -e m/seeds/partial_reads/violated.case
expect 'regressions are not touched' diff -r m/regressions before/regressions
expect 'open cases are not touched' diff -r m/open before/open
run corpus minimise m --by counters
expect_code 0
expect_out '^dropped 0 of '
printf 'weir-case 1\nno such line\n' > m/seeds/partial_reads/torn.case
run corpus minimise m --by counters
expect_code 2
expect_err 'm/seeds/partial_reads/torn.case stays: line 2: '
expect 'what cannot be read stays' test -e m/seeds/partial_reads/torn.case
rm m/seeds/partial_reads/torn.case
# A link and what it leads to are one file.
mv m/seeds/partial_reads/give-1.case m/elsewhere.case
ln -s ../../elsewhere.case m/seeds/partial_reads/give-1.case
run corpus minimise m --by counters
expect_code 0
expect_out '^kept     m/elsewhere.case: a link leads to it$'
expect_out '^kept     m/seeds/partial_reads/give-1.case: it is a link$'
expect 'both are there' test -s m/seeds/partial_reads/give-1.case -a -L m/seeds/partial_reads/give-1.case
mkdir raw
printf '' > raw/empty
usage_error "no .case file; .*--target NAME" corpus minimise raw
usage_error "'m' has .case files" corpus minimise m --target partial_reads
usage_error "unknown fuzz target 'sek'; did you mean 'seek'" corpus minimise raw --target sek
usage_error 'subject goes with --target' corpus minimise m --subject stream.rot13/1
usage_error "unknown subject 'stream.rot31/1'" corpus minimise raw --target seek --subject stream.rot31/1
usage_error 'edges,counters' corpus minimise m --by lines
run corpus minimise empty
expect_code 3
run fuzz seek --budget 1s --corpus empty
if grep -q 'plain replay programs' .err; then
  run corpus minimise raw --target seek
  expect_code 3
  expect_err 'tools/weir --fuzz-build corpus minimise'
  run corpus minimise m --by edges
  expect_code 3
  expect_err 'tools/weir --fuzz-build corpus minimise'
else
  # Raw files and cases by what the target shows.
  rm -rf m raw
  cp -r before m
  run corpus minimise m
  expect_code 0
  expect_out '^dropped [1-9][0-9]* of 7 seeds by the edges that a fuzz target takes'
  expect 'the mutant, which no target runs, stays' test -e m/seeds/partial_reads/violated.case
  expect 'regressions are not touched' diff -r m/regressions before/regressions
  mkdir raw
  printf 'a' > raw/1
  printf 'a' > raw/2
  printf 'another input' > raw/3
  : > raw/empty
  run corpus minimise raw --target seek --dry-run
  expect_code 0
  expect_out '^to drop  raw/2: the same as raw/1$'
  expect_out '^kept     raw/empty: it is the empty input$'
  expect 'a dry run changes nothing' test "$(ls raw | wc -l)" = 4
  run corpus minimise raw --target seek
  expect_code 0
  expect_out '^dropped [12] of 4 files by the edges'
  # What breaks the target is not what shows nothing.
  printf 'weir-case 1\nsubject mutant.one-read-is-all/1\nclause short-source-reads\npayload literal "aa"\nsource give 1\n' > raw/breaks
  run corpus minimise raw --target partial_reads --subject mutant.one-read-is-all/1 --dry-run
  expect_code 0
  expect_out '^kept     raw/breaks: it breaks the fuzz target$'
  rm raw/breaks
  expect 'the first stays' test -e raw/1 -a ! -e raw/2 -a -e raw/empty
fi
no_leftovers

# Interrupted while a case hangs: nothing was dropped or moved.
for number in 1 2 3 4 5; do
  put "h/seeds/round_trip/hang-$number.case" 'subject mutant.crash-hang/1' 'clause round-trip' "payload literal \"aaa$number\""
done
cp h/seeds/round_trip/hang-1.case h/seeds/round_trip/twin.case
cp -r h h-before
for words in 'lint h' 'minimise h --by counters' 'promote --to open --corpus h h/seeds/round_trip/hang-1.case'; do
  last_command="corpus $words, with SIGINT"
  # shellcheck disable=SC2086 # several words
  "$WEIR" corpus $words > .out 2> .err &
  pid=$!
  expect 'a case is being run' wait_for 20 pgrep -P $pid
  kill -INT $pid
  wait $pid
  code=$?
  expect_code 130
  expect 'nothing was changed' diff -r h h-before
done

# Merge: the union, each case once.
held a/seeds/round_trip/x.case one
held a/seeds/round_trip/y.case two
held b/seeds/round_trip/x.case three
held b/seeds/round_trip/z.case one
held b/regressions/y.case two
printf 'torn\n' > b/seeds/round_trip/torn.case
printf 'raw' > a/bytes
printf 'raw' > b/bytes-too
run corpus merge a b -o both
expect_code 2
expect_err '^weir: b/seeds/round_trip/torn.case: line 1: .*; left out$'
expect_one_message
expect_out '^merged 4 of 8 files into both; 3 the same as another, 1 left out$'
expect_out 'note: a/seeds/round_trip/y.case is left out: both/regressions/y.case is the same'
expect 'both of one name are there' test "$(cat both/seeds/round_trip/x.case both/seeds/round_trip/x-2.case | grep -c literal)" = 2
expect 'the regression stays one' test -e both/regressions/y.case -a ! -e both/seeds/round_trip/y.case
expect 'bytes are merged too' test "$(ls both | grep -c bytes)" = 1
# Into what is there, again and again.
cp -r both both-before
rm b/seeds/round_trip/torn.case
run corpus merge a b -o both
expect_code 0
expect_out '^merged 0 of 7 files into both; 7 the same'
expect 'nothing was changed' diff -r both both-before
usage_error "'both' is the output" corpus merge a both -o both
usage_error 'no such folder' corpus merge a missing -o both
usage_error 'output' corpus merge a b
run corpus merge empty -o nothing
expect_code 3
: > file
run corpus merge a -o file
expect_code 2
run corpus merge a -o file/below
expect_code 3
expect_err "cannot make the folder"
no_leftovers

finish
