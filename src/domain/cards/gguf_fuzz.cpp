// GGUF headers from strangers: what is kept is text, and part of what came.
#include "base/text.h"
#include "domain/cards/cards.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto summary = holt::cards::summarize_gguf({data, size});
  if (!summary) {
    CHECK(!summary.error().message.empty());
    return 0;
  }
  const auto bytes = holt::as_text({data, size});
  for (const auto* text :
       {&summary->architecture, &summary->chat_template, &summary->quantize_imatrix_file,
        &summary->bos_token, &summary->eos_token}) {
    CHECK(holt::is_utf8(*text) && text->find('\0') == std::string::npos);
    CHECK(bytes.find(*text) != std::string_view::npos);
  }
  return 0;
}
