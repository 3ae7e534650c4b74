// The builder of JSON from the parser's events, and what plain scalars mean.
#include "domain/cards/yaml.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>
#include <cmath>
#include <map>
#include <optional>
#include <sstream>

#include "base/text.h"

namespace holt::cards {
namespace json = boost::json;

namespace {

constexpr std::size_t kLongestYaml = 1u << 20;
constexpr std::size_t kMostValues = 50'000;
constexpr std::size_t kMostBytes = 4u << 20;
constexpr std::size_t kDeepest = 64;

struct Refused {
  std::string why;
};

// By YAML 1.2's core schema, as JavaScript's parser reads them: "no" and "yes" are words.
json::value scalar_of(const std::string& text, bool quoted) {
  if (quoted) return json::value(text);
  if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL")
    return nullptr;
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  if (text == ".nan" || text == ".NaN" || text == ".inf" || text == "-.inf")
    return json::value(text);
  std::int64_t integer = 0;
  const char* const first = text.data() + (text.front() == '+' ? 1 : 0);
  const char* const last = text.data() + text.size();
  if (auto [end, error] = std::from_chars(first, last, integer);
      error == std::errc() && end == last)
    return integer;
  const bool numeric = text.find_first_not_of("+-.0123456789eE") == std::string::npos &&
                       text.find_first_of("0123456789") != std::string::npos;
  double real = 0;
  if (numeric)
    if (auto [end, error] = std::from_chars(first, last, real);
        error == std::errc() && end == last && std::isfinite(real))
      return real;
  return json::value(text);
}

// A value with what a copy of it costs.
struct Built {
  json::value value;
  std::optional<std::string> text;  // of a scalar, as it stands: what a key is made of
  std::size_t values = 1, bytes = 0, height = 0;
};

class Builder final : public YAML::EventHandler {
 public:
  explicit Builder(bool has_aliases) : has_aliases_(has_aliases) {}
  json::value take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t anchor) override { finish(Built{}, anchor); }
  void OnAlias(const YAML::Mark&, YAML::anchor_t anchor) override {
    const auto known = anchors_.find(anchor);
    if (known == anchors_.end()) throw Refused{"an alias inside the value that it stands for"};
    if (open_.size() + known->second.height > kDeepest) throw Refused{too_deep()};
    spend(known->second.values, known->second.bytes);
    place(Built(known->second));
  }
  void OnScalar(const YAML::Mark&, const std::string& tag, YAML::anchor_t anchor,
                const std::string& text) override {
    Built built;
    built.value = scalar_of(text, tag == "!");
    built.text = text;
    built.bytes = text.size();
    finish(std::move(built), anchor);
  }
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(json::array(), anchor);
  }
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(json::object(), anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapEnd() override { close(); }

 private:
  struct Frame {
    Built built;
    YAML::anchor_t anchor = 0;
    std::optional<std::string> key;  // of the value that comes next
  };

  static std::string too_deep() { return "nested deeper than 64 levels"; }

  void spend(std::size_t values, std::size_t bytes) {
    values_ += values;
    bytes_ += bytes;
    if (values_ > kMostValues) throw Refused{"more than 50,000 values (aliases counted each time)"};
    if (bytes_ > kMostBytes) throw Refused{"more than 4 MiB of values (aliases counted each time)"};
  }

  void open(json::value empty, YAML::anchor_t anchor) {
    if (open_.size() > kDeepest) throw Refused{too_deep()};
    spend(1, 0);
    Frame frame;
    frame.built.value = std::move(empty);
    frame.anchor = anchor;
    open_.push_back(std::move(frame));
  }

  void close() {
    Frame frame = std::move(open_.back());
    open_.pop_back();
    keep(frame.built, frame.anchor);
    place(std::move(frame.built));
  }

  void finish(Built built, YAML::anchor_t anchor) {
    if (open_.size() > kDeepest) throw Refused{too_deep()};
    spend(1, built.bytes);
    keep(built, anchor);
    place(std::move(built));
  }

  // The copy is paid for like any other.
  void keep(const Built& built, YAML::anchor_t anchor) {
    if (anchor == 0 || !has_aliases_) return;
    spend(built.values, built.bytes);
    anchors_[anchor] = built;
  }

  void place(Built built) {
    if (open_.empty()) {
      root_ = std::move(built.value);
      return;
    }
    Frame& frame = open_.back();
    frame.built.values += built.values;
    frame.built.bytes += built.bytes;
    frame.built.height = std::max(frame.built.height, built.height + 1);
    if (auto* list = frame.built.value.if_array()) {
      list->push_back(std::move(built.value));
      return;
    }
    auto& object = frame.built.value.as_object();
    if (frame.key) {
      object[*frame.key] = std::move(built.value);
      frame.key.reset();
      return;
    }
    if (!built.text) throw Refused{"a mapping key that is not plain text"};
    if (object.contains(*built.text))
      throw Refused{"duplicated mapping key \"" + std::string(clip(*built.text, 200)) + "\""};
    frame.key = std::move(built.text);
  }

  bool has_aliases_;
  json::value root_;
  std::vector<Frame> open_;
  std::map<YAML::anchor_t, Built> anchors_;
  std::size_t values_ = 0, bytes_ = 0;
};

}  // namespace

Result<json::value> read_yaml(std::string_view text, int first_line) {
  if (text.size() > kLongestYaml)
    return fail(Kind::invalid, "the metadata block is longer than 1 MiB");
  if (!is_utf8(text) || text.find('\0') != text.npos)
    return fail(Kind::invalid, "the metadata block is not UTF-8 text");
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    Builder builder(text.find('*') != text.npos);
    parser.HandleNextDocument(builder);
    return builder.take();
  } catch (const Refused& refused) {
    return fail(Kind::invalid, refused.why);
  } catch (const YAML::Exception& error) {
    // The parser quotes single bytes, which may be parts of a character.
    const std::string why = is_utf8(error.msg) ? ": " + error.msg : std::string();
    return fail(Kind::invalid, "invalid YAML at line " +
                                   std::to_string(error.mark.line + first_line) +
                                   std::string(clip(why, 400)));
  }
}

}  // namespace holt::cards
