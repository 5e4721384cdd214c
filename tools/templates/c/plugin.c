/* A plug-in in C: rotates the letters A-Z and a-z by thirteen places and leaves every other byte.
 * Yours takes its place; what each function owes stands in weir/plugin.h. */
#include <stdlib.h>
#include <string.h>

#include "weir/plugin.h"

/* A writer has a sink below, a reader a source. */
typedef struct stream {
  const weir_sink* sink;
  const weir_source* source;
  int32_t failed; /* the first failure, which it repeats */
  weir_error error;
  int closing;
  int closed_below;
} stream;

static void rotate(const uint8_t* from, uint8_t* to, size_t size) {
  size_t rotated = size;
  // rotated -= rotated % 8;  // PLANTED BUG: eight at a time, and what is left is forgotten
  for (size_t i = 0; i < size; ++i) {
    const uint8_t letter = from[i] | 0x20;
    const int is_letter = letter >= 'a' && letter <= 'z' && i < rotated;
    to[i] = (uint8_t)(is_letter ? from[i] + (letter < 'n' ? 13 : -13) : from[i]);
  }
}

/* What comes of a call below that said `code`, and moved `moved` bytes of `size`. */
static int32_t outcome(stream* s, int32_t code, size_t moved, size_t size, weir_error* error) {
  if (code == WEIR_OK && moved > size) {
    code = WEIR_BAD_STREAM;
    strcpy(error->text, "a count of no sense");
  }
  if (code != WEIR_OK && code != WEIR_WOULD_BLOCK && s->failed == WEIR_OK) {
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

static int32_t open_stream(const weir_sink* sink, const weir_source* source, void** result) {
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
  uint8_t room[1024];
  if (size > sizeof room) size = sizeof room;
  rotate(data, room, size);
  size_t moved = 0;
  const int32_t code = s->sink->write(s->sink->context, room, size, &moved, error);
  /* A sink that takes nothing would be asked for ever. */
  const size_t believed = moved == 0 ? size + 1 : moved;
  const int32_t result = outcome(s, code, believed, size, error);
  if (result == WEIR_OK) *taken = moved;
  return result;
}

static int32_t flush(void* writer, weir_error* error) {
  stream* s = writer;
  if (s->closing || s->failed != WEIR_OK) return refusal(s, error);
  return outcome(s, s->sink->flush(s->sink->context, error), 0, 0, error);
}

static int32_t read_bytes(void* reader, uint8_t* buffer, size_t size, size_t* given,
                          weir_error* error) {
  stream* s = reader;
  if (s->closing || s->failed != WEIR_OK) return refusal(s, error);
  if (size == 0) return WEIR_OK;
  size_t moved = 0;
  const int32_t code = s->source->read(s->source->context, buffer, size, &moved, error);
  const int32_t result = outcome(s, code, moved, size, error);
  if (result != WEIR_OK) return result;
  rotate(buffer, buffer, moved);
  *given = moved;
  return WEIR_OK;
}

static int32_t close_stream(void* any, weir_error* error) {
  stream* s = any;
  if (!s->closed_below) {
    s->closing = 1;
    const int32_t code = s->sink != NULL ? s->sink->close(s->sink->context, error)
                                         : s->source->close(s->source->context, error);
    if (outcome(s, code, 0, 0, error) == WEIR_WOULD_BLOCK) return WEIR_WOULD_BLOCK;
    s->closed_below = 1;
  }
  if (s->failed != WEIR_OK) *error = s->error;
  return s->failed;
}

static void destroy(void* any) { free(any); }

static int32_t make(void** instance, weir_error* error) {
  (void)error;
  *instance = NULL; /* there is nothing to set */
  return WEIR_OK;
}

static void destroy_instance(void* instance) { (void)instance; }

static const weir_transform kTransform = {
    .name = "example.@NAME@/1",
    .summary = "rotates letters by thirteen places",
    /* `weir list --traits` has all claims. */
    .claims = "size_preserving deterministic flushable concatenable multi_member nonblocking "
              "short_writes partial_below",
    .make = make,
    .destroy = destroy_instance,
    .open_writer = open_writer,
    .write = write_bytes,
    .flush = flush,
    .close_writer = close_stream,
    .destroy_writer = destroy,
    .open_reader = open_reader,
    .read = read_bytes,
    .close_reader = close_stream,
    .destroy_reader = destroy,
};

static const weir_plugin kPlugin = {WEIR_PLUGIN_ABI, sizeof(weir_plugin), sizeof(weir_transform), 1,
                                    &kTransform};

const weir_plugin* weir_plugin_v1(void) { return &kPlugin; }
