// git over HTTP: fetch by git's own upload-pack over the cached bare repository, push by Git::push.
#include <fmt/format.h>
#include <unistd.h>

#include "base/text.h"
#include "domain/git/inflating.h"
#include "domain/git/push_commands.h"
#include "domain/git/requests.h"
#include "domain/git/routes.h"
#include "io/proc/proc.h"

namespace holt::git {
namespace {

using http::BodyPolicy;
using http::Method;
using http::Request;
using http::Response;

constexpr std::uint64_t kLargestFetchRequest = 256u << 20;
constexpr std::uint64_t kLargestPush = 16ull << 30;
// A pack is deflated already, so clients do not pack it again; a body that is packed may grow to
// this, not to what a pack may have.
constexpr std::uint64_t kLargestInflated = 256u << 20;
constexpr std::string_view kPushCapabilities =
    "report-status delete-refs side-band-64k quiet atomic ofs-delta object-format=sha1 agent=holt";

void forbid_caching(Response& response) {
  response.headers.add("Cache-Control", "no-cache, max-age=0, must-revalidate");
  response.headers.add("Expires", "Fri, 01 Jan 1980 00:00:00 GMT");
  response.headers.add("Pragma", "no-cache");
}

// Passes the output of a child on as the client takes it.
class ChildSource : public http::BodySource {
 public:
  ChildSource(std::unique_ptr<proc::Child> child, std::shared_ptr<gitio::Repository> repository,
              std::unique_ptr<blob::Staged> input)
      : input_(std::move(input)), repository_(std::move(repository)), child_(std::move(child)) {}
  std::optional<http::Piece> next() override {
    constexpr std::size_t kPiece = 256u << 10;
    auto bytes = child_->read(kPiece);
    if (!bytes.empty()) return bytes;
    const auto outcome = child_->wait();
    // The protocol tells its own errors inside the stream; a child that died cuts the reply short.
    if (outcome.exit_code != 0 && outcome.exit_code != 128)
      throw std::runtime_error("git upload-pack ended with " + std::to_string(outcome.exit_code) +
                               ": " + outcome.error_output);
    return std::nullopt;
  }

 private:
  std::unique_ptr<blob::Staged> input_;            // the child's stdin
  std::shared_ptr<gitio::Repository> repository_;  // stays open while the child reads it
  std::unique_ptr<proc::Child> child_;
};

// A client that asks whether its credentials are good sends nothing, or a flush.
bool is_probe(const SharedFile& body) {
  if (body->size_bytes() == 0) return true;
  return body->size_bytes() == gitio::kFlush.size() &&
         body->read_text(0, gitio::kFlush.size()) == gitio::kFlush;
}

struct SmartHttp {
  Git& git;
  repos::Repos& repos;
  content::Contents& contents;

  static repos::RepoId id_of(const Request& request) {
    repos::RepoId id;
    if (const auto type = repos::parse_type(request.param("type"))) id.type = *type;
    id.owner = request.param("owner");
    id.name = request.param("name");
    if (lower(id.name).ends_with(".git")) id.name.resize(id.name.size() - 4);
    return id;
  }

  Result<Response> advertise(Request& request) const {
    const auto service = request.query.get("service").value_or("");
    const auto actor = auth::actor_ptr_of(request);
    if (service == "git-upload-pack") {
      const auto repo = TRY(repos.open_readable(actor, id_of(request)));
      auto opened = git.repository_with_refs(repo);
      Response response;
      response.headers.add("Content-Type", "application/x-git-upload-pack-advertisement");
      forbid_caching(response);
      const auto protocol = request.headers.get("Git-Protocol");
      std::string body = gitio::pkt("# service=git-upload-pack\n") + std::string(gitio::kFlush);
      body += gitio::advertise_upload_pack(*opened, protocol);
      response.body = std::move(body);
      return response;
    }
    if (service != "git-receive-pack")
      return fail(Kind::invalid,
                  "This server speaks git's smart protocol only: use a git client of version 1.6.6 "
                  "or later.");
    const auto repo = TRY(repos.open_writable(actor, id_of(request)));
    std::string body = gitio::pkt("# service=git-receive-pack\n") + std::string(gitio::kFlush);
    bool first = true;
    const auto line = [&](std::string_view oid, std::string_view name) {
      body += gitio::pkt(
          first ? fmt::format("{} {}{}{}\n", oid, name, std::string(1, '\0'), kPushCapabilities)
                : fmt::format("{} {}\n", oid, name));
      first = false;
    };
    for (const auto& ref : git.refs(repo)) line(ref.target, ref.name);
    if (first) line(std::string(40, '0'), "capabilities^{}");
    body += gitio::kFlush;
    Response response;
    response.headers.add("Content-Type", "application/x-git-receive-pack-advertisement");
    forbid_caching(response);
    response.body = std::move(body);
    return response;
  }

