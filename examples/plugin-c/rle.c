/* A plug-in in C: run-length encoding with a checksum, as "example.rle/1".
 *
 *   cc -std=c99 -O2 -fPIC -shared -I<where weir/plugin.h is installed> rle.c -o rle.so
 *   weir check --plugin ./rle.so
 *
 * With -DPLANTED_BUG a run of 256 bytes is counted in 8 bits, and lost: `weir check` prints the
 * case.
 *
 * The format: runs, each its length (1..255) and its byte; then a 0 and the Adler-32 of the
 * payload, least significant byte first.
 */
#include <stdlib.h>
#include <string.h>

#include "weir/plugin.h"

#ifdef PLANTED_BUG
#define RUN_MAX 256
#else
#define RUN_MAX 255
#endif

enum { kRoom = 512, kEndBytes = 5 };

typedef struct checksum {
  uint32_t a, b;
} checksum;

static void add(checksum* sum, const uint8_t* data, size_t size) {
  while (size > 0) {
    /* So many at most, or the sums leave 32 bits before they are reduced. */
    const size_t part = size < 5552 ? size : 5552;
    for (size_t i = 0; i < part; ++i) {
      sum->a += data[i];
      sum->b += sum->a;
    }
    sum->a %= 65521;
    sum->b %= 65521;
    data += part;
    size -= part;
  }
}

static void put_sum(const checksum* sum, uint8_t* target) {
  for (int i = 0; i < 4; ++i) {
    target[i] = (uint8_t)((sum->b << 16 | sum->a) >> (8 * i));
  }
}

/* Why a stream works no more. */
typedef struct state {
  int32_t failed; /* the first failure, which it repeats */
  weir_error error;
  int closing;      /* close was called */
  int closed_below; /* the stream below was closed */
} state;

static int32_t fail(state* s, int32_t code, const weir_error* error) {
  if (code != WEIR_WOULD_BLOCK && s->failed == WEIR_OK) {
    s->failed = code;
    s->error = *error;
  }
  return code;
}

static int32_t fail_at(state* s, int32_t code, uint64_t offset, const char* text,
                       weir_error* error) {
  error->offset = offset;
  strncpy(error->text, text, sizeof error->text - 1);
  return fail(s, code, error);
}

static int32_t refusal(const state* s, weir_error* error) {
  if (s->closing) return WEIR_CLOSED;
  *error = s->error;
  return s->failed;
}

/* What a close gives that has closed the stream below. */
static int32_t closed(const state* s, weir_error* error) {
  if (s->failed != WEIR_OK) *error = s->error;
  return s->failed;
}

/* ---- writing ---- */

typedef struct writer {
  const weir_sink* below;
  state state;
  checksum sum;
  uint8_t run_byte;
  size_t run; /* 0: none */
  uint8_t room[kRoom];
  size_t begin, end; /* what in `room` still has to go down */
  int finished;      /* the end of the stream is in `room` */
} writer;

static int32_t open_writer(void* instance, const weir_sink* below, void** result,
                           weir_error* error) {
  (void)instance;
  (void)error;
  writer* w = calloc(1, sizeof *w);
  if (w == NULL) return WEIR_OUT_OF_MEMORY;
  w->below = below;
  w->sum.a = 1;
  *result = w;
  return WEIR_OK;
}

static void destroy(void* stream) { free(stream); }

/* Sends down what is in `room`. */
static int32_t drain(writer* w, weir_error* error) {
  while (w->begin < w->end) {
    size_t taken = 0;
    const size_t size = w->end - w->begin;
    const int32_t code =
        w->below->write(w->below->context, w->room + w->begin, size, &taken, error);
    if (code != WEIR_OK) return fail(&w->state, code, error);
    if (taken == 0 || taken > size) {
      return fail_at(&w->state, WEIR_BAD_STREAM, WEIR_NO_OFFSET, "a count of no sense", error);
    }
    w->begin += taken;
  }
  w->begin = w->end = 0;
  return WEIR_OK;
}

