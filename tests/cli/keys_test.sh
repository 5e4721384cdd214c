# Guards keys: `weir keygen`, where keys come from, which one is used, one exact message for each that is not one, and
# that no part of a key is ever printed.
source "$(dirname "${BASH_SOURCE[0]}")/testing.sh"

# A new file, for its owner alone whatever the umask, another key each time.
(umask 0 && "$WEIR" keygen a.key > a.out)
expect 'its owner alone reads it' test "$(stat -c %a a.key)" = 600
expect 'it has 64 hex digits' grep -qxE '[0-9a-f]{64}' a.key
expect 'and nothing else' test "$(wc -c < a.key)" = 65
expect 'its id is told' grep -qxE 'key [0-9a-f]{32}' a.out
(umask 0377 && "$WEIR" keygen b.key > b.out)
expect 'its owner can read it' test "$(stat -c %a b.key)" = 600
expect 'keys differ' sh -c '! cmp -s a.key b.key'
expect 'ids differ' sh -c '! cmp -s a.out b.out'

# Never over something.
cp a.key before.key
usage_error 'there already' keygen a.key
expect 'the key is as it was' cmp -s before.key a.key
ln -s nowhere.key link.key
usage_error 'there already' keygen link.key
expect 'no key behind a link' test ! -e nowhere.key
run keygen missing/a.key
expect_code 3
expect_one_message
expect_err 'No such file.*no key was made'
usage_error 'must not be empty' keygen ''
usage_error 'file' keygen
usage_error 'a key goes into a file, never to standard output' keygen -
expect 'no file of that name either' test ! -e ./-
last_command='keygen where files may not grow'
(ulimit -f 0 && exec "$WEIR" keygen full.key 2>&1) | cat > .err
code=${PIPESTATUS[0]}
expect_code 3
expect_one_message
expect_err 'File too large'
expect 'no half of a key is left' test ! -e full.key


# --- Keys in use.

cipher=(--transform stream.xchacha20poly1305/1)
head -c 300000 /dev/urandom > data
echo public > public-data
id_of() { sed -n 's/^key //p' "$1"; }
# The id that a stream names: 16 bytes from byte 16 on.
id_in() { od -An -v -tx1 -j16 -N16 "$1" | tr -d ' \n'; }
# Nothing of a key in what was said: neither the digits nor what stands wrongly for one.
says_no() { ! grep -qiF -e "$1" .err .out; }

# From a file, a pipe, a variable; alone or in a chain.
run encode "${cipher[@]}" --key-file a.key data sealed
expect_code 0
expect 'a run without a warning says nothing' test ! -s .err
expect 'the stream names the key' test "$(id_in sealed)" = "$(id_of a.out)"
"$WEIR" decode --force "${cipher[@]}" --key-file <(cat a.key) sealed opened
expect 'a key comes from a pipe' cmp -s data opened
WEIR_TEST_KEY=$(cat a.key) "$WEIR" decode --force "${cipher[@]}" --key-env WEIR_TEST_KEY < sealed > opened
expect 'a key comes from a variable' cmp -s data opened
for inner in stream.zstd/1 stream.zstd-seekable/1 stream.crc32c/1 stream.rot13/1 stream.identity/1; do
  run encode --force "${cipher[@]}" --transform $inner --transform stream.crc32c/1 --key-file a.key data chained
  expect_code 0
  run decode --force "${cipher[@]}" --transform $inner --transform stream.crc32c/1 --key-file a.key chained opened
  expect_code 0
  expect "encryption around $inner gives the file back" cmp -s data opened
done
run encode --force "${cipher[@]}" "${cipher[@]}" --key-file a.key data chained
run decode --force "${cipher[@]}" "${cipher[@]}" --key-file a.key chained opened
expect 'twice encrypted, twice decrypted' cmp -s data opened

# Written with the first, files before variables; read with whichever it was.
export KEY_B
KEY_B=$(cat b.key)
run encode --force "${cipher[@]}" --key-file b.key --key-file a.key data second
expect 'the first key writes' test "$(id_in second)" = "$(id_of b.out)"
run encode --force "${cipher[@]}" --key-env KEY_B --key-file a.key data second
expect 'files go before variables' test "$(id_in second)" = "$(id_of a.out)"
run encode --force "${cipher[@]}" --key-env KEY_B data second
run decode --force "${cipher[@]}" --key-file a.key --key-file a.key --key-env KEY_B second opened
expect_code 0
expect 'the key is found by its id' cmp -s data opened

