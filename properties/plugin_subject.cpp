#include "properties/plugin_subject.h"

#include <cstring>
#include <exception>
#include <memory>
#include <new>
#include <utility>

#include "properties/allocation.h"
#include "properties/foreign_breach.h"
#include "properties/plugin_library.h"
#include "weir/builtin.h"

namespace weir::properties {
namespace {

// Weir's codes, in their order, behind WEIR_OK.
constexpr std::int32_t code_number(Code code) { return static_cast<std::int32_t>(code) + 1; }
static_assert(code_number(Code::kWouldBlock) == WEIR_WOULD_BLOCK);
static_assert(code_number(Code::kIo) == WEIR_IO);
static_assert(code_number(Code::kCorrupt) == WEIR_CORRUPT);
static_assert(code_number(Code::kTruncated) == WEIR_TRUNCATED);
static_assert(code_number(Code::kNotSeekable) == WEIR_NOT_SEEKABLE);
static_assert(code_number(Code::kClosed) == WEIR_CLOSED);
static_assert(code_number(Code::kInvalidArgument) == WEIR_INVALID_ARGUMENT);
static_assert(code_number(Code::kLimitExceeded) == WEIR_LIMIT_EXCEEDED);
static_assert(code_number(Code::kOutOfMemory) == WEIR_OUT_OF_MEMORY);
static_assert(code_number(Code::kBadStream) == WEIR_BAD_STREAM);
static_assert(code_number(Code::kMalformedDescriptor) == WEIR_MALFORMED_DESCRIPTOR);
static_assert(code_number(Code::kUnknownExtension) == WEIR_UNKNOWN_EXTENSION);
static_assert(code_number(Code::kUnsupportedVersion) == WEIR_UNSUPPORTED_VERSION);
static_assert(static_cast<int>(Whence::kSet) == WEIR_SEEK_SET);
static_assert(static_cast<int>(Whence::kCurrent) == WEIR_SEEK_CURRENT);
static_assert(static_cast<int>(Whence::kEnd) == WEIR_SEEK_END);
static_assert(Error::kNoOffset == WEIR_NO_OFFSET);

// ---- what a plug-in says ----

weir_error nothing_said() noexcept {
  weir_error said{};
  said.offset = WEIR_NO_OFFSET;
  return said;
}

// The failure that `code` and `said` mean. A code that is none means nothing.
Error failure(std::int32_t code, const weir_error& said, const char* function) {
  if (code < WEIR_WOULD_BLOCK || code > WEIR_UNSUPPORTED_VERSION) {
    throw ForeignBreach{"unknown-code", "WEIR_OK or another code of weir/plugin.h",
                        std::string(function) + " returned " + std::to_string(code)};
  }
  Error error(static_cast<Code>(code - 1), said.offset,
              std::string_view(said.text, ::strnlen(said.text, sizeof said.text)));
  if (error.code == Code::kIo) error.os_error = said.os_error;
  return error;
}

// ---- what a plug-in is told ----

std::int32_t tell_failure(const Error& error, weir_error* said) noexcept {
  if (said != nullptr) {
    said->offset = error.offset;
    said->os_error = error.os_error;
    const std::string_view text = error.detail.view();
    static_assert(Detail::kCapacity < sizeof said->text);
    std::memcpy(said->text, text.data(), text.size());
    said->text[text.size()] = '\0';
  }
  return code_number(error.code);
}

// A stream below, as the plug-in calls it. No exception passes through the plug-in: one that was
// thrown below goes on behind it.
template <class Stream>
struct StreamBelow {
  std::unique_ptr<Stream> stream;
  std::exception_ptr thrown;