static void end_run(writer* w) {
  if (w->run == 0) return;
  w->room[w->end++] = (uint8_t)w->run;
  w->room[w->end++] = w->run_byte;
  w->run = 0;
}

static int32_t write_bytes(void* stream, const uint8_t* data, size_t size, size_t* taken,
                           weir_error* error) {
  writer* w = stream;
  if (w->state.closing || w->state.failed != WEIR_OK) return refusal(&w->state, error);
  size_t done = 0;
  while (done < size) {
    if (w->run > 0 && w->run < RUN_MAX && data[done] == w->run_byte) {
      ++w->run;
      ++done;
      continue;
    }
    /* Room for this run, for the next one, which close may find, and for the end. Bytes come first:
     * a failure after some were taken waits for the next call. */
    if (w->end + 2 + 2 + kEndBytes > kRoom) {
      if (done > 0) break;
      const int32_t code = drain(w, error);
      if (code != WEIR_OK) return code;
    }
    end_run(w);
    w->run_byte = data[done];
    w->run = 1;
    ++done;
  }
  add(&w->sum, data, done);
  *taken = done;
  return WEIR_OK;
}

static int32_t flush(void* stream, weir_error* error) {
  writer* w = stream;
  if (w->state.closing || w->state.failed != WEIR_OK) return refusal(&w->state, error);
  /* Room for what the run adds. */
  int32_t code = drain(w, error);
  if (code != WEIR_OK) return code;
  end_run(w);
  code = drain(w, error);
  if (code != WEIR_OK) return code;
  code = w->below->flush(w->below->context, error);
  return code == WEIR_OK ? code : fail(&w->state, code, error);
}

static int32_t close_writer(void* stream, weir_error* error) {
  writer* w = stream;
  if (w->state.closed_below) return closed(&w->state, error);
  w->state.closing = 1;
  if (w->state.failed == WEIR_OK) {
    if (!w->finished) {
      end_run(w);
      w->room[w->end++] = 0;
      put_sum(&w->sum, w->room + w->end);
      w->end += 4;
      w->finished = 1;
    }
    const int32_t code = drain(w, error);
    if (code == WEIR_WOULD_BLOCK) return code;
  }
  const int32_t code = w->below->close(w->below->context, error);
  if (code == WEIR_WOULD_BLOCK) return code;
  w->state.closed_below = 1;
  if (code != WEIR_OK) fail(&w->state, code, error);
  return closed(&w->state, error);
}

/* ---- reading ---- */

typedef struct reader {
  const weir_source* below;
  state state;
  checksum sum;
  uint8_t run_byte;
  size_t run; /* bytes of it that have not been given */
  uint8_t room[kRoom];
  size_t begin, end; /* what in `room` has not been decoded */
  uint64_t offset;   /* of room[begin] in the encoded stream */
  int ended;
} reader;

static int32_t open_reader(void* instance, const weir_source* below, void** result,
                           weir_error* error) {
  (void)instance;
  (void)error;
  reader* r = calloc(1, sizeof *r);
  if (r == NULL) return WEIR_OUT_OF_MEMORY;
  r->below = below;
  r->sum.a = 1;
  *result = r;
  return WEIR_OK;
}

/* Sees to it that there are `size` encoded bytes. */
static int32_t need(reader* r, size_t size, weir_error* error) {
  while (r->end - r->begin < size) {
    memmove(r->room, r->room + r->begin, r->end - r->begin);
    r->end -= r->begin;
    r->begin = 0;
    size_t given = 0;
    const size_t free_bytes = kRoom - r->end;
    const int32_t code =
        r->below->read(r->below->context, r->room + r->end, free_bytes, &given, error);
    if (code != WEIR_OK) return fail(&r->state, code, error);
    if (given > free_bytes) {
      return fail_at(&r->state, WEIR_BAD_STREAM, WEIR_NO_OFFSET, "a count of no sense", error);
    }
    if (given == 0) {
      return fail_at(&r->state, WEIR_TRUNCATED, r->offset + (r->end - r->begin),
                     "the end is missing", error);
    }
    r->end += given;
  }
  return WEIR_OK;
}

