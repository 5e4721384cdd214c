# Guards `weir check --shard` and `weir merge`: shards that ran as processes of their own make the report of one run, and
# results that are not all of one run are refused, each with a message of its own.
source "$(dirname "${BASH_SOURCE[0]}")/testing.sh"
corpus=${WEIR_SOURCE_DIR:?the source folder}/corpus
mkdir no-corpus
nothing=$work/no-corpus

# shards N OPTION...: all of them at the same time, each in a folder of its own below shards/.
shards() {
  local of=$1 i
  shift
  rm -rf shards
  for ((i = 1; i <= of; i++)); do
    mkdir -p "shards/$i"
    (cd "shards/$i" && "$WEIR" check "$@" --jobs 1 --shard "$i/$of" --json results.json --junit junit.xml \
      > out 2> err < /dev/null; echo $? > code) &
  done
  wait
}
# timeless KIND FILE: a report without what differs from run to run.
timeless() {
  case $1 in
    json) sed -E '/"(seconds|found_after_seconds)": /d' "$2" ;;
    xml) sed -E 's/ time="[0-9.]*"//' "$2" ;;
    text) sed -E '/note: put together/d; s/ in [0-9.]+ (s|min [0-9]+ s)(,|$)/\2/' "$2" ;;
  esac
}
same() { # same KIND ONE OTHER
  diff <(timeless "$1" "$2") <(timeless "$1" "$3") > difference || { head -n 10 difference; return 1; }
}
# merge_is_whole CODE N OPTION...: N shards put together make what one run says.
merge_is_whole() {
  local code_wanted=$1 of=$2
  shift 2
  rm -rf merged whole
  run check "$@" --json whole.json --junit whole.xml --findings merged/findings
  expect_code "$code_wanted"
  cp .out whole.txt
  mkdir -p merged/findings
  mv merged whole
  shards "$of" "$@"
  run merge shards -o merged --json again.json --junit again.xml
  expect_code "$code_wanted"
  expect 'the table is the same' same text whole.txt .out
  expect 'the JSON is the same' same json whole.json merged/results.json
  expect 'the JUnit is the same' same xml whole.xml merged/junit.xml
  mkdir -p merged/findings
  expect 'the cases are the same' diff -r whole/findings merged/findings
  expect '--json is the same file' cmp merged/results.json again.json
  expect '--junit is the same file' cmp merged/junit.xml again.xml
  expect 'the JSON is JSON' is_json merged/results.json
  expect 'the JUnit is XML' is_xml merged/junit.xml
}

# Two transforms that hold and one that does not, over all clauses, with the corpus and the golden streams.
plan=(stream.rot13/1 stream.crc32c/1 mutant.ignores-count/1 --engine replay --engine random --cases 30 --seed 7 --corpus "$corpus")
merge_is_whole 1 4 "${plan[@]}"
expect 'there were findings' test "$(ls merged/findings | wc -l)" -gt 1
expect 'golden streams are replayed once' grep -qE '"streams": [1-9]' merged/results.json
expect 'by the first shard' grep -q '"streams": 0' shards/2/results.json
expect 'cases of the corpus are replayed' grep -qE '^  replay +[1-9]' .out
least=$(sed -n 's/^ *"units": \([0-9]*\),$/\1/p' shards/*/results.json | sort -n | head -n 1)
most=$(sed -n 's/^ *"units": \([0-9]*\),$/\1/p' shards/*/results.json | sort -n | tail -n 1)
expect 'the shards are of one size' test "$((most - least))" -le 1
expect 'every shard has some' test "$least" -gt 20
expect 'a shard says which it is' grep -qE '^  part +shard 3 of 4, [0-9]+ of [0-9]+ units$' shards/3/out
expect 'a shard says nothing of others' test "$(cat shards/*/out | grep -cE '^(held|violated|skipped) +[a-z]')" -eq \
  "$(grep -cE '^(held|violated|skipped) +[a-z]' whole.txt)"
