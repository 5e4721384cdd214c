# Guards `weir encode` and `weir decode` over several files: which output belongs to which input, that no output destroys
# another file, and that one that fails neither stops the others nor leaves anything behind.
source "$(dirname "${BASH_SOURCE[0]}")/testing.sh"

zstd=(--transform stream.zstd/1)
mkdir in out
for name in a b c; do head -c 100000 /dev/urandom > in/$name; done
cp -r in kept
# failed_lines N: N messages, each a line that begins with the program's name.
failed_lines() {
  checks=$((checks + 1))
  [[ $(wc -l < .err) -eq $1 && $(grep -c '^weir: ' .err) -eq $1 ]] || fail "standard error is not $1 messages"
}

# Beside the inputs, in a folder, both; and back.
run encode "${zstd[@]}" --suffix .zst in/a in/b in/c
expect_code 0
expect 'nothing is said' test ! -s .err
expect 'outputs stand beside the inputs' test -e in/a.zst -a -e in/b.zst -a -e in/c.zst
expect 'inputs stay' cmp -s in/a kept/a
run decode "${zstd[@]}" --suffix .zst --output-dir out in/a.zst in/b.zst in/c.zst
expect_code 0
expect 'each comes back under its name' diff -r kept out
rm out/*
run encode "${zstd[@]}" --output-dir out in/a in/b
expect_code 0
expect 'without a suffix names stay' sh -c 'cmp -s in/a.zst out/a && cmp -s in/b.zst out/b'
rm out/* in/*.zst
run encode "${zstd[@]}" --suffix .zst in/a
expect_code 0
expect 'one file can be several' test -e in/a.zst
run encode "${zstd[@]}" --suffix .zst --output-dir out/ in/a
expect 'a slash behind the folder' test -e out/a.zst
(cd in && "$WEIR" encode "${zstd[@]}" --suffix .z b)
expect 'a name without a folder' test -e in/b.z

(cd in && "$WEIR" encode "${zstd[@]}" --suffix .z c && mv c.z ./-.z && "$WEIR" decode "${zstd[@]}" --suffix .z -- -.z > ../.out)
expect "a name that is '-' is a file's" cmp -s in/- in/c
expect 'nothing goes to standard output' test ! -s .out
rm in/*.z in/-

# What is there already stays, unless it may go.
echo mine > in/b.zst
run encode "${zstd[@]}" --suffix .zst in/a in/b in/c
expect_code 2
failed_lines 3
expect_err "cannot write 'in/a.zst': it is there already; --force replaces it"
expect_err "cannot write 'in/b.zst': it is there already; --force replaces it"
expect_err '2 of 3 files failed'
expect 'the file is as it was' grep -qx mine in/b.zst
expect 'the others are done' test -e in/c.zst
run encode "${zstd[@]}" --suffix .zst --force in/a in/b in/c
expect_code 0
run decode "${zstd[@]}" --suffix .zst --output-dir out --force in/a.zst in/b.zst in/c.zst
expect_code 0
expect 'replaced' cmp -s kept/b out/b
ln -s nowhere in/dangling.zst
cp in/a in/dangling
usage_error 'there already' encode "${zstd[@]}" --suffix .zst in/dangling
expect 'nothing behind the link' test ! -e in/nowhere
rm out/* in/*.zst in/dangling

# One fails, the others are done.
run encode "${zstd[@]}" --suffix .zst in/a in/missing in/b . in/c
expect_code 2
failed_lines 3
expect_err "cannot read 'in/missing': No such file"
expect_err "cannot read '.': it is a folder"
expect_err '2 of 5 files failed; the others are done'
expect 'the others are done' test -e in/a.zst -a -e in/b.zst -a -e in/c.zst
run encode "${zstd[@]}" --suffix .z in/missing in/lacking
expect_code 2
failed_lines 3
expect_err '^weir: all 2 files failed$'
head -c 50000 in/b.zst > shorter
mv shorter in/b.zst
run decode "${zstd[@]}" --suffix .zst --output-dir out in/a.zst in/b.zst in/c.zst in/a
expect_code 2
failed_lines 3
expect_err "cannot decode 'in/b.zst': stream.zstd/1: truncated at byte 50000: .*; nothing was left behind"
expect_err "cannot name the output of 'in/a': it has no '.zst' at its end"
expect_err '2 of 4 files failed'
expect 'the others are whole' sh -c 'cmp -s in/a out/a && cmp -s in/c out/c'
expect 'no part of the failed one' test ! -e out/b
no_leftovers
usage_error "cannot name the output of 'in/.zst'" decode "${zstd[@]}" --suffix .zst in/.zst
rm out/*

# Nothing is begun where an output would destroy a file of the same run.
mkdir other
cp in/a other/a
usage_error "'in/a' and 'other/a' would both be written to 'out/a'; nothing was done" \
  encode "${zstd[@]}" --output-dir out --force in/b in/a other/a
expect 'nothing was done' test -z "$(ls -A out)"
usage_error "'in/a' and './in/a' would both be written" encode "${zstd[@]}" --suffix .z --force in/a ./in/a
ln -s ../in other/in
usage_error "'in/a' and 'other/in/a' would both be written" encode "${zstd[@]}" --suffix .z --force in/a other/in/a
ln -s c out/a
usage_error "'in/a' and 'in/c' would both be written to 'out/c'" encode "${zstd[@]}" --output-dir out --force in/a in/b in/c
ln -sf link out/a
ln -s ../out/c out/link
usage_error "'in/a' and 'in/c' would both be written to 'out/c'" encode "${zstd[@]}" --output-dir out --force in/a in/c
rm out/*
cp in/a.zst saved
usage_error "the output of 'in/a' would be written over the input 'in/a.zst'; nothing was done" \
  encode "${zstd[@]}" --suffix .zst --force in/a in/a.zst
expect 'the input is as it was' cmp -s saved in/a.zst
usage_error "the output of 'in/a' would be written over the input 'in/a'" encode "${zstd[@]}" --output-dir in --force in/a
ln in/b out/b
usage_error "the output of 'in/b' would be written over the input 'in/b'" \
  encode "${zstd[@]}" --output-dir out --force in/a in/b
ln -sf ../in/c out/c
usage_error "over the input 'in/c'" encode "${zstd[@]}" --output-dir out --force in/a in/c
for name in a b c; do expect "$name is as it was" cmp -s in/$name kept/$name; done
rm out/*

# Commands that mean two things.
usage_error '3 files, where one input and one output are meant.*--suffix or --output-dir' encode "${zstd[@]}" in/a in/b in/c
usage_error 'want the inputs' encode "${zstd[@]}" --suffix .zst
usage_error 'want the inputs' encode "${zstd[@]}" --output-dir out
usage_error "'nowhere' is not a folder; make it first" encode "${zstd[@]}" --output-dir nowhere in/a
usage_error "'in/a' is not a folder" encode "${zstd[@]}" --output-dir in/a in/b
usage_error "'/x' is no suffix: it has a slash" encode "${zstd[@]}" --suffix /x in/a
usage_error 'standard input has no name' encode "${zstd[@]}" --output-dir out -
expect 'no output of these' test -z "$(ls -A out)"

# A disk that is full has no room for the others either; nothing is left on it.
last_command='encode several files beyond the largest size of a file'
head -c 300000 /dev/urandom > data
(ulimit -f 100 && exec "$WEIR" encode --transform stream.identity/1 --output-dir out --force in/a data in/b 2>&1) | cat > .err
code=${PIPESTATUS[0]}
expect_code 3
failed_lines 2
expect_err "cannot write 'out/data': File too large after 100.0 KiB; nothing was left behind"
expect 'the small ones are done' sh -c 'cmp -s in/a out/a && cmp -s in/b out/b && test ! -e out/data'
no_leftovers
rm out/*

# Ended in the middle: what was done is there, what was begun is not.
mkfifo in/pipe
last_command='encode several files, ended by Ctrl-C'
"$WEIR" encode "${zstd[@]}" --suffix .zst --force in/a in/pipe in/c 2> .err &
process=$!
rm -f in/c.zst
exec 7> in/pipe
head -c 100000 /dev/urandom >&7
wait_for 10 sh -c 'ls -A in | grep -q "^\.weir-......$"'
kill -INT $process
wait $process
code=$?
exec 7>&-
expect_code 130
expect_err 'interrupted'
expect 'the first is done' test -e in/a.zst
expect 'the second and third are not there' test ! -e in/pipe.zst -a ! -e in/c.zst
no_leftovers

has_terminals || { finish; exit; }

# Progress is for terminals, with the share that is done where the size is known.
# A pipe that takes its time makes the display worth drawing; what a range needs is known even there.
slow() { for _ in 1 2 3 4 5 6 7 8; do cat in/a; sleep 0.1; done; }
on_terminal() { # ARGUMENT...: leaves what was drawn in `screen`.
  last_command="$* (on a terminal)"
  slow > in/pipe &
  rm -f out/slow
  TERM=xterm COLUMNS=100 script -qec "stty cols 100; '$WEIR' $* in/pipe out/slow" /dev/null < /dev/null > screen
  code=$?
  wait $!
  expect_code 0
}
on_terminal encode "${zstd[@]}"
expect 'a pipe has a rate and no end' \
  grep -qaE 'encoding  [0-9.]+ KiB in, [0-9.]+ K?i?B out, [0-9.]+ [KM]iB/s' screen
expect 'nor a share' sh -c '! grep -qa % screen'
on_terminal decode --transform stream.identity/1 --range 100000-800000
expect 'a range has a share, a rate and an end' \
  grep -qaE 'decoding  .* [0-9]+%.*  [0-9.]+ KiB in, [0-9.]+ K?i?B out, [0-9.]+ [KM]?i?B/s, [0-9.]+ s left' screen
on_terminal encode "${zstd[@]}" --quiet
expect 'none with --quiet' sh -c '! grep -qa encoding screen'
rm out/*
last_command='encode several files (on a terminal)'
slow > in/pipe &
TERM=xterm script -qec "stty cols 100; '$WEIR' encode ${zstd[*]} --output-dir out in/a in/pipe in/b" /dev/null \
  < /dev/null > screen
expect 'which file of how many' grep -qaE 'encoding pipe \(2 of 3\)' screen

finish