# No output destroys a key, by whatever name.
mkdir folder
cp -p a.key saved.key
ln -s a.key also.key
ln a.key folder/data
usage_error "over the key file 'a.key'; name another output" encode "${cipher[@]}" --key-file b.key --key-file a.key data a.key
for force in '' --force; do
  usage_error "over the key file 'a.key'; name another" encode "${cipher[@]}" --key-file a.key $force data ./also.key
  usage_error "over the key file 'also.key'; name another" decode "${cipher[@]}" --key-file also.key $force sealed a.key
done
last_command='encode into a standard output that is the key'
"$WEIR" encode "${cipher[@]}" --key-file a.key data >> a.key 2> .err
code=$?
expect_code 2
expect_err 'over the key file'
usage_error "the output of 'data' would be written over the key file 'a.key'; nothing was done" \
  encode "${cipher[@]}" --key-file a.key --output-dir folder --force public-data data
cp b.key public-data.key
usage_error "over the key file 'public-data.key'" \
  encode "${cipher[@]}" --key-file public-data.key --suffix .key --force public-data
expect 'the key is as it was' cmp -s saved.key a.key
expect 'nothing was done' test ! -e folder/public-data
rm -r folder also.key

# Capital letters and other ends of lines.
tr a-f A-F < a.key > capital.key
printf '%s\r\n' "$(cat a.key)" > windows.key
printf '%s' "$(cat a.key)" > bare.key
chmod 600 capital.key windows.key bare.key
for form in capital windows bare; do
  run decode --force "${cipher[@]}" --key-file $form.key sealed opened
  expect_code 0
  expect "$form: the same key" cmp -s data opened
done

# An id of a program's choosing.
printf '000102030405060708090a0b0c0d0e0f:%s\n' "$(cat a.key)" > named.key
chmod 600 named.key
run encode "${cipher[@]}" --key-file named.key data named
expect 'the id is the one that was given' test "$(id_in named)" = 000102030405060708090a0b0c0d0e0f
run decode --force "${cipher[@]}" --key-file named.key named opened
expect 'and serves the reader' cmp -s data opened
usage_error 'no key given has the id 000102030405060708090a0b0c0d0e0f' decode "${cipher[@]}" --key-file a.key named out
printf '000102030405060708090a0b0c0d0e0f:%s\n' "$(cat b.key)" > clash.key
chmod 600 clash.key
usage_error "'named.key' and key file 'clash.key' have different keys with the same id" \
  decode "${cipher[@]}" --key-file named.key --key-file clash.key named out
# The key that stands in the library's source, by which the format and the id of a key are pinned.
printf '%s\n' 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f > public.key
chmod 600 public.key
run encode "${cipher[@]}" --key-file public.key data public
expect 'ids are derived as documented' test "$(id_in public)" = eb1a64e27b90dc5b5df971810aef365b

# Who may read a key matters, and does not stop anybody.
for mode in 640 604 620 602; do
  install -m $mode a.key open.key
  run decode --force "${cipher[@]}" --key-file open.key sealed opened
  expect_code 0
  expect_one_message
  expect_err "warning: key file 'open.key' is open to others, mode 0$mode; close it with chmod 600 open.key"
  expect 'it goes on' cmp -s data opened
done
install -m 700 a.key open.key
run decode --force "${cipher[@]}" --key-file open.key sealed opened
expect 'no warning where nobody else may' test ! -s .err

# Missing, wrong, needless.
rm -f out
usage_error 'needs a key: --key-file FILE or --key-env NAME' encode "${cipher[@]}" data out
usage_error 'needs a key: --key-file FILE or --key-env NAME' decode "${cipher[@]}" sealed out
usage_error "stream.xchacha20poly1305/1: no key given has the id $(id_of a.out)" \
  decode "${cipher[@]}" --key-file b.key sealed out
# Another key under the same id: nothing is authentic.
printf '%s:%s\n' "$(id_of a.out)" "$(cat b.key)" > false.key
chmod 600 false.key
usage_error 'corrupt at byte 48: .*or the key is another' decode "${cipher[@]}" --key-file false.key sealed out
usage_error 'key-file is for stream.xchacha20poly1305, and the chain has no such' \
  encode --transform stream.zstd/1 --key-file a.key data out
usage_error 'key-env is for stream.xchacha20poly1305, and the chain has no such' \
  encode --transform stream.zstd/1 --key-env KEY_B data out
expect 'no output' test ! -e out