expect 'a JUnit has the tests of its shard' test "$(cat shards/*/junit.xml | grep -c 'testcase classname="\(stream\|mutant\)')" -eq \
  "$(grep -c 'testcase classname="\(stream\|mutant\)' whole.xml)"
run report merged -o page.html
expect_code 0
expect 'a page is made of it' grep -q 'mutant.ignores-count/1' page.html
finding=$(ls merged/findings/*.case | head -n 1)
run repro "$finding"
expect_code 1
expect_out 'the same as recorded'

# Cases that are known to be violated are one shard's, too, and what is said of them is in the whole.
mkdir -p opened/open
cp "$finding" opened/open/known.case
printf '%s\n' 'weir-case 1' 'subject stream.rot13/1' 'clause round-trip' 'payload text 100' > opened/open/holds.case
merge_is_whole 1 3 stream.rot13/1 mutant.ignores-count/1 --engine replay --engine random --cases 30 --corpus "$work/opened"
expect 'one holds again' grep -q '"status": "holds-now"' merged/results.json
expect 'one does not' grep -q '"status": "violated"' merged/results.json
expect 'the first shard has them' grep -q 'holds-now' shards/1/results.json
expect 'the second has not' sh -c '! grep -q holds-now shards/2/results.json'
shards 4 "${plan[@]}"

# Without a folder for them, cases stay where the shard filed them, if they can be had.
run merge shards
expect_code 1
expect_out 'not written: keep the case above'
mkdir findings
cp shards/*/findings/*.case findings/
run merge shards
expect_code 1
expect_out 'file +findings/mutant\.ignores-count'

# Shards and results that are missing.
rm -r shards/3
run merge shards/1/results.json shards/2 shards/4
expect_code 1
expect_err '^weir: shard 3 of 4 is missing$'
expect_out '^not-run +stream\.[a-z0-9]+/1 [a-z-]+: shard 3 of 4 is missing$'
expect_out '^violated: .* pairs not run; '
run merge shards/2 shards/4 --json out.json
expect_err '^weir: shards 1, 3 of 4 are missing$'
expect 'the JSON says it' grep -q 'shards 1, 3 of 4 are missing' out.json

# Every engine, and every kind of pair: skipped, vacuous or found out to be moot.
merge_is_whole 1 3 stream.zstd/1 mutant.ignores-count/1 --cases 60 --corpus "$corpus" --stats \
  --clause round-trip --clause seek-model --clause short-sink-writes --clause source-fault --clause count-bounds
rm shards/2/results.json
run merge shards
expect_code 1
expect_err 'shard 2 of 3 is missing'

# Over several seeds.
merge_is_whole 0 4 stream.rot13/1 --seeds 3 --seed 5 --cases 50 --corpus "$nothing" --clause round-trip --clause eof-sticky
expect_out '^  random +300 cases, seeds 5 to 7$'
expect 'units are pairs with seeds' grep -q '"units_in_all": 6' shards/1/results.json
merge_is_whole 1 3 mutant.ignores-count/1 --seeds 2 --cases 60 --corpus "$nothing" --engine random \
  --clause short-sink-writes --clause would-block-write --clause round-trip
rm -r shards/1
run merge shards
expect_err 'shard 1 of 3 is missing'
expect_out '^(not-run|violated) '
usage_error '--seeds wants the random engine' check --seeds 2 --engine sweep --corpus "$nothing"

# More shards than there is to run: nothing to do is no failure, unless it is so for all of them.
shards 4 stream.rot13/1 --clause round-trip --clause eof-sticky --engine random --cases 30 --corpus "$nothing"
expect 'the codes are 0' test "$(cat shards/*/code | sort -u)" = 0
expect 'an idle shard says so' grep -qE '^nothing to do: shard 4 of 4, 0 of 2 units$' shards/4/out
run merge shards
expect_code 0
expect_out '^held: 2 clauses on 1 subject'
shards 2 stream.zstd/1 --clause seek-model --engine random --cases 30 --corpus "$nothing"
expect 'no shard holds' test "$(cat shards/*/code | sort -u)" = 3
run merge shards
expect_code 3
expect_out '^nothing ran: '

