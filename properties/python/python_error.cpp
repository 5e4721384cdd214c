#include "properties/python/python_error.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <deque>
#include <exception>
#include <stdexcept>
#include <utility>
#include <vector>

namespace weir::properties {
namespace {

// How the failures that are no errno of a file come through Python, where streams raise OSError.
constexpr std::pair<Code, int> kErrnos[] = {
    {Code::kCorrupt, EBADMSG},    {Code::kTruncated, ENODATA}, {Code::kLimitExceeded, EFBIG},
    {Code::kOutOfMemory, ENOMEM}, {Code::kBadStream, EPROTO},
};

constexpr std::size_t kTextBytesMax = 400;
constexpr std::size_t kFramesMax = 6;
constexpr std::size_t kKeptMax = 16;

// What errors stand for, the newest first. A check may run more after it saw one.
struct Remembered {
  std::string detail;
  std::string traceback;
};
std::deque<Remembered>& remembered() {
  static auto& all = *new std::deque<Remembered>;
  return all;
}

struct Exception {
  py::object type, value, traceback;
};

Exception fetch() {
  PyObject *type = nullptr, *value = nullptr, *traceback = nullptr;
  PyErr_Fetch(&type, &value, &traceback);
  PyErr_NormalizeException(&type, &value, &traceback);
  return {py::reinterpret_steal<py::object>(type), py::reinterpret_steal<py::object>(value),
          py::reinterpret_steal<py::object>(traceback)};
}

bool is(const Exception& exception, PyObject* type) {
  return PyErr_GivenExceptionMatches(exception.type.ptr(), type) != 0;
}

// Takes `text`; an exception is set where it is null.
std::string one_line(PyObject* made) {
  const auto text = back_from_python(made);
  if (!text) {
    PyErr_Clear();
    return {};
  }
  const auto bytes = py::reinterpret_steal<py::object>(
      PyUnicode_AsEncodedString(text.ptr(), "utf-8", "backslashreplace"));
  if (!bytes) {
    PyErr_Clear();
    return {};
  }
  std::string result(PyBytes_AS_STRING(bytes.ptr()),
                     static_cast<std::size_t>(PyBytes_GET_SIZE(bytes.ptr())));
  if (result.size() > kTextBytesMax) result = result.substr(0, kTextBytesMax) + "...";
  for (char& c : result) {
    if (c == '\n') c = ' ';
  }
  return result;
}

std::string attribute_text(PyObject* object, const char* name) {
  const auto value = back_from_python(PyObject_GetAttrString(object, name));
  if (value) return one_line(PyObject_Str(value.ptr()));
  PyErr_Clear();
  return {};
}

py::object attribute(const py::object& object, const char* name) {
  auto value = back_from_python(PyObject_GetAttrString(object.ptr(), name));
  if (!value) PyErr_Clear();
  return value;
}

// "rot13.py:31 write, gzip.py:301 write", the most recent call last.
std::string frames_of(const py::object& traceback) {
  std::vector<std::string> frames;
  for (py::object at = traceback; at && !at.is_none(); at = attribute(at, "tb_next")) {
    const py::object frame = attribute(at, "tb_frame");
    const py::object code = frame ? attribute(frame, "f_code") : py::object();
    if (!code) break;
    std::string file = attribute_text(code.ptr(), "co_filename");
    if (file == "<string>" || file.starts_with("<frozen importlib")) continue;  // how it got there
    file.erase(0, file.rfind('/') + 1);
    frames.push_back(file + ":" + attribute_text(at.ptr(), "tb_lineno") + " " +
                     attribute_text(code.ptr(), "co_name"));
  }
  std::string text;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    // Where it was called from and where it broke say most.
    if (frames.size() > kFramesMax && i == 1) {
      i = frames.size() - (kFramesMax - 1);
      text += ", ...";
    }
    text += (text.empty() ? "" : ", ") + frames[i];
  }
  return text;
}

std::string words_of(const Exception& exception) {
  std::string name = attribute_text(exception.type.ptr(), "__name__");
  const std::string message = python_text(exception.value);
  return message.empty() ? name : name + ": " + message;
}

std::optional<int> errno_of(const Exception& exception) {
  if (!is(exception, PyExc_OSError)) return std::nullopt;
  const py::object number = attribute(exception.value, "errno");
  if (!number || !PyLong_Check(number.ptr())) return std::nullopt;
  const long value = PyLong_AsLong(number.ptr());
  if (value == -1 && PyErr_Occurred()) {
    PyErr_Clear();
    return std::nullopt;
  }
  return static_cast<int>(value);
}

// Never destroyed: finalisers may run when the program ends. The interpreter's lock guards it.
std::exception_ptr& kept() {
  static auto& one = *new std::exception_ptr;
  return one;
}

// Set on what a stream below raises when it fails.
constexpr const char* kFaultMark = "weir_fault";
constexpr int kChainMax = 100;

// The first failure of a stream below on account of which `exception` was raised: Python keeps it
// beside what comes after, as where a close fails whose flush has failed. Itself without one.
Exception with_its_cause(const Exception& exception) {
  Exception first = exception;
  py::object at = exception.value;
  for (int i = 0; i < kChainMax && at && !at.is_none(); ++i) {
    if (PyObject_HasAttrString(at.ptr(), kFaultMark) != 0) {
      first.type =
          py::reinterpret_borrow<py::object>(reinterpret_cast<PyObject*>(Py_TYPE(at.ptr())));
      first.value = at;
    }
    const py::object cause = attribute(at, "__cause__");
    at = cause && !cause.is_none() ? cause : attribute(at, "__context__");
  }
  return first;
}

Error error_of(const Exception& exception, const PythonContext& context) {
  if (context.call == PythonCall::kVersion) return Error(Code::kUnsupportedVersion);
  if (is(exception, PyExc_MemoryError)) return Error(Code::kOutOfMemory);
  if (is(exception, PyExc_BlockingIOError)) return Error(Code::kWouldBlock);
  if (context.closed && is(exception, PyExc_ValueError)) return Error(Code::kClosed);
  const auto number = errno_of(exception);
  if (context.call == PythonCall::kSeek) {
    if (is(exception, python().unsupported_operation.ptr())) return Error(Code::kNotSeekable);
    if (is(exception, PyExc_ValueError) || is(exception, PyExc_OverflowError) || number == EINVAL) {
      return Error(Code::kInvalidArgument);
    }
  }
  if (is(exception, PyExc_EOFError)) return Error(Code::kTruncated);
  if (number.has_value()) {
    for (const auto& [code, value] : kErrnos) {
      if (value == *number) return Error(code);
    }
    return io_error(*number, {});
  }
  return context.reads ? Error(Code::kCorrupt) : io_error(0, {});
}

}  // namespace

