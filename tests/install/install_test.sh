# Guards that a program of somebody else can use the installed library. usage: bash install_test.sh static|shared|contained|without
#   static, shared  built, installed, moved, used through find_package and through pkg-config
#   contained       used by add_subdirectory
#   without         built without any library that a transform needs
# CXX is the compiler, WORK a folder for builds, COMMAND_BUILD a build that has the weir command.
set -Eeuo pipefail
trap 'echo "FAILED ${BASH_SOURCE[0]##*/}:$LINENO: $BASH_COMMAND"' ERR
export LC_ALL=C
unset PKG_CONFIG_PATH LD_LIBRARY_PATH CMAKE_PREFIX_PATH DESTDIR
mode=$1
source=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
consumer=$source/tests/consumer
CXX=${CXX:-c++}
version=$(sed -nE 's/^project\(weir VERSION ([0-9.]+).*/\1/p' "$source/CMakeLists.txt")
abi=${version%.*} # while it begins with 0
namespace=v${abi//./_}
work=${WORK:?}/$mode
# Builds stay, so that the next run has less to do; what is installed and what uses it does not.
build=$work/build
rm -rf "$work/stage" "$work/moved" "$work/consumer" "$work/run"
mkdir -p "$work/run"
cd "$work/run"

say() { printf -- '-- %s\n' "$*"; }
fail() {
  printf 'FAILED: %s\n' "$*"
  exit 1
}
# quietly COMMAND...: its words only where it fails.
quietly() {
  "$@" > "$work/log" 2>&1 || {
    cat "$work/log"
    fail "$*"
  }
}
configure() { quietly cmake -G Ninja -DCMAKE_CXX_COMPILER="$CXX" -DCMAKE_BUILD_TYPE=Release "$@"; }
# refused PATTERN ARGUMENT...: the consumer cannot be configured, and is told why.
refused() {
  local pattern=$1
  shift
  rm -rf "$work/consumer"
  if cmake -G Ninja -DCMAKE_CXX_COMPILER="$CXX" -S "$consumer" -B "$work/consumer" "$@" > "$work/log" 2>&1; then
    fail "the consumer was configured with $*"
  fi
  # CMake breaks lines where it likes.
  tr -s ' \n' ' ' < "$work/log" | grep -qE -e "$pattern" || {
    cat "$work/log"
    fail "no /$pattern/ with $*"
  }
}
# run_all FOLDER: the programs there do what they are for.
run_all() {
  [[ $("$1/first") == weir ]] || fail "$1/first"
  [[ $(zstd -dc hello.zst) == 'hello, weir' ]] || fail "zstd does not read what $1/first wrote"
  [[ $("$1/checkpoint" file.weir) == 'checkpoint: as written' ]] || fail "$1/checkpoint"
  "$1/testing" | grep -qx 'testing: made and removed' || fail "$1/testing"
}

case $mode in
  static | shared)
    say "building"
    shared=OFF
    if [[ $mode == shared ]]; then shared=ON; fi
    configure -S "$source" -B "$build" -DWEIR_LIB_ONLY=ON -DWEIR_REQUIRE_ALL=ON -DBUILD_SHARED_LIBS=$shared
    quietly cmake --build "$build"

    say "symbols stand in weir::$namespace"
    if [[ $mode == static ]]; then
      libraries=("$build"/lib/libweir.a "$build"/lib/weir/checkpoint_testing/libweir_checkpoint_testing.a)
      symbols=(nm -C --defined-only --extern-only)
    else
      libraries=("$build"/lib/libweir.so "$build"/lib/weir/checkpoint_testing/libweir_checkpoint_testing.so)
      symbols=(nm -DC --defined-only)
    fi
    for library in "${libraries[@]}"; do
      "${symbols[@]}" "$library" | grep -E '^[0-9a-f]+ ' > symbols
      grep -q " T weir::$namespace::" symbols || fail "$library: no function in weir::$namespace"
      # Weak ones may be instantiations of the standard library's templates, but of no other namespace of weir's.
      awk '$2 ~ /^[TDBR]$/' symbols | grep -vF "weir::$namespace::" > others || true
      sed "s/weir::$namespace::/:/g" symbols | grep -F 'weir::' >> others || true
      [[ ! -s others ]] || fail "$library: outside of weir::$namespace: $(head -n 5 others)"
      if [[ $mode == shared ]] && grep -qE ' [TWV] (std|tl)::' symbols; then fail "$library: templates of others are shown"; fi
    done
    if [[ $mode == shared ]]; then
      readelf -d "${libraries[0]}" | grep -qF "Library soname: [libweir.so.$abi]" || fail "the soname is another one"
    fi

    say "installing below DESTDIR, then moving"
    DESTDIR=$work/stage quietly cmake --install "$build" --prefix /opt/of/weir
    [[ $(cd "$work/stage" && find . -type f -o -type l | grep -cv '^\./opt/of/weir/') == 0 ]] || fail "files outside of the prefix"
    mv "$work/stage/opt/of/weir" "$work/moved"
    if grep -rIlF -e "$build" -e "$source" -e /opt/of/weir "$work/moved"; then fail "these files name where they were made"; fi

    say "headers stand alone"
    find "$work/moved/include" -name '*.h' | sort > headers
    while read -r header; do
      printf '#include "%s"\n#include "%s"\n' "$header" "$header" > alone.cpp
      quietly "$CXX" -std=c++20 -Wall -Wextra -Wpedantic -Werror -fsyntax-only -I"$work/moved/include" alone.cpp
    done < headers
    (($(wc -l < headers) >= 30)) || fail "hardly any headers"

    say "find_package"
    configure -S "$consumer" -B "$work/consumer" -DCMAKE_PREFIX_PATH="$work/moved"
    quietly cmake --build "$work/consumer"
    run_all "$work/consumer"
    refused 'compatible with requested version "0\.99"' -Dweir_DIR="$work/moved/lib/cmake/weir" -DCONSUMER_VERSION=0.99
    refused "weir has no component 'nosuch'; there are: lib, checkpoint_testing" \
      -DCMAKE_PREFIX_PATH="$work/moved" -DCONSUMER_COMPONENTS=nosuch
    refused "installed without its component 'checkpoint_testing_mpi'" \
      -DCMAKE_PREFIX_PATH="$work/moved" -DCONSUMER_COMPONENTS=checkpoint_testing_mpi
    # A component alone, without the one that it stands on.
    cp -r "$work/moved" "$work/stage/mpi_alone"
    mv "$work/stage/mpi_alone/lib/cmake/weir"/weir-checkpoint_testing{,_mpi}.cmake
    refused "installed without its component 'checkpoint_testing'" \
      -DCMAKE_PREFIX_PATH="$work/stage/mpi_alone" -DCONSUMER_COMPONENTS=checkpoint_testing_mpi
    refused 'built with tl-expected, which is not found \(Debian: libexpected-dev\)' \
      -DCMAKE_PREFIX_PATH="$work/moved" -DCMAKE_DISABLE_FIND_PACKAGE_tl-expected=ON
    if [[ $mode == static ]]; then
      refused 'built with hwy, which is not found \(Debian: libhwy-dev\)' \
        -DCMAKE_PREFIX_PATH="$work/moved" -DCMAKE_DISABLE_FIND_PACKAGE_hwy=ON
      refused 'built with Threads, which is not found \(Debian: libc6-dev\)' \
        -DCMAKE_PREFIX_PATH="$work/moved" -DCMAKE_DISABLE_FIND_PACKAGE_Threads=ON
      refused 'built with spdlog, which is not found \(Debian: libspdlog-dev\)' \
        -DCMAKE_PREFIX_PATH="$work/moved" -DCMAKE_DISABLE_FIND_PACKAGE_spdlog=ON
      # What is set is not looked for, and the empty path is no library.
      refused 'built with libzstd, which is not found \(Debian: libzstd-dev\)' \
        -DCMAKE_PREFIX_PATH="$work/moved" -DWEIR_ZSTD_LIBRARY=
    fi

    say "pkg-config"
    export PKG_CONFIG_PATH=$work/moved/lib/pkgconfig
    [[ $(pkg-config --modversion weir) == "$version" ]] || fail "weir.pc has another version"
    pkg-config --static --libs weir | grep -qe -pthread || fail "weir.pc does not say that threads are used"
    kind=()
    if [[ $mode == static ]]; then kind=(--static); fi
    mkdir -p "$work/consumer/pc"
    for program in first checkpoint testing; do
      package=weir
      if [[ $program == testing ]]; then package=weir-checkpoint-testing; fi
      read -ra flags <<< "$(pkg-config "${kind[@]}" --cflags --libs "$package")"
      quietly "$CXX" -std=c++20 "$consumer/$program.cpp" -o "$work/consumer/pc/$program" "${flags[@]}"
    done
    export LD_LIBRARY_PATH=$work/moved/lib
    run_all "$work/consumer/pc"
    unset LD_LIBRARY_PATH

    if [[ $mode == static ]]; then
      say "the command and the library as components"
      quietly cmake --install "${COMMAND_BUILD:?}" --prefix "$work/stage/command" --component command
      [[ $(cd "$work/stage/command" && find . -type f) == ./bin/weir ]] || fail "the component command is not bin/weir alone"
      "$work/stage/command/bin/weir" list > list
      grep -q stream.xchacha20poly1305/1 list || fail "the installed command lists no transforms"
      quietly cmake --install "$build" --prefix "$work/stage/lib" --component lib
      configure -S "$consumer" -B "$work/consumer/lib" -DCMAKE_PREFIX_PATH="$work/stage/lib" \
        -DCONSUMER_COMPONENTS=lib '-DCONSUMER_PROGRAMS=first;checkpoint'
      quietly cmake --build "$work/consumer/lib"
      refused "installed without its component 'checkpoint_testing'" -DCMAKE_PREFIX_PATH="$work/stage/lib"
    fi
    ;;
  contained)
    say "the first program in docs/library.md is the one that is tested"
    sed -n '/^```cpp/,/^```$/{/^```/!p}' "$source/docs/library.md" > first.cpp
    diff "$consumer/first.cpp" first.cpp || fail "docs/library.md has another program than tests/consumer/first.cpp"
    configure -S "$consumer" -B "$build" -DWEIR_FOLDER="$source"
    quietly cmake --build "$build"
    run_all "$build"
    [[ ! -e $build/weir/properties && ! -e $build/weir/tests ]] || fail "a contained weir builds its tests"
    quietly cmake --install "$build" --prefix "$work/stage"
    [[ ! -e $work/stage ]] || fail "a contained weir installs itself"
    ;;
  without)
    refused_without() {
      if cmake -G Ninja -S "$source" -B "$work/refused" "$@" > "$work/log" 2>&1; then fail "configured with $*"; fi
    }
    refused_without -DWEIR_LIB_ONLY=ON -DWEIR_WITHOUT=nosuch
    grep -q "WEIR_WITHOUT: there is no 'nosuch'" "$work/log" || fail "nosuch is not named"
    refused_without -DWEIR_LIB_ONLY=ON -DWEIR_WITHOUT=isal -DWEIR_REQUIRE_ALL=ON
    grep -q 'isal is missing (libisal-dev)' "$work/log" || fail "isal is not named"

    configure -S "$source" -B "$build" -DWEIR_LIB_ONLY=ON '-DWEIR_WITHOUT=zstd;xxhash;isal;sodium;spdlog'
    quietly cmake --build "$build"
    quietly cmake --install "$build" --prefix "$work/moved"
    (cd "$work/moved/include/weir/transforms" && echo ./*) > headers
    [[ $(<headers) == './identity.h ./rot13.h' ]] || fail "headers of transforms that are not there: $(<headers)"
    configure -S "$consumer" -B "$work/consumer" -DCMAKE_PREFIX_PATH="$work/moved" -DCONSUMER_COMPONENTS=lib \
      -DCONSUMER_PROGRAMS=left_out
    quietly cmake --build "$work/consumer"
    "$work/consumer/left_out" > left_out
    cat > expected << 'LINES'
stream.zstd/1: built without libzstd (Debian: libzstd-dev)
stream.zstd-seekable/1: built without libzstd (Debian: libzstd-dev)
stream.crc32c/1: built without ISA-L (Debian: libisal-dev)
stream.xchacha20poly1305/1: built without libsodium (Debian: libsodium-dev)
LINES
    diff expected left_out || fail "other reasons"
    [[ $(PKG_CONFIG_PATH=$work/moved/lib/pkgconfig pkg-config --libs --static weir) != *-lzstd* ]] || fail "weir.pc wants zstd"
    ;;
  *) fail "static, shared, contained or without, not '$mode'" ;;
esac
say "all of it"