# A claim that might be made is tried by one of the shards, and is no news where another one finds something.
merge_is_whole 0 3 --plugin "${WEIR_PLUGINS:?the folder of the plug-ins}/identity.so" --no-claim deterministic --engine random --cases 30 \
  --corpus "$nothing"
expect_out '^hint: test.identity/1 does not claim deterministic'
expect_out '^hint: `--claim TRAIT` puts it to the test'
expect 'one shard tried it' test "$(grep -c '^hint: ' shards/*/out | grep -vc ':0$')" = 1

# What a plug-in brings is in the commands of the whole.
shards 2 --plugin "$WEIR_PLUGINS/rle_bug.so" --clause round-trip --clause eof-sticky --cases 600 --engine exhaustive \
  --engine random --corpus "$nothing"
run merge shards -o merged
expect_code 1
expect_out '^  reproduce .* --plugin .*rle_bug\.so$'

# Results that do not go together.
plan=(stream.rot13/1 --clause round-trip --clause eof-sticky --engine random --cases 30 --corpus "$nothing")
shards 3 "${plan[@]}"
cp -r shards good
# broken PATTERN: merging shards/ is refused; then they are as they were.
broken() {
  usage_error "$1" merge shards -o merged
  rm -rf shards
  cp -r good shards
}
mkdir shards/again
cp shards/2/results.json shards/again/other.json
broken "^weir: 'shards/2/results.json' and 'shards/again/other.json' are both shard 2 of 3$"
head -c 700 good/2/results.json > shards/2/results.json
broken "^weir: 'shards/2/results.json' is no complete JSON: it was cut"
: > shards/2/results.json
broken "^weir: 'shards/2/results.json' is no complete JSON"
sed 's/^  "weir": .*/  "weir": "9.9.9",/' good/2/results.json > shards/2/results.json
broken "'shards/2/results.json' was written by weir 9.9.9, and this is weir "
"$WEIR" check "${plan[@]}" --seed 2 --shard 2/3 --json shards/2/results.json > /dev/null
broken "'shards/1/results.json' and 'shards/2/results.json' are not of one run: seeds 1 and 2"
"$WEIR" check "${plan[@]}" --shard 2/4 --json shards/2/results.json > /dev/null
broken 'are not of one run: shards in all: 3 and 4'
"$WEIR" check "${plan[@]/30/31}" --shard 2/3 --json shards/2/results.json > /dev/null
broken 'are not of one run: cases 30 and 31'
"$WEIR" check "${plan[@]/rot13/identity}" --shard 2/3 --json shards/2/results.json > /dev/null
broken 'are not of one run: subjects .*rot13.*identity'
"$WEIR" check "${plan[@]}" --stats --shard 2/3 --json shards/2/results.json > /dev/null
broken 'are not of one run: with --stats: false and true'
cp -r no-corpus other-corpus
printf '%s\n' 'weir-case 1' 'subject stream.rot13/1' 'clause round-trip' 'payload text 100' > other-corpus/a.case
"$WEIR" check "${plan[@]}" --engine replay --shard 2/3 --json shards/2/results.json > /dev/null
broken 'are not of one run: engines '
"$WEIR" check "${plan[@]/no-corpus/other-corpus}" --engine replay --shard 2/3 --json shards/2/results.json > /dev/null
cp shards/2/results.json 2.json
"$WEIR" check "${plan[@]}" --engine replay --shard 1/3 --json shards/1/results.json > /dev/null
cp 2.json shards/2/results.json
broken 'are not of one run: corpus '
rm -r shards/3
sed 's/"index": 1,/"index": 3,/' good/1/results.json > shards/2/results.json
broken "'shards/2/results.json' cannot be merged: [a-z-]+ on stream.rot13/1 is in 'shards/1/results.json' as well"
sed 's/"index": 1,/"index": 4,/' good/1/results.json > shards/1/results.json
broken "'shards/1/results.json' cannot be merged: its shard is not one of its shards"
awk '/^  "pairs": \[/ { print "  \"pairs\": [],"; gone = 1; next } gone && /^  \],/ { gone = 0; next } !gone' \
  good/2/results.json > shards/2/results.json
