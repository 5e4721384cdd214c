/* A plug-in that passes bytes through and keeps every clause; with one of the macros below it is
 * what its name says, for tests of what Weir makes of it. */
#include <stdlib.h>
#include <string.h>

#include "weir/plugin.h"

#if defined(CRASHES_AT_LOAD)
__attribute__((constructor)) static void at_load(void) { abort(); }
#elif defined(EXITS_AT_LOAD)
#include <stdio.h>
__attribute__((constructor)) static void at_load(void) {
  fputs("no licence for this machine\n", stderr);
  exit(5);
}
#elif defined(MISSING_SYMBOL)
void is_nowhere(void);
__attribute__((constructor)) static void at_load(void) { is_nowhere(); }
#elif defined(THREAD_AT_LOAD)
/* As languages with a runtime do: a thread that starts when the library is loaded has to be there
 * when its functions are called. */
#include <pthread.h>
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int asked;
static void* serve(void* nothing) {
  pthread_mutex_lock(&lock);
  for (;;) {
    while (!asked) pthread_cond_wait(&changed, &lock);
    asked = 0;
    pthread_cond_broadcast(&changed);
  }
  return nothing;
}
__attribute__((constructor)) static void at_load(void) {
  pthread_t thread;
  if (pthread_create(&thread, NULL, serve, NULL) != 0) abort();
}
static void ask_thread(void) {
  pthread_mutex_lock(&lock);
  asked = 1;
  pthread_cond_broadcast(&changed);
  while (asked) pthread_cond_wait(&changed, &lock);
  pthread_mutex_unlock(&lock);
}
#endif

/* Both kinds of streams in one. */
typedef struct stream {
  const weir_sink* sink;
  const weir_source* source;
  int32_t failed; /* the first failure, which it repeats */
  weir_error error;
  int closing;
  int closed_below;
  int ended;
  uint64_t position;
} stream;

static int32_t fail(stream* s, int32_t code, const weir_error* error) {
  if (code != WEIR_WOULD_BLOCK && s->failed == WEIR_OK) {
    s->failed = code;
    s->error = *error;
  }
  return code;
}

static int32_t refusal(const stream* s, weir_error* error) {
  if (s->closing) return WEIR_CLOSED;
  *error = s->error;
  return s->failed;
}

static int32_t make(void** instance, weir_error* error) {
  (void)error;
  *instance = NULL;
  return WEIR_OK;
}

static int32_t make_version(const char* version, size_t size, void** instance, weir_error* error) {
  if (size == 0 || version[0] != '1' || (size > 1 && version[1] != '.')) {
    return WEIR_UNSUPPORTED_VERSION;
  }
  return make(instance, error);
}

static void destroy(void* anything) { free(anything); }

static int32_t open_stream(const weir_sink* sink, const weir_source* source, void** result) {
#if defined(CRASHES)
  if (sink != NULL) abort();
#elif defined(LEAKS)
  static char* volatile lost; /* or a compiler leaves it out */
  lost = malloc(100);
  if (lost == NULL) return WEIR_OUT_OF_MEMORY;
#elif defined(THREAD_AT_LOAD)
  ask_thread();
#endif
  stream* s = calloc(1, sizeof *s);
  if (s == NULL) return WEIR_OUT_OF_MEMORY;
  s->sink = sink;
  s->source = source;
  *result = s;
  return WEIR_OK;
}

static int32_t open_writer(void* instance, const weir_sink* below, void** writer,
                           weir_error* error) {
  (void)instance;
  (void)error;
  return open_stream(below, NULL, writer);
}

static int32_t open_reader(void* instance, const weir_source* below, void** reader,
                           weir_error* error) {
  (void)instance;
  (void)error;
  return open_stream(NULL, below, reader);
}

static int32_t write_bytes(void* writer, const uint8_t* data, size_t size, size_t* taken,
                           weir_error* error) {
  stream* s = writer;
  if (s->closing || s->failed != WEIR_OK) return refusal(s, error);
  if (size == 0) return WEIR_OK;
#if defined(GUARDED)
  /* Out of reach of chance, and found byte by byte where coverage is watched. */
  if (size > 4 && data[0] == 'W') {
    if (data[1] == 0xe1) {
      if (data[2] == 0x80) abort();
    }
  }
#endif
  const int32_t code = s->sink->write(s->sink->context, data, size, taken, error);
  if (code != WEIR_OK) return fail(s, code, error);
  if (*taken == 0 || *taken > size) {
    *taken = 0;
    return fail(s, WEIR_BAD_STREAM, error);
  }
#if defined(OVER_TAKES)
  *taken = size + 1;
#endif
  s->position += *taken;
  return WEIR_OK;
}

static int32_t flush(void* writer, weir_error* error) {
  stream* s = writer;
  if (s->closing || s->failed != WEIR_OK) return refusal(s, error);
#if defined(UNKNOWN_CODE)
  return 77;
#else
  const int32_t code = s->sink->flush(s->sink->context, error);
  return code == WEIR_OK ? code : fail(s, code, error);
#endif
}

static int32_t read_bytes(void* reader, uint8_t* buffer, size_t size, size_t* given,
                          weir_error* error) {
  stream* s = reader;
  if (s->closing || s->failed != WEIR_OK) return refusal(s, error);
#if defined(HANGS)
  for (volatile int forever = 1; forever;) {
  }
#elif defined(EXITS)
  exit(0);
#endif
  if (size == 0 || s->ended) return WEIR_OK;
  const int32_t code = s->source->read(s->source->context, buffer, size, given, error);
  if (code != WEIR_OK) return fail(s, code, error);
  if (*given > size) {
    *given = 0;
    return fail(s, WEIR_BAD_STREAM, error);
  }
#if defined(OVER_REPORTS)
  if (*given > 0) ++*given;
#elif defined(NEVER_ENDS)
  if (*given == 0) *given = 1;
#endif
  s->ended = *given == 0;
  s->position += *given;
  return WEIR_OK;
}

