# Guards plug-ins from another language than C: the example in Rust holds every clause, the bug planted in it is found.
source "$(dirname "${BASH_SOURCE[0]}")/testing.sh"
plugins=${WEIR_PLUGINS:?the folder of the plug-ins}

run check --plugin "$plugins/xor.so" --cases 60
expect_code 0
expect_out 'seek-model'
run check --plugin "$plugins/xor_bug.so" --clause seek-model --cases 60
expect_code 1
expect_out 'breaks seek-model: wrong-bytes'

finish
