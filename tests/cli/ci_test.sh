# Guards `weir ci`: what it finds, what it says of it in every form, what it says of a base revision, and that bad input,
# a full disk or a signal leave the rest of it whole.
source "$(dirname "${BASH_SOURCE[0]}")/testing.sh"
unset GITHUB_ACTIONS GITHUB_STEP_SUMMARY WEIR_FUZZ_BIN WEIR_FUZZ_PROBLEM
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
mkdir tmp no-corpus
export TMPDIR=$work/tmp

# json FILE EXPRESSION: what Python makes of it, with the object in `j`.
json() { python3 -c 'import json, sys; j = json.load(open(sys.argv[1])); print(eval(sys.argv[2]))' "$1" "$2"; }
# expect_json TEXT VALUE EXPRESSION [FILE]
expect_json() {
  local seen
  seen=$(json "${4:-out/results.json}" "$3" 2>&1)
  checks=$((checks + 1))
  [[ $seen == "$2" ]] || fail "$1: $3 is $seen instead of $2"
}
# reports_are_whole FOLDER: all are there and well-formed.
reports_are_whole() {
  expect 'the JSON is JSON' is_json "$1/results.json"
  expect 'the JUnit report is XML' is_xml "$1/junit.xml"
  expect 'the SARIF log is sound' python3 "$here/check_sarif.py" "$1/findings.sarif" .
  expect 'there is a summary' grep -q '^## weir' "$1/summary.md"
  expect 'there is a page' grep -q '</html>' "$1/report.html"
  no_leftovers
  expect 'nothing temporary is left' test -z "$(ls tmp)"
}
small='--no-fuzz --budget 60s --cases 200 --corpus no-corpus --out out'
first=mutant.ignores-count/1
second=mutant.one-read-is-all/1
groups='--group partial_reads --group partial_writes --group buffers'

# What holds. A corpus is named, and empty: that is more often a slip than meant.
touch no-corpus/readme
# shellcheck disable=SC2086
run ci stream.rot13/1 --clause round-trip --clause eof-sticky $small
expect_code 3
expect_err "^weir: the corpus 'no-corpus' is empty"
reports_are_whole out
mkdir no-corpus/kept
printf '%s\n' 'weir-case 1' 'subject stream.rot13/1' 'clause round-trip' 'payload literal "aa"' > no-corpus/kept/held.case
# shellcheck disable=SC2086
run ci stream.rot13/1 --clause round-trip --clause eof-sticky $small
expect_code 0
expect_out '^weir ci: 1 subject, 2 clauses \(2 pairs apply\), 0 fuzz targets$'
expect_out '^  corpus +1 case, 0 golden streams, 0 known to be violated, in no-corpus$'
expect_out '100 % property suite, no guided search: --no-fuzz was given; seed 1$'
expect_out '^held: 0 findings; 2 clauses on 1 subject, '
reports_are_whole out
expect_json 'the verb' ci 'j["verb"]'
expect_json 'the corpus' '[1, 1]' '[j["corpus"]["files"], j["corpus"]["held"]]'
expect_json 'no guided search' '--no-fuzz was given' 'j["guided"][0]["reason"]'
expect_json 'it is over' False 'j["interrupted"]'
expect 'the summary says that there was no guided search' grep -q 'guided search | left out: --no-fuzz' out/summary.md
expect 'JUnit has a test a pair, one a file' test "$(grep -cE 'classname="(stream.rot13/1|corpus)"' out/junit.xml)" = 3
expect 'JUnit says that there was no guided search' grep -A 1 'name="guided search"' out/junit.xml

# Two planted faults are two findings, whatever clauses and engines show them.
# shellcheck disable=SC2086
run ci $first $second $groups $small
expect_code 1
expect_out '^violated: 2 findings; '
reports_are_whole out
expect_json 'two findings' "['$first', '$second']" '[f["subject"] for f in j["findings"]]'
expect_json 'each fails each time' '[(10, 10), (10, 10)]' \
  '[(f["confirmed"]["runs"], f["confirmed"]["failed"]) for f in j["findings"]]'
