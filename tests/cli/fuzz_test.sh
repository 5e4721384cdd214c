# Guards `weir fuzz`: with an engine it runs its targets, finds a planted mutant, files it and goes on; without one it says
# what to do.
source "$(dirname "${BASH_SOURCE[0]}")/testing.sh"
mkdir -p no-corpus

usage_error "unknown fuzz target 'sek'; did you mean 'seek'" fuzz sek
usage_error "unknown subject 'stream.zstd/9'" fuzz --subject stream.zstd/9
usage_error 'no such folder' fuzz --corpus missing

run fuzz seek --budget 2s --corpus no-corpus
if grep -q 'plain replay programs' .err; then
  expect_code 3
  expect_one_message
  expect_err 'tools/weir fuzz'
  finish
  exit
fi
expect_code 0
expect_out '^seek +[0-9,]+ '
expect_out '^held: 0 findings, [1-9][0-9,]* executions'

# A planted mutant is found, shrunk and filed, and the other target runs as well.
run fuzz partial_writes round_trip --budget 12s --corpus no-corpus --subject mutant.ignores-count/1 --findings found
expect_code 1
expect_out 'breaks short-sink-writes'
expect_out '^round_trip +[0-9,]+ '
expect_out '^violated: [1-9]'
file=$(ls found/*short-sink-writes*.case 2> /dev/null | head -n 1)
expect 'a .case is filed' test -n "$file"
expect 'the .case has at most 12 lines' test "$(wc -l < "$file")" -le 12
run repro "$file"
expect_code 1
expect_out 'the same as recorded'

# Ctrl-C ends the targets.
last_command='fuzz, ended by Ctrl-C'
"$WEIR" fuzz seek faults --budget 60s --corpus no-corpus > .out 2> .err &
process=$!
sleep 3
children=$(pgrep -P $process)
kill -INT $process
wait $process
code=$?
expect_code 130
expect_out '^interrupted'
for child in $children; do expect "target $child is gone" sh -c "! kill -0 $child 2> /dev/null"; done

finish