  void go_on() {
    if (thrown) std::rethrow_exception(std::exchange(thrown, nullptr));
  }
};

template <class Stream, class Action>
std::int32_t call_below(void* context, weir_error* said, bool sound, Action action) noexcept {
  if (context == nullptr || !sound) {
    return tell_failure(Error(Code::kInvalidArgument, "a null pointer"), said);
  }
  auto& below = *static_cast<StreamBelow<Stream>*>(context);
  try {
    const auto result = action(*below.stream);
    return result.has_value() ? WEIR_OK : tell_failure(result.error(), said);
  } catch (const std::bad_alloc&) {
    return tell_failure(Error(Code::kOutOfMemory), said);
  } catch (...) {
    below.thrown = std::current_exception();
    return tell_failure(Error(Code::kIo), said);
  }
}

// Puts the value of a result where the plug-in wants it.
template <class T, class Target>
Result<void> give(const Result<T>& result, Target* target) {
  if (!result.has_value()) return fail(result.error());
  *target = *result;
  return {};
}

std::int32_t sink_write(void* context, const std::uint8_t* data, std::size_t size,
                        std::size_t* taken, weir_error* said) {
  return call_below<Sink>(context, said, data != nullptr && taken != nullptr, [&](Sink& sink) {
    return give(sink.write({reinterpret_cast<const std::byte*>(data), size}), taken);
  });
}
std::int32_t sink_flush(void* context, weir_error* said) {
  return call_below<Sink>(context, said, true, [](Sink& sink) { return sink.flush(); });
}
std::int32_t sink_close(void* context, weir_error* said) {
  return call_below<Sink>(context, said, true, [](Sink& sink) { return sink.close(); });
}

std::int32_t source_read(void* context, std::uint8_t* buffer, std::size_t size, std::size_t* given,
                         weir_error* said) {
  return call_below<Source>(
      context, said, buffer != nullptr && given != nullptr, [&](Source& source) {
        return give(source.read({reinterpret_cast<std::byte*>(buffer), size}), given);
      });
}
std::int32_t source_seek(void* context, std::int64_t offset, std::int32_t whence,
                         std::uint64_t* position, weir_error* said) {
  return call_below<Source>(
      context, said, position != nullptr, [&](Source& source) -> Result<void> {
        if (whence < WEIR_SEEK_SET || whence > WEIR_SEEK_END) {
          return fail(Code::kInvalidArgument, "no such whence");
        }
        return give(source.seek(offset, static_cast<Whence>(whence)), position);
      });
}
std::int32_t source_tell(void* context, std::uint64_t* position, weir_error* said) {
  return call_below<Source>(context, said, position != nullptr,
                            [&](Source& source) { return give(source.tell(), position); });
}
std::int32_t source_close(void* context, weir_error* said) {
  return call_below<Source>(context, said, true, [](Source& source) { return source.close(); });
}

// ---- the plug-in's streams ----

// Destroyed behind the last of its streams.
class Instance {
 public:
  Instance(const weir_transform& table, void* value) : table_(table), value_(value) {}
  ~Instance() { table_.destroy(value_); }
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  const weir_transform& table() const noexcept { return table_; }
  void* value() const noexcept { return value_; }

 private:
  const weir_transform& table_;
  void* value_;
};

// What one call of the plug-in comes to.
template <class Stream, class Action>
Result<void> call(StreamBelow<Stream>& below, const char* function, Action action) {
  weir_error said = nothing_said();
  const std::int32_t code = action(&said);
  below.go_on();
  if (code == WEIR_OK) return {};
  return fail(failure(code, said, function));
}

// The pointer of an empty span may be null; what a plug-in is given never is.
const std::uint8_t* data_of(std::span<const std::byte> bytes) noexcept {
  static constexpr std::byte kNothing{};
  return reinterpret_cast<const std::uint8_t*>(bytes.data() != nullptr ? bytes.data() : &kNothing);
}

class PluginSink final : public Sink {
 public:
  PluginSink(std::shared_ptr<const Instance> instance, std::unique_ptr<Sink> below)
      : instance_(std::move(instance)),
        below_{std::move(below), nullptr},
        calls_{&below_, sink_write, sink_flush, sink_close} {}
  ~PluginSink() override {
    if (opened_) table().destroy_writer(writer_);
  }

  Result<void> open() {
    Result<void> result = call(below_, "open_writer", [&](weir_error* said) {
      return table().open_writer(instance_->value(), &calls_, &writer_, said);
    });
    opened_ = result.has_value();
    return result;
  }

  Result<std::size_t> write(std::span<const std::byte> input) override {
    std::size_t taken = 0;
    const Result<void> result = call(below_, "write", [&](weir_error* said) {
      return table().write(writer_, data_of(input), input.size(), &taken, said);
    });
    if (!result) return fail(result.error());
    taken_ += taken;
    return taken;
  }

