// A plug-in in Rust: bytes mixed with a repeating key by their position, as "example.xor/1".
// It encrypts nothing; it shows a transform that seeks.
//
//   rustc --edition 2021 -O -C panic=abort --crate-type cdylib xor.rs -o libxor.so
//   weir check --plugin ./libxor.so
//
// With --cfg planted_bug a seek forgets that the key has a position, too: `weir check` prints the
// case.
//
// Panics must not cross the boundary: panic=abort makes each a crash, which is a finding. Memory that
// runs out must not end the process: Box::new would, so that streams are allocated by hand.

#![allow(non_camel_case_types)]

use std::alloc::{alloc, Layout};
use std::ffi::c_void;
use std::os::raw::c_char;

// ---- weir/plugin.h ----

const WEIR_PLUGIN_ABI: u32 = 1;
const OK: i32 = 0;
const WOULD_BLOCK: i32 = 1;
const NOT_SEEKABLE: i32 = 5;
const CLOSED: i32 = 6;
const INVALID_ARGUMENT: i32 = 7;
const OUT_OF_MEMORY: i32 = 9;
const BAD_STREAM: i32 = 10;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct weir_error {
    offset: u64,
    os_error: i32,
    text: [u8; 68],
}

type Move = unsafe extern "C" fn(*mut c_void, *const u8, usize, *mut usize, *mut weir_error) -> i32;
type Fill = unsafe extern "C" fn(*mut c_void, *mut u8, usize, *mut usize, *mut weir_error) -> i32;
type Act = unsafe extern "C" fn(*mut c_void, *mut weir_error) -> i32;
type Tell = unsafe extern "C" fn(*mut c_void, *mut u64, *mut weir_error) -> i32;
type Seek = unsafe extern "C" fn(*mut c_void, i64, i32, *mut u64, *mut weir_error) -> i32;
type Destroy = unsafe extern "C" fn(*mut c_void);

#[repr(C)]
pub struct weir_sink {
    context: *mut c_void,
    write: Move,
    flush: Act,
    close: Act,
}

#[repr(C)]
pub struct weir_source {
    context: *mut c_void,
    read: Fill,
    seek: Option<Seek>,
    tell: Tell,
    close: Act,
}

type Make = unsafe extern "C" fn(*mut *mut c_void, *mut weir_error) -> i32;
type MakeVersion =
    unsafe extern "C" fn(*const c_char, usize, *mut *mut c_void, *mut weir_error) -> i32;
type OpenWriter = unsafe extern "C" fn(
    *mut c_void,
    *const weir_sink,
    *mut *mut c_void,
    *mut weir_error,
) -> i32;
type OpenReader = unsafe extern "C" fn(
    *mut c_void,
    *const weir_source,
    *mut *mut c_void,
    *mut weir_error,
) -> i32;

#[repr(C)]
pub struct weir_transform {
    name: *const u8,
    summary: *const u8,
    claims: *const u8,
    make: Make,
    make_version: Option<MakeVersion>,
    destroy: Destroy,
    open_writer: OpenWriter,
    write: Move,
    flush: Act,
    tell_writer: Option<Tell>,
    close_writer: Act,
    destroy_writer: Destroy,
    open_reader: OpenReader,
    read: Fill,
    seekable: Option<unsafe extern "C" fn(*mut c_void) -> i32>,
    seek: Option<Seek>,
    tell_reader: Option<Tell>,
    close_reader: Act,
    destroy_reader: Destroy,
}

#[repr(C)]
pub struct weir_plugin {
    abi: u32,
    plugin_bytes: u32,
    transform_bytes: u32,
    transform_count: u32,
    transforms: *const weir_transform,
}

// ---- what a stream has to remember of its life ----

struct State {
    failure: Option<(i32, weir_error)>, // the first, which it repeats
    closing: bool,                      // close was called
    closed_below: bool,                 // the stream below was closed
}

impl State {
    const NEW: State = State { failure: None, closing: false, closed_below: false };