expect_json 'without a base no age is known' "['unknown', 'unknown']" '[f["age"] for f in j["findings"]]'
expect_json 'more than one clause shows it' True 'any(f["same_cause"] for f in j["findings"])'
expect_json 'pairs lead to findings' True \
  'all(j["findings"][p["finding"]]["subject"] == p["subject"] for p in j["pairs"] if p["status"] == "violated")'
expect_json 'SARIF has two results' 2 'len(j["runs"][0]["results"])' out/findings.sarif
expect_json 'their rules have help' True 'all(r["help"]["markdown"] for r in j["runs"][0]["tool"]["driver"]["rules"])' \
  out/findings.sarif
expect 'two cases are ready to be committed' test "$(ls out/findings/*.case | wc -l)" = 2
expect 'JUnit has a test a finding' \
  test "$(sed -n '/<testsuite name="findings"/,/<.testsuite>/p' out/junit.xml | grep -c '<failure')" = 2
last_command='repro of what was found'
for file in out/findings/*.case; do
  run repro "$file"
  expect_code 1
  expect_out 'the same as recorded'
done

# The same seed finds the same, and nothing of an earlier run is left.
cp -r out before
touch out/findings/of-another-run.case
# shellcheck disable=SC2086
run ci $first $second $groups $small
expect_code 1
expect 'what an earlier run left is gone' test ! -e out/findings/of-another-run.case
expect 'the same cases' diff -r before/findings out/findings
facts='[(f["subject"], f["signature"], f["case"], f["origin"]) for f in j["findings"]]'
expect_json 'the same findings' "$(json before/results.json "$facts")" "$facts"

# A folder that holds something else is not emptied, nor one with what another command found.
mkdir -p found/findings && echo precious | tee found/findings/mine.case found/results.json > /dev/null
for left in results.json findings/mine.case junit.xml; do
  run ci stream.rot13/1 --no-fuzz --out found
  expect_code 3
  expect_one_message
  expect_err "'found' has '.*', which no run of ci wrote"
  expect "$left is still there" grep -q precious "found/$left"
  rm "found/$left"
  [[ $left == results.json ]] || echo precious > found/junit.xml
done
cp -r out mixed && echo precious > mixed/notes.tmp
run ci stream.rot13/1 --no-fuzz --out mixed
expect_code 3
expect_err "'mixed' has 'notes.tmp', which no run of ci wrote"
rm -r mixed
mkdir mine && echo precious > mine/notes.txt
run ci stream.rot13/1 --no-fuzz --out mine
expect_code 3
expect_one_message
expect_err "'mine' has 'notes.txt', which no run of ci wrote"
expect 'it is still there' grep -q precious mine/notes.txt
: > a-file
run ci stream.rot13/1 --no-fuzz --out a-file
expect_code 3
expect_one_message

# Subjects by pattern; none is no success.
# shellcheck disable=SC2086
run ci 'stream.r*' 'mutant.ignores-c*' --clause short-sink-writes $small
expect_code 1
expect_out '^weir ci: 2 subjects, 1 clause '
# shellcheck disable=SC2086
run ci 'nothing.*' $small
expect_code 3
expect_err "^weir: no subject matches 'nothing\.\*'"
expect_out '^weir ci: 0 subjects'
reports_are_whole out
expect_json 'it says so' True 'any("nothing.*" in e for e in j["errors"])'
expect 'JUnit, too' grep -q '<error type="could-not-run" message="no subject matches' out/junit.xml
# shellcheck disable=SC2086
run ci stream.zstd/1 --clause seek-model $small
expect_code 3
expect_err 'no clause that is asked for applies'
usage_error "unknown subject 'stream.rot14/1'; did you mean 'stream.rot13/1'" ci stream.rot14/1
usage_error "unknown clause" ci --clause round-tripp
# As tools/weir has a line looked at before it builds fuzz targets.
export WEIR_ONLY_LINE=1
usage_error "unknown subject 'stream.rot14/1'; did you mean 'stream.rot13/1'" ci stream.rot14/1 --out never
usage_error '' ci --no-fuz
run ci stream.rot13/1 --out never
expect_code 0
expect 'nothing is said or written' test ! -s .out -a ! -s .err -a ! -e never
unset WEIR_ONLY_LINE
usage_error 'must not be empty' ci --out ''
usage_error 'base' ci --base-program x
usage_error "'0s' is not a time" ci --budget 0s

# A broken file among good ones, and one that is violated: the rest is replayed and tested all the same.
mkdir -p corpus/regressions corpus/open corpus/golden
cp no-corpus/kept/held.case corpus/regressions
printf 'weir-case 1\nsubject stream.rot13/1\npayload nonsense 1\n' > corpus/regressions/broken.case
printf 'weir-golden 1\nnonsense\n' > corpus/golden/broken.golden
rot13="ci stream.rot13/1 --clause round-trip --no-fuzz --budget 60s --cases 50 --out out"
# shellcheck disable=SC2086
run $rot13 --corpus corpus
expect_code 2
expect_err '^weir: corpus/regressions/broken.case: line 3: '
expect_err '^weir: corpus/golden/broken.golden:'
expect_out '^  1 of 1 case held'
reports_are_whole out
expect_json 'both are listed' "['corpus/golden/broken.golden', 'corpus/regressions/broken.case']" \
  'sorted(f["path"] for f in j["corpus"]["unreadable"])'
expect_json 'the rest held' "['held']" '[p["status"] for p in j["pairs"]]'
expect 'JUnit has an error each' test "$(grep -c '<error type="unreadable"' out/junit.xml)" = 2
rm corpus/regressions/broken.case corpus/golden/broken.golden
# shellcheck disable=SC2086
run $rot13 --corpus missing
expect_code 2
expect_err "no such folder"
reports_are_whole out

# What is known to be violated is no failure, in whatever clause it is known; another clause is.
violated="weir-case 1\nsubject $first\nclause short-sink-writes\npayload literal \"aa\"\nsink take 1\n"
# shellcheck disable=SC2059
printf "$violated" > corpus/open/ignored.case
cp no-corpus/kept/held.case corpus/open/mended.case
open="--no-fuzz --budget 60s --cases 50 --out out --corpus corpus"
# shellcheck disable=SC2086
run ci $first stream.rot13/1 --clause short-sink-writes --clause round-trip $open
expect_code 0
expect 'the page says that it held' grep -q '<title>Weir: held</title>' out/report.html
expect_out '^  open +1 case known to be violated: corpus/open/ignored.case$'
expect_out '^  open +corpus/open/mended.case holds now: .* corpus promote corpus/open/mended.case$'
expect_out '^held: 0 findings, 1 known; '
reports_are_whole out
expect_json 'both are listed' "['violated', 'holds-now']" '[o["status"] for o in j["open"]]'
expect_json 'the finding is known' "['corpus/open/ignored.case']" 'j["findings"][0]["known"]'
expect 'JUnit does not fail' grep -q '<testsuites name="weir" tests="[0-9]*" failures="0" errors="0"' out/junit.xml
# shellcheck disable=SC2059
printf "$violated" > corpus/regressions/back-again.case
# shellcheck disable=SC2086
run ci $first --clause short-sink-writes $open
expect_code 1
expect_out '1 case of the corpus violated'
expect 'JUnit fails with the file' grep -A 1 'name="corpus/regressions/back-again.case"' out/junit.xml
expect 'the summary has it' grep -q 'back-again.case' out/summary.md
expect_out '^  note: corpus/regressions/back-again.case fails as corpus/open/ignored.case does, which is known; it is a failure all the same'
expect 'the page names it' grep -q '"corpus_broken":\[{"path":"corpus/regressions/back-again.case"' out/report.html
rm corpus/regressions/back-again.case
# shellcheck disable=SC2086
run ci $first --clause short-sink-writes --clause would-block-write $open
expect_code 1
expect_out '^violated: 1 finding; '

# One that fails in another way than it records is another bug.
sed -i '1s/^/# signature short-sink-writes: something-else\n/' corpus/open/ignored.case
# shellcheck disable=SC2086
run ci $first --clause short-sink-writes $open
expect_code 1
expect_out '^  open +corpus/open/ignored.case is violated in another way than recorded: '
expect_out '1 open case violated in another way'
expect_json 'its status' violated-otherwise 'j["open"][0]["status"]'
expect 'JUnit fails' sh -c "sed -n '/name=\"open cases\"/,/testsuite>/p' out/junit.xml | grep -q '<failure'"
sed -i 1d corpus/open/ignored.case

# On GitHub: annotations, with what its commands need, and the summary of the job.
export GITHUB_ACTIONS=true GITHUB_STEP_SUMMARY=$work/step.md
echo 'from another step' > step.md
# shellcheck disable=SC2086
run ci $first --clause short-sink-writes $small
expect_code 1
expect_out "^::error file=out/findings/.*\.case,line=1,title=$first breaks short-sink-writes::.*%0A"
expect 'the summary is appended' sh -c 'head -n 1 step.md | grep -q "from another step" && grep -q "^## weir" step.md'
export GITHUB_STEP_SUMMARY=$work/missing/step.md
# shellcheck disable=SC2086
run ci stream.rot13/1 --clause round-trip --no-fuzz --budget 60s --cases 50 --corpus corpus --out out
expect_err '^weir: cannot write GITHUB_STEP_SUMMARY '
unset GITHUB_ACTIONS GITHUB_STEP_SUMMARY

# A file system that takes no more: nothing stands there by half.
last_command='ci, onto a disk that is full'
(
  ulimit -f 4
  exec "$WEIR" ci stream.rot13/1 --no-fuzz --budget 60s --cases 20 --corpus corpus --out full --group round_trip
) > .out 2> .err < /dev/null
code=$?
expect_code 3
expect_err "^weir: cannot write 'full/findings.sarif': File too large$"
expect 'no half of it' test ! -e full/findings.sarif
if [[ -e full/results.json ]]; then
  expect 'what was known before the disk was full is whole' is_json full/results.json
  expect_json 'and says that the run has not ended' True 'j["interrupted"]' full/results.json
fi
no_leftovers

# One run at a time has a folder.
exec 9< out
flock -n 9
run ci stream.rot13/1 --clause round-trip --no-fuzz --budget 5s --cases 5 --corpus corpus --out out
expect_code 3
expect_one_message
expect_err "another run writes its reports to 'out': give each a folder of its own \(--out\)"
exec 9<&-
run ci stream.rot13/1 --clause round-trip --no-fuzz --budget 5s --cases 5 --corpus corpus --out out
expect_code 0

# Where the targets are is for the caller to say.
run ci stream.rot13/1 --clause round-trip --budget 20s --cases 20 --corpus corpus --out out --targets "$work/no-corpus"
expect_code 3
expect_err "'$work/no-corpus' has no fuzz targets: no program "
expect_json 'the suite ran all the same' "['held']" '[p["status"] for p in j["pairs"]]'
"$WEIR" fuzz seek --budget 1s --corpus no-corpus > /dev/null 2>&1
if [[ $? -eq 3 ]]; then # a build without them
  last_command='ci, where the targets could not be built'
  WEIR_FUZZ_PROBLEM='clang is missing' "$WEIR" ci stream.rot13/1 --clause round-trip --budget 20s --cases 20 \
    --corpus corpus --out out > .out 2> .err < /dev/null
  code=$?
  expect_code 0
  expect_out 'no guided search: the fuzz targets could not be built: clang is missing; seed 1$'
  for report in results.json junit.xml summary.md; do
    expect "$report says so" grep -q 'clang is missing' out/$report
  done
fi

# A budget that leaves no time for a guided search is the suite's; where targets are named it is an error.
mkdir short
printf '#!/bin/sh\nexit 3\n' | tee short/weir > short/fuzz_round_trip && chmod +x short/*
run ci stream.rot13/1 stream.zstd/1 --clause round-trip --budget 5s --cases 20 --corpus corpus --out out --targets short
expect_code 3
expect_out '100 % property suite, no guided search: a budget of 5.0* s is too short for it; seed 1$'
expect_err '^weir: no guided search: a budget of 5.0* s is too short for it$'

# A page that cannot be made is an error of every report.
last_command='ci, where the page is too large'
(
  ulimit -f 60
  exec "$WEIR" ci stream.rot13/1 --clause round-trip --no-fuzz --budget 60s --cases 20 --corpus corpus --out paged
) > .out 2> .err < /dev/null
code=$?
expect_code 3
expect_err "^weir: cannot make 'paged/report.html': "
expect_json 'the JSON says so' "(3, True)" '(j["exit_code"], any("report.html" in e for e in j["errors"]))' paged/results.json
expect 'the summary says so' grep -q 'could not run all' paged/summary.md
expect 'JUnit says so' grep -q 'report.html' paged/junit.xml

# A target that is none, in the place of a build that has them: what it says is passed on, the rest is reported.
mkdir targets
for name in weir fuzz_round_trip; do
  printf '#!/bin/sh\necho "weir: the fuzz target seek is not built" >&2\nexit 3\n' > targets/$name
  chmod +x targets/$name
done
run ci stream.rot13/1 --clause round-trip --budget 20s --cases 20 --corpus corpus --out out --targets targets
expect_code 3
expect_err 'guided search could not run: it ended with code 3: weir: the fuzz target seek is not built'
reports_are_whole out
# One whose target crashes at start-up, and which found something: both are there.
cat > targets/weir << 'SCRIPT'
#!/bin/sh
while [ $# -gt 0 ]; do
  case $1 in
    --json) json=$2 ;;
    --findings) findings=$2 ;;
    repro) exec "$WEIR_UNDER_TEST" "$@" ;;
  esac
  shift
done
case="weir-case 1\nsubject   mutant.ignores-count/1\nclause    short-sink-writes\npayload   literal \"aa\"\nsink      take 1\n"
mkdir -p "$findings"
printf "$case" > "$findings/guided.case"
text=$(printf "$case" | sed 's/"/\\"/g' | awk '{ printf "%s\\n", $0 }')
cat > "$json" << JSON
{"targets": [{"name": "seek", "seconds": 0.1, "executions": 0, "coverage": 0, "features": 0, "corpus": 0, "findings": 0,
  "started": true, "stopped": "", "failure": "ended with code 77: crashed at start-up", "history": []},
 {"name": "partial_writes", "seconds": 2, "executions": 500, "coverage": 40, "features": 50, "corpus": 9, "findings": 1,
  "started": true, "stopped": "", "failure": "", "history": [{"seconds": 1, "executions": 300, "coverage": 30, "corpus": 5}]}],
 "errors": [], "findings": [{"subject": "mutant.ignores-count/1", "clause": "short-sink-writes", "kind": "sanitizer x in f",
  "origin": "fuzz target partial_writes", "expected": "a", "seen": "b", "case": "$text", "path": "$findings/guided.case",
  "reproduces": true, "unverified": false, "shrink_evaluations": 9, "shrunk_fully": true,
  "report": "    #0 0x1 in f $PWD/code.c:3:7\n"}]}
JSON
exit 1
SCRIPT
printf '\n\nint f;\n' > code.c
export WEIR_UNDER_TEST=$WEIR
run ci $first --clause short-sink-writes --budget 20s --cases 20 --corpus no-corpus --out out --targets targets
expect_code 1
expect_err 'the fuzz target seek failed: ended with code 77: crashed at start-up'
expect_out '^violated: 1 finding; '
reports_are_whole out
expect_json 'two engines found it' True '"guided" in j["findings"][0]["engine"] and "," in j["findings"][0]["engine"]'
expect_json 'both targets are there' "['seek', 'partial_writes']" '[t["name"] for t in j["targets"]]'
expect_json 'with their history' 1 'len(j["targets"][1]["history"])'
expect_json 'SARIF has the place in the code' "[('code.c', 3)]" \
  '[(l["physicalLocation"]["artifactLocation"]["uri"], l["physicalLocation"]["region"]["startLine"])
    for r in j["runs"][0]["results"] for l in r["locations"]]' out/findings.sarif
unset WEIR_UNDER_TEST

# A base revision: in a project whose build makes a program that answers `repro`.
git init -q project
cd project || exit 1
git_commit() { git add -A && git -c user.name=x -c user.email=x@y commit -qm "$1"; }
printf 'program.sh\n/out\n' > .gitignore
printf '#!/bin/sh\nmkdir -p built && cp program.in built/program && chmod +x built/program\n' > build.sh
printf '#!/bin/sh\necho "replaying $2" >&2\nexit 0\n' > program.in
git_commit 'holds'
sed -i 's/exit 0/exit 1/' program.in
git_commit 'is violated'
sed -i 's/exit 1/exit 3/' program.in
git_commit 'cannot run'
printf 'echo "no such header" >&2\nexit 7\n' > build.sh
git_commit 'does not build'
base() {
  run ci $first --clause short-sink-writes --no-fuzz --budget 60s --cases 50 --corpus ../no-corpus --out out --base "$1" \
    --base-build 'sh build.sh' --base-program built/program
}
age='[(f["age"], f["age_reason"]) for f in j["findings"]]'
cleaned_up() {
  expect 'no work tree is left' test "$(git worktree list | wc -l)" = 1
  expect 'no folder is left' test -z "$(ls "$TMPDIR")"
}
base HEAD~3
expect_code 1
commit=$(git rev-parse --short=12 HEAD~3)
expect_json 'it is new' "[('new', 'holds on HEAD~3 ($commit)')]" "$age"
expect_json 'the base was replayed' "('HEAD~3', 'replayed')" '(j["base"]["ref"], j["base"]["status"])'
expect_out '^violated: 1 finding \(1 new\); '
expect_json 'SARIF, too' "['new']" '[r["baselineState"] for r in j["runs"][0]["results"]]' out/findings.sarif
cleaned_up
base HEAD~2
expect_code 1
expect_json 'it is older' older 'j["findings"][0]["age"]'
cleaned_up
base HEAD~1
expect_code 1
expect_json 'it is unknown' True 'j["findings"][0]["age"] == "unknown" and "ended with code 3: replaying" in j["findings"][0]["age_reason"]'
cleaned_up
# One that does not build.
base HEAD
expect_code 1
expect_err 'the base revision HEAD cannot be compared with: it does not build \(`sh build.sh`\): it ended with code 7: no such header'
expect_json 'it could not be built' could-not-build 'j["base"]["status"]'
expect_json 'the finding is there' "['unknown']" '[f["age"] for f in j["findings"]]'
expect 'the summary says so' grep -q 'no such header' out/summary.md
expect 'JUnit says so' grep -q 'no such header' out/junit.xml
cleaned_up
# One that is none: the rest is reported.
base no-such-ref
expect_code 1
expect_err "^weir: --base: there is no revision 'no-such-ref' here"
expect_json 'the finding is there' "['unknown']" '[f["age"] for f in j["findings"]]'
run ci stream.rot13/1 --clause round-trip --no-fuzz --budget 60s --cases 20 --corpus ../no-corpus --out out --base no-such-ref
expect_code 2
expect_json 'the suite ran' "['held']" '[p["status"] for p in j["pairs"]]'
# Nothing says how the base is built.
run ci $first --clause short-sink-writes --no-fuzz --budget 60s --cases 50 --corpus ../no-corpus --out out --base HEAD
expect_code 1
expect_err 'nothing says how it is built: give --base-build COMMAND and --base-program PROGRAM'
cleaned_up
# Changes that are not committed.
echo '# more' >> build.sh
base HEAD~3
expect_code 1
expect_out 'note: the work tree has uncommitted changes'
expect_json 'it is dirty' True 'j["revision"]["dirty"]'
expect_json 'and new all the same' new 'j["findings"][0]["age"]'
git checkout -q build.sh
# Git's warnings are no changes, and its traces no names.
commit=$(git rev-parse HEAD)
GIT_TRACE=1 base HEAD~3
expect_code 1
expect_json 'it is clean' "('$commit', False)" '(j["revision"]["commit"], j["revision"]["dirty"])'
expect_json 'and new' new 'j["findings"][0]["age"]'
# A path into the work tree means the base's there, however it is written.
cat > asked << 'SCRIPT'
#!/bin/sh
# repro FILE --encode-command COMMAND: ends with the number in the file that the command's last word names.
exit "$(cat "${4##* }")"
SCRIPT
chmod +x asked
echo 0 > answer && git_commit 'answers 0'
echo 1 > answer && git_commit 'answers 1'
ln -s "$PWD" "$work/link"
for root in . "$PWD" "$work/link"; do
  last_command="ci, with a path by $root"
  # A temporary folder in the tree: what was put in is not looked at again.
  mkdir -p "$root/temporary"
  (cd "$root" && TMPDIR=$PWD/temporary exec "$WEIR" ci --encode-command "head -c 1; : $root/answer" --decode-command cat --clause round-trip --no-fuzz \
    --budget 60s --cases 20 --corpus "$work/no-corpus" --out out --base HEAD~1 --base-build : --base-program ./asked) \
    > "$work/.out" 2> "$work/.err" < /dev/null
  code=$?
  expect_code 1
  expect_json "it is new" new 'j["findings"][0]["age"]'
  rmdir temporary || fail 'something temporary is left'
done
# From a folder below.
mkdir -p below && cp -r build.sh program.in below && printf '#!/bin/sh\nmkdir -p built && cp program.in built/program && chmod +x built/program\n' > below/build.sh
sed -i 's/exit 3/exit 1/' below/program.in
git_commit 'below'
cd below || exit 1
base HEAD
expect_code 1
expect_json 'it is older' older 'j["findings"][0]["age"]'
rm -r out
cd .. || exit 1
# Killed while the base is built: the work tree goes all the same.
last_command='ci, killed while the base is built'
printf 'touch "%s/builds"\nsleep 300\n' "$work" > build.sh
git_commit 'builds for ever'
"$WEIR" ci $first --clause short-sink-writes --no-fuzz --budget 60s --cases 50 --corpus ../no-corpus --out out --base HEAD \
  --base-build 'sh build.sh' --base-program built/program > "$work/.out" 2> "$work/.err" < /dev/null &
process=$!
expect 'the build begins' wait_for 60 test -e "$work/builds"
kill -KILL $process
wait $process 2> /dev/null
expect 'the work tree is removed' wait_for 20 sh -c "test \$(git worktree list | wc -l) = 1"
expect 'its folder is removed' wait_for 20 sh -c "! ls -d '$TMPDIR'/weir-base-* 2> /dev/null"
expect 'the reports of what was known are there' is_json out/results.json
expect_json 'they say that this is not all' "(True, 'base revision')" '(j["interrupted"], j["phase"])'
expect_json 'the finding is there' 1 'len(j["findings"])'
rm -rf "$TMPDIR"/weir-ci-* "$work/builds"
# Ended by a signal there: it ends in order.
last_command='ci, ended while the base is built'
"$WEIR" ci $first --clause short-sink-writes --no-fuzz --budget 60s --cases 50 --corpus ../no-corpus --out out --base HEAD \
  --base-build 'sh build.sh' --base-program built/program > "$work/.out" 2> "$work/.err" < /dev/null &
process=$!
expect 'the build begins' wait_for 60 test -e "$work/builds"
kill -TERM $process
wait $process
code=$?
expect_code 130
cleaned_up
expect_json 'what is known is there' "[('unknown', 'interrupted while it was built')]" "$age"
cd "$work" || exit 1
run ci $first --clause short-sink-writes --no-fuzz --budget 60s --cases 50 --corpus no-corpus --out out --base HEAD
expect_code 1
expect_err "cannot be compared with 'HEAD': git says: not a git repository"

# Ended in the middle of the suite: everything is written.
last_command='ci, ended by Ctrl-C'
rm .err
"$WEIR" ci stream.rot13/1 $first --no-fuzz --budget 300s --corpus no-corpus --out out > .out 2> .err < /dev/null &
process=$!
expect 'it finds something' wait_for 60 grep -q '^violated' .err
kill -INT $process
wait $process
code=$?
expect_code 130
expect_out '^interrupted: [1-9]'
reports_are_whole out
expect_json 'it was interrupted' True 'j["interrupted"]'
expect_json 'what was found is there' True 'len(j["findings"]) >= 1'

finish
