// Request bodies of the LFS API: batch, verify, completion, locks. The first byte chooses the
// reader.
#include "base/text.h"
#include "domain/lfs/wire.h"

namespace {

namespace wire = holt::lfs::wire;

constexpr std::uint64_t kMaxObjectBytes = std::uint64_t{1} << 50;

void check_object(const wire::ObjectId& object) {
  CHECK(holt::is_utf8(object.oid) && object.size_bytes <= kMaxObjectBytes);
}

void check_batch(std::string_view body) {
  const auto batch = wire::read_batch(body);
  if (!batch) return;
  CHECK(batch->objects.size() <= 10'000);
  wire::BatchReply reply;
  for (const auto& object : batch->objects) {
    check_object(object);
    wire::BatchObject out;
    out.id = object;
    out.error_code = object.oid.size() == 64 ? 0 : 422;
    out.error_message = object.oid;
    if (out.error_code == 0) out.upload = wire::Action{"http://h/" + object.oid, {}, 1};
    reply.objects.push_back(std::move(out));
  }
  // What is answered names the same objects, in the same order.
  const auto text = wire::batch_reply(reply);
  CHECK(holt::is_utf8(text));
  const auto again = wire::read_batch("{\"operation\":\"upload\"," + text.substr(1));
  CHECK(again && again->objects.size() == batch->objects.size());
  for (std::size_t i = 0; i < again->objects.size(); ++i)
    CHECK(again->objects[i].oid == batch->objects[i].oid &&
          again->objects[i].size_bytes == batch->objects[i].size_bytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto body = holt::as_text({data + 1, size - 1});
  switch (data[0] % 6) {
    case 0:
      check_batch(body);
      break;
    case 1:
      if (const auto object = wire::read_object(body)) check_object(*object);
      break;
    case 2:
      if (const auto completion = wire::read_completion(body))
        CHECK(completion->parts.size() <= wire::kMostParts && holt::is_utf8(completion->oid));
      break;
    case 3:
      if (const auto path = wire::read_lock_path(body)) {
        CHECK(!path->empty() && path->size() <= 4096);
        CHECK(holt::is_utf8(*path) && path->find('\0') == std::string::npos);
      }
      break;
    case 4:
      static_cast<void>(wire::read_unlock(body));
      break;
    default:
      if (const auto filter = wire::read_verify_locks(body)) CHECK(holt::is_utf8(filter->cursor));
  }
  return 0;
}