# Not keys. The message has the place, and never what stands there.
secret=$(cat a.key)
not_a_key() { # PATTERN TEXT
  printf '%s' "$2" > not.key
  chmod 600 not.key
  usage_error "key file 'not.key' $1" encode "${cipher[@]}" --key-file not.key data out
  expect 'digits of the file are not repeated' says_no "${secret:0:8}"
  last_command+=' (variable)'
  NOT_A_KEY=$2 "$WEIR" encode "${cipher[@]}" --key-env NOT_A_KEY data out > .out 2> .err
  code=$?
  expect_code 2
  expect_one_message
  expect_err "environment variable 'NOT_A_KEY' $1"
  expect 'digits of the variable are not repeated' says_no "${secret:0:8}"
}
not_a_key 'is empty' ''
not_a_key 'is empty' $'\n'
not_a_key 'is not a key: it has 63 hex digits, a key has 64' "${secret:0:63}"
not_a_key 'is not a key: it has 65 hex digits, a key has 64' "${secret}0"
not_a_key 'is not a key: it has more than 64 hex digits, a key has 64' "$secret$secret"
not_a_key 'is not a key: character 9 is not a hex digit' "${secret:0:8}g${secret:9}"
not_a_key 'is not a key: character 65 is not a hex digit' "$secret "
not_a_key 'is not a key: character 65 is not a hex digit' "$secret"$'\n\n'
not_a_key 'is not a key: character 1 is not a hex digit' " $secret"
not_a_key 'is not a key: character 33 is not a hex digit' "${secret:0:32}-$secret"
not_a_key 'is not a key: it has 63 hex digits' "${secret:0:32}:${secret:0:63}"
not_a_key 'is not a key: character 17 is not a hex digit' "${secret:0:16}:$secret"
head -c 32 /dev/zero > raw.key
chmod 600 raw.key
usage_error "key file 'raw.key' is not a key: character 1 is not" encode "${cipher[@]}" --key-file raw.key data out
usage_error "key file 'missing.key' cannot be read: No such file" encode "${cipher[@]}" --key-file missing.key data out
usage_error "key file '.' cannot be read: it is a folder" encode "${cipher[@]}" --key-file . data out
usage_error "key file '/dev/null' is empty" encode "${cipher[@]}" --key-file /dev/null data out
usage_error "key file '/dev/zero' is not a key: character 1" encode "${cipher[@]}" --key-file /dev/zero data out
usage_error "environment variable 'NO_SUCH_KEY' is not set" encode "${cipher[@]}" --key-env NO_SUCH_KEY data out
# A key where a name belongs.
for form in "$secret" "${secret^^}" "000102030405060708090a0b0c0d0e0f:$secret"; do
  usage_error 'key-env: this is a key itself, .*; give the name of the variable' encode "${cipher[@]}" --key-env "$form" data out
  expect 'it is not repeated' says_no "${secret:0:8}"
  usage_error 'key-file: this is a key itself, .*; give the name of the file' encode "${cipher[@]}" --key-file "$form" data out
  expect 'it is not repeated' says_no "${secret:0:8}"
done
cp a.key "$secret"
run encode "${cipher[@]}" --key-file "./$secret" data named_so
expect_code 0
# One digit less is a name.
usage_error 'is not set' encode "${cipher[@]}" --key-env "${secret:1}" data out
expect 'still no output' test ! -e out
# A file that may not be read. Permissions mean nothing to root, who steps down for this.
chmod 755 .
install -m 000 a.key closed.key
as_user=()
[[ $EUID -ne 0 ]] || as_user=(setpriv --reuid=65534 --regid=65534 --clear-groups)
if "${as_user[@]}" "$WEIR" --version > /dev/null 2>&1 && ! "${as_user[@]}" test -r closed.key; then
  last_command='encode with a key that may not be read'
  "${as_user[@]}" "$WEIR" encode "${cipher[@]}" --key-file closed.key data > .out 2> .err
  code=$?
  expect_code 2
  expect_one_message
  expect_err "key file 'closed.key' cannot be read: Permission denied"
else
  echo 'note: no user without rights can run the program here; a closed key is not tried'
fi
no_leftovers

# Ctrl-C while a key is waited for.
mkfifo later.key
last_command='encode, waiting for a key, ended by Ctrl-C'
"$WEIR" encode "${cipher[@]}" --key-file later.key data out > .out 2> .err &
process=$!
exec 7> later.key
kill -INT $process
wait $process
code=$?
exec 7>&-
expect_code 130
expect 'no failure is told' test ! -s .err

finish
