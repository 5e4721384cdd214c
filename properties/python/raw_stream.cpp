#include "properties/python/raw_stream.h"

#include <span>
#include <utility>

#include "properties/python/python_error.h"
#include "weir/check.h"

namespace weir::properties {
namespace {

// What an object has behind what io.RawIOBase has. Without a stream it is closed.
struct Fields {
  Sink* sink;
  Source* source;
  bool closed;
};
std::size_t fields_offset = 0;
Fields& fields_of(PyObject* self) {
  return *reinterpret_cast<Fields*>(reinterpret_cast<char*>(self) + fields_offset);
}

bool is_closed(const Fields& fields) {
  return fields.closed || (fields.sink == nullptr && fields.source == nullptr);
}

// Whether something can be done; otherwise an exception is set.
bool check_open(const Fields& fields) {
  if (is_closed(fields)) raise_as_python(Error(Code::kClosed));
  return !is_closed(fields);
}
template <class Stream>
bool check_open(const Fields& fields, Stream* stream, const char* what) {
  if (!check_open(fields)) return false;
  if (stream == nullptr) PyErr_SetString(python().unsupported_operation.ptr(), what);
  return stream != nullptr;
}

// The bytes of an argument, for as long as this lives.
class Buffer {
 public:
  Buffer(PyObject* object, int flags) : held_(PyObject_GetBuffer(object, &view_, flags) == 0) {}
  ~Buffer() {
    if (held_) PyBuffer_Release(&view_);
  }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  /// False: an exception is set.
  bool held() const { return held_; }
  std::span<std::byte> bytes() const {
    return {static_cast<std::byte*>(view_.buf), static_cast<std::size_t>(view_.len)};
  }

