// Parts of an upload as clients may send them: in any order, cut short, too long, twice, two at
// once. What completes has the bytes that were announced; nothing else does. Input: steps of three
// bytes (what, which part, how much).
#include "domain/lfs/uploads.h"

#include <filesystem>

#include "base/bytes.h"
#include "base/random.h"

namespace {

namespace lfs = holt::lfs;

constexpr std::uint64_t kPartBytes = 10;
constexpr std::size_t kParts = 4;

struct Place {
  std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("holt-uploads-fuzz-" + holt::random_hex(12));
  std::unique_ptr<holt::blob::BlobStore> store = holt::blob::open_disk_store(folder);
  ~Place() {
    store.reset();
    std::filesystem::remove_all(folder);
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Place place;
  static const std::string content = "abcdefghijklmnopqrstuvwxyz0123456789!";  // the last is short
  lfs::Uploads uploads(*place.store);
  lfs::Link link;
  link.operation = lfs::Operation::part;
  link.sha256 = holt::to_hex(holt::sha256(holt::as_bytes(content)));
  link.size_bytes = content.size();
  link.upload = "u";
  link.chunk_bytes = kPartBytes;
  CHECK(lfs::part_count(content.size(), kPartBytes) == kParts);

  std::vector<std::pair<std::uint64_t, std::unique_ptr<lfs::PartSink>>> sinks;
  for (std::size_t i = 0; i + 3 <= size; i += 3) {
    const std::size_t amount = data[i + 2];
    switch (data[i] % 6) {
      case 0: {  // a part begins
        link.part = data[i + 1];
        auto upload = uploads.open(link);
        CHECK(upload.has_value() == (link.part >= 1 && link.part <= kParts));
        if (upload)
          sinks.emplace_back(link.part, std::make_unique<lfs::PartSink>(*upload, link.part));
        if (sinks.size() > 8) sinks.erase(sinks.begin());
        break;
      }
      case 1:  // some of the right bytes of one of them, from its beginning
      case 2:  // wrong ones
        if (!sinks.empty()) {
          auto& [part, sink] = sinks[data[i + 1] % sinks.size()];
          std::string bytes = content.substr((part - 1) * kPartBytes, kPartBytes);
          bytes.resize(amount % (kPartBytes + 2), '?');
          if (data[i] % 6 == 2) bytes.assign(bytes.size(), '?');
          static_cast<void>(sink->write(holt::as_bytes(bytes)));
        }
        break;
      case 3:
        if (!sinks.empty()) static_cast<void>(sinks[data[i + 1] % sinks.size()].second->finish());
        break;
      case 4: {
        link.operation = lfs::Operation::complete;
        if (const auto staged = uploads.finish(link)) {
          CHECK((*staged)->file()->size_bytes() == content.size());
          CHECK((*staged)->file()->read_text(0, content.size()) == content);
        }
        link.operation = lfs::Operation::part;
        break;
      }
      default:
        uploads.sweep(holt::Timestamp{amount > 200 ? holt::now().ms + 1'000 : 0});
    }
  }
  return 0;
}
