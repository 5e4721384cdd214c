# Guards the proof of the contract: every mutant is killed by its primary clause with every engine that can reach it and with
# every seed, nothing undeclared fires, no yardstick comes near; and whoever tries a mutant with `weir check` gets a small
# `.case` that reproduces.
source "$(dirname "${BASH_SOURCE[0]}")/testing.sh"
mkdir -p no-corpus

# The matrix. Where there is a fuzzing engine it is one of the columns.
run kill --json kill.json
expect_code 0
expect_out '^proven: '
expect_out '^others fired +[0-9,]+ times as declared, 0 times undeclared'
expect 'the JSON is JSON' is_json kill.json
number() { # number NAME: the first number of that name in the report
  sed -n "s/^  \"$1\": \([0-9.e+-]*\),\?$/\1/p" kill.json | head -n 1
}
expect 'there are at least eighty mutants' test "$(number mutants)" -ge 80
expect 'the median case has at most three operations' awk -v n="$(number median_operations)" 'BEGIN { exit !(n <= 3) }'
expect 'the median case has at most eight payload bytes' awk -v n="$(number median_payload_bytes)" 'BEGIN { exit !(n <= 8) }'

# Every yardstick kills clearly fewer in the same time, in which Weir is not told either what to look for.
run kill --yardsticks --engine random --seed 1 --json yardsticks.json
expect_code 0
expect_out '^Weir [0-9]+ of [0-9]+,'
able=$(sed -n 's/^ *"able": \([0-9]*\),$/\1/p' kill.json | head -n 1) # with the default engines
killed=$(sed -n 's/^Weir \([0-9]*\) of .*/\1/p' .out)
expect 'Weir kills nine tenths of what this build can show' \
  test $((10 * ${killed:-0})) -ge $((9 * able))
expect 'no yardstick kills half of what Weir does' awk '
  /"yardsticks": \[/ { inside = 1 }
  inside && /"killed":/ { gsub(/[^0-9]/, ""); n = $0 + 0; if (!weir) weir = n; else if (2 * n >= weir) exit 1 }' yardsticks.json

# What somebody sees who tries one.
run list --mutants
expect_code 0
awk '$1 ~ /^mutant\./ && NF == 2 { print $1, $2 }' .out > mutants
expect 'there are mutants' test -s mutants
while read -r subject primary; do
  rm -rf found
  run check "$subject" --clause "$primary" --findings found --corpus no-corpus --budget 20s
  if grep -q 'needs malloc interposition' .out; then continue; fi
  expect_code 1
  expect_out "breaks $primary"
  file=$(ls found/*.case 2> /dev/null | head -n 1)
  expect "$subject leaves a .case of at most 12 lines" test "$(wc -l < "$file")" -le 12
  run repro "$file"
  expect_code 1
  expect_out 'the same as recorded'
done < mutants

# The contract would notice on the shipped transforms, too.
run list --json
expect_code 0
for subject in $(grep -o '"stream\.[^"]*/1"' .out | tr -d '"' | sort -u); do
  run check --prove "$subject"
  expect_code 0
done

finish