 private:
  Py_buffer view_{};
  bool held_;
};

PyObject* count_or_none(const Result<std::size_t>& result) {
  if (result.has_value()) return PyLong_FromSize_t(*result);
  if (result.error().code != Code::kWouldBlock) return raise_as_python(result.error());
  Py_RETURN_NONE;
}

PyObject* raw_write(PyObject* self, PyObject* argument) {
  const Fields& fields = fields_of(self);
  if (!check_open(fields, fields.sink, "write")) return nullptr;
  const Buffer buffer(argument, PyBUF_SIMPLE);
  if (!buffer.held()) return nullptr;
  return count_or_none(fields.sink->write(buffer.bytes()));
}

PyObject* raw_readinto(PyObject* self, PyObject* argument) {
  const Fields& fields = fields_of(self);
  if (!check_open(fields, fields.source, "readinto")) return nullptr;
  const Buffer buffer(argument, PyBUF_WRITABLE);
  if (!buffer.held()) return nullptr;
  return count_or_none(fields.source->read(buffer.bytes()));
}

// Python's own would believe any count and look behind its buffer; newer ones of it say this.
PyObject* raw_read(PyObject* self, PyObject* const* arguments, Py_ssize_t count) {
  const Fields& fields = fields_of(self);
  if (!check_open(fields, fields.source, "read")) return nullptr;
  if (count > 1) {
    PyErr_SetString(PyExc_TypeError, "read() takes at most one argument");
    return nullptr;
  }
  Py_ssize_t size = -1;
  if (count == 1 && arguments[0] != Py_None) {
    size = PyNumber_AsSsize_t(arguments[0], PyExc_OverflowError);
    if (size == -1 && PyErr_Occurred()) return nullptr;
  }
  if (size < 0) return PyObject_CallMethod(self, "readall", nullptr);
  auto result = py::reinterpret_steal<py::object>(PyBytes_FromStringAndSize(nullptr, size));
  if (!result) return nullptr;
  const auto given =
      fields.source->read({reinterpret_cast<std::byte*>(PyBytes_AS_STRING(result.ptr())),
                           static_cast<std::size_t>(size)});
  if (!given.has_value()) return count_or_none(given);
  if (*given > static_cast<std::size_t>(size)) {
    return PyErr_Format(PyExc_ValueError, "readinto returned %zu outside buffer size %zd", *given,
                        size);
  }
  PyObject* bytes = result.release().ptr();
  _PyBytes_Resize(&bytes, static_cast<Py_ssize_t>(*given));
  return bytes;
}

PyObject* raw_seek(PyObject* self, PyObject* const* arguments, Py_ssize_t count) {
  const Fields& fields = fields_of(self);
  if (!check_open(fields)) return nullptr;
  if (count < 1 || count > 2) {
    PyErr_SetString(PyExc_TypeError, "seek() takes one or two arguments");
    return nullptr;
  }
  const auto number = py::reinterpret_steal<py::object>(PyNumber_Index(arguments[0]));
  if (!number) return nullptr;
  const long long offset = PyLong_AsLongLong(number.ptr());
  if (offset == -1 && PyErr_Occurred()) return nullptr;
  const long whence = count == 2 ? PyLong_AsLong(arguments[1]) : 0;
  if (whence == -1 && PyErr_Occurred()) return nullptr;
  if (whence < 0 || whence > 2) return raise_as_python(Error(Code::kInvalidArgument));
  if (fields.source == nullptr) return raise_as_python(Error(Code::kNotSeekable));
  const auto result = fields.source->seek(offset, static_cast<Whence>(whence));
  if (!result.has_value()) return raise_as_python(result.error());
  return PyLong_FromUnsignedLongLong(*result);
}

PyObject* raw_tell(PyObject* self, PyObject*) {
  const Fields& fields = fields_of(self);
  if (!check_open(fields)) return nullptr;
  const auto result = fields.source != nullptr ? fields.source->tell() : fields.sink->tell();
  if (!result.has_value()) return raise_as_python(result.error());
  return PyLong_FromUnsignedLongLong(*result);
}

PyObject* raw_flush(PyObject* self, PyObject*) {
  const Fields& fields = fields_of(self);
  if (!check_open(fields)) return nullptr;
  if (fields.sink != nullptr) {
    const auto result = fields.sink->flush();
    if (!result.has_value()) return raise_as_python(result.error());
  }
  Py_RETURN_NONE;
}

// Closed is closed, also after a failure; and only the first close does anything.
Result<void> close_once(Fields& fields) {
  if (is_closed(fields)) return {};
  const auto result = fields.sink != nullptr ? fields.sink->close() : fields.source->close();
  if (!failed_with(result, Code::kWouldBlock)) fields.closed = true;
  return result;
}

PyObject* raw_close(PyObject* self, PyObject*) {
  const auto result = close_once(fields_of(self));
  if (!result.has_value()) return raise_as_python(result.error());
  Py_RETURN_NONE;
}

PyObject* raw_readable(PyObject* self, PyObject*) {
  const Fields& fields = fields_of(self);
  return check_open(fields) ? PyBool_FromLong(fields.source != nullptr) : nullptr;
}
PyObject* raw_writable(PyObject* self, PyObject*) {
  const Fields& fields = fields_of(self);
  return check_open(fields) ? PyBool_FromLong(fields.sink != nullptr) : nullptr;
}
PyObject* raw_seekable(PyObject* self, PyObject*) {
  const Fields& fields = fields_of(self);
  if (!check_open(fields)) return nullptr;
  return PyBool_FromLong(fields.source != nullptr && fields.source->seekable());
}

PyObject* raw_closed(PyObject* self, void*) { return PyBool_FromLong(is_closed(fields_of(self))); }

// How Python calls a function of the above: behind what was thrown, nothing goes below any more.
template <auto kFunction>
struct Guarded;
template <class... Arguments, PyObject* (*kFunction)(PyObject*, Arguments...)>
struct Guarded<kFunction> {
  static PyObject* call(PyObject* self, Arguments... arguments) noexcept {
    if (raise_if_thrown()) return nullptr;
    try {
      return kFunction(self, arguments...);
    } catch (...) {
      return keep_thrown();
    }
  }
};

template <auto kFunction>
PyCFunction method() {
  return reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(&Guarded<kFunction>::call));
}

PyTypeObject* make_type() {
  static PyMethodDef methods[] = {
      {"write", method<raw_write>(), METH_O, nullptr},
      {"readinto", method<raw_readinto>(), METH_O, nullptr},
      {"read", method<raw_read>(), METH_FASTCALL, nullptr},
      {"seek", method<raw_seek>(), METH_FASTCALL, nullptr},
      {"tell", method<raw_tell>(), METH_NOARGS, nullptr},
      {"flush", method<raw_flush>(), METH_NOARGS, nullptr},
      {"close", method<raw_close>(), METH_NOARGS, nullptr},
      {"readable", method<raw_readable>(), METH_NOARGS, nullptr},
      {"writable", method<raw_writable>(), METH_NOARGS, nullptr},
      {"seekable", method<raw_seekable>(), METH_NOARGS, nullptr},
      {},
  };
  static PyGetSetDef properties[] = {{"closed", raw_closed, nullptr, nullptr, nullptr}, {}};
  static PyType_Slot slots[] = {{Py_tp_methods, methods}, {Py_tp_getset, properties}, {0, nullptr}};
  PyObject* const base = python().raw_io_base.ptr();
  fields_offset = static_cast<std::size_t>(reinterpret_cast<PyTypeObject*>(base)->tp_basicsize);
  PyType_Spec spec{"weir.RawStream", static_cast<int>(fields_offset + sizeof(Fields)), 0,
                   Py_TPFLAGS_DEFAULT, slots};
  PyObject* const type = PyType_FromSpecWithBases(&spec, base);
  if (type == nullptr) throw py::error_already_set();
  return reinterpret_cast<PyTypeObject*>(type);
}

py::object make_object(Sink* sink, Source* source) {
  static PyTypeObject* const type = make_type();
  PyObject* const made = type->tp_alloc(type, 0);
  if (made == nullptr) {
    PyErr_Clear();
    throw std::bad_alloc();
  }
  fields_of(made) = {sink, source, false};
  return py::reinterpret_steal<py::object>(made);
}

}  // namespace

RawStream::RawStream(std::unique_ptr<Sink> sink)
    : sink_(std::move(sink)), object_(make_object(sink_.get(), nullptr)) {}

RawStream::RawStream(std::unique_ptr<Source> source)
    : source_(std::move(source)), object_(make_object(nullptr, source_.get())) {}

RawStream::~RawStream() { fields_of(object_.ptr()) = {nullptr, nullptr, true}; }

Result<void> RawStream::close() { return close_once(fields_of(object_.ptr())); }

}  // namespace weir::properties
