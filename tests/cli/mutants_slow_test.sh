# Guards the promise to whoever tries a mutant: `weir check` says so within its budget, names its primary clause, and leaves a
# small `.case` that reproduces; and guided search finds it too, in the target of that clause.
source "$(dirname "${BASH_SOURCE[0]}")/testing.sh"
mkdir -p no-corpus

run list --contract-md
expect_code 0
target_of() { # target_of CLAUSE: the fuzz target that has it
  awk -v wanted="$1" -F'`' '/^Fuzz target/ { target = $2 } $0 == "### " wanted { print target }' contract.md
}
cp .out contract.md
clauses_of() { # clauses_of SUBJECT PRIMARY: the clauses that a mutant declares, as one pattern
  local name=${1#mutant.}
  awk -v name="\`${name%/1}\`" -v primary="$2" '
    BEGIN { set = primary }
    /^### / { clause = $2 }
    /also fires on/ && index($0, name) { set = set "|" clause }
    END { print set }' contract.md
}
run list --mutants
expect_code 0
awk '$1 ~ /^mutant\./ && NF == 2 { print $1, $2 }' .out > mutants
expect 'there are mutants' test -s mutants

run fuzz seek --budget 1s --corpus no-corpus
guided=yes
if grep -q 'plain replay programs' .err; then guided=; fi

while read -r subject primary; do
  declared=$(clauses_of "$subject" "$primary")
  rm -rf found
  run check "$subject" --clause "$primary" --findings found --corpus no-corpus --budget 20s
  expect_code 1
  expect_out "breaks $primary"
  file=$(ls found/*.case 2> /dev/null | head -n 1)
  expect "$subject leaves a .case of at most 12 lines" test "$(wc -l < "$file")" -le 12
  run repro "$file"
  expect_code 1
  expect_out 'the same as recorded'
  # A mutant that ends the process ends libFuzzer too; the worker is for those.
  if [[ $guided && $subject != mutant.crash-* ]]; then
    rm -rf found
    run fuzz "$(target_of "$primary")" --subject "$subject" --findings found --corpus "$WEIR_SOURCE_DIR/corpus" --budget 12s
    expect_code 1
    # Which of the clauses that it declares comes first is chance.
    expect_out "breaks ($declared):"
  fi
done < mutants

finish