    /// What a call returns that does nothing any more.
    fn refusal(&self, error: &mut weir_error) -> Option<i32> {
        if self.closing {
            return Some(CLOSED);
        }
        self.failure.map(|(code, first)| {
            *error = first;
            code
        })
    }

    fn fail(&mut self, code: i32, error: &weir_error) -> i32 {
        if code != WOULD_BLOCK && self.failure.is_none() {
            self.failure = Some((code, *error));
        }
        code
    }

    /// Closes the stream below, once.
    unsafe fn close(&mut self, below: *mut c_void, close: Act, error: &mut weir_error) -> i32 {
        self.closing = true;
        if !self.closed_below {
            let code = close(below, error);
            if code == WOULD_BLOCK {
                return code;
            }
            self.closed_below = true;
            if code != OK {
                self.fail(code, error);
            }
        }
        match self.failure {
            Some((code, first)) => {
                *error = first;
                code
            }
            None => OK,
        }
    }
}

/// Moves `value` to the heap; null where there is no memory.
unsafe fn new_stream<T>(value: T) -> *mut c_void {
    let stream = alloc(Layout::new::<T>()) as *mut T;
    if !stream.is_null() {
        stream.write(value);
    }
    stream as *mut c_void
}

unsafe extern "C" fn destroy<T>(stream: *mut c_void) {
    drop(Box::from_raw(stream as *mut T));
}

// ---- the transform ----

const KEY: [u8; 5] = [0x57, 0x65, 0x69, 0x72, 0xff];

fn mix(bytes: &mut [u8], position: u64) {
    let start = (position % KEY.len() as u64) as usize;
    for (byte, key) in bytes.iter_mut().zip(KEY.iter().cycle().skip(start)) {
        *byte ^= key;
    }
}

struct Writer {
    below: *const weir_sink,
    state: State,
    position: u64,
}

unsafe extern "C" fn open_writer(
    _instance: *mut c_void,
    below: *const weir_sink,
    writer: *mut *mut c_void,
    _error: *mut weir_error,
) -> i32 {
    *writer = new_stream(Writer { below, state: State::NEW, position: 0 });
    if (*writer).is_null() { OUT_OF_MEMORY } else { OK }
}

unsafe extern "C" fn write(
    writer: *mut c_void,
    data: *const u8,
    size: usize,
    taken: *mut usize,
    error: *mut weir_error,
) -> i32 {
    let (w, error) = (&mut *(writer as *mut Writer), &mut *error);
    if let Some(code) = w.state.refusal(error) {
        return code;
    }
    // As many at a time as fit here; nothing is held back.
    let mut room = [0u8; 4096];
    let part = size.min(room.len());
    if part == 0 {
        return OK;
    }
    room[..part].copy_from_slice(std::slice::from_raw_parts(data, part));
    mix(&mut room[..part], w.position);
    let below = &*w.below;
    let mut count = 0;
    let code = (below.write)(below.context, room.as_ptr(), part, &mut count, error);
    if code != OK {
        return w.state.fail(code, error);
    }
    if count == 0 || count > part {
        return w.state.fail(BAD_STREAM, error);
    }
    w.position += count as u64;
    *taken = count;
    OK
}

unsafe extern "C" fn flush(writer: *mut c_void, error: *mut weir_error) -> i32 {
    let (w, error) = (&mut *(writer as *mut Writer), &mut *error);
    if let Some(code) = w.state.refusal(error) {
        return code;
    }
    let below = &*w.below;
    match (below.flush)(below.context, error) {
        OK => OK,
        code => w.state.fail(code, error),
    }
}

unsafe extern "C" fn close_writer(writer: *mut c_void, error: *mut weir_error) -> i32 {
    let w = &mut *(writer as *mut Writer);
    let below = &*w.below;
    w.state.close(below.context, below.close, &mut *error)
}

struct Reader {
    below: *const weir_source,
    state: State,
    position: u64,
    ended: bool,
}