static int32_t seekable(void* reader) {
  const stream* s = reader;
  return s->source->seek != NULL;
}

static int32_t seek(void* reader, int64_t offset, int32_t whence, uint64_t* position,
                    weir_error* error) {
  stream* s = reader;
  if (s->closing || s->failed != WEIR_OK) return refusal(s, error);
  if (s->source->seek == NULL) return WEIR_NOT_SEEKABLE;
  const int32_t code = s->source->seek(s->source->context, offset, whence, position, error);
  if (code == WEIR_NOT_SEEKABLE || code == WEIR_INVALID_ARGUMENT) return code;
  if (code != WEIR_OK) return fail(s, code, error);
  s->ended = 0;
  s->position = *position;
  return WEIR_OK;
}

static int32_t tell(void* anything, uint64_t* position, weir_error* error) {
  const stream* s = anything;
  (void)error;
  if (s->closing) return WEIR_CLOSED;
  *position = s->position;
  return WEIR_OK;
}

static int32_t close_stream(void* anything, weir_error* error) {
  stream* s = anything;
  s->closing = 1;
#if !defined(KEEPS_OPEN)
  if (!s->closed_below) {
    const int32_t code = s->sink != NULL ? s->sink->close(s->sink->context, error)
                                         : s->source->close(s->source->context, error);
    if (code == WEIR_WOULD_BLOCK) return code;
    s->closed_below = 1;
    if (code != WEIR_OK) fail(s, code, error);
  }
#endif
  if (s->failed != WEIR_OK) *error = s->error;
  return s->failed;
}

#define FUNCTIONS                                                                            \
  make, make_version, destroy, open_writer, write_bytes, flush, tell, close_stream, destroy, \
      open_reader, read_bytes, seekable, seek, tell, close_stream, destroy

static const weir_transform kTransforms[] = {
#if defined(NO_NAME)
    {NULL, "Has no name.", "", FUNCTIONS},
#elif defined(BAD_NAME)
    {"two words", "Has a name that is none.", "", FUNCTIONS},
#elif defined(TWO_LINES)
    {"test.identity/1", "Has a summary\nof two lines.", "", FUNCTIONS},
#elif defined(SAME_NAMES)
    {"test.identity/1", "Is called as the next one.", "", FUNCTIONS},
    {"test.identity/1", "Is called as the one before.", "", FUNCTIONS},
#elif defined(SHIPPED_NAME)
    {"stream.identity/1", "Is called as one of Weir.", "", FUNCTIONS},
#elif defined(BAD_CLAIM)
    {"test.identity/1", "Claims what there is not.", "deterministic fast", FUNCTIONS},
#elif defined(BAD_BOUND)
    {"test.identity/1", "Claims a bound of no number.", "read_ahead_bytes=few", FUNCTIONS},
#elif defined(UNKNOWN_BOUND)
    {"test.identity/1", "Claims a bound that there is not.", "stack_bytes=1", FUNCTIONS},
#elif defined(NO_WRITE)
    {"test.identity/1", NULL, NULL, make, make_version, destroy, open_writer, NULL, flush, tell,
     close_stream, destroy, open_reader, read_bytes, seekable, seek, tell, close_stream, destroy},
#elif defined(HALF_SEEK)
    {"test.identity/1", NULL, NULL, make, make_version, destroy, open_writer, write_bytes, flush,
     tell, close_stream, destroy, open_reader, read_bytes, NULL, seek, tell, close_stream, destroy},
#elif defined(TWO_TRANSFORMS)
    {"test.plain/1", NULL, NULL, make, NULL, destroy, open_writer, write_bytes, flush, NULL,
     close_stream, destroy, open_reader, read_bytes, NULL, NULL, NULL, close_stream, destroy},
    {"test.also/1.5", NULL, "flushable", FUNCTIONS},
#else
    {"test.identity/1", "Passes bytes through.",
     "size_preserving deterministic seekable flushable concatenable nonblocking short_writes "
     "partial_below multi_member write_heap_bytes=1024 read_heap_bytes=1024 read_ahead_bytes=1 "
     "write_behind_bytes=0 bytes_per_call=32768",
     FUNCTIONS},
#endif
};

static const weir_plugin kPlugin = {
#if defined(OTHER_ABI)
    2,
#else
    WEIR_PLUGIN_ABI,
#endif
    sizeof(weir_plugin),
#if defined(SMALL_TABLE)
    sizeof(weir_transform) - sizeof(void*),
#else
    sizeof(weir_transform),
#endif
#if defined(TOO_MANY)
    1000000,
#else
    sizeof kTransforms / sizeof kTransforms[0],
#endif
#if defined(NO_TRANSFORMS)
    NULL,
#elif defined(WILD_POINTER)
    (const weir_transform*)8,
#else
    kTransforms,
#endif
};

#if defined(NO_ENTRY)
#define weir_plugin_v1 weir_plugin_v9
WEIR_PLUGIN_EXPORT const weir_plugin* weir_plugin_v9(void);
#endif
const weir_plugin* weir_plugin_v1(void) {
#if defined(NO_TABLE)
  (void)kPlugin;
  return NULL;
#else
  return &kPlugin;
#endif
}
