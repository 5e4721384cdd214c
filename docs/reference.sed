#!/bin/sed -f
# What the reference sees of a header: without the version's namespace, and with the words at its top, which are about the file.
s/^namespace weir::inline v[0-9_]*/namespace weir/
1,/^#pragma once/ {
  s|^//|///|
  s|^#pragma once|/// \\file|
}
# Where something comes from is no weir::Source.
s|\bSource: |%Source: |