  Result<void> flush() override {
    return call(below_, "flush", [&](weir_error* said) { return table().flush(writer_, said); });
  }

  Result<std::uint64_t> tell() const override {
    if (table().tell_writer == nullptr) {
      if (closed_) return fail(Code::kClosed);
      return taken_;
    }
    std::uint64_t position = 0;
    const Result<void> result = call(below_, "tell_writer", [&](weir_error* said) {
      return table().tell_writer(writer_, &position, said);
    });
    if (!result) return fail(result.error());
    return position;
  }

  Result<void> close() override {
    closed_ = true;
    return call(below_, "close_writer",
                [&](weir_error* said) { return table().close_writer(writer_, said); });
  }

 private:
  const weir_transform& table() const noexcept { return instance_->table(); }

  std::shared_ptr<const Instance> instance_;
  mutable StreamBelow<Sink> below_;
  weir_sink calls_;
  void* writer_ = nullptr;
  bool opened_ = false;
  bool closed_ = false;
  std::uint64_t taken_ = 0;
};

class PluginSource final : public Source {
 public:
  PluginSource(std::shared_ptr<const Instance> instance, std::unique_ptr<Source> below)
      : instance_(std::move(instance)),
        below_{std::move(below), nullptr},
        calls_{&below_, source_read, below_.stream->seekable() ? source_seek : nullptr, source_tell,
               source_close} {}
  ~PluginSource() override {
    if (opened_) table().destroy_reader(reader_);
  }

  Result<void> open() {
    Result<void> result = call(below_, "open_reader", [&](weir_error* said) {
      return table().open_reader(instance_->value(), &calls_, &reader_, said);
    });
    opened_ = result.has_value();
    return result;
  }

  Result<std::size_t> read(std::span<std::byte> output) override {
    std::size_t given = 0;
    const Result<void> result = call(below_, "read", [&](weir_error* said) {
      return table().read(reader_, const_cast<std::uint8_t*>(data_of(output)), output.size(),
                          &given, said);
    });
    if (!result) return fail(result.error());
    position_ += given;
    return given;
  }

  bool seekable() const override {
    return table().seekable != nullptr && table().seekable(reader_) != 0;
  }

  Result<std::uint64_t> seek(std::int64_t offset, Whence whence) override {
    if (table().seek == nullptr) return fail(Code::kNotSeekable);
    std::uint64_t position = 0;
    const Result<void> result = call(below_, "seek", [&](weir_error* said) {
      return table().seek(reader_, offset, static_cast<std::int32_t>(whence), &position, said);
    });
    if (!result) return fail(result.error());
    position_ = position;
    return position;
  }

  Result<std::uint64_t> tell() const override {
    if (table().tell_reader == nullptr) {
      if (closed_) return fail(Code::kClosed);
      return position_;
    }
    std::uint64_t position = 0;
    const Result<void> result = call(below_, "tell_reader", [&](weir_error* said) {
      return table().tell_reader(reader_, &position, said);
    });
    if (!result) return fail(result.error());
    return position;
  }

  Result<void> close() override {
    closed_ = true;
    return call(below_, "close_reader",
                [&](weir_error* said) { return table().close_reader(reader_, said); });
  }

 private:
  const weir_transform& table() const noexcept { return instance_->table(); }

  std::shared_ptr<const Instance> instance_;
  mutable StreamBelow<Source> below_;
  weir_source calls_;
  void* reader_ = nullptr;
  bool opened_ = false;
  bool closed_ = false;
  std::uint64_t position_ = 0;
};

// A stream of the plug-in over `below`. What stands around it is not the plug-in's allocation.
template <class Made, class Stream>
Result<std::unique_ptr<Stream>> open(const std::shared_ptr<const Instance>& instance,
                                     std::unique_ptr<Stream> below) {
  std::unique_ptr<Made> made;
  {
    const Unmetered harness;
    made = std::make_unique<Made>(instance, std::move(below));
  }
  if (const Result<void> opened = made->open(); !opened) return fail(opened.error());
  return made;
}

class PluginInstance final : public StreamTransform {
 public:
  PluginInstance(std::shared_ptr<const Instance> instance, Descriptor descriptor)
      : instance_(std::move(instance)), descriptor_(std::move(descriptor)) {}
  Result<std::unique_ptr<Sink>> transform_to(std::unique_ptr<Sink> output) const override {
    return open<PluginSink>(instance_, std::move(output));
  }
  Result<std::unique_ptr<Source>> transform_from(std::unique_ptr<Source> input) const override {
    return open<PluginSource>(instance_, std::move(input));
  }
  Descriptor descriptor() const override { return descriptor_; }