broken 'the shards do not add up: none of them has [a-z-]+ on stream\.rot13/1'
sed 's/"clause": "\(round-trip\|eof-sticky\)"/"clause": "no-such"/' good/1/results.json > shards/1/results.json
broken "'shards/1/results.json' cannot be merged: no-such on stream.rot13/1 is not in its plan"
sed '/"budget_seconds"/d' good/1/results.json > shards/1/results.json
broken "'shards/1/results.json'.*budget_seconds"
sed 's/"discarded": .*/"discarded": "none",/' good/1/results.json > shards/1/results.json
broken "'shards/1/results.json' is no result of a shard: "
shards 2 mutant.ignores-count/1 --clause short-sink-writes --engine random --cases 60 --corpus "$nothing"
sed -i 's/weir-case 1/weir-case 99/' shards/1/results.json
usage_error "'shards/1/results.json' cannot be merged: the case of a finding cannot be read: line 1: " merge shards

# Results that are none.
rm -rf shards
cp -r good shards
run check "${plan[@]}" --json shards/whole.json
echo '{"kills": []}' > shards/kills.json
run merge shards
expect_code 0
expect_out "note: 'shards/whole.json' is the result of a whole run, not of a shard: left out"
expect_out "note: 'shards/kills.json' is no result of weir: left out"
usage_error "'shards/whole.json' is the result of a whole run" merge shards/whole.json
usage_error "'shards/kills.json' is no result of weir" merge shards/kills.json
usage_error "no-such-folder" merge no-such-folder
usage_error "no result of a shard below 'no-corpus': they are what .check --shard I/N --json FILE. writes" merge no-corpus
usage_error 'path' merge

# Where things go.
usage_error "'shards/1/results.json' would be written over: it is the result of a shard" merge shards -o shards/1
usage_error "'shards/1/results.json' would be written over" merge shards --json shards/1/results.json
usage_error '--json and --junit name the same place' merge shards --json x --junit x
run merge shards -o shards/kills.json/x
expect_code 3
expect_err "cannot make the folder 'shards/kills.json/x'"
run merge shards --json no/such/folder.json
expect_code 3
run merge shards --json -
expect_code 0
expect 'the JSON on standard output is JSON' is_json .out
shards 1 mutant.ignores-count/1 --clause short-sink-writes --engine random --cases 60 --corpus "$nothing"
mkdir blocked
: > blocked/findings
run merge shards -o blocked
expect_code 1
expect_err 'findings cannot be written to blocked/findings: '

# Shards that there are not.
for bad in 'a/b' 2 / 1/ /4 1/0 -1/4 1/4/2 1.5/4 '' ' 1/4'; do
  usage_error "shard: '$bad' is not a shard such as 2/4" check --shard "$bad"
done
usage_error 'there is no shard 0 of 4: they go from 1/4 to 4/4' check --shard 0/4
usage_error 'there is no shard 5 of 4: they go from 1/4 to 4/4' check --shard 5/4
usage_error 'at most 1000 shards' check --shard 1/1001
usage_error 'at most 1000 seeds' check --seeds 1001
usage_error 'seeds: must be at least 1' check --seeds 0
usage_error '--prove has one seed' check --prove stream.rot13/1 --seeds 2
usage_error 'prove.*shard|shard.*prove' check --prove stream.rot13/1 --shard 1/2

# What a shard would run.
run check stream.rot13/1 stream.zstd/1 --shard 2/8 --dry-run --corpus "$nothing"
expect_code 0
expect_out '^shard 2 of 8, [0-9]+ of [0-9]+ units$'
run check stream.rot13/1 --seeds 3 --cases 20 --clause round-trip --dry-run --corpus "$nothing"
expect_out '^random: 20 cases a pair and seed, seeds 1 to 3$'
finish
