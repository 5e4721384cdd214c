// bench_peak_memory FILE COMMAND...: runs COMMAND, writes its peak resident size in KiB and the
// seconds that it took to FILE, and ends with its exit code.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fputs("bench_peak_memory: FILE COMMAND...\n", stderr);
    return 2;
  }
  const auto begin = std::chrono::steady_clock::now();
  // What a child has before it executes counts as its own: vfork shares this small process's pages.
  const pid_t child = vfork();
  if (child < 0) {
    std::perror("bench_peak_memory: vfork");
    return 3;
  }
  if (child == 0) {
    execvp(argv[2], argv + 2);
    _exit(127);
  }
  int status = 0;
  rusage usage{};
  while (wait4(child, &status, 0, &usage) < 0) {
    if (errno != EINTR) {
      std::perror("bench_peak_memory: wait4");
      return 3;
    }
  }
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  std::FILE* const file = std::fopen(argv[1], "w");
  if (file == nullptr || std::fprintf(file, "%ld %.6f\n", usage.ru_maxrss, seconds) < 0 ||
      std::fclose(file) != 0) {
    std::perror(argv[1]);
    return 3;
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
