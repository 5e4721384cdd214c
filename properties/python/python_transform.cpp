#include "properties/python/python_transform.h"

#include <cstring>
#include <stdexcept>
#include <utility>

#include "properties/python/python_error.h"

namespace weir::properties {
namespace {

// What a stream finds in a buffer that it kept, against the documentation: "The caller may release
// or mutate b after this method returns".
constexpr int kPoison = 0xdb;

py::object call(const py::object& object, const py::str& method) {
  return back_from_python(PyObject_CallMethodNoArgs(object.ptr(), method.ptr()));
}
py::object call(const py::object& object, const py::str& method, PyObject* argument) {
  return back_from_python(PyObject_CallMethodOneArg(object.ptr(), method.ptr(), argument));
}
bool has_attribute(const py::object& object, const py::str& name) {
  return back_from_python(PyObject_HasAttr(object.ptr(), name.ptr())) != 0;
}

// A caller's buffer. Streams get a copy: memory that they may keep, as they may keep any of
// Python's.
class Lent {
 public:
  explicit Lent(std::span<const std::byte> bytes)
      : array_(py::reinterpret_steal<py::object>(PyByteArray_FromStringAndSize(
            reinterpret_cast<const char*>(bytes.data()), static_cast<Py_ssize_t>(bytes.size())))) {
    // Who has a buffer of it keeps it from being resized: that is a BufferError in Python.
    if (array_ && PyObject_GetBuffer(array_.ptr(), &view_, PyBUF_SIMPLE) == 0) return;
    PyErr_Clear();
    throw std::bad_alloc();
  }
  ~Lent() {
    PyBuffer_Release(&view_);
    if (Py_REFCNT(array_.ptr()) > 1) std::memset(data(), kPoison, size());
  }
  Lent(const Lent&) = delete;
  Lent& operator=(const Lent&) = delete;

  PyObject* object() const { return array_.ptr(); }
  char* data() const { return PyByteArray_AS_STRING(array_.ptr()); }
  std::size_t size() const { return static_cast<std::size_t>(PyByteArray_GET_SIZE(array_.ptr())); }

