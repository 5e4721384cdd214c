// A fuzz target that keeps the contract of fuzzing services; each macro makes it break one part.
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#ifdef NEEDS_LIBRARY
int from_library(void);
#endif

int LLVMFuzzerInitialize(int *argc, char ***argv) {
#ifdef REFUSES_ARGUMENTS
  for (int i = 1; i < *argc; ++i) {
    if (strcmp((*argv)[i], "--") == 0) exit(1);
  }
#endif
#ifdef ENDS_AT_ONCE
  exit(1);
#endif
  (void)argc;
  (void)argv;
  return 0;
}

// Enough arithmetic for the sanitizer of undefined behaviour to be seen.
static int mix(const uint8_t *data, size_t size) {
  int table[16] = {0};
  for (size_t i = 0; i < size; ++i) {
    int a = data[i];
    int b = table[i % 16];
#define STEP(n)                    \
  a = a * 3 + (b << (a & 3)) - n;  \
  b = (b + a) / (n + (data[i] & 1)); \
  a &= 0xff;                       \
  b &= 0xff;
    STEP(1) STEP(2) STEP(3) STEP(4) STEP(5) STEP(6) STEP(7) STEP(8) STEP(9) STEP(10)
    STEP(11) STEP(12) STEP(13) STEP(14) STEP(15) STEP(16) STEP(17) STEP(18) STEP(19) STEP(20)
    table[i % 16] = b;
  }
  return table[0];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
#ifdef REFUSES_NO_BYTES
  if (size == 0) abort();
#endif
#ifdef ENDS_AT_THIRD_RUN
  static int runs;
  if (++runs == 3) abort();
#endif
#ifdef READS_STANDARD_INPUT
  char byte;
  if (read(0, &byte, 1) < 0) abort();
#endif
#ifdef NEEDS_FILE
  if (access(NEEDS_FILE, R_OK) != 0) abort();
#endif
#ifdef WRITES_BESIDE_ITSELF
  char path[4096];
  const ssize_t length = readlink("/proc/self/exe", path, sizeof path - 8);
  if (length < 0) abort();
  strcpy(path + length, ".log");
  const int file = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
  if (file >= 0) {
    if (write(file, "x", 1) != 1) abort();
    close(file);
  }
#endif
#ifdef BREAKS_AT
  if (size == strlen(BREAKS_AT) && memcmp(data, BREAKS_AT, size) == 0) abort();
#endif
#ifdef NEEDS_LIBRARY
  if (from_library() != 7) abort();
#endif
  if (size > 2 && data[0] == 'a' && data[1] == 'b' && mix(data, size) == 77) puts("77");
  return 0;
}
