# Guards `weir report`: the page that it makes of what a run wrote, and what it says where that is missing, broken or too little.
# What a person sees of the page is guarded by tests/report, in a browser.
source "$(dirname "${BASH_SOURCE[0]}")/testing.sh"

# data_of FILE: the JSON in a page.
data_of() { sed -n 's/^<script type="application\/json" id="data">\(.*\)<\/script>$/\1/p' "$1" > data.json; }
has() { grep -qF -e "$1" data.json; }
has_not() { ! has "$1"; }

# A run that finds something: the page has the finding, drawn from a run of its case.
mkdir results
run check mutant.one-read-is-all/1 --clause short-source-reads --clause round-trip --clause flush-readable --cases 20 --json results/results.json
expect_code 1
run report results -o page.html
expect_code 0
expect_out '^page\.html: 1 subject, 1 finding, [0-9.]+ KiB$'
data_of page.html
expect 'the data is JSON' is_json data.json
for part in '"verdict":"violated"' '"title":"Partial reads"' '"id":"short-source-reads","statement":"A source below' \
  '"steps":[{"step":1,"who":"sink below","lane":"sink","call":"write ' '"state":"short"' '"broke":' '"replay":"violated in the same way"' \
  '"hex":{"from":0,"at":1,' '"ended":true' 'include \u003cgtest/gtest.h\u003e' '"recipe":"' '"lanes":{"' '"head":"6161'; do
  expect "the page has $part" has "$part"
done
expect 'nothing is loaded' test -z "$(grep -oE '(src|href)="?(https?:)?//[^"]*|@import|url\(' page.html)"
expect 'one script for data, one that draws' test "$(grep -c '</script>' page.html)" = 2
no_leftovers
run report results
expect_code 0
expect 'without a name it stands beside the results' test -s results/report.html
run report results -o -
expect_code 0
expect 'on standard output it is the same' cmp -s .out page.html

# What stands in results is data, whatever it looks like; what has the wrong type is left out.
mkdir hostile
cat > hostile/results.json << 'JSON'
{"exit_code": 1, "subjects": [7, "</script><script>alert(1)</script>"],
 "pairs": [{"subject": "a&b", "clause": "no-such-clause", "status": "violated", "cases": {}}, 5, {"clause": "x"}],
 "findings": ["text", {"subject": "a&b", "clause": "no-such-clause", "seen": "<b>", "case": "weir-case 9\n", "confirmed": 3},
  {"subject": "stream.elsewhere/1", "clause": "round-trip", "kind": "ends-early", "case": "weir-case 1\nsubject   stream.elsewhere/1\nclause    round-trip\npayload   byte 97 times 70000, random 5 seed 1\nwrites    4, flush, nothing, rest\n"},
  {"subject": "stream.rot13/1", "clause": "round-trip", "kind": "ends-early", "case": "weir-case 1\nsubject   stream.rot13/1\nclause    round-trip\npayload   literal \"<!--\"\n"},
  {"subject": "stream.rot13/1", "clause": "truncation", "case": "weir-case 1\nsubject   stream.rot13/1\nclause    truncation\ndamage    cut 1\n"},
  {"subject": "stream.rot13/1", "clause": "round-trip", "case": "weir-case 1\nsubject   stream.rot13/1\nclause    round-trip\npayload   file 0x1 from 0 take 4\n"}],
 "targets": [{"name": "seek", "history": [{"seconds": 1, "coverage": 2}, {"coverage": 3}, null]}], "unknown": {"deep": [[]]}}
JSON
run report hostile
expect_code 0
expect_out '2 subjects, 6 findings, 1 fuzz target'
data_of hostile/report.html
expect 'the data is JSON' is_json data.json
for part in '\u003c/script\u003e' '"subjects":["\u003c/script' 'a\u0026b' '"title":"Clauses that this build does not have"' 'cannot be read by this build (line 1)' \
  'this build cannot run the case: unknown subject' '"what":"flush"' '"size":70005' '"label":"byte 0x61"' '"label":"random seed 1"' \
  '"replay":"it held"' 'the clause does not apply in this build' 'The payload cannot be made' 'The results have no case' \
  '"history":[{"seconds":1,"coverage":2}]'; do
  expect "the page has $part" has "$part"
done
expect 'no element ends early' test "$(grep -c '</script>' hostile/report.html)" = 2

# A transform that takes its process down, and one that hangs: told as far as they came.
mkdir lost
cat > lost/results.json << 'JSON'
{"exit_code": 1, "pairs": [{"subject": "mutant.crash-abort/1", "clause": "round-trip", "status": "violated"}], "findings": [
 {"subject": "mutant.crash-abort/1", "clause": "round-trip", "kind": "abort", "case": "weir-case 1\nsubject   mutant.crash-abort/1\nclause    round-trip\npayload   byte 97 times 3000\n"},
 {"subject": "mutant.crash-hang/1", "clause": "round-trip", "kind": "hang", "case": "weir-case 1\nsubject   mutant.crash-hang/1\nclause    round-trip\npayload   byte 97 times 3000\n"}]}