 private:
  std::shared_ptr<const Instance> instance_;
  Descriptor descriptor_;
};

// ---- subjects ----

using Made = Result<std::unique_ptr<StreamTransform>>;

// One transform of one plug-in, found again in whatever process makes its instances.
struct Place {
  std::string path;
  std::size_t number;
  std::string name;

  const weir_transform& table() const {
    std::string error;
    const auto* const tables = loaded_plugin(path, error);
    if (tables == nullptr || number >= tables->size() || (*tables)[number]->name != name) {
      throw ForeignBreach{"plugin-changed", "the plug-in as it was before the run",
                          tables == nullptr ? error : "other transforms"};
    }
    return *(*tables)[number];
  }

  template <class Action>
  Made make(const char* function, Action action) const {
    const weir_transform& transform = table();
    weir_error said = nothing_said();
    void* value = nullptr;
    const std::int32_t code = action(transform, &value, &said);
    if (code != WEIR_OK) return fail(failure(code, said, function));
    auto instance = std::make_shared<const Instance>(transform, value);
    return std::make_unique<PluginInstance>(std::move(instance), *Descriptor::parse(name));
  }
  Made make() const {
    return make("make", [](const weir_transform& transform, void** value, weir_error* said) {
      return transform.make(value, said);
    });
  }
  Made make_version(std::string_view version) const {
    Made made =
        make("make_version", [&](const weir_transform& transform, void** value, weir_error* said) {
          return transform.make_version(reinterpret_cast<const char*>(data_of(std::as_bytes(
                                            std::span(version.data(), version.size())))),
                                        version.size(), value, said);
        });
    // Which version it was is what Weir knows as well.
    if (failed_with(made, Code::kUnsupportedVersion) && made.error().detail.view().empty()) {
      made.error().detail.append("'").append(version).append("'");
    }
    return made;
  }
};

Subject make_subject(const std::string& path, std::size_t number,
                     const PluginTransform& transform) {
  const Place place{path, number, transform.name};
  const auto make = [place] { return place.make(); };
  const std::string summary =
      transform.summary.empty() ? "From the plug-in " + path + "." : transform.summary;
  std::vector<Inapplicable> inapplicable;
  if (!transform.has_seek && !has(transform.traits, Trait::kSeekable)) {
    for (const char* const clause : {"seek-refused", "seek-honest"}) {
      inapplicable.push_back({clause, "has no function 'seek': the adaptor answers"});
    }
  }
  if (!transform.knows_versions) {
    Subject subject = subject_from_maker(transform.name, summary, transform.traits, make);
    subject.inapplicable = std::move(inapplicable);
    return subject;
  }
  const auto make_registry = [place] {
    ExtensionRegistry registry = test_extension_registry();
    registry.add({place.name.substr(0, place.name.find('/')),
                  [place](std::string_view version) { return place.make_version(version); }});
    return registry;
  };
  Subject subject = subject_from_registry(transform.name, summary, transform.traits, make_registry);
  subject.inapplicable = std::move(inapplicable);
  subject.make = make;
  subject.make_cold = {};
  return subject;
}

std::string about(const std::string& path, const std::string& problem) {
  return std::string("plug-in '").append(path).append("': ").append(problem);
}

}  // namespace

std::vector<Subject> plugin_subjects(const std::string& path, std::string& error) {
  std::vector<Subject> subjects;
  std::string problem;
  const std::vector<PluginTransform> transforms = inspect_plugin(path, problem);
  if (!problem.empty()) {
    error = about(path, problem);
    return subjects;
  }
  for (std::size_t i = 0; i < transforms.size(); ++i) {
    subjects.push_back(make_subject(path, i, transforms[i]));
    subjects.back().bounds = transforms[i].bounds;
  }
  return subjects;
}

std::string load_plugin(const std::string& path) {
  std::string error;
  return loaded_plugin(path, error) != nullptr ? std::string() : about(path, error);
}

}  // namespace weir::properties
