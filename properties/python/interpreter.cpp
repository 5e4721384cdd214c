#include "properties/python/interpreter.h"

#include <pthread.h>

#include <cstdlib>
#include <stdexcept>

#include "weir/check.h"

namespace weir::properties {
namespace {

// Whoever forks without holding the interpreter does not mean to use it in the child.
bool ours() { return Py_IsInitialized() != 0 && PyGILState_Check() != 0; }
void before_fork() {
  if (ours()) PyOS_BeforeFork();
}
void after_fork_parent() {
  if (ours()) PyOS_AfterFork_Parent();
}
void after_fork_child() {
  if (ours()) PyOS_AfterFork_Child();
}

void start() {
#ifdef WEIR_PYTHON_MALLOC
  PyPreConfig early;
  PyPreConfig_InitPythonConfig(&early);
  early.parse_argv = 0;
  early.allocator = PYMEM_ALLOCATOR_MALLOC;
  WEIR_CHECK(PyStatus_Exception(Py_PreInitialize(&early)) == 0, "Python can be configured");
#endif
  PyConfig config;
  PyConfig_InitPythonConfig(&config);
  config.parse_argv = 0;
  config.install_signal_handlers = 0;
  config.write_bytecode = 0;
  // The same case twice gives the same verdict.
  config.use_hash_seed = 1;
  config.hash_seed = 0;
  try {
    py::initialize_interpreter(&config, 0, nullptr, false);
  } catch (const std::runtime_error& error) {
    const char* const home = std::getenv("PYTHONHOME");
    throw std::runtime_error("Python cannot be started: " + std::string(error.what()) +
                             (home != nullptr
                                  ? "; PYTHONHOME is '" + std::string(home) + "'"
                                  : "; this is " + python_version() + ", is it all installed?"));
  }
  ::pthread_atfork(before_fork, after_fork_parent, after_fork_child);
  // A report on standard output has it for itself; what a finaliser throws concerns nobody.
  py::exec(
      "import os, sys\n"
      "sys.stdout = sys.stderr\n"
      "sys.unraisablehook = lambda unraisable: None\n"
      // As python does, which passes over a folder that is gone.
      "try: sys.path.insert(0, os.getcwd())\n"
      "except OSError: pass\n");
}

}  // namespace

const PythonWords& python() {
  // Never destroyed, as the interpreter is not.
  static const PythonWords& words = []() -> const PythonWords& {
    start();
    auto* const made = new PythonWords;
    const py::module_ io = py::module_::import("io");
    made->raw_io_base = io.attr("RawIOBase");
    made->io_base = io.attr("IOBase");
    made->unsupported_operation = io.attr("UnsupportedOperation");
    made->thrown_below = py::reinterpret_steal<py::object>(
        PyErr_NewException("weir.ThrownBelow", PyExc_BaseException, nullptr));
    if (!made->thrown_below) throw py::error_already_set();
    return *made;
  }();
  return words;
}

std::string python_version() {
  const std::string_view all = Py_GetVersion();
  return std::string(all.substr(0, all.find(' ')));
}

}  // namespace weir::properties
