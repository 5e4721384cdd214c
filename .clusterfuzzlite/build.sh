#!/bin/bash -eu
exec "$SRC/weir/tools/oss_fuzz_build"
