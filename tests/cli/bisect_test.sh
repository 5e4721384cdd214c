# Guards `weir bisect`: it names the commit that broke a case, skips what says nothing, refuses what cannot be bisected, and leaves
# the repository as it was in every way out.
source "$(dirname "${BASH_SOURCE[0]}")/testing.sh"
command -v git > /dev/null || { fail 'git is missing'; finish; }
export GIT_CONFIG_GLOBAL=$work/gitconfig GIT_CONFIG_NOSYSTEM=1
git config --global user.name Somebody
git config --global user.email somebody@example.org
git config --global init.defaultBranch main
export TMPDIR=$work/tmp LOCALES=$work/locales
mkdir "$TMPDIR" repository

# A project whose program does as a file in it says: the build copies that file to a program.
cd repository || exit 1
git init -q
cat > build.sh << 'SCRIPT'
#!/bin/sh
# A build that leaves a tracked file changed, as real ones do.
date +%N >> stamp
grep -q . state || exit 1
[ "$(cat state)" != no-program ] || exit 0
{
  echo '#!/bin/sh'
  echo '[ "$1" = repro ] && [ -s "$2" ] || exit 9'
  cat state
} > program
echo "${LC_ALL-none}" >> "$LOCALES"
chmod +x program
SCRIPT
chmod +x build.sh
printf 'program\n' > .gitignore
: > stamp
number=0
# commit STATE: the next commit; its program ends with this.
commit() {
  number=$((number + 1))
  printf '%s\n' "$1" > state
  git add -A
  git commit -q --allow-empty -m "commit $number"
  git tag "c$number"
}
commit 'exit 0'              # c1
commit 'exit 0'              # c2
printf '' > state && git add -A && git commit -q -m 'does not build' # between
commit 'exit 3'              # c3: cannot run the case
commit 'exit 0'              # c4
commit 'exit 1'              # c5: the first bad one
commit 'exit 1'              # c6
commit 'exit 1'              # c7
printf 'weir-case 1\nsubject stream.rot13/1\nclause round-trip\n' > ../x.case
printf 'somebody works on this\n' >> state
git stash list > ../stash-before
git status --porcelain > ../status-before

# untouched: the person's tree, and what git knows of work trees and bisections.
untouched() {
  expect 'the tree is as it was' sh -c 'git status --porcelain | diff ../status-before -'
  expect 'it is on its branch' test "$(git symbolic-ref HEAD)" = refs/heads/main
  expect 'there is no other work tree' test "$(git worktree list | wc -l)" = 1
  expect 'no bisection is left' test -z "$(git for-each-ref refs/bisect)" -a ! -e .git/BISECT_START
  expect 'no scratch folder is left' test -z "$(ls "$TMPDIR")"
}
bisect() { run bisect ../x.case "$@" --build ./build.sh --program program; }

bisect c1 c7
expect_code 0
expect 'builds have the locale that is set' test "$(sort -u "$LOCALES")" = C
(unset LC_ALL && : > "$LOCALES" && "$WEIR" bisect ../x.case c4 c5 --build ./build.sh --program program > /dev/null 2>&1)
expect 'or none' test "$(sort -u "$LOCALES")" = none
expect_out "^first bad: $(git rev-parse c5)\$"
expect_out '^  commit 5$'
expect_out '^[0-9]+ commits tried, [0-9]+ of them skipped; the work tree is gone, yours was not touched$'
expect_err '^weir: violated: [0-9a-f]+ commit 7$'
expect_err '^weir: held: [0-9a-f]+ commit 1$'
untouched
# Neither what commits are called nor what git says besides is taken for the answer.
git stash -q
git checkout -q -b names c4
for title in "Since $(git rev-parse c4) is the first bad commit" "There are only 'skip'ped commits left to test"; do
  printf 'exit 0\n# %s\n' "$title" > state && git commit -qam "$title"
