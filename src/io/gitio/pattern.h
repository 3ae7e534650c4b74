// One pattern of .gitignore or .gitattributes, by git's rules (gitignore(5)).
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace holt::gitio {

// A path as patterns look at it.
struct PatternPath {
  PatternPath(std::string_view path, bool is_folder);
  std::string_view whole;
  // Where the names of the folders above end, topmost first, and of the path itself.
  std::vector<std::size_t> ends;
  bool is_folder;
};

// Matching takes about (length of the pattern / 64) × length of the path steps, whatever the
// pattern.
class Pattern {
 public:
  // Without comment, negation and white space around. Longer than any path: matches nothing.
  explicit Pattern(std::string_view text);
  bool matches(const PatternPath& path) const;
  // For each of path.ends whether the pattern matches the path up to there.
  void match_all(const PatternPath& path, std::vector<bool>& matched) const;

 private:
  using Word = std::uint64_t;
  struct Step {
    enum class Kind {
      literal,     // this byte
      any,         // one byte but '/'
      set,         // one of a class of bytes but '/'
      run,         // any bytes but '/'
      folders,     // nothing, or bytes that end in '/'
      everything,  // any bytes
    } kind = Kind::literal;
    std::bitset<256> bytes;  // literal and set
  };
  bool compile(std::string_view text, std::vector<Step>& steps) const;
  bool compile_set(std::string_view text, std::size_t& at, std::vector<Step>& steps) const;
  void build(const std::vector<Step>& steps);
  // Tells for each end (ascending, the last one the end of the text) whether the text up to it
  // matches.
  template <class See>
  void run(std::string_view text, const std::size_t* ends, const See& see) const;
  bool match_text(std::string_view text) const;

  enum class Form { never, literal, suffix, machine } form_ = Form::machine;
  bool whole_path_ = false;  // a slash in it: compared with the path, not the name
  bool folder_only_ = false;
  std::string literal_;  // of the two quick forms

  // The steps, one bit each, and one bit more for the end.
  std::size_t words_ = 0;
  std::size_t last_ = 0;                     // the bit of the end
  std::array<std::uint16_t, 256> row_of_{};  // bytes that no step names share row 0
  std::vector<Word> moves_, stays_;  // by row: steps that the byte takes on, or leaves in place
  std::vector<Word> open_;           // runs: may be passed over at any time
  std::vector<Word> folders_;        // may be passed over on arrival only
};

}  // namespace holt::gitio
