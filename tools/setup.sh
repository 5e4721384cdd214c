# shellcheck shell=bash disable=SC2154
# Set-up and build for tools/weir and tools/test, which source this file and say in `root` where the project is.
# Everything is said on standard error; exit code 3 means "could not be set up".

say() { printf 'weir: %s\n' "$*" >&2; }
give_up() {
  say "$*"
  exit 3
}

# packages_of GROUP...: the packages of these groups, one a line.
packages_of() {
  local groups=" $* " group package _
  while read -r group package _; do
    [[ $groups == *" $group "* ]] && printf '%s\n' "$package"
  done <"$root/tools/packages.txt"
  return 0
}

what_for() {
  awk -v package="$1" '$2 == package { $1 = $2 = ""; sub(/^ +/, ""); print; exit }' "$root/tools/packages.txt"
}

# missing_of PACKAGE...: those that are not installed.
missing_of() {
  local installed
  # shellcheck disable=SC2016  # ${...} is dpkg's
  installed=" $(dpkg-query -W -f '${Package}=${db:Status-Status} ' "$@" 2>/dev/null || true)"
  local package
  for package in "$@"; do
    [[ $installed == *" $package=installed "* ]] || printf '%s\n' "$package"
  done
}

is_debian_12() {
  [[ -r /etc/os-release ]] && command -v apt-get >/dev/null && command -v dpkg-query >/dev/null &&
    grep -q '^ID=debian$' /etc/os-release && grep -q '^VERSION_ID="\?12"\?$' /etc/os-release
}

