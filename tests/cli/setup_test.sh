# Guards what tools/weir and tools/setup.sh do before there is a program: a slip in the name of a fuzz target costs no
# build, and a build shows how far it is without a trace of that in its log.
source "$(dirname "${BASH_SOURCE[0]}")/testing.sh"
source_folder=${WEIR_SOURCE_DIR:-$(cd "$here/../.." && pwd)}

# A checkout in which nothing can be built: what needs a build ends with exit code 3.
mkdir -p fresh/tools fresh/corpus fresh/lib fresh/properties fresh/fuzz fresh/cmake
cp "$source_folder/tools/weir" "$source_folder/tools/setup.sh" "$source_folder/tools/packages.txt" fresh/tools
cp -r "$source_folder/corpus/seeds" fresh/corpus
printf '#!/bin/sh\necho nothing is built here\nexit 1\n' > fresh/tools/setup_zstd
chmod +x fresh/tools/setup_zstd
wrapper() {
  last_command="through the wrapper: $*"
  WEIR_SKIP_PACKAGES=1 fresh/tools/weir "$@" > .out 2> .err < /dev/null
  code=$?
}
for words in 'nosuch' 'seek nosuch' '--budget 5s nosuch' '--budget=5s nosuch' 'seek --jobs 2 -- nosuch' \
  '--engine afl nosuch' '--engine=afl nosuch'; do
  # shellcheck disable=SC2086
  wrapper fuzz $words
  expect_code 2
  expect_one_message
  expect_err "unknown fuzz target 'nosuch'; there are: .*partial_reads, .*seek"
  expect 'nothing was begun' test ! -e fresh/build
done
# What is a target, or a value of an option, is no reason to refuse.
for words in '' 'seek' 'seek faults --subject stream.rot13/1 --budget 5s'; do
  # shellcheck disable=SC2086
  wrapper fuzz $words
  expect_code 3
  expect_err 'building the fuzz targets'
  expect_err 'could not build'
done
# Targets for AFL++ go with the command as `check` uses it.
wrapper fuzz seek --engine afl
expect_code 3
expect_err 'building weir'
expect_err 'could not build weir'
wrapper fuzz --engine afl --help
expect_err 'building weir'

# `ci` is a verb of the release build, which wants to know where the fuzz build is; where that cannot be had it goes on.
: > fresh/CMakeLists.txt
: > fresh/CMakePresets.json
mkdir -p fresh/build/release/bin
cat > fresh/build/release/bin/weir << 'PROGRAM'
#!/bin/sh
echo "$* bin=${WEIR_FUZZ_BIN-} problem=${WEIR_FUZZ_PROBLEM-}"
PROGRAM
chmod +x fresh/build/release/bin/weir
touch -d 'now + 1 hour' fresh/build/release/.built-weir
wrapper ci --budget 5s
expect_code 0
expect_out '^ci --budget 5s bin= problem=.'
expect_err '^weir: there will be no guided search: the fuzz targets could not be built$'
for words in 'ci --no-fuzz' 'ci --targets here' 'ci --help' 'check'; do
  # shellcheck disable=SC2086
  wrapper $words
  expect_code 0
  expect_out "^$words bin= problem=\$"
  expect 'nothing was built' test ! -s .err
done
mkdir -p fresh/build/fuzz/bin fresh/build/fuzz-deps/zstd
printf '#!/bin/sh\necho weir 0\n' > fresh/build/fuzz/bin/weir
chmod +x fresh/build/fuzz/bin/weir
touch -d 'now + 1 hour' fresh/build/fuzz/.built-weir
: > fresh/build/fuzz-deps/zstd/unavailable
wrapper ci --budget 5s
expect_code 0
expect_out '^ci --budget 5s bin=.*/build/fuzz/bin problem=$'
expect 'nothing was built' test ! -s .err

