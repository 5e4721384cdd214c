// A build without a library says which transforms it has not, and why: one a line.
#include <iostream>

#include "weir/builtin.h"

int main() {
  for (const weir::MissingTransform& missing : weir::missing_transforms()) {
    std::cout << missing.descriptor << ": " << missing.reason << '\n';
  }
}
