// BLAKE3, plain and keyed, in one call and incrementally. C interface of the Rust library beside it.
//
// Contract of every function: pointers are never null, except that `data` may be null when `len`
// is 0; `key` and `out` are exactly 32 bytes; buffers may be unaligned and are only touched during
// the call. Nothing fails, allocates in the one-shot calls, or keeps global state, so all are safe
// from any thread; one hasher object belongs to one thread at a time.
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// 32 bytes of BLAKE3 of data.
void holt_blake3_hash(const uint8_t* data, size_t len, uint8_t* out);

// 32 bytes of keyed BLAKE3 of data.
void holt_blake3_keyed_hash(const uint8_t* key, const uint8_t* data, size_t len, uint8_t* out);

// An incremental hasher. Whoever makes one frees it with holt_blake3_free.
typedef struct HoltBlake3 HoltBlake3;
HoltBlake3* holt_blake3_new(void);
HoltBlake3* holt_blake3_new_keyed(const uint8_t* key);
void holt_blake3_update(HoltBlake3* hasher, const uint8_t* data, size_t len);
// The hash of everything given so far; the hasher stays usable.
void holt_blake3_finalize(const HoltBlake3* hasher, uint8_t* out);
void holt_blake3_free(HoltBlake3* hasher);

#ifdef __cplusplus
}
#endif