# The zstd of the fuzz build: one that cannot be built anew is gone, so that it is not taken for one of other flags; the
# build goes on with the system's library and says why, once a run, without trying each time.
cat > zstd.sh << 'SCRIPT'
set -Eeuo pipefail
root=$PWD/fresh
source "$root/tools/setup.sh"
build_instrumented_zstd
echo goes on
SCRIPT
zstd() {
  last_command='build_instrumented_zstd'
  bash zstd.sh > .out 2> .err < /dev/null
  code=$?
}
library=fresh/build/fuzz-deps/zstd/lib/libzstd.a
reason=fresh/build/fuzz-deps/zstd/unavailable
rm -rf fresh/build
mkdir -p "${library%/*}"
touch -d '2 hours ago' "$library"
zstd
expect_code 0
expect_out 'goes on'
expect_err 'building zstd with the address sanitizer'
expect_err "zstd itself is not instrumented, the system's library is used: nothing is built here"
expect 'the library of other flags is gone' test ! -e "$library"
expect 'the reason is kept' grep -q '^nothing is built here$' "$reason"
zstd
expect_code 0
expect_err 'zstd itself is not instrumented \(nothing is built here\); to try again: rm '
expect 'it is not tried again' sh -c '! grep -q "building zstd" .err'
# As the message says; this time it can be built.
rm "$reason"
printf '#!/bin/sh\nmkdir -p "$1/lib"\n: > "$1/lib/libzstd.a"\n' > fresh/tools/setup_zstd
zstd
expect_code 0
expect_err 'building zstd'
expect 'it is there' test -e "$library"
expect 'nothing is wrong with it' test ! -e "$reason"
zstd
expect_code 0
expect 'one that is up to date is left alone' test ! -s .err
# Newer flags, and the build fails half way: what it left is no library.
printf '#!/bin/sh\n: > "$1/lib/libzstd.a.part"\necho no compiler\nexit 1\n' > fresh/tools/setup_zstd
touch -d 'now + 1 hour' fresh/tools/setup_zstd
zstd
expect_code 0
expect_err "the system's library is used: no compiler"
expect 'the old library is gone' test ! -e "$library"

# A build that takes its time: its tool says how far it is, as ninja does.
mkdir -p bin project/build
cat > bin/cmake << 'TOOL'
#!/usr/bin/env bash
if [[ $1 == --preset ]]; then
  echo "-- Configuring done"
  exit 0
fi
for step in 1 2 3; do echo "[$step/3] Building object$step.o"; done
if [[ -e failing ]]; then
  printf 'FAILED: object3.o\nobject3.cpp:1: error: what the compiler says\n'
  exit 1
fi
printf 'a last line without its end'
TOOL
chmod +x bin/cmake
cat > build.sh << 'SCRIPT'
set -Eeuo pipefail
root=$PWD/project
PATH=$PWD/bin:$PATH
source "$1/tools/setup.sh"
if [[ ${2-} ]]; then progress_seconds=$2; fi
if [[ ${can_redraw-} ]]; then can_redraw() { true; }; fi
build_preset release "" "the test" -- all
SCRIPT
touch project/CMakePresets.json
build() {
  last_command="build_preset $*"
  bash build.sh "$source_folder" "$@" > .out 2> .err < /dev/null
  code=$?
}
log=project/build/release/build.log
build 0
expect_code 0
expect_err '^weir: building: 2 of 3$'
expect 'nothing on standard output' test ! -s .out
expect 'the log has all that was said' sh -c "grep -q '3/3' $log && tail -n 1 $log | grep -q 'without its end'"
expect 'the log has nothing else' sh -c "! grep -q 'weir: building' $log"
build
expect_code 0
expect 'a short build says one line' test "$(wc -l < .err)" = 1

# Where a line can be drawn over it is one line, and wiped at the end.
last_command='build_preset, on a terminal'
can_redraw=1 bash build.sh "$source_folder" > .out 2> .err < /dev/null
code=$?
expect_code 0
expect_err "$(printf '\r\033')\\[Kweir: building: 1 of 3$(printf '\r\033')\\[Kweir: building: 2 of 3"
expect 'the line is wiped at the end' sh -c 'tail -c 4 .err | grep -q "$(printf "\r\033")\[K"'
last_command='build_preset, on a dumb terminal'
TERM=dumb bash build.sh "$source_folder" > .out 2> .err < /dev/null
expect 'nothing is drawn over' sh -c '! grep -q "$(printf "\033")" .err'

# A build that fails still fails, and what is shown is the compiler's.
touch project/failing
build 0
expect_code 3
expect_err 'error: what the compiler says'
expect_err 'could not build the test'
expect 'the excerpt has no progress' sh -c "! sed -n '/FAILED/,\$p' .err | grep -q 'building: '"

finish
