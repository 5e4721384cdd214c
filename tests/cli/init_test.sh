# Guards `weir init`: what it writes, how it names it, and where it refuses. tests/install builds what it writes.
source "$(dirname "${BASH_SOURCE[0]}")/testing.sh"

run init demo
expect_code 0
expect_out '^wrote the project demo to demo: CMakeLists.txt, codec.cpp'
expect_out '^  cd demo$'
# This program is not installed.
expect_out 'not installed'
expect_out 'cmake -B build -DCMAKE_PREFIX_PATH=PREFIX'
expect_out 'marked PLANTED BUG in codec.cpp'
expect 'what is built is ignored' grep -qx '/build\*/' demo/.gitignore
expect 'the project has its name' grep -q '^project(demo ' demo/CMakeLists.txt
expect 'the subject has its name' grep -q '"example.demo/1"' demo/codec.cpp
expect 'all places are filled in' sh -c '! grep -rq @ demo'
expect 'one line is marked' test "$(grep -r 'PLANTED BUG' demo | wc -l)" = 1
no_leftovers

# Every template, and what stands in the help.
run init --help
expect_code 0
expect_out 'rot13 \(default\), zstd, iostream, c, command'
for like in rot13 zstd iostream c command; do
  run init "like-$like" --like $like
  expect_code 0
  expect "the name of $like" grep -q "project(like_$like " "like-$like/CMakeLists.txt"
done
usage_error "unknown template 'zst'; did you mean 'zstd'" init other --like zst
usage_error "unknown template 'something'; .weir init --help. shows" init other --like something
expect 'nothing was made' test ! -e other

# Names that are none.
named() {
  run init "$1"
  expect_code 0
  expect_out "^wrote the project $2 to "
  expect "the name of $1" grep -q "^project($2 " "$1/CMakeLists.txt"
}
named my-lib.2 my_lib_2
named 2fast project_2fast
named 'a  b' a_b
named _x_ x
named sub/folder/ folder
named $'t\303\274r' t_r
usage_error "'--' has no letter or digit" init -- --
mkdir here
cd here || exit 1
run init .
expect_code 0
expect_out '^wrote the project here to \.:'
cd ..
mkdir empty
run init ./empty/.
expect_code 0
expect_out '^wrote the project empty '

# A quote in the path of commands.
run init "the user's codec" --like command
expect_code 0
expect 'it is configured' cmake -S "the user's codec" -B quoted -DWEIR="$WEIR"
expect 'the commands are found' ctest --test-dir quoted -R corpus --no-tests=error

# Places that are taken.
usage_error "the folder 'demo' is not empty" init demo
: > file
usage_error "'file' is there and is no folder" init file
usage_error 'dir' init
usage_error 'dir: must not be empty' init ''
if [[ $(id -u) -ne 0 ]]; then
  mkdir locked
  chmod a-w locked
  run init locked/project
  expect_code 3
  expect_err "cannot make the folder 'locked/project'"
  expect_one_message
fi
run init file/project
expect_code 3
expect_err "cannot make the folder 'file/project'"
expect_one_message
finish