  // The request body as plain bytes.
  Result<std::unique_ptr<blob::Staged>> plain_body(Request& request) const {
    auto staged = static_cast<content::StagingSink&>(*request.sink).take();
    const auto encoding = request.headers.get("Content-Encoding");
    if (encoding.empty() || encoding == "identity") return staged;
    if (encoding != "gzip" && encoding != "x-gzip")
      return fail(Kind::invalid, "Unknown Content-Encoding: " + std::string(clip(encoding, 40)));
    return inflate(staged->file(), contents.store(), kLargestInflated);
  }

  Result<Response> upload_pack(Request& request) const {
    const auto repo = TRY(repos.open_readable(auth::actor_ptr_of(request), id_of(request)));
    auto input = TRY(plain_body(request));
    if (input->size_bytes() > 0) {  // git itself answers nonsense with 200 and an error inside
      const auto mapped = MappedFile::map(input->file());
      std::size_t position = 0;
      TRY(gitio::read_pkt(mapped.bytes(), position));
    }
    auto opened = git.repository_with_refs(repo);
    auto child =
        gitio::start_upload_pack(*opened, input->file(), request.headers.get("Git-Protocol"));
    Response response;
    response.headers.add("Content-Type", "application/x-git-upload-pack-result");
    forbid_caching(response);
    response.body = http::Stream{
        std::make_unique<ChildSource>(std::move(child), std::move(opened), std::move(input)),
        std::nullopt};
    return response;
  }

  Result<Response> receive_pack(Request& request) const {
    const auto repo = TRY(repos.open_writable(auth::actor_ptr_of(request), id_of(request)));
    auto input = TRY(plain_body(request));
    Response response;
    response.headers.add("Content-Type", "application/x-git-receive-pack-result");
    forbid_caching(response);
    if (is_probe(input->file())) {
      response.body = std::string();
      return response;
    }
    PushCommands commands;
    {
      const auto mapped = MappedFile::map(input->file());
      commands = TRY(read_push_commands(mapped.bytes()));
    }
    auto results = git.push(repo, commands.updates, input->file(), commands.pack_offset);
    if (results) {
      response.body = push_report(commands, *results, {});
    } else {
      std::vector<Git::PushResult> refused;
      for (const auto& update : commands.updates)
        refused.push_back({update.name, results.error().message});
      response.body = push_report(commands, refused, results.error().message);
    }
    return response;
  }

  Result<std::unique_ptr<http::BodySink>> open_body(Request& request, bool writing) const {
    const auto actor = auth::actor_ptr_of(request);
    if (writing)
      TRY(repos.open_writable(actor, id_of(request)));
    else
      TRY(repos.open_readable(actor, id_of(request)));
    return std::make_unique<content::StagingSink>(contents.store().stage());
  }
};

}  // namespace

void add_smart_http_routes(http::Router& router, Git& git, repos::Repos& repos,
                           content::Contents& contents) {
  const SmartHttp smart{git, repos, contents};
  static constexpr std::string_view kIds[2][3] = {
      {"git_model_refs", "git_model_fetch", "git_model_push"},
      {"git_refs", "git_fetch", "git_push"}};
  int group = 0;
  for (std::string base : {"/{owner}/{name}", "/{type:datasets|spaces|kernels}/{owner}/{name}"}) {
    router.add({.id = kIds[group][0],
                .method = Method::get,
                .path = base + "/info/refs",
                .access = http::Access::git,
                .summary = "References, in git's smart protocol.",
                .errors = {"RepoNotFound", "GatedRepo"},
                .slow = true},
               [smart](Request& request) { return smart.advertise(request); });
    router.add({.id = kIds[group][1],
                .method = Method::post,
                .path = base + "/git-upload-pack",
                .access = http::Access::git,
                .body = BodyPolicy::sink,
                .max_body_bytes = kLargestFetchRequest,
                .summary = "git fetch.",
                .errors = {"RepoNotFound", "GatedRepo"},
                .slow = true,
                .open_sink = [smart](Request& request) { return smart.open_body(request, false); }},
               [smart](Request& request) { return smart.upload_pack(request); });
    router.add({.id = kIds[group][2],
                .method = Method::post,
                .path = base + "/git-receive-pack",
                .access = http::Access::git,
                .body = BodyPolicy::sink,
                .max_body_bytes = kLargestPush,
                .summary = "git push.",
                .errors = {"RepoNotFound"},
                .slow = true,
                .open_sink = [smart](Request& request) { return smart.open_body(request, true); }},
               [smart](Request& request) { return smart.receive_pack(request); });
    ++group;
  }
}

}  // namespace holt::git