static void skip(reader* r, size_t size) {
  r->begin += size;
  r->offset += size;
}

/* Begins the next run, or ends. */
static int32_t next_run(reader* r, weir_error* error) {
  int32_t code = need(r, 1, error);
  if (code != WEIR_OK) return code;
  if (r->room[r->begin] != 0) {
    code = need(r, 2, error);
    if (code != WEIR_OK) return code;
    r->run = r->room[r->begin];
    r->run_byte = r->room[r->begin + 1];
    skip(r, 2);
    return WEIR_OK;
  }
  code = need(r, kEndBytes, error);
  if (code != WEIR_OK) return code;
  uint8_t sum[4];
  put_sum(&r->sum, sum);
  if (memcmp(sum, r->room + r->begin + 1, sizeof sum) != 0) {
    return fail_at(&r->state, WEIR_CORRUPT, r->offset, "the checksum does not match", error);
  }
  skip(r, kEndBytes);
  r->ended = 1;
  return WEIR_OK;
}

static int32_t read_bytes(void* stream, uint8_t* buffer, size_t size, size_t* given,
                          weir_error* error) {
  reader* r = stream;
  if (r->state.closing || r->state.failed != WEIR_OK) return refusal(&r->state, error);
  size_t done = 0;
  while (done < size && !r->ended) {
    if (r->run == 0) {
      if (done > 0 && r->end == r->begin) break; /* what there is comes first */
      const int32_t code = next_run(r, error);
      if (code != WEIR_OK) {
        if (done == 0) return code;
        break;
      }
      continue;
    }
    const size_t part = r->run < size - done ? r->run : size - done;
    memset(buffer + done, r->run_byte, part);
    add(&r->sum, buffer + done, part);
    r->run -= part;
    done += part;
  }
  *given = done;
  return WEIR_OK;
}

static int32_t close_reader(void* stream, weir_error* error) {
  reader* r = stream;
  if (r->state.closed_below) return closed(&r->state, error);
  r->state.closing = 1;
  const int32_t code = r->below->close(r->below->context, error);
  if (code == WEIR_WOULD_BLOCK) return code;
  r->state.closed_below = 1;
  if (code != WEIR_OK) fail(&r->state, code, error);
  return closed(&r->state, error);
}

/* ---- the table ---- */

static int32_t make(void** instance, weir_error* error) {
  (void)error;
  *instance = NULL; /* there is nothing to set */
  return WEIR_OK;
}

static int32_t make_version(const char* version, size_t size, void** instance, weir_error* error) {
  /* All of version 1, whatever stands behind the dot. */
  if (size == 0 || version[0] != '1' || (size > 1 && version[1] != '.')) {
    return WEIR_UNSUPPORTED_VERSION;
  }
  return make(instance, error);
}

static void destroy_instance(void* instance) { (void)instance; }

static const weir_transform kTransform = {
    .name = "example.rle/1",
    .summary = "Run-length encoding with a checksum at the end.",
    .claims =
        "deterministic detects_truncation flushable nonblocking short_writes partial_below "
        "write_heap_bytes=1024 read_heap_bytes=1024 write_behind_bytes=65536",
    .make = make,
    .make_version = make_version,
    .destroy = destroy_instance,
    .open_writer = open_writer,
    .write = write_bytes,
    .flush = flush,
    .close_writer = close_writer,
    .destroy_writer = destroy,
    .open_reader = open_reader,
    .read = read_bytes,
    .close_reader = close_reader,
    .destroy_reader = destroy,
};

static const weir_plugin kPlugin = {WEIR_PLUGIN_ABI, sizeof(weir_plugin), sizeof(weir_transform), 1,
                                    &kTransform};

WEIR_PLUGIN_EXPORT const weir_plugin* weir_plugin_v1(void) { return &kPlugin; }
