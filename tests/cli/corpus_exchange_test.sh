# Guards `weir corpus import` and `export`: what fuzzers keep becomes cases and back, hostile archives and broken files among good
# ones are told and left out, and the rest goes on.
source "$(dirname "${BASH_SOURCE[0]}")/testing.sh"
# Archives are made with Python's zipfile: a bare system has no zip.
python=$(command -v python3 || command -v /usr/bin/python3)
seeds=$WEIR_SOURCE_DIR/corpus/seeds

# Export: a folder, a zip file and a dictionary for each target.
mkdir -p c/seeds c/open
cp -r "$seeds/seek" "$seeds/hostile_bytes" c/seeds
mkdir -p c/open
printf 'weir-case 1\nsubject stream.rot13/1\nclause seek-model\nreads read 1\n' > c/open/known.case
run corpus export -o out --corpus c
expect_code 0
expect_out '^seek: [0-9]+ seeds$'
expect_out '^hostile_bytes: [0-9]+ seeds, a dictionary$'
expect_out '^note: 1 open case left out'
expect_out '^note: [0-9]+ cases about memory left out'
expect_out '^exported [0-9]+ seeds of [0-9]+ targets to out$'
expect 'a file for each case' test "$(ls out/seek | wc -l)" = "$(ls c/seeds/seek | wc -l)"
expect 'the dictionary is there' cmp out/fuzz_hostile_bytes.dict "$WEIR_SOURCE_DIR/fuzz/dictionaries/hostile_bytes.dict"
expect 'a target without cases has no zip file' test ! -e out/fuzz_lifecycle_seed_corpus.zip
expect 'the schema is there' grep -qE '^weir-schema [0-9a-f]{16}$' out/weir-schema
cat > look.py << 'SCRIPT'
import sys, zipfile, os
archive = zipfile.ZipFile(sys.argv[1])
assert archive.testzip() is None
names = archive.namelist()
assert names == sorted(os.listdir(sys.argv[2])), names
for name in names:
    assert archive.read(name) == open(os.path.join(sys.argv[2], name), 'rb').read(), name
assert archive.comment.startswith(b'weir-schema '), archive.comment
SCRIPT
expect 'the zip file has what the folder has' "$python" look.py out/fuzz_seek_seed_corpus.zip out/seek
run corpus export seek -o again --corpus c
expect_code 0
expect 'only what was asked for' test "$(ls again | tr '\n' ' ')" = 'fuzz_seek_seed_corpus.zip seek weir-schema '
expect 'the same files make the same bytes' cmp again/fuzz_seek_seed_corpus.zip out/fuzz_seek_seed_corpus.zip
usage_error "'out' is there already" corpus export -o out --corpus c
usage_error "unknown fuzz target 'sek'" corpus export sek -o new --corpus c
usage_error 'no such folder' corpus export -o new --corpus missing
mkdir nothing
run corpus export -o new --corpus nothing
expect_code 3
expect_err 'no case of the corpus is one of these targets'
: > file
run corpus export -o file/below --corpus c
expect_code 3
expect_err 'cannot make the folder'

