# Guards `weir decode --range`: what comes out, that a chain which can seek reads only what it needs, that one which
# cannot gives the same, and the message for every range that is none.
source "$(dirname "${BASH_SOURCE[0]}")/testing.sh"

"$WEIR" keygen key > /dev/null
head -c 700000 /dev/urandom > data
size=700000
rot13=(--transform stream.rot13/1)
plain=(--transform stream.identity/1)
zstd=(--transform stream.zstd/1)
seekable=(--transform stream.zstd-seekable/1)
crc=(--transform stream.crc32c/1)
cipher=(--transform stream.xchacha20poly1305/1)

# part BEGIN END: what is expected of that range.
part() { tail -c +$(($1 + 1)) data | head -c $(($2 - $1)); }

# Chains that seek and chains that do not, over files and over pipes.
for chain in rot13 plain zstd seekable crc cipher 'cipher seekable' 'crc cipher rot13' 'cipher zstd' 'zstd crc'; do
  transforms=()
  options=()
  for name in $chain; do
    declare -n list=$name
    transforms+=("${list[@]}")
  done
  keys=()
  [[ $chain != *cipher* ]] || keys=(--key-file key)
  [[ $chain != *seekable* ]] || options+=(--frame-size 100000)
  [[ $chain != *crc* && $chain != *cipher* ]] || options+=(--block-size 4000)
  run encode --force "${transforms[@]}" "${keys[@]}" "${options[@]}" data encoded
  expect_code 0
  for range in 0-$size 0-0 0-1 99999-100001 123456-654321 $((size - 1))-$size $size-$size; do
    part "${range%-*}" "${range#*-}" > wanted
    run decode --force "${transforms[@]}" "${keys[@]}" --range $range encoded out
    expect_code 0
    expect "$chain: $range" cmp -s wanted out
    last_command="decode $chain --range $range, from a pipe"
    # What is behind the range stays in the pipe.
    cat encoded 2> /dev/null | "$WEIR" decode --force "${transforms[@]}" "${keys[@]}" --range $range > out
    code=${PIPESTATUS[1]}
    expect_code 0
    expect "$chain: $range from a pipe" cmp -s wanted out
  done
  # Outside the payload: the message has its size, and nothing comes out.
  for range in 0-$((size + 1)) $((size + 1))- $((size + 1))-$((size + 1)) $size+1 1G+1K; do
    run decode "${transforms[@]}" "${keys[@]}" --range $range encoded file
    expect_code 2
    expect_one_message
    expect_err "the range [0-9]+-[0-9]* is outside the payload, which has $size bytes; nothing was left behind"
    expect 'no output' test ! -e file
  done
  # To standard output, too, where the size is known before.
  if [[ $chain != *zstd* ]]; then
    usage_error "outside the payload, which has $size bytes" \
      decode "${transforms[@]}" "${keys[@]}" --range 0-$((size + 1)) encoded
  fi
done

# Where the end is met on the way, what came before has been passed on, and the message says so.
last_command='decode, a range that ends behind the payload, from a pipe'
cat encoded | "$WEIR" decode "${zstd[@]}" "${crc[@]}" --range 0-$((size + 1)) > out 2> .err
code=${PIPESTATUS[1]}
expect_code 2
expect_one_message
expect_err "outside the payload, which has $size bytes; 683.6 KiB had already been passed on"
: > empty
run encode --force "${crc[@]}" empty encoded
run decode --force "${crc[@]}" --range 0- encoded out
expect_code 0
expect 'a range of an empty payload' test ! -s out
usage_error 'which has 0 bytes' decode "${crc[@]}" --range 0-1 encoded
printf a > one
run encode --force "${crc[@]}" one encoded
usage_error 'which has 1 byte;' decode "${crc[@]}" --range 0-2 encoded

# Ways to write one.
run encode --force "${seekable[@]}" --frame-size 64K data encoded
for form in 65536-131072 64K-128K 64k-128k 65536+65536 64K+64K 64K+65536; do
  run decode --force "${seekable[@]}" --range $form encoded out
  expect_code 0
  expect "$form" sh -c 'tail -c +65537 data | head -c 65536 | cmp -s - out'