Error take_exception(const PythonContext& context) {
  go_on_throwing();
  const Exception exception = fetch();
  const std::string words = words_of(exception);
  if (!is(exception, PyExc_Exception)) {
    const std::string frames = frames_of(exception.traceback);
    throw PythonExit(frames.empty() ? words : words + " (" + frames + ")");
  }
  Error error = error_of(context.closed ? exception : with_its_cause(exception), context);
  error.detail.append(words);
  std::string traceback = frames_of(exception.traceback);
  if (error.detail.view() != words) traceback += (traceback.empty() ? "" : ": ") + words;
  if (!traceback.empty()) traceback.insert(0, "Python: ");
  auto& all = remembered();
  if (all.size() == kKeptMax) all.pop_back();
  all.push_front({std::string(error.detail.view()), std::move(traceback)});
  return error;
}

PyObject* raise_as_python(const Error& error) {
  int number = error.os_error;
  for (const auto& [code, value] : kErrnos) {
    if (code == error.code) number = value;
  }
  switch (error.code) {
    case Code::kClosed:
      PyErr_SetString(PyExc_ValueError, "I/O operation on closed file.");
      return nullptr;
    case Code::kNotSeekable:
      PyErr_SetString(python().unsupported_operation.ptr(), "File or stream is not seekable.");
      return nullptr;
    case Code::kWouldBlock:
      number = EAGAIN;
      break;
    case Code::kInvalidArgument:
      number = EINVAL;
      break;
    default:
      break;
  }
  // With an errno, OSError makes the fitting subclass of itself.
  const auto made = py::reinterpret_steal<py::object>(
      number != 0 ? PyObject_CallFunction(PyExc_OSError, "is", number, std::strerror(number))
                  : PyObject_CallFunction(PyExc_OSError, "s", describe(error).c_str()));
  const bool fault = error.code != Code::kWouldBlock && error.code != Code::kInvalidArgument;
  if (made && fault && PyObject_SetAttrString(made.ptr(), kFaultMark, Py_True) != 0) PyErr_Clear();
  if (made) PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(made.ptr())), made.ptr());
  return nullptr;
}

PyObject* keep_thrown() noexcept {
  if (!kept()) kept() = std::current_exception();
  raise_if_thrown();
  return nullptr;
}

bool raise_if_thrown() noexcept {
  if (!kept()) return false;
  PyErr_SetString(python().thrown_below.ptr(), "C++ threw an exception below");
  return true;
}

void go_on_throwing() {
  if (!kept()) return;
  PyErr_Clear();
  std::rethrow_exception(std::exchange(kept(), nullptr));
}

std::string exception_text() {
  const Exception exception = fetch();
  std::string words = words_of(exception);
  const std::string frames = frames_of(exception.traceback);
  return frames.empty() ? words : words + " (" + frames + ")";
}

std::string python_text(const py::object& object) { return one_line(PyObject_Str(object.ptr())); }

std::string python_repr(const py::object& object) { return one_line(PyObject_Repr(object.ptr())); }

std::string traceback_of(std::string_view seen) {
  for (const Remembered& one : remembered()) {
    if (!one.detail.empty() && seen.find(one.detail) != std::string_view::npos) {
      return one.traceback;
    }
  }
  return {};
}

}  // namespace weir::properties