JSON
run report lost
expect_code 0
data_of lost/report.html
expect 'the call that did not return is told of' has '"died":true'
expect 'the abort is the same' has '"replay":"violated in the same way"'

# Interrupted while a case hangs: no page.
mkdir interrupted
hang='{"subject": "mutant.crash-hang/1", "clause": "round-trip", "kind": "hang", "case": "weir-case 1\nsubject   mutant.crash-hang/1\nclause    round-trip\npayload   byte 97 times 3000\n"}'
printf '{"pairs": [], "findings": [%s' "$hang" > interrupted/results.json
for _ in {1..30}; do printf ', %s' "$hang"; done >> interrupted/results.json
echo ']}' >> interrupted/results.json
expect 'what it is made of is JSON' is_json interrupted/results.json
"$WEIR" report interrupted > .out 2> .err < /dev/null &
running=$!
wait_for 60 pgrep -P "$running" # the case, in a process of its own
kill -INT "$running"
wait "$running"
# shellcheck disable=SC2034 # what the expectations look at
code=$? last_command='report interrupted'
expect_code 130
expect_err '^weir: interrupted$'
expect 'there is no page' test ! -e interrupted/report.html
no_leftovers

# Too much of it: a long case is cut, and only so many findings are run again.
mkdir long many
{
  printf '{"pairs": [{"subject": "stream.rot13/1", "clause": "round-trip", "status": "held"}], "findings": [{"case": "weir-case 1\\nsubject stream.rot13/1\\nclause round-trip\\npayload literal \\"'
  head -c 70000 /dev/zero | tr '\0' a
  printf '\\"\\n"}]}'
} > long/results.json
run report long
expect_code 0
data_of long/report.html
expect 'the case is cut' has 'aaa ... (cut)"'
expect 'the page says where the rest is' has 'too long to be shown as a test'
awk 'BEGIN { printf "{\"findings\": ["; for (i = 0; i < 201; i++) printf "%s{\"case\": \"no case\"}", i ? "," : ""; print "], \"pairs\": []}" }' > many/results.json
run report many
expect_code 0
data_of many/report.html
expect 'the page says that not all were run' has 'Only the first 200 findings'

# What may stand beside a run, and without one.
mkdir beside
run kill block-tail --engine exhaustive --json beside/kill.json
expect_code 0
cat > beside/coverage.json << 'JSON'
{"type": "llvm.coverage.json.export", "data": [{"files": [
 {"filename": "/src/project/lib/a.cpp", "summary": {"lines": {"count": 10, "covered": 9}}},
 {"filename": "/src/project/properties/b.cpp", "summary": {"lines": {"count": 4, "covered": 1}, "branches": {"count": 2, "covered": 2}}}]}]}
JSON
found='{"subject": "mutant.one-read-is-all/1", "clause": "eof-exact", "kind": "ends-early", "case": "weir-case 1\nsubject   mutant.one-read-is-all/1\nclause    eof-exact\npayload   literal \"aa\"\nsource    give 1\n"}'
echo '{"verb": "fuzz", "executions": 5, "findings": ['"$found"'], "targets": [{"name": "seek", "executions": 5}]}' > beside/fuzz.json
echo '{"something": "else"}' > beside/other.json
run report beside
expect_code 0
expect_out '^beside/report.html: 1 finding, 1 fuzz target, 1 mutant, 2 source files, '
data_of beside/report.html
expect 'files are named within the project' has '"name":"lib/a.cpp"'
expect 'the folder of the machine is not told' has_not '/src/project'
expect 'the mutant is there' has '"name":"block-tail"'
expect 'a fuzz target found something' has '"verdict":"violated"'
expect 'its promise is told' has '"id":"eof-exact","statement":"'
echo '{"exit_code": 0, "pairs": [{"subject": "stream.rot13/1", "clause": "round-trip", "status": "held"}], "findings": []}' > beside/check.json
run report beside
expect_code 0
expect_out '^beside/report.html: 1 subject, 1 finding, 1 fuzz target, '
data_of beside/report.html
expect 'held, but for what the target found' has '"verdict":"violated"'
# What the run says of itself counts: what is known is no failure.
mkdir known
known='{"subject": "stream.rot13/1", "clause": "round-trip", "kind": "wrong-bytes", "case": "no case", "known": ["corpus/open/a.case"],
  "same_cause": [{"subject": "stream.rot13/1", "clause": "chain", "kind": "wrong-bytes", "case": "another case", "reproduce": "weir repro b.case"}]}'
