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
last_command='keygen where files may not grow'
(ulimit -f 0 && exec "$WEIR" keygen full.key 2>&1) | cat > .err
code=${PIPESTATUS[0]}
expect_code 3
expect_one_message
expect_err 'File too large'
expect 'no half of a key is left' test ! -e full.key

finish
