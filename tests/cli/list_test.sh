# Guards `weir list`: the tables, the JSON object, and that docs/contract.md is the one made from the clauses.
source "$(dirname "${BASH_SOURCE[0]}")/testing.sh"
source_folder=${WEIR_SOURCE_DIR:-$(cd "$here/../.." && pwd)}

run list
expect_code 0
for word in Subjects Clauses 'Fuzz targets' Engines stream.identity/1 stream.rot13/1 round-trip seek-model \
  partial_reads hostile_bytes replay exhaustive sweep random guided; do
  expect_out "$word"
done

run list --mutants
expect_code 0
expect_out 'mutant\.ignores-count/1'
expect_out 'short-sink-writes'

run list --traits
expect_code 0
expect_out '^  seekable '
expect_out 'needed by seek-model'
expect_out 'claimed by stream\.identity/1, stream\.rot13/1'

run list --profiles
expect_code 0
expect_out '^  raw '
expect_out 'nonblocking, short_writes, partial_below'
usage_error 'name one' list --traits --profiles

run list --json
expect_code 0
expect 'the list is JSON' is_json .out
for key in subjects clauses targets traits profiles engines mutants; do expect_out "^  \"$key\": \[\$"; done
expect_out '"name": "stream.rot13/1"'
expect_out '"deterministic"'
expect_out '"id": "eof-sticky"'
expect_out '"groups": \['
expect_out '"subject": "mutant.ignores-count/1"'
for file in "$source_folder"/properties/clauses/*.cpp; do
  id=$(basename "$file" .cpp)
  expect_out "\"id\": \"${id//_/-}\""
done

usage_error 'name one' list --json --contract-md
usage_error 'name one' list --mutants --json

run list --contract-md
expect_code 0
expect_out '^### round-trip$'
if ! cmp -s .out "$source_folder/docs/contract.md"; then
  diff "$source_folder/docs/contract.md" .out | head -n 20
  fail 'docs/contract.md is out of date: tools/weir list --contract-md > docs/contract.md'
fi
checks=$((checks + 1))

finish
