// Request bodies of the repository routes, and facts as the catalog keeps them. The first byte
// chooses the reader.
#include "base/text.h"
#include "domain/repos/wire.h"

namespace {

namespace repos = holt::repos;
namespace wire = repos::wire;

void check(const repos::RepoId& id) {
  CHECK(holt::is_utf8(id.owner) && holt::is_utf8(id.name));
  CHECK(id.full() == id.owner + "/" + id.name);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto body = holt::as_text({data + 1, size - 1});
  switch (data[0] % 7) {
    case 0:
      if (const auto read = wire::read_create(body, "me")) {
        check(read->id);
        for (const auto& file : read->files) CHECK(holt::is_utf8(file.path));
      }
      break;
    case 1:
      if (const auto read = wire::read_delete(body, "me")) check(read->id);
      break;
    case 2:
      if (const auto read = wire::read_move(body)) {
        check(read->from);
        check(read->to);
      }
      break;
    case 3:
      static_cast<void>(wire::read_settings(body));
      break;
    case 4:
      if (const auto read = wire::read_duplicate(body, repos::Type::dataset, "me"))
        check(read->wanted.id);
      break;
    case 5:
      if (const auto read = wire::read_validate_yaml(body)) {
        const auto checked = holt::cards::parse_front_matter(read->content, read->repo_type);
        CHECK(holt::is_utf8(wire::yaml_answer(checked.errors, checked.warnings)));
      }
      break;
    default: {
      holt::cards::Facts facts, again;
      facts.title = facts.description = facts.license = std::string(body);
      if (!holt::is_utf8(body)) break;
      wire::read_facts(wire::facts_to_json(facts), again);
      CHECK(again.title == facts.title && again.description == facts.description &&
            again.license == facts.license);
    }
  }
  return 0;
}
