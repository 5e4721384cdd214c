# Guards `weir inspect`: what it shows of each format, from files and pipes, as a table and as JSON, that damage is told with its
# place and what stands before it is still shown, and that a hostile file takes neither memory nor for ever.
source "$(dirname "${BASH_SOURCE[0]}")/testing.sh"
golden=$WEIR_SOURCE_DIR/corpus/golden/0.1.0

# raw FILE: the bytes of a golden stream.
raw() {
  sed '1,/^encoded/d' "$golden/$1.golden" | tr -d ' \n' | sed 's/../\\x&/g' | xargs -0 printf '%b'
}
# element NAME: the number that the JSON has for it.
element() {
  sed -n "s/^  \"$1\": \\([0-9a-z]*\\),\\{0,1\\}\$/\\1/p" .out
}

# Frames of zstd.
head -c 1000000 /dev/zero | tr '\0' 'w' > data
run encode --transform stream.zstd/1 data data.zst
run inspect data.zst
expect_code 0
expect_out '^ +# +kind +offset +encoded +payload +ratio +window +blocks +checksum$'
expect_out '^ +0 +frame +0 +[0-9]+ +1,000,000 +[0-9.]+ +[0-9.]+ MiB +8 +[0-9a-f]{8} right$'
expect_out '^  format +stream\.zstd/1$'
expect_out '^  payload +.* \(1,000,000 bytes\)$'
expect 'it says nothing else' test ! -s .err
cp .out file.out
"$WEIR" inspect - < data.zst > .out
expect 'standard input shows the same' cmp -s file.out .out
cat data.zst | "$WEIR" inspect - > .out
expect 'a pipe shows the same' cmp -s file.out .out
run inspect data.zst --json
expect_code 0
expect 'it is JSON' is_json .out
expect 'it has the payload' test "$(element payload_bytes)" = 1000000
expect_out '"kind":"frame","offset":0,.*"payload_bytes":1000000,"checksum":"right"'
expect_out '"error": null'
expect 'it says that there is a structure' test "$(element structure)" = true
if command -v zstd > /dev/null; then
  zstd -q -c data > theirs.zst
  cat theirs.zst >> theirs.zst.twice
  cat theirs.zst >> theirs.zst.twice
  run inspect theirs.zst.twice
  expect_code 0
  expect_out '^ +1 +frame .* not verified$'
  expect_out '^  payload +.* \(2,000,000 bytes\)$'
  run inspect --verify theirs.zst.twice
  expect_code 0
  expect_out '^ +1 +frame .* right$'
else
  last_command=zstd
  fail 'the zstd command is missing (package zstd)'
fi

# Seek tables.
run inspect "$WEIR_SOURCE_DIR/tests/lib/golden/zstd_seekable/counter_100000.frame_4096.zst"
expect_code 0
expect_out '^  format +stream\.zstd-seekable/1$'
expect_out '^  table +of 25 frames: all compared, [0-9]+ with their checksums$'
expect_out '^  11 more; --all shows them$'
expect_out '^ +25 +seek table '
run inspect --verify "$WEIR_SOURCE_DIR/tests/lib/golden/zstd_seekable/counter_100000.frame_4096.zst"
expect_code 0
expect_out '^  table +of 25 frames: all compared, 25 with their checksums$'
run inspect --all "$WEIR_SOURCE_DIR/tests/lib/golden/zstd_seekable/counter_100000.frame_4096.zst"
expect 'all are shown' test "$(grep -c ' frame ' .out)" = 25
expect_no_out 'more; --all'
raw stream.zstd-seekable-1/table-encoded-size > lies.zst
run inspect lies.zst
expect_code 2
expect_err "^weir: 'lies.zst': corrupt at byte 120: seek table: encoded size of a frame$"
expect_out '^  damaged +1 frame$'

