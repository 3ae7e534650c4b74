//! The C interface of the `blake3` crate. The contract of each function is in `holt_blake3.h`.

use std::slice;

unsafe fn bytes<'a>(data: *const u8, len: usize) -> &'a [u8] {
    // A slice may not be made from null, even an empty one.
    if len == 0 {
        &[]
    } else {
        slice::from_raw_parts(data, len)
    }
}

unsafe fn key32<'a>(key: *const u8) -> &'a [u8; 32] {
    &*(key as *const [u8; 32])
}

unsafe fn put(hash: blake3::Hash, out: *mut u8) {
    slice::from_raw_parts_mut(out, 32).copy_from_slice(hash.as_bytes());
}

#[no_mangle]
pub unsafe extern "C" fn holt_blake3_hash(data: *const u8, len: usize, out: *mut u8) {
    put(blake3::hash(bytes(data, len)), out);
}

#[no_mangle]
pub unsafe extern "C" fn holt_blake3_keyed_hash(
    key: *const u8,
    data: *const u8,
    len: usize,
    out: *mut u8,
) {
    put(blake3::keyed_hash(key32(key), bytes(data, len)), out);
}

#[no_mangle]
pub extern "C" fn holt_blake3_new() -> *mut blake3::Hasher {
    Box::into_raw(Box::new(blake3::Hasher::new()))
}

#[no_mangle]
pub unsafe extern "C" fn holt_blake3_new_keyed(key: *const u8) -> *mut blake3::Hasher {
    Box::into_raw(Box::new(blake3::Hasher::new_keyed(key32(key))))
}

#[no_mangle]
pub unsafe extern "C" fn holt_blake3_update(
    hasher: *mut blake3::Hasher,
    data: *const u8,
    len: usize,
) {
    (*hasher).update(bytes(data, len));
}

#[no_mangle]
pub unsafe extern "C" fn holt_blake3_finalize(hasher: *const blake3::Hasher, out: *mut u8) {
    put((*hasher).finalize(), out);
}

#[no_mangle]
pub unsafe extern "C" fn holt_blake3_free(hasher: *mut blake3::Hasher) {
    drop(Box::from_raw(hasher));
}
