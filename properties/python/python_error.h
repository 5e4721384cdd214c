// Between Python's exceptions and Weir's errors, one to one where a stream below fails: the table
// stands in docs/python.md.
#pragma once

#include <string>
#include <string_view>

#include "properties/python/interpreter.h"
#include "weir/error.h"

namespace weir::properties {

/// What was called when an exception came.
enum class PythonCall : std::uint8_t { kOther, kSeek, kVersion };
struct PythonContext {
  bool reads = false;   ///< of a stream to read from
  bool closed = false;  ///< which was closed before
  PythonCall call = PythonCall::kOther;
};

/// Takes the exception that is set, as an error, and remembers its traceback. Precondition: one is
/// set. Throws std::runtime_error for what is no Exception, such as SystemExit: a program would end
/// there.
Error take_exception(const PythonContext& context);

/// Sets the exception that a raw stream of Python would raise. Returns null.
PyObject* raise_as_python(const Error& error);

/// The exception that is set in one line, "TypeError: ...", with the place where it came from.
/// Takes it.
std::string exception_text();

/// str(object) and repr(object), whatever these do: one line, cut where it is long, with escapes
/// for what is no text.
std::string python_text(const py::object& object);
std::string python_repr(const py::object& object);

/// The traceback of the last exception whose words stand in `seen`; empty when there is none.
std::string traceback_of(std::string_view seen);

}  // namespace weir::properties