# Blocks.
raw stream.crc32c-1/partial-last-block > blocks
run inspect blocks
expect_code 0
expect_out '^ +# +kind +offset +encoded +payload +ratio +checksum$'
expect_out '^ +7 +last block +128 +12 +4 +0\.33 +[0-9a-f]{8} right$'
expect_out '^  blocks of +8 bytes$'
expect_out '^  encoded +140 bytes$'
raw stream.crc32c-1/flip-within-block > flipped
run inspect flipped
expect_code 2
expect_out '^ +2 +block +48 .* wrong$'
expect_out '^ +7 +last block .* right$'
expect_err "^weir: 'flipped': corrupt at byte 48: checksum of a block$"
expect_one_message
run inspect --json flipped
expect_code 2
expect 'damage is JSON, too' is_json .out
expect_out '"offset": 48'
expect_out '"exit_code": 2'
head -c 100 blocks > cut
run inspect cut
expect_code 2
expect_out '^ +4 +block +80 '
expect_out '^  payload +40 bytes, up to the damage$'
expect_err 'truncated at byte 100: within a block'

# Encryption, without a key.
raw stream.xchacha20poly1305-1/partial-last-block > secret
run inspect secret
expect_code 0
expect_out '^  key id +0{32}$'
expect_out '^  nonce +0{16}7{16}$'
expect_out '^  payload +60 bytes$'
expect_out '^ +7 +last block +244 +24 +4 +0\.17 +tag not verified$'
run inspect --verify secret
expect_code 3
expect_out 'tag not verified$'
expect_err "^weir: 'secret': no tag was verified, which takes the key: "
expect_one_message
run inspect --verify --json secret
expect_code 3
expect_out '"exit_code": 3'
run inspect --json secret
expect 'encryption is JSON, too' is_json .out
expect_out '"nonce": "0{16}7{16}"'

# What has no structure, and what is none of them.
run inspect --transform stream.rot13/1 data
expect_code 0
expect_out 'stream.rot13/1 has no frames, blocks or checksums'
run inspect --transform stream.identity/1 --json data
expect 'that is JSON, too' is_json .out
expect_out '"structure": false'
usage_error "^weir: 'data': corrupt at byte 0: no format that is known begins so; --transform DESCRIPTOR" inspect data
: > nothing
usage_error 'truncated at byte 0: there is not a single byte' inspect nothing
run inspect --json data
expect_code 2
expect 'a refusal is JSON, too' is_json .out
expect 'it states no format that was not found' test "$(element format)" = null
expect 'nor a structure' test "$(element structure)" = null
expect 'nor a size' test "$(element payload_known)" = false
run inspect --json --transform stream.crc32c/1 data
expect_code 2
expect_out '"format": "stream.crc32c/1"'
expect 'what was given has a structure' test "$(element structure)" = true
run inspect --transform stream.crc32c/1 data
expect_code 2
expect_err 'corrupt at byte 0: not a crc32c stream'
usage_error "did you mean 'stream.zstd/1'" inspect --transform stream.zsdt/1 data.zst
usage_error 'No such file' inspect missing
usage_error 'folder' inspect .
usage_error 'FILE|file' inspect

# Frames without end: memory stays where it is.
frame='\x28\xb5\x2f\xfd\x20\x05\x29\x00\x00weir!'
printf "$frame" > tiny
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18; do
  cat tiny tiny > twice
  mv twice tiny
done
run inspect --verify tiny
expect_code 0
expect_out '^  262,129 more; --all shows them$'
expect_out '^  frames +262,144$'
# The sanitizers reserve more than the limit, so they sit this one out.
if { (ulimit -v 400000 && exec "$WEIR" --version); } > /dev/null 2>&1; then
  last_command='inspect within 400 MB'
  (ulimit -v 400000 && exec "$WEIR" inspect tiny > .out 2> .err)
  code=$?
  expect_code 0
fi
"$WEIR" inspect --all tiny 2> .err | head -n 3 > .out
expect_out '^ +0 +frame'
# A skippable frame that announces what does not come.
printf '\x50\x2a\x4d\x18\xff\xff\xff\xff' > announced
run inspect announced
expect_code 2
expect_err 'truncated at byte 8: within a skippable frame'
no_leftovers

finish
