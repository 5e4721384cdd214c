# Guards transforms that are commands: what holds, what is found, what is no verdict, and that nothing is left running.
source "$(dirname "${BASH_SOURCE[0]}")/testing.sh"
mkdir no-corpus

# pair ENCODE DECODE ARGUMENT...: a check of two commands.
pair() {
  local encode=$1 decode=$2
  shift 2
  run check --encode-command "$encode" --decode-command "$decode" --corpus no-corpus --findings found "$@"
}

# expect_none_left PROGRAM: what was killed a moment ago may still be on its way.
none_left() { ! pgrep -x "$1"; }
expect_none_left() { expect "no $1 is left running" wait_for 20 none_left "$1"; }

# What is known to hold. A new version that keeps less would be found here.
pair cat cat --cases 20 --claim deterministic --claim size_preserving --claim concatenable --claim multi_member --jobs 2 \
  --engine random
expect_code 0
expect_out '^held +command\.cat/1 round-trip: '
expect_out '^held +command\.cat/1 short-source-reads: '
expect_out '^held +command\.cat/1 full-output: '
expect_out '^skipped +command\.cat/1 seek-model: a pipe does not seek'
expect_out '^skipped +command\.cat/1 truncation: does not claim detects_truncation'
expect_no_out '^(not run|vacuous)'

# What may be claimed is said with the way to try it.
pair cat cat --cases 6 --jobs 2 --engine random
expect_code 0
expect_out '^hint: command\.cat/1 does not claim concatenable, and none of [0-9]+ cases showed otherwise'
expect_out '^hint: `--claim TRAIT` puts it to the test'

detects='--claim deterministic --claim detects_truncation --claim detects_corruption'
members='--claim concatenable --claim multi_member'
while IFS='|' read -r encode decode claims; do
  # shellcheck disable=SC2086  # words
  pair "$encode" "$decode" --cases 6 --engine random $claims
  expect_code 0
  expect_out '^held +command\.[a-z0-9]+/1 full-output: '
done << END
gzip -nc|gzip -dc|--claim deterministic --claim detects_truncation $members
xz -c|xz -dc|$detects $members
bzip2 -c|bzip2 -dc|--claim deterministic --claim detects_corruption $members
zstd -c --check|zstd -dc|$detects $members
openssl enc -aes-256-cbc -pass pass:x -pbkdf2 -nosalt|openssl enc -d -aes-256-cbc -pass pass:x -pbkdf2 -nosalt|--claim deterministic
END

# A budget is kept, and what was not reached is said.
pair 'gzip -nc' 'gzip -dc' --budget 2s
expect_code 0
expect_out 'swept|exhausted [0-9,]+ of [0-9,]+ small cases'
run list --encode-command 'gzip -c | cat' --decode-command 'gzip -dc'
expect_code 0
expect_out "^  command\.gzip/1 "
expect_out "The command 'gzip -c | cat' \(by /bin/sh\), read by 'gzip -dc'"

# broken CLAUSE KIND ENCODE DECODE ARGUMENT...: a small case of it is filed, and repeats by the command that is printed,
# whose words are left in $words.
broken() {
  local clause=$1 kind=$2
  shift 2
  rm -rf found
  pair "$@" --clause "$clause" --cases 30
  expect_code 1
  expect_out "^[^ ]+ command\.[a-z-]+/1 breaks $clause: $kind"
  local file
  file=$(find found -name '*.case' | head -n 1)
  expect 'a small case is filed' test "$(grep -vc "^#" "$file")" -le 6
  words=$(sed -n 's/^ *reproduce  *[^ ]* repro //p' .out | head -n 1)
  eval "run repro $words"
  expect_code 1
  expect_out "violated: $clause: $kind, the same as recorded"
  run repro "$file"
  expect_code 2
  expect_err 'is not here: give --encode-command and --decode-command again'
}
printf '#!/bin/sh\nhead -c -1\n' > drops-last
printf '#!/bin/sh\ngzip -dc 2> /dev/null\nexit 0\n' > never-fails
printf '#!/bin/sh\ncat\nexit 1\n' > fails-late
printf '#!/bin/sh\ncat 2> /dev/null\nexit 0\n' > ignores-full
printf '#!/bin/sh\nif read -r line; then exec sleep 1000; fi\n' > hangs
printf '#!/bin/sh\nif [ "$(head -c 1 | wc -c)" -gt 0 ]; then kill -SEGV $$; fi\n' > crashes
printf '#!/bin/sh\ndd bs=64k count=1 status=none\n' > reads-once
printf '#!/bin/sh\nsleep 0.12\nexec dd bs=64k count=1 status=none\n' > reads-once-late
printf '#!/bin/sh\nkill -SEGV $$\n' > crashes-always
printf '#!/bin/sh\nhead -c 1\nsleep 0.2\nexec cat\n' > dawdles
printf '#!/bin/sh\nsleep 1000 &\nexec cat\n' > leaves-one
chmod +x crashes-always reads-once-late dawdles leaves-one drops-last never-fails fails-late ignores-full hangs crashes reads-once
broken round-trip ends-early cat ./drops-last
broken round-trip unexpected-error cat ./fails-late
broken truncation cut-taken-for-complete 'gzip -c' ./never-fails --claim detects_truncation
broken full-output full-device-unnoticed cat ./ignores-full
broken short-source-reads ends-early cat ./reads-once
broken write-chunking ends-early ./reads-once cat
broken short-source-reads ends-early cat ./reads-once-late
broken corruption segv cat ./crashes
broken round-trip segv ./crashes-always 'gzip -dc'

