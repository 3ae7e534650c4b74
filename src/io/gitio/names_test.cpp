// Names, paths, framing and patterns.
#include <gtest/gtest.h>

#include <fstream>

#include "io/gitio/support_test.h"

namespace holt::gitio {
namespace {

TEST(RefNames, follow_the_rules_of_check_ref_format) {
  for (const std::string good : {"refs/heads/main", "refs/heads/a/b-c_d.e", "refs/pr/1",
                                 "heads/foo.lockx", "a/@", "a/b@c", "refs/heads/ü", "a/{b}"})
    EXPECT_TRUE(valid_ref_name(good)) << good;
  const std::vector<std::string> bad = {"",
                                        "main",
                                        "@",
                                        "/refs/a",
                                        "refs/a/",
                                        "refs//a",
                                        "refs/.a",
                                        "refs/a.lock",
                                        "refs/a.lock/b",
                                        "refs/a..b",
                                        "refs/a b",
                                        "refs/a~b",
                                        "refs/a^b",
                                        "refs/a:b",
                                        "refs/a?b",
                                        "refs/a*b",
                                        "refs/a[b",
                                        "refs/a\\b",
                                        "refs/a.",
                                        "refs/a@{b",
                                        "refs/a\x7f",
                                        "refs/a\n",
                                        std::string("refs/a\0b", 8),
                                        "./a",
                                        "refs/heads/-/.b"};
  for (const auto& name : bad) EXPECT_FALSE(valid_ref_name(name)) << name;
}

TEST(Paths, git_in_disguise_is_refused) {
  const std::vector<std::string> bad = {"",           "/a",
                                        "a/",         "a//b",
                                        ".",          "..",
                                        "a/./b",      "a/../b",
                                        ".git",       ".git/config",
                                        "a/.git/b",   ".GIT",
                                        "a/.Git",     ".git.",
                                        ".git ",      ".git . .",
                                        "git~1",      "GIT~1/x",
                                        "git~1. ",    ".git::$INDEX_ALLOCATION/x",
                                        ".git:a",     ".g\u200cit",
                                        "\ufeff.git", ".git\u206f/x",
                                        "a\\.git\\b", std::string("a\0b", 3),
                                        "\xff",       std::string(4097, 'a')};
  for (const auto& path : bad) {
    const auto checked = check_path(path);
    EXPECT_FALSE(checked.has_value()) << path;
    if (!checked) EXPECT_EQ(checked.error().kind, Kind::invalid);
  }
  const std::vector<std::string> good = {"a",
                                         "a/b.c",
                                         ".gitattributes",
                                         ".gitignore",
                                         ".gitmodules",
                                         ".github/x",
                                         "git",
                                         "git~2",
                                         ".gitx",
                                         "x.git",
                                         "a b/ü %",
                                         "...",
                                         "..a",
                                         std::string(255, 'a'),
                                         "a/" + std::string(255, 'b') + "/c"};
  for (const auto& path : good) EXPECT_TRUE(check_path(path).has_value()) << path;
}

TEST(Paths, longer_than_file_systems_take_are_refused) {
  EXPECT_FALSE(check_path(std::string(256, 'a')).has_value());
  EXPECT_FALSE(check_path("a/" + std::string(256, 'b') + "/c").has_value());
  std::string path = "a";
  while (path.size() < 4096) path += path.size() % 200 == 0 ? "/" : "b";
  EXPECT_TRUE(check_path(path).has_value());
  EXPECT_FALSE(check_path(path + "c").has_value());
}

TEST(PktLines, are_read_as_they_are_written) {
  const std::string text = pkt("hello\n") + std::string(kFlush) + "0001" + "0002" + pkt("") +
                           pkt(std::string(65516, 'x'));
  EXPECT_TRUE(text.starts_with("000ahello\n0000"));
  std::size_t position = 0;
  EXPECT_EQ(read_pkt(as_bytes(text), position)->data, "hello\n");
  EXPECT_EQ(read_pkt(as_bytes(text), position)->kind, PktLine::Kind::flush);
  EXPECT_EQ(read_pkt(as_bytes(text), position)->kind, PktLine::Kind::delimiter);
  EXPECT_EQ(read_pkt(as_bytes(text), position)->kind, PktLine::Kind::response_end);
  EXPECT_EQ(read_pkt(as_bytes(text), position)->data, "");
  EXPECT_EQ(read_pkt(as_bytes(text), position)->data.size(), 65516U);
  EXPECT_EQ(position, text.size());
  for (const std::string bad : {"", "000", "0003", "zzzz", "0009abc", "fff1", "-001", "+004"}) {
    std::size_t start = 0;
    EXPECT_FALSE(read_pkt(as_bytes(bad), start).has_value()) << bad;
    EXPECT_EQ(start, 0U);
  }
}

const std::vector<std::string> kPaths = {"a",
                                         "b",
                                         "a.txt",
                                         "a.bin",
                                         "x/a.txt",
                                         "x/y/a.txt",
                                         "x/y/z/a.bin",
                                         "foo",
                                         "foo/bar",
                                         "x/foo/bar",
                                         "foo/x/y/bar",
                                         "x/foo",
                                         "a b",
                                         "[a]",
                                         "a]b",
                                         "-",
                                         "!a",
                                         "#a",
                                         "a\\b",
                                         "saved_model/v/1",
                                         "x/saved_model/v",
                                         "model.safetensors",
                                         "x/tfevents.1",
                                         "abc",
                                         "aXc",
                                         "a/c",
                                         "ab/c",
                                         "A.TXT",
                                         "deep/er/and/deeper/file.tar.gz",
                                         "1.dat",
                                         "x/1.dat",
                                         "ends ",
                                         "ü.txt",
                                         "aaaa",
                                         "foo.lfs",
                                         "doc/frotz/a",
                                         "a/doc/frotz",
                                         "9a",
                                         "x-y",
                                         "x5y"};

class Patterns : public GitFixture {};

TEST_F(Patterns, gitignore_agrees_with_git) {
  const std::vector<std::string> files = {"*.txt\n",
                                          "/a.txt\n",
                                          "foo/\n",
                                          "foo\n!foo/bar\n",
                                          "x/*\n!x/y\n",
                                          "**/foo\n",
                                          "foo/**\n",
                                          "foo/**/bar\n",
                                          "x/**/a.*\n",
                                          "a?c\n",
                                          "a[bX]c\n",
                                          "a[!b]c\n",
                                          "[[:digit:]]*.dat\n",
                                          "[]]\n",
                                          "a[]]b\n",
                                          "\\!a\n",
                                          "\\#a\n#a\n",
                                          "a\\ b\n",
                                          "a\\\\b\n",
                                          "ends\\ \n",
                                          "ends \n",
                                          "a b  \n",
                                          "*\n!*/\n!*.bin\n",
                                          "x/y\n",
                                          "/x/\n!/x/foo\n",
                                          "doc/frotz/\n",
                                          "**\n",
                                          "**/\n",
                                          "*/foo\n",
                                          "x/**\n!x/foo\n",
                                          "[a-\n",
                                          "a\\\n",
                                          "a***\n",
                                          "x**y\n",
                                          "[^a]\n",
                                          "[a-c]bc\n",
                                          "x[0-9]y\n",
                                          "[--9]*\n",
                                          "[[:alpha:]-]*.dat\n",
                                          "[[:bogus:]]*\n",
                                          "*a*a*a*a\n",
                                          "\xef\xbb\xbf*.txt\n",
                                          "*.txt\r\n",
                                          "/\n",
                                          "!\n",
                                          "/*\n!/foo\n",
                                          "foo/*\n",
                                          "\\[a\\]\n",
                                          "[\\]]*\n",
                                          "z/**/z\n",
                                          "/**/bar\n",
                                          "**/x/**/a.bin\n"};
  git(root_, {"init", "-q", "work"});
  const auto list = create_new(root_ / "list");
  for (const auto& path : kPaths) list->write_all(as_bytes(path + '\0'));
  for (const auto& text : files) {
    std::ofstream(root_ / "work" / ".gitignore", std::ios::binary) << text;
    const std::string said =
        try_git(root_ / "work", {"check-ignore", "--no-index", "-z", "--stdin"}, 0, list).output;
    std::string mine;
    const auto ignores = Ignores::parse(text);
    for (const auto& path : kPaths)
      if (ignores.is_ignored(path)) mine += path + '\0';
    EXPECT_EQ(mine, said) << text;
  }
}

TEST_F(Patterns, gitattributes_agree_with_git) {
  const std::string lfs = " filter=lfs diff=lfs merge=lfs -text\n";
  const std::vector<std::string> files = {
      "*.bin" + lfs,
      "*.bin" + lfs + "x/**/*.bin -filter\n",
      "*" + lfs + "*.txt !filter\n",
      "*.txt filter\n",
      "saved_model/**/*" + lfs,
      "*tfevents*" + lfs,
      "x/" + lfs,
      "x/*" + lfs,
      "/a.txt" + lfs,
      "\"a b\"" + lfs,
      "\"\\303\\274.txt\"" + lfs,
      "[attr]lfs filter=lfs -text\n*.bin lfs\n*.txt lfs\n/a.txt -lfs\n",
      "*.bin lfs\n[attr]lfs filter=lfs\n",
      "[attr]one two\n[attr]two filter=lfs\n* one\n*.txt filter=other\nfoo two -filter\n",
      "!*.bin" + lfs,
      "# *.bin" + lfs,
      "  *.bin" + lfs,
      "*.bin\tfilter=lfs\r\n",
      "*.bin filter=lfs filter=x\n",
      "*.txt binary\n* filter=lfs\n",
      "foo/**" + lfs,
      "**/foo" + lfs,
      "a[bX]c filter=lfs\n",
      "*.bin filter=LFS\n",
      std::string(2100, 'a') + lfs,
      "*.lfs* -text\n*.lfs* filter=lfs\n"};
  git(root_, {"init", "-q", "work"});
  for (const auto& text : files) {
    std::ofstream(root_ / "work" / ".gitattributes", std::ios::binary) << text;
    const auto attributes = Attributes::parse(text);
    const auto list = create_new(root_ / random_hex(8));
    for (const auto& path : kPaths) list->write_all(as_bytes(path + '\0'));
    const std::string said =
        try_git(root_ / "work", {"check-attr", "-z", "--stdin", "filter"}, 0, list).output;
    const auto fields = split(said, '\0');
    ASSERT_GE(fields.size(), kPaths.size() * 3) << text;
    for (std::size_t i = 0; i < kPaths.size(); ++i)
      EXPECT_EQ(attributes.is_lfs(kPaths[i]), fields[3 * i + 2] == "lfs") << text << kPaths[i];
  }
}

TEST_F(Patterns, hostile_patterns_take_no_time) {
  std::string stars;
  for (int i = 0; i < 400; ++i) stars += "*a";
  std::string folders;
  for (int i = 0; i < 300; ++i) folders += "**/a/";
  const auto ignores = Ignores::parse(stars + "b\n" + folders + "b\n");
  const auto started = std::chrono::steady_clock::now();
  EXPECT_FALSE(ignores.is_ignored(std::string(4000, 'a')));
  std::string path;
  for (int i = 0; i < 1500; ++i) path += "a/";
  EXPECT_FALSE(Ignores::parse(folders + "b\n").is_ignored(path + "c"));
  EXPECT_LT(std::chrono::steady_clock::now() - started, std::chrono::seconds(20));
  const auto attributes = Attributes::parse(std::string(2 << 20, '*'));
  EXPECT_FALSE(attributes.is_lfs("a"));
}

}  // namespace
}  // namespace holt::gitio
