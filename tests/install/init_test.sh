# Guards that a project which `weir init` writes builds and passes against an installed weir, and that its marked line is caught.
# usage: bash init_test.sh LIKE
# CXX is the compiler, WORK a folder for builds, COMMAND_BUILD a build that has the weir command. With FUZZ=1 the compiler is one
# that has an engine.
set -Eeuo pipefail
trap 'echo "FAILED ${BASH_SOURCE[0]##*/}:$LINENO: $BASH_COMMAND"' ERR
export LC_ALL=C
unset COLUMNS NO_COLOR WEIR_SUBJECT WEIR_COMMAND WEIR_GROUP CMAKE_PREFIX_PATH DESTDIR
like=$1
fuzz=${FUZZ:-}
work=${WORK:?}/init-$like$fuzz
rm -rf "$work"
mkdir -p "$work"
cd "$work"

say() { printf -- '-- %s\n' "$*"; }
fail() {
  printf 'FAILED: %s\n' "$*"
  exit 1
}
# quietly COMMAND...: its words only where it fails.
quietly() {
  "$@" > log 2>&1 || {
    cat log
    fail "$*"
  }
}
# said PATTERN: the last quiet or refused command said so. CMake breaks lines where it likes.
said() {
  tr -s ' \n' ' ' < log | grep -qE -e "$1" || {
    cat log
    fail "no /$1/"
  }
}
# refused CODE PATTERN COMMAND...
refused() {
  local wanted=$1 pattern=$2 code=0
  shift 2
  "$@" > log 2>&1 || code=$?
  if [[ $code != "$wanted" ]]; then
    cat log
    fail "exit code $code instead of $wanted: $*"
  fi
  said "$pattern"
}
tests() { ctest --test-dir build --output-on-failure; }

say "installing, then moving"
for component in lib testing command; do
  quietly cmake --install "${COMMAND_BUILD:?}" --prefix "$work/stage" --component $component
done
mv stage installed
if grep -rIlF -e "$COMMAND_BUILD" -e "$work/stage" installed; then fail "these files name where they were made"; fi

say "weir init"
# Where it is installed is not where CMake looks, and it says so.
quietly installed/bin/weir init demo --like "$like"
said "cmake -B build -DCMAKE_PREFIX_PATH=$work/installed"
rm -r demo
# With its folder in PATH CMake looks there.
export PATH="$work/installed/bin:$PATH"
quietly weir init demo --like "$like"
said 'cmake -B build cmake --build build'
cd demo
marked=$(grep -rl 'PLANTED BUG' .)
[[ $(grep -rh 'PLANTED BUG' . | wc -l) == 1 ]] || fail "not one line is marked: $marked"
quietly cmake -B build -G Ninja -DCMAKE_CXX_COMPILER="${CXX:?}" -DCMAKE_CXX_FLAGS='-Wall -Wextra -Werror'
quietly cmake --build build
quietly tests
said '100% tests passed, 0 tests failed'
(($(grep -c ' Passed ' log) >= 2)) || fail "hardly any tests: $(cat log)"

case $like in
  rot13)
    say "the project's own program"
    contract=build/demo_contract
    quietly $contract --help
    said 'demo_contract check +try to break'
    if grep -qE 'encode|keygen|weir ' <(grep -v '^Weir tells' log); then fail "its help is that of weir: $(cat log)"; fi
    quietly $contract check --help
    said 'demo_contract check --payload'
    quietly $contract list
    said 'example\.demo/1 +rotates'
    if grep -q 'stream\.zstd/1' log; then fail "it lists what weir ships"; fi
    refused 2 "demo_contract: unknown verb 'encode'; .?.?demo_contract" $contract encode
    refused 2 "unknown subject 'example.dmo/1'; did you mean 'example.demo/1'" $contract check example.dmo/1
    # It can still be named.
    quietly $contract check stream.identity/1 --group seek --cases 10
    quietly $contract repro corpus/one-byte-reads.case
    quietly $contract check --prove example.demo/1 --cases 300
    said '[0-9]+ of [0-9]+ faults noticed'
    if [[ $fuzz ]]; then
      quietly $contract fuzz --budget 9s --seed 1
      said 'held: 0 findings'
      quietly ctest --test-dir build -R fuzz
      said 'demo_contract.fuzz'
    else
      refused 3 'no fuzz targets, which need clang' $contract fuzz
    fi

    if [[ $fuzz ]]; then
      say "C sources need a compiler that can instrument them, too"
      mkdir with_c
      cat > with_c/CMakeLists.txt << 'LINES'