# What it did not see in pieces proves nothing, and what it leaves behind is ended with it.
printf 'weir-case 1\nsubject command.cat/1\nclause short-source-reads\npayload text 300\nsource give 5, give 7\n' > pieces.case
run repro pieces.case --encode-command cat --decode-command ./dawdles
expect_out '^discarded: .*the command did not read one piece before the next was due'
pair cat ./leaves-one --clause round-trip --clause short-source-reads --engine random --cases 20
expect_code 0
expect_no_out '^(not run|vacuous)'

# Who is only slow can be given more time, which a repeated case has, too.
broken round-trip unexpected-error cat ./fails-late --command-seconds 7
expect 'a command to repeat it has the limit' grep -q -- "--command-seconds 7" <<< "$words"

# A hang ends with its run, whatever it has started meanwhile; so does it when weir is interrupted or killed.
unique=weirhang$$
cp "$(command -v sleep)" $unique
printf '#!/bin/sh\n./%s 1000 > /dev/null 2>&1 < /dev/null &\nif read -r line || [ -n "$line" ]; then ./%s 1000; fi\n' "$unique" "$unique" > starts-more
chmod +x starts-more
rm -rf found
pair cat ./starts-more --clause round-trip --engine exhaustive --budget 12s
expect_code 1
expect_out 'breaks round-trip: hang'
expect_out 'seen +it read nothing, wrote nothing and did not end for 5 s'
expect_none_left "$unique"
for signal in INT KILL; do
  "$WEIR" check --encode-command cat --decode-command ./starts-more --corpus no-corpus --clause round-trip \
    --findings found > .out 2> .err &
  weir=$!
  expect 'the command runs' wait_for 60 pgrep -x "$unique"
  kill -$signal "$weir"
  wait "$weir" 2> /dev/null
  expect_none_left "$unique"
done

# So it does while the commands are only tried.
cp "$unique" tried$$
last_command='list, ended by Ctrl-C while the commands are tried'
"$WEIR" list --encode-command "./tried$$ 1000" --decode-command cat > .out 2> .err &
weir=$!
expect 'the command runs' wait_for 60 pgrep -x "tried$$"
kill -INT "$weir"
wait "$weir"
code=$?
expect_code 130
expect 'nothing is said' test ! -s .out -a ! -s .err
expect_none_left "tried$$"

# What cannot be tested is no verdict.
refused() {
  local pattern=$1
  shift
  pair "$@"
  expect_code 3
  expect_err "$pattern"
  expect_one_message
  checks=$((checks + 1))
  [[ ! -s .out ]] || fail 'a refused command printed something'
}
: > not-executable
refused "^weir: --encode-command 'no-such-program' cannot be run: .*No such file" no-such-program cat
refused "^weir: --decode-command './no-such' cannot be run: .*No such file" cat ./no-such
refused "^weir: --decode-command './not-executable' cannot be run: .*Permission denied" cat ./not-executable
refused "^weir: --encode-command '/' cannot be run: .*Is a directory" / cat
refused "^weir: --encode-command 'cat .a' cannot be run: .*a quote is not closed" "cat 'a" cat
refused "^weir: --decode-command ' ' cannot be run: .*it names no program" cat ' '
refused 'fails whatever it is given: exit code 1: .*gzip --help' 'gzip --wrong-option' 'gzip -dc'
refused 'writes nothing to standard output, and to standard error: .*no-such-program' 'no-such-program | cat' cat
refused 'fails on all that the other command wrote: exit code 1' 'gzip -c' 'xz -dc'
refused 'writes nothing to standard output, and to standard error: Weir tries this command' 'cat >&2' cat
printf '#!/no/such/interpreter\n' > no-interpreter
chmod +x no-interpreter
refused "^weir: --encode-command './no-interpreter' cannot be started: .*No such file" ./no-interpreter cat
printf '#!/bin/sh\ncat\nwhile :; do :; done\n' > computes-on
chmod +x computes-on
refused 'decode-command .\./computes-on. takes too long, whatever it is given: it used more than 1 s of processor time; .*--command-seconds' \
  cat ./computes-on --command-seconds 1
usage_error "command-seconds: '0' is not a whole number from 1 to 3600" check --encode-command cat --decode-command cat --command-seconds 0
usage_error "command-seconds: '2s' is not a whole number" check --encode-command cat --decode-command cat --command-seconds 2s
usage_error 'command-seconds requires --encode-command' check --command-seconds 10
usage_error 'encode-command requires --decode-command' check --encode-command cat
usage_error 'decode-command requires --encode-command' repro --decode-command cat x.case
usage_error 'must not be empty' check --encode-command '' --decode-command cat
no_leftovers

finish
