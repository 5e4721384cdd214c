# Guards `weir repro` and `weir shrink`: what they say of cases that hold, break, changed or are no cases at all.
source "$(dirname "${BASH_SOURCE[0]}")/testing.sh"

cat > held.case << 'CASE'
weir-case 1
subject   stream.rot13/1
clause    round-trip
payload   literal "Weir"
CASE
cat > broken.case << 'CASE'
weir-case 1
subject   mutant.ignores-count/1
clause    short-sink-writes
payload   byte 97 times 300, literal "and more", random 500 seed 3
writes    10, rest
sink      take 5, take 1, take 7, all
CASE

run repro held.case
expect_code 0
expect_out '^    weir-case 1$'
expect_out 'writer +write'
expect_out '^held: ran 5 times'

run repro broken.case
expect_code 1
expect_out '^> +[0-9]+  '
expect_out '^  expected  '
expect_out '^  seen  '
expect_out '^violated: short-sink-writes: '

# Shrinking keeps the way in which it fails, and the file says how that was.
run shrink broken.case -o small.case
expect_code 1
expect_out 'shrunk in [0-9,]+ evaluations from .* to '
expect_out "reproduce: $WEIR repro small.case"
expect 'the result is short' test "$(wc -l < small.case)" -le 12
run repro small.case
expect_code 1
expect_out 'the same as recorded'
run shrink broken.case
expect_code 1
expect_out '^weir-case 1$'
expect_err 'shrunk in'
expect 'standard output is the case' sh -c 'cat .out > again.case'
run repro again.case
expect_code 1
no_leftovers

# Another signature than the recorded one, and a case that is fixed.
sed 's/^# signature .*/# signature round-trip: something-else/' small.case > different.case
run repro different.case
expect_code 1
expect_out 'different from what is recorded: round-trip: something-else'
{ echo '# signature round-trip: decoded-bytes-differ'; cat held.case; } > fixed.case
run repro fixed.case
expect_code 0
expect_out '^fixed: '

# The same in JSON, and for several files at once.
run repro held.case small.case different.case fixed.case --json all.json
expect_code 1
expect_out '^4 files: 1 held, 1 fixed, 1 violated-same, 1 violated-different$'
expect 'the report is JSON' is_json all.json
for status in held violated-same violated-different fixed; do
  expect "the report says $status" grep -q "\"status\": \"$status\"" all.json
done
run repro small.case --json -
expect_code 1
expect 'the JSON on standard output is JSON' is_json .out

# A transform that takes its process down does not take weir down.
cat > abort.case << 'CASE'
weir-case 1
subject   mutant.crash-abort/1
clause    round-trip
payload   byte 97 times 3000
CASE
run repro abort.case
expect_code 1
expect_out 'the call that followed did not return'
expect_out '^violated: round-trip: abort'

# The command that is shown works from here: a wrapper's name, an odd name of a file.
cd "$work" || exit 1
export WEIR_COMMAND='../my tools/weir'
run shrink broken.case -o again.case
expect_out "^reproduce: '../my tools/weir' repro again.case\$"
unset WEIR_COMMAND
odd=$(printf "it's\033[2J\n\\003 odd.case")
run shrink broken.case -o "$odd"
expect_code 1
expect 'a control character is shown, not sent' sh -c '! grep -q "$(printf "\033")" .out'
command=$(sed -n 's/^reproduce: //p' .out)
last_command=$command
eval "$command" > .out 2> .err
code=$?
expect_code 1
expect_out 'the same as recorded'
rm "$odd"
usage_error 'no\\x0asuch\.case' repro "no
such.case"

