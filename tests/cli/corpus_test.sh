# Guards `weir corpus` and the golden streams in `weir check`: freezing repeats itself and overwrites nothing, replay notices what
# no longer reads as it did, and both say exactly what is wrong with a file.
source "$(dirname "${BASH_SOURCE[0]}")/testing.sh"

# Freezing.
run corpus freeze --output one
expect_code 0
expect_out '^froze [0-9]+ streams of 6 transforms below one$'
expect 'streams of every transform' test "$(ls one/golden/*/ | wc -l)" = 6
expect 'they are text' sh -c '! grep -rLI "^weir-golden 1$" one | grep -q .'
run corpus freeze --output two
expect 'freezing repeats itself' diff -r one two
run corpus freeze stream.zstd/1 --output three --seed 7
expect_out 'of 1 transform below three$'
expect 'another seed, other bytes' sh -c '! diff -r -q one three > /dev/null'
expect 'only what was asked for' test "$(echo three/golden/*/*)" = "$(echo three/golden/*/stream.zstd-1)"
no_leftovers

# Nothing is overwritten.
run corpus freeze --output one
expect_code 0
expect_out '^froze 0 streams .*; [0-9]+ stood there already$'
rm one/golden/*/stream.crc32c-1/empty.golden
run corpus freeze stream.crc32c/1 --output one
expect_out '^froze 1 stream of'
expect 'what was missing is back' diff -r one two
file=$(echo one/golden/*/stream.crc32c-1/one-byte.golden)
sed -i 's/^guards .*/guards    somebody changed this/' "$file"
run corpus freeze --output one
expect_code 0
expect_out '^froze 0 streams .*; [0-9]+ stood there already and are kept, 1 of which this build would write otherwise$'
expect 'the file is as it was' grep -q 'somebody changed this' "$file"

# Where nothing can be written.
: > file
run corpus freeze --output file
expect_code 3
expect_one_message
expect_err "cannot make the folder of 'file/golden"
usage_error "did you mean 'stream.zstd/1'" corpus freeze stream.zsdt/1 --output four
usage_error 'unknown shipped transform' corpus freeze mutant.block-tail/1 --output four
usage_error 'SUBCOMMAND|subcommand' corpus
expect 'a refused run leaves nothing' test ! -e four

# Replay: the project's own, a folder, a file.
run corpus replay "$WEIR_SOURCE_DIR/corpus"
expect_code 0
expect_out '^held: ([0-9]+) of \1 golden streams$'
run corpus replay two/golden/*/stream.rot13-1/one-byte.golden
expect_code 0
expect_out '^held: 1 of 1 golden stream$'
mkdir none
run corpus replay none
expect_code 3
expect_one_message
expect_err 'nothing to replay: no golden stream is there'
expect 'nothing is said to have held' test ! -s .out

# What no longer reads as it did.
broken=$(echo two/golden/*/stream.crc32c-1/many-blocks.golden)
cp "$broken" kept
sed -i 's/^  57454952/  57454953/' "$broken"
run corpus replay two
expect_code 1
expect_out "^broken $broken\$"
expect_out '^  guards     blocks of 64'
expect_out '^  seen       read at once: expected payload, seen corrupt at byte 0: not a crc32c stream, after 0 bytes$'
expect_out "reproduce  .* corpus replay $broken\$"
expect_out '^violated: [0-9]+ of [0-9]+ golden streams$'
run corpus replay "$broken"
expect_code 1
cp kept "$broken"

# What is no golden stream.
sed -i 's/^library.*/libary 1/' "$broken"
usage_error "^weir: $broken:3: unknown line \"libary\"" corpus replay two
usage_error 'missing.golden: cannot be read' corpus replay missing.golden
cp kept "$broken"

# `weir check` replays them, those of the subjects that it runs on.
mkdir -p two/seeds
run check stream.crc32c/1 --engine replay --engine random --cases 20 --corpus two --json out.json --junit out.xml
expect_out '^  golden +([0-9]+) of \1 golden streams$'
expect 'the JSON report is JSON' is_json out.json
expect 'the JSON report has them' grep -q '"golden": {' out.json
expect 'the JUnit report is XML' is_xml out.xml
expect 'the JUnit report has them' grep -q '<testsuite name="golden streams" tests="1" failures="0"' out.xml
run check stream.crc32c/1 --clause round-trip --cases 20 --corpus two
expect_code 0
expect_no_out 'golden'
run check stream.crc32c/1 --engine random --cases 20 --corpus two
expect_no_out 'golden'
sed -i 's/^expect .*/expect    truncated at 5 after 0/' "$broken"
run check stream.crc32c/1 --engine replay --engine random --cases 20 --corpus two --json out.json --junit out.xml
expect_code 1
expect_out "^broken $broken\$"
expect_out '^violated: 0 findings; 1 golden stream broken; '
expect 'the JSON report names it' grep -q "\"path\": \"$broken\"" out.json
expect 'the JUnit report is XML' is_xml out.xml
expect 'the JUnit report counts it' grep -q '<testsuite name="golden streams" tests="1" failures="1"' out.xml
run check stream.zstd/1 --engine replay --engine random --cases 1 --corpus two --clause round-trip
expect_code 0
echo weir-golden > "$broken"
usage_error 'the number of the format' check stream.crc32c/1 --cases 1 --corpus two
no_leftovers

finish
