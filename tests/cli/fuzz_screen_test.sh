# Guards what `weir fuzz` shows while it runs: one screen drawn in place on a terminal, whatever its size and with or without
# colour, and no drawing without one.
source "$(dirname "${BASH_SOURCE[0]}")/testing.sh"
mkdir -p no-corpus
export TERM=xterm

run fuzz seek --budget 1s --corpus no-corpus # without a terminal
if grep -q 'plain replay programs' .err; then
  expect_code 3
  finish
  exit
fi
expect_code 0
escape=$'\x1b'
expect 'nothing is drawn' sh -c "! grep -q '$escape' .err .out"

command -v python3 > /dev/null || { echo 'no python3: what stands on a terminal is not looked at'; finish; exit; }
has_terminals || { finish; exit; }

# on_screen COLUMNS ROWS ARGUMENT...: runs weir on a terminal of that size; the last screen of the run is left in .out, the
# one at the end in .end, all that it wrote in .raw.
on_screen() {
  last_command="${*:3}, on a screen of $1 x $2"
  python3 "$here/screen.py" "$1" "$2" .raw "$WEIR" "${@:3}" > .both 2> .err
  code=$?
  sed '/^====================$/,$d' .both > .out
  sed '1,/^====================$/d' .both > .end
}
# expect_lines NUMBER PATTERN: so many lines of the screen match.
expect_lines() {
  checks=$((checks + 1))
  local lines
  lines=$(grep -cE -e "$2" .out)
  [[ $lines -eq $1 ]] || fail "$lines lines of the screen match /$2/ instead of $1"
}

on_screen 80 24 fuzz seek faults round_trip --jobs 2 --budget 3s --corpus no-corpus --seed 1
expect_code 0
expect_lines 1 '^[#.]{20}  [0-9] s left, [12] of 3 targets running, 0 findings$'
expect_lines 1 '^[0-9.kM]+ executions, [0-9.kM]+/s, (last new path [0-9]+ s ago in (seek|faults|round_trip)|no new path yet)$'
expect_lines 1 '^target +exec/s +coverage +features +corpus +findings$'
for target in seek faults round_trip; do expect_lines 1 "^$target +([0-9.kM]+|-) +[0-9,]+ +[0-9,]+ +[0-9,]+ +0\$"; done
expect_lines 0 '.{80}'
expect 'it is drawn in colour' grep -qE "$escape\[2m" .raw
expect 'the screen makes room for the summary' sh -c "! grep -q 'left,' .end"
expect 'the summary is there' grep -q '^held: 0 findings' .end

# A finding stands above the screen, which goes on.
on_screen 80 24 fuzz partial_writes round_trip --jobs 2 --budget 4s --corpus no-corpus --subject mutant.ignores-count/1
expect_code 1
expect 'the finding stands there' grep -qE '^violated mutant.ignores-count/1 (short-sink-writes|would-block-write): ' .out
expect_lines 1 ' left, .*, [1-9] findings?$'
expect_lines 1 '^partial_writes .* [1-9]$'

# No room: those that run stand for all, and what is too wide is cut.
on_screen 40 6 fuzz seek faults round_trip --jobs 1 --budget 4s --corpus no-corpus
expect_code 0
expect_lines 1 ' left, '
expect_lines 1 '^target '
expect_lines 1 '^(seek|faults|round_trip) '
expect 'no line is too long' sh -c "! tail -n 4 .out | grep -qE '.{40}'"

NO_COLOR=1 on_screen 80 24 fuzz seek --budget 1s --corpus no-corpus
expect_code 0
expect_lines 1 ' left, '
expect 'there is no colour' sh -c "! grep -qE '$escape\[[0-9;]*m' .raw"

LC_ALL=C.UTF-8 NO_COLOR=1 on_screen 80 24 fuzz seek --budget 1s --corpus no-corpus
expect_code 0
expect_lines 1 '^(━)*(·)*  [0-9] s left'

# A terminal that cannot go back over what was drawn.
TERM=dumb on_screen 80 24 fuzz seek --budget 1s --corpus no-corpus
expect_code 0
expect 'nothing is drawn' sh -c "! grep -q '$escape' .raw"

finish