done
run decode --force "${seekable[@]}" --range 600K- encoded out
expect 'from a place to the end' sh -c 'tail -c +614401 data | cmp -s - out'
run decode --force "${seekable[@]}" --range 5+0 encoded out
expect_code 0
expect 'an empty range' test ! -s out
for range in '' 5 K 5K five; do usage_error "range: '$range' is not a range: START-END" decode "${seekable[@]}" --range "$range" encoded; done
usage_error "'1-2-3' is not a range.*'2-3' is not a size" decode "${seekable[@]}" --range 1-2-3 encoded
usage_error "'-3' is not a range.*: '' is not a size" decode "${seekable[@]}" --range=-3 encoded
usage_error "'3\+' is not a range.*: '' is not a size" decode "${seekable[@]}" --range 3+ encoded
usage_error "'1M-2X' is not a range.*: '2X' is not a size such as" decode "${seekable[@]}" --range 1M-2X encoded
usage_error "'0x1-2' is not a range.*: '0x1'" decode "${seekable[@]}" --range 0x1-2 encoded
usage_error "'1 -2' is not a range.*: '1 '" decode "${seekable[@]}" --range '1 -2' encoded
usage_error "'0-9223372036854775808' is not a range" decode "${seekable[@]}" --range 0-9223372036854775808 encoded
usage_error "'0-8388608T' is not a range" decode "${seekable[@]}" --range 0-8388608T encoded
usage_error "'5-3' ends before it begins; START\+LENGTH takes a length" decode "${seekable[@]}" --range 5-3 encoded
usage_error 'ends beyond 2\^63' decode "${seekable[@]}" --range 9223372036854775807+1 encoded
usage_error 'which has 700000 bytes' decode "${seekable[@]}" --range 9223372036854775806+1 encoded

# Only what is needed is read: all else may be noise. `at` is where a frame or block is that the range lies in, `keep`
# what besides it is needed: a header, a table, the last block, which says how large the payload is.
noise_but() { # FILE BEGIN-END...
  local file=$1 range
  shift
  head -c "$(wc -c < "$file")" /dev/urandom > noisy
  for range in "$@"; do
    tail -c +$((${range%-*} + 1)) "$file" | head -c $((${range#*-} - ${range%-*})) |
      dd of=noisy bs=64K oflag=seek_bytes seek="${range%-*}" conv=notrunc status=none
  done
}
run encode --force "${seekable[@]}" --frame-size 64K data encoded
encoded_size=$(wc -c < encoded)
# Random data does not compress: 64 KiB and a little more a frame; 11 entries of 12 bytes, 17 around them.
noise_but encoded 65536-$((3 * 65700)) $((encoded_size - 149))-"$encoded_size"
run decode --force "${seekable[@]}" --range 70000-190000 noisy out
expect_code 0
expect 'zstd-seekable: the other frames are not looked at' sh -c 'tail -c +70001 data | head -c 120000 | cmp -s - out'
run decode --force "${seekable[@]}" noisy out
expect_code 2
last_command='decode, the same from a pipe'
cat noisy | "$WEIR" decode "${seekable[@]}" --range 70000-190000 > out 2> .err
code=${PIPESTATUS[1]}
expect_code 2
expect_err 'cannot decode standard input: stream.zstd-seekable/1: corrupt at byte [0-9]+: '
for name in crc cipher; do
  declare -n list=$name
  keys=()
  header=16 seal=4
  if [[ $name == cipher ]]; then
    keys=(--key-file key)
    header=48 seal=16
  fi
  record=$((4 + 10000 + seal))
  run encode --force "${list[@]}" "${keys[@]}" --block-size 10000 data encoded
  encoded_size=$(wc -c < encoded)
  # With the checksum of the block before, which a block of crc32c is compared with.
  noise_but encoded 0-$header $((header + 7 * record - 4))-$((header + 9 * record)) \
    $((encoded_size - 4 - seal - 4))-"$encoded_size"
  run decode --force "${list[@]}" "${keys[@]}" --range 70000-90000 noisy out
  expect_code 0
  expect "$name: the other blocks are not looked at" sh -c 'tail -c +70001 data | head -c 20000 | cmp -s - out'
  run decode "${list[@]}" "${keys[@]}" --range 70000-90001 noisy out2
  expect_code 2
  expect_one_message
  expect_err "corrupt at byte $((header + 9 * record))"
  expect 'no output' test ! -e out2
done

# A large file, which is mostly a hole.
truncate -s 4G huge
printf 'the very end' >> huge
run decode --force "${plain[@]}" --range 4G- huge out
expect_code 0
expect 'the end of a large file' test "$(cat out)" = 'the very end'

# A descriptor that was read before begins where it stands.
last_command='decode, standard input half read'
printf '0123456789abcdefghij' > letters
{ dd bs=1 count=10 status=none > /dev/null; "$WEIR" decode "${plain[@]}" --range 5-10 > out; } < letters
expect 'positions count from where it stands' test "$(cat out)" = fghij

# The same of several files.
mkdir parts
run encode "${seekable[@]}" --suffix .zst --output-dir parts data letters
run decode "${seekable[@]}" --suffix .zst --range 2+3 parts/data.zst parts/letters.zst
expect_code 0
expect 'a range of each' test "$(cat parts/letters)" = 234
expect 'a range of each' sh -c 'tail -c +3 data | head -c 3 | cmp -s - parts/data'
no_leftovers

finish
