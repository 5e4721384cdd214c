/* The plug-in ABI: transforms of any language in a shared library, to be tested by
 * `weir check --plugin ./libmine.so`. C99; nothing but functions and plain structs crosses the
 * boundary. A plug-in links nothing of Weir.
 *
 * A plug-in exports `const weir_plugin* weir_plugin_v1(void)`, whose result is constant and lives
 * as long as the library is loaded.
 *
 * Rules for both sides:
 * - A function returns WEIR_OK or another code, and gives its result through a pointer. What the
 *   result points to has been set to 0 by the caller, and is not looked at when the call fails.
 * - `error` is never null. It says more about a failure, and may be left alone: it comes as
 *   WEIR_NO_OFFSET and an empty text.
 * - `data` and `buffer` are never null, also where `size` is 0.
 * - No exception, panic or long jump crosses a call in either direction.
 * - The streams below are called only from within a call of the stream above them, by the thread
 *   that made that call.
 */
#ifndef WEIR_PLUGIN_H
#define WEIR_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The version that this header describes; weir_plugin_v1 is named after it. */
#define WEIR_PLUGIN_ABI 1

/* What a call comes to. The meaning of each for streams stands in weir/source.h and weir/sink.h. */
enum {
  WEIR_OK = 0,
  WEIR_WOULD_BLOCK = 1,      /* not now; the same call may be made again */
  WEIR_IO = 2,               /* the operating system refused; `os_error` says how */
  WEIR_CORRUPT = 3,          /* the encoded bytes are damaged */
  WEIR_TRUNCATED = 4,        /* the encoded bytes end too early */
  WEIR_NOT_SEEKABLE = 5,     /* this stream has no random access */
  WEIR_CLOSED = 6,           /* a call after close */
  WEIR_INVALID_ARGUMENT = 7, /* the request makes no sense (a negative position, say) */
  WEIR_LIMIT_EXCEEDED = 8,   /* a documented limit for hostile input was reached */
  WEIR_OUT_OF_MEMORY = 9,    /* an allocation failed */
  WEIR_BAD_STREAM = 10,      /* the stream below lied about a count */
  WEIR_MALFORMED_DESCRIPTOR = 11,
  WEIR_UNKNOWN_EXTENSION = 12,
  WEIR_UNSUPPORTED_VERSION = 13 /* of a format that this transform does not read */
};

/* What a seek counts from. */
enum { WEIR_SEEK_SET = 0, WEIR_SEEK_CURRENT = 1, WEIR_SEEK_END = 2 };

/* `offset` where no place in a stream is meant. */
#define WEIR_NO_OFFSET UINT64_MAX

/* More about a failure, for people; only `os_error` is compared. Handing the `error` of a call on
 * to the stream below passes on what that says. */
typedef struct weir_error {
  uint64_t offset;  /* bytes into the stream that the failing layer reads or writes */
  int32_t os_error; /* errno, for WEIR_IO */
  char text[68];    /* a few words, with a 0 behind them */
} weir_error;

/* The sink below a writer, Weir's. It stays until destroy_writer has returned. */
typedef struct weir_sink {
  void* context; /* goes into each call */
  /* Takes 1..size bytes, and says how many, or fails. */
  int32_t (*write)(void* context, const uint8_t* data, size_t size, size_t* taken,
                   weir_error* error);
  int32_t (*flush)(void* context, weir_error* error);
  int32_t (*close)(void* context, weir_error* error);
} weir_sink;

/* The source below a reader, Weir's. It stays until destroy_reader has returned. */
typedef struct weir_source {
  void* context; /* goes into each call */
  /* Gives 1..size bytes, and says how many, or 0 at the end, or fails. */
  int32_t (*read)(void* context, uint8_t* buffer, size_t size, size_t* given, weir_error* error);
  /* Null where this source has no random access. */
  int32_t (*seek)(void* context, int64_t offset, int32_t whence, uint64_t* position,
                  weir_error* error);
  int32_t (*tell)(void* context, uint64_t* position, weir_error* error);
  int32_t (*close)(void* context, weir_error* error);
} weir_source;

/* A transform. Functions without "may be null" must be there. */
typedef struct weir_transform {
  /* "NAME/VERSION" of letters, digits and any of . _ + - @, e.g. "example.rle/1". */
  const char* name;
  /* One sentence; may be null. */
  const char* summary;
  /* What it promises, and is held to: traits as `weir list --traits` has them, and bounds as
   * NAME=BYTES (write_heap_bytes, read_heap_bytes, read_ahead_bytes, write_behind_bytes,
   * bytes_per_call), with blanks between them. May be null: nothing beyond what all promise. */
  const char* claims;

  /* Makes an instance: whatever `instance` is set to goes into the calls below, a null pointer too.
   * It is destroyed behind the last of its streams. */
  int32_t (*make)(void** instance, weir_error* error);
  /* Makes an instance that reads that version of the format, or refuses with
   * WEIR_UNSUPPORTED_VERSION. `version` has no 0 behind it. May be null: the transform knows no
   * versions, and clauses about them are skipped. */
  int32_t (*make_version)(const char* version, size_t size, void** instance, weir_error* error);
  void (*destroy)(void* instance);

  /* A writer encodes into `below`. See weir/sink.h for what its calls owe. */
  int32_t (*open_writer)(void* instance, const weir_sink* below, void** writer, weir_error* error);
  int32_t (*write)(void* writer, const uint8_t* data, size_t size, size_t* taken,
                   weir_error* error);
  int32_t (*flush)(void* writer, weir_error* error);
  /* Bytes taken so far. May be null: Weir counts. */
  int32_t (*tell_writer)(void* writer, uint64_t* position, weir_error* error);
  int32_t (*close_writer)(void* writer, weir_error* error);
  /* Releases it, without a call below. */
  void (*destroy_writer)(void* writer);

  /* A reader decodes from `below`. See weir/source.h for what its calls owe. */
  int32_t (*open_reader)(void* instance, const weir_source* below, void** reader,
                         weir_error* error);
  int32_t (*read)(void* reader, uint8_t* buffer, size_t size, size_t* given, weir_error* error);
  /* Whether seek works on this reader: 0 or 1, the same all its life. Both may be null: no reader
   * seeks. */
  int32_t (*seekable)(void* reader);
  int32_t (*seek)(void* reader, int64_t offset, int32_t whence, uint64_t* position,
                  weir_error* error);
  /* Where it stands. May be null: Weir counts. */
  int32_t (*tell_reader)(void* reader, uint64_t* position, weir_error* error);
  int32_t (*close_reader)(void* reader, weir_error* error);
  /* Releases it, without a call below. */
  void (*destroy_reader)(void* reader);
} weir_transform;

/* What a plug-in has. */
typedef struct weir_plugin {
  uint32_t abi;             /* WEIR_PLUGIN_ABI */
  uint32_t plugin_bytes;    /* sizeof(weir_plugin) */
  uint32_t transform_bytes; /* sizeof(weir_transform) */
  uint32_t transform_count;
  const weir_transform* transforms; /* an array of so many */
} weir_plugin;

#if defined(_WIN32)
#define WEIR_PLUGIN_EXPORT __declspec(dllexport)
#elif defined(__GNUC__)
#define WEIR_PLUGIN_EXPORT __attribute__((visibility("default")))
#else
#define WEIR_PLUGIN_EXPORT
#endif

/* The plug-in defines it. */
WEIR_PLUGIN_EXPORT const weir_plugin* weir_plugin_v1(void);

#ifdef __cplusplus
}
#endif

#endif /* WEIR_PLUGIN_H */
