#!/usr/bin/env bash
# Two implementations of one format.
source "$(dirname "${BASH_SOURCE[0]}")/testing.sh"
mkdir no-corpus

run check stream.zstd/1 --interop stream.zstd/1 --cases 50 --corpus no-corpus
expect_code 2
expect_one_message
expect_err 'wants another subject'

# A subject pairs with itself by name: each holds.
run check stream.zstd/1~stream.zstd/1 --cases 200 --corpus no-corpus --findings found
expect_code 0
expect_out 'interop-decodes'
expect_out 'interop-accepts'
expect_out 'is about one implementation by itself'

# The table of one implementation says how to bring another.
run check stream.zstd/1 --cases 1 --clause interop-decodes --corpus no-corpus
expect_code 3
expect_out 'needs another implementation of the format'

run check stream.zstd/1 --interop stream.zstd-seekable/1 --cases 200 --corpus no-corpus --findings found
expect_code 1
expect_out 'stream.zstd/1~stream.zstd-seekable/1 breaks interop-decodes: not-understood'
expect_out 'stream.zstd-seekable/1 reads what'
expect_out 'breaks interop-accepts: accepted-by-one'
expect_no_out 'golden'

run repro found/stream.zstd-1-stream.zstd-seekable-1--interop-accepts--accepted-by-one.case
expect_code 1
expect_out 'the same as recorded'

run check mutant.lenient-reader/1 --cases 200 --corpus no-corpus --findings found
expect_code 1
expect_out '^ +(payload|damage) +'
expect_out 'breaks interop-accepts: accepted-by-one'

run check stream.zstd/1 --interop stream.zst/1
expect_code 2
expect_one_message
expect_err "did you mean 'stream.zstd/1'"
run check stream.zstd/1 --interop stream.crc32c/1 --chains 2
expect_code 2
run check stream.zstd/1 --interop stream.crc32c/1 --prove
expect_code 2

finish
