// The interpreter inside this program, and the words that calls into it use.
#pragma once

#include <pybind11/embed.h>

namespace weir::properties {

namespace py = pybind11;

/// Names of methods, made once.
struct PythonWords {
  py::str write{"write"}, flush{"flush"}, close{"close"}, read{"read"}, readinto{"readinto"},
      seek{"seek"}, tell{"tell"}, seekable{"seekable"}, readable{"readable"}, writable{"writable"},
      transform_to{"transform_to"}, transform_from{"transform_from"},
      get_descriptor{"get_descriptor"}, from_descriptor{"from_descriptor"},
      registry_name{"registry_name"}, characters_written{"characters_written"};
  py::object raw_io_base, io_base, unsupported_operation;
  py::object thrown_below;  ///< raised where C++ threw (python_error.h)
};

/// Starts the interpreter with the first call. It lives as long as the program, whose forks may use
/// theirs. It writes no bytecode, hashes alike each time, handles no signals, and says on standard
/// error what modules print. Throws std::runtime_error where that cannot be done.
const PythonWords& python();

/// E.g. "3.11.2".
std::string python_version();

}  // namespace weir::properties
