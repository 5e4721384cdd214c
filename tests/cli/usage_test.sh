# Guards the command line itself: help, version, and one clear message with exit code 2 for every slip of the hand.
source "$(dirname "${BASH_SOURCE[0]}")/testing.sh"

run --version
expect_code 0
expect_out '^weir [0-9]+\.[0-9]+\.[0-9]+$'

run --help
expect_code 0
for verb in list check fuzz repro shrink encode init; do expect_out "weir $verb"; done

run
expect_code 2
expect_err 'weir check'

for verb in list check ci merge kill fuzz repro shrink corpus 'corpus freeze' 'corpus replay' 'corpus promote' 'corpus stats' 'corpus lint' \
  'corpus minimise' 'corpus merge' 'corpus import' 'corpus export' bisect inspect encode decode keygen init report; do
  # shellcheck disable=SC2086 # verbs of verbs are two words
  run $verb --help
  expect_code 0
  expect_out 'Examples?:'
  expect_out "weir $verb"
  expect 'help fits 80 columns' test "$(awk '{ if (length($0) > 80) n++ } END { print n + 0 }' .out)" = 0
done

usage_error "unknown verb 'chekc'; did you mean 'check'" chekc
usage_error 'unknown verb' no-such-verb-at-all
usage_error 'weir --help' --no-such-option
usage_error 'weir check --help' check --no-such-option
usage_error 'budget.*0x' check --budget 0x
usage_error '500ms, 60s, 2m or 1h' check --budget 10parsecs
usage_error 'budget' check --budget 0
usage_error 'budget' check --budget -5s
usage_error 'budget' fuzz --budget ''
usage_error 'cases' check --cases -1
usage_error 'cases' check --cases 0
usage_error 'cases' check --cases many
usage_error 'seed' check --seed 1.5
usage_error 'jobs' check --jobs 0
usage_error 'jobs' check --jobs 100000
usage_error 'file' repro
usage_error 'file' shrink
usage_error 'transform' encode
usage_error 'transform' decode in out

usage_error 'file: must not be empty' encode --transform stream.rot13/1 '' out
usage_error 'file: must not be empty' encode --transform stream.rot13/1 - ''
usage_error 'key-file: must not be empty' encode --transform stream.rot13/1 --key-file ''
usage_error 'key-env: must not be empty' encode --transform stream.rot13/1 --key-env ''
usage_error 'suffix: must not be empty' encode --transform stream.rot13/1 --suffix '' abc
usage_error 'output-dir: must not be empty' encode --transform stream.rot13/1 --output-dir '' abc
for level in 23 -131073 1.5 high ''; do
  usage_error 'level:.*whole number from -131072 to 22' encode --transform stream.zstd/1 --level "$level" abc
done
for threads in 257 -1 two ''; do
  usage_error 'threads:.*whole number from 0 to 256' encode --transform stream.zstd/1 --threads "$threads" abc
done
for size in 1X K 1KB -1 '' 9000000T; do
  usage_error 'block-size:.*not a size such as' encode --transform stream.crc32c/1 --block-size "$size" abc
done
usage_error "block-size: '0' is not from 1 to 1G" encode --transform stream.crc32c/1 --block-size 0 abc
usage_error "frame-size: '1025M' is not from 1 to 1G" encode --transform stream.zstd-seekable/1 --frame-size 1025M abc
usage_error "window-max: '1023' is not from 1K to 2G" decode --transform stream.zstd/1 --window-max 1023 abc
usage_error "frames-max: '0' is not from 1 to 128M" decode --transform stream.zstd-seekable/1 --frames-max 0 abc
usage_error 'not expected: --range' encode --transform stream.zstd/1 --range 0-1 abc
usage_error 'not expected: --level' decode --transform stream.zstd/1 --level 1 abc
usage_error 'not expected: --window-max' encode --transform stream.zstd/1 --window-max 1M abc

usage_error 'findings' fuzz --findings ''

for verb in check list 'repro x' 'shrink x'; do
  # shellcheck disable=SC2086 # a verb and what it needs
  usage_error 'claim: no transform from outside is given' $verb --claim seekable
done
usage_error "claim: unknown trait 'seekabel'; did you mean 'seekable'" check --claim seekabel
usage_error 'no-claim: .*weir list --traits' check --no-claim xyzzy
usage_error "no-claim: 'seekable' is claimed by --claim" check --claim seekable --no-claim seekable

# Whoever pipes the help into `head` has seen enough of it.
last_command='--help, into a pipe that is closed'
( sleep 0.3; exec "$WEIR" --help 2> .err ) | true
code=${PIPESTATUS[0]}
expect_code 0
expect 'nothing is said' test ! -s .err

# Standard descriptors that are closed.
printf abc > abc
last_command='list, without a standard output'
"$WEIR" list 2> .err >&-
code=$?
expect_code 3
expect_one_message
last_command='encode a file, without standard descriptors'
"$WEIR" encode --transform stream.rot13/1 abc ABC <&- >&- 2>&-
code=$?
expect_code 0
expect 'the output has the bytes' grep -qx ABC ABC
last_command='encode, without a standard input'
"$WEIR" encode --transform stream.rot13/1 - out 2> .err <&-
code=$?
expect_code 2
expect_one_message

# Standard output that nobody takes.
last_command='list --json, into a pipe that is closed'
"$WEIR" list --json 2> .err | head -c 1 > /dev/null
code=${PIPESTATUS[0]}
# What fits the pipe's buffer is written before the reader goes; then there is nothing to complain of.
if [[ $code -ne 0 ]]; then
  expect_code 3
  expect_one_message
  expect_err 'closed the pipe'
fi
last_command='list into a full disk'
"$WEIR" list > /dev/full 2> .err
code=$?
expect_code 3
expect_one_message
expect_err 'No space left'

finish
