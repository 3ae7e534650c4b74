// A bucket's file as a reply.
#pragma once

#include "domain/buckets/buckets.h"
#include "io/http/http.h"

namespace holt::buckets {

// HEAD and GET, ranges, conditional. `bucket` proves that the caller may read it.
Result<http::Response> send_file(const http::Request& request, const repos::Readable& bucket,
                                 const File& file, const content::Contents& contents);

}  // namespace holt::buckets
