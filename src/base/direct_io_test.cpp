// Reading past the page cache, and bringing files into it: the same bytes either way.
#include "base/direct_io.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>

#include "base/page_cache.h"
#include "base/random.h"

namespace holt {
namespace {

class DirectFiles : public testing::Test {
 protected:
  DirectFiles()
      : path_(std::filesystem::temp_directory_path() / ("holt-direct-" + random_hex(12))) {}
  ~DirectFiles() override { ::unlink(path_.c_str()); }

  SharedFile file_of(const Bytes& bytes) {
    auto file = create_new(path_);
    file->write_all(bytes);
    return file;
  }

  std::filesystem::path path_;
};

Bytes counted(std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(i * 7 + i / 256);
  return bytes;
}

TEST_F(DirectFiles, any_range_reads_as_written) {
  const Bytes bytes = counted(3 * kDirectAlignment + 123);
  const auto file = file_of(bytes);
  OnceReader reader;
  for (const std::size_t offset : {std::size_t{0}, std::size_t{1}, kDirectAlignment - 1,
                                   2 * kDirectAlignment, bytes.size() - 1}) {
    for (const std::size_t length : {std::size_t{1}, kDirectAlignment, bytes.size() - offset}) {
      if (offset + length > bytes.size()) continue;
      const ByteSpan read = reader.read(file, offset, length);
      EXPECT_EQ(as_text(read), as_text(ByteSpan(bytes).subspan(offset, length)))
          << offset << " " << length;
    }
  }
}

TEST_F(DirectFiles, one_reader_goes_from_file_to_file_and_refuses_what_is_past_the_end) {
  const auto file = file_of(counted(5000));
  OnceReader reader;
  reader.read(file, 0, 5000);
  EXPECT_THROW(reader.read(file, 4000, 1001), std::runtime_error);
  ::unlink(path_.c_str());
  const auto other = file_of(Bytes(100, 'x'));
  EXPECT_EQ(as_text(reader.read(other, 10, 3)), "xxx");
}

TEST_F(DirectFiles, what_was_loaded_is_in_memory) {
  const auto file = file_of(counted(3 << 20));
  file->sync();
  load_into_page_cache(*file, 0, 3 << 20);
  EXPECT_TRUE(in_page_cache(*file, (3 << 20) - 1));
  load_into_page_cache(*file, 2 << 20, 5 << 20);  // past the end: no harm
}

TEST(AlignedBuffer, is_aligned_and_large_enough) {
  for (const std::size_t wanted : {std::size_t{1}, std::size_t{5000}, std::size_t{3} << 20}) {
    AlignedBuffer buffer(wanted);
    EXPECT_GE(buffer.capacity(), wanted);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(buffer.data()) % kDirectAlignment, 0U);
    buffer.data()[wanted - 1] = 1;
  }
}

}  // namespace
}  // namespace holt
