#include "zip_archive.h"

#include <fmt/core.h>

#include "files.h"
#include "text.h"

#if WEIR_HAVE_ZIP
#include <sys/stat.h>
#include <zip.h>

#include <memory>
#endif

namespace weir::cli {

#if WEIR_HAVE_ZIP

namespace {

struct Discard {
  void operator()(zip_t* archive) const noexcept { zip_discard(archive); }
};
using Archive = std::unique_ptr<zip_t, Discard>;
struct CloseFile {
  void operator()(zip_file_t* file) const noexcept { zip_fclose(file); }
};

std::string open_error(int code) {
  zip_error_t error;
  zip_error_init_with_code(&error, code);
  std::string text = zip_error_strerror(&error);
  zip_error_fini(&error);
  return text;
}

Archive open_zip(const std::string& path, std::string& error) {
  int code = 0;
  Archive archive(zip_open(path.c_str(), ZIP_RDONLY | ZIP_CHECKCONS, &code));
  if (archive == nullptr) {
    error = fmt::format("cannot read the zip file '{}': {}", printable(path), open_error(code));
  }
  return archive;
}

// A name that would land somewhere else. Nothing is ever written under it; who makes such a name
// has something in mind.
bool leads_outside(std::string_view name) {
  if (name.empty() || name.front() == '/' || name.find('\\') != std::string_view::npos) return true;
  for (std::size_t at = 0; at <= name.size();) {
    const std::size_t end = std::min(name.find('/', at), name.size());
    if (name.substr(at, end - at) == "..") return true;
    at = end + 1;
  }
  return false;
}

bool is_link(zip_t* archive, zip_uint64_t index) {
  zip_uint8_t system = 0;
  zip_uint32_t attributes = 0;
  if (zip_file_get_external_attributes(archive, index, 0, &system, &attributes) != 0) return false;
  return system == ZIP_OPSYS_UNIX && S_ISLNK(attributes >> 16);
}

// Fills the content or the problem of `entry`.
void read_entry(zip_t* archive, zip_uint64_t index, const ZipLimits& limits, ZipEntry& entry) {
  const auto too_long = [&] {
    entry.content.clear();
    entry.problem =
        fmt::format("longer than {}, so not a case", human_bytes(limits.entry_bytes_max));
  };
  zip_stat_t status;
  zip_stat_init(&status);
  if (zip_stat_index(archive, index, 0, &status) != 0) {
    entry.problem = zip_strerror(archive);
    return;
  }
  if ((status.valid & ZIP_STAT_SIZE) != 0 && status.size > limits.entry_bytes_max)
    return too_long();
  const std::unique_ptr<zip_file_t, CloseFile> file(zip_fopen_index(archive, index, 0));
  if (file == nullptr) {
    entry.problem = zip_strerror(archive);
    return;
  }
  char buffer[65536];
  for (;;) {
    const zip_int64_t size = zip_fread(file.get(), buffer, sizeof buffer);
    if (size < 0) {
      entry.content.clear();
      entry.problem = zip_file_strerror(file.get());
      return;
    }
    if (size == 0) return;
    entry.content.append(buffer, static_cast<std::size_t>(size));
    // What it said of its size need not be so.
    if (entry.content.size() > limits.entry_bytes_max) return too_long();
  }
}

}  // namespace

std::string read_zip(const std::string& path, const ZipLimits& limits,
                     const std::function<bool(ZipEntry&)>& take) {
  std::string error;
  const Archive archive = open_zip(path, error);
  if (archive == nullptr) return error;
  const zip_int64_t count = zip_get_num_entries(archive.get(), 0);
  if (count < 0 || static_cast<std::uint64_t>(count) > limits.entries_max) {
    return fmt::format("the zip file '{}' has {} entries, more than {}", printable(path), count,
                       with_commas(limits.entries_max));
  }
  std::uint64_t bytes = 0;
  for (zip_uint64_t i = 0; i < static_cast<zip_uint64_t>(count); ++i) {
    ZipEntry entry;
    const char* const name = zip_get_name(archive.get(), i, ZIP_FL_ENC_RAW);
    entry.name = name == nullptr ? std::string() : name;
    if (!entry.name.empty() && entry.name.back() == '/') continue;
    if (leads_outside(entry.name)) {
      entry.problem = "its name leads out of the archive";
    } else if (is_link(archive.get(), i)) {
      entry.problem = "it is a link";
    } else {
      read_entry(archive.get(), i, limits, entry);
    }
    bytes += entry.content.size();
    if (bytes > limits.bytes_max) {
      return fmt::format("the zip file '{}' unpacks to more than {}: the rest is not read",
                         printable(path), human_bytes(limits.bytes_max));
    }
    if (!take(entry)) return {};
  }
  return {};
}

std::string write_zip(const std::string& path,
                      const std::vector<std::pair<std::string, std::string>>& files,
                      const std::string& comment) {
  const auto failed = [&](std::string_view why) {
    return fmt::format("cannot write the zip file '{}': {}", printable(path), why);
  };
  int code = 0;
  Archive archive(zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &code));
  if (archive == nullptr) return failed(open_error(code));
  for (const auto& [name, content] : files) {
    // `files` outlives the archive, which reads it at its close.
    zip_source_t* const source =
        zip_source_buffer(archive.get(), content.data(), content.size(), 0);
    if (source == nullptr) return failed(zip_strerror(archive.get()));
    const zip_int64_t index = zip_file_add(archive.get(), name.c_str(), source, ZIP_FL_ENC_UTF_8);
    if (index < 0) {
      zip_source_free(source);
      return failed(zip_strerror(archive.get()));
    }
    // The first day that the format has: when it was made is no content.
    constexpr zip_uint16_t kFirstDay = (0 << 9) | (1 << 5) | 1;
    zip_file_set_dostime(archive.get(), static_cast<zip_uint64_t>(index), 0, kFirstDay, 0);
  }
  zip_set_archive_comment(archive.get(), comment.c_str(),
                          static_cast<zip_uint16_t>(comment.size()));
  if (zip_close(archive.get()) != 0) return failed(zip_strerror(archive.get()));
  // Closed and freed.
  [[maybe_unused]] zip_t* const gone = archive.release();
  return {};
}

std::string zip_comment(const std::string& path) {
  std::string error;
  const Archive archive = open_zip(path, error);
  if (archive == nullptr) return {};
  int size = 0;
  const char* const comment = zip_get_archive_comment(archive.get(), &size, ZIP_FL_ENC_RAW);
  return comment == nullptr ? std::string() : std::string(comment, static_cast<std::size_t>(size));
}

#else

namespace {
constexpr std::string_view kWithout =
    "this build reads and writes none: built without libzip "
    "(Debian: libzip-dev)";
}  // namespace

std::string read_zip(const std::string& path, const ZipLimits&,
                     const std::function<bool(ZipEntry&)>&) {
  return fmt::format("cannot read the zip file '{}': {}", printable(path), kWithout);
}

std::string write_zip(const std::string& path,
                      const std::vector<std::pair<std::string, std::string>>&, const std::string&) {
  return fmt::format("cannot write the zip file '{}': {}", printable(path), kWithout);
}

std::string zip_comment(const std::string&) { return {}; }

#endif

}  // namespace weir::cli