# What is no case.
usage_error "cannot read 'missing.case': No such file" repro missing.case
usage_error 'folder' repro .
usage_error 'cannot read' shrink missing.case
: > empty.case
usage_error 'empty.case:1' repro empty.case
head -c 40 held.case > cut.case
usage_error 'cut.case' repro cut.case
echo 'weir-case 1' > header.case
usage_error 'header.case:1: no subject line' repro header.case
printf 'weir-case 1\nsubject stream.rot13/1\n' > half.case
usage_error 'half.case:1: no clause line' shrink half.case
sed 's/^payload .*/payload   litteral "Weir"/' held.case > edited.case
usage_error 'edited.case:4: .*literal' repro edited.case
usage_error 'edited.case:4' shrink edited.case
sed 's/"Weir"/"Weir/' held.case > unterminated.case
usage_error 'unterminated.case:4' repro unterminated.case
sed 's/^weir-case 1/weir-case 2/' held.case > future.case
usage_error 'future.case:1: stale' repro future.case
usage_error 'stale' shrink future.case
head -c 3000 /dev/urandom > binary.case
usage_error 'binary.case' repro binary.case
sed 's/round-trip/round-tripp/' held.case > clause.case
usage_error "unknown clause 'round-tripp'; did you mean 'round-trip'" repro clause.case
sed 's,stream.rot13/1,stream.rot14/1,' held.case > subject.case
usage_error "unknown subject 'stream.rot14/1'; did you mean 'stream.rot13/1'" repro subject.case
head -c 3000000 /dev/zero > huge.case
usage_error 'longer than' repro huge.case
sed 's/^payload .*/payload   file 0x0123456789abcdef from 0 take 10/' held.case > file.case
usage_error '--payload' repro file.case
usage_error "unknown fuzz target 'seeek'; did you mean 'seek'" repro --target seeek held.case
run repro held.case future.case
expect_code 2

# A raw file of a fuzz target is a case too, once it is said of which: the same bytes are another case for each.
head -c 200 /dev/urandom > raw
run repro --target seek raw
expect 'raw bytes are a case' test $code -eq 0 -o $code -eq 3
expect 'that is said first' sh -c "head -n 1 .out | grep -q '^note: raw is no .case text: .* the target seek\$'"
expect_out '^    weir-case 1$'
run repro --target seek raw --json -
expect 'the JSON on standard output has it for itself' is_json .out
for verb in repro shrink; do
  usage_error "'raw' is not a .case text .*raw bytes.* --target NAME, one of: .*partial_reads.*, seek" $verb raw
  : > nothing
  usage_error "'nothing' is empty: there is no case in it" $verb nothing
done
run repro held.case raw
expect_code 2
expect_out '^held: '
expect_one_message
run shrink --target seek raw
expect_err '^note: raw is no .case text'
run repro --target seek held.case
expect_code 0
expect_no_out '^note: '

# Nothing to shrink; nowhere to write to.
run shrink held.case
expect_code 0
expect_err 'nothing to shrink'
run shrink broken.case -o missing/out.case
expect_code 3
expect_one_message
run shrink broken.case -o /dev/full
expect_code 3
expect_err 'No space left'
usage_error 'json' repro held.case --json ''
usage_error 'output' shrink broken.case -o ''
run repro held.case --json missing/out.json
expect_code 3
expect_one_message

# A report replaces a file but not the link to it, and is never written over a protected one.
ln -s behind.json link.json
run repro held.case --json link.json
expect_code 0
expect 'a link without a target is followed' test -L link.json -a -f behind.json
run repro held.case --json link.json
expect_code 0
expect 'a link is followed' test -L link.json -a -s behind.json
no_leftovers

# Ctrl-C while an input is waited for.
mkfifo endless.case
for verb in repro shrink 'repro --payload endless.case'; do
  last_command="$verb of a pipe, ended by Ctrl-C"
  file=endless.case
  [[ $verb == *payload* ]] && file=held.case
  # shellcheck disable=SC2086
  "$WEIR" $verb $file > .out 2> .err 7>&- &
  process=$!
  exec 7> endless.case # opens when the program has opened it
  sleep 0.2
  kill -INT $process
  wait $process
  code=$?
  exec 7>&-
  expect_code 130
  expect 'nothing is said' test ! -s .err
done

# Ctrl-C while a hang is waited for.
cat > hang.case << 'CASE'
weir-case 1
subject   mutant.crash-hang/1
clause    round-trip
payload   byte 97 times 3000
CASE
last_command='repro hang.case, ended by Ctrl-C'
"$WEIR" repro --repeat 100 held.case held.case held.case hang.case hang.case hang.case > .out 2> .err &
process=$!
expect 'a case is run' wait_for 30 pgrep -P $process
kill -INT $process
wait $process
code=$?
expect_code 130

finish