# ensure_packages GROUP...: installs what is missing, or says exactly what to install and exits 3.
ensure_packages() {
  local -a packages missing as_root=()
  mapfile -t packages < <(packages_of "$@")
  if [[ -n ${WEIR_SKIP_PACKAGES:-} ]]; then return 0; fi
  if ! is_debian_12; then
    say "packages are installed by this script on Debian 12 only; here, please install what corresponds to:"
    local package
    for package in "${packages[@]}"; do printf '  %-20s %s\n' "$package" "$(what_for "$package")" >&2; done
    give_up "then run again with WEIR_SKIP_PACKAGES=1"
  fi
  mapfile -t missing < <(missing_of "${packages[@]}")
  ((${#missing[@]})) || return 0

  local install="apt-get install -y --no-install-recommends ${missing[*]}"
  if ((EUID != 0)); then
    if ! command -v sudo >/dev/null; then
      give_up "these packages are missing and there is no sudo; as root, run: apt-get update && $install"
    elif ! sudo -n true 2>/dev/null && ! { [[ -t 0 && -t 2 ]] && sudo -v; }; then
      give_up "these packages are missing and sudo asks for a password; run: sudo apt-get update && sudo $install"
    fi
    as_root=(sudo)
  fi
  say "installing ${#missing[@]} packages:"
  local package
  for package in "${missing[@]}"; do printf '  %-20s %s\n' "$package" "$(what_for "$package")" >&2; done

  local log=$root/build/packages.log
  local -a apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300)
  : >"$log"
  if [[ -z $(find /var/lib/apt/lists -name '*_Packages*' -print -quit 2>/dev/null) ]]; then
    "${apt[@]}" update >>"$log" 2>&1 </dev/null || true
  fi
  # Lists that are there may be older than the archive: fetch them anew before giving up.
  if ! "${apt[@]}" install -y --no-install-recommends "${missing[@]}" >>"$log" 2>&1 </dev/null; then
    "${apt[@]}" update >>"$log" 2>&1 </dev/null || true
    if ! "${apt[@]}" install -y --no-install-recommends "${missing[@]}" >>"$log" 2>&1 </dev/null; then
      tail -n 15 "$log" >&2
      give_up "could not install them (log: $log); what was run: $install"
    fi
  fi
}

# under_lock NAME COMMAND...: one at a time for each NAME, also across several shells.
under_lock() {
  local lock=$root/build/.lock-$1
  shift
  if ! { : >>"$lock"; } 2>/dev/null; then give_up "cannot write $lock: was it made by another user?"; fi
  (
    if ! flock -n 9; then
      say "waiting for another run that builds here ..."
      flock 9
    fi
    "$@"
  ) 9>"$lock"
}

# A build folder that was moved or copied here from elsewhere points back to where it came from.
drop_foreign_folder() {
  local cache=$1/CMakeCache.txt
  if [[ -e $cache ]] && ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$cache"; then
    say "$1 belongs to another checkout; building anew"
    rm -rf "$1"
  fi
}

# show_failure LOG: the compiler's words rather than the whole log.
show_failure() {
  grep -nE -A6 'FAILED:|error:|CMake Error' "$1" | tail -n 60 >&2 || tail -n 30 "$1" >&2
  say "the whole log: $1"
}

# follow_build LOG: copies standard input, what a build says, to LOG and shows how far it is: on a terminal in one line
# that is drawn over and wiped at the end, else in a line every `progress_seconds`.
progress_seconds=15
can_redraw() { [[ -t 2 && ${TERM:-dumb} != dumb ]]; }
follow_build() {
  local log=$1 line last next=$((SECONDS + progress_seconds)) redrawn=
  while IFS= read -r line || [[ $line ]]; do
    printf '%s\n' "$line"
    [[ $line =~ ^\[([0-9]+)/([0-9]+)\] ]] || continue
    last="building: ${BASH_REMATCH[1]} of ${BASH_REMATCH[2]}"
    if can_redraw; then
      printf '\r\e[Kweir: %s' "$last" >&2
      redrawn=1
    elif ((SECONDS >= next)); then
      say "$last"
      next=$((SECONDS + progress_seconds))
    fi
  done >"$log"
  if [[ $redrawn ]]; then printf '\r\e[K' >&2; fi
}

# build_preset_locked PRESET STAMP ABOUT CMAKE_ARGUMENTS -- TARGET...: configures and builds; says little.
# STAMP (may be empty) is touched with the time at which the build began: what changes meanwhile is newer.
build_preset_locked() {
  local preset=$1 stamp=$2 about=$3
  shift 3
  local -a arguments=()
  while [[ $1 != -- ]]; do
    arguments+=("$1")
    shift
  done
  shift
  local folder=$root/build/$preset
  drop_foreign_folder "$folder"
  mkdir -p "$folder"
  local log=$folder/build.log zstd=$root/build/fuzz-deps/zstd/lib/libzstd.a
  if [[ -e $folder/build.ninja ]]; then
    say "building $about ..."
  else
    say "building $about (first time: about two minutes) ..."
  fi
  touch "$folder/.began"
  if ! (
    cd "$root" || exit 1
    if [[ ! -e $folder/build.ninja || $root/CMakePresets.json -nt $folder/build.ninja ||
      $zstd -nt $folder/build.ninja ]] || ((${#arguments[@]})) ||
      { [[ ! -e $zstd ]] && grep -qF "$zstd" "$folder/build.ninja"; }; then
      cmake --preset "$preset" "${arguments[@]}" || exit 1
    fi
    cmake --build "$folder" --target "$@"
  ) 2>&1 </dev/null 9>&- | follow_build "$log"; then
    show_failure "$log"
    say "could not build $about"
    return 3
  fi
  if [[ -n $stamp ]]; then mv "$folder/.began" "$stamp"; fi
}

build_preset() { under_lock "$1" build_preset_locked "$@"; }

# build_instrumented_zstd: zstd with the flags of the fuzz build, from Debian's source package, to build/fuzz-deps/zstd.
# Where that cannot be had the fuzz build takes the system's library; said once, and never a failure.
build_instrumented_zstd() { under_lock zstd build_instrumented_zstd_locked; }
build_instrumented_zstd_locked() {
  local folder=$root/build/fuzz-deps/zstd
  local library=$folder/lib/libzstd.a
  if [[ -e $library && ! $root/tools/setup_zstd -nt $library && ! $root/tools/compile_zstd -nt $library ]]; then return 0; fi
  if [[ -e $folder/unavailable ]]; then
    say "zstd itself is not instrumented ($(<"$folder/unavailable")); to try again: rm $folder/unavailable"
    return 0
  fi
  mkdir -p "$folder"
  # One of other flags must not be taken for this one where the source cannot be had.
  rm -f "$library"
  say "building zstd with the address sanitizer (from Debian's source package) ..."
  if ! "$root/tools/setup_zstd" "$folder" >"$folder/build.log" 2>&1 </dev/null 9>&-; then
    tail -n 1 "$folder/build.log" >"$folder/unavailable"
    say "zstd itself is not instrumented, the system's library is used: $(<"$folder/unavailable") (log: $folder/build.log)"
  fi
}