echo '{"verb": "ci", "exit_code": 0, "pairs": [{"subject": "stream.rot13/1", "clause": "round-trip", "status": "violated", "finding": 0},
  {"subject": "stream.rot13/1", "clause": "chain", "status": "violated", "finding": 0}], "findings": ['"$known"']}' > known/results.json
run report known
expect_code 0
data_of known/report.html
expect 'it held' has '"verdict":"held"'
expect 'what is known is told' has '"known":["corpus/open/a.case"]'
expect 'what has the same cause, too' has '"case":"another case"'
mkdir -p searches/monday searches/tuesday
cp beside/fuzz.json searches/tuesday/
echo '{"verb": "fuzz", "exit_code": 0, "findings": [], "targets": [{"name": "seek", "executions": 5, "coverage": 7}]}' > searches/monday/fuzz.json
run report searches/monday
expect_code 0
data_of searches/monday/report.html
expect 'a search that found nothing held' has '"verdict":"held"'
run report --trend searches
expect_code 0
expect_out '2 runs'

# Input that is missing, broken or empty.
usage_error "cannot read 'nowhere': No such file or directory; name the folder" report nowhere
usage_error "cannot read 'page.html': it is no folder" report page.html
usage_error 'dir is required' report
mkdir empty
usage_error "'empty' has no results: no \.json file there was written by" report empty
usage_error "'empty' has no runs: no folder in it" report --trend empty
mkdir broken
head -c 300 results/results.json > broken/results.json
usage_error "cannot read 'broken/results.json': it is no JSON from byte [0-9]+ on; was it cut off\?" report broken
expect 'there is no page' test ! -e broken/report.html
cp beside/kill.json broken/
run report broken
expect_code 2
expect_err "cannot read 'broken/results.json'"
expect_out '^broken/report.html: 1 mutant, '
data_of broken/report.html
expect 'the page says what it lacks' has '"broken":["cannot read'
echo '{"pairs": [], "seconds": 1e999}' > broken/results.json
run report broken
expect_code 2
expect_err "cannot read 'broken/results.json': it has a number that is out of range"
mkdir nothing
echo '{"exit_code": 3, "pairs": [{"subject": "a", "clause": "round-trip", "status": "skipped"}], "findings": []}' > nothing/results.json
run report nothing
expect_code 3
expect_err "nothing ran in 'nothing/results.json'"
data_of nothing/report.html
expect 'the page says so' has '"verdict":"nothing-ran"'
mkdir two
cp results/results.json two/a.json
cp results/results.json two/b.json
usage_error "'two' has the results of several runs \(a.json, b.json\): name the one to show results.json" report two
cp results/results.json two/results.json
run report two
expect_code 0

# Output that cannot be written: said before anything is run.
run report results -o nowhere/page.html
expect_code 3
expect_err "cannot write 'nowhere/page.html'"
expect_one_message
run report results -o /dev/full
expect_code 3
expect_err "cannot write '/dev/full': No space left on device"
expect_one_message
run report results -o results
expect_code 3
expect_one_message

# Many runs: folders and files, in the order of time, or of their names with numbers as numbers.
mkdir -p nightly/run-9 nightly/run-10 nightly/empty
cp results/results.json nightly/run-9/
cp results/results.json nightly/run-10/
cp nothing/results.json nightly/run-2.json
echo text > nightly/notes.txt
run report --trend nightly
expect_code 0
expect_out '^nightly/trend.html: 3 runs, '
data_of nightly/trend.html
expect 'the data is JSON' is_json data.json
expect 'they stand in order' grep -qE '"name":"run-2".*"name":"run-9".*"name":"run-10"' data.json
sed '1s/{/{"started": "2026-11-28T10:00:00Z",/' results/results.json > nightly/run-10/results.json
sed '1s/{/{"started": "2026-11-27T10:00:00Z",/' results/results.json > nightly/run-9/results.json
rm nightly/run-2.json
sed '1s/{/{"started": "2026-11-29T10:00:00Z", "targets": [{"coverage": 5}, {"coverage": 7}],/' results/results.json > nightly/a.json
run report --trend nightly -o trend.html
expect_code 0
data_of trend.html
expect 'they stand in the order of time' grep -qE '"name":"run-9".*"name":"run-10".*"name":"a"' data.json
expect 'coverage is added up' has '"coverage":12'
# What a run did not look for is not gone.
sed '1s/{/{"started": "2026-11-30T10:00:00Z",/' nothing/results.json > nightly/other.json
run report --trend nightly -o trend.html
data_of trend.html
expect 'who looked for nothing says so' grep -qE '"name":"other"[^]]*"findings":\[\],"unlooked":\["' data.json
expect 'who found it looked for it' grep -qE '"name":"run-9".*"unlooked":\[\].*"name":"run-10"' data.json
rm nightly/other.json
echo '{' > nightly/run-9/results.json
run report --trend nightly
expect_code 2
expect_err "cannot read 'nightly/run-9/results.json'"
expect_out '2 runs'
no_leftovers
finish
