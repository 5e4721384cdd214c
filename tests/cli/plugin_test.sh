# Guards plug-ins (weir/plugin.h): a right one holds every clause, each way of being faulty is a finding with a case that the
# printed command repeats, and one that cannot be used is one clear message.
source "$(dirname "${BASH_SOURCE[0]}")/testing.sh"
plugins=${WEIR_PLUGINS:?the folder of the plug-ins}
# Paths as short as a user's.
for file in "$plugins"/*.so; do ln -s "$file" .; done

# What a plug-in says of itself.
run list --plugin identity.so
expect_code 0
expect_out '^  test\.identity/1 +Passes bytes through\.$'
expect_out 'claims size_preserving, deterministic, seekable'
expect_no_out '^  stream\.rot13/1'

# No false accusation, and no clause that is left out without a reason.
run check --plugin identity.so --cases 60 --engine random --engine sweep
expect_code 0
expect_out '^held: '
expect_no_out 'has no descriptors of its own'
run check --plugin thread_at_load.so --clause round-trip --clause seek-model --cases 60
expect_code 0
run check --plugin two_transforms.so --cases 60 --engine random
expect_code 0
expect_out 'test\.plain/1.*self-describing: has no descriptors of its own|test\.plain/1 has no descriptors of its own'

# Several, with one of them named; and what they claim can be changed.
run list --plugin identity.so --plugin rle.so --claim verifies_at_close
expect_code 0
expect_out '^  test\.identity/1 '
expect_out '^  example\.rle/1 '
expect_out '^ {26}.*verifies_at_close'
run check --plugin identity.so --no-claim seekable --clause seek-model --clause round-trip --cases 20
expect_code 0
expect_out 'seek-model: does not claim seekable'
# Where a plug-in cannot seek, it is the adaptor that refuses.
run check test.plain/1 --plugin two_transforms.so --clause seek-refused --clause seek-honest --clause round-trip --cases 20
expect_code 0
expect_out "seek-refused.*: has no function 'seek': the adaptor answers"
expect_out '^held: 1 clause on 1 subject'
run check example.rle/1 --plugin identity.so --plugin rle.so --clause truncation --cases 60
expect_code 0
expect_out '^held: 1 clause on 1 subject'

# The example, and the bug that is planted in it.
run check --plugin rle.so --cases 60 --engine random
expect_code 0
run check --plugin rle_bug.so --clause round-trip --cases 2000
expect_code 1
expect_out '^    payload   byte [0-9]+ times 256$'
expect_out '^  reproduce .* --plugin rle_bug\.so$'
run repro findings/example.rle-1--round-trip--*.case --plugin rle_bug.so
expect_code 1
expect_out 'the same as recorded'
run shrink findings/example.rle-1--round-trip--*.case --plugin rle_bug.so
expect_code 1
expect_out '^payload   byte [0-9]+ times 256$'
run repro findings/example.rle-1--round-trip--*.case --plugin rle.so
expect_code 0
expect_out '^fixed'
run repro findings/example.rle-1--round-trip--*.case
expect_code 2
expect_err "unknown subject 'example.rle/1'"
run repro --emit-test findings/example.rle-1--round-trip--*.case --plugin rle_bug.so
expect_code 3
expect_err "a test in C\+\+ cannot reach 'example.rle/1', which --plugin rle_bug.so brought"

# finds PLUGIN CLAUSE KIND: the clause breaks in that way, the run goes on, and the printed command repeats it.
finds() {
  run check --plugin "$1.so" --clause "$2" --clause descriptor-own --cases 20 --findings "$1"
  expect_code 1
  expect_out "breaks $2: $3\$"
  expect_out '^held +test\.identity/1 descriptor-own'
  local command
  command=$(sed -n 's/^  reproduce  [^ ]* //p' .out | head -n 1)
  # shellcheck disable=SC2086 # a command of words
  run $command
  expect_code 1
  expect_out 'the same as recorded'
}
finds crashes round-trip abort
finds exits round-trip exit
finds hangs round-trip hang
finds over_takes round-trip count-exceeds-asked
finds over_reports round-trip goes-on
finds never_ends round-trip goes-on
finds unknown_code flush-forwards unknown-code
expect_out '77'
finds keeps_open close-once closed-not-once
run check --plugin identity.so --clause no-leaks --cases 20
if ! grep -q 'needs malloc interposition' .out; then
  expect_code 0
  finds leaks no-leaks memory-leaked
fi

# refused PLUGIN PATTERN: one message with exit code 3, from every verb that takes plug-ins.
refused() {
  for verb in list check 'repro x.case' 'shrink x.case' fuzz; do
    # shellcheck disable=SC2086 # a verb and what it needs
    run $verb --plugin "$1"
    expect_code 3
    expect_err "$2"
    expect_one_message
    checks=$((checks + 1))
    [[ ! -s $work/.out ]] || fail "a plug-in that cannot be used printed something"
  done
}
about() { echo "^weir: plug-in '$1': $2"; }
printf 'weir' > text.so
refused nowhere.so "$(about nowhere.so 'No such file')"
refused . "$(about . 'it is no file')"
refused text.so "$(about text.so 'it cannot be loaded: file too short')"
refused missing_symbol.so "$(about missing_symbol.so 'it cannot be loaded: undefined symbol: is_nowhere$')"
refused no_entry.so "$(about no_entry.so 'it has no function weir_plugin_v1.*another ABI version')"
refused other_abi.so "$(about other_abi.so 'it speaks version 2 of the plug-in ABI, this Weir version 1')"
refused small_table.so "$(about small_table.so 'weir_plugin_v1 returns tables of .* by sizeof')"
refused no_table.so "$(about no_table.so 'weir_plugin_v1 returns no table')"
refused no_transforms.so "$(about no_transforms.so 'weir_plugin_v1 returns no transforms')"
refused too_many.so "$(about too_many.so 'weir_plugin_v1 returns 1000000 transforms')"
refused wild_pointer.so "$(about wild_pointer.so 'it (crashed|ended the process) when it was loaded')"
refused no_name.so "$(about no_name.so 'transform 1 has no name')"
refused bad_name.so "$(about bad_name.so 'transform 1 has a name that is not NAME/VERSION')"
refused two_lines.so "$(about two_lines.so 'test.identity/1 has a summary that is not one line')"
refused same_names.so "$(about same_names.so 'two transforms are called test.identity/1')"
refused bad_claim.so "$(about bad_claim.so "test.identity/1 claims 'fast', which is no trait")"
refused bad_bound.so "$(about bad_bound.so "test.identity/1 claims 'read_ahead_bytes=few', which has no whole number")"
refused unknown_bound.so "$(about unknown_bound.so "test.identity/1 claims 'stack_bytes=1', which is no bound")"
refused no_write.so "$(about no_write.so "test.identity/1 has no function 'write'")"
refused half_seek.so "$(about half_seek.so "test.identity/1 has no function 'seekable'")"
refused crashes_at_load.so "$(about crashes_at_load.so 'it crashed when it was loaded: Aborted')"
refused exits_at_load.so "$(about exits_at_load.so '.*with exit code 5; it said: no licence for this machine')"
refused shipped_name.so "^weir: there are two subjects of the name 'stream.identity/1', by the program itself and by --plugin .*shipped_name.so: rename one"
run list --plugin identity.so --plugin identity.so
expect_code 3
expect_err "two subjects of the name 'test.identity/1'"
usage_error 'plugin: must not be empty' list --plugin ''

# Guided search.
mkdir no-corpus

run fuzz round_trip --plugin identity.so --budget 2s --corpus no-corpus --claim verifies_at_close
engine=
if ! grep -q 'plain replay programs' .err; then
  engine=1
  expect_code 0
  expect_out '^held: 0 findings, [1-9]'
fi

# A target by itself.
target=${WEIR%/*}/fuzz_round_trip
if [[ -x $target ]]; then
  # target_says CODE ARGUMENT...
  target_says() {
    last_command="fuzz_round_trip ${*:2}"
    "$target" "${@:2}" > .out 2> .err
    code=$?
    expect_code "$1"
  }
  printf 'weir-case 1\nsubject test.identity/1\nclause round-trip\npayload literal "ab"\n' > seed.case
  target_says 0 --plugin identity.so --claim=verifies_at_close --no-claim seekable --replay seed.case
  target_says 3 --plugin no_table.so --replay seed.case
  expect_one_message
  expect_err "$(about no_table.so 'weir_plugin_v1 returns no table')"
  target_says 3 --plugin identity.so --claim fast --replay seed.case
  expect_one_message
  expect_err "unknown trait 'fast'"
  target_says 3 --plugin identity.so --plugin identity.so --replay seed.case
  expect_one_message
  WEIR_PLUGIN=identity.so target_says 0 --replay seed.case

  # Three bytes that have to be right, one behind the other: in some hundred thousand cases, where the code is watched.
  if [[ $engine ]]; then
    mkdir guarded
    target_says 1 --plugin guarded.so --claim verifies_at_close -runs=3000000 -seed=3 -use_value_profile=1 --clause round-trip \
      -artifact_prefix=guarded/ guarded
    expect_err 'Test unit written to guarded/crash-'
    expect_err 'in write_bytes'
    run repro --target round_trip guarded/crash-* --plugin guarded.so
    expect_code 1
    expect_out 'abort|sanitizer'
  fi
fi

finish