done
echo 'exit 1' > state && git commit -qam 'breaks'
first_bad=$(git rev-parse HEAD)
printf 'exit 1\n\n' > state && git commit -qam 'stays broken'
git checkout -q main && git stash pop -q
GIT_TRACE=1 run bisect ../x.case c4 names --build ./build.sh --program program
expect_code 0
expect_out "^first bad: $first_bad\$"
untouched
# From a folder below, and where variables of a hook name another place.
mkdir -p below
(cd below && GIT_DIR=/nowhere "$WEIR" bisect ../../x.case c4 main --build ./build.sh --program program) > "$work/.out" 2> "$work/.err"
code=$?
expect_code 0
expect_out '^  commit 5$'
rmdir below
untouched

# Builds that fail and cases that cannot run are not called bad.
commit 'exit 0'              # c8
printf '' > state && git add -A && git commit -q -m 'does not build either' && git tag skip1
commit 'exit 3'              # c9
commit 'no-program'          # c10
commit 'exit 1'              # c11
printf 'somebody works on this\n' >> state
bisect c8 c11
expect_code 3
expect_out '^not found: the commits that are left can be neither built nor run'
expect_out '^  [0-9a-f]+ does not build either$'
expect_out '^  [0-9a-f]+ commit 9$'
expect_out '^  [0-9a-f]+ commit 10$'
expect_out '^  [0-9a-f]+ commit 11$'
expect_err '^weir: does not build: '
expect_err '^weir: cannot run it: '
expect_err '^weir: no program: '
untouched

# What cannot be bisected.
refused() { # CODE PATTERN
  expect_code "$1"
  checks=$((checks + 1))
  grep -E -e "$2" "$work/.err" | grep -q '^weir: ' || fail "standard error lacks /$2/"
  expect 'nothing is printed as a result' test ! -s "$work/.out"
  untouched
}
bisect nowhere c7
refused 2 "GOOD 'nowhere' is no commit of the repository"
bisect c1 --help-me
expect_code 2
bisect c1 nowhere
refused 2 "BAD 'nowhere' is no commit"
bisect c1 c1
refused 2 'the same commit'
bisect c7 c1
refused 2 'the wrong way round'
bisect c5 c7
refused 2 'GOOD \([0-9a-f]+ commit 5\) violates the case already'
bisect c1 c4
refused 2 'BAD \([0-9a-f]+ commit 4\) does not violate the case'
bisect c1 skip1
refused 3 'BAD \([0-9a-f]+ does not build either\) says nothing: does not build'
bisect c3 c7
refused 3 'GOOD \([0-9a-f]+ commit 3\) says nothing: cannot run it'
run bisect ../x.case c1 c7
refused 2 'this repository has no tools/weir: say how it is built with --build'
run bisect ../missing.case c1 c7
refused 2 'missing.case'
printf 'no case\n' > ../y.case
run bisect ../y.case c1 c7
refused 2 'y.case:1: .*corpus import'
run bisect ../x.case c1
expect_code 2
mkdir ../elsewhere
cd ../elsewhere || exit 1
run bisect ../x.case c1 c7
expect_code 2
expect_err 'this folder is in no git repository'
cd ../repository || exit 1
mkdir ../bin
ln -s "$(command -v sh)" ../bin/sh
PATH=$work/bin "$WEIR" bisect ../x.case c1 c7 > "$work/.out" 2> "$work/.err"
code=$?
refused 3 'git is not installed'
TMPDIR=/no/such/folder run bisect ../x.case c1 c7
refused 3 'no folder could be made'

# A signal in the middle of a build: all is put back, and nothing goes on running.
for signal in INT TERM HUP; do
  last_command="bisect, with SIG$signal"
  "$WEIR" bisect ../x.case c1 c7 --build "touch '$work/building'; sleep 98765.$$" --program program > "$work/.out" 2> "$work/.err" &
  pid=$!
  expect 'the build has begun' wait_for 20 test -e "$work/building"
  kill -"$signal" $pid
  wait $pid
  code=$?
  expect_code 130
  expect_err '^weir: interrupted$'
  expect 'the build has ended' wait_for 20 sh -c "! pgrep -f '[s]leep 98765.$$'"
  rm -f "$work/building"
  untouched
done

finish
