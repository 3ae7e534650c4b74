// One pattern of .gitignore or .gitattributes, by git's rules (gitignore(5)).
#pragma once

#include <bitset>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace holt::gitio {

// A path split as patterns look at it.
struct PatternPath {
  explicit PatternPath(std::string_view path, bool folder);
  std::string_view whole, name;  // name: the last part
  bool is_folder;
};

// Matching takes at most length of the pattern × length of the path steps.
class Pattern {
 public:
  // Without comment, negation and white space around.
  explicit Pattern(std::string_view text);
  bool matches(const PatternPath& path) const;

 private:
  struct Step {
    enum class Kind {
      literal,       // this byte
      any,           // one byte but '/'
      set,           // one of a class of bytes but '/'
      run,           // any bytes but '/'
      folders,       // nothing, or bytes that end in '/'
      everything,    // any bytes
    } kind = Kind::literal;
    char byte = 0;
    std::uint32_t set = 0;  // index in sets_
  };
  void compile(std::string_view text);
  bool compile_set(std::string_view text, std::size_t& at);
  bool match_steps(std::string_view text) const;

  std::vector<Step> steps_;
  std::vector<std::bitset<256>> sets_;
  std::string literal_;      // for the two quick forms
  enum class Form { never, literal, suffix, steps } form_ = Form::steps;
  bool whole_path_ = false;  // a slash in it: compared with the path, not the name
  bool folder_only_ = false;
};

}  // namespace holt::gitio
