# Third-party packages, each found once. A room names what it uses in its LIBS.
# How they are installed: tools/deps/build.txt.
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json url)
find_package(OpenSSL 3 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(PostgreSQL REQUIRED)
find_package(CURL REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(prometheus-cpp REQUIRED COMPONENTS core)
if(HOLT_TESTS)
  find_package(GTest REQUIRED)
endif()

find_package(PkgConfig REQUIRED)
pkg_check_modules(libgit2 REQUIRED IMPORTED_TARGET libgit2)
pkg_check_modules(libsodium REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(liblz4 REQUIRED IMPORTED_TARGET liblz4)
pkg_check_modules(libcmark_gfm REQUIRED IMPORTED_TARGET libcmark-gfm)
add_library(cmark_gfm INTERFACE)
target_link_libraries(cmark_gfm INTERFACE cmark-gfm-extensions PkgConfig::libcmark_gfm)
add_library(libgit2 ALIAS PkgConfig::libgit2)
add_library(sodium ALIAS PkgConfig::libsodium)
add_library(lz4 ALIAS PkgConfig::liblz4)

find_path(CLI11_INCLUDE_DIR CLI/CLI.hpp REQUIRED)
add_library(cli11 INTERFACE)
target_include_directories(cli11 SYSTEM INTERFACE ${CLI11_INCLUDE_DIR})

# Asio and Beast are compiled once, in the network room; everywhere else they are declarations.
add_compile_definitions(BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION
  BOOST_ASIO_NO_DEPRECATED)
include_directories(SYSTEM ${Boost_INCLUDE_DIRS})
