#include "properties/python/python_subject.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <optional>
#include <utility>
#include <vector>

#include "properties/python/interpreter.h"
#include "properties/python/python_error.h"
#include "properties/python/python_transform.h"
#include "properties/try_apart.h"
#include "weir/builtin.h"
#include "weir/memory.h"

namespace weir::properties {
namespace {

bool has(const py::object& object, const py::str& name) {
  return PyObject_HasAttr(object.ptr(), name.ptr()) != 0;
}

// "gzip:GzipFile", as it was given.
std::string spelt(const PythonName& name) {
  return name.object.empty() ? name.place : name.place + ":" + name.object;
}

// The last part of a module's or a file's name, with a name's letters only.
std::string stem_of(const PythonName& name) {
  std::string stem = name.place;
  if (name.is_file) {
    stem.erase(0, stem.rfind('/') + 1);
    if (stem.ends_with(".py")) stem.resize(stem.size() - 3);
  }
  return stem;
}

// A descriptor for what has none.
Descriptor made_descriptor(const PythonName& name) {
  std::string text = std::string(kPythonPrefix) + stem_of(name);
  if (!name.object.empty()) text += "." + name.object;
  for (char& c : text) {
    const bool fits = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '.' || c == '_' || c == '-';
    if (!fits) c = '_';
  }
  if (text.size() > 200) text.resize(200);
  return *Descriptor::parse(text + "/1");
}

// Null: an exception is set.
py::object import_file(const std::string& path) {
  static int count = 0;
  const py::dict scope;
  scope["path"] = path;
  scope["name"] = "weir_file_" + std::to_string(count++);
  // As `python FILE` does, its own folder is looked through first.
  py::exec(
      "import importlib.util, os, sys\n"
      "from importlib.machinery import SourceFileLoader\n"
      "sys.path.insert(0, os.path.dirname(os.path.abspath(path)))\n"
      "loader = SourceFileLoader(name, path)\n"
      "spec = importlib.util.spec_from_file_location(name, path, loader=loader)\n"
      "module = importlib.util.module_from_spec(spec)\n"
      "sys.modules[name] = module\n"
      "spec.loader.exec_module(module)\n",
      py::globals(), scope);
  return scope["module"];
}

std::string import(const PythonName& name, py::object& module) {
  try {
    if (name.is_file) {
      module = import_file(name.place);
    } else {
      module = py::module_::import(name.place.c_str());
    }
    return {};
  } catch (py::error_already_set& error) {
    std::string why;
    const bool missing = error.matches(PyExc_ModuleNotFoundError);
    error.restore();
    why = exception_text();
    if (missing) {
      why += "; this is Python " + python_version() +
             ", which looks into the current folder, PYTHONPATH and its own packages";
    }
    return why;
  }
}

std::string find(const PythonName& name, py::object& object) {
  std::string so_far = name.is_file ? "the file" : "module '" + name.place + "'";
  for (std::string_view rest = name.object; !rest.empty();) {
    const std::string part(rest.substr(0, rest.find('.')));
    rest.remove_prefix(std::min(part.size() + 1, rest.size()));
    auto found =
        py::reinterpret_steal<py::object>(PyObject_GetAttrString(object.ptr(), part.c_str()));
    if (!found) {
      PyErr_Clear();
      const py::list close = py::module_::import("difflib").attr("get_close_matches")(
          part, py::module_::import("builtins").attr("dir")(object), 1);
      std::string wrong = so_far;
      wrong.append(" has no '").append(part).append("'");
      if (!close.empty()) {
        wrong.append("; did you mean '").append(std::string(py::str(close[0]))).append("'?");
      }
      return wrong;
    }
    object = std::move(found);
    so_far = "'" + part + "'";
  }
  return {};
}

// "fileobj" as gzip.GzipFile and tarfile.open call it, whose first parameter is a name.
bool takes_fileobj(const py::object& callable) {
  try {
    const py::object signature = py::module_::import("inspect").attr("signature")(callable);
    return signature.attr("parameters").contains("fileobj");
  } catch (const py::error_already_set&) {
    return false;  // written in C, without a signature
  }
}

// Which shape `object` has. Returns why it has none.
std::string shape_of(const py::object& object, PythonShape& shape) {
  const PythonWords& words = python();
  const bool to = has(object, words.transform_to);
  const bool from = has(object, words.transform_from);
  if (to != from) {
    return std::string("has ") + (to ? "transform_to" : "transform_from") + " but no " +
           (to ? "transform_from" : "transform_to");
  }
  if (!to) {
    if (PyCallable_Check(object.ptr()) == 0) {
      return "has neither transform_to and transform_from nor can it be called with a file object "
             "and a mode";
    }
    shape = takes_fileobj(object) ? PythonShape::kFileNamed : PythonShape::kFile;
    return {};
  }
  shape = PythonShape::kFunctions;
  std::string missing;
  int described = 0;
  for (const py::str& name : {words.get_descriptor, words.from_descriptor, words.registry_name}) {
    if (has(object, name)) {
      ++described;
    } else {
      missing += (missing.empty() ? "" : ", ") + std::string(name);
    }
  }
  if (described == 0) return {};
  if (described < 3) return "describes itself, but lacks " + missing;
  shape = PythonShape::kExtension;
  return {};
}

// An instance, where `object` is a class of them; itself otherwise. Null: an exception is set.
py::object instance_of(const py::object& object) {
  if (PyType_Check(object.ptr()) == 0) return object;
  return back_from_python(PyObject_CallNoArgs(object.ptr()));
}

Result<std::unique_ptr<StreamTransform>> make_instance_of(PythonShape shape,
                                                          const py::object& object,
                                                          const Descriptor& fixed) {
  py::object instance = object;
  if (closes_below(shape)) instance = instance_of(object);
  if (!instance) return fail(take_exception({}));
  return std::make_unique<PythonTransform>(shape, std::move(instance), fixed);
}

// Whether `words` name `version`, as it is or as Python prints it.
bool names_version(const std::string& words, const py::object& version) {
  const std::string printed = python_repr(version);
  return words.find(python_text(version)) != std::string::npos ||
         words.find(printed.substr(1, printed.size() - 2)) != std::string::npos;
}

Result<std::unique_ptr<StreamTransform>> from_version(const py::object& object,
                                                      const Descriptor& fixed,
                                                      std::string_view version) {
  const auto text = py::reinterpret_steal<py::object>(PyUnicode_DecodeUTF8(
      version.data(), static_cast<Py_ssize_t>(version.size()), "surrogateescape"));
  auto made = back_from_python(
      PyObject_CallMethodOneArg(object.ptr(), python().from_descriptor.ptr(), text.ptr()));
  if (!made) {
    Error error = take_exception({.call = PythonCall::kVersion});
    // Python prints a version in its own way, and what it says may be long: what counts is that it
    // says it.
    if (names_version(traceback_of(error.detail.view()) + std::string(error.detail.view()), text)) {
      Detail detail;
      detail.append("'").append(version).append("': ").append(error.detail.view());
      error.detail = detail;
    }
    return fail(error);
  }
  if (!has(made, python().transform_to) || !has(made, python().transform_from)) {
    return fail(io_error(0, "from_descriptor() returned " + python_repr(made)));
  }
  return std::make_unique<PythonTransform>(PythonShape::kExtension, std::move(made), fixed);
}

// What an exception said, and where it came from.
std::string words_of(const Error& error) {
  const std::string detail(error.detail.view());
  const std::string more = traceback_of(detail);
  return more.empty() ? detail : detail + " (" + more + ")";
}

// What the streams of `transform` are, as far as one that is empty tells. Returns why they cannot
// be made.
std::string observe(const StreamTransform& transform, Traits& traits, bool& raw) {
  const PythonWords& words = python();
  const auto is = [](const PythonStream& stream, const py::object& type) {
    return PyObject_IsInstance(stream.object().ptr(), type.ptr()) == 1;
  };
  const auto lacks = [](const PythonStream& stream, const py::str& method, const char* what) {
    if (stream.has(method)) return std::string();
    return std::string("gives ") + Py_TYPE(stream.object().ptr())->tp_name + " to " + what +
           ", which has no " + std::string(method);
  };
  traits = 0;
  ByteBuffer encoded;
  const auto sink = transform.transform_to(std::make_unique<MemorySink>(encoded));
  if (!sink.has_value()) {
    return "gives no stream to write to: " + words_of(sink.error());
  }
  const PythonStream& writer = static_cast<const PythonSink&>(**sink).stream();
  for (const auto* method : {&words.write, &words.flush, &words.close}) {
    std::string missing = lacks(writer, *method, "write to");
    if (!missing.empty()) return missing;
  }
  raw = is(writer, words.raw_io_base);
  bool python_like = is(writer, words.io_base);
  static_cast<void>((*sink)->close());
  // What does not read an empty stream may have a fault for the contract to find.
  const auto source = transform.transform_from(std::make_unique<MemorySource>(encoded.bytes()));
  if (source.has_value()) {
    const PythonStream& reader = static_cast<const PythonSource&>(**source).stream();
    std::string missing = lacks(reader, words.close, "read from");
    if (missing.empty() && !reader.has(words.readinto)) {
      missing = lacks(reader, words.read, "read from");
    }
    if (!missing.empty()) return missing;
    raw = raw && is(reader, words.raw_io_base);
    python_like = python_like && is(reader, words.io_base);
    // Others may stop at the end where a seek goes past it, which Python does not rule out.
    if (raw && (*source)->seekable()) traits |= properties::traits(Trait::kSeekable);
  }
  traits |= find_profile(raw ? "raw" : python_like ? "buffered" : "blocking")->traits;
  return {};
}

void exempt(Subject& subject, std::initializer_list<std::string_view> clauses,
            std::string_view reason) {
  for (const std::string_view clause : clauses) subject.inapplicable.push_back({clause, reason});
}

}  // namespace

PythonName parse_python_name(bool is_file, std::string_view text) {
  PythonName name;
  name.is_file = is_file;
  const std::size_t colon = text.rfind(':');
  // A colon may be part of a folder's name.
  const bool names_object =
      colon != std::string_view::npos && text.find('/', colon) == std::string_view::npos;
  name.place = text.substr(0, names_object ? colon : text.size());
  if (names_object) name.object = text.substr(colon + 1);
  return name;
}

namespace {

std::string make_here(const PythonName& name, Subject& subject) {
  const PythonWords& words = python();
  py::object object;
  std::string why = import(name, object);
  if (why.empty()) why = find(name, object);
  if (!why.empty()) return why;
  PythonShape shape{};
  why = shape_of(object, shape);
  if (!why.empty()) return "it " + why;

  const Descriptor fixed = made_descriptor(name);
  bool raw = false;
  subject = {};
  subject.name = fixed.str();
  subject.summary = "In Python: " + spelt(name) + ".";
  const auto make = [shape, object, fixed] { return make_instance_of(shape, object, fixed); };
  try {
    const auto first = make();
    if (!first.has_value()) {
      return "it cannot be made without arguments: " + words_of(first.error());
    }
    why = observe(**first, subject.traits, raw);
    if (!why.empty()) return "it " + why;
    if (shape == PythonShape::kExtension) {
      const Descriptor own = (*first)->descriptor();
      const Descriptor registered = python_descriptor(object, words.registry_name);
      if (registered.has_version()) {
        return "its registry_name() returns '" +
               std::string(registered.str().substr(kPythonPrefix.size())) +
               "': a name has no version";
      }
      subject.name = std::string(registered.name()) + "/" + std::string(own.version());
    }
  } catch (const PythonExit& left) {
    return "it raises " + std::string(left.what()) +
           " when it is tried: a transform must not end the program";
  } catch (const std::runtime_error& error) {
    return "its " + std::string(error.what());
  }

  Extension extension;
  extension.name = std::string(Descriptor::parse(subject.name)->name());
  if (shape == PythonShape::kExtension) {
    extension.from_version = [object, fixed](std::string_view version) {
      return from_version(object, fixed, version);
    };
  } else {
    extension.from_version = [make](std::string_view) { return make(); };
  }
  subject.make_registry = [extension] {
    ExtensionRegistry registry = test_extension_registry();
    registry.add(extension);
    return registry;
  };
  subject.from_descriptor_list =
      [registry = subject.make_registry()](std::span<const std::string> descriptors) {
        return registry.from_descriptor_list(descriptors);
      };
  // As a host makes one to write with; the other way is for those who read.
  subject.make = make;
  subject.explain = traceback_of;
  subject.close_waits = true;
  exempt(subject, {"allocation-fault"},
         "runs in an interpreter, which ends the process where it gets no memory");
  exempt(subject, {"no-leaks"},
         "runs in an interpreter, which frees what it likes and when it likes");
  exempt(subject, {"abandon"},
         "has Python's streams, which close themselves when they are dropped");
  if (shape != PythonShape::kExtension) {
    exempt(subject,
           {"self-describing", "descriptor-round-trip", "descriptor-own", "version-compatible",
            "version-rejected", "name-rejected", "list-atomic", "registry-hygiene"},
           "has no descriptor");
  }
  if (!raw) {
    exempt(subject, {"distrust"}, "is no raw stream: it may take counts from below on trust");
  }
  if (!closes_below(shape)) {
    exempt(subject, {"close-fault"}, "leaves closing the file object to its caller");
  }
  return {};
}

std::string make_or_say_why(const PythonName& name, Subject& subject) {
  try {
    return make_here(name, subject);
  } catch (const std::exception& error) {
    return error.what();
  }
}

// While it lives, what is written to standard output goes to standard error: a report has the
// former for itself.
class OutputAside {
 public:
  OutputAside() : output_(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3)) {
    if (output_ >= 0) ::dup2(STDERR_FILENO, STDOUT_FILENO);
  }
  ~OutputAside() {
    if (output_ < 0) return;
    ::dup2(output_, STDOUT_FILENO);
    ::close(output_);
  }
  OutputAside(const OutputAside&) = delete;
  OutputAside& operator=(const OutputAside&) = delete;

 private:
  int output_;
};

}  // namespace

std::string make_python_subject(const PythonName& name, Subject& subject) {
  const ToldApart told = ask_apart([&] { return make_or_say_why(name, subject); });
  if (!told.fate.empty()) return told.fate;
  if (!told.answer.empty()) return told.answer;
  std::fflush(stdout);
  const OutputAside aside;
  return make_or_say_why(name, subject);
}

}  // namespace weir::properties
