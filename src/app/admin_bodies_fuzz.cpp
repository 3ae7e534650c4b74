// Request bodies of the administration pages and of joining.
#include "app/wire_admin.h"
#include "base/text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto body = holt::as_text({data, size});
  static_cast<void>(holt::app::wire::read_work(body));
  if (const auto join = holt::app::wire::read_join(body))
    CHECK(!join->password.empty() && holt::is_utf8(join->name) && holt::is_utf8(join->email));
  return 0;
}
