# Guards `weir shrink --explain`, `weir repro --emit-test` and `weir repro --recipe`: what a person gets of a failing case.
source "$(dirname "${BASH_SOURCE[0]}")/testing.sh"

cat > broken.case << 'CASE'
weir-case 1
subject   mutant.one-read-is-all/1
clause    short-source-reads
payload   byte 97 times 300, literal "and more", random 500 seed 3
source    give 5, give 1, give 7, all
CASE

# The explanation stands in the case, which is still one.
run shrink --explain broken.case -o small.case
expect_code 1
expect_out '^payload   literal "aa"$'
expect_out '^# +-+  matters: without it, '
expect_out '^# +\^+  any other bytes here also fail \('
expect_out 'shrunk in'
run repro small.case
expect_code 1
expect_out 'the same as recorded'
run shrink --explain broken.case -o again.case --json explained.json
expect_code 1
expect 'the same twice' cmp -s small.case again.case
expect 'the explanation is JSON' is_json explained.json
expect 'its parts are there' grep -q '"kind": "argument"' explained.json
usage_error 'explain' shrink broken.case --json x.json

# In words.
run repro --recipe small.case
expect_code 1
expect_out '^1\. Take these 2 bytes as payload, in hexadecimal: 61 61$'
expect_out 'let it answer with 1 byte'
expect_out '<-- here it breaks the promise'
expect_out '^What should come: '
usage_error 'one file' repro --recipe small.case small.case
usage_error 'output' repro small.case --output x
sed 's/mutant.one-read-is-all/stream.rot13/' small.case > mended.case
run repro --recipe mended.case
expect_code 0
expect_err 'it holds'

# As a test: built with what this build folder was built with, it fails for the mutant and passes for the mended transform.
run repro --emit-test small.case --output emitted.cpp
expect_code 1
expect_out '^written to emitted.cpp'
expect 'a test' grep -q '^TEST(ShortSourceReads, MutantOneReadIsAll)' emitted.cpp
build=$(cd "$(dirname "$WEIR")/.." && pwd)
compiler=$(sed -n 's/^CMAKE_CXX_COMPILER:[A-Z]*=//p' "$build/CMakeCache.txt" 2> /dev/null)
sanitize=$(sed -n 's/^WEIR_SANITIZE:STRING=//p' "$build/CMakeCache.txt" 2> /dev/null)
# The tests' own link line says what the libraries need.
libraries=$(awk '/^build bin\/mutants_tests:/ { inside = 1 } inside && /LINK_LIBRARIES =/ { sub(/.*LINK_LIBRARIES = /, ""); print; exit }' \
  "$build/build.ninja" 2> /dev/null)
if [[ -n $compiler && -n $libraries ]]; then
  sed 's/"mutant.one-read-is-all\/1"/"stream.rot13\/1"/' emitted.cpp > mended.cpp
  for name in emitted mended; do
    # shellcheck disable=SC2086
    expect "$name.cpp compiles" sh -c "cd '$build' && '$compiler' -std=c++20 ${sanitize:+-fsanitize=$sanitize} \
      -I '$WEIR_SOURCE_DIR' -I '$WEIR_SOURCE_DIR/lib' '$work/$name.cpp' -o '$work/$name' $libraries -lpthread"
  done
  checks=$((checks + 2))
  ./emitted > .out 2>&1
  code=$?
  [[ $code -eq 1 ]] && grep -q 'ends-early' .out && grep -q 'source below' .out || fail 'the emitted test does not fail as the case does'
  ./mended > .out 2>&1
  code=$?
  [[ $code -eq 0 ]] || fail 'the emitted test does not pass for a correct transform'
else
  echo "no build folder with ninja around $WEIR: the emitted test is not compiled"
fi
no_leftovers
finish
