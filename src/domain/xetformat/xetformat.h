// The formats of the Xet protocol, pure: hashes, chunking, xorbs, shards and reconstruction plans.
// No files, sockets, SQL or JSON. Every parser here takes bytes from strangers: it is bounded,
// copies no more than it must, and answers Kind::invalid with what is wrong and where.
#pragma once

#include "domain/xetformat/chunker.h"         // IWYU pragma: export
#include "domain/xetformat/hash.h"            // IWYU pragma: export
#include "domain/xetformat/reconstruction.h"  // IWYU pragma: export
#include "domain/xetformat/shard.h"           // IWYU pragma: export
#include "domain/xetformat/xorb.h"            // IWYU pragma: export
#include "domain/xetformat/xorb_builder.h"    // IWYU pragma: export
