// Plans for ranges of files, and claims about files that are or are not true.
#include "domain/xetformat/reconstruction.h"

#include <gtest/gtest.h>

#include <map>
#include <numeric>

#include "domain/xetformat/samples.h"

namespace holt::xetformat {
namespace {

// A file over two xorbs: all of A, chunks 2 to 5 of B, then chunks 1 to 3 and 3 to 6 of A again.
class Reconstruction : public testing::Test {
 protected:
  Reconstruction() {
    a_ = add(samples::xorb_of(samples::chunks_of(samples::random_bytes(700'000, 11))));
    b_ = add(samples::xorb_of(samples::chunks_of(samples::text_bytes(600'000))));
    append(a_, 0, static_cast<std::uint32_t>(xorbs_.at(a_).index->chunks.size()));
    append(b_, 2, 4);
    append(a_, 1, 3);
    append(a_, 3, 6);
    file_.file = compute_file_hash(file_.terms, find()).value();
    file_.sha256 = sha256(bytes_);
  }

  XetHash add(XorbBuilder::Built built) {
    const XetHash hash = built.index.hash;
    xorbs_[hash] = {std::make_shared<const XorbIndex>(std::move(built.index)),
                    std::move(built.serialized)};
    return hash;
  }

  void append(const XetHash& hash, std::uint32_t start, std::uint32_t end) {
    const XorbIndex& xorb = *xorbs_.at(hash).index;
    ASSERT_LE(end, xorb.chunks.size());
    const Bytes raw = decoded(hash, start, end);
    file_.terms.push_back({hash, static_cast<std::uint32_t>(raw.size()), start, end});
    file_.range_hashes.push_back(range_hash(xorb, start, end));
    bytes_.insert(bytes_.end(), raw.begin(), raw.end());
  }

  Bytes decoded(const XetHash& hash, std::uint32_t start, std::uint32_t end) const {
    const Stored& stored = xorbs_.at(hash);
    Bytes raw;
    ChunkDecoder decoder;
    for (std::uint32_t i = start; i < end; ++i) {
      const std::size_t begin = stored.index->stored_begin(i);
      const ByteSpan chunk =
          decoder
              .decode(ByteSpan(stored.serialized)
                          .subspan(begin, stored.index->chunks[i].stored_end - begin))
              .value();
      raw.insert(raw.end(), chunk.begin(), chunk.end());
    }
    return raw;
  }

  FindXorb find() const {
    return [this](const XetHash& hash) -> Result<std::shared_ptr<const XorbIndex>> {
      const auto found = xorbs_.find(hash);
      if (found == xorbs_.end()) return fail(Kind::not_found, "no such xorb");
      return found->second.index;
    };
  }

  // What a client does with a plan: fetches ranges, decodes, puts terms together, drops the front.
  Bytes follow(const Plan& plan, std::uint64_t wanted) const {
    Bytes bytes;
    for (const Term& term : plan.terms) {
      const auto fetch =
          std::find_if(plan.xorbs.begin(), plan.xorbs.end(),
                       [&](const XorbFetch& candidate) { return candidate.xorb == term.xorb; });
      EXPECT_NE(fetch, plan.xorbs.end());
      const auto range = std::find_if(fetch->ranges.begin(), fetch->ranges.end(),
                                      [&](const FetchRange& candidate) {
                                        return candidate.chunk_start <= term.chunk_start &&
                                               term.chunk_end <= candidate.chunk_end;
                                      });
      EXPECT_NE(range, fetch->ranges.end()) << "a term lies in one range";
      const Stored& stored = xorbs_.at(term.xorb);
      EXPECT_EQ(range->first_byte, stored.index->stored_begin(range->chunk_start));
      EXPECT_EQ(range->last_byte + 1, stored.index->chunks[range->chunk_end - 1].stored_end);
      const Bytes raw = decoded(term.xorb, term.chunk_start, term.chunk_end);
      EXPECT_EQ(raw.size(), term.unpacked_length);
      bytes.insert(bytes.end(), raw.begin(), raw.end());
    }
    bytes.erase(bytes.begin(),
                bytes.begin() + static_cast<std::ptrdiff_t>(plan.offset_into_first_range));
    EXPECT_GE(bytes.size(), wanted);
    bytes.resize(wanted);
    return bytes;
  }

  struct Stored {
    std::shared_ptr<const XorbIndex> index;
    Bytes serialized;
  };
  std::map<XetHash, Stored> xorbs_;
  XetHash a_, b_;
  FileInfo file_;
  Bytes bytes_;
};

TEST_F(Reconstruction, of_the_whole_file) {
  const Result<Plan> plan = plan_reconstruction(file_.terms, std::nullopt, find());
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_EQ(plan->offset_into_first_range, 0U);
  EXPECT_EQ(plan->terms, file_.terms);
  EXPECT_EQ(total_bytes(plan->terms), bytes_.size());
  ASSERT_EQ(plan->xorbs.size(), 2U) << "each xorb once, whatever the number of terms";
  EXPECT_EQ(plan->xorbs[0].xorb, a_);
  EXPECT_EQ(plan->xorbs[0].ranges.size(), 1U);
  EXPECT_EQ(plan->xorbs[1].ranges.size(), 1U);
  EXPECT_EQ(follow(*plan, bytes_.size()), bytes_);
}

TEST_F(Reconstruction, of_any_range) {
  std::vector<std::uint64_t> edges{0, 1, bytes_.size() / 2, bytes_.size() - 1, bytes_.size()};
  std::uint64_t end = 0;
  for (const Term& term : file_.terms) {
    end += term.unpacked_length;
    for (const std::uint64_t near : {end - 1, end, end + 1})
      edges.push_back(std::min<std::uint64_t>(near, bytes_.size()));
  }
  const XorbIndex& a = *xorbs_.at(a_).index;
  for (const std::uint64_t near :
       {a.chunks[0].raw_end - 1, a.chunks[0].raw_end, a.chunks[0].raw_end + 1}) {
    edges.push_back(near);
  }
  for (const std::uint64_t begin : edges) {
    for (const std::uint64_t stop : edges) {
      if (begin >= stop) continue;
      const Result<Plan> plan = plan_reconstruction(file_.terms, Window{begin, stop}, find());
      ASSERT_TRUE(plan) << plan.error().message;
      const Bytes expected(bytes_.begin() + static_cast<std::ptrdiff_t>(begin),
                           bytes_.begin() + static_cast<std::ptrdiff_t>(stop));
      EXPECT_EQ(follow(*plan, stop - begin), expected) << begin << " to " << stop;
      EXPECT_LT(plan->offset_into_first_range, kMaxChunkBytes)
          << "whole chunks before the range are left out";
      EXPECT_LT(total_bytes(plan->terms) - plan->offset_into_first_range - (stop - begin),
                kMaxChunkBytes)
          << "and after it";
    }
  }
}

TEST_F(Reconstruction, names_only_what_a_range_needs) {
  const XorbIndex& a = *xorbs_.at(a_).index;
  const Result<Plan> plan =
      plan_reconstruction(file_.terms, Window{a.chunks[0].raw_end, a.chunks[1].raw_end}, find());
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->terms, (std::vector<Term>{{a_, a.chunks[1].raw_length, 1, 2}}));
  EXPECT_EQ(plan->offset_into_first_range, 0U);
  ASSERT_EQ(plan->xorbs.size(), 1U);
  EXPECT_EQ(plan->xorbs[0].ranges,
            (std::vector<FetchRange>{
                {1, 2, a.chunks[0].stored_end, a.chunks[1].stored_end - std::uint64_t{1}}}));
}

TEST_F(Reconstruction, merges_ranges_that_touch_and_keeps_others_apart) {
  const auto term = [&](std::uint32_t start, std::uint32_t end) {
    const XorbIndex& a = *xorbs_.at(a_).index;
    return Term{a_, static_cast<std::uint32_t>(a.raw_begin(end) - a.raw_begin(start)), start, end};
  };
  const std::vector<Term> terms{term(5, 7), term(0, 1), term(2, 4), term(1, 2), term(6, 7)};
  const Result<Plan> plan = plan_reconstruction(terms, std::nullopt, find());
  ASSERT_TRUE(plan);
  ASSERT_EQ(plan->xorbs.size(), 1U);
  ASSERT_EQ(plan->xorbs[0].ranges.size(), 2U);
  EXPECT_EQ(plan->xorbs[0].ranges[0].chunk_start, 0U);
  EXPECT_EQ(plan->xorbs[0].ranges[0].chunk_end, 4U);
  EXPECT_EQ(plan->xorbs[0].ranges[1].chunk_start, 5U);
  EXPECT_EQ(plan->xorbs[0].ranges[1].chunk_end, 7U);
}

TEST_F(Reconstruction, range_past_the_end) {
  const Result<Plan> clamped =
      plan_reconstruction(file_.terms, Window{bytes_.size() - 3, UINT64_MAX}, find());
  ASSERT_TRUE(clamped);
  EXPECT_EQ(follow(*clamped, 3), Bytes(bytes_.end() - 3, bytes_.end()));

  const Result<Plan> past =
      plan_reconstruction(file_.terms, Window{bytes_.size(), UINT64_MAX}, find());
  ASSERT_FALSE(past);
  EXPECT_EQ(past.error().kind, Kind::range_not_satisfiable);
}

TEST_F(Reconstruction, of_the_empty_file) {
  const Result<Plan> plan = plan_reconstruction({}, std::nullopt, find());
  ASSERT_TRUE(plan);
  EXPECT_TRUE(plan->terms.empty());
  EXPECT_TRUE(plan->xorbs.empty());
  EXPECT_EQ(verify_file(FileInfo{}, find()).value(), 0U);
}

TEST_F(Reconstruction, true_claims_are_verified) {
  const Result<std::uint64_t> size = verify_file(file_, find());
  ASSERT_TRUE(size) << size.error().message;
  EXPECT_EQ(*size, bytes_.size());
  FileInfo simple;
  simple.terms = {file_.terms[0]};
  simple.range_hashes = {file_.range_hashes[0]};
  simple.file =
      file_hash(samples::nodes_of(samples::chunks_of(samples::random_bytes(700'000, 11))));
  EXPECT_TRUE(verify_file(simple, find())) << "the same as chunking the file anew";
}

TEST_F(Reconstruction, false_claims_are_refused) {
  const auto refusal = [&](auto change) {
    FileInfo file = file_;
    change(file);
    const Result<std::uint64_t> size = verify_file(file, find());
    if (size) return std::string("accepted");
    EXPECT_EQ(size.error().kind, Kind::invalid);
    return size.error().message;
  };
  EXPECT_NE(refusal([](FileInfo& f) {
              f.range_hashes.clear();
            }).find("0 verification entries for 4 terms"),
            std::string::npos);
  EXPECT_NE(refusal([](FileInfo& f) { f.terms[1].xorb = {}; }).find("term 1: xorb 0000"),
            std::string::npos);
  EXPECT_NE(
      refusal([](FileInfo& f) { f.terms[2].unpacked_length++; }).find("term 2: chunks 1 to 3"),
      std::string::npos);
  EXPECT_NE(refusal([](FileInfo& f) { f.terms[0].chunk_end = 8000; }).find("chunks 0 to 8000"),
            std::string::npos);
  EXPECT_NE(refusal([](FileInfo& f) { f.terms[3].chunk_start = 6; }).find("chunks 6 to 6"),
            std::string::npos);
  EXPECT_NE(
      refusal([](FileInfo& f) { f.range_hashes[3] = {}; }).find("term 3: its verification hash"),
      std::string::npos);
  EXPECT_NE(refusal([](FileInfo& f) { f.file = {}; }).find("amount to file " + file_.file.text()),
            std::string::npos);
  EXPECT_NE(refusal([](FileInfo& f) {
              f.terms.pop_back(), f.range_hashes.pop_back();
            }).find("amount to file"),
            std::string::npos);
}

TEST_F(Reconstruction, other_errors_than_a_missing_xorb_are_passed_on) {
  const FindXorb broken = [](const XetHash&) -> Result<std::shared_ptr<const XorbIndex>> {
    return fail(Kind::internal, "disk");
  };
  EXPECT_EQ(verify_file(file_, broken).error().kind, Kind::internal);
  EXPECT_EQ(plan_reconstruction(file_.terms, std::nullopt, broken).error().kind, Kind::internal);
}

}  // namespace
}  // namespace holt::xetformat