unsafe extern "C" fn open_reader(
    _instance: *mut c_void,
    below: *const weir_source,
    reader: *mut *mut c_void,
    _error: *mut weir_error,
) -> i32 {
    *reader = new_stream(Reader { below, state: State::NEW, position: 0, ended: false });
    if (*reader).is_null() { OUT_OF_MEMORY } else { OK }
}

unsafe extern "C" fn read(
    reader: *mut c_void,
    buffer: *mut u8,
    size: usize,
    given: *mut usize,
    error: *mut weir_error,
) -> i32 {
    let (r, error) = (&mut *(reader as *mut Reader), &mut *error);
    if let Some(code) = r.state.refusal(error) {
        return code;
    }
    if size == 0 || r.ended {
        return OK;
    }
    let below = &*r.below;
    let mut count = 0;
    let code = (below.read)(below.context, buffer, size, &mut count, error);
    if code != OK {
        return r.state.fail(code, error);
    }
    if count > size {
        return r.state.fail(BAD_STREAM, error);
    }
    mix(std::slice::from_raw_parts_mut(buffer, count), r.position);
    r.position += count as u64;
    r.ended = count == 0;
    *given = count;
    OK
}

unsafe extern "C" fn seekable(reader: *mut c_void) -> i32 {
    let r = &*(reader as *mut Reader);
    (*r.below).seek.is_some() as i32
}

unsafe extern "C" fn seek(
    reader: *mut c_void,
    offset: i64,
    whence: i32,
    position: *mut u64,
    error: *mut weir_error,
) -> i32 {
    let (r, error) = (&mut *(reader as *mut Reader), &mut *error);
    if let Some(code) = r.state.refusal(error) {
        return code;
    }
    let below = &*r.below;
    let seek_below = match below.seek {
        Some(function) => function,
        None => return NOT_SEEKABLE,
    };
    let mut reached = 0;
    let code = seek_below(below.context, offset, whence, &mut reached, error);
    match code {
        OK => {}
        NOT_SEEKABLE | INVALID_ARGUMENT => return code, // which changes nothing
        _ => return r.state.fail(code, error),
    }
    if !cfg!(planted_bug) {
        r.position = reached;
    }
    r.ended = false;
    *position = reached;
    OK
}

unsafe extern "C" fn close_reader(reader: *mut c_void, error: *mut weir_error) -> i32 {
    let r = &mut *(reader as *mut Reader);
    let below = &*r.below;
    r.state.close(below.context, below.close, &mut *error)
}

// ---- the table ----

unsafe extern "C" fn make(_instance: *mut *mut c_void, _error: *mut weir_error) -> i32 {
    OK // there is nothing to set
}

unsafe extern "C" fn destroy_instance(_instance: *mut c_void) {}

struct Fixed<T>(T);
// Nothing in it ever changes.
unsafe impl<T> Sync for Fixed<T> {}

static TRANSFORM: Fixed<weir_transform> = Fixed(weir_transform {
    name: b"example.xor/1\0".as_ptr(),
    summary: b"Mixes bytes with a repeating key.\0".as_ptr(),
    claims: b"size_preserving deterministic seekable flushable nonblocking short_writes \
              partial_below write_heap_bytes=1024 read_heap_bytes=1024 read_ahead_bytes=1 \
              write_behind_bytes=0\0"
        .as_ptr(),
    make,
    make_version: None,
    destroy: destroy_instance,
    open_writer,
    write,
    flush,
    tell_writer: None,
    close_writer,
    destroy_writer: destroy::<Writer>,
    open_reader,
    read,
    seekable: Some(seekable),
    seek: Some(seek),
    tell_reader: None,
    close_reader,
    destroy_reader: destroy::<Reader>,
});

static PLUGIN: Fixed<weir_plugin> = Fixed(weir_plugin {
    abi: WEIR_PLUGIN_ABI,
    plugin_bytes: std::mem::size_of::<weir_plugin>() as u32,
    transform_bytes: std::mem::size_of::<weir_transform>() as u32,
    transform_count: 1,
    transforms: &TRANSFORM.0,
});

#[no_mangle]
pub extern "C" fn weir_plugin_v1() -> *const weir_plugin {
    &PLUGIN.0
}