# A target reads what was exported.
target=${WEIR%/*}/fuzz_seek
if [[ -x $target ]]; then
  "$target" --replay out/seek > .out 2> .err
  code=$?
  expect_code 0
fi

# And back: the same cases, by whichever way.
run corpus import out/seek out/hostile_bytes --output folder
expect_code 0
expect_out '^seek: ([0-9]+) cases of \1 inputs into folder/seeds/seek; 0 the same'
run corpus import out/fuzz_seek_seed_corpus.zip out/fuzz_hostile_bytes_seed_corpus.zip --output zip
expect_code 0
expect 'folders and zip files are the same' diff -r folder zip
mkdir folders
cp -r out/seek out/hostile_bytes folders
run corpus import folders --output both
expect_code 0
expect 'the folders of a folder, by their names' diff -r folder both
run corpus export -o round --corpus folder
expect_code 0
expect 'the round trip loses nothing' diff -r out/seek round/seek
expect 'nor here' diff -r out/hostile_bytes round/hostile_bytes
run corpus lint folder
expect_code 0
run corpus import out/seek --output folder
expect_code 0
expect_out '^seek: 0 cases of ([0-9]+) inputs into folder/seeds/seek; \1 the same as another'
expect 'nothing was added' diff -r folder zip
run corpus import out/seek --raw --output raw
expect_code 0
expect 'bytes stay bytes' diff -r raw/seek out/seek
usage_error 'output DIR says where' corpus import out/seek --raw

# AFL++: a shared folder with two instances; what it keeps beside its inputs is no input.
for instance in main second; do
  mkdir -p afl/$instance/queue/.state/deterministic_done afl/$instance/crashes afl/$instance/hangs afl/$instance/.synced
  : > afl/$instance/queue/.state/deterministic_done/id:000000
  printf 'stats\n' > afl/$instance/fuzzer_stats
  printf 'plot\n' > afl/$instance/plot_data
  printf 'bits' > afl/$instance/fuzz_bitmap
  printf 'input' > afl/$instance/.cur_input
  printf 'how to read this\n' > afl/$instance/crashes/README.txt
done
first=$(ls out/seek | head -n 1)
second=$(ls out/seek | sed -n 2p)
cp "out/seek/$first" 'afl/main/queue/id:000000,time:0,execs:0,orig:seed'
cp "out/seek/$second" 'afl/main/queue/id:000001,src:000000,time:12,execs:345,op:havoc,rep:2,+cov'
cp "out/seek/$first" 'afl/second/queue/id:000000,sync:main,src:000000'
cp "out/seek/$(ls out/seek | sed -n 3p)" 'afl/second/hangs/id_000000_src_000000_time_1'
run corpus import afl --target seek --output from-afl
expect_code 0
expect_out '^seek: 3 cases of 4 inputs into from-afl/seeds/seek; 1 the same as another, 0 proved nothing, 0 violated, 0 left out$'
run corpus import afl/main --target seek --output from-main
expect_out '^seek: 2 cases of 2 inputs'
run corpus import afl/main/queue --target seek --output from-queue
expect_code 0
expect 'an instance and its queue are the same' diff -r from-main from-queue
run corpus import afl/main/crashes --target seek --output from-crashes
expect_code 3
expect_err 'there is no input'
usage_error "'afl' does not say which fuzz target .*--target NAME" corpus import afl --output x
usage_error 'no such file or folder' corpus import missing --target seek --output x
usage_error "unknown fuzz target" corpus import afl --target sek --output x

# Broken files among good ones.
mkdir mixed
cp "out/seek/$first" mixed/good
printf 'weir-case 1\nno such line\n' > mixed/torn
printf 'weir-case 1\nsubject stream.rot13/1\n' > mixed/nameless
cp "$seeds/hostile_bytes/garbage-text-rot13.case" mixed/another-target
head -c 1100000 /dev/zero > mixed/long
ln -s nowhere mixed/dangling
mkfifo mixed/pipe
printf 'hidden' > mixed/.hidden
run corpus import mixed --target seek --output from-mixed
expect_code 2
expect_err '^weir: mixed/torn: line 2: .*; left out$'
expect_err '^weir: mixed/nameless: it lacks a subject or a clause line; left out$'
expect_err '^weir: mixed/another-target: garbage on stream.rot13/1 is no case of the fuzz target seek; left out$'
expect_err '^weir: .*mixed/long.*longer than 1.0 MiB.*; left out$'
expect_err '^weir: mixed/dangling: neither a file nor a folder; left out$'
expect_err '^weir: mixed/pipe: neither a file nor a folder; left out$'
expect_out '^seek: 1 case of 7 inputs into from-mixed/seeds/seek; .* 6 left out$'
expect 'the good one is there' test "$(ls from-mixed/seeds/seek | wc -l)" = 1

# What is violated is a finding, not a seed: one file for each way of failing.
mkdir crash
for size in 1 2 3; do
  printf 'weir-case 1\nsubject mutant.one-read-is-all/1\nclause short-source-reads\npayload literal "aaaa"\nsource give %s\n' \
    $size > crash/crash-$size
done
printf 'weir-case 1\nsubject mutant.one-read-is-all/1\nclause short-source-reads\npayload literal "a"\n' > crash/fine
run corpus import crash --target partial_reads --subject mutant.one-read-is-all/1 --output found
expect_code 1
expect_out '^violated mutant.one-read-is-all/1: short-source-reads: ends-early \(found/open/mutant.*.case\)$'
expect_out '^partial_reads: 1 case of 4 inputs .* 3 violated'
expect 'one file for it' test "$(ls found/open | wc -l)" = 1
run repro found/open/*.case
expect_code 1
expect_out 'the same as recorded'
run corpus import crash --target partial_reads --subject mutant.one-read-is-all/1 --output found
expect_code 1
expect_out 'ends-early \(.*, which was there\)$'
usage_error "unknown subject" corpus import crash --target partial_reads --subject mutant.none/1 --output found

# Bytes of another schema mean other cases.
mkdir stale
cp -r out/seek stale
printf 'weir-schema 0123456789abcdef\n' > stale/weir-schema
run corpus import stale/seek --output from-stale
expect_code 2
expect_err "^weir: stale: 'stale/seek' is for another schema of cases"
expect 'nothing was imported' test ! -e from-stale

# Zip files of all kinds.
cat > make.py << 'SCRIPT'
import sys, zipfile, struct
kind, path, good = sys.argv[1:]
good = open(good, 'rb').read()
with zipfile.ZipFile(path, 'w', zipfile.ZIP_DEFLATED) as archive:
    def add(name, content=good):
        archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    if kind == 'mixed':
        add('folder/good')
        add('/absolute/evil', b'one')
        add('../../evil', b'two')
        add('a/../../evil', b'three')
        add('back\\slash', b'four')
        add('bomb', b'\0' * (50 << 20))
        link = zipfile.ZipInfo('link')
        link.create_system = 3
        link.external_attr = 0o120777 << 16
        archive.writestr(link, '/etc/passwd')
    if kind == 'folders':
        archive.writestr(zipfile.ZipInfo('empty/'), b'')
    if kind in ('liar', 'checksum', 'method', 'encrypted'):
        add('bad', b'\0' * (50 << 20) if kind == 'liar' else b'checked' * 9)
        add('good')
    if kind == 'schema':
        add('good')
        archive.comment = b'weir-schema 0123456789abcdef'
    if kind == 'many':
        for number in range(1000001):
            archive.writestr(zipfile.ZipInfo('%x' % number), b'', zipfile.ZIP_STORED)
data = bytearray(open(path, 'rb').read())
central = data.find(b'PK\x01\x02')
if kind == 'liar':  # it says one byte in both places
    struct.pack_into('<I', data, 22, 1)
    struct.pack_into('<I', data, central + 24, 1)
if kind == 'checksum':
    struct.pack_into('<I', data, 14, 1)
    struct.pack_into('<I', data, central + 16, 1)
if kind == 'method':
    struct.pack_into('<H', data, 8, 77)
    struct.pack_into('<H', data, central + 10, 77)
if kind == 'encrypted':
    struct.pack_into('<H', data, 6, 1)
    struct.pack_into('<H', data, central + 8, 1)
if kind == 'cut':
    data = data[:-7]
open(path, 'wb').write(data)
SCRIPT
make_and_import() {
  expect "an archive is made: $1" "$python" make.py "$1" "$1.zip" "out/seek/$first"
  run corpus import "$1.zip" --target seek --output "from-zip-$1"
}
"$python" -c 'import zipfile' 2> /dev/null || { fail 'python3 has no zipfile'; finish; }
make_and_import mixed
expect_code 2
for name in /absolute/evil ../../evil a/../../evil 'back\\slash'; do
  expect_err "^weir: mixed.zip:$name: its name leads out of the archive; left out"
done
expect_err '^weir: mixed.zip:bomb: longer than 1.0 MiB, so not a case; left out$'
expect_err '^weir: mixed.zip:link: it is a link; left out$'
expect_out '^seek: 1 case of 7 inputs '
expect 'nothing is outside' test ! -e /absolute/evil -a ! -e ../../evil -a ! -e ../evil -a ! -e from-zip-mixed/evil
for kind in liar checksum method encrypted; do
  make_and_import $kind
  expect_code 2
  expect_err "^weir: $kind.zip"
  if [[ $kind != liar ]]; then expect_out '^seek: 1 case of 2 inputs '; fi
done
make_and_import folders
expect_code 3
expect_err 'there is no input'
make_and_import cut
expect_code 2
expect_err "^weir: cannot read the zip file 'cut.zip': "
printf 'no archive' > plain.zip
run corpus import plain.zip --target seek --output x
expect_code 2
expect_err "^weir: cannot read the zip file 'plain.zip': Not a zip archive"
make_and_import schema
expect_code 2
expect_err "^weir: stale: 'schema.zip' is for another schema"

# Nowhere to write to.
run corpus import out/seek --output file
expect_code 2
run corpus import out/seek --output file/below
expect_code 3
expect_err 'cannot make the folder'
no_leftovers

finish