cmake_minimum_required(VERSION 3.25)
project(with_c LANGUAGES C CXX)
enable_testing()
find_package(weir REQUIRED COMPONENTS testing)
add_library(codec STATIC codec.c)
weir_add_contract(with_c SOURCES contract.cpp LINK codec)
LINES
      : > with_c/codec.c
      : > with_c/contract.cpp
      configure_with_c() { cmake -S with_c -B build-with-c -G Ninja -DCMAKE_CXX_COMPILER="$CXX" -DCMAKE_C_COMPILER="$1"; }
      if command -v gcc > /dev/null; then
        refused 1 'codec has C sources, and the C compiler, .*gcc, is not clang: add -DCMAKE_C_COMPILER=clang' configure_with_c gcc
        rm -rf build-with-c
      fi
      quietly configure_with_c "${CXX/clang++/clang}"
    fi

    say "what is wrong with a project"
    mkdir wrong
    cat > wrong/CMakeLists.txt << 'LINES'
cmake_minimum_required(VERSION 3.25)
project(wrong LANGUAGES CXX)
enable_testing()
find_package(weir REQUIRED COMPONENTS testing)
weir_add_contract(wrong ${WORDS})
LINES
    cat > wrong/contract.cpp << 'LINES'
#include <stdexcept>

#include "properties/contract.h"

std::vector<weir::properties::Subject> weir_subjects() { throw std::runtime_error("no such file"); }
LINES
    configure_wrong() { cmake -S wrong -B build-wrong -G Ninja -DCMAKE_CXX_COMPILER="$CXX" "-DWORDS=$1" "${@:2}"; }
    refused 1 'weir_add_contract\(wrong\): SOURCES are missing' configure_wrong 'LINK;m'
    refused 1 'weir_add_contract\(wrong\): not understood: nonsense' configure_wrong 'nonsense;SOURCES;contract.cpp'
    refused 1 "CORPUS 'wrong' has no \\.case file" configure_wrong 'SOURCES;contract.cpp;CORPUS;wrong'
    refused 1 'built with fmt, which is not found \(Debian: libfmt-dev\)' \
      configure_wrong 'SOURCES;contract.cpp' -DCMAKE_DISABLE_FIND_PACKAGE_fmt=ON
    rm -rf build-wrong
    quietly configure_wrong 'SOURCES;contract.cpp'
    refused 8 'wrong_NOT_BUILT' ctest --test-dir build-wrong
    quietly cmake --build build-wrong
    refused 3 "^wrong: the project's subjects cannot be had: no such file" build-wrong/wrong list
    refused 8 'wrong\.list' ctest --test-dir build-wrong
    if [[ ! $fuzz && $(basename "$CXX") != clang* ]]; then
      refused 1 'WEIR_FUZZ needs clang' configure_wrong 'SOURCES;contract.cpp' -DWEIR_FUZZ=ON
    fi
    ;;
  zstd) # the slow one
    say "headers stand alone"
    while read -r header; do
      printf '#include "%s"\n#include "%s"\n' "$header" "$header" > alone.cpp
      quietly "$CXX" -std=c++20 -Wall -Wextra -Wpedantic -Werror -fsyntax-only -I../installed/include -I../installed/include/weir-testing alone.cpp
    done < <(cd ../installed/include/weir-testing && find . -name '*.h' | sort)
    ;;
esac

say "the marked line, uncommented"
sed -i -E '/PLANTED BUG/s,^( *)(//|#) ,\1,' "$marked"
quietly cmake --build build
refused 8 'tests failed out of' tests
# A case of a few lines, as the property suite prints it.
lines=$(awk '/^    weir-case 1$/ { n = 0; in_case = 1 } in_case && NF == 0 { print n; exit } in_case { n++ }' log)
[[ $lines ]] || fail "no case: $(cat log)"
((lines <= 8)) || fail "a case of $lines lines: $(cat log)"
grep -qE 'reproduce  .*(demo_contract|weir) repro ' log || fail "nothing says how to repeat it: $(cat log)"
if [[ $like == rot13 ]]; then
  # A finding as a test of the project: it fails as long as the bug is there.
  refused 1 'written to emitted.cpp' sh -c 'build/demo_contract repro --emit-test "$(find build/findings -name "*.case" | sort | head -n 1)" -o emitted.cpp'
  printf '%s\n' 'find_package(GTest REQUIRED)' 'add_executable(emitted emitted.cpp)' \
    'target_link_libraries(emitted demo_contract_subjects GTest::gtest_main)' >> CMakeLists.txt
  quietly cmake --build build --target emitted
  refused 1 'FAILED' build/emitted
  sed -i -E '/PLANTED BUG/s,^( *),\1//,' "$marked"
  quietly cmake --build build --target emitted
  quietly build/emitted
  sed -i -E '/PLANTED BUG/s,^( *)//,\1,' "$marked"
  quietly cmake --build build
fi
if [[ $fuzz && $like == rot13 ]]; then
  refused 1 'violated example.demo/1' build/demo_contract fuzz partial_reads --budget 20s --seed 1 --findings found
  refused 1 'the same as recorded' build/demo_contract repro found/*.case
fi
say "all of it"
