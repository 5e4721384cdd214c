// Between Python's exceptions and Weir's errors, one to one where a stream below fails: the table
// stands in docs/python.md.
#pragma once

#include <stdexcept>
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

/// SystemExit and the like, in one line and with the place where they came from.
struct PythonExit : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Takes the exception that is set, as an error, and remembers its traceback. Precondition: one is
/// set. Throws PythonExit for what is no Exception, such as SystemExit: a program would end
/// there; and before all what was kept (below).
Error take_exception(const PythonContext& context);

/// Sets the exception that a raw stream of Python would raise. Returns null.
PyObject* raise_as_python(const Error& error);

/// No C++ exception passes through the interpreter: what C++ threw when Python called it is kept,
/// and goes on where Python returns, whatever Python made of it. Until then Python gets a
/// BaseException from every call, which `except Exception` does not stop.
///
/// Keeps the exception that is being handled unless there is one already, and sets Python's.
/// Returns null. Only in a handler.
PyObject* keep_thrown() noexcept;
/// Whether one is kept; sets Python's if so.
bool raise_if_thrown() noexcept;
/// Throws the one that is kept, if any. What Python has set gives way to it.
void go_on_throwing();

/// What a call into Python gave, unless C++ threw meanwhile; every such call that may run a
/// program's own code is wrapped in one of these. Takes the reference; null: an exception is set.
inline py::object back_from_python(PyObject* answer) {
  auto taken = py::reinterpret_steal<py::object>(answer);
  go_on_throwing();
  return taken;
}
inline int back_from_python(int answer) {
  go_on_throwing();
  return answer;
}

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