 private:
  py::object array_;
  Py_buffer view_{};
};

// Whether `stream` reads into a buffer; io.RawIOBase itself has the method and raises.
bool reads_into(const py::object& stream) {
  const auto type =
      py::reinterpret_borrow<py::object>(reinterpret_cast<PyObject*>(Py_TYPE(stream.ptr())));
  const auto own =
      py::reinterpret_steal<py::object>(PyObject_GetAttr(type.ptr(), python().readinto.ptr()));
  if (!own) PyErr_Clear();
  const auto base = py::reinterpret_steal<py::object>(
      PyObject_GetAttr(python().raw_io_base.ptr(), python().readinto.ptr()));
  if (!base) PyErr_Clear();
  return own ? !own.is(base) : has_attribute(stream, python().readinto);
}

}  // namespace

PythonStream::PythonStream(std::unique_ptr<RawStream> below, py::object stream, bool closes_below,
                           bool reads)
    : below_(std::move(below)),
      stream_(std::move(stream)),
      closes_below_(closes_below),
      reads_(reads) {}

// What the finaliser of a stream does reaches nothing: Python's close themselves in it, whenever
// that is.
PythonStream::~PythonStream() { below_.reset(); }

bool PythonStream::has(const py::str& method) const { return has_attribute(stream_, method); }

bool PythonStream::says(const py::str& method, std::string* raised) const {
  const py::object answer = call(stream_, method);
  const int truth = answer ? back_from_python(PyObject_IsTrue(answer.ptr())) : -1;
  if (truth >= 0) return truth == 1;
  if (raised != nullptr) {
    *raised = exception_text();
  } else {
    PyErr_Clear();
  }
  return false;
}

Error PythonStream::fail_with_exception() {
  const Error error = take_exception({reads_, closed_, PythonCall::kOther});
  if (error.code != Code::kWouldBlock && !closed_) failure_ = error;
  return error;
}

Result<std::size_t> PythonStream::count_of(const py::object& answer, const char* method,
                                           std::size_t asked) {
  if (answer.is_none()) {
    return fail(Error(Code::kWouldBlock, std::string(method) + "() returned None"));
  }
  Py_ssize_t count = -1;
  if (PyLong_Check(answer.ptr())) count = PyLong_AsSsize_t(answer.ptr());
  // A transform that hands the stream below on as it is has no part in what that one says.
  const bool lied = stream_.is(below_->object()) && count > static_cast<Py_ssize_t>(asked);
  if (count >= 0 && !lied) return static_cast<std::size_t>(count);
  PyErr_Clear();
  Error error = io_error(0, std::string(method) + "() returned " + python_repr(answer));
  if (lied) error = Error(Code::kBadStream, error.detail.view());
  if (!closed_) failure_ = error;
  return fail(error);
}

bool PythonStream::offers_tell() const {
  if (!offers_tell_.has_value()) {
    offers_tell_ = says(python().seekable) && has(python().tell);
  }
  return *offers_tell_;
}

Result<std::uint64_t> PythonStream::tell(std::uint64_t counted) const {
  if (const Error* error = repeated()) return fail(*error);
  if (!offers_tell()) {
    if (closed_) return fail(Code::kClosed);
    return counted;
  }
  const py::object answer = call(stream_, python().tell);
  if (!answer) return fail(take_exception({reads_, closed_, PythonCall::kOther}));
  const unsigned long long position =
      PyLong_Check(answer.ptr()) ? PyLong_AsUnsignedLongLong(answer.ptr()) : ~0ULL;
  if (position != ~0ULL) return position;
  PyErr_Clear();
  return fail(io_error(0, "tell() returned " + python_repr(answer)));
}

Result<void> PythonStream::close() {
  offers_tell();
  const auto answer = call(stream_, python().close);
  Result<void> result{};
  if (!answer) result = fail(take_exception({reads_, closed_, PythonCall::kOther}));
  if (close_result_.has_value()) return result.has_value() ? *close_result_ : result;
  if (failed_with(result, Code::kWouldBlock)) return result;
  closed_ = true;
  if (!closes_below_) {
    const auto below = below_->close();
    if (result.has_value()) result = below;
  }
  if (failure_.has_value() && !reads_) result = fail(*failure_);
  close_result_ = result;
  return result;
}

Result<std::size_t> PythonSink::write(std::span<const std::byte> input) {
  if (const Error* error = stream_.repeated()) return fail(*error);
  const Lent lent(input);
  const py::object answer = call(stream_.stream_, python().write, lent.object());
  if (!input.empty() && std::memcmp(lent.data(), input.data(), input.size()) != 0) {
    // It is the caller's own buffer, which the stream was not to change.
    std::memcpy(const_cast<std::byte*>(input.data()), lent.data(), input.size());
  }
  Result<std::size_t> result = std::size_t{0};
  if (answer) {
    result = stream_.count_of(answer, "write", input.size());
  } else {
    // "If this exception occurs, the raw stream has taken so many": of a buffered stream.
    std::size_t written = 0;
    if (PyErr_ExceptionMatches(PyExc_BlockingIOError)) {
      PyObject *type = nullptr, *value = nullptr, *traceback = nullptr;
      PyErr_Fetch(&type, &value, &traceback);
      PyErr_NormalizeException(&type, &value, &traceback);
      const auto count = py::reinterpret_steal<py::object>(
          PyObject_GetAttr(value, python().characters_written.ptr()));
      if (count && PyLong_Check(count.ptr())) written = PyLong_AsSize_t(count.ptr());
      PyErr_Clear();
      PyErr_Restore(type, value, traceback);
    }
    const Error error = stream_.fail_with_exception();
    if (written == 0 || written > input.size()) return fail(error);
    result = written;
  }
  if (result.has_value()) taken_ += std::min(*result, input.size());
  return result;
}

Result<void> PythonSink::flush() {
  if (const Error* error = stream_.repeated()) return fail(*error);
  if (call(stream_.stream_, python().flush)) return {};
  return fail(stream_.fail_with_exception());
}

Result<std::uint64_t> PythonSink::tell() const { return stream_.tell(taken_); }

Result<void> PythonSink::close() { return stream_.close(); }

PythonSource::PythonSource(std::unique_ptr<RawStream> below, py::object stream, bool closes_below)
    : stream_(std::move(below), std::move(stream), closes_below, true),
      has_readinto_(reads_into(stream_.object())) {}

Result<std::size_t> PythonSource::read(std::span<std::byte> output) {
  if (const Error* error = stream_.repeated()) return fail(*error);
  Result<std::size_t> result = std::size_t{0};
  if (has_readinto_) {
    const Lent lent(output);
    const py::object answer = call(stream_.stream_, python().readinto, lent.object());
    // All of it: what lies behind the count is the caller's, too.
    if (!output.empty()) std::memcpy(output.data(), lent.data(), output.size());
    if (!answer) return fail(stream_.fail_with_exception());
    result = stream_.count_of(answer, "readinto", output.size());
  } else {
    const auto size = py::reinterpret_steal<py::object>(PyLong_FromSize_t(output.size()));
    const py::object answer = call(stream_.stream_, python().read, size.ptr());
    if (!answer) return fail(stream_.fail_with_exception());
    if (answer.is_none()) return stream_.count_of(answer, "read", output.size());
    Py_buffer view;
    if (PyObject_GetBuffer(answer.ptr(), &view, PyBUF_SIMPLE) != 0) {
      return fail(stream_.fail_with_exception());
    }
    const auto count = static_cast<std::size_t>(view.len);
    if (std::min(count, output.size()) > 0) {
      std::memcpy(output.data(), view.buf, std::min(count, output.size()));
    }
    PyBuffer_Release(&view);
    result = count;
  }
  if (result.has_value()) position_ += std::min(*result, output.size());
  return result;
}

bool PythonSource::seekable() const { return stream_.says(python().seekable); }

Result<std::uint64_t> PythonSource::seek(std::int64_t offset, Whence whence) {
  if (const Error* error = stream_.repeated()) return fail(*error);
  const auto to = py::reinterpret_steal<py::object>(PyLong_FromLongLong(offset));
  const auto from = py::reinterpret_steal<py::object>(PyLong_FromLong(static_cast<long>(whence)));
  const auto answer = back_from_python(PyObject_CallMethodObjArgs(
      stream_.stream_.ptr(), python().seek.ptr(), to.ptr(), from.ptr(), nullptr));
  if (!answer) {
    const bool refused = !stream_.closed_ && (PyErr_ExceptionMatches(PyExc_OSError) ||
                                              PyErr_ExceptionMatches(PyExc_AttributeError));
    const Error error = take_exception({true, stream_.closed_, PythonCall::kSeek});
    if (refused && !seekable()) return fail(Error(Code::kNotSeekable, error.detail.view()));
    // What may be asked again, or refused, has not broken the stream.
    if (!stream_.closed_ && error.code != Code::kWouldBlock &&
        error.code != Code::kInvalidArgument && error.code != Code::kNotSeekable) {
      stream_.failure_ = error;
    }
    return fail(error);
  }
  const unsigned long long position =
      PyLong_Check(answer.ptr()) ? PyLong_AsUnsignedLongLong(answer.ptr()) : ~0ULL;
  if (position == ~0ULL) {
    PyErr_Clear();
    return fail(io_error(0, "seek() returned " + python_repr(answer)));
  }
  return position_ = position;
}

Result<std::uint64_t> PythonSource::tell() const { return stream_.tell(position_); }

Result<void> PythonSource::close() { return stream_.close(); }

py::object PythonTransform::wrap(const py::object& below, const py::str& method,
                                 const char* mode) const {
  switch (shape_) {
    case PythonShape::kExtension:
    case PythonShape::kFunctions:
      return call(object_, method, below.ptr());
    case PythonShape::kFile:
      return back_from_python(PyObject_CallFunction(object_.ptr(), "Os", below.ptr(), mode));
    case PythonShape::kFileNamed:
      break;
  }
  const auto named = py::reinterpret_steal<py::object>(
      Py_BuildValue("{s:O,s:s}", "fileobj", below.ptr(), "mode", mode));
  const auto none = py::reinterpret_steal<py::object>(PyTuple_New(0));
  return back_from_python(PyObject_Call(object_.ptr(), none.ptr(), named.ptr()));
}

Result<std::unique_ptr<Sink>> PythonTransform::transform_to(std::unique_ptr<Sink> output) const {
  auto below = std::make_unique<RawStream>(std::move(output));
  py::object stream = wrap(below->object(), python().transform_to, "wb");
  if (!stream) return fail(take_exception({}));
  return std::make_unique<PythonSink>(std::move(below), std::move(stream), closes_below(shape_));
}

Result<std::unique_ptr<Source>> PythonTransform::transform_from(
    std::unique_ptr<Source> input) const {
  auto below = std::make_unique<RawStream>(std::move(input));
  py::object stream = wrap(below->object(), python().transform_from, "rb");
  if (!stream) return fail(take_exception({.reads = true}));
  return std::make_unique<PythonSource>(std::move(below), std::move(stream), closes_below(shape_));
}

Descriptor PythonTransform::descriptor() const {
  if (shape_ != PythonShape::kExtension) return fixed_;
  return python_descriptor(object_, python().get_descriptor);
}

Descriptor python_descriptor(const py::object& object, const py::str& method) {
  const std::string name = method;
  const py::object answer = call(object, method);
  if (!answer) throw std::runtime_error(name + "() raises " + exception_text());
  const auto bytes = py::reinterpret_steal<py::object>(
      PyUnicode_Check(answer.ptr())
          ? PyUnicode_AsEncodedString(answer.ptr(), "utf-8", "surrogateescape")
          : nullptr);
  PyErr_Clear();
  if (bytes) {
    std::string text(kPythonPrefix);
    text.append(PyBytes_AS_STRING(bytes.ptr()),
                static_cast<std::size_t>(PyBytes_GET_SIZE(bytes.ptr())));
    auto parsed = Descriptor::parse(text);
    if (parsed.has_value()) return std::move(*parsed);
  }
  throw std::runtime_error(name + "() returns " + python_repr(answer) +
                           ", which is no descriptor: name[@local-domain][/version]");
}

}  // namespace weir::properties
