// The server's side of a fetch: git upload-pack.
#include <algorithm>

#include "io/gitio/gitio.h"
#include "io/gitio/programs.h"

namespace holt::gitio {
namespace {

constexpr std::size_t kLongestAdvertisement = 256 << 20;

// The client's wish goes into an environment variable, so only what git sends passes.
bool is_protocol(std::string_view text) {
  return !text.empty() && text.size() <= 256 && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("=:._-").find(c) != std::string_view::npos;
  });
}

proc::Command upload_pack(Repository& repository, std::string_view git_protocol, bool advertise) {
  std::vector<std::string> arguments{"upload-pack", "--stateless-rpc", "--strict"};
  if (advertise) arguments.emplace_back("--advertise-refs");
  arguments.push_back(repository.path().string());
  auto command = git_command(repository.path(), std::move(arguments));
  if (is_protocol(git_protocol))
    command.environment.emplace_back("GIT_PROTOCOL", std::string(git_protocol));
  return command;
}

}  // namespace

std::string advertise_upload_pack(Repository& repository, std::string_view git_protocol) {
  auto outcome = proc::run(upload_pack(repository, git_protocol, true), kLongestAdvertisement);
  if (outcome.exit_code != 0)
    fail_git("cannot list the references of " + repository.path().string(), outcome);
  return std::move(outcome.output);
}

std::unique_ptr<proc::Child> start_upload_pack(Repository& repository,
                                               const SharedFile& request_body,
                                               std::string_view git_protocol) {
  auto command = upload_pack(repository, git_protocol, false);
  command.input = request_body;
  return proc::Child::start(command);
}

}  // namespace holt::gitio
