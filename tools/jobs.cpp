#include "jobs.h"

#include <fmt/core.h>
#include <sys/stat.h>

#include <map>
#include <utility>

#include "files.h"
#include "text.h"

namespace weir::cli {

std::vector<Job> name_outputs(Direction direction, const std::vector<std::string>& inputs,
                              const std::string& suffix, const std::string& folder) {
  std::vector<Job> jobs;
  for (const std::string& input : inputs) {
    Job job;
    job.input = input;
    const std::size_t name_at = input.rfind('/') + 1;  // 0 without a slash
    std::string place = folder.empty() ? input.substr(0, name_at) : folder + "/";
    std::string name = input.substr(name_at);
    if (input == "-") {
      job.error = "standard input has no name to give its output; use IN OUT";
    } else if (direction == Direction::kEncode) {
      name += suffix;
    } else if (name.size() > suffix.size() && name.ends_with(suffix)) {
      name.resize(name.size() - suffix.size());
    } else {
      job.error = fmt::format("cannot name the output of '{}': it has no '{}' at its end",
                              printable(input), printable(suffix));
    }
    // A file of that name is not standard output.
    if (place.empty() && name == "-") place = "./";
    job.output = place + name;
    jobs.push_back(std::move(job));
  }
  return jobs;
}

std::string find_clash(const std::vector<Job>& jobs, const std::vector<std::string>& keys) {
  using FileId = std::pair<dev_t, ino_t>;
  std::map<FileId, const Job*> inputs;
  std::map<FileId, const std::string*> key_files;
  std::map<std::string, const Job*> outputs;
  struct stat status {};
  for (const Job& job : jobs) {
    if (::stat(job.input.c_str(), &status) == 0) inputs[{status.st_dev, status.st_ino}] = &job;
  }
  for (const std::string& key : keys) {
    if (::stat(key.c_str(), &status) == 0) key_files[{status.st_dev, status.st_ino}] = &key;
  }
  for (const Job& job : jobs) {
    if (!job.error.empty()) continue;
    std::string real = real_place(job.output);
    if (real.empty()) real = job.output;
    const auto [other, fresh] = outputs.emplace(std::move(real), &job);
    if (!fresh) {
      return fmt::format("'{}' and '{}' would both be written to '{}'",
                         printable(other->second->input), printable(job.input),
                         printable(job.output));
    }
    if (::stat(job.output.c_str(), &status) != 0) continue;
    const auto input = inputs.find({status.st_dev, status.st_ino});
    if (input != inputs.end()) {
      return fmt::format("the output of '{}' would be written over the input '{}'",
                         printable(job.input), printable(input->second->input));
    }
    const auto key = key_files.find({status.st_dev, status.st_ino});
    if (key != key_files.end()) {
      return fmt::format("the output of '{}' would be written over the key file '{}'",
                         printable(job.input), printable(*key->second));
    }
  }
  return {};
}

}  // namespace weir::cli
